//! Many requests in one (RFC 7644 §3.7): done one after the other, each wholly or not at all.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value, json};

use super::access::{Asking, PersonId};
use super::error::{ScimError, ScimType};
use super::json::{self, member, require_schema};
use super::precondition::{Condition, etag};
use super::user::location;
use super::{Scim, letters, reply};
use crate::accounts::{AccountId, Card};

/// What a request with many calls itself.
const MESSAGE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const ANSWER: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// How many requests one may hold.
pub const MOST_OPERATIONS: usize = 100;
/// The longest name of one, in bytes.
const LONGEST_BULK_ID: usize = 100;
/// How a path names somebody whom another request of the same bulk makes.
const REFERENCE: &str = "bulkId:";

/// `POST /Bulk`
pub async fn answer(
    State(scim): State<Scim>,
    asking: Asking,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ScimError> {
    let request = json::read(&headers, &body)?;
    require_schema(&request, MESSAGE)?;
    let most_errors = most_errors(&request)?;
    let operations = Operation::read_all(&request)?;
    let key = letters::order_key(&headers)?;
    let mut bulk = Bulk { scim: &scim, asking: &asking, key, made: HashMap::new() };
    let mut results = Vec::with_capacity(operations.len());
    let mut errors = 0;
    for operation in in_order(operations) {
        if most_errors.is_some_and(|most| errors >= most) {
            break;
        }
        let outcome = bulk.attempt(&operation).await;
        errors += u64::from(outcome.is_err());
        results.push(operation.result(outcome));
    }
    Ok(reply::json(StatusCode::OK, &json!({ "schemas": [ANSWER], "Operations": results })))
}

/// After how many failures nothing more is tried.
fn most_errors(request: &Map<String, Value>) -> Result<Option<u64>, ScimError> {
    let wrong = || ScimError::bad(ScimType::InvalidValue, "failOnErrors must be a whole number from 1");
    let given = member(request, "failOnErrors")?;
    given.map(|value| value.as_u64().filter(|most| *most > 0).ok_or_else(wrong)).transpose()
}

/// One request of many.
struct Operation {
    method: Method,
    bulk_id: Option<String>,
    path: String,
    condition: Condition,
    data: Option<Map<String, Value>>,
}

/// What a path leads to.
enum Target<'a> {
    Users,
    User(&'a str),
    Letters(&'a str),
}

/// What was done.
struct Done {
    status: StatusCode,
    location: Option<String>,
    version: Option<String>,
    response: Option<Value>,
}

impl Operation {
    fn read_all(request: &Map<String, Value>) -> Result<Vec<Self>, ScimError> {
        let listed = member(request, "Operations")?.and_then(Value::as_array);
        let listed = listed.ok_or_else(|| syntax("Operations must be a list"))?;
        if listed.len() > MOST_OPERATIONS {
            let detail = format!("a bulk request holds at most {MOST_OPERATIONS} operations");
            return Err(ScimError::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        let operations = listed.iter().map(Self::read).collect::<Result<Vec<_>, _>>()?;
        let mut names: Vec<&str> = operations.iter().filter_map(|one| one.bulk_id.as_deref()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(syntax("a bulkId stands twice"));
        }
        Ok(operations)
    }

    fn read(value: &Value) -> Result<Self, ScimError> {
        let operation = value.as_object().ok_or_else(|| syntax("an operation must be an object"))?;
        let text = |name: &str| match member(operation, name)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(syntax(format!("{name} must be a text"))),
        };
        let method = match text("method")?.unwrap_or_default().to_ascii_uppercase().as_str() {
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            "DELETE" => Method::DELETE,
            _ => return Err(syntax("method must be POST, PUT, PATCH or DELETE")),
        };
        let bulk_id = text("bulkId")?.map(str::to_owned);
        if bulk_id.as_deref().is_some_and(|id| id.is_empty() || id.len() > LONGEST_BULK_ID) {
            return Err(syntax(format!("a bulkId has 1 to {LONGEST_BULK_ID} characters")));
        }
        if bulk_id.is_none() && method == Method::POST {
            return Err(syntax("a POST needs a bulkId"));
        }
        let data = match member(operation, "data")? {
            None => None,
            Some(Value::Object(data)) => Some(data.clone()),
            Some(_) => return Err(syntax("data must be an object")),
        };
        let path = text("path")?.ok_or_else(|| syntax("an operation needs a path"))?.to_owned();
        let condition = text("version")?.map(Condition::parse).unwrap_or_default();
        Ok(Self { method, bulk_id, path, condition, data })
    }

    fn target(&self) -> Result<Target<'_>, ScimError> {
        let parts: Vec<&str> = self.path.trim_start_matches('/').split('/').collect();
        match parts.as_slice() {
            ["Users"] => Ok(Target::Users),
            ["Users", id] => Ok(Target::User(id)),
            ["Users", id, "Letters"] => Ok(Target::Letters(id)),
            _ => Err(ScimError::nobody()),
        }
    }

    /// The operation of the same bulk that makes whom this one is about.
    fn reference(&self) -> Option<&str> {
        match self.target() {
            Ok(Target::User(id) | Target::Letters(id)) => id.strip_prefix(REFERENCE),
            _ => None,
        }
    }

    fn data(&self) -> Result<&Map<String, Value>, ScimError> {
        self.data.as_ref().ok_or_else(|| syntax("the operation needs data"))
    }

    fn result(&self, outcome: Result<Done, ScimError>) -> Value {
        let done = outcome.unwrap_or_else(|error| Done {
            status: error.status(),
            location: self.reference().is_none().then(|| self.path.clone()),
            version: None,
            response: Some(error.body()),
        });
        let members = [
            ("method", Some(self.method.as_str().into())),
            ("bulkId", self.bulk_id.as_deref().map(Value::from)),
            ("location", done.location.filter(|_| done.status.is_success()).map(Value::from)),
            ("version", done.version.map(Value::from)),
            ("status", Some(done.status.as_str().into())),
            ("response", done.response),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// The same operations, those that speak of somebody behind the one that makes them; otherwise as they came.
fn in_order(operations: Vec<Operation>) -> Vec<Operation> {
    let mut waiting = operations;
    let mut ordered = Vec::with_capacity(waiting.len());
    let is_ready = |place: usize, waiting: &[Operation]| {
        let makes = |other: &Operation, name: &str| other.bulk_id.as_deref() == Some(name);
        let named = waiting[place].reference();
        // What nobody makes, or it would itself, need not be waited for: it fails in its place.
        named.is_none_or(|name| {
            !waiting.iter().enumerate().any(|(other, operation)| other != place && makes(operation, name))
        })
    };
    while let Some(place) = (0..waiting.len()).find(|place| is_ready(*place, &waiting)) {
        ordered.push(waiting.remove(place));
    }
    // Those that wait for each other.
    ordered.extend(waiting);
    ordered
}

/// What the operations of one request share.
struct Bulk<'a> {
    scim: &'a Scim,
    asking: &'a Asking,
    /// The name of the request, from which those of its orders are made.
    key: Option<String>,
    /// Who was made, by the name of the operation that made them.
    made: HashMap<String, AccountId>,
}

impl Bulk<'_> {
    async fn attempt(&mut self, operation: &Operation) -> Result<Done, ScimError> {
        let (scim, asking, condition) = (self.scim, self.asking, &operation.condition);
        match (&operation.method, operation.target()?) {
            (&Method::POST, Target::Users) => {
                let card = scim.create(asking, operation.data()?).await?;
                if let Some(name) = &operation.bulk_id {
                    self.made.insert(name.clone(), card.account.id.clone());
                }
                Ok(self.done(StatusCode::CREATED, &card))
            }
            (&Method::PUT, Target::User(id)) => {
                let id = self.person(id)?;
                let card = scim.replace(asking, &id, operation.data()?, condition).await?;
                Ok(self.done(StatusCode::OK, &card))
            }
            (&Method::PATCH, Target::User(id)) => {
                let id = self.person(id)?;
                let card = scim.patch(asking, &id, operation.data()?, condition).await?;
                Ok(self.done(StatusCode::OK, &card))
            }
            (&Method::DELETE, Target::User(id)) => {
                let id = self.person(id)?;
                scim.remove(asking, &id, condition).await?;
                let location = Some(location(&scim.0.base, &id));
                Ok(Done { status: StatusCode::NO_CONTENT, location, version: None, response: None })
            }
            (&Method::POST, Target::Letters(id)) => {
                let id = self.person(id)?;
                let name = operation.bulk_id.as_deref().unwrap_or_default();
                let key = self.key.as_deref().map(|key| format!("{key}\n{name}"));
                let told = scim.letter(asking, &id, operation.data()?, key.as_deref(), condition).await?;
                let status = told.status();
                Ok(Done { status, location: Some(told.location), version: None, response: Some(told.body) })
            }
            _ => {
                Err(ScimError::new(StatusCode::METHOD_NOT_ALLOWED, "the resource does not have this method"))
            }
        }
    }

    fn done(&self, status: StatusCode, card: &Card) -> Done {
        Done {
            status,
            location: Some(location(&self.scim.0.base, &card.account.id)),
            version: Some(etag(card.version.as_str())),
            response: None,
        }
    }

    /// Whom a path names, by their id or by the operation that made them.
    fn person(&self, text: &str) -> Result<AccountId, ScimError> {
        let Some(name) = text.strip_prefix(REFERENCE) else { return PersonId::parse(text).map(|id| id.0) };
        let unmade = || ScimError::new(StatusCode::CONFLICT, "no operation before made whom this one names");
        self.made.get(name).cloned().ok_or_else(unmade)
    }
}

fn syntax(detail: impl Into<std::borrow::Cow<'static, str>>) -> ScimError {
    ScimError::bad(ScimType::InvalidSyntax, detail)
}
