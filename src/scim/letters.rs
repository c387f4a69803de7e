//! An act of our own: a letter for a person, whose temporary password is told this once.

use std::borrow::Cow;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::{Map, Value, json};

use super::access::{Asking, PersonId};
use super::error::{ScimError, ScimType};
use super::json::{self, member};
use super::precondition::Condition;
use super::user::{letter_parts, location};
use super::{Scim, reply};
use crate::accounts::{AccountId, IssueError, Letter, OrderKey, Ordered, Replacing, Sender, SenderError};
use crate::kit::secrets::TokenHash;

/// What an answer with a letter calls itself.
const ANSWER: &str = "urn:guichet:params:scim:api:messages:2.0:Letter";
/// The name that an application gives an order.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The longest such name, in bytes.
const LONGEST_KEY: usize = 255;

/// `POST /Users/{id}/Letters`
pub async fn order(
    State(scim): State<Scim>,
    asking: Asking,
    PersonId(id): PersonId,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ScimError> {
    let request = json::read(&headers, &body)?;
    let key = order_key(&headers)?;
    let told = scim.letter(&asking, &id, &request, key.as_deref(), &Condition::to_change(&headers)).await?;
    Ok(reply::json(told.status(), &told.body))
}

/// What is told of an order.
pub struct Told {
    /// Whether there is a new letter.
    pub is_new: bool,
    /// The letter.
    pub body: Value,
    /// Whose.
    pub location: String,
}

impl Told {
    /// 201 for a new letter, 200 for that of an order that came before.
    pub const fn status(&self) -> StatusCode {
        if self.is_new { StatusCode::CREATED } else { StatusCode::OK }
    }
}

/// The name of the order, as the request gives it.
///
/// # Errors
/// `invalidSyntax` for several, or one that is no name.
pub fn order_key(headers: &HeaderMap) -> Result<Option<String>, ScimError> {
    let mut all = headers.get_all(&IDEMPOTENCY_KEY).iter();
    let Some(first) = all.next() else { return Ok(None) };
    let text = first.to_str().unwrap_or_default().trim();
    if text.is_empty() || text.len() > LONGEST_KEY || all.next().is_some() {
        let detail = format!("Idempotency-Key must be one text of 1 to {LONGEST_KEY} visible characters");
        return Err(ScimError::bad(ScimType::InvalidSyntax, detail));
    }
    Ok(Some(text.to_owned()))
}

impl Scim {
    /// Issues a letter, or tells of the one that the same order brought before.
    pub(super) async fn letter(
        &self,
        asking: &Asking,
        id: &AccountId,
        request: &Map<String, Value>,
        key: Option<&str>,
        condition: &Condition,
    ) -> Result<Told, ScimError> {
        let (sender, replacing) = self.asked_of(asking, request)?;
        let seen = match (key, condition) {
            // An order that came before changed the person: it is known by its key, whatever version it names.
            (Some(_), Condition::OneOf(tags)) => {
                self.seen(asking, id, &Condition::None).await?;
                tags.first().map(|tag| tag.as_str().into())
            }
            _ => self.seen(asking, id, condition).await?,
        };
        let key = key.map(|key| OrderKey {
            application: asking.0.client.to_string(),
            key: TokenHash::of(key),
            order: TokenHash::of(
                &json!([asking.0.authority, id, sender.desk().id, replacing == Replacing::Personal])
                    .to_string(),
            ),
        });
        let mandate = asking.mandate(seen);
        let ordered = self.0.accounts.order_letter(id, &sender, replacing, &mandate, key.as_ref()).await;
        match ordered.map_err(not_issued)? {
            Ordered::Now(issued) => {
                let mut body = self.told_of(&issued.letter, id);
                body["userName"] = issued.account.identifier().into();
                if let Some(password) = &issued.password {
                    body["temporaryPassword"] = password.printed().into();
                }
                Ok(Told { is_new: true, body, location: location(&self.0.base, id) })
            }
            Ordered::Before(letter) => Ok(Told {
                is_new: false,
                body: self.told_of(&letter, id),
                location: location(&self.0.base, id),
            }),
        }
    }

    fn told_of(&self, letter: &Letter, id: &AccountId) -> Value {
        let mut body = Value::Object(letter_parts(letter, self.0.clock.now()));
        body["schemas"] = json!([ANSWER]);
        body["user"] = location(&self.0.base, id).into();
        body
    }

    fn asked_of(
        &self,
        asking: &Asking,
        request: &Map<String, Value>,
    ) -> Result<(Sender, Replacing), ScimError> {
        let wrong = |detail: Cow<'static, str>| ScimError::bad(ScimType::InvalidValue, detail);
        let desk = match member(request, "desk")? {
            None => None,
            Some(Value::String(desk)) => Some(desk.as_str()),
            Some(_) => return Err(wrong("desk must be a text".into())),
        };
        let replacing = match member(request, "replacePersonal")? {
            None | Some(Value::Bool(false)) => Replacing::OnlyTemporary,
            Some(Value::Bool(true)) => Replacing::Personal,
            Some(_) => return Err(wrong("replacePersonal must be true or false".into())),
        };
        let sender = self.0.accounts.sender(Some(asking.0.authority.as_str()), desk);
        let sender = sender.map_err(|error| match error {
            SenderError::Desk { known, .. } => wrong(format!("desk must be one of: {known}").into()),
            error => ScimError::unavailable(&error),
        })?;
        Ok((sender, replacing))
    }
}

fn not_issued(error: IssueError) -> ScimError {
    match error {
        IssueError::Unknown | IssueError::Federated | IssueError::OtherAuthority(_) => ScimError::nobody(),
        IssueError::Stale => ScimError::stale(),
        IssueError::Disabled => {
            ScimError::new(StatusCode::CONFLICT, "the person has no access: make them active first")
        }
        IssueError::OtherOrder => {
            let detail = "the Idempotency-Key was used for another order";
            ScimError::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
        }
        IssueError::Busy(_) => ScimError::busy(),
        IssueError::Database(error) => error.into(),
    }
}
