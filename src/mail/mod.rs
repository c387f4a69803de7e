//! Mails on their way: written with the change that causes them, sent by a worker, told when they fail.
//!
//! The room owns the table `outbox_mail`. It knows who a mail goes to and which words it holds; it knows
//! nothing of accounts, links or why a mail is sent.

mod address;
mod bounded;
mod message;
mod outbox;
mod parcel;
mod reason;
mod smtp;
mod store;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use url::Url;

pub use address::Address;
pub use message::{Message, Outgoing};
pub use outbox::Round;
pub use smtp::Patience;
pub use store::Listed;

use message::Answers;
use parcel::OwnName;

use crate::config::MailSettings;
use crate::database::{Connection, Database};
use crate::id_type;
use crate::keys::Sealer;
use crate::kit::clock::{Clock, Timestamp};
use crate::kit::page::Site;
use crate::kit::random::Rng;
use crate::kit::texts::Texts;

id_type! {
    /// A mail's id, part of its `Message-ID`: the same at each attempt.
    MailId
}

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits for its turn.
    Waiting,
    /// A node is sending it.
    Sending,
    /// The mail server has it.
    Sent,
    /// It was given up.
    Failed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Sending, Self::Sent, Self::Failed];

    /// The word that stands for it in the table and in what commands print.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// How the outbox stands.
#[derive(Clone, Debug)]
pub struct Status {
    /// How many mails are in each state.
    pub counts: Vec<(State, i64)>,
    /// When the oldest mail that has not left was written.
    pub oldest_waiting: Option<Timestamp>,
    /// The latest mails that were given up.
    pub failed: Vec<Listed>,
    /// The latest mails that wait for another attempt.
    pub put_off: Vec<Listed>,
}

/// Reads how the outbox stands, with at most so many mails of each kind of failure.
pub async fn status(connection: &mut Connection, most: i64) -> sqlx::Result<Status> {
    let mut counts = Vec::new();
    for state in State::ALL {
        counts.push((state, store::count(connection, state).await?));
    }
    Ok(Status {
        counts,
        oldest_waiting: store::oldest_waiting(connection).await?,
        failed: store::troubled(connection, State::Failed, most).await?,
        put_off: store::troubled(connection, State::Waiting, most).await?,
    })
}

/// The latest mails about an account, the newest first.
pub async fn recent_of(connection: &mut Connection, account: &str, most: i64) -> sqlx::Result<Vec<Listed>> {
    store::recent_of(connection, account, most).await
}

/// The mails about an account from before a place among them, the newest first.
pub async fn page(
    connection: &mut Connection,
    account: &str,
    before: (Timestamp, &str),
    most: i64,
) -> sqlx::Result<Vec<Listed>> {
    store::page(connection, account, before, most).await
}

/// Puts a mail about an account that was given up back among those that wait; gives its kind, or nothing when the
/// account has no such mail.
pub async fn retry_of(
    connection: &mut Connection,
    account: &str,
    id: &MailId,
    now: Timestamp,
) -> sqlx::Result<Option<String>> {
    let Some(kind) = store::kind_of(connection, account, id).await? else { return Ok(None) };
    Ok(store::put_back(connection, id, now).await?.then_some(kind))
}

/// Puts a mail that was given up back among those that wait; `false` when there is no such mail.
pub async fn retry(connection: &mut Connection, id: &MailId, now: Timestamp) -> sqlx::Result<bool> {
    store::put_back(connection, id, now).await
}

/// Puts every mail that was given up back among those that wait.
pub async fn retry_all(connection: &mut Connection, now: Timestamp) -> sqlx::Result<u64> {
    store::put_all_back(connection, now).await
}

/// Deletes every mail to a person, in the transaction that deletes them.
pub async fn forget(connection: &mut Connection, account: &str) -> sqlx::Result<()> {
    store::forget(connection, account).await
}

/// Deletes mails that were sent or given up before a moment, at most so many.
pub async fn purge(connection: &mut Connection, before: Timestamp, most: i64) -> sqlx::Result<u64> {
    store::purge(connection, before, most).await
}

/// A mail as it waits: rendered, and sealed in the table.
#[derive(Serialize, Deserialize)]
struct Content {
    subject: String,
    text: String,
    html: String,
}

/// The mails of an installation.
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    settings: Option<MailSettings>,
    database: Database,
    sealer: Sealer,
    site: Arc<Site>,
    texts: Arc<Texts>,
    own_name: OwnName,
    patience: Patience,
    wake: Notify,
    clock: Clock,
    rng: Rng,
}

/// What the mailer is made of.
pub struct Parts {
    /// The way to the mail server, if there is one.
    pub settings: Option<MailSettings>,
    /// Where the outbox is.
    pub database: Database,
    /// What seals mails that wait.
    pub sealer: Sealer,
    /// Whose mails they are.
    pub site: Arc<Site>,
    /// Where people reach the installation, whose host is part of each `Message-ID`.
    pub public_url: Url,
    /// Their words.
    pub texts: Arc<Texts>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub rng: Rng,
}

impl Mailer {
    /// Puts the mailer together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { settings, database, sealer, site, texts, public_url, clock, rng } = parts;
        let own_name = OwnName::of(&public_url);
        let (patience, wake) = (Patience::USUAL, Notify::new());
        Self(Arc::new(Inner {
            settings,
            database,
            sealer,
            site,
            texts,
            own_name,
            patience,
            wake,
            clock,
            rng,
        }))
    }

    /// The same mails, and another patience towards the mail server.
    #[must_use]
    pub fn with_patience(&self, patience: Patience) -> Self {
        let Inner { settings, database, sealer, site, texts, own_name, patience: _, wake: _, clock, rng } =
            &*self.0;
        Self(Arc::new(Inner {
            settings: settings.clone(),
            database: database.clone(),
            sealer: sealer.clone(),
            site: Arc::clone(site),
            texts: Arc::clone(texts),
            own_name: own_name.clone(),
            patience,
            wake: Notify::new(),
            clock: clock.clone(),
            rng: rng.clone(),
        }))
    }

    /// Whether mails can be sent at all.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        self.0.settings.is_some()
    }

    /// Puts a mail into the outbox, in the transaction of what causes it.
    ///
    /// Call [`Mailer::wake`] once that is committed.
    pub async fn post(&self, connection: &mut Connection, mail: &Outgoing<'_>) -> sqlx::Result<MailId> {
        let id = self.draw_id();
        let content = self.render(mail);
        let sealed = self.0.sealer.seal_value(&self.0.rng, id.as_str().as_bytes(), &content);
        store::insert(connection, &id, mail, &sealed, self.0.clock.now()).await?;
        Ok(id)
    }

    /// An id that can be typed as an argument of a command: none that begins like an option.
    fn draw_id(&self) -> MailId {
        loop {
            let id = self.0.rng.id();
            if id.starts_with(|first: char| first.is_ascii_alphanumeric()) {
                return MailId::from(id);
            }
        }
    }

    /// The mail as it will be read: what it is about, as text, as HTML.
    #[must_use]
    pub fn preview(&self, mail: &Outgoing<'_>) -> (String, String, String) {
        let Content { subject, text, html } = self.render(mail);
        (subject, text, html)
    }

    fn render(&self, mail: &Outgoing<'_>) -> Content {
        let has_reply_to = self.0.settings.as_ref().is_some_and(|settings| settings.reply_to.is_some());
        let answers = if has_reply_to { Answers::AreRead } else { Answers::AreLost };
        mail.render(&self.0.site, &self.0.texts, answers)
    }

    /// Tells this node's worker that there is something to send; without it, it looks by itself.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// The first moment at which a mail can have been received: `None` as long as nobody can have it.
    ///
    /// It is when the server took it, or when the first attempt whose outcome is unknown ended. While the mail
    /// is being sent for the first time it is the end of that claim. A mail that is no longer listed left long ago.
    pub async fn left_at(connection: &mut Connection, id: &MailId) -> sqlx::Result<Option<Timestamp>> {
        store::left_at(connection, id).await
    }
}
