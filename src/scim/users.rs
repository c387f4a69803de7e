//! One person: made, shown, replaced, changed, removed (RFC 7644 §3.3 to §3.6).

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::header::ETAG;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};

use super::access::{Asking, PersonId};
use super::error::{ScimError, ScimType};
use super::json;
use super::precondition::{Condition, etag};
use super::projection::Projection;
use super::user::{self, Wanted};
use super::{Scim, patch as changes, reply};
use crate::accounts::{
    Account, AccountId, Card, Change, CreateError, Enrolment, Fingerprint, LookupKey, NewIdentifier, NotHeld,
    ReviseError, Revision,
};
use crate::kit::visitor::Visitor;

/// `POST /Users`
pub async fn create(
    State(scim): State<Scim>,
    asking: Asking,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ScimError> {
    let projection = asked_for(&visitor)?;
    let card = scim.create(&asking, &json::read(&headers, &body)?).await?;
    Ok(scim.person(StatusCode::CREATED, &card, &projection))
}

/// `GET /Users/{id}`
pub async fn show(
    State(scim): State<Scim>,
    asking: Asking,
    PersonId(id): PersonId,
    visitor: Visitor,
    headers: HeaderMap,
) -> Result<Response, ScimError> {
    let projection = asked_for(&visitor)?;
    let people = asking.jurisdiction(&scim);
    let card = people.card(&id).await?.ok_or_else(ScimError::nobody)?;
    if Condition::to_read(&headers).names(card.version.as_str()) {
        let mut response = reply::bare(StatusCode::NOT_MODIFIED);
        reply::say(&mut response, ETAG, &etag(card.version.as_str()));
        return Ok(response);
    }
    people.note_look(&asking.acting(), &id).await?;
    Ok(scim.person(StatusCode::OK, &card, &projection))
}

/// `PUT /Users/{id}`
pub async fn replace(
    State(scim): State<Scim>,
    asking: Asking,
    PersonId(id): PersonId,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ScimError> {
    let projection = asked_for(&visitor)?;
    let wanted = json::read(&headers, &body)?;
    let card = scim.replace(&asking, &id, &wanted, &Condition::to_change(&headers)).await?;
    Ok(scim.person(StatusCode::OK, &card, &projection))
}

/// `PATCH /Users/{id}`
pub async fn patch(
    State(scim): State<Scim>,
    asking: Asking,
    PersonId(id): PersonId,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ScimError> {
    let projection = asked_for(&visitor)?;
    let request = json::read(&headers, &body)?;
    let card = scim.patch(&asking, &id, &request, &Condition::to_change(&headers)).await?;
    Ok(scim.person(StatusCode::OK, &card, &projection))
}

/// `DELETE /Users/{id}`
pub async fn remove(
    State(scim): State<Scim>,
    asking: Asking,
    PersonId(id): PersonId,
    headers: HeaderMap,
) -> Result<Response, ScimError> {
    scim.remove(&asking, &id, &Condition::to_change(&headers)).await?;
    Ok(reply::bare(StatusCode::NO_CONTENT))
}

/// What of a person the query asks for.
fn asked_for(visitor: &Visitor) -> Result<Projection, ScimError> {
    Projection::of(visitor.query.get("attributes"), visitor.query.get("excludedAttributes"))
}

impl Scim {
    /// Makes a person.
    pub(super) async fn create(&self, asking: &Asking, user: &Map<String, Value>) -> Result<Card, ScimError> {
        let wanted = Wanted::read(user)?;
        let family_name = wanted.family_name.ok_or_else(no_family_name)?;
        let enrolment = Enrolment {
            identifier: wanted.user_name.map_or(NewIdentifier::FromName, NewIdentifier::Given),
            given_name: wanted.given_name,
            family_name,
            email: wanted.email,
            source_key: wanted.external_id,
            active: wanted.active.unwrap_or(true),
        };
        let account = self.0.accounts.enrol(enrolment, &asking.acting()).await.map_err(not_created)?;
        self.card(asking, &account.id).await
    }

    /// Makes a person what a whole user says.
    pub(super) async fn replace(
        &self,
        asking: &Asking,
        id: &AccountId,
        user: &Map<String, Value>,
        condition: &Condition,
    ) -> Result<Card, ScimError> {
        self.revise(asking, id, condition, |account| revision(account, Wanted::read(user)?)).await
    }

    /// Changes a person.
    pub(super) async fn patch(
        &self,
        asking: &Asking,
        id: &AccountId,
        request: &Map<String, Value>,
        condition: &Condition,
    ) -> Result<Card, ScimError> {
        let plan = |account: &Account| {
            let mut draft = user::draft(account);
            changes::apply(request, &mut draft)?;
            revision(account, Wanted::of(&draft.finish())?)
        };
        self.revise(asking, id, condition, plan).await
    }

    /// Removes a person: nothing is left that says who it was.
    pub(super) async fn remove(
        &self,
        asking: &Asking,
        id: &AccountId,
        condition: &Condition,
    ) -> Result<(), ScimError> {
        let seen = self.seen(asking, id, condition).await?;
        match self.0.accounts.delete(id, &asking.mandate(seen)).await? {
            Change::Made => Ok(()),
            Change::AlreadySo | Change::Gone => Err(ScimError::nobody()),
            Change::Stale => Err(ScimError::stale()),
        }
    }

    /// The version of a person upon which a request is to count: the one that it names, which is the present one, or none.
    ///
    /// Somebody else's people are not even looked for past this: a row that is locked would tell by time that it is there.
    pub(super) async fn seen(
        &self,
        asking: &Asking,
        id: &AccountId,
        condition: &Condition,
    ) -> Result<Option<Fingerprint>, ScimError> {
        let card = self.card(asking, id).await?;
        if card.account.merged_into.is_some() {
            let detail = "another record took this one in (mergedInto), and is the one to change";
            return Err(ScimError::new(StatusCode::CONFLICT, detail));
        }
        if !condition.allows(card.version.as_str()) {
            return Err(ScimError::stale());
        }
        Ok(matches!(condition, Condition::OneOf(_)).then_some(card.version))
    }

    async fn card(&self, asking: &Asking, id: &AccountId) -> Result<Card, ScimError> {
        asking.jurisdiction(self).card(id).await?.ok_or_else(ScimError::nobody)
    }

    async fn revise(
        &self,
        asking: &Asking,
        id: &AccountId,
        condition: &Condition,
        plan: impl FnOnce(&Account) -> Result<Revision, ScimError> + Send,
    ) -> Result<Card, ScimError> {
        let seen = self.seen(asking, id, condition).await?;
        match self.0.accounts.revise(id, &asking.mandate(seen), plan).await {
            Ok(()) => self.card(asking, id).await,
            Err(ReviseError::Refused(error)) => Err(error),
            Err(ReviseError::KnownSource) => Err(taken("externalId")),
            Err(ReviseError::NotHeld(NotHeld::Gone)) => Err(ScimError::nobody()),
            Err(ReviseError::NotHeld(NotHeld::Stale)) => Err(ScimError::stale()),
            Err(ReviseError::NotHeld(NotHeld::Database(error)) | ReviseError::Database(error)) => {
                Err(error.into())
            }
        }
    }
}

/// What a person is to become.
fn revision(account: &Account, wanted: Wanted) -> Result<Revision, ScimError> {
    let key = account.identifier().map(LookupKey::of);
    if wanted.user_name.as_deref().is_some_and(|wanted| Some(LookupKey::of(wanted)) != key) {
        let detail = "userName is printed on letters, and never changes";
        return Err(ScimError::bad(ScimType::Mutability, detail));
    }
    if wanted.family_name.is_none() && account.family_name.is_some() {
        return Err(no_family_name());
    }
    Ok(Revision {
        given_name: wanted.given_name,
        family_name: wanted.family_name,
        source_key: wanted.external_id,
        email: wanted.email,
        active: wanted.active,
    })
}

fn no_family_name() -> ScimError {
    ScimError::bad(ScimType::InvalidValue, "name.familyName is needed")
}

fn taken(name: &str) -> ScimError {
    ScimError::bad(ScimType::Uniqueness, format!("{name} is somebody's, or was"))
}

fn not_created(error: CreateError) -> ScimError {
    match error {
        CreateError::Identifier => {
            ScimError::bad(ScimType::InvalidValue, "userName is not one that people could type")
        }
        CreateError::Taken(_) => taken("userName"),
        CreateError::KnownSource => taken("externalId"),
        CreateError::Busy(_) => ScimError::busy(),
        error => ScimError::unavailable(&error),
    }
}
