//! A page on its way to a browser: the frame around it, and the headers that protect it.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, LOCATION, SET_COOKIE,
};
use http::{HeaderMap, StatusCode};
use jiff::tz::TimeZone;

use super::clock::Timestamp;
use super::cookies::CookiePolicy;
use super::locale::Locale;
use super::texts::{Texts, grouped};
use super::visitor::{LANGUAGE_COOKIE, Visitor};

/// A text of the installation's own, in each language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Localized {
    /// In French.
    pub fr: String,
    /// In English.
    pub en: String,
}

impl Localized {
    /// The text in one language.
    #[must_use]
    pub fn get(&self, locale: Locale) -> &str {
        match locale {
            Locale::Fr => &self.fr,
            Locale::En => &self.en,
        }
    }
}

/// A link of the footer.
#[derive(Clone, Debug)]
pub struct FooterLink {
    /// What it says.
    pub label: Localized,
    /// Where it leads.
    pub href: String,
}

/// Whose site this is, on every page.
#[derive(Clone, Debug)]
pub struct Site {
    /// The service's name in the header.
    pub name: Localized,
    /// Who runs it ("Académie de Lyon"), beside the name.
    pub operator: String,
    /// What it is for, under the name.
    pub tagline: Localized,
    /// The logo's address, if there is one.
    pub logo: Option<String>,
    /// The telephone number of the help desk.
    pub telephone: Option<String>,
    /// Where days and hours are.
    pub time_zone: TimeZone,
    /// The links of the footer.
    pub footer_links: Vec<FooterLink>,
    /// The stylesheets, in order.
    pub stylesheets: Vec<String>,
    /// The scripts that improve pages, in order.
    pub scripts: Vec<String>,
}

/// All that is shared by the pages of an installation.
#[derive(Clone)]
pub struct Pages {
    site: Arc<Site>,
    texts: Arc<Texts>,
    cookies: CookiePolicy,
}

/// What a template sees of the page around it.
pub struct Frame {
    /// Whose site it is.
    pub site: Arc<Site>,
    /// The language of the page.
    pub locale: Locale,
    /// The request's reference, for support.
    pub reference: String,
    /// The other languages: tag, own name, address of this page in it.
    pub other_languages: Vec<(&'static str, &'static str, String)>,
    texts: Arc<Texts>,
}

impl Frame {
    /// A text by its key.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.texts.get(self.locale, key, &[])
    }

    /// A text with one value in it.
    #[must_use]
    pub fn t1(&self, key: &str, name: &str, value: &str) -> String {
        self.texts.get(self.locale, key, &[(name, value)])
    }

    /// A text with two values in it.
    #[must_use]
    pub fn t2(&self, key: &str, name: &str, value: &str, name2: &str, value2: &str) -> String {
        self.texts.get(self.locale, key, &[(name, value), (name2, value2)])
    }

    /// A text with one number in it, in the singular or plural that the number asks for.
    #[must_use]
    pub fn count(&self, key: &str, name: &str, number: u64) -> String {
        self.texts.get_counted(self.locale, key, name, number)
    }

    /// A number with its thousands apart.
    #[must_use]
    pub fn number(&self, number: &i64) -> String {
        grouped(self.locale, *number)
    }

    /// The day of a moment.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> String {
        self.texts.day(self.locale, at, &self.site.time_zone)
    }

    /// The last day of what ends at a moment, which is often a midnight.
    #[must_use]
    pub fn last_day(&self, end: Timestamp) -> String {
        self.day(end - Duration::from_secs(1))
    }

    /// A moment to the minute.
    #[must_use]
    pub fn moment(&self, at: Timestamp) -> String {
        self.texts.moment(self.locale, at, &self.site.time_zone)
    }

    /// A duration in words.
    #[must_use]
    pub fn duration(&self, duration: Duration) -> String {
        self.texts.duration(self.locale, duration)
    }

    /// The title of the browser's window: the page's own, then the site's name.
    #[must_use]
    pub fn title(&self, page: &str) -> String {
        format!("{page} – {}", self.own(&self.site.name))
    }

    /// The address that makes a telephone call the help desk, if its number is known (RFC 3966).
    #[must_use]
    pub fn telephone_href(&self) -> Option<String> {
        let number = self.site.telephone.as_deref()?;
        let digits: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        Some(format!("tel:{digits}"))
    }

    /// The address of the icon in the browser's tab.
    #[must_use]
    pub fn icon_href(&self) -> String {
        super::assets::href("favicon.svg")
    }

    /// The address of the stylesheet of the managers' desk.
    #[must_use]
    pub fn desk_stylesheet_href(&self) -> String {
        super::assets::href("desk.css")
    }

    /// The address of the script that makes the desk quicker.
    #[must_use]
    pub fn desk_script_href(&self) -> String {
        super::assets::href("desk.js")
    }

    /// An installation's own text in the page's language.
    #[must_use]
    pub fn own<'a>(&self, text: &'a Localized) -> &'a str {
        text.get(self.locale)
    }
}

impl Pages {
    /// The pages of a site.
    #[must_use]
    pub fn new(site: Site, cookies: CookiePolicy) -> Self {
        Self { site: Arc::new(site), texts: Arc::new(Texts::embedded()), cookies }
    }

    /// Whose site it is.
    #[must_use]
    pub const fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// The words of the pages.
    #[must_use]
    pub const fn texts(&self) -> &Arc<Texts> {
        &self.texts
    }

    /// How cookies are named and protected here.
    #[must_use]
    pub const fn cookies(&self) -> &CookiePolicy {
        &self.cookies
    }

    /// The frame of a page for this visitor.
    #[must_use]
    pub fn frame(&self, visitor: &Visitor) -> Frame {
        let others = Locale::ALL.into_iter().filter(|locale| *locale != visitor.locale);
        Frame {
            site: Arc::clone(&self.site),
            texts: Arc::clone(&self.texts),
            locale: visitor.locale,
            reference: visitor.request_id.to_string(),
            other_languages: others
                .map(|locale| (locale.tag(), locale.own_name(), visitor.in_language(locale)))
                .collect(),
        }
    }

    /// A page as a response.
    pub fn respond(&self, visitor: &Visitor, status: StatusCode, page: &impl Template) -> PageResponse {
        let body = match page.render() {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(%error, "a page could not be rendered");
                return PageResponse::plain(StatusCode::INTERNAL_SERVER_ERROR);
            }
        };
        let mut response = PageResponse { body, ..PageResponse::plain(status) };
        response.headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(visitor.locale.tag()));
        if let Some(locale) = visitor.chosen_locale {
            response = response.cookie(&self.language_cookie(locale));
        }
        response
    }

    /// The `Set-Cookie` value that remembers a language.
    #[must_use]
    pub fn language_cookie(&self, locale: Locale) -> String {
        self.cookies.set(LANGUAGE_COOKIE, locale.tag(), None)
    }
}

/// A rendered page, until its last headers are known.
pub struct PageResponse {
    status: StatusCode,
    body: String,
    headers: HeaderMap,
    form_targets: Vec<String>,
    framed: Vec<String>,
    image_sources: Vec<String>,
}

impl PageResponse {
    fn plain(status: StatusCode) -> Self {
        Self {
            status,
            body: String::new(),
            headers: HeaderMap::new(),
            form_targets: Vec::new(),
            framed: Vec::new(),
            image_sources: Vec::new(),
        }
    }

    /// Sets a cookie with the page.
    #[must_use]
    pub fn cookie(mut self, set_cookie: &str) -> Self {
        append_cookie(&mut self.headers, set_cookie);
        self
    }

    /// Adds a header to the page.
    #[must_use]
    pub fn header(mut self, name: http::HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Lets the page's forms lead to these origins.
    ///
    /// `form-action` governs the redirects that follow a form too: without the client's origin,
    /// Chromium would block the way back to it.
    #[must_use]
    pub fn forms_lead_to(mut self, origins: &[String]) -> Self {
        self.form_targets.extend_from_slice(origins);
        self
    }

    /// Lets the page's frames show these origins.
    #[must_use]
    pub fn frames_show(mut self, origins: &[String]) -> Self {
        self.framed.extend_from_slice(origins);
        self
    }

    /// Lets the page show images of this origin, and no other page.
    #[must_use]
    pub fn shows_images_of(mut self, origin: Option<String>) -> Self {
        self.image_sources.extend(origin);
        self
    }
}

impl IntoResponse for PageResponse {
    fn into_response(self) -> Response {
        let list = |origins: &[String]| {
            let plain = origins.iter().filter(|origin| is_plain_source(origin));
            plain.fold(String::new(), |list, origin| list + " " + origin)
        };
        let (targets, images) = (list(&self.form_targets), list(&self.image_sources));
        let sources = list(&self.framed);
        let frames = if sources.is_empty() { String::new() } else { format!(" frame-src{sources};") };
        let policy = format!(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:{images}; font-src 'self'; \
             connect-src 'self'; manifest-src 'self';{frames} form-action 'self'{targets}; frame-ancestors 'none'; base-uri 'none'"
        );
        let mut response = (self.status, self.headers, self.body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        response
    }
}

/// Whether an origin, or the scheme of an application, names that and nothing else where it stands in a policy: one
/// of another kind is left out, for it would cut off the others.
fn is_plain_source(origin: &str) -> bool {
    origin.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:/[]+".contains(&byte))
}

/// A redirect after a form or a decision: 303, so that nothing is ever posted again elsewhere.
#[must_use]
pub fn see_other(location: &str, set_cookies: &[String]) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    let Ok(location) = HeaderValue::from_str(location) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    headers.insert(LOCATION, location);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    with_cookies(response, set_cookies)
}

/// Sets cookies with a response, beside those that it sets already.
#[must_use]
pub fn with_cookies(mut response: Response, set_cookies: &[String]) -> Response {
    for cookie in set_cookies {
        append_cookie(response.headers_mut(), cookie);
    }
    response
}

fn append_cookie(headers: &mut HeaderMap, set_cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(set_cookie) {
        headers.append(SET_COOKIE, value);
    }
}
