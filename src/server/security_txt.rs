//! `/.well-known/security.txt` (RFC 9116): to whom a weakness is reported.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};

use crate::config::Settings;
use crate::kit::clock::Clock;
use crate::kit::locale::Locale;

/// Where it stands.
const PATH: &str = "/.well-known/security.txt";
/// For how long what it says can be relied on, from when it is asked; a year at most (§2.5.5).
const GOOD_FOR: Duration = Duration::from_hours(180 * 24);

/// The file, where a contact is configured.
pub(super) fn routes(settings: &Settings, clock: Clock) -> Router {
    let Some(contact) = settings.site.security_contact.clone() else { return Router::new() };
    let issuer = settings.server.issuer().to_owned();
    let answer = async move || {
        let expires = jiff::Timestamp::from_second((clock.now() + GOOD_FOR).seconds()).unwrap_or_default();
        let languages = Locale::ALL.map(Locale::tag).join(", ");
        let text = format!(
            "Contact: {contact}\nExpires: {expires}\nPreferred-Languages: {languages}\nCanonical: {issuer}{PATH}\n"
        );
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
            (CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
        ];
        (headers, text)
    };
    Router::new().route(PATH, get(answer))
}
