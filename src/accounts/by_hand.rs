//! People made one by one, by whoever looks after them.

use serde_json::Map;

use super::create::{self, Person};
use super::{
    Account, AccountId, CreateError, Fingerprint, Jurisdiction, Mandate, Network, NewIdentifier,
    OpeningOrder, Way, identifiers,
};
use crate::audit::Acting;
use crate::config::{OpeningSettings, SecondManager};
use crate::mail::Address;

/// The length of an id, in characters: 128 bits and a few.
const ID_LENGTH: usize = 22;

/// A person to be, as somebody typed who looks after them.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: String,
    /// The identifier, where it does not follow from the names.
    pub identifier: Option<String>,
    /// Mail address; nobody proved it so far.
    pub email: Option<Address>,
}

/// Why nobody was made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// Empty, too long, or with characters that nobody can type.
    #[error("the identifier cannot be typed")]
    Identifier,
    /// It is, or ever was, somebody's.
    #[error("the identifier is taken")]
    Taken,
    /// What this form made is there no more.
    #[error("the person whom this form made is gone")]
    Over,
    /// The database failed.
    #[error("the account could not be stored: {0}")]
    Database(#[from] sqlx::Error),
}

impl Jurisdiction {
    /// Makes a person without a password; the address is told of it.
    ///
    /// A link that sets a first password may go to the address: giving it opens an access, counted like others. Where one
    /// manager alone opens none, or no more for now, it is proposed to the person instead.
    ///
    /// However often one form is sent, it makes one person: the id follows from the form's own secret and from what
    /// was typed, so that a second one could not be stored, whichever node it reaches.
    pub async fn make(
        &self,
        newcomer: &Newcomer,
        acting: &Acting,
        form: &str,
        opening: (&Network, &OpeningSettings),
    ) -> Result<Account, MakeError> {
        if newcomer.identifier.as_deref().is_some_and(|given| !identifiers::is_sound(given)) {
            return Err(MakeError::Identifier);
        }
        let id = self.id_for(newcomer, form);
        if let Some(made) = self.person(&id).await? {
            return Ok(made);
        }
        match self.insert(newcomer, acting, id.clone(), opening).await {
            Ok(account) => Ok(account),
            Err(CreateError::Database(error)) => Err(error.into()),
            // Perhaps by the same form, at the same moment.
            Err(refused) => match (self.person(&id).await?, refused) {
                (Some(made), _) => Ok(made),
                (None, CreateError::Taken(_)) => Err(MakeError::Taken),
                (None, _) => Err(MakeError::Over),
            },
        }
    }

    /// The person whom this form made with what was typed, if it did.
    pub async fn made(&self, newcomer: &Newcomer, form: &str) -> sqlx::Result<Option<Account>> {
        self.person(&self.id_for(newcomer, form)).await
    }

    async fn insert(
        &self,
        newcomer: &Newcomer,
        acting: &Acting,
        id: AccountId,
        (network, rule): (&Network, &OpeningSettings),
    ) -> Result<Account, CreateError> {
        let (accounts, inner) = (&self.accounts, &self.accounts.0);
        let now = inner.clock.now();
        let mandate = Mandate::manager(acting.clone(), Fingerprint::from(""));
        let by = mandate.actor();
        let mut transaction = inner.database.write().await?;
        // The manager's row first, as for every opening.
        super::store::lock(&mut transaction, &AccountId::from(acting.who.as_str())).await?;
        let waits = accounts.wait_of_manager(&mut transaction, acting, rule).await?.is_some();
        let opens = rule.second_manager != SecondManager::Always && !waits;
        let person = Person {
            identifier: newcomer.identifier.clone().map_or(NewIdentifier::FromName, NewIdentifier::Given),
            given_name: newcomer.given_name.clone(),
            family_name: Some(newcomer.family_name.clone()),
            email: newcomer.email.as_ref().filter(|_| opens).map(|email| email.as_str().to_owned()),
            email_verified: false,
            claims: Map::new(),
            authority: Some(self.authority.clone()),
            source_key: None,
        };
        let made =
            create::insert_as(&mut transaction, &inner.marks, &inner.rng, now, (id, person), by).await?;
        match &newcomer.email {
            Some(email) if opens => {
                let order = OpeningOrder { person: &made.id, way: Way::Address, mandate: &mandate, network };
                accounts.note_opening(&mut transaction, &made, &order, None).await?;
                accounts.tell_registered(&mut transaction, &made, email, None).await?;
            }
            Some(email) => {
                accounts.note_proposal(&mut transaction, &made, (email, None), by, now).await?;
            }
            None => {}
        }
        transaction.commit().await?;
        inner.mailer.wake();
        Ok(made)
    }

    fn id_for(&self, newcomer: &Newcomer, form: &str) -> AccountId {
        let typed = serde_json::json!([
            self.authority.as_str(),
            form,
            newcomer.given_name,
            newcomer.family_name,
            newcomer.identifier,
            newcomer.email.as_ref().map(Address::as_str),
        ]);
        let mut id = self.accounts.0.by_hand.of(&typed.to_string());
        id.truncate(ID_LENGTH);
        AccountId::from(id)
    }
}
