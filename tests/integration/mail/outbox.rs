//! The outbox with a mail server that does its work.

use guichet::mail::{Mailer, Round};

use super::{LINK, post};
use crate::on_both_engines;

on_both_engines! { with_mail
    async fn a_mail_arrives_once_with_the_words_of_its_cause(app: App) {
        let id = post(&app, "elodie@example.org").await;
        let mails = app.mails().await;
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!(mail.to, ["elodie@example.org"]);
        assert_eq!(mail.from, "guichet@id.test");
        assert_eq!(mail.message_id, format!("{id}@id.test"));
        assert_eq!(mail.links, [LINK]);
        assert_eq!(app.mailed_link("elodie@example.org").await, "/sign-in/new-password/a-token-of-the-tests");
        assert!(mail.text.contains("Bonjour Élodie Lefèvre"), "{}", mail.text);
        assert!(mail.html.contains(&format!("href=\"{LINK}\"")), "{}", mail.html);
        app.wait(100_000);
        assert_eq!(app.mails().await.len(), 1);
    }

    async fn a_mail_whose_cause_was_not_committed_does_not_exist(app: App) {
        let to = guichet::mail::Address::parse("elodie@example.org").unwrap();
        let mail = guichet::mail::Outgoing {
            to: &to,
            locale: guichet::kit::locale::Locale::Fr,
            account: "somebody",
            name: "Élodie",
            message: guichet::mail::Message::PasswordChanged,
        };
        let mut transaction = app.database.write().await.unwrap();
        app.mailer.post(&mut transaction, &mail).await.unwrap();
        drop(transaction);
        assert_eq!(app.mails().await.len(), 0);
    }

    async fn what_a_mail_says_is_sealed_while_it_waits_and_gone_once_it_left(app: App) {
        let id = post(&app, "elodie@example.org").await;
        let clear = "SELECT COUNT(*) FROM outbox_mail WHERE content LIKE '%token%' OR content LIKE '%Bonjour%'";
        assert_eq!(app.count(clear).await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox_mail WHERE content IS NOT NULL").await, 1);
        let mut connection = app.database.read().await.unwrap();
        assert_eq!(Mailer::left_at(&mut connection, &id).await.unwrap(), None);
        drop(connection);
        app.wait(60);
        app.mails().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox_mail WHERE content IS NOT NULL").await, 0);
        let mut connection = app.database.read().await.unwrap();
        assert_eq!(Mailer::left_at(&mut connection, &id).await.unwrap(), Some(app.clock.now()));
    }

    async fn two_nodes_at_once_send_each_mail_once(app: App) {
        for number in 0..40 {
            post(&app, &format!("person{number}@example.org")).await;
        }
        let other = app.another_node().await;
        let (one, two) = tokio::join!(app.mailer.send_due(), other.mailer.send_due());
        let sent = one.unwrap().sent + two.unwrap().sent;
        assert_eq!(sent, 40);
        let mut recipients: Vec<_> = app.postbox().arrived().iter().map(|mail| mail.to[0].clone()).collect();
        recipients.sort();
        recipients.dedup();
        assert_eq!((recipients.len(), app.postbox().arrived().len()), (40, 40));
        assert_eq!(app.mailer.send_due().await.unwrap(), Round::default());
    }
}
