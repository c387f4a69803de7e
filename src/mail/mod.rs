//! Mails on their way: written with the change that causes them, sent by a worker, told when they fail.
//!
//! The room owns the table `outbox_mail`. It knows who a mail goes to and which words it holds; it knows
//! nothing of accounts, links or why a mail is sent.

mod address;
mod message;
mod store;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

pub use address::Address;
pub use message::{Message, Outgoing};

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
        let Parts { settings, database, sealer, site, texts, clock, rng } = parts;
        Self(Arc::new(Inner { settings, database, sealer, site, texts, wake: Notify::new(), clock, rng }))
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
        let id = MailId::from(self.0.rng.id());
        let content = mail.render(&self.0.site, &self.0.texts);
        let sealed = self.0.sealer.seal_value(&self.0.rng, id.as_str().as_bytes(), &content);
        store::insert(connection, &id, mail, &sealed, self.0.clock.now()).await?;
        Ok(id)
    }

    /// Tells this node's worker that there is something to send; without it, it looks by itself.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// When a mail left, or was last tried: `None` as long as nobody can have received it.
    pub async fn left_at(connection: &mut Connection, id: &MailId) -> sqlx::Result<Option<Timestamp>> {
        store::left_at(connection, id).await
    }
}
