//! Consent: what a third-party client asks for, allowed or denied by the person, and remembered.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::authorization_request::Valid;
use super::authorize::Consent;
use super::error::{ErrorCode, OAuthError};
use super::pages::ConsentPage;
use super::scopes::{Scope, Scopes};
use super::{ClientId, Provider, device, store};
use crate::accounts::{self, AccountId};
use crate::audit::{self, Actor, Event};
use crate::database::Connection;
use crate::kit::clock::Timestamp;
use crate::kit::page::{Localized, see_other};
use crate::kit::parameters::{Parameters, with_query};
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;
use crate::signin::SignedIn;

/// The page that asks.
pub const PATH: &str = "/consent";
/// The parameter of the form's address that says what was asked, and whom.
const ASKED: &str = "asked";

/// What a person was asked, sealed for their account alone: in another tab, somebody else may have
/// signed in since.
#[derive(PartialEq, Serialize, Deserialize)]
struct Asked {
    client: ClientId,
    scope: String,
}

impl Asked {
    fn by(request: &Valid) -> Self {
        Self { client: request.client.id.clone(), scope: request.permissions().to_string() }
    }
}

/// What a person allows a third party.
#[derive(Clone, Debug)]
pub struct GivenConsent {
    /// To whom.
    pub client: ClientId,
    /// Its name for people.
    pub name: Localized,
    /// The keys of the texts that tell what.
    pub permissions: Vec<&'static str>,
    /// The same of APIs, in their own words.
    pub api_permissions: Vec<Localized>,
    /// Since when.
    pub given_at: Timestamp,
}

/// `GET /consent`
pub async fn ask(State(provider): State<Provider>, visitor: Visitor) -> Response {
    let (request, journey) = match provider.resumed(&visitor).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    let person = match provider.0.sign_in.signed_in(&visitor).await {
        Ok(Some(person)) => person,
        Ok(None) => return see_other(&journey.to(super::authorize::RESUME_PATH), &[]),
        Err(error) => return provider.database_problem(&visitor, &error),
    };
    let pages = provider.0.sign_in.pages();
    let asked = provider.seal_asked(&person, &request);
    let about = &request.client.settings.about;
    let logo = about.logo_uri.as_ref();
    let page = ConsentPage {
        frame: pages.frame(&visitor),
        action: with_query(&journey.to(PATH), &[(ASKED, &asked)]),
        client_name: request.client.name().get(visitor.locale).to_owned(),
        site: request.client.site(),
        logo_uri: logo.map(ToString::to_string),
        host: request.redirect_uri.place(),
        policy_uri: about.policy_uri.as_ref().map(ToString::to_string),
        tos_uri: about.tos_uri.as_ref().map(ToString::to_string),
        account_name: person.account.display_name(),
        permissions: request.permissions().iter().map(Scope::permission_key).collect(),
        api_permissions: provider.0.resources.describe(&request.permissions()),
    };
    let origins = request.client.return_origins(&request.redirect_uri);
    let logo_origin = logo.map(|logo| logo.origin().ascii_serialization());
    let response = pages.respond(&visitor, StatusCode::OK, &page);
    response.forms_lead_to(&origins).shows_images_of(logo_origin).into_response()
}

/// `POST /consent`
pub async fn decide(State(provider): State<Provider>, visitor: Visitor, body: Bytes) -> Response {
    let (request, journey) = match provider.resumed(&visitor).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    let form = Parameters::parse(&body);
    match form.get("decision").filter(|_| form.repeated().is_none()) {
        Some("allow") => {}
        Some("deny") => {
            let error = OAuthError::new(ErrorCode::AccessDenied, "the person denied it");
            error.log("consent");
            return provider.deliver(&visitor, request.refused(&provider.0.issuer, &error));
        }
        _ => return provider.problem(&visitor, Problem::BadRequest),
    }
    let person = match provider.0.sign_in.signed_in(&visitor).await {
        Ok(Some(person)) => person,
        Ok(None) => return see_other(&journey.to(super::authorize::RESUME_PATH), &[]),
        Err(error) => return provider.database_problem(&visitor, &error),
    };
    if !provider.was_asked(&visitor, &person, &request) {
        return see_other(&journey.to(PATH), &[]);
    }
    let allowed = request.permissions();
    let remembered = provider.remember_consent(&person.account.id, &request.client.id, &allowed).await;
    if let Err(error) = remembered {
        return provider.database_problem(&visitor, &error);
    }
    provider.go_on(&visitor, request, Some(&journey), Consent::Given).await
}

impl Provider {
    /// What a person has allowed a client so far.
    pub(super) async fn consent_of(&self, account: &AccountId, client: &ClientId) -> sqlx::Result<Scopes> {
        store::consent(&mut *self.0.database.read().await?, account, client).await
    }

    /// Whether a person still allows all that a request asks for, which then stays so until the transaction ends.
    ///
    /// Their row is locked first, as whoever withdraws a consent does.
    pub(super) async fn still_allows(
        &self,
        connection: &mut Connection,
        person: &SignedIn,
        request: &Valid,
    ) -> sqlx::Result<bool> {
        let account = &person.account.id;
        accounts::lock(connection, account).await?;
        let given = store::consent(connection, account, &request.client.id).await?;
        Ok(request.permissions().is_within(&given))
    }

    fn seal_asked(&self, person: &SignedIn, request: &Valid) -> String {
        self.0.decisions.seal_value(&self.0.rng, person.account.id.as_str().as_bytes(), &Asked::by(request))
    }

    /// Whether the page that is now answered was shown to this person, about this request.
    fn was_asked(&self, visitor: &Visitor, person: &SignedIn, request: &Valid) -> bool {
        let sealed = visitor.query.get(ASKED).unwrap_or_default();
        let asked = self.0.decisions.open_value(person.account.id.as_str().as_bytes(), sealed);
        asked == Some(Asked::by(request))
    }

    async fn remember_consent(
        &self,
        account: &AccountId,
        client: &ClientId,
        scopes: &Scopes,
    ) -> sqlx::Result<()> {
        let mut transaction = self.0.database.write().await?;
        // Of two pages answered at once, the second adds to what the first one set.
        accounts::lock(&mut transaction, account).await?;
        let before = store::consent(&mut transaction, account, client).await?;
        let now = self.0.clock.now();
        store::set_consent(&mut transaction, account, client, &before.joined_with(scopes), now).await?;
        let event = (Event::ConsentGiven, client.as_str());
        audit::record(&mut transaction, &self.0.rng, now, account.as_str(), &Actor::Person, event).await?;
        transaction.commit().await
    }

    /// What a person allows third parties, the latest first.
    pub async fn consents_of(&self, account: &AccountId) -> sqlx::Result<Vec<GivenConsent>> {
        let given = store::consents_of(&mut *self.0.database.read().await?, account).await?;
        let mut told = Vec::with_capacity(given.len());
        for (id, scopes, given_at) in given {
            let client = self.0.clients.find(id.as_str()).await?;
            // A client that is gone is still named by its id, so that it can be forgotten.
            let nameless = || Localized { fr: id.to_string(), en: id.to_string() };
            told.push(GivenConsent {
                name: client.map_or_else(nameless, |client| client.name().clone()),
                permissions: scopes.iter().map(Scope::permission_key).collect(),
                api_permissions: self.0.resources.describe(&scopes),
                client: id,
                given_at,
            });
        }
        Ok(told)
    }

    /// Takes back what a person allows a client, and all that was granted on it; `false` when there was nothing.
    ///
    /// What was granted goes though no consent is remembered: only a first party needs none.
    pub async fn withdraw_consent(&self, account: &AccountId, client: &str) -> sqlx::Result<bool> {
        if self.0.clients.find(client).await?.is_some_and(|client| client.settings.first_party) {
            return Ok(false);
        }
        let client = ClientId::from(client);
        let now = self.0.clock.now();
        // Committed first: a device that was quicker has its grant by then, and one that was not finds itself denied.
        let mut transaction = self.0.database.write().await?;
        let shut_out = device::deny_allowed(&mut transaction, account, &client).await?;
        transaction.commit().await?;
        let mut transaction = self.0.database.write().await?;
        // Sessions before grants: one that ends meanwhile takes the same grants along, in another order.
        self.0.sign_in.hold_all(&mut transaction, account).await?;
        let forgotten = store::forget_consent(&mut transaction, account, &client).await?;
        let revoked = store::revoke_of_client(&mut transaction, account, &client, now).await?;
        if !forgotten && shut_out == 0 && revoked == 0 {
            return Ok(false);
        }
        let event = (Event::ConsentWithdrawn, client.as_str());
        audit::record(&mut transaction, &self.0.rng, now, account.as_str(), &Actor::Person, event).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// A page that says that something of ours failed.
    pub(super) fn database_problem(&self, visitor: &Visitor, error: &sqlx::Error) -> Response {
        tracing::error!(%error, "the database failed");
        self.problem(visitor, Problem::Unavailable)
    }
}
