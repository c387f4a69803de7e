//! People of upstream providers, as those see them who name managers among them.

mod store;

use super::{Account, AccountId, Accounts};
use crate::config::{AuthorityId, UpstreamId};

/// Which of an upstream's people somebody means.
#[derive(Clone, Debug)]
pub enum StaffNaming {
    /// By the id of their account.
    Sub(AccountId),
    /// By who they are at their provider.
    Subject(UpstreamId, String),
    /// By their mail address, as the provider tells it.
    Mail(String),
}

impl Accounts {
    /// The people of upstream providers whom somebody means, two at most: of more than one nobody is sure.
    pub async fn staff(&self, naming: &StaffNaming) -> sqlx::Result<Vec<Account>> {
        let mut connection = self.0.database.read().await?;
        match naming {
            StaffNaming::Sub(id) => store::by_id(&mut connection, id).await,
            StaffNaming::Subject(upstream, subject) => {
                store::by_subject(&mut connection, upstream, subject).await
            }
            StaffNaming::Mail(mail) => store::by_mail(&mut connection, mail).await,
        }
    }

    /// The enabled people of an upstream provider in whose claims a text stands, wherever that is.
    pub async fn staff_of_whom_is_said(
        &self,
        upstream: &UpstreamId,
        text: &str,
    ) -> sqlx::Result<Vec<Account>> {
        store::of_whom_is_said(&mut *self.0.database.read().await?, upstream, text).await
    }

    /// The accounts of ids whose names an authority may see: its own people, and people of upstream providers.
    pub async fn named_to(&self, authority: &AuthorityId, ids: &[AccountId]) -> sqlx::Result<Vec<Account>> {
        store::named_to(&mut *self.0.database.read().await?, authority, ids).await
    }
}
