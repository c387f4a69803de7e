//! What passes between the application and a browser besides pages: cookies, origin, headers.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, Method};
use url::Url;

use crate::kit::visitor::Visitor;

use super::App;
use super::pages;

/// A cookie of this application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cookie {
    /// The session's id.
    Session,
    /// What ties a sign-in in progress to the browser that began it.
    SignIn,
    /// What ties a sign-out in progress to it.
    SignOut,
}

/// How cookies are named and protected.
///
/// Over https they bear the `__Host-` prefix, which keeps sibling hosts from planting them; over http
/// their names hold the port, because browsers share the cookies of `127.0.0.1` between ports.
#[derive(Clone, Debug)]
pub(super) struct BrowserCookies {
    is_secure: bool,
    suffix: String,
}

impl BrowserCookies {
    pub(super) fn for_site(public_url: &Url) -> Self {
        let is_secure = public_url.scheme() == "https";
        let suffix =
            public_url.port().filter(|_| !is_secure).map(|port| format!("-{port}")).unwrap_or_default();
        Self { is_secure, suffix }
    }

    /// The value of a cookie that came with a request.
    pub(super) fn read<'v>(&self, visitor: &'v Visitor, cookie: Cookie) -> Option<&'v str> {
        visitor.cookies.get(&self.name(cookie)).filter(|value| !value.is_empty())
    }

    /// A `Set-Cookie` value.
    pub(super) fn set(&self, cookie: Cookie, value: &str, lifetime: Duration) -> String {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let name = self.name(cookie);
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age={}", lifetime.as_secs())
    }

    /// A `Set-Cookie` value that removes a cookie.
    pub(super) fn clear(&self, cookie: Cookie) -> String {
        self.set(cookie, "", Duration::ZERO)
    }

    fn name(&self, cookie: Cookie) -> String {
        let prefix = if self.is_secure { "__Host-" } else { "" };
        let name = match cookie {
            Cookie::Session => "expenses-session",
            Cookie::SignIn => "expenses-sign-in",
            Cookie::SignOut => "expenses-sign-out",
        };
        format!("{prefix}{name}{}", self.suffix)
    }
}

/// Whether a request that changes something comes from a page of this very site.
///
/// `SameSite=Lax` alone would not do: another port of the same host is the same site to a browser.
fn is_from_here(headers: &HeaderMap, public_url: &Url) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    // Older browsers; every one of them sends `Origin` with a form.
    headers
        .get(ORIGIN)
        .is_some_and(|origin| origin.as_bytes() == public_url.origin().ascii_serialization().as_bytes())
}

/// Refuses forms posted from other sites.
pub(super) async fn refuse_foreign_forms(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    request: Request,
    next: Next,
) -> Response {
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if only_reads || is_from_here(request.headers(), &app.public_url) {
        next.run(request).await
    } else {
        pages::show_foreign_form(&app, &visitor)
    }
}

/// Adds the headers that every answer bears.
pub(super) async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Not `no-referrer`: with it, browsers hide the origin of the site's own forms.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(url: &str) -> Url {
        url.parse().unwrap()
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn only_forms_of_this_site_are_taken() {
        let here = site("http://127.0.0.1:8081");
        for (pairs, expected) in [
            (&[("sec-fetch-site", "same-origin"), ("origin", "null")][..], true),
            (&[("origin", "http://127.0.0.1:8081")][..], true),
            (&[("origin", "http://127.0.0.1:8080")][..], false),
            (&[("sec-fetch-site", "same-site"), ("origin", "http://127.0.0.1:8081")][..], false),
            (&[("sec-fetch-site", "none")][..], false),
            (&[("origin", "null")][..], false),
            (&[][..], false),
        ] {
            assert_eq!(is_from_here(&headers(pairs), &here), expected, "{pairs:?}");
        }
    }

    #[test]
    fn cookies_are_bound_to_the_host_over_https_and_to_the_port_over_http() {
        let lifetime = Duration::from_mins(1);
        let secure = BrowserCookies::for_site(&site("https://frais.example:8443"));
        assert_eq!(
            secure.set(Cookie::Session, "x", lifetime),
            "__Host-expenses-session=x; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60"
        );
        let plain = BrowserCookies::for_site(&site("http://127.0.0.1:8081"));
        assert!(plain.clear(Cookie::SignIn).starts_with("expenses-sign-in-8081=; "));
    }
}
