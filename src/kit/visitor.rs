//! Who is asking: the browser's side of a request, read once.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::header::{ACCEPT_LANGUAGE, USER_AGENT};
use http::request::Parts;

use super::cookies::Cookies;
use super::ids::RequestId;
use super::locale::Locale;
use super::parameters::Parameters;

/// The query parameter by which the language switch of a page asks for a language.
pub const LANGUAGE_PARAMETER: &str = "lang";
/// The short name of the cookie that remembers a language chosen by hand.
pub const LANGUAGE_COOKIE: &str = "language";

/// How this installation chooses a language, told to each request by the server.
#[derive(Clone, Debug)]
pub struct Languages {
    /// The full name of the cookie that remembers a language.
    pub cookie: Arc<str>,
    /// The language when nobody asks for one.
    pub default: Locale,
}

/// The address of the browser or client, as far as trusted proxies tell it.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// What a request says of the person's browser.
#[derive(Clone)]
pub struct Visitor {
    /// The reference of this request.
    pub request_id: RequestId,
    /// The language to answer in.
    pub locale: Locale,
    /// The language just chosen by the page's switch, to be remembered.
    pub chosen_locale: Option<Locale>,
    /// The path asked for.
    pub path: String,
    /// The query, as parameters.
    pub query: Parameters,
    /// The cookies sent along.
    pub cookies: Cookies,
    /// Where the request comes from.
    pub address: IpAddr,
    /// What the browser calls itself, cut to 200 characters.
    pub user_agent: String,
}

impl Visitor {
    /// Reads a request's head; the language is the one switched to, else remembered, else preferred.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        let query = Parameters::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let cookies = Cookies::from_headers(&parts.headers);
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let languages = parts.extensions.get::<Languages>();
        let chosen_locale = query.get(LANGUAGE_PARAMETER).and_then(Locale::from_tag);
        let remembered = || {
            let cookie = &languages?.cookie;
            cookies.get(cookie).and_then(Locale::from_tag)
        };
        let fallback = || languages.map_or_else(Locale::default, |languages| languages.default);
        let preferred = || header(ACCEPT_LANGUAGE).and_then(Locale::from_accept_language);
        Self {
            request_id: parts.extensions.get::<RequestId>().cloned().unwrap_or_else(|| "-".into()),
            locale: chosen_locale.or_else(remembered).or_else(preferred).unwrap_or_else(fallback),
            chosen_locale,
            path: parts.uri.path().to_owned(),
            address: parts
                .extensions
                .get::<ClientAddress>()
                .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.0),
            user_agent: header(USER_AGENT).unwrap_or_default().chars().take(200).collect(),
            query,
            cookies,
        }
    }

    /// The address of this same page in another language.
    #[must_use]
    pub fn in_language(&self, locale: Locale) -> String {
        let others = self.query.iter().filter(|(name, _)| *name != LANGUAGE_PARAMETER);
        let pairs: Vec<_> = others.chain([(LANGUAGE_PARAMETER, locale.tag())]).collect();
        // Two slashes at the beginning would be the name of another host.
        let path = format!("/{}", self.path.trim_start_matches(['/', '\\']));
        super::parameters::with_query(&path, &pairs)
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}
