//! Links that are used, old, overtaken, foreign or cut short: one page, and nothing happens.

use guichet::kit::locale::Locale;
use guichet::kit::secrets::Secret;
use guichet::mail::Address;

use super::{CHOSEN, assert_dead, link_for, reset};
use crate::mail::servers;
use crate::on_both_engines;
use crate::support::App;
use crate::support::app::PASSWORD;

/// Asserts that a link shows and does nothing, and that the password is still the old one.
async fn assert_useless(app: &App, link: &str) {
    assert_dead(&app.browser().get(link).await);
    assert_dead(&reset(&mut app.browser(), link, CHOSEN).await);
    assert_dead(&app.browser().post(link, &[]).await);
}

on_both_engines! {
    async fn a_used_link_is_dead(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let link = link_for(&app, "elefevre").await;
        assert_eq!(reset(&mut app.browser(), &link, "Premier-Choix-Bleu-7").await.status, 200);
        assert_useless(&app, &link).await;
    }

    async fn a_link_lives_as_long_as_configured_from_the_moment_its_mail_left(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let link = link_for(&app, "elefevre").await;
        app.wait(3599);
        assert_eq!(app.browser().get(&link).await.status, 200);
        app.wait(1);
        assert_useless(&app, &link).await;
        // The mail server was down for two hours: the hour begins when it is back.
        let left = (app.clock.now().seconds() + 3600).to_string();
        app.sql("UPDATE outbox_mail SET left_at = CAST($1 AS BIGINT)", &left).await;
        app.wait(3600 + 3599);
        assert_eq!(app.browser().get(&link).await.status, 200);
        app.wait(1);
        assert_useless(&app, &link).await;
    }

    async fn any_change_of_the_account_kills_a_link(app: App) {
        let app = app.with_mail().await;
        for (number, change) in [
            "UPDATE account SET disabled_at = 1 WHERE id = $1",
            "UPDATE account SET access_epoch = access_epoch + 1 WHERE id = $1",
            "UPDATE account SET email = 'other@example.org' WHERE id = $1",
            "UPDATE account SET email = NULL WHERE id = $1",
            "UPDATE password SET set_at = set_at + 1 WHERE account_id = $1",
            "UPDATE password SET temporary = 1 WHERE account_id = $1",
            "DELETE FROM password WHERE account_id = $1",
            "DELETE FROM mailed_link WHERE account_id = $1",
        ]
        .into_iter()
        .enumerate()
        {
            let account = app.person(&format!("person{number}")).await;
            let link = link_for(&app, &format!("person{number}")).await;
            assert_eq!(app.browser().get(&link).await.status, 200);
            app.sql(change, account.id.as_str()).await;
            assert_useless(&app, &link).await;
        }
    }

    async fn a_changed_password_kills_a_link(app: App) {
        let app = app.with_mail().await;
        let account = app.person("elefevre").await;
        let link = link_for(&app, "elefevre").await;
        let (current, chosen) = (Secret::new(PASSWORD), Secret::new("Premier-Choix-Bleu-7"));
        app.accounts.change_password(&account.id, &current, &chosen, Locale::Fr).await.expect("changed");
        assert_useless(&app, &link).await;
    }

    async fn nothing_but_the_whole_token_opens(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let link = link_for(&app, "elefevre").await;
        let token = link.split_once("token=").unwrap().1;
        let swapped: String = token.chars().rev().collect();
        let capitals = token.to_uppercase();
        for wrong in [
            String::new(),
            token[..42].to_owned(),
            token[1..].to_owned(),
            format!("{token}A"),
            format!("{token}."),
            format!("%20{token}"),
            swapped,
            capitals,
            "x".repeat(43),
            "%00".repeat(43),
            "x".repeat(5_000),
        ] {
            assert_useless(&app, &format!("/reset-password?token={wrong}")).await;
        }
        assert_useless(&app, "/reset-password").await;
        assert_useless(&app, "/reset-password?token[]=x").await;
        assert_eq!(app.browser().get(&link).await.status, 200, "none of it harmed the link");
    }

    async fn a_token_is_refused_where_it_does_not_belong(app: App) {
        let app = app.with_mail().await;
        let account = app.person("elefevre").await;
        let reset_link = link_for(&app, "elefevre").await;
        let address = Address::parse("new@example.org").unwrap();
        app.accounts.give_address(&account.id, &address, Locale::Fr).await.expect("given");
        let confirm_link = app.mail("confirm-address", "new@example.org").await.link();
        let token = |link: &str| link.split_once("token=").unwrap().1.to_owned();
        assert_useless(&app, &format!("/reset-password?token={}", token(&confirm_link))).await;
        let crossed = format!("/mail-address/confirm?token={}", token(&reset_link));
        assert_dead(&app.browser().get(&crossed).await);
        assert_dead(&app.browser().post(&crossed, &[]).await);
        assert_eq!(app.accounts.by_id(&account.id).await.unwrap().unwrap().email, account.email);
        assert_eq!(app.browser().get(&reset_link).await.status, 200);
        assert_eq!(app.browser().get(&confirm_link).await.status, 200);
        // A reset kills the address that somebody else may have given.
        assert_eq!(reset(&mut app.browser(), &reset_link, CHOSEN).await.status, 200);
        assert_dead(&app.browser().post(&confirm_link, &[]).await);
        assert_eq!(app.accounts.by_id(&account.id).await.unwrap().unwrap().pending_email, None);
    }

    async fn a_mail_that_is_sent_again_since_it_may_not_have_arrived_brings_no_more_time(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let link = link_for(&app, "elefevre").await;
        // The server takes the whole text and says nothing, again and again.
        let port = servers::start(servers::At::Text, servers::Fault::Dies).await;
        let meeting = app.restarted_with(|settings| settings.mail.as_mut().unwrap().port = port).await;
        app.wait(7_200);
        let mut unknown = 0;
        for _ in 0..3 {
            unknown += meeting.mailer.send_due().await.unwrap().unknown;
            app.wait(1_199);
            assert_eq!(app.browser().get(&link).await.status, 200);
        }
        assert_eq!(unknown, 3);
        app.wait(3);
        meeting.mailer.send_due().await.unwrap();
        assert_useless(&app, &link).await;
    }
}
