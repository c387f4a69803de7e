//! `POST /desk/{authority}/people/{id}/{action}`: an act, upon the state that the manager saw.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;

use super::super::{Desk, Manager};
use super::actions::{Action, Done};
use super::pages::Told;
use super::reason::Reason;
use super::{CASE, SEEN, SHOWN_AT, done};
use crate::accounts::{AccountId, AddressChange, Change, Mandate, NotHeld};
use crate::audit::{self, Event};
use crate::config::Rank;
use crate::kit::clock::Timestamp;
use crate::kit::parameters::Parameters;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;
use crate::mail::{Address, MailId};

/// How often a person's waits are lifted in a day, whoever asks: each time, five guesses more are free.
const MOST_UNLOCKS: i64 = 2;
const DAY: Duration = Duration::from_hours(24);

/// What a manager typed into a form that is shown again: nothing of it is lost.
#[derive(Default)]
pub struct Typed {
    /// Into the form of which act.
    pub action: Option<Action>,
    /// The reason.
    pub reason: String,
    /// The mail address.
    pub address: String,
    /// The number of the request because of which they are here.
    pub case: Option<String>,
}

/// A form of a person's screen: who sends it, about whom, why, and with which right.
pub(super) struct Submitted {
    pub manager: Manager,
    pub id: AccountId,
    pub form: Parameters,
    pub reason: Option<Reason>,
}

impl Submitted {
    /// The right to change the person as they were seen.
    pub fn mandate(&self) -> Mandate {
        let words = self.reason.as_ref().map_or("", |reason| reason.words.as_str());
        self.manager.mandate(words, self.form.get(SEEN).unwrap_or_default())
    }

    /// When the manager saw what they acted upon.
    pub fn shown_at(&self) -> Option<Timestamp> {
        self.form.get(SHOWN_AT)?.parse().ok().map(Timestamp::from_seconds)
    }

    pub fn typed(&self, action: Option<Action>) -> Typed {
        let text = |name: &str| self.form.get(name).unwrap_or_default().to_owned();
        Typed {
            action,
            reason: text("reason"),
            address: text("email"),
            case: self.form.get(CASE).map(str::to_owned),
        }
    }

    /// The way back to the screen, which then says what was done.
    pub fn done(&self, what: Done) -> Response {
        let case = self.reason.as_ref().and_then(|reason| reason.case.as_deref());
        done(&self.manager, &self.id, what, case)
    }
}

/// `POST /desk/{authority}/people/{id}/{action}`
pub async fn act(
    State(desk): State<Desk>,
    Path((authority, id, word)): Path<(String, String, String)>,
    visitor: Visitor,
    body: Bytes,
) -> Response {
    let submitted = match desk.sent(&visitor, &body, &authority, id).await {
        Ok(submitted) => submitted,
        Err(answer) => return *answer,
    };
    let Some(action) = Action::of_word(&word) else { return desk.problem(&visitor, Problem::NotFound) };
    if submitted.reason.is_none() {
        return desk.again(&visitor, &submitted, Some(action), Told::NoReason).await;
    }
    let address = Address::parse(submitted.form.get("email").unwrap_or_default());
    if action == Action::ProposeAddress && address.is_none() {
        return desk.again(&visitor, &submitted, Some(action), Told::NoAddress).await;
    }
    match desk.make(&submitted, action, address.as_ref()).await {
        Ok(None) => desk.again(&visitor, &submitted, Some(action), Told::UnlockedOften).await,
        Ok(Some(change)) => desk.told(&visitor, &submitted, Some(action), change, action.done()).await,
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// `POST /desk/{authority}/people/{id}/mails/{mail}/retry`
pub async fn retry_mail(
    State(desk): State<Desk>,
    Path((authority, id, mail)): Path<(String, String, String)>,
    visitor: Visitor,
    body: Bytes,
) -> Response {
    let submitted = match desk.sent(&visitor, &body, &authority, id).await {
        Ok(submitted) => submitted,
        Err(answer) => return *answer,
    };
    // What is sent again was decided before: it speaks for itself.
    let mandate = submitted.mandate();
    match desk.0.accounts.retry_mail(&submitted.id, &MailId::from(mail), &mandate).await {
        Ok(change) => desk.told(&visitor, &submitted, None, change, Done::MailRetried).await,
        Err(error) => desk.broken(&visitor, &error),
    }
}

impl Desk {
    /// A form of a person's screen, if it is of a manager of the authority and of this person alone.
    pub(super) async fn sent(
        &self,
        visitor: &Visitor,
        body: &Bytes,
        authority: &str,
        id: String,
    ) -> Result<Submitted, Box<Response>> {
        // Whoever must sign in first comes back to the screen, not to the act.
        let screen: Vec<&str> = visitor.path.split('/').take(5).collect();
        let (manager, form) =
            self.submitted(visitor, body, (authority, Rank::Manager), &screen.join("/")).await?;
        let id = AccountId::from(id);
        if form.get("id").is_some_and(|named| named != id.as_str()) {
            return Err(Box::new(self.problem(visitor, Problem::BadRequest)));
        }
        let found = async {
            let person = manager.people().person(&id).await?;
            let reason = self.reason(&manager, &id, &form).await?;
            Ok::<_, sqlx::Error>((person, reason))
        };
        match found.await {
            Ok((Some(_), reason)) => Ok(Submitted { manager, id, form, reason }),
            Ok((None, _)) => Err(Box::new(self.problem(visitor, Problem::NotFound))),
            Err(error) => Err(Box::new(self.broken(visitor, &error))),
        }
    }

    /// Makes a change; `None` when that was done as often as it may be.
    async fn make(
        &self,
        submitted: &Submitted,
        action: Action,
        address: Option<&Address>,
    ) -> sqlx::Result<Option<Change>> {
        let (accounts, id, mandate) = (&self.0.accounts, &submitted.id, &submitted.mandate());
        let change = match (action, address) {
            (Action::Unlock, _) => return self.unlock(submitted).await,
            (Action::ResetLink, _) => accounts.send_reset_link(id, mandate).await?,
            (Action::ProposeAddress, Some(address)) => accounts.propose_address(id, address, mandate).await?,
            (Action::ProposeAddress, None) => Change::AlreadySo,
            (Action::WithdrawProposal, _) => accounts.withdraw_proposal(id, mandate).await?,
            (Action::RemoveAddress, _) => match accounts.set_email(id, None, mandate).await? {
                AddressChange::Made { .. } => Change::Made,
                AddressChange::AlreadySo => Change::AlreadySo,
                AddressChange::Gone | AddressChange::Upstream => Change::Gone,
                AddressChange::Stale => Change::Stale,
            },
            (Action::EndSessions, _) => accounts.end_accesses(id, mandate).await?,
            (Action::Disable, _) => accounts.disable(id, mandate).await?,
            (Action::Enable, _) => accounts.enable(id, mandate).await?,
        };
        Ok(Some(change))
    }

    /// Lifts the waits of every identifier of a person; `None` when that was done as often as it may be: whoever lifts them
    /// could be the one who guesses.
    async fn unlock(&self, submitted: &Submitted) -> sqlx::Result<Option<Change>> {
        let (id, mandate) = (&submitted.id, submitted.mandate());
        let aliases = submitted.manager.people().aliases(id).await?;
        let mut transaction = self.0.database.write().await?;
        let account = match self.0.accounts.hold(&mut transaction, id, &mandate).await {
            Ok(account) => account,
            Err(NotHeld::Gone) => return Ok(Some(Change::Gone)),
            Err(NotHeld::Stale) => return Ok(Some(Change::Stale)),
            Err(NotHeld::Database(error)) => return Err(error),
        };
        // Counted under the lock of the row, as two may lift them at once.
        let since = self.0.clock.now() - DAY;
        let lifted_lately =
            audit::number_since(&mut transaction, id.as_str(), Event::Unlocked, since).await?;
        let throttle = self.0.sign_in.throttle();
        let mut lifted = false;
        for record in std::iter::once(&account).chain(&aliases) {
            lifted |= throttle.unlock(&mut transaction, record.identifier().unwrap_or_default()).await?;
        }
        if !lifted {
            return Ok(Some(Change::AlreadySo));
        }
        if lifted_lately >= MOST_UNLOCKS {
            transaction.rollback().await?;
            return Ok(None);
        }
        self.0.accounts.note_unlocked(&mut transaction, id, &mandate).await?;
        transaction.commit().await?;
        Ok(Some(Change::Made))
    }

    /// The answer to a change.
    pub(super) async fn told(
        &self,
        visitor: &Visitor,
        submitted: &Submitted,
        action: Option<Action>,
        change: Change,
        what: Done,
    ) -> Response {
        match change {
            Change::Made => {
                if matches!(what, Done::SessionsEnded | Done::Disabled) {
                    self.0.sign_in.tell_session_ended();
                }
                submitted.done(what)
            }
            Change::AlreadySo => submitted.done(Done::Nothing),
            Change::Gone => self.problem(visitor, Problem::NotFound),
            Change::Stale => match self.meanwhile(visitor, submitted).await {
                Ok(told) => self.again(visitor, submitted, action, told).await,
                Err(error) => self.broken(visitor, &error),
            },
        }
    }

    /// The screen again, with what is wrong and all that was typed.
    pub(super) async fn again(
        &self,
        visitor: &Visitor,
        submitted: &Submitted,
        action: Option<Action>,
        told: Told,
    ) -> Response {
        let typed = submitted.typed(action);
        self.screen(visitor, &submitted.manager, &submitted.id, Some(told), &typed).await
    }
}
