//! Sessions ended by their person.

use super::{FIREFOX, PERSON, SAFARI, are_dead, assert_done, at_home, closable, granted, send, signed_in_as};
use crate::on_both_engines;
use crate::signin::{SESSION_COOKIE, is_signed_in, is_signed_in_silently, signed_in};

on_both_engines! {
    async fn one_session_is_ended_everywhere_at_once_with_what_was_granted_in_it(app: App) {
        let mut browser = at_home(&app).await;
        let (other, client, tokens) = granted(&app, "openid").await;
        let (third, _, kept) = granted(&app, "openid").await;
        let node = app.another_node().await;
        let shown = browser.get("/account").await;
        assert_eq!(closable(&shown).len(), 2);
        let sid = other.clone().get("/account").await.hidden("session");
        assert!(closable(&shown).contains(&sid));
        let page = send(&mut browser, "/account", "/account/sessions/end", &[("sid", &sid)]).await;
        assert_done(&page, "session");
        assert!(!is_signed_in(&other).await && !is_signed_in(&other.at(&node)).await);
        assert!(!is_signed_in_silently(&app, &other).await);
        assert!(are_dead(&client, &tokens).await);
        assert!(is_signed_in(&browser).await && is_signed_in(&third).await);
        assert!(!are_dead(&client, &kept).await);
        let page = browser.get("/account").await;
        assert!(page.body.contains("Fermeture d’une session"));
        // The same click again, from a page left open.
        let page = send(&mut browser, "/account", "/account/sessions/end", &[("sid", &sid)]).await;
        assert_done(&page, "nothing");
    }

    async fn nobody_ends_the_session_of_another_person(app: App) {
        let mut browser = at_home(&app).await;
        app.person("jdupont").await;
        let theirs = signed_in(&app, "jdupont").await;
        let sid = theirs.clone().get("/account").await.hidden("session");
        for worthless in [sid.as_str(), "", "x", "%", &theirs.cookies[SESSION_COOKIE]] {
            let page = send(&mut browser, "/account", "/account/sessions/end", &[("sid", worthless)]).await;
            assert_done(&page, "nothing");
        }
        for action in ["/account/sessions/end-others", "/account/sessions/end-all"] {
            send(&mut browser, "/account", action, &[]).await;
            browser = signed_in(&app, PERSON).await;
        }
        assert!(is_signed_in(&theirs).await);
        // Nor by a form that was shown to the other.
        let mut browser = signed_in(&app, PERSON).await;
        let page = browser.post("/account/sessions/end-all", &[("session", &sid)]).await;
        assert_done(&page, "stale");
        assert!(is_signed_in(&browser).await && is_signed_in(&theirs).await);
    }

    async fn all_others_are_ended_and_this_one_goes_on(app: App) {
        app.person(PERSON).await;
        let (mut browser, client, kept) = granted(&app, "openid").await;
        let (other, _, tokens) = granted(&app, "openid").await;
        let third = signed_in_as(&app, SAFARI).await;
        let page = send(&mut browser, "/account", "/account/sessions/end-others", &[]).await;
        assert_done(&page, "others");
        assert!(!is_signed_in(&other).await && !is_signed_in(&third).await);
        assert!(are_dead(&client, &tokens).await);
        assert!(is_signed_in(&browser).await && !are_dead(&client, &kept).await);
        let page = browser.get("/account").await;
        assert!(page.body.contains("Fermeture de toutes les autres sessions") && closable(&page).is_empty());
        let page = send(&mut browser, "/account", "/account/sessions/end-others", &[]).await;
        assert_done(&page, "nothing");
    }

    async fn everything_ends_with_grants_that_outlive_sessions(app: App) {
        app.person(PERSON).await;
        let (mut browser, client, offline) = granted(&app, "openid offline_access").await;
        let (other, _, tokens) = granted(&app, "openid").await;
        let waiting = other.clone().get(&client.authorization(&[("prompt", "none")])).await;
        let node = app.another_node().await;
        let page = send(&mut browser, "/account", "/account/sessions/end-all", &[]).await;
        assert_eq!(page.location().as_deref(), Some("/account/closed"));
        assert!(!browser.cookies.contains_key(SESSION_COOKIE));
        let page = browser.follow(page).await;
        assert!(page.status == 200 && page.body.contains("Tout est fermé"), "{}", page.body);
        for ended in [&browser, &other, &other.at(&node)] {
            assert!(!is_signed_in(ended).await);
        }
        assert!(are_dead(&client, &offline).await && are_dead(&client, &tokens).await);
        assert_eq!(client.redeem(&waiting).await.text("error"), "invalid_grant");
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session").await, 0);
        let mut again = signed_in(&app, PERSON).await;
        assert!(again.get("/account").await.body.contains("Fermeture de toutes les sessions"));
        assert_eq!(again.get("/account/closed").await.location().as_deref(), Some("/account"));
    }

    async fn sessions_that_are_over_are_not_listed(app: App) {
        app.person(PERSON).await;
        signed_in_as(&app, SAFARI).await;
        app.wait(app.settings.sessions.idle.as_secs());
        let mut browser = signed_in_as(&app, FIREFOX).await;
        let page = browser.get("/account").await;
        assert!(page.body.contains("Firefox sur Windows") && !page.body.contains("Safari"), "{}", page.body);
    }

    async fn each_button_says_which_session_it_ends(app: App) {
        let mut browser = at_home(&app).await;
        signed_in_as(&app, SAFARI).await;
        signed_in_as(&app, FIREFOX).await;
        let page = browser.get("/account").await;
        for device in ["de Safari sur iPhone, ouverte le", "de Firefox sur Windows, ouverte le"] {
            assert_eq!(page.body.matches(device).count(), 1, "{device}");
        }
    }
}
