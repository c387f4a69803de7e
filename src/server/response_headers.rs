//! The headers that protect every answer.

use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");

/// For answers that are not pages: should a browser take one for a page all the same, it can do nothing.
const NOTHING_ALLOWED: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
);

/// Abilities of the browser that no page here uses.
const NO_DEVICES: HeaderValue = HeaderValue::from_static(
    "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
);

/// A year. Neighbouring hosts are not ours to decide on, so `includeSubDomains` is left out.
const HTTPS_FOR_A_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Which protective headers this installation sends.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResponseHeaders {
    is_https: bool,
}

impl ResponseHeaders {
    pub(super) fn for_public_url(public_url: &Url) -> Self {
        Self { is_https: public_url.scheme() == "https" }
    }

    /// Adds what an answer does not say itself; what a handler has said stays.
    pub(super) fn complete(self, headers: &mut HeaderMap) {
        let mut say = |name: HeaderName, value: HeaderValue| {
            headers.entry(name).or_insert(value);
        };
        say(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        say(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        say(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        say(CONTENT_SECURITY_POLICY, NOTHING_ALLOWED);
        say(CROSS_ORIGIN_OPENER_POLICY, SAME_ORIGIN);
        say(PERMISSIONS_POLICY, NO_DEVICES);
        if self.is_https {
            say(STRICT_TRANSPORT_SECURITY, HTTPS_FOR_A_YEAR);
        }
        // What other origins' scripts may read, they may also load.
        if !headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
            headers.entry(CROSS_ORIGIN_RESOURCE_POLICY).or_insert(SAME_ORIGIN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(public_url: &str, own: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers: HeaderMap =
            own.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
        ResponseHeaders::for_public_url(&public_url.parse().unwrap()).complete(&mut headers);
        headers
    }

    #[test]
    fn an_answer_keeps_its_own_policy() {
        let headers = completed("https://id.example", &[(CONTENT_SECURITY_POLICY, "default-src 'self'")]);
        assert_eq!(headers[CONTENT_SECURITY_POLICY], "default-src 'self'");
        assert_eq!(headers[X_FRAME_OPTIONS], "DENY");
    }

    #[test]
    fn https_is_demanded_only_where_it_is_offered() {
        assert!(completed("https://id.example", &[]).contains_key(STRICT_TRANSPORT_SECURITY));
        assert!(!completed("http://127.0.0.1:8080", &[]).contains_key(STRICT_TRANSPORT_SECURITY));
    }

    #[test]
    fn what_other_origins_may_read_is_not_kept_from_them() {
        let headers = completed("https://id.example", &[(ACCESS_CONTROL_ALLOW_ORIGIN, "*")]);
        assert!(!headers.contains_key(CROSS_ORIGIN_RESOURCE_POLICY));
        assert_eq!(completed("https://id.example", &[])[CROSS_ORIGIN_RESOURCE_POLICY], "same-origin");
    }
}
