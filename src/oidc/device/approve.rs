//! Where a person types a device's code, signs in, and decides (RFC 8628 §3.3).
//!
//! The code is looked up for nobody who is not signed in, so that guesses have a name. It travels there in
//! a sealed journey: an address alone, which anybody can send, only fills in the form.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use serde::{Deserialize, Serialize};

use super::user_code::UserCode;
use super::{Approval, CONFIRM_PATH, DeviceRequest, DeviceRequestId, PATH, store};
use crate::audit::{self, Actor, Event};
use crate::database::Transaction;
use crate::kit::page::see_other;
use crate::kit::parameters::{Parameters, with_query};
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;
use crate::oidc::pages::{DeviceConfirmPage, DeviceDonePage, DeviceFault, DevicePage};
use crate::oidc::scopes::Scope;
use crate::oidc::{Provider, store as grants};
use crate::signin::SignedIn;
use crate::signin::throttling::NotTaken;

/// The parameter of the form's address that says which device was asked about.
const ASKED: &str = "asked";
/// The longest text that is shown again in the field.
const LONGEST: usize = 32;

/// Which device a person was asked about, sealed for their account alone.
#[derive(Serialize, Deserialize)]
struct Asked {
    device: DeviceRequestId,
}

/// `GET /device`
pub async fn show(State(provider): State<Provider>, visitor: Visitor) -> Response {
    let typed = visitor.query.get("user_code").unwrap_or_default().to_owned();
    provider.device_form(&visitor, &typed, None)
}

/// `POST /device`
pub async fn submit(State(provider): State<Provider>, visitor: Visitor, body: Bytes) -> Response {
    let form = Parameters::parse(&body);
    if form.repeated().is_some() {
        return provider.problem(&visitor, Problem::BadRequest);
    }
    let typed = form.get("user_code").unwrap_or_default();
    let Some(code) = UserCode::read(typed) else {
        return provider.device_form(&visitor, typed, Some(DeviceFault::Malformed));
    };
    let journey = provider.0.sign_in.journey_with(CONFIRM_PATH, code.letters());
    match provider.0.sign_in.signed_in(&visitor).await {
        Ok(Some(_)) => provider.0.sign_in.begin_at(&visitor, &journey, CONFIRM_PATH),
        Ok(None) => provider.0.sign_in.begin(&visitor, &journey),
        Err(error) => provider.database_problem(&visitor, &error),
    }
}

/// `GET /device/confirm`
pub async fn ask(State(provider): State<Provider>, visitor: Visitor) -> Response {
    let journey = match provider.0.sign_in.open_journey(&visitor) {
        Ok(journey) => journey.journey,
        Err(answer) => return *answer,
    };
    let Some(code) = UserCode::read(&journey.resume.payload) else { return see_other(PATH, &[]) };
    let person = match provider.0.sign_in.signed_in(&visitor).await {
        Ok(Some(person)) => person,
        Ok(None) => return provider.0.sign_in.begin(&visitor, &journey),
        Err(error) => return provider.database_problem(&visitor, &error),
    };
    match provider.look_up(&visitor, &person, &code).await {
        Ok(Ok(request)) => provider.ask_about(&visitor, &person, &code, &request).await,
        Ok(Err(fault)) => provider.device_form(&visitor, &code.to_string(), Some(fault)),
        Err(error) => provider.database_problem(&visitor, &error),
    }
}

/// `POST /device/confirm`
pub async fn decide(State(provider): State<Provider>, visitor: Visitor, body: Bytes) -> Response {
    let form = Parameters::parse(&body);
    let allows = match form.get("decision").filter(|_| form.repeated().is_none()) {
        Some("allow") => true,
        Some("deny") => false,
        _ => return provider.problem(&visitor, Problem::BadRequest),
    };
    let person = match provider.0.sign_in.signed_in(&visitor).await {
        Ok(Some(person)) => person,
        Ok(None) => return see_other(PATH, &[]),
        Err(error) => return provider.database_problem(&visitor, &error),
    };
    let sealed = visitor.query.get(ASKED).unwrap_or_default();
    let Some(asked) = provider.0.decisions.open_value::<Asked>(&context(&person), sealed) else {
        return see_other(PATH, &[]);
    };
    match provider.decide_about(&person, &asked.device, allows).await {
        Ok(Some(request)) => provider.device_done(&visitor, &request, allows).await,
        Ok(None) => provider.device_form(&visitor, "", Some(DeviceFault::Unknown)),
        Err(error) => provider.database_problem(&visitor, &error),
    }
}

/// What the question about a device is sealed for.
fn context(person: &SignedIn) -> Vec<u8> {
    format!("{} device", person.account.id).into_bytes()
}

impl Provider {
    fn device_form(&self, visitor: &Visitor, typed: &str, fault: Option<DeviceFault>) -> Response {
        let status = match fault {
            None => StatusCode::OK,
            Some(DeviceFault::Wait { .. }) => StatusCode::TOO_MANY_REQUESTS,
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let pages = self.0.sign_in.pages();
        let page = DevicePage {
            frame: pages.frame(visitor),
            action: PATH.to_owned(),
            typed: typed.chars().take(LONGEST).collect(),
            fault,
        };
        let response = pages.respond(visitor, status, &page);
        match fault {
            Some(DeviceFault::Wait { minutes }) => {
                response.header(RETRY_AFTER, HeaderValue::from(minutes * 60)).into_response()
            }
            _ => response.into_response(),
        }
    }

    /// The request of a code. Each look counts as a guess until it finds something.
    async fn look_up(
        &self,
        visitor: &Visitor,
        person: &SignedIn,
        code: &UserCode,
    ) -> sqlx::Result<Result<DeviceRequest, DeviceFault>> {
        let throttle = self.0.sign_in.throttle();
        let attempt = match throttle.take_user_code(person.account.id.as_str(), visitor).await {
            Ok(attempt) => attempt,
            Err(NotTaken::Wait(wait)) => {
                return Ok(Err(DeviceFault::Wait { minutes: wait.seconds().div_ceil(60) }));
            }
            Err(NotTaken::Database(error)) => return Err(error),
        };
        let mut connection = self.0.database.read().await?;
        let found = store::by_user_code(&mut connection, &self.name_of(code), self.0.clock.now()).await?;
        drop(connection);
        let Some(request) = found else { return Ok(Err(DeviceFault::Unknown)) };
        attempt.give_back().await?;
        Ok(Ok(request))
    }

    async fn ask_about(
        &self,
        visitor: &Visitor,
        person: &SignedIn,
        code: &UserCode,
        request: &DeviceRequest,
    ) -> Response {
        let client = match self.0.clients.find(request.client_id.as_str()).await {
            Ok(Some(client)) => client,
            Ok(None) => return self.problem(visitor, Problem::UnknownClient),
            Err(error) => return self.database_problem(visitor, &error),
        };
        let asked = Asked { device: request.id.clone() };
        let asked = self.0.decisions.seal_value(&self.0.rng, &context(person), &asked);
        let pages = self.0.sign_in.pages();
        let page = DeviceConfirmPage {
            frame: pages.frame(visitor),
            action: with_query(CONFIRM_PATH, &[(ASKED, &asked)]),
            client_name: client.name().get(visitor.locale).to_owned(),
            site: client.site(),
            account_name: person.account.display_name(),
            user_code: code.to_string(),
            permissions: request.scopes.iter().map(Scope::permission_key).collect(),
            api_permissions: self.0.resources.describe(&request.scopes),
        };
        pages.respond(visitor, StatusCode::OK, &page).into_response()
    }

    /// Writes what a person decided, and remembers what a third party may from now on.
    async fn decide_about(
        &self,
        person: &SignedIn,
        device: &DeviceRequestId,
        allows: bool,
    ) -> sqlx::Result<Option<DeviceRequest>> {
        let approval = allows.then(|| Approval {
            account: person.account.id.clone(),
            sid: Some(person.sid.clone()),
            session_ends_at: person.expires_at,
            auth_time: person.auth_time,
            acr: person.acr.clone(),
            amr: person.amr.clone(),
            epoch: person.account.epoch,
        });
        let mut transaction = self.0.database.write().await?;
        let now = self.0.clock.now();
        let Some(request) = store::decide(&mut transaction, device, approval.as_ref(), now).await? else {
            return Ok(None);
        };
        if allows {
            self.remember_device(&mut transaction, person, &request).await?;
        }
        transaction.commit().await?;
        tracing::info!(client = %request.client_id, account = %person.account.id, allows, "a device was decided about");
        Ok(Some(request))
    }

    async fn remember_device(
        &self,
        transaction: &mut Transaction,
        person: &SignedIn,
        request: &DeviceRequest,
    ) -> sqlx::Result<()> {
        let (account, client) = (&person.account.id, &request.client_id);
        let now = self.0.clock.now();
        let before = grants::consent(transaction, account, client).await?;
        grants::set_consent(transaction, account, client, &before.joined_with(&request.scopes), now).await?;
        let event = (Event::ConsentGiven, client.as_str());
        audit::record(transaction, &self.0.rng, now, account.as_str(), &Actor::Person, event).await
    }

    async fn device_done(&self, visitor: &Visitor, request: &DeviceRequest, allowed: bool) -> Response {
        let client = match self.0.clients.find(request.client_id.as_str()).await {
            Ok(client) => client,
            Err(error) => return self.database_problem(visitor, &error),
        };
        let nameless = || request.client_id.to_string();
        let pages = self.0.sign_in.pages();
        let page = DeviceDonePage {
            frame: pages.frame(visitor),
            client_name: client.map_or_else(nameless, |client| client.name().get(visitor.locale).to_owned()),
            allowed,
        };
        pages.respond(visitor, StatusCode::OK, &page).into_response()
    }
}
