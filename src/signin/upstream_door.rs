//! The door of federated people: off to their provider, and back.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::departure::CameFrom;
use super::journey::LONGEST_JOURNEY;
use super::pages::{UpstreamProblem, UpstreamProblemPage};
use super::sessions::{ACR_FEDERATED, ACR_VALUES, Proof};
use super::situations::path_of;
use super::{OpenJourney, SIGN_IN_PATH, SignIn};
use crate::accounts::FederatedPerson;
use crate::audit::ProvedBy;
use crate::config::{SituationSettings, UpstreamId};
use crate::federation::{FederationError, InFlight, ProblemKind, UpstreamIdentity, Wishes};
use crate::kit::page::{see_other, with_cookies};
use crate::kit::problem::Problem;
use crate::kit::secrets::same;
use crate::kit::visitor::Visitor;

/// The short name of the cookies that wait for an answer; a slot and a part follow.
const IN_FLIGHT_COOKIE: &str = "upstream";
/// How many answers a browser can wait for at once.
const SLOTS: u8 = 4;
/// How many bytes they may take together: past it the guard would refuse all that the browser sends. A
/// new departure always finds room, the others give way.
const MOST_WAITING: usize = 12 * 1024;
/// How many bytes one alone may take: the longest request that is read, sealed twice, and names.
const LONGEST_WAITING: usize = 18 * 1024;

/// What the browser keeps while the person is at the provider.
#[derive(Serialize, Deserialize)]
struct Absence {
    in_flight: InFlight,
    journey: String,
}

impl SignIn {
    /// Sends a person to an upstream provider.
    pub(super) async fn depart(
        &self,
        visitor: &Visitor,
        journey: &OpenJourney,
        situation: &SituationSettings,
        upstream: &UpstreamId,
    ) -> Response {
        let wishes = Wishes {
            login_hint: journey.journey.login_hint.clone(),
            prompt_login: journey.journey.must_be_fresh,
            max_age: journey.journey.max_age,
            ui_locales: vec![visitor.locale.tag().to_owned()],
            // Of our own contexts an upstream knows nothing.
            acr_values: not_ours(&journey.journey.acr_values),
        };
        let departure = match self.0.federation.depart(upstream, &wishes).await {
            Ok(departure) => departure,
            Err(error) => {
                return self.upstream_problem(visitor, Some(journey), upstream, blame(upstream, &error));
            }
        };
        let slot = slot(departure.in_flight.state());
        let absence = Absence { in_flight: departure.in_flight, journey: journey.sealed.clone() };
        let sealed = self.0.upstream_journeys.seal_value(&self.0.rng, journey.browser.as_bytes(), &absence);
        if sealed.len() > LONGEST_WAITING {
            return Problem::TooLarge.page(&self.0.pages, visitor, None).into_response();
        }
        let mut cookies = self.wait_in(visitor, &slot, &sealed);
        cookies.push(self.remember(situation));
        see_other(departure.url.as_str(), &cookies)
    }

    /// `Set-Cookie` values that make a browser keep what waits in a slot, and forget what has no room beside.
    fn wait_in(&self, visitor: &Visitor, slot: &str, sealed: &str) -> Vec<String> {
        let policy = self.0.pages.cookies();
        let mut set = policy.set_in_parts(&visitor.cookies, slot, sealed, LONGEST_JOURNEY);
        let mut room = MOST_WAITING.saturating_sub(sealed.len());
        for other in (0..SLOTS).map(slot_name).filter(|other| other != slot) {
            let size = policy.get_in_parts(&visitor.cookies, &other).len();
            match room.checked_sub(size) {
                Some(left) => room = left,
                None => set.extend(policy.clear_parts(&visitor.cookies, &other, 0)),
            }
        }
        set
    }

    /// Takes in a person whom an upstream provider sent back.
    async fn take_in(&self, visitor: &Visitor, upstream: &UpstreamId) -> Response {
        let state = visitor.query.get("state").unwrap_or_default();
        let slot = slot(state);
        let sealed = self.0.pages.cookies().get_in_parts(&visitor.cookies, &slot);
        let browser = self.browser_of(visitor).unwrap_or_default();
        let absence = self
            .0
            .upstream_journeys
            .open_value::<Absence>(browser.as_bytes(), &sealed)
            .filter(|absence| absence.in_flight.upstream() == upstream)
            // A forged answer that falls into this slot must not spend the sign-in that waits there.
            .filter(|absence| same(state.as_bytes(), absence.in_flight.state().as_bytes()));
        let Some(absence) = absence else {
            return self.upstream_problem(visitor, None, upstream, UpstreamProblem::OtherBrowser);
        };
        // Whatever comes of it, this answer counts once.
        let forget = self.0.pages.cookies().clear_parts(&visitor.cookies, &slot, 0);
        let journey = match self.reopen(visitor, &absence.journey) {
            Ok(journey) => journey,
            Err(problem) => return problem.page(&self.0.pages, visitor, None).into_response(),
        };
        let response = match self.0.federation.arrive(absence.in_flight, &visitor.query).await {
            Ok(identity) => self.recognise(visitor, &journey, identity).await,
            Err(error) => self.upstream_problem(visitor, Some(&journey), upstream, blame(upstream, &error)),
        };
        with_cookies(response, &forget)
    }

    async fn recognise(
        &self,
        visitor: &Visitor,
        journey: &OpenJourney,
        identity: UpstreamIdentity,
    ) -> Response {
        let upstream = identity.upstream.clone();
        let acr = identity.acr.clone().unwrap_or_else(|| ACR_FEDERATED.to_owned());
        let amr = identity.amr.clone();
        let auth_time = identity.auth_time;
        let signs_out =
            self.0.federation.upstream(upstream.as_str()).is_some_and(|it| it.settings().sign_out);
        let came_from = CameFrom {
            upstream: upstream.clone(),
            sid: identity.sid,
            hint: signs_out.then_some(identity.id_token),
            return_to: identity.return_address,
        };
        let person = FederatedPerson {
            upstream: identity.upstream,
            subject: identity.subject,
            given_name: identity.given_name,
            family_name: identity.family_name,
            email: identity.email,
            email_verified: identity.email_verified,
            claims: identity.others.into_iter().collect(),
        };
        let account = match self.0.accounts.recognise(person).await {
            Ok(Some(account)) => account,
            Ok(None) => {
                tracing::info!(%upstream, "a disabled account came back");
                return self.upstream_problem(visitor, Some(journey), &upstream, UpstreamProblem::Refused);
            }
            Err(error) => return self.broken(visitor, &error),
        };
        let door =
            self.situation_of_upstream(&upstream).map_or_else(|| upstream.to_string(), |it| it.id.clone());
        let proof = Proof {
            account,
            door,
            proved_by: ProvedBy::Upstream,
            upstream: Some(came_from),
            auth_time,
            acr,
            amr,
            pause: None,
        };
        match self.establish(visitor, journey, proof, Vec::new()).await {
            Ok(response) => response,
            Err(error) => self.broken(visitor, &error),
        }
    }

    fn upstream_problem(
        &self,
        visitor: &Visitor,
        journey: Option<&OpenJourney>,
        upstream: &UpstreamId,
        problem: UpstreamProblem,
    ) -> Response {
        let Some(known) = self.0.federation.upstream(upstream.as_str()) else {
            return Problem::NotFound.page(&self.0.pages, visitor, None).into_response();
        };
        let status = match problem {
            UpstreamProblem::Unavailable | UpstreamProblem::Untrusted => StatusCode::BAD_GATEWAY,
            UpstreamProblem::Refused => StatusCode::FORBIDDEN,
            UpstreamProblem::OtherBrowser => StatusCode::BAD_REQUEST,
        };
        let address = |path: &str| journey.map_or_else(|| path.to_owned(), |journey| journey.to(path));
        let door = self.situation_of_upstream(upstream).map_or_else(|| SIGN_IN_PATH.to_owned(), path_of);
        // Without a journey there is nothing to try again: only a new beginning.
        let retry_path = if journey.is_some() { &door } else { SIGN_IN_PATH };
        let settings = known.settings();
        let page = UpstreamProblemPage {
            frame: self.0.pages.frame(visitor),
            provider: settings.name.clone(),
            problem,
            retry_href: address(retry_path),
            help: settings
                .help
                .as_ref()
                .map(|help| (help.label.get(visitor.locale).to_owned(), help.url.to_string())),
            back_href: address(SIGN_IN_PATH),
        };
        self.0.pages.respond(visitor, status, &page).into_response()
    }
}

/// `GET /federation/{upstream}/callback`
pub async fn arrive(
    State(sign_in): State<SignIn>,
    Path(upstream): Path<String>,
    visitor: Visitor,
) -> Response {
    sign_in.take_in(&visitor, &UpstreamId::from(upstream)).await
}

fn not_ours(acr_values: &[String]) -> Vec<String> {
    acr_values.iter().filter(|acr| !ACR_VALUES.contains(&acr.as_str())).cloned().collect()
}

/// Tells the log what happened at the upstream, and gives what the person is told of it.
fn blame(upstream: &UpstreamId, error: &FederationError) -> UpstreamProblem {
    tracing::warn!(%upstream, %error, "the upstream sign-in did not succeed");
    match error.kind() {
        ProblemKind::Unavailable => UpstreamProblem::Unavailable,
        ProblemKind::Refused => UpstreamProblem::Refused,
        ProblemKind::Untrusted => UpstreamProblem::Untrusted,
        ProblemKind::NotOurs => UpstreamProblem::OtherBrowser,
    }
}

/// The cookie slot of a state: a few exist, and a newer journey takes the place of an older.
fn slot(state: &str) -> String {
    slot_name(state.bytes().fold(0_u8, u8::wrapping_add) % SLOTS)
}

fn slot_name(number: u8) -> String {
    format!("{IN_FLIGHT_COOKIE}-{number}")
}
