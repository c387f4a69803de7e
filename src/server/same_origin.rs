//! Whether a request that changes something comes from a page of ours.
//!
//! `Sec-Fetch-Site` is the browser's own word for it. Browsers that do not send it (Safari before
//! 16.4) say `Origin` with every form, which is then compared with the public address. `Origin: null`
//! is a stranger's. A page under `Referrer-Policy: no-referrer` makes those browsers say `null` even
//! to its own server, so pages with forms widen their policy to `same-origin`, for instance by a
//! `<meta name="referrer">`: nothing more is told to other sites by that.
//!
//! A request with neither header is let through: it comes from a program, or from a browser so old
//! that only the cookies' `SameSite=Lax` protects it: another site's form arrives without a session.

use http::header::ORIGIN;
use http::{HeaderMap, HeaderName, Method};
use url::Url;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The origin of this installation's pages.
#[derive(Clone, Debug)]
pub(super) struct OwnOrigin(String);

impl OwnOrigin {
    pub(super) fn of(public_url: &Url) -> Self {
        Self(public_url.origin().ascii_serialization())
    }

    /// Whether the request may have come from another site and would change something.
    pub(super) fn is_crossed(&self, method: &Method, headers: &HeaderMap) -> bool {
        if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
            return false;
        }
        let mut sites = headers.get_all(SEC_FETCH_SITE).iter().peekable();
        if sites.peek().is_some() {
            return !sites.all(|site| site == "same-origin" || site == "none");
        }
        !headers.get_all(ORIGIN).iter().all(|origin| origin == self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_crossed(method: &Method, headers: &[(&str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        OwnOrigin::of(&"https://id.example/sub".parse().unwrap()).is_crossed(method, &map)
    }

    #[test]
    fn pages_of_ours_may_post() {
        assert!(!is_crossed(&Method::POST, &[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(!is_crossed(&Method::POST, &[("sec-fetch-site", "none")]));
        assert!(!is_crossed(&Method::POST, &[("origin", "https://id.example")]));
        assert!(!is_crossed(&Method::POST, &[]));
    }

    #[test]
    fn pages_of_others_may_not() {
        for site in ["cross-site", "same-site", "", "SAME-ORIGIN", "same-origin, none"] {
            assert!(is_crossed(&Method::POST, &[("sec-fetch-site", site), ("origin", "https://id.example")]));
        }
        for origin in [
            "https://evil.example",
            "null",
            "",
            "http://id.example",
            "https://id.example:444",
            "https://id.example/",
        ] {
            assert!(is_crossed(&Method::DELETE, &[("origin", origin)]), "{origin}");
        }
    }

    #[test]
    fn one_honest_header_does_not_cover_a_second() {
        let sites = [("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")];
        assert!(is_crossed(&Method::POST, &sites));
        assert!(is_crossed(
            &Method::POST,
            &[("origin", "https://id.example"), ("origin", "https://evil.example")]
        ));
    }

    #[test]
    fn looking_is_free() {
        assert!(!is_crossed(&Method::GET, &[("sec-fetch-site", "cross-site")]));
        assert!(is_crossed(&Method::PUT, &[("sec-fetch-site", "cross-site")]));
        assert!(is_crossed(&Method::PATCH, &[("sec-fetch-site", "cross-site")]));
    }
}
