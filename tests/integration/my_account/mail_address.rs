//! Mail addresses given and taken away.

use super::{PERSON, assert_done, send, with_mail};
use crate::on_both_engines;
use crate::signin::signed_in;
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::{App, Browser};

const PATH: &str = "/account/mail-address";
const MAILS: &str = "SELECT COUNT(*) FROM outbox_mail";

async fn give(browser: &mut Browser, email: &str, current: &str) -> Page {
    let fields = [("email", email), ("current-password", current), ("decision", "give")];
    send(browser, PATH, PATH, &fields).await
}

async fn home_with_mail(app: &App) -> (App, Browser) {
    let app = with_mail(app).await;
    app.person(PERSON).await;
    let browser = signed_in(&app, PERSON).await;
    (app, browser)
}

on_both_engines! {
    async fn a_given_address_waits_for_its_confirmation(app: App) {
        let (app, mut browser) = home_with_mail(&app).await;
        assert_done(&give(&mut browser, " elodie@ailleurs.example ", PASSWORD).await, "address");
        assert_eq!(app.count(MAILS).await, 1);
        let page = browser.get("/account").await;
        assert!(page.body.contains("elodie@ailleurs.example") && page.body.contains("à confirmer"));
        assert!(page.body.contains("elefevre@example.org"), "the known one stays until then");
        assert!(page.body.contains("Adresse électronique indiquée, à confirmer"));
    }

    async fn the_mail_is_sent_again_a_few_times_only(app: App) {
        let (app, mut browser) = home_with_mail(&app).await;
        give(&mut browser, "elodie@ailleurs.example", PASSWORD).await;
        let again = "/account/mail-address/send-again";
        assert_done(&send(&mut browser, "/account", again, &[]).await, "address");
        for _ in 0..5 {
            send(&mut browser, "/account", again, &[]).await;
        }
        assert_done(&send(&mut browser, "/account", again, &[]).await, "too-many-mails");
        assert_eq!(app.count(MAILS).await, 5);
    }

    async fn without_a_waiting_address_nothing_is_sent_again(app: App) {
        let (app, mut browser) = home_with_mail(&app).await;
        let page = send(&mut browser, "/account", "/account/mail-address/send-again", &[]).await;
        assert_done(&page, "nothing");
        assert_eq!(app.count(MAILS).await, 0);
    }

    async fn neither_a_wrong_password_nor_a_wrong_address_is_taken(app: App) {
        let (app, mut browser) = home_with_mail(&app).await;
        for (email, current, told) in [
            ("elodie@ailleurs.example", "Wrong-Horse-7", "n’est pas le bon"),
            ("elodie@ailleurs.example", "", "il manque votre mot de passe actuel"),
            ("elodie", PASSWORD, "cette adresse ne convient pas"),
            ("", PASSWORD, "cette adresse ne convient pas"),
            ("a@b.fr\r\nBcc: c@d.fr", PASSWORD, "cette adresse ne convient pas"),
        ] {
            let page = give(&mut browser, email, current).await;
            assert!(page.status == 422 && page.body.contains(told), "{email:?}: {}", page.body);
        }
        assert_eq!(app.count(MAILS).await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE pending_email IS NOT NULL").await, 0);
    }

    async fn an_address_is_removed_by_whoever_knows_the_password(app: App) {
        let (app, mut browser) = home_with_mail(&app).await;
        let remove = |current| [("email", ""), ("current-password", current), ("decision", "remove")];
        assert_eq!(send(&mut browser, PATH, PATH, &remove("Wrong-Horse-7")).await.status, 422);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE email IS NULL").await, 0);
        assert_done(&send(&mut browser, PATH, PATH, &remove(PASSWORD)).await, "address-removed");
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE email IS NULL").await, 1);
        let page = browser.get("/account").await;
        assert!(page.body.contains("Adresse électronique supprimée") && !page.body.contains("elefevre@example.org"));
        assert!(page.body.contains("Indiquer une adresse"));
    }

    async fn a_removed_address_is_told(app: App) {
        let (app, mut browser) = home_with_mail(&app).await;
        let remove = [("email", ""), ("current-password", PASSWORD), ("decision", "remove")];
        assert_done(&send(&mut browser, PATH, PATH, &remove).await, "address-removed");
        assert_eq!(app.kinds_of_mails("elefevre@example.org").await, ["address-removed"]);
        let told = app.mail("address-removed", "elefevre@example.org").await;
        assert!(told.text.contains("ne figure plus dans votre compte"), "{}", told.text);
    }
}
