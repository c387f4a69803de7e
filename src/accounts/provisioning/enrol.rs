//! Making a person, who gets a password with their first letter and not before.

use serde_json::Map;

use crate::accounts::create::{self, Person};
use crate::accounts::{Account, Accounts, CreateError, NewIdentifier, identifiers};
use crate::audit::{Acting, Actor};
use crate::mail::Address;

/// A person to be, as an application tells of them.
#[derive(Debug)]
pub struct Enrolment {
    /// The identifier that will be printed on letters.
    pub identifier: NewIdentifier,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: String,
    /// Mail address, vouched for by the application.
    pub email: Option<Address>,
    /// The application's own key for the person.
    pub source_key: Option<String>,
    /// Whether they have access from the beginning.
    pub active: bool,
}

impl Accounts {
    /// Makes a person of the authority of an application.
    ///
    /// # Errors
    /// As [`CreateError`] says; nothing is left of what was begun.
    pub async fn enrol(&self, new: Enrolment, acting: &Acting) -> Result<Account, CreateError> {
        if let NewIdentifier::Given(given) = &new.identifier
            && !identifiers::is_sound(given)
        {
            return Err(CreateError::Identifier);
        }
        let person = Person {
            identifier: new.identifier,
            given_name: new.given_name,
            family_name: Some(new.family_name),
            email: new.email.map(|address| address.as_str().to_owned()),
            email_verified: false,
            claims: Map::new(),
            authority: Some(acting.authority.clone()),
            source_key: new.source_key,
        };
        let (now, actor) = (self.0.clock.now(), Actor::Application(acting.clone()));
        let mut transaction = self.0.database.write().await?;
        let account =
            create::insert(&mut transaction, &self.0.marks, &self.0.rng, now, person, &actor).await?;
        if !new.active {
            self.shut(&mut transaction, &account.id, now, &actor).await?;
        }
        transaction.commit().await?;
        Ok(account)
    }
}
