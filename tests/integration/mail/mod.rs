//! Mails: posted with what causes them, sent once, told of when they cannot leave.

mod outbox;

use std::time::Duration;

use guichet::kit::locale::Locale;
use guichet::mail::{Address, MailId, Message, Outgoing};

use crate::support::App;

/// A link that no log and no table may hold in the clear.
const LINK: &str = "https://id.test/sign-in/new-password/a-token-of-the-tests";

/// Posts a mail with a link to an address, as a flow does, and commits.
async fn post(app: &App, to: &str) -> MailId {
    post_saying(app, to, Message::ResetPassword { link: LINK.to_owned(), life: Duration::from_secs(3_600) })
        .await
}

async fn post_saying(app: &App, to: &str, message: Message) -> MailId {
    let to = Address::parse(to).expect("an address");
    let mail =
        Outgoing { to: &to, locale: Locale::Fr, account: "somebody", name: "Élodie Lefèvre", message };
    let mut transaction = app.database.write().await.expect("a transaction");
    let id = app.mailer.post(&mut transaction, &mail).await.expect("posted");
    transaction.commit().await.expect("committed");
    id
}
