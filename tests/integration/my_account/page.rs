//! What the page shows, and to whom.

use super::{FIREFOX, PERSON, SAFARI, assert_done, at_home, closable, send, signed_in_as, with_mail};
use crate::on_both_engines;
use crate::signin::{is_signed_in, try_password, upstream_door};
use crate::support::app::PASSWORD;

const PAGES: [&str; 3] = ["/account", "/account/password", "/account/mail-address"];

on_both_engines! {
    async fn who_is_not_signed_in_comes_back_after_the_sign_in(app: App) {
        app.person(PERSON).await;
        let app = with_mail(&app).await;
        for path in PAGES {
            let mut browser = app.browser();
            let choice = browser.open(path).await;
            assert!(choice.address.starts_with("/sign-in?journey="), "{}", choice.address);
            let form = browser.open(&choice.link_to("/sign-in/external")).await;
            let page = try_password(&mut browser, &form.form_action(), PERSON, PASSWORD).await;
            let page = browser.follow(page).await;
            assert_eq!((page.status.as_u16(), page.address.as_str()), (200, path));
        }
    }

    async fn the_page_tells_what_is_known_and_is_never_kept(app: App) {
        let mut browser = at_home(&app).await;
        let page = browser.get("/account").await;
        for told in ["Élodie Lefèvre", PERSON, "elefevre@example.org", "Connexion réussie", "15 janvier 2027"] {
            assert!(page.body.contains(told), "{told} in {}", page.body);
        }
        for path in PAGES {
            assert_eq!(browser.get(path).await.header("cache-control"), "no-store", "{path}");
        }
        assert!(browser.get("/").await.body.contains("href=\"/account\""));
    }

    async fn devices_are_told_in_words_in_both_languages(app: App) {
        app.person(PERSON).await;
        let mut browser = signed_in_as(&app, FIREFOX).await;
        signed_in_as(&app, SAFARI).await;
        let page = browser.get("/account?lang=fr").await;
        assert!(page.body.contains("Firefox sur Windows") && page.body.contains("Safari sur iPhone"));
        let page = browser.get("/account?lang=en").await;
        assert!(page.body.contains("Firefox on Windows") && page.body.contains("Safari on iPhone"));
        assert!(page.body.contains("<html lang=\"en\""));
    }

    async fn a_hostile_browser_name_is_only_an_unknown_device(app: App) {
        app.person(PERSON).await;
        let mut browser = signed_in_as(&app, "<script>alert(1)</script>").await;
        let page = browser.get("/account").await;
        assert!(page.body.contains("Appareil inconnu") && !page.body.contains("alert(1)"));
    }

    async fn nothing_of_another_person_is_shown(app: App) {
        let mut browser = at_home(&app).await;
        app.person("jdupont").await;
        let client = app.client("app");
        app.browser().sign_in(&client.authorization(&[]), "jdupont").await.code();
        let page = browser.get("/account").await;
        assert!(!page.body.contains("jdupont"));
        assert_eq!(page.body.matches("Connexion réussie").count(), 1);
        assert!(closable(&page).is_empty());
    }

    async fn a_disabled_person_sees_the_sign_in(app: App) {
        let account = app.person(PERSON).await;
        let mut browser = crate::signin::signed_in(&app, PERSON).await;
        let session = browser.get("/account").await.hidden("session");
        app.disable(&account).await;
        for path in PAGES {
            let location = browser.get(path).await.location().unwrap();
            assert!(location.starts_with("/sign-in?journey="), "{path}: {location}");
        }
        let page = browser.post("/account/sessions/end-all", &[("session", &session)]).await;
        assert!(page.location().unwrap().starts_with("/sign-in?journey="));
    }

    async fn what_was_done_is_one_of_a_few_words(app: App) {
        let mut browser = at_home(&app).await;
        let plain = browser.get("/account").await;
        assert!(!plain.body.contains("account-done"));
        for word in ["", "nonsense", "<b>", "Appelez le 0 899"] {
            let address = guichet::kit::parameters::with_query("/account", &[("done", word)]);
            let page = browser.get(&address).await;
            assert!(!page.body.contains("id=\"account-done\"") && !page.body.contains("0 899</p>"), "{word}");
        }
        assert!(browser.get("/account?done=session").await.body.contains("La session est fermée."));
    }

    async fn forms_of_other_sites_and_of_other_sessions_change_nothing(app: App) {
        let mut browser = at_home(&app).await;
        let stale = browser.get("/account").await.hidden("session");
        let asked = browser.get("/logout").await;
        browser.post(&asked.form_action(), &[("decision", &asked.hidden("decision"))]).await;
        let actions = [
            "/account/password", "/account/mail-address", "/account/mail-address/send-again",
            "/account/sessions/end", "/account/sessions/end-others", "/account/sessions/end-all",
            "/account/consents/withdraw",
        ];
        let fields = [("current-password", PASSWORD), ("new-password", "Another-Horse-8!x"), ("email", "x@y.fr")];
        for action in actions {
            let page = browser.post(action, &[&[("session", stale.as_str())], &fields[..]].concat()).await;
            assert!(page.location().unwrap().starts_with("/sign-in?journey="), "{action} after a sign-out");
        }
        let mut browser = crate::signin::signed_in(&app, PERSON).await;
        for action in actions {
            let page = browser.post(action, &[&[("session", stale.as_str())], &fields[..]].concat()).await;
            assert_done(&page, "stale");
        }
        let fresh = browser.get("/account").await.hidden("session");
        browser.headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        for action in actions {
            let page = browser.post(action, &[&[("session", fresh.as_str())], &fields[..]].concat()).await;
            assert_eq!(page.status, 403, "{action}");
        }
        browser.headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
        assert!(crate::signin::is_signed_in(&browser).await);
        let again = crate::signin::signed_in(&app, PERSON).await;
        assert!(crate::signin::is_signed_in(&again).await, "the password is the same");
    }

    async fn federated_people_are_told_where_things_are_changed(app: App) {
        let (app, upstream) = upstream_door::with_arena(&app).await;
        upstream_door::vouch_for(&upstream, "person-1", "Élodie");
        let mut browser = app.browser();
        upstream_door::sign_in(&app, &mut browser, &upstream, &[]).await.code();
        let page = browser.get("/account").await;
        for told in ["Par ARENA", "Élodie Lefèvre", "shared@ac-test.example", "https://aida.example/"] {
            assert!(page.body.contains(told), "{told} in {}", page.body);
        }
        for absent in ["href=\"/account/password\"", "href=\"/account/mail-address\"", "convocation"] {
            assert!(!page.body.contains(absent), "{absent}");
        }
        let session = page.hidden("session");
        let form = [("session", session.as_str()), ("current-password", ""), ("email", "x@y.fr"), ("new-password", PASSWORD)];
        for (path, place) in [("/account/password", "password"), ("/account/mail-address", "mail-address")] {
            let there = Some(format!("/account#{place}"));
            assert_eq!(browser.get(path).await.location(), there);
            assert_eq!(browser.post(path, &form).await.location(), there);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM password").await, 0);
        // Sessions are theirs to end, as anybody's.
        let page = send(&mut browser, "/account", "/account/sessions/end-all", &[]).await;
        assert_eq!(page.location().as_deref(), Some("/account/closed"));
        assert!(!is_signed_in(&browser).await);
    }

    async fn password_managers_find_the_page(app: App) {
        let mut browser = at_home(&app).await;
        let page = browser.open("/.well-known/change-password").await;
        assert_eq!((page.status.as_u16(), page.address.as_str()), (200, "/account/password"));
        assert!(page.body.contains("id=\"current-password\"") && page.body.contains("id=\"new-password\""));
    }

    async fn a_repeated_or_garbled_field_is_refused(app: App) {
        let mut browser = at_home(&app).await;
        let twice = [("sid", "a"), ("sid", "b")];
        assert_eq!(send(&mut browser, "/account", "/account/sessions/end", &twice).await.status, 400);
        let garbled = [("sid", "a\0b")];
        assert_eq!(send(&mut browser, "/account", "/account/sessions/end", &garbled).await.status, 400);
    }
}
