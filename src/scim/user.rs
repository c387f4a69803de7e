//! A person as SCIM tells of them, and as an application says that they should be (RFC 7643 §4.1).

use serde_json::{Map, Value, json};

use super::error::{ScimError, ScimType};
use super::json::{member, require_schema};
use super::patch::Draft;
use super::precondition::etag;
use super::schema::{EXTENSION, USER};
use crate::accounts::{Account, AccountId, Card, LONGEST_KEY, LONGEST_NAME, Letter, LetterState};
use crate::kit::clock::Timestamp;
use crate::mail::Address;

/// What an application says that a person should be.
#[derive(Debug)]
pub struct Wanted {
    /// The identifier.
    pub user_name: Option<String>,
    /// The application's own key.
    pub external_id: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The mail address.
    pub email: Option<Address>,
    /// Whether they have access; none when nothing is said of it.
    pub active: Option<bool>,
}

impl Wanted {
    /// Reads a whole user; what only we set, and what no user has, is passed over (RFC 7644 §3.3).
    ///
    /// # Errors
    /// `mutability` for a password, `invalidValue` for what an attribute cannot be.
    pub fn read(user: &Map<String, Value>) -> Result<Self, ScimError> {
        require_schema(user, USER)?;
        Self::of(user)
    }

    /// The same for one that was worked out here.
    ///
    /// # Errors
    /// As [`Wanted::read`].
    pub fn of(user: &Map<String, Value>) -> Result<Self, ScimError> {
        if member(user, "password")?.is_some() {
            let detail = "password cannot be set: people choose theirs, and letters bear temporary ones";
            return Err(ScimError::bad(ScimType::Mutability, detail));
        }
        let nothing = Map::new();
        let name = match member(user, "name")? {
            None => &nothing,
            Some(Value::Object(name)) => name,
            Some(_) => return Err(wrong("name must be an object")),
        };
        let active = match member(user, "active")? {
            None => None,
            Some(Value::Bool(active)) => Some(*active),
            Some(_) => return Err(wrong("active must be true or false")),
        };
        Ok(Self {
            user_name: text(user, "userName", LONGEST_KEY)?,
            external_id: text(user, "externalId", LONGEST_KEY)?,
            given_name: text(name, "givenName", LONGEST_NAME)?,
            family_name: text(name, "familyName", LONGEST_NAME)?,
            email: email(user)?,
            active,
        })
    }
}

/// A text without what nobody types, its ends trimmed; none when it is empty.
fn text(object: &Map<String, Value>, name: &str, most: usize) -> Result<Option<String>, ScimError> {
    let text = match member(object, name)? {
        None => return Ok(None),
        Some(Value::String(text)) => text.trim(),
        Some(_) => return Err(wrong(format!("{name} must be a text"))),
    };
    if text.chars().any(char::is_control) {
        return Err(wrong(format!("{name} holds a control character")));
    }
    if text.chars().count() > most {
        return Err(wrong(format!("{name} has more than {most} characters")));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn email(user: &Map<String, Value>) -> Result<Option<Address>, ScimError> {
    let emails = match member(user, "emails")? {
        None => return Ok(None),
        Some(Value::Array(emails)) => emails,
        Some(_) => return Err(wrong("emails must be a list")),
    };
    let email = match emails.as_slice() {
        [] => return Ok(None),
        [Value::Object(email)] => email,
        [_] => return Err(wrong("an entry of emails must be an object")),
        _ => return Err(wrong("a person has one mail address at most")),
    };
    let kind = member(email, "type")?;
    if kind.is_some_and(|kind| !kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("work"))) {
        return Err(wrong("the type of a mail address is work"));
    }
    let address = member(email, "value")?.and_then(Value::as_str).and_then(Address::parse);
    address.map(Some).ok_or_else(|| wrong("the value of a mail address is not one that mail can go to"))
}

fn wrong(detail: impl Into<std::borrow::Cow<'static, str>>) -> ScimError {
    ScimError::bad(ScimType::InvalidValue, detail)
}

/// What an application may set of a person, as it is, to be changed.
#[must_use]
pub fn draft(account: &Account) -> Draft {
    let mut draft = Draft::default();
    if let Some(identifier) = account.identifier() {
        draft.put("userName", identifier);
    }
    if let Some(key) = &account.source_key {
        draft.put("externalId", key.as_str());
    }
    let names = [("familyName", &account.family_name), ("givenName", &account.given_name)];
    for (part, name) in names {
        if let Some(name) = name {
            draft.put_part("name", part, name.as_str());
        }
    }
    draft.put("active", account.is_open());
    if let Some(email) = &account.email {
        draft.push("emails", email_parts(email));
    }
    draft
}

fn email_parts(email: &str) -> Map<String, Value> {
    let parts = [("value", Value::from(email)), ("type", "work".into()), ("primary", true.into())];
    parts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The address of a person's resource.
#[must_use]
pub fn location(base: &str, id: &AccountId) -> String {
    format!("{base}/Users/{id}")
}

/// A person as SCIM tells of them, whole.
#[must_use]
pub fn render(card: &Card, base: &str, now: Timestamp) -> Map<String, Value> {
    let Card { account, created_at, letter, version } = card;
    let mut user = draft(account).finish();
    let mut schemas = vec![USER];
    let letter = letter.as_ref().map(|letter| ("letter", Value::Object(letter_parts(letter, now))));
    let merged = account.merged_into.as_ref().map(|survivor| ("mergedInto", survivor.as_str().into()));
    let access: Map<String, Value> =
        letter.into_iter().chain(merged).map(|(name, value)| (name.to_owned(), value)).collect();
    if !access.is_empty() {
        schemas.push(EXTENSION);
        user.insert(EXTENSION.to_owned(), Value::Object(access));
    }
    let display_name = account.display_name();
    if let Some(name) = user.get_mut("name").and_then(Value::as_object_mut) {
        name.insert("formatted".to_owned(), display_name.as_str().into());
    }
    user.insert("displayName".to_owned(), display_name.into());
    user.insert("schemas".to_owned(), json!(schemas));
    user.insert("id".to_owned(), account.id.as_str().into());
    let meta = json!({
        "resourceType": "User",
        "created": moment(*created_at),
        "lastModified": moment(account.updated_at),
        "location": location(base, &account.id),
        "version": etag(version.as_str()),
    });
    user.insert("meta".to_owned(), meta);
    user
}

/// A letter as it is told, without any password.
#[must_use]
pub fn letter_parts(letter: &Letter, now: Timestamp) -> Map<String, Value> {
    let state = match letter.state(now) {
        LetterState::Issued => "issued",
        LetterState::Printed { .. } => "printed",
        LetterState::Used { .. } => "used",
        LetterState::Expired { .. } => "expired",
        LetterState::Voided { .. } => "voided",
    };
    let time = |at: Option<Timestamp>| at.map(|at| Value::from(moment(at)));
    let parts = [
        ("number", Some(letter.number.as_str().into())),
        ("desk", Some(letter.desk.as_str().into())),
        ("state", Some(state.into())),
        ("withPassword", Some(letter.with_password.into())),
        ("issuedAt", time(Some(letter.issued_at))),
        ("expiresAt", time(letter.expires_at)),
        ("printedAt", time(letter.printed_at)),
        ("usedAt", time(letter.used_at)),
        ("voidedAt", time(letter.voided_at)),
    ];
    parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// A moment as SCIM writes it (RFC 7643 §2.3.5).
#[must_use]
pub fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.seconds()).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
