//! The caller's side: what their page shows, and the code that they type.

use super::{CallerPage, CallerView, MOST_FAILURES, PROOF_LIFE, SpokenCode, StoredCall, state_of, store};
use crate::accounts::store as people;
use crate::accounts::{Account, Accounts};
use crate::database::Connection;

/// What became of a code that somebody typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It is the one that was spoken: a password may be chosen.
    Right,
    /// No code can be so: a slip of the finger, which costs nothing.
    Slip,
    /// It is another one.
    Wrong {
        /// How many more may be typed.
        left: i64,
    },
    /// No code counts on this page now.
    NoCode,
}

impl Accounts {
    /// What the page of a caller shows; `None` when its request is over.
    pub async fn caller_view(&self, page: &CallerPage) -> sqlx::Result<Option<CallerView>> {
        let now = self.0.clock.now();
        let found = store::by_page(&mut *self.0.database.read().await?, page, now).await?;
        Ok(found.map(|call| {
            let stage = call.stage(now);
            CallerView {
                codes: self.matching_codes(&call.page, call.attempt),
                state: state_of(call.attempt, stage),
                number: call.number,
                expires_at: call.expires_at,
                stage,
            }
        }))
    }

    /// Takes in the code that a caller typed into their own page.
    ///
    /// It is counted before it is compared, whoever types at the same time; of two that are right, one counts.
    pub async fn redeem_spoken_code(&self, page: &CallerPage, typed: &str) -> sqlx::Result<Redeemed> {
        let Some(code) = SpokenCode::read(typed) else { return Ok(Redeemed::Slip) };
        let now = self.0.clock.now();
        let mut transaction = self.0.database.write().await?;
        let Some(call) = store::by_page(&mut transaction, page, now).await? else {
            return Ok(Redeemed::NoCode);
        };
        let account = match &call.account {
            Some(id) => people::lock(&mut transaction, id).await?,
            None => None,
        };
        let Some(account) = account else { return Ok(Redeemed::NoCode) };
        let Some(taken) = store::take_guess(&mut transaction, page, MOST_FAILURES, now).await? else {
            return Ok(Redeemed::NoCode);
        };
        let is_right = self.0.spoken.verify(&code_text(page, &code), &taken.code);
        let redeemed = if !is_right {
            let left = MOST_FAILURES - taken.failures;
            if left == 0 {
                store::forget_code(&mut transaction, page).await?;
            }
            Redeemed::Wrong { left }
        } else if self.is_as_it_was(&mut transaction, &account, taken.state.as_deref()).await? {
            store::prove(&mut transaction, page, now + PROOF_LIFE).await?;
            Redeemed::Right
        } else {
            store::forget_code(&mut transaction, page).await?;
            Redeemed::NoCode
        };
        transaction.commit().await?;
        Ok(redeemed)
    }

    /// The person who may choose a password at a page, its code having been typed; `None` for everybody else.
    pub async fn proven_caller(&self, page: &CallerPage) -> sqlx::Result<Option<Account>> {
        let mut connection = self.0.database.read().await?;
        self.proven(&mut connection, page).await
    }

    /// The same within a transaction, which has locked the account's row or is about to.
    pub(super) async fn proven(
        &self,
        connection: &mut Connection,
        page: &CallerPage,
    ) -> sqlx::Result<Option<Account>> {
        let now = self.0.clock.now();
        let found = store::by_page(connection, page, now).await?;
        let proven = |call: &StoredCall| call.proven_until.is_some_and(|until| now < until);
        let Some(call) = found.filter(proven) else { return Ok(None) };
        let Some(id) = &call.account else { return Ok(None) };
        let Some(account) = people::by_id(connection, id).await? else { return Ok(None) };
        let is_same = self.is_as_it_was(connection, &account, call.code_state.as_deref()).await?;
        Ok(is_same.then_some(account))
    }

    async fn is_as_it_was(
        &self,
        connection: &mut Connection,
        account: &Account,
        state: Option<&str>,
    ) -> sqlx::Result<bool> {
        if account.disabled_at.is_some() {
            return Ok(false);
        }
        Ok(state == Some(self.fingerprint(connection, account).await?.as_str()))
    }
}

/// What is authenticated of a code: it counts on one page.
pub(super) fn code_text(page: &CallerPage, code: &SpokenCode) -> String {
    format!("code {} {page}", code.digits())
}
