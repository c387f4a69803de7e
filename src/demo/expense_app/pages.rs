//! Pages: the frame around them, their words, their headers; the home page and the notices.

use std::borrow::Borrow;
use std::fmt::Display;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, VARY,
};

use crate::kit::locale::Locale;
use crate::kit::page::see_other;
use crate::kit::texts::Texts;
use crate::kit::visitor::Visitor;

use super::App;
use super::browser::Cookie;
use super::person::Person;
use super::sheet::Day;

/// The words of every page.
pub(super) struct Pages {
    texts: Arc<Texts>,
}

/// What a template sees besides its own values.
pub(super) struct Frame {
    texts: Arc<Texts>,
    pub locale: Locale,
    /// Who is signed in.
    pub person: Option<Person>,
}

impl Frame {
    /// A text by its key.
    pub(super) fn t(&self, key: &str) -> String {
        self.texts.get(self.locale, key, &[])
    }

    /// A text with one value in it.
    pub(super) fn t1(&self, key: &str, name: &str, value: impl Display) -> String {
        self.texts.get(self.locale, key, &[(name, &value.to_string())])
    }

    /// One of the texts about a form's field: its label (`field`), its fault (`fault`).
    pub(super) fn about_field(&self, what: &str, field: &str) -> String {
        self.t(&format!("{what}-{field}"))
    }

    /// An amount of euro cents, as the language writes it.
    pub(super) fn euros(&self, cents: impl Borrow<u32>) -> String {
        let cents = *cents.borrow();
        match self.locale {
            Locale::Fr => format!("{},{:02}\u{a0}€", cents / 100, cents % 100),
            Locale::En => format!("€{}.{:02}", cents / 100, cents % 100),
        }
    }

    /// A day, as the language writes it.
    pub(super) fn day(&self, day: impl Borrow<Day>) -> String {
        let day = *day.borrow();
        let number = match (self.locale, day.number()) {
            (Locale::Fr, 1) => "1er".to_owned(),
            (_, number) => number.to_string(),
        };
        format!("{number}\u{a0}{} {}", self.t(&format!("month-{}", day.month())), day.year())
    }

    /// How the person came, in words when the situation is a known one.
    pub(super) fn situation(&self, situation: &str) -> String {
        let key = format!("situation-{}", situation.replace('_', "-"));
        if self.texts.has(self.locale, &key) { self.t(&key) } else { situation.to_owned() }
    }
}

/// What a page tells a person who cannot go on as they wished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notice {
    SignedOut,
    SignedOutHere,
    SignInUnknown,
    SignInAbandoned,
    SignInNeeded,
    SignInRefused,
    ProviderUnavailable,
    AppUnavailable,
    TokenRefused,
    ForeignForm,
    NotFound,
}

impl Notice {
    /// Its name in the text files.
    const fn name(self) -> &'static str {
        match self {
            Self::SignedOut => "signed-out",
            Self::SignedOutHere => "signed-out-here",
            Self::SignInUnknown => "sign-in-unknown",
            Self::SignInAbandoned => "sign-in-abandoned",
            Self::SignInNeeded => "sign-in-needed",
            Self::SignInRefused => "sign-in-refused",
            Self::ProviderUnavailable => "provider-unavailable",
            Self::AppUnavailable => "app-unavailable",
            Self::TokenRefused => "token-refused",
            Self::ForeignForm => "foreign-form",
            Self::NotFound => "not-found",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::SignedOut | Self::SignedOutHere => StatusCode::OK,
            Self::SignInUnknown => StatusCode::BAD_REQUEST,
            Self::SignInAbandoned | Self::SignInNeeded | Self::TokenRefused | Self::ForeignForm => {
                StatusCode::FORBIDDEN
            }
            Self::SignInRefused => StatusCode::BAD_GATEWAY,
            Self::ProviderUnavailable | Self::AppUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotFound => StatusCode::NOT_FOUND,
        }
    }

    /// The way on: what its button says, and where it leads.
    const fn way_on(self) -> (&'static str, &'static str) {
        match self {
            Self::SignedOut | Self::SignedOutHere => ("sign-in-again", "/sign-in"),
            Self::SignInUnknown
            | Self::SignInAbandoned
            | Self::SignInNeeded
            | Self::SignInRefused
            | Self::ProviderUnavailable
            | Self::TokenRefused => ("try-again", "/sign-in"),
            Self::AppUnavailable | Self::ForeignForm | Self::NotFound => ("back-home", "/"),
        }
    }

    /// Whether it tells of something that went well.
    const fn is_good_news(self) -> bool {
        matches!(self, Self::SignedOut | Self::SignedOutHere)
    }
}

#[derive(Template)]
#[template(path = "demo/home.html")]
struct HomePage {
    frame: Frame,
}

#[derive(Template)]
#[template(path = "demo/notice.html")]
struct NoticePage {
    frame: Frame,
    title: String,
    text: String,
    is_good_news: bool,
    action: &'static str,
    href: &'static str,
}

impl Pages {
    pub(super) fn new() -> Self {
        let texts = Texts::of([
            (Locale::Fr, include_str!("../../../templates/demo/fr.ftl")),
            (Locale::En, include_str!("../../../templates/demo/en.ftl")),
        ]);
        Self { texts: Arc::new(texts) }
    }

    pub(super) fn frame(&self, visitor: &Visitor, person: Option<&Person>) -> Frame {
        Frame { texts: Arc::clone(&self.texts), locale: visitor.locale, person: person.cloned() }
    }
}

/// A page as a response.
pub(super) fn respond(
    frame_locale: Locale,
    forms: Forms,
    status: StatusCode,
    page: &impl Template,
) -> Response {
    let body = match page.render() {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(frame_locale.tag()));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(forms.policy()));
    headers.insert(VARY, HeaderValue::from_static("Accept-Language, Cookie"));
    response
}

/// Whether a page holds a form that leads to other sites.
#[derive(Clone, Copy, Debug)]
pub(super) enum Forms {
    /// None, or forms of this site.
    StayHere,
    /// The sign-out form, whose redirects pass through sites that only the provider knows.
    LeadAway,
}

impl Forms {
    /// The content security policy: `form-action` governs redirects after a form too, so it would stop a
    /// sign-out on its way through a federation.
    const fn policy(self) -> &'static str {
        match self {
            Self::StayHere => {
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                 frame-ancestors 'none'; base-uri 'none'"
            }
            Self::LeadAway => {
                "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
            }
        }
    }
}

impl App {
    /// A notice as a response.
    pub(super) fn notice(&self, visitor: &Visitor, notice: Notice) -> Response {
        let (action, href) = notice.way_on();
        let frame = self.pages.frame(visitor, None);
        let page = NoticePage {
            title: frame.t(&format!("{}-title", notice.name())),
            text: frame.t(&format!("{}-text", notice.name())),
            frame,
            is_good_news: notice.is_good_news(),
            action,
            href,
        };
        respond(visitor.locale, Forms::StayHere, notice.status(), &page)
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(show_home))
        .route("/style.css", get(|| async { asset("text/css; charset=utf-8", STYLE) }))
        .route("/icon.svg", get(|| async { asset("image/svg+xml", ICON) }))
}

const STYLE: &str = include_str!("../../../templates/demo/style.css");
const ICON: &str = include_str!("../../../templates/demo/icon.svg");

fn asset(kind: &'static str, body: &'static str) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=300")], body).into_response()
}

async fn show_home(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    let id = app.cookies.read(&visitor, Cookie::Session);
    match app.sessions.find(id).await {
        Ok(Some(_)) => see_other("/sheets", &[]),
        Ok(None) => {
            let page = HomePage { frame: app.pages.frame(&visitor, None) };
            respond(visitor.locale, Forms::StayHere, StatusCode::OK, &page)
        }
        Err(error) => {
            tracing::error!(%error, "the sessions could not be read");
            app.notice(&visitor, Notice::AppUnavailable)
        }
    }
}

pub(super) async fn show_not_found(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    app.notice(&visitor, Notice::NotFound)
}

pub(super) fn show_foreign_form(app: &App, visitor: &Visitor) -> Response {
    app.notice(visitor, Notice::ForeignForm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(locale: Locale) -> Frame {
        Frame { texts: Pages::new().texts, locale, person: None }
    }

    #[test]
    fn every_notice_has_its_words_in_every_language() {
        let notices = [
            Notice::SignedOut,
            Notice::SignedOutHere,
            Notice::SignInUnknown,
            Notice::SignInAbandoned,
            Notice::SignInNeeded,
            Notice::SignInRefused,
            Notice::ProviderUnavailable,
            Notice::AppUnavailable,
            Notice::TokenRefused,
            Notice::ForeignForm,
            Notice::NotFound,
        ];
        for locale in Locale::ALL {
            let texts = Pages::new().texts;
            for notice in notices {
                for key in [format!("{}-title", notice.name()), format!("{}-text", notice.name())] {
                    assert!(texts.has(locale, &key), "{key} in {}", locale.tag());
                }
                assert!(texts.has(locale, notice.way_on().0));
            }
        }
    }

    #[test]
    fn amounts_and_days_follow_the_language() {
        let day = Day::parse("2026-06-01").unwrap();
        assert_eq!(frame(Locale::Fr).euros(3_344), "33,44\u{a0}€");
        assert_eq!(frame(Locale::En).euros(5), "€0.05");
        assert_eq!(frame(Locale::Fr).day(day), "1er\u{a0}juin 2026");
        assert_eq!(frame(Locale::En).day(day), "1\u{a0}June 2026");
    }

    #[test]
    fn an_unknown_situation_is_shown_as_it_is_called() {
        assert_eq!(frame(Locale::Fr).situation("<autre>"), "<autre>");
    }
}
