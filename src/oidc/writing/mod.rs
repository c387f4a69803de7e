//! What is written of grants by the thousand: codes issued, grants moved on. In a crowd, one statement does it for many.

mod store;

use super::{Grant, GrantId, Stage};
use crate::database::{Connection, Database, Together};
use crate::kit::clock::Timestamp;
use crate::kit::secrets::TokenHash;

use store::{Columns, Move};

/// Who writes grants.
pub(super) struct Writing {
    issuing: Together<Columns, ()>,
    moving: Together<Move, Moved>,
}

/// A code about to be issued for a grant.
pub(super) struct NewCode<'a> {
    pub hash: &'a TokenHash,
    pub redirect_uri: &'a str,
    pub expires_at: Timestamp,
}

/// What became of a grant that was to move on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moved {
    /// It stands at the next generation, for whoever asked this.
    On,
    /// It was not at the generation before, or does not live.
    Not,
}

impl Writing {
    /// Writes into this database.
    pub fn new(database: &Database) -> Self {
        Self {
            issuing: Together::changing(database.clone(), store::issue),
            moving: Together::changing(database.clone(), store::move_on),
        }
    }

    /// Stores a grant with its code.
    pub async fn issue(&self, grant: &Grant, code: &NewCode<'_>) -> sqlx::Result<()> {
        self.issuing.ask(store::columns(grant, code)?).await
    }

    /// The same within a transaction of the caller's.
    pub async fn issue_within(
        connection: &mut Connection,
        grant: &Grant,
        code: &NewCode<'_>,
    ) -> sqlx::Result<()> {
        store::issue(connection, &[store::columns(grant, code)?]).await.map(drop)
    }

    /// Moves a grant on from a generation to the next: from none, by its code, to the first; then by refresh tokens.
    ///
    /// The statement that does it sees that the grant lives and is where the caller found it: a code is redeemed and a
    /// refresh token used once.
    pub async fn move_on(&self, grant: &GrantId, generation: i64, now: Timestamp) -> sqlx::Result<Moved> {
        self.moving.ask(Move { grant: grant.clone(), generation, now }).await
    }
}

impl Stage {
    /// The generation that comes before one that a grant will have; none for one that is at none.
    pub(super) const fn generation_before(&self) -> Option<i64> {
        match self {
            Self::Active { generation, .. } => Some(*generation - 1),
            Self::CodeIssued | Self::Revoked => None,
        }
    }
}
