//! Mails: posted with what causes them, sent once, told of when they cannot leave.

mod interoperability;
mod mailbox;
mod outage;
mod outbox;
pub mod servers;
mod words;

use std::time::Duration;

use guichet::kit::locale::Locale;
use guichet::mail::{self, Address, Listed, MailId, Mailer, Message, Outgoing};

use crate::support::App;

/// A link that no log and no table may hold in the clear.
const LINK: &str = "https://id.test/sign-in/new-password/a-token-of-the-tests";

/// Every kind of mail.
pub fn every_message() -> [Message; 10] {
    let life = Duration::from_hours(1);
    [
        Message::ResetPassword { link: LINK.to_owned(), life },
        Message::ConfirmAddress { link: LINK.to_owned(), life: life * 24 * 7 },
        Message::AddressChanged { to: "n•••@example.org".to_owned() },
        Message::AddressRemoved,
        Message::AddressRegistered {
            identifier: "elefevre".to_owned(),
            authority: "Académie de Lyon".to_owned(),
            contact: "Division des examens, dec@ac-lyon.example".to_owned(),
        },
        Message::AccessOpened {
            identifier: "elefevre".to_owned(),
            authority: "Académie de Lyon".to_owned(),
            contact: "Division des examens, dec@ac-lyon.example".to_owned(),
        },
        Message::AddressProposed {
            to: "n•••@example.org".to_owned(),
            authority: "Académie de Lyon".to_owned(),
            contact: "Division des examens, dec@ac-lyon.example".to_owned(),
        },
        Message::AddressNoted {
            identifier: "elefevre".to_owned(),
            authority: "Académie de Lyon".to_owned(),
            contact: "Division des examens, dec@ac-lyon.example".to_owned(),
        },
        Message::RecordsMerged {
            kept: "elefevre".to_owned(),
            absorbed: "elefevre2".to_owned(),
            authority: "Académie de Lyon".to_owned(),
            contact: "Division des examens, dec@ac-lyon.example".to_owned(),
        },
        Message::PasswordChanged,
    ]
}

/// Posts a mail with a link to an address, as a flow does, and commits.
async fn post(app: &App, to: &str) -> MailId {
    let [with_link, ..] = every_message();
    let to = Address::parse(to).expect("an address");
    let mail = outgoing(&to, Locale::Fr, with_link);
    let mut transaction = app.database.write().await.expect("a transaction");
    let id = app.mailer.post(&mut transaction, &mail).await.expect("posted");
    transaction.commit().await.expect("committed");
    id
}

fn outgoing(to: &Address, locale: Locale, message: Message) -> Outgoing<'_> {
    Outgoing { to, locale, account: "somebody", name: "Élodie Lefèvre", message }
}

/// What the outbox knows of the mails of the tests' person, the newest first.
async fn listed(app: &App) -> Vec<Listed> {
    let mut connection = app.database.read().await.expect("a connection");
    mail::recent_of(&mut connection, "somebody", 1_000).await.expect("the mails")
}

/// When a mail can have been received at first, in seconds after the epoch.
async fn left_at(app: &App, id: &MailId) -> Option<i64> {
    let mut connection = app.database.read().await.expect("a connection");
    let left = Mailer::left_at(&mut connection, id).await.expect("the mail");
    left.map(guichet::kit::clock::Timestamp::seconds)
}
