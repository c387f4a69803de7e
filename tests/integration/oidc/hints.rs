//! What an application knows of the person and says in its request.

use super::{PERSON, assert_asks_to_sign_in};
use crate::on_both_engines;

on_both_engines! {
    async fn a_situation_hint_opens_its_door(app: App) {
        let client = app.client("app");
        for door in ["external", "staff", "centrale"] {
            let page = app.browser().get(&client.authorization(&[("idp_hint", door)])).await;
            let location = page.location().unwrap();
            assert!(location.starts_with(&format!("/sign-in/{door}?journey=")), "{location}");
        }
        for unknown in ["Staff", "../staff", "staff/..", "https://evil.example", "\u{e9}", "%2e%2e"] {
            let page = app.browser().get(&client.authorization(&[("idp_hint", unknown)])).await;
            assert_asks_to_sign_in(&page, unknown);
        }
    }

    async fn a_login_hint_fills_the_identifier(app: App) {
        let client = app.client("app");
        let hinted = client.authorization(&[("login_hint", "\"><b>odupont"), ("idp_hint", "external")]);
        let page = app.browser().open(&hinted).await;
        assert_eq!(page.status, 200);
        assert!(!page.body.contains("<b>odupont"), "{}", page.body);
        assert!(page.body.contains("odupont"));
        let hinted = client.authorization(&[("login_hint", PERSON)]);
        let form = app.browser().password_form(&hinted).await;
        assert!(form.body.contains(&format!("value=\"{PERSON}\"")), "{}", form.body);
    }

    async fn a_login_hint_of_the_staff_opens_the_door_of_the_staff(app: App) {
        let client = app.client("app");
        for hint in ["jean.dupont@ac-test.fr", " Jean.Dupont@AC-TEST.FR ", "10E0123456ABC"] {
            let page = app.browser().get(&client.authorization(&[("login_hint", hint)])).await;
            let location = page.location().unwrap();
            assert!(location.starts_with("/sign-in/staff?journey="), "{hint}: {location}");
        }
        for hint in ["jean@example.org", "jean@ac-test.fr.evil.example", "ac-test.fr", PERSON] {
            let page = app.browser().get(&client.authorization(&[("login_hint", hint)])).await;
            assert_asks_to_sign_in(&page, hint);
        }
        // The situation that an application names for certain wins over a guess.
        let both = [("login_hint", "jean.dupont@ac-test.fr"), ("idp_hint", "external")];
        let page = app.browser().get(&client.authorization(&both)).await;
        assert!(page.location().unwrap().starts_with("/sign-in/external?"));
    }

    async fn the_application_chooses_the_language(app: App) {
        let client = app.client("app");
        let cases = [("en", "en"), ("fr", "fr"), ("fr-CA", "fr"), ("de en-GB fr", "en"), ("EN", "en")];
        for (locales, expected) in cases {
            let mut browser = app.browser();
            browser
                .headers
                .insert("accept-language", if expected == "en" { "fr" } else { "en" }.parse().unwrap());
            let page = browser.open(&client.authorization(&[("ui_locales", locales)])).await;
            assert!(page.body.contains(&format!("<html lang=\"{expected}\"")), "{locales}: {}", page.body);
        }
        let mut browser = app.browser();
        browser.headers.insert("accept-language", "en".parse().unwrap());
        let many = "xx ".repeat(1_000);
        for unknown in ["de", "../..", "\u{0}", "x".repeat(500).as_str(), &many] {
            let page = browser.open(&client.authorization(&[("ui_locales", unknown), ("nonce", "")])).await;
            let is_answered = page.status == 200 || page.location().is_some();
            assert!(is_answered, "{unknown}: {}", page.status);
        }
    }
}
