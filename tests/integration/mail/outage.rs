//! A mail server that is away for long, and nodes that die in the middle.

use guichet::mail::{self, Round, State};
use tokio::net::TcpListener;

use super::{left_at, listed, post};
use crate::on_both_engines;
use crate::support::App;

/// A port of this machine where nobody listens.
async fn nobody() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// The same installation while its mail server is away.
async fn cut_off(app: &App) -> App {
    let port = nobody().await;
    app.restarted_with(|settings| settings.mail.as_mut().unwrap().port = port).await
}

on_both_engines! { with_mail
    async fn a_server_that_is_down_for_a_day_loses_nothing(app: App) {
        let down = cut_off(&app).await;
        let mut posted = 0;
        for quarter in 0..96 {
            if quarter % 8 == 0 {
                post(&app, &format!("person{quarter}@example.org")).await;
                posted += 1;
            }
            let round = down.mailer.send_due().await.unwrap();
            assert_eq!((round.sent, round.given_up), (0, 0));
            app.wait(15 * 60);
        }
        // The delays grew: an attempt an hour, not four.
        assert!(listed(&app).await.iter().all(|mail| mail.attempts < 35));
        app.wait(60 * 60);
        assert_eq!(app.mails().await.len(), posted);
        assert!(listed(&app).await.iter().all(|mail| mail.state == State::Sent && mail.last_error.is_none()));
    }

    async fn a_mail_that_cannot_leave_is_given_up_visibly_and_can_be_tried_again(app: App) {
        let down = cut_off(&app).await;
        let id = post(&app, "elodie@example.org").await;
        let mut given_up = 0;
        for _ in 0..80 {
            given_up += down.mailer.send_due().await.unwrap().given_up;
            app.wait(3_600);
        }
        assert_eq!(given_up, 1);
        let mail = listed(&app).await.remove(0);
        assert_eq!((mail.state, mail.next_attempt_at), (State::Failed, None));
        assert_eq!(left_at(&app, &id).await, None);
        // The last attempt was made at the end of the three days, not before.
        let lasted = mail.attempted_at.unwrap().since(mail.created_at);
        assert!(lasted.as_secs() >= 3 * 86_400, "{lasted:?}");
        assert_eq!(app.mailer.send_due().await.unwrap(), Round::default());

        let mut transaction = app.database.write().await.unwrap();
        assert!(mail::retry(&mut transaction, &id, app.clock.now()).await.unwrap());
        assert!(!mail::retry(&mut transaction, &id, app.clock.now()).await.unwrap());
        transaction.commit().await.unwrap();
        // It has all of its time again.
        assert_eq!(down.mailer.send_due().await.unwrap().put_off, 1);
        app.wait(60);
        assert_eq!(app.mails().await.len(), 1);
        assert_eq!(listed(&app).await[0].state, State::Sent);
    }

    async fn a_node_that_dies_while_sending_leaves_a_mail_that_another_sends_later(app: App) {
        let id = post(&app, "elodie@example.org").await;
        // It claims the mail, and is gone while the server is silent.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let dying = app.restarted_with(|settings| settings.mail.as_mut().unwrap().port = port).await;
        let sending = tokio::spawn(async move { dying.mailer.send_due().await });
        let _held = listener.accept().await.unwrap();
        sending.abort();
        assert!(sending.await.unwrap_err().is_cancelled());

        assert_eq!(listed(&app).await[0].state, State::Sending);
        assert!(left_at(&app, &id).await.unwrap() > app.clock.now().seconds());
        assert_eq!(app.mails().await.len(), 0);
        app.wait(9 * 60);
        assert_eq!(app.mails().await.len(), 0);
        app.wait(60);
        let arrived = app.mails().await;
        assert_eq!(arrived.len(), 1);
        assert_eq!(arrived[0].message_id, format!("{id}@id.test"));
        assert_eq!(listed(&app).await[0].attempts, 2);
    }

    async fn settled_mails_are_purged_when_they_are_old_and_others_never(app: App) {
        let sent = post(&app, "elodie@example.org").await;
        app.mails().await;
        app.wait(100);
        post(&app, "paul@example.org").await;
        app.wait(100);
        let mut transaction = app.database.write().await.unwrap();
        let now = app.clock.now();
        assert_eq!(mail::purge(&mut transaction, now, 0).await.unwrap(), 0);
        assert_eq!(mail::purge(&mut transaction, now, 10).await.unwrap(), 1);
        assert_eq!(mail::purge(&mut transaction, now, 10).await.unwrap(), 0);
        transaction.commit().await.unwrap();
        assert_eq!(listed(&app).await.len(), 1);
        // A link in it is none that waits for its mail to leave.
        assert_eq!(left_at(&app, &sent).await, Some(0));
    }
}
