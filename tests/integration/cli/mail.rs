//! Mails of a real process: killed, restarted, told of, tried again; and its log.

use guichet::config;
use guichet::kit::clock::Clock;
use guichet::kit::locale::Locale;
use guichet::kit::random::Rng;
use guichet::mail::{Address, MailId, Message, Outgoing};
use guichet::server::Rooms;
use serde_json::Value;

use super::Installation;
use crate::mail::servers::{At, Fault, start};
use crate::support::Postbox;
use crate::support::postbox::settings_for;

const LINK: &str = "https://id.test/a-link-with-a-token-of-the-tests";
const LIMIT: std::time::Duration = std::time::Duration::from_mins(1);

fn with_mail(port: u16) -> Installation {
    settings_for(port).into_iter().fold(Installation::new(), |made, (key, value)| made.with(key, &value))
}

/// Commits a mail as another node would: the process that serves is not told.
async fn post(installation: &Installation) -> MailId {
    let settings = config::load(Some(&installation.config()), installation.environment().to_vec()).unwrap();
    let rooms = Rooms::open(&settings, Clock::system(), Rng::system()).await.unwrap();
    let to = Address::parse("elodie@example.org").unwrap();
    let message = Message::ResetPassword { link: LINK.to_owned(), life: LIMIT };
    let mail =
        Outgoing { to: &to, locale: Locale::Fr, account: "somebody", name: "Élodie Lefèvre", message };
    let mut transaction = rooms.database.write().await.unwrap();
    let id = rooms.mailer.post(&mut transaction, &mail).await.unwrap();
    transaction.commit().await.unwrap();
    rooms.database.close().await;
    id
}

fn status(installation: &Installation) -> Value {
    let told = installation.run(&["mail", "status", "--json"]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{told:?}");
    assert!(!told.out.contains("elodie@"), "{told:?}");
    serde_json::from_str(&told.out).expect("JSON")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_committed_before_kill_9_arrives_once_after_the_restart() {
    let postbox = Postbox::start().await;
    let installation = with_mail(postbox.port);
    let serving = installation.serve();
    let id = post(&installation).await;
    // Killed before it looks at the outbox again.
    drop(serving);
    let serving = installation.serve();
    postbox.until(1).await;
    drop(serving);
    // Again, between the sending and the next look.
    let serving = installation.serve();
    let next = post(&installation).await;
    drop(serving);
    let _serving = installation.serve();
    postbox.until(2).await;
    let ids: Vec<String> = postbox.arrived().iter().map(|mail| mail.message_id.clone()).collect();
    // The host of these installations is an address, which stands in brackets.
    assert_eq!(ids, [id, next].map(|id| format!("{id}@[127.0.0.1]")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_was_refused_is_told_and_can_be_tried_again() {
    let words = "550 5.1.1 <elodie@example.org> unknown";
    let port = start(At::Rcpt, Fault::Answers(words.to_owned())).await;
    let installation = with_mail(port);
    let id = post(&installation).await;
    assert_eq!(status(&installation)["counts"]["waiting"], 1);
    let mut serving = installation.serve();
    serving.wait_until("giving up", LIMIT, || status(&installation)["counts"]["failed"] == 1);

    let log = serving.said();
    assert!(log.contains("a mail was given up"), "{log}");
    for secret in ["elodie", "Lefèvre", "token-of-the-tests"] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
    drop(serving);

    let told = status(&installation);
    let failed = &told["failed"][0];
    assert_eq!(failed["id"], id.as_str());
    assert_eq!((&failed["to"], &failed["kind"]), (&"e•••@example.org".into(), &"reset-password".into()));
    assert_eq!(failed["reason"], "at RCPT TO: 550 5.1.1 … unknown");
    let for_people = installation.run(&["mail", "status"]);
    assert_eq!(for_people.code, Some(0));
    assert!(for_people.out.contains("550 5.1.1") && for_people.out.contains(id.as_str()), "{for_people:?}");

    let again = installation.run(&["mail", "retry", id.as_str()]);
    assert_eq!((again.code, again.err.as_str()), (Some(0), ""), "{again:?}");
    assert_eq!(status(&installation)["counts"]["waiting"], 1);
    let none = installation.run(&["mail", "retry", id.as_str()]);
    assert_eq!(none.code, Some(1), "{none:?}");
    assert!(none.err.contains(id.as_str()), "{none:?}");
    assert_eq!(installation.run(&["mail", "retry", "--all"]).code, Some(0));
    assert_eq!(installation.run(&["mail", "retry"]).code, Some(2));
    // It has waited for nothing: another server takes it at once.
    let postbox = Postbox::start().await;
    let installation = installation.with("MAIL__PORT", &postbox.port.to_string());
    let _serving = installation.serve();
    postbox.until(1).await;
    assert_eq!(postbox.arrived()[0].links, [LINK]);
}

#[test]
fn an_installation_without_mail_server_says_so() {
    let told = Installation::new().run(&["mail", "status"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("[mail]"), "{told:?}");
}
