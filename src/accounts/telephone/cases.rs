//! The desk's side: the requests that wait, who takes care of which, and the code that is spoken.

use std::time::Duration;

use super::caller::code_text;
use super::{CODE_LIFE, CallerPage, OpenCase, SpokenCode, TAKEN_FOR, store};
use crate::accounts::{AccountId, CaseNumber, Jurisdiction, NotHeld, NotOpened, OpeningOrder};
use crate::audit::{Acting, Actor, Event};
use crate::config::OpeningSettings;
use crate::kit::clock::Timestamp;

/// What became of taking a case, or of leaving it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseAct {
    /// It is so now.
    Done,
    /// Another manager takes care of it.
    Anothers,
    /// There is no such case here, or it is over.
    Gone,
}

/// Why no code is spoken.
#[derive(Debug, thiserror::Error)]
pub enum NotSpoken {
    /// There is no such person here.
    #[error("there is no such account")]
    Gone,
    /// The account is no longer as it was seen.
    #[error("the account was changed meanwhile")]
    Stale,
    /// The account is disabled.
    #[error("the account is disabled")]
    Disabled,
    /// The request is over, another one took its place, or a code was spoken since the page was shown.
    #[error("the request is no longer as it was seen")]
    Overtaken,
    /// Another manager takes care of the case.
    #[error("another manager takes care of the case")]
    Anothers,
    /// No access may be opened now.
    #[error(transparent)]
    NotOpened(NotOpened),
    /// The database failed.
    #[error("the code could not be stored: {0}")]
    Database(#[from] sqlx::Error),
}

impl From<NotHeld> for NotSpoken {
    fn from(refused: NotHeld) -> Self {
        NotOpened::from(refused).into()
    }
}

impl From<NotOpened> for NotSpoken {
    fn from(refused: NotOpened) -> Self {
        match refused {
            NotOpened::Gone => Self::Gone,
            NotOpened::Stale => Self::Stale,
            NotOpened::Database(error) => Self::Database(error),
            other => Self::NotOpened(other),
        }
    }
}

impl Jurisdiction {
    /// The requests that no mail answered, oldest first: those after one, by when it was made and its number.
    pub async fn open_cases(
        &self,
        after: Option<(Timestamp, CaseNumber)>,
        most: i64,
    ) -> sqlx::Result<Vec<OpenCase>> {
        let accounts = self.accounts();
        let now = accounts.0.clock.now();
        let mut connection = accounts.0.database.read().await?;
        let rows =
            store::open(&mut connection, self.authority(), (now, now - TAKEN_FOR), after, most).await?;
        Ok(rows.into_iter().map(|row| self.open_case(row, now)).collect())
    }

    /// How many requests wait that no mail answered, and no more than `most`.
    pub async fn count_open_cases(&self, most: i64) -> sqlx::Result<i64> {
        let accounts = self.accounts();
        let now = accounts.0.clock.now();
        store::count_open(&mut *accounts.0.database.read().await?, self.authority(), now, most).await
    }

    /// The requests about a person, whether or not a mail answered them, the newest first.
    ///
    /// Anybody can make one about anybody: which one is the caller's, its number tells.
    pub async fn cases_of(&self, person: &AccountId) -> sqlx::Result<Vec<OpenCase>> {
        let accounts = self.accounts();
        let now = accounts.0.clock.now();
        let mut connection = accounts.0.database.read().await?;
        let rows =
            store::of_person(&mut connection, self.authority(), person, (now, now - TAKEN_FOR)).await?;
        Ok(rows.into_iter().map(|row| self.open_case(row, now)).collect())
    }

    fn open_case(&self, row: store::OpenRow, now: Timestamp) -> OpenCase {
        let store::OpenRow { call, person, taken } = row;
        OpenCase {
            codes: self.accounts().matching_codes(&call.page, call.attempt),
            stage: call.stage(now),
            number: call.number,
            person,
            asked_at: call.asked_at,
            expires_at: call.expires_at,
            taken,
            attempt: call.attempt,
        }
    }

    /// Takes care of a case, for a quarter of an hour after each act; of two managers, one does.
    pub async fn take_case(&self, number: &CaseNumber, acting: &Acting) -> sqlx::Result<CaseAct> {
        let accounts = self.accounts();
        let now = accounts.0.clock.now();
        let mut transaction = accounts.0.database.write().await?;
        let Some(case) = store::case(&mut transaction, self.authority(), number, now).await? else {
            return Ok(CaseAct::Gone);
        };
        if !store::take(&mut transaction, number, &acting.who, (now, now - TAKEN_FOR)).await? {
            return Ok(CaseAct::Anothers);
        }
        if case.taken_by.as_deref() != Some(acting.who.as_str()) {
            let event = (Event::CaseTaken, number.as_str());
            let actor = Actor::Manager(acting.clone());
            accounts.record(&mut transaction, &case.account, now, &actor, event).await?;
        }
        transaction.commit().await?;
        Ok(CaseAct::Done)
    }

    /// Leaves a case to others.
    pub async fn release_case(&self, number: &CaseNumber, acting: &Acting) -> sqlx::Result<CaseAct> {
        let accounts = self.accounts();
        let now = accounts.0.clock.now();
        let mut transaction = accounts.0.database.write().await?;
        let Some(case) = store::case(&mut transaction, self.authority(), number, now).await? else {
            return Ok(CaseAct::Gone);
        };
        if !store::release(&mut transaction, number, &acting.who).await? {
            return Ok(CaseAct::Anothers);
        }
        let event = (Event::CaseReleased, number.as_str());
        let actor = Actor::Manager(acting.clone());
        accounts.record(&mut transaction, &case.account, now, &actor, event).await?;
        transaction.commit().await?;
        Ok(CaseAct::Done)
    }

    /// Makes the code that a manager speaks to a caller, for the pair of matching codes that both have before their eyes;
    /// gives it this once, and for how long it counts.
    ///
    /// It counts on that caller's page alone, once, as long as the account is as it was. One code counts at a time, and one
    /// for a pair of matching codes: of two managers, or two clicks, one gets it.
    pub async fn speak_code(
        &self,
        order: &OpeningOrder<'_>,
        (number, attempt): (&CaseNumber, i64),
        rule: &OpeningSettings,
    ) -> Result<(SpokenCode, Duration), NotSpoken> {
        let accounts = self.accounts();
        let who = order.mandate.actor().acting().map_or("", |acting| acting.who.as_str());
        let mut transaction = accounts.0.database.write().await?;
        let account = accounts.hold_for_opening(&mut transaction, order).await?;
        if account.disabled_at.is_some() {
            return Err(NotSpoken::Disabled);
        }
        let now = accounts.0.clock.now();
        let case = store::case(&mut transaction, self.authority(), number, now).await?;
        let case = case.filter(|case| case.account == account.id && case.attempt == attempt);
        let Some(case) = case else { return Err(NotSpoken::Overtaken) };
        if !store::take(&mut transaction, number, who, (now, now - TAKEN_FOR)).await? {
            return Err(NotSpoken::Anothers);
        }
        let opened = accounts.open_held(&mut transaction, &account, order, rule).await;
        match opened {
            Ok(()) => {}
            // What was asked of a second manager stays asked, and the case is taken.
            Err(refused @ NotOpened::SecondManager) => {
                transaction.commit().await?;
                return Err(refused.into());
            }
            Err(refused) => return Err(refused.into()),
        }
        let page = CallerPage::from(case.page);
        let code = SpokenCode::draw(&accounts.0.rng);
        let state = accounts.fingerprint(&mut transaction, &account).await?;
        let new = store::NewCode {
            code: &accounts.0.spoken.of(&code_text(&page, &code)),
            state: state.as_str(),
            expires_at: now + CODE_LIFE,
        };
        if !store::put_code(&mut transaction, (number, attempt), &new).await? {
            return Err(NotSpoken::Overtaken);
        }
        transaction.commit().await?;
        accounts.0.mailer.wake();
        Ok((code, CODE_LIFE))
    }
}
