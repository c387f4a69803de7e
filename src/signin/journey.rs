//! A person's way to an application, sealed so that the browser can carry it.
//!
//! Nothing is stored before somebody has proved something: the journey travels in the address,
//! sealed, and bound by a cookie to the browser in which it began.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::{SIGN_IN_PATH, SessionId, SignIn};
use crate::kit::clock::Timestamp;
use crate::kit::locale::Locale;
use crate::kit::page::see_other;
use crate::kit::parameters::with_query;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;

/// The query parameter that carries a sealed journey.
pub const JOURNEY_PARAMETER: &str = "journey";
/// The short name of the cookie that names the browser.
const BROWSER_COOKIE: &str = "browser";
/// How long a journey may last: nobody is hurried (RGAA 13.1, WCAG 2.2.1).
pub(super) const LONGEST_JOURNEY: Duration = Duration::from_hours(20);
/// How long the browser keeps its name: longer than a journey begun at the last moment.
const BROWSER_COOKIE_LIFE: Duration = Duration::from_hours(48);

/// Where a person is going, and what is known of how they should get there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Journey {
    /// When it began.
    pub began: Timestamp,
    /// The application's name: French, English.
    pub application: Option<(String, String)>,
    /// Where to go on, once signed in.
    pub resume: Resume,
    /// The identifier that the application guesses.
    pub login_hint: Option<String>,
    /// The situation that the application knows.
    pub idp_hint: Option<String>,
    /// Whether only a new sign-in counts.
    pub must_be_fresh: bool,
    /// How old a sign-in may be, in seconds.
    pub max_age: Option<u64>,
    /// The authentication contexts that the application wants, the best first.
    pub acr_values: Vec<String>,
    /// The sign-in made on this very journey (see [`SignedIn::sign_in_id`](super::SignedIn::sign_in_id)).
    ///
    /// A sign-in made meanwhile on another journey is none: nobody may have been asked for anything there.
    pub made: Option<String>,
    /// The origins to which the browser goes in the end.
    pub return_origins: Vec<String>,
}

/// Where a journey goes on, and what must be known there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resume {
    /// A path of this site.
    pub path: String,
    /// What the one who waits there wants to find again.
    pub payload: String,
}

/// A journey that came back unaltered, in the browser in which it began.
pub struct OpenJourney {
    /// The journey.
    pub journey: Journey,
    /// Its sealed form, to be passed on.
    pub sealed: String,
    /// The name of the browser, to which other things can be bound.
    pub(super) browser: String,
}

impl OpenJourney {
    /// The address of a page of this journey.
    #[must_use]
    pub fn to(&self, path: &str) -> String {
        with_query(path, &[(JOURNEY_PARAMETER, &self.sealed)])
    }

    /// The application's name in a language.
    #[must_use]
    pub fn application(&self, locale: Locale) -> Option<String> {
        let (fr, en) = self.journey.application.as_ref()?;
        Some(if locale == Locale::Fr { fr.clone() } else { en.clone() })
    }
}

impl SignIn {
    /// Sends a person off to sign in, by the shortest way that their hints allow.
    #[must_use]
    pub fn begin(&self, visitor: &Visitor, journey: &Journey) -> Response {
        let door = self.door_hinted(journey);
        let path = door.map_or_else(|| SIGN_IN_PATH.to_owned(), |id| format!("{SIGN_IN_PATH}/{id}"));
        self.begin_at(visitor, journey, &path)
    }

    /// Sends a person on a journey that starts at a page of this site.
    #[must_use]
    pub fn begin_at(&self, visitor: &Visitor, journey: &Journey, path: &str) -> Response {
        let browser = self.browser_of(visitor).unwrap_or_else(|| self.0.rng.id());
        let sealed = self.0.journeys.seal_value(&self.0.rng, browser.as_bytes(), journey);
        let cookie = self.0.pages.cookies().set(BROWSER_COOKIE, &browser, Some(BROWSER_COOKIE_LIFE));
        see_other(&with_query(path, &[(JOURNEY_PARAMETER, &sealed)]), &[cookie])
    }

    /// Where a journey goes on once a sign-in was made on it.
    pub(super) fn onward(&self, journey: &OpenJourney, made: &SessionId) -> String {
        let onward = Journey { made: Some(made.as_str().to_owned()), ..journey.journey.clone() };
        let sealed = self.0.journeys.seal_value(&self.0.rng, journey.browser.as_bytes(), &onward);
        with_query(&onward.resume.path, &[(JOURNEY_PARAMETER, &sealed)])
    }

    /// Where a journey pauses, at a page of ours, after a sign-in was made on it.
    ///
    /// Sealed so that nothing but that page opens it: whoever is to do something there first cannot go round it.
    pub(super) fn pause_at(&self, path: &str, journey: &OpenJourney, made: &SessionId) -> String {
        let paused = Journey { made: Some(made.as_str().to_owned()), ..journey.journey.clone() };
        let sealed = self.0.journeys.seal_value(&self.0.rng, &paused_context(&journey.browser), &paused);
        with_query(path, &[(JOURNEY_PARAMETER, &sealed)])
    }

    /// The journey that pauses at the page which a request asks for.
    pub(super) fn paused_journey(&self, visitor: &Visitor) -> Result<OpenJourney, Box<Response>> {
        let Some(sealed) = visitor.query.non_empty(JOURNEY_PARAMETER) else {
            return Err(Box::new(see_other(SIGN_IN_PATH, &[])));
        };
        self.reopen_for(visitor, sealed, paused_context)
            .map_err(|problem| Box::new(problem.page(&self.0.pages, visitor, None).into_response()))
    }

    /// Where a journey goes on after its pause.
    pub(super) fn go_on(&self, paused: &OpenJourney) -> String {
        let sealed = self.0.journeys.seal_value(&self.0.rng, paused.browser.as_bytes(), &paused.journey);
        with_query(&paused.journey.resume.path, &[(JOURNEY_PARAMETER, &sealed)])
    }

    /// Where a journey begins again when the sign-in made on it is gone.
    pub(super) fn begin_again(&self, paused: &OpenJourney) -> String {
        let anew = Journey { made: None, ..paused.journey.clone() };
        let sealed = self.0.journeys.seal_value(&self.0.rng, paused.browser.as_bytes(), &anew);
        with_query(SIGN_IN_PATH, &[(JOURNEY_PARAMETER, &sealed)])
    }

    /// The journey that a request carries.
    ///
    /// Without one there is nothing to open: `Err` holds the answer to give instead.
    pub fn open_journey(&self, visitor: &Visitor) -> Result<OpenJourney, Box<Response>> {
        let Some(sealed) = visitor.query.non_empty(JOURNEY_PARAMETER) else {
            return Err(Box::new(see_other(SIGN_IN_PATH, &[])));
        };
        self.reopen(visitor, sealed)
            .map_err(|problem| Box::new(problem.page(&self.0.pages, visitor, None).into_response()))
    }

    /// Opens a sealed journey that was kept elsewhere than in the address.
    pub(super) fn reopen(&self, visitor: &Visitor, sealed: &str) -> Result<OpenJourney, Problem> {
        self.reopen_for(visitor, sealed, |browser| browser.as_bytes().to_vec())
    }

    fn reopen_for(
        &self,
        visitor: &Visitor,
        sealed: &str,
        context: impl Fn(&str) -> Vec<u8>,
    ) -> Result<OpenJourney, Problem> {
        let browser = self.browser_of(visitor).ok_or(Problem::RequestFromElsewhere)?;
        let journey: Journey =
            self.0.journeys.open_value(&context(&browser), sealed).ok_or(Problem::RequestFromElsewhere)?;
        if self.0.clock.now().since(journey.began) > LONGEST_JOURNEY {
            return Err(Problem::RequestExpired);
        }
        Ok(OpenJourney { journey, sealed: sealed.to_owned(), browser })
    }

    /// Sends a person off to sign in, and then to a page of this site.
    #[must_use]
    pub fn begin_towards(&self, visitor: &Visitor, path: &str) -> Response {
        self.begin(visitor, &self.journey_to(path))
    }

    /// A journey to a page of this site that wants to find something again there.
    #[must_use]
    pub fn journey_with(&self, path: &str, payload: &str) -> Journey {
        let resume = Resume { path: path.to_owned(), payload: payload.to_owned() };
        Journey { resume, ..self.journey_to(path) }
    }

    /// A journey of somebody who came by themselves, to no application.
    pub(super) fn journey_home(&self) -> Journey {
        self.journey_to("/")
    }

    /// The same, already open, and the `Set-Cookie` value that binds it to this browser.
    pub(super) fn open_journey_home(&self, visitor: &Visitor) -> (OpenJourney, String) {
        let journey = self.journey_home();
        let browser = self.browser_of(visitor).unwrap_or_else(|| self.0.rng.id());
        let sealed = self.0.journeys.seal_value(&self.0.rng, browser.as_bytes(), &journey);
        let cookie = self.0.pages.cookies().set(BROWSER_COOKIE, &browser, Some(BROWSER_COOKIE_LIFE));
        (OpenJourney { journey, sealed, browser }, cookie)
    }

    fn journey_to(&self, path: &str) -> Journey {
        Journey {
            began: self.0.clock.now(),
            application: None,
            resume: Resume { path: path.to_owned(), payload: String::new() },
            login_hint: None,
            idp_hint: None,
            must_be_fresh: false,
            max_age: None,
            acr_values: Vec::new(),
            made: None,
            return_origins: Vec::new(),
        }
    }

    pub(super) fn browser_of(&self, visitor: &Visitor) -> Option<String> {
        let name = visitor.cookies.get(&self.0.pages.cookies().name(BROWSER_COOKIE))?;
        (name.len() == 22).then(|| name.to_owned())
    }

    /// The one situation that hints or the settings leave, if they leave one.
    fn door_hinted(&self, journey: &Journey) -> Option<&str> {
        let named = journey.idp_hint.as_deref().and_then(|hint| self.situation(hint));
        let by_identifier = || Some(self.upstream_of_identifier(journey.login_hint.as_deref()?)?.0);
        let only = || match self.0.situations.as_slice() {
            [one] => Some(one),
            _ => None,
        };
        named.or_else(by_identifier).or_else(only).map(|situation| situation.id.as_str())
    }
}

/// What a journey that pauses is sealed for.
fn paused_context(browser: &str) -> Vec<u8> {
    format!("{browser} paused").into_bytes()
}
