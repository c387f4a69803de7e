//! A row as a person: trimmed, bounded, checked.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use serde_json::{Map, Value};

use super::fields::Fields;
use super::report::{ListedAddress, Refusal};
use crate::accounts::create::Person;
use crate::accounts::letters::Sender;
use crate::accounts::{Account, LookupKey, NewIdentifier};
use crate::config::ImportColumns;
use crate::mail::Address;

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 200;
/// The longest identifier, and the longest key of a source, in characters.
pub const LONGEST_KEY: usize = 100;
const LONGEST_CLAIM: usize = 1_000;

/// What a list says of a given name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GivenName {
    /// It has no such column.
    NotListed,
    /// This one, or that the person has none.
    Listed(Option<String>),
}

/// A person as a list tells of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The identifier that they already have, with the key that finds it.
    pub identifier: Option<(String, LookupKey)>,
    /// Their key in the source.
    pub source_key: Option<String>,
    /// Their given name.
    pub given_name: GivenName,
    /// Their family name.
    pub family_name: String,
    /// Their mail address, if the list knows one.
    pub email: Option<Address>,
    /// Claims to keep; `None` for those that the list leaves empty.
    pub claims: BTreeMap<String, Option<String>>,
}

impl Listed {
    /// Checks the fields of a row.
    pub fn check(fields: Fields, columns: &ImportColumns) -> Result<Self, Refusal> {
        let bounded = |text: String, field: &str, most: usize| -> Result<Option<String>, Refusal> {
            if text.chars().any(char::is_control) {
                return Err(Refusal::Control(field.to_owned()));
            }
            if text.chars().count() > most {
                return Err(Refusal::Long { field: field.to_owned(), most });
            }
            Ok(Some(text).filter(|text| !text.is_empty()))
        };
        let identifier = bounded(fields.identifier.unwrap_or_default(), &columns.identifier, LONGEST_KEY)?;
        let source_key = bounded(fields.source_key.unwrap_or_default(), &columns.source_key, LONGEST_KEY)?;
        let given_name = match fields.given_name {
            None => GivenName::NotListed,
            Some(name) => GivenName::Listed(bounded(name, &columns.given_name, LONGEST_NAME)?),
        };
        let family_name =
            bounded(fields.family_name, &columns.family_name, LONGEST_NAME)?.ok_or(Refusal::NoName)?;
        let email = bounded(fields.email.unwrap_or_default(), &columns.email, LONGEST_CLAIM)?
            .map(|email| Address::parse(&email).ok_or(Refusal::MailAddress))
            .transpose()?;
        let mut claims = BTreeMap::new();
        for (claim, text) in fields.others {
            let value = bounded(text, &claim, LONGEST_CLAIM)?;
            claims.insert(claim, value);
        }
        if identifier.is_none() && source_key.is_none() {
            return Err(Refusal::NoKey);
        }
        let identifier = identifier.map(|given| {
            let key = LookupKey::of(&given);
            (given, key)
        });
        Ok(Self { identifier, source_key, given_name, family_name, email, claims })
    }
}

/// Who the account of a new person is made for.
pub fn new_person(listed: &Listed, sender: &Sender, word: Word) -> Person {
    let claims = listed.claims.iter().filter_map(|(name, value)| Some((name.clone(), value.clone()?.into())));
    Person {
        identifier: match &listed.identifier {
            Some((given, _)) => NewIdentifier::Given(given.clone()),
            None => NewIdentifier::FromName,
        },
        given_name: match &listed.given_name {
            GivenName::Listed(given_name) => given_name.clone(),
            GivenName::NotListed => None,
        },
        family_name: Some(listed.family_name.clone()),
        email: listed.email.as_ref().filter(|_| word == Word::Vouches).map(|email| email.as_str().to_owned()),
        email_verified: false,
        claims: claims.collect::<Map<String, Value>>(),
        authority: Some(sender.authority().clone()),
        source_key: listed.source_key.clone(),
    }
}

/// How far the word of a list goes on where a known person's mails are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// The address is theirs from now on.
    Vouches,
    /// It is theirs once they say so: links that open their access would go there.
    Proposes,
}

/// What the list says takes the place of what was known; an address that it leaves out stays, and so does one
/// that the person proved to be theirs, which the list may know less well than they do.
pub fn bring_up_to_date(account: &mut Account, listed: &Listed, word: Word) -> ListedAddress {
    if let GivenName::Listed(given_name) = &listed.given_name {
        account.given_name.clone_from(given_name);
    }
    account.family_name = Some(listed.family_name.clone());
    if listed.source_key.is_some() {
        account.source_key.clone_from(&listed.source_key);
    }
    for (name, value) in &listed.claims {
        match value {
            Some(value) => account.claims.insert(name.clone(), Value::String(value.clone())),
            None => account.claims.remove(name),
        };
    }
    let Some(email) = listed.email.as_ref().map(Address::as_str) else { return ListedAddress::Followed };
    let is_same =
        |known: &Option<String>| known.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(email));
    if is_same(&account.email) {
        return ListedAddress::Followed;
    }
    if account.email.is_some() && account.email_verified {
        return ListedAddress::KeptConfirmed;
    }
    if word == Word::Proposes {
        // What they gave themselves waits for its link already.
        if is_same(&account.pending_email) {
            return ListedAddress::Followed;
        }
        if !is_same(&account.proposed_email) {
            account.proposed_email = Some(email.to_owned());
        }
        return ListedAddress::Proposed;
    }
    account.email = Some(email.to_owned());
    account.email_verified = false;
    if is_same(&account.pending_email) {
        account.pending_email = None;
    }
    ListedAddress::Followed
}

/// Which people the rows so far were of: a few bytes for each.
#[derive(Default)]
pub struct Seen {
    lines: HashMap<u64, u64>,
    hashing: RandomState,
}

impl Seen {
    /// Remembers the person of a line; the earlier line when there was one.
    pub fn note(&mut self, line: u64, person: &Listed) -> Option<u64> {
        let identifier = person.identifier.as_ref().map(|(_, key)| self.hashing.hash_one(("i", key)));
        let source_key = person.source_key.as_ref().map(|key| self.hashing.hash_one(("s", key)));
        let keys = [identifier, source_key];
        if let Some(earlier) = keys.iter().flatten().find_map(|key| self.lines.get(key)) {
            return Some(*earlier);
        }
        self.lines.extend(keys.into_iter().flatten().map(|key| (key, line)));
        None
    }
}
