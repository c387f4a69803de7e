//! "Quelle est votre situation ?": the choice of a door, and what each door opens.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::pages::{ElsewherePage, SituationChoice, SituationsPage};
use super::sessions::ACR_PASSWORD;
use super::{Journey, OpenJourney, SIGN_IN_PATH, SignIn};
use crate::accounts::looks_like_numen;
use crate::config::{Door, SituationSettings, UpstreamSettings};
use crate::kit::page::Localized;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;

/// The short name of the cookie that remembers the last choice.
const SITUATION_COOKIE: &str = "situation";
/// The longest identifier that a letter fills in, in characters.
const LONGEST_HINT: usize = 100;
/// It is remembered from one year's exams to the next.
const SITUATION_COOKIE_LIFE: Duration = Duration::from_hours(400 * 24);

/// `GET /sign-in`
pub async fn choose(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    if visitor.query.non_empty(super::journey::JOURNEY_PARAMETER).is_none() {
        return sign_in.begin(&visitor, &sign_in.journey_home());
    }
    let journey = match sign_in.open_journey(&visitor) {
        Ok(journey) => journey,
        Err(answer) => return *answer,
    };
    let remembered = visitor.cookies.get(&sign_in.0.pages.cookies().name(SITUATION_COOKIE));
    let in_language = |text: &Localized| text.get(visitor.locale).to_owned();
    let choices = sign_in.0.situations.iter().map(|situation| SituationChoice {
        id: situation.id.clone(),
        title: in_language(&situation.title),
        description: in_language(&situation.description),
        people: situation.people.iter().map(in_language).collect(),
        href: journey.to(&path_of(situation)),
        remembered: remembered == Some(situation.id.as_str()),
    });
    let page = SituationsPage {
        frame: sign_in.0.pages.frame(&visitor),
        application: journey.application(visitor.locale),
        choices: choices.collect(),
    };
    sign_in.0.pages.respond(&visitor, StatusCode::OK, &page).into_response()
}

/// `GET /sign-in/{situation}`
pub async fn enter(State(sign_in): State<SignIn>, Path(id): Path<String>, visitor: Visitor) -> Response {
    if visitor.query.non_empty(super::journey::JOURNEY_PARAMETER).is_none()
        && let Some(situation) = sign_in.situation(&id)
        && let Some(hint) = visitor.query.non_empty("login_hint")
    {
        // From the code on a letter: the identifier is filled in, and no application waits.
        let login_hint = Some(hint.chars().take(LONGEST_HINT).collect());
        let journey = Journey { login_hint, ..sign_in.journey_home() };
        return sign_in.begin_at(&visitor, &journey, &path_of(situation));
    }
    let journey = match sign_in.open_journey(&visitor) {
        Ok(journey) => journey,
        Err(answer) => return *answer,
    };
    let Some(situation) = sign_in.situation(&id) else {
        return Problem::NotFound.page(&sign_in.0.pages, &visitor, None).into_response();
    };
    match &situation.door {
        Door::Password { .. } => sign_in.show_password_door(&visitor, &journey, situation),
        Door::Upstream(upstream) => sign_in.depart(&visitor, &journey, situation, upstream).await,
        Door::Elsewhere { url, button, explanation } => {
            let page = ElsewherePage {
                frame: sign_in.0.pages.frame(&visitor),
                title: situation.title.get(visitor.locale).to_owned(),
                paragraphs: explanation.iter().map(|text| text.get(visitor.locale).to_owned()).collect(),
                button: button.get(visitor.locale).to_owned(),
                href: url.to_string(),
                back_href: journey.to(SIGN_IN_PATH),
            };
            sign_in
                .0
                .pages
                .respond(&visitor, StatusCode::OK, &page)
                .cookie(&sign_in.remember(situation))
                .into_response()
        }
    }
}

/// The page where people sign in with what is printed on their letter; the choice where no door asks for that.
#[must_use]
pub fn password_door_path(situations: &[SituationSettings]) -> String {
    let letters = |situation: &&SituationSettings| matches!(situation.door, Door::Password { letters: true });
    situations.iter().find(letters).map_or_else(|| SIGN_IN_PATH.to_owned(), path_of)
}

/// The path of a situation's own page.
pub(super) fn path_of(situation: &SituationSettings) -> String {
    format!("{SIGN_IN_PATH}/{}", situation.id)
}

impl SignIn {
    /// The cookie that offers this situation first, next time.
    pub(super) fn remember(&self, situation: &SituationSettings) -> String {
        self.0.pages.cookies().set(SITUATION_COOKIE, &situation.id, Some(SITUATION_COOKIE_LIFE))
    }

    /// Whether some door may lead to an authentication context; what an upstream can do is its own to say.
    #[must_use]
    pub fn may_attain(&self, acr: &str) -> bool {
        self.0.situations.iter().any(|situation| match situation.door {
            Door::Password { .. } => acr == ACR_PASSWORD,
            Door::Upstream(_) => true,
            Door::Elsewhere { .. } => false,
        })
    }

    /// The way back to the choice, where there is one.
    pub(super) fn way_back(&self, journey: &OpenJourney) -> Option<String> {
        (self.0.situations.len() > 1).then(|| journey.to(SIGN_IN_PATH))
    }

    /// The upstream to which an identifier of this shape belongs, and the situation that leads there.
    pub(super) fn upstream_of_identifier(
        &self,
        identifier: &str,
    ) -> Option<(&SituationSettings, &UpstreamSettings)> {
        let domain = identifier.trim().rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
        self.0.situations.iter().find_map(|situation| {
            let Door::Upstream(upstream) = &situation.door else { return None };
            let settings = self.0.federation.upstream(upstream.as_str())?.settings();
            let hints = &settings.identifier_hints;
            let belongs = (hints.numen && looks_like_numen(identifier))
                || domain.as_ref().is_some_and(|domain| hints.mail_domains.contains(domain));
            belongs.then_some((situation, settings))
        })
    }
}
