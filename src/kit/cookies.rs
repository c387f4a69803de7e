//! Cookies read from a request and made for a response.

use std::time::Duration;

use http::HeaderMap;
use http::header::COOKIE;

/// How this installation names and protects its cookies.
///
/// Over https each bears the `__Host-` prefix, so that no sibling host can plant one. Over http, which
/// the settings allow on loopback only, the port is part of the name, because browsers share the
/// cookies of `127.0.0.1` between ports.
#[derive(Clone, Debug)]
pub struct CookiePolicy {
    secure: bool,
    suffix: String,
}

impl CookiePolicy {
    /// The policy that fits the public address of the installation.
    #[must_use]
    pub fn for_public_url(public_url: &url::Url) -> Self {
        let secure = public_url.scheme() == "https";
        let suffix = match public_url.port() {
            Some(port) if !secure => format!("-{port}"),
            _ => String::new(),
        };
        Self { secure, suffix }
    }

    /// The full name of a cookie in this installation.
    #[must_use]
    pub fn name(&self, name: &str) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}guichet-{name}{}", self.suffix)
    }

    /// A `Set-Cookie` value for a cookie that scripts cannot read; without `max_age` it goes with the browser.
    #[must_use]
    pub fn set(&self, name: &str, value: &str, max_age: Option<Duration>) -> String {
        let age = max_age.map(|age| format!("; Max-Age={}", age.as_secs())).unwrap_or_default();
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}", self.name(name))
    }

    /// `Set-Cookie` values for a text that may be longer than one cookie can be (4096 bytes in all), and
    /// those that remove what a longer one left behind among `cookies`.
    ///
    /// One that is longer than those parts together is not set at all.
    #[must_use]
    pub fn set_in_parts(&self, cookies: &Cookies, name: &str, value: &str, max_age: Duration) -> Vec<String> {
        if value.len() > MOST_PARTS * LONGEST_PART {
            return self.clear_parts(cookies, name, 0);
        }
        let parts = value.as_bytes().chunks(LONGEST_PART).map(String::from_utf8_lossy).enumerate();
        let mut set: Vec<String> =
            parts.map(|(place, part)| self.set(&part_name(name, place), &part, Some(max_age))).collect();
        set.extend(self.clear_parts(cookies, name, set.len()));
        set
    }

    /// The text set by [`CookiePolicy::set_in_parts`].
    #[must_use]
    pub fn get_in_parts(&self, cookies: &Cookies, name: &str) -> String {
        (0..MOST_PARTS).map_while(|place| cookies.get(&self.name(&part_name(name, place)))).collect()
    }

    /// `Set-Cookie` values that remove the parts of a text that are there, from one on.
    #[must_use]
    pub fn clear_parts(&self, cookies: &Cookies, name: &str, from: usize) -> Vec<String> {
        let names = (from..MOST_PARTS).map(|place| part_name(name, place));
        names.filter(|name| cookies.get(&self.name(name)).is_some()).map(|name| self.clear(&name)).collect()
    }

    /// A `Set-Cookie` value that removes a cookie.
    #[must_use]
    pub fn clear(&self, name: &str) -> String {
        self.set(name, "", Some(Duration::ZERO))
    }
}

/// The cookies that came with a request.
#[derive(Clone, Default)]
pub struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Reads the `Cookie` headers of a request.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let pairs = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|header| header.to_str().ok())
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .take(MOST_COOKIES)
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self(pairs)
    }

    /// The value of a cookie by its full name (see [`CookiePolicy::name`]).
    #[must_use]
    pub fn get(&self, full_name: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == full_name).map(|(_, value)| value.as_str())
    }
}

fn part_name(name: &str, place: usize) -> String {
    format!("{name}-{place}")
}

/// How much of a long text goes into one cookie.
const LONGEST_PART: usize = 3_500;
/// How many cookies one long text may take.
const MOST_PARTS: usize = 8;
/// How many cookies of a request are looked at.
const MOST_COOKIES: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_of_an_https_installation_are_host_bound() {
        let policy = CookiePolicy::for_public_url(&"https://id.example".parse().unwrap());
        assert_eq!(
            policy.set("session", "x", None),
            "__Host-guichet-session=x; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn what_would_not_be_read_again_is_not_set() {
        let policy = CookiePolicy::for_public_url(&"https://id.example".parse().unwrap());
        let age = Duration::from_mins(1);
        let set =
            |length: usize| policy.set_in_parts(&Cookies::default(), "x", &"y".repeat(length), age).len();
        assert_eq!((set(1), set(3_501), set(28_000), set(28_001)), (1, 2, 8, 0));
    }

    #[test]
    fn two_loopback_installations_do_not_share_a_cookie() {
        let policy = |url: &str| CookiePolicy::for_public_url(&url.parse().unwrap());
        assert_ne!(policy("http://127.0.0.1:8080").name("a"), policy("http://127.0.0.1:8082").name("a"));
    }
}
