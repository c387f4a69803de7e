//! What every request brings: forms, cookies, languages, addresses; and pages asked for with any of them.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::Body;
use guichet::kit::cookies::{CookiePolicy, Cookies};
use guichet::kit::devices::Device;
use guichet::kit::locale::Locale;
use guichet::kit::parameters::{Parameters, with_query};
use guichet::server::proxies::client_address;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Request, Uri};

use super::house::House;

/// A form that is read, written and read again says the same; and one that stands twice never says one thing here and another
/// there.
pub fn form(input: &[u8]) {
    let form = Parameters::parse(input);
    let again = Parameters::parse(form.encode().as_bytes());
    let pairs = |form: &Parameters| -> Vec<(String, String)> {
        form.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    // A NUL in a name is kept as it came, and is a fault still.
    assert_eq!(pairs(&form), pairs(&again));
    assert!(form.iter().count() <= 100);
    assert!(form.iter().all(|(_, value)| !value.contains('\0')));
    for (name, value) in form.iter() {
        assert_eq!(form.get(name), Some(value));
        assert_eq!(form.values(name).count() > 1, form.values(name).count() > 1 && form.is_repeated(name));
    }
    if form.repeated().is_none() {
        assert_eq!(again.repeated(), None);
        let kept: Vec<(&str, &str)> = form.iter().collect();
        let address = with_query("/x", &kept);
        let query = address.split_once('?').map_or("", |(_, query)| query);
        assert_eq!(pairs(&Parameters::parse(query.as_bytes())), pairs(&form));
    }
    let names_given_twice = url::form_urlencoded::parse(input).take(100).collect::<Vec<_>>();
    for (place, (name, _)) in names_given_twice.iter().enumerate() {
        if names_given_twice[..place].iter().any(|(known, _)| known == name) {
            assert!(form.is_repeated(name), "{name:?} stands twice");
        }
    }
}

/// Cookies are read without harm, and a long text that is cut into several comes back whole.
pub fn cookies(input: &[u8]) {
    let policy = CookiePolicy::for_public_url(&"https://id.test".parse().expect("an address"));
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(COOKIE, value);
        }
    }
    let cookies = Cookies::from_headers(&headers);
    let _ = (cookies.get(&policy.name("session")), policy.get_in_parts(&cookies, "upstream"));
    // As long as can be, and longer.
    let text: String = input.iter().map(|byte| char::from(b'a' + byte % 26)).collect::<String>().repeat(8);
    let set = policy.set_in_parts(&cookies, "upstream", &text, Duration::from_mins(1));
    let mut jar = HeaderMap::new();
    for cookie in &set {
        let (pair, attributes) = cookie.split_once(';').expect("a cookie has attributes");
        assert!(attributes.contains("HttpOnly") && attributes.contains("Secure") && cookie.len() <= 4_096);
        if !attributes.contains("Max-Age=0") {
            jar.append(COOKIE, HeaderValue::from_str(pair).expect("a pair fits a header"));
        }
    }
    if text.len() <= 28_000 {
        assert_eq!(policy.get_in_parts(&Cookies::from_headers(&jar), "upstream"), text);
    }
}

/// Whatever is said of languages, one of ours or none is chosen; and the name of a device is one of a few.
pub fn languages(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for found in
        [Locale::from_accept_language(&text), Locale::from_ui_locales(&text), Locale::from_tag(&text)]
            .into_iter()
            .flatten()
    {
        assert!(text.to_ascii_lowercase().contains(found.tag()));
    }
    let _ = Device::of(&text);
}

/// A stranger's word on where they come from counts for nothing; a proxy's, for what it says.
pub fn forwarded(input: &[u8]) {
    let trusted = ["10.0.0.0/8".parse().expect("a network"), "fd00::/8".parse().expect("a network")];
    let (proxy, stranger): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [192, 0, 2, 7].into());
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(HeaderName::from_static("x-forwarded-for"), value);
        }
    }
    assert_eq!(client_address(stranger, &headers, &trusted), stranger);
    assert_eq!(client_address(proxy, &headers, &[]), proxy);
    let told = client_address(proxy, &headers, &trusted);
    assert_eq!(told.to_canonical(), told);
    // Once a stranger's address is reached, nothing at the left of it is looked at.
    let mut longer = HeaderMap::new();
    longer.append("x-forwarded-for", HeaderValue::from_static("203.0.113.9"));
    longer.extend(
        headers
            .get_all("x-forwarded-for")
            .iter()
            .map(|value| (HeaderName::from_static("x-forwarded-for"), value.clone())),
    );
    if !trusted.iter().any(|network: &ipnet::IpNet| network.contains(&told)) {
        assert_eq!(client_address(proxy, &longer, &trusted), told);
    }
}

/// Any page, asked for with any cookies by any browser, is a page: never a fault of ours, never another's frame or script.
///
/// The first line is the path with its query, the second the cookies, the third the languages, the fourth the browser's name.
pub fn page(input: &[u8]) {
    let [path, cookies, languages, browser] = super::lines(input);
    let Ok(uri) = Uri::try_from(path) else { return };
    // The theme's folder is none of ours, and the upstream is nobody's.
    if !uri.path().starts_with('/') || uri.path().starts_with("/sign-in/staff") {
        return;
    }
    let mut request = Request::get(uri);
    for (name, value) in [(COOKIE, cookies), (ACCEPT_LANGUAGE, languages), (USER_AGENT, browser)] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            request = request.header(name, value);
        }
    }
    House::visit(|house| {
        let request = request.body(Body::empty()).expect("a request");
        let answer = house.ask(request);
        if answer.header("content-type").starts_with("text/html") {
            let policy = answer.header("content-security-policy");
            assert!(
                policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                "{policy}"
            );
            assert!(!policy.contains("unsafe"), "{policy}");
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    });
}

/// Where people send forms.
const FORMS: [&str; 10] = [
    "/sign-in/external",
    "/first-sign-in",
    "/forgotten-password",
    "/forgotten-password/telephone",
    "/reset-password",
    "/mail-address",
    "/mail-address/confirm",
    "/device",
    "/consent",
    "/account/mail-address",
];

/// Any form, sent on a journey, by the browser of nobody or of somebody: it is answered by a page, never by a fault of ours.
///
/// The first line names the form by its place in the list, in digits; the rest is what is sent.
pub fn people_form(input: &[u8]) {
    let [place, form] = super::lines(input);
    let place = place.first().map_or(0, |digit| usize::from(digit.wrapping_sub(b'0')));
    let path = FORMS[place % FORMS.len()];
    House::visit(|house| {
        for cookies in [house.journey.cookies.as_str(), house.cookies.as_str()] {
            let request = Request::post(format!("{path}?{}", house.journey.query))
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header("sec-fetch-site", "same-origin")
                .header(COOKIE, cookies);
            let answer = house.ask(request.body(Body::from(form.to_vec())).expect("a request"));
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    });
}
