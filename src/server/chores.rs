//! What a node does beside answering, one chore for each room that wants one; the janitor has a file of its own.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::background::Chore;
use crate::accounts::Accounts;
use crate::audit::Chain;
use crate::desk::Desk;
use crate::keys::{self, SigningKeys};
use crate::mail::Mailer;
use crate::oidc::{Audience, Provider};
use crate::signin::SignIn;

/// How often the outbox is looked at.
const MAIL_TURN: Duration = Duration::from_secs(15);
/// How often lists and batches are looked for that were asked for at another node, or that one left behind.
const PAPERS_TURN: Duration = Duration::from_secs(5);
/// How often sessions are looked for that ended elsewhere: at another node, by a command, by a reset.
const ENDINGS_TURN: Duration = Duration::from_secs(5);
/// How often accounts are looked for that the search index lacks: after an update, those of before.
const INDEXING_TURN: Duration = Duration::from_mins(5);
/// How many accounts are brought into the index between two rests.
const INDEXED_AT_ONCE: i64 = 200;
/// How long such a rest is, so that others can write.
const INDEXING_REST: Duration = Duration::from_millis(20);

/// How long an event waits to be sealed.
const SEALING_TURN: Duration = Duration::from_secs(1);

/// Mails leave as soon as what causes them is committed here; those of other nodes, and those put off, in
/// their turn.
pub(super) fn sending(mailer: &Mailer) -> Chore {
    let (mailer, bell) = (mailer.clone(), mailer.clone());
    let send = move |stop| {
        let mailer = mailer.clone();
        async move { mailer.send_due_until(&stop).await.map(drop) }
    };
    let woken = move || {
        let bell = bell.clone();
        async move { bell.woken().await }
    };
    Chore::every("mails", MAIL_TURN, send).or_when(woken)
}

/// Learns of other nodes' keys, makes those that are due, at once where one is waited for.
pub(super) fn rotating(keys: &SigningKeys) -> Chore {
    let (turning, waited_for) = (keys.clone(), keys.clone());
    let step = move |_| {
        let keys = turning.clone();
        async move { keys.turn().await }
    };
    Chore::every("keys", keys::READ_EVERY, step).or_when(move || {
        let keys = waited_for.clone();
        async move { keys.wanted().await }
    })
}

/// Sends the links of people who forgot their password, as soon as they ask.
pub(super) fn answering_recovery(accounts: &Accounts) -> Chore {
    let (answering, asked) = (accounts.clone(), accounts.clone());
    let step = move |_| {
        let accounts = answering.clone();
        async move { accounts.answer_recovery_cases().await.map(drop) }
    };
    Chore::every("recovery", MAIL_TURN, step).or_when(move || {
        let accounts = asked.clone();
        async move { accounts.recovery_wanted().await }
    })
}

/// Reads lists in and issues letters that managers asked for, as soon as they ask.
pub(super) fn working_at_papers(desk: &Desk) -> Chore {
    let (working, asked) = (desk.clone(), desk.clone());
    let step = move |stop| {
        let desk = working.clone();
        async move { desk.work_at_papers(&stop).await.map(drop) }
    };
    Chore::every("papers", PAPERS_TURN, step).or_when(move || {
        let desk = asked.clone();
        async move { desk.papers_wanted().await }
    })
}

/// Lets the people whom an earlier version stored be found by those who look for them.
pub(super) fn indexing(accounts: &Accounts) -> Chore {
    let accounts = accounts.clone();
    Chore::every("search index", INDEXING_TURN, move |stop: CancellationToken| {
        let accounts = accounts.clone();
        async move {
            while !stop.is_cancelled() && accounts.index_people(INDEXED_AT_ONCE).await? > 0 {
                sleep(INDEXING_REST).await;
            }
            Ok::<_, sqlx::Error>(())
        }
    })
}

/// Tells clients of ended sessions, as soon as one ends here.
pub(super) fn telling(provider: &Provider, sign_in: &SignIn) -> Chore {
    let bell = sign_in.clone();
    telling_to("sign-outs", Audience::Known, provider).or_when(move || {
        let bell = bell.clone();
        async move { bell.session_ended().await }
    })
}

/// Tells clients that anybody may have registered, a little later; however slow they are, `telling` does not wait for it.
pub(super) fn telling_strangers(provider: &Provider) -> Chore {
    telling_to("sign-outs for strangers", Audience::Strangers, provider)
}

fn telling_to(name: &'static str, audience: Audience, provider: &Provider) -> Chore {
    let provider = provider.clone();
    Chore::every(name, ENDINGS_TURN, move |stop| {
        let provider = provider.clone();
        async move { provider.tell_ended_sessions_until(audience, &stop).await.map(drop) }
    })
}

/// Notes refused sign-ins, a moment after each; the step itself waits for that moment, so that a stop hastens the last
/// one and does not lose it.
pub(super) fn noting_failures(sign_in: &SignIn) -> Chore {
    let sign_in = sign_in.clone();
    Chore::every("failures", Duration::ZERO, move |stop| {
        let sign_in = sign_in.clone();
        async move { sign_in.note_failures_until(&stop).await.map(drop) }
    })
}

/// Seals what happened, a moment after; whoever causes it does not wait.
pub(super) fn sealing(audit: &Chain) -> Chore {
    let audit = audit.clone();
    Chore::every("audit", SEALING_TURN, move |stop| {
        let audit = audit.clone();
        async move { audit.seal_due(&stop).await.map(drop) }
    })
}
