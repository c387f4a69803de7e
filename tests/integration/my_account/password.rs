//! A new password for somebody who knows the present one.

use super::{PERSON, are_dead, assert_done, at_home, granted, send};
use crate::on_both_engines;
use crate::signin::{
    SESSION_COOKIE, at_the_form, is_signed_in, is_signed_in_silently, signed_in, try_password,
};
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::{App, Browser};

const PATH: &str = "/account/password";
const CHOSEN: &str = "volcan-tartine-7-Perroquet";

async fn change(browser: &mut Browser, current: &str, chosen: &str) -> Page {
    send(browser, PATH, PATH, &[("current-password", current), ("new-password", chosen)]).await
}

/// Whether a password opens a session.
async fn opens(app: &App, password: &str) -> bool {
    let (mut browser, action) = at_the_form(app).await;
    try_password(&mut browser, &action, PERSON, password).await.status == 303
}

on_both_engines! {
    async fn it_is_changed_and_all_else_ends_while_this_session_goes_on(app: App) {
        app.person(PERSON).await;
        let (mut browser, client, here) = granted(&app, "openid").await;
        let (other, _, there) = granted(&app, "openid offline_access").await;
        let before = browser.clone();
        let sid = browser.get("/account").await.hidden("session");
        let page = change(&mut browser, PASSWORD, CHOSEN).await;
        assert_done(&page, "password");
        assert_ne!(browser.cookies[SESSION_COOKIE], before.cookies[SESSION_COOKIE]);
        assert!(is_signed_in(&browser).await && is_signed_in_silently(&app, &browser).await);
        assert!(!is_signed_in(&before).await, "the old secret is worth nothing");
        assert!(!is_signed_in(&other).await && !is_signed_in_silently(&app, &other).await);
        assert!(are_dead(&client, &here).await && are_dead(&client, &there).await);
        assert!(opens(&app, CHOSEN).await && !opens(&app, PASSWORD).await);
        let page = browser.get("/account").await;
        assert_eq!(page.hidden("session"), sid, "the session keeps its name");
        assert!(page.body.contains("Changement du mot de passe"));
        // Sent again by the browser's way back: the present password is another now.
        let page = change(&mut browser, PASSWORD, CHOSEN).await;
        assert_eq!(page.status, 422);
    }

    async fn without_the_present_password_nothing_changes(app: App) {
        let mut browser = at_home(&app).await;
        for (current, told) in [("", "il manque votre mot de passe actuel"), ("Wrong-Horse-7", "n’est pas le bon")] {
            let page = change(&mut browser, current, CHOSEN).await;
            assert_eq!(page.status, 422);
            assert!(page.body.contains(told) && !page.body.contains(CHOSEN), "{}", page.body);
        }
        assert_eq!(change(&mut browser, &"x".repeat(300), CHOSEN).await.status, 422);
        assert!(opens(&app, PASSWORD).await && !opens(&app, CHOSEN).await);
        assert!(is_signed_in(&browser).await);
    }

    async fn wrong_present_passwords_are_throttled_like_sign_ins(app: App) {
        let mut browser = at_home(&app).await;
        for _ in 0..5 {
            assert_eq!(change(&mut browser, "Wrong-Horse-7", CHOSEN).await.status, 422);
        }
        let page = change(&mut browser, PASSWORD, CHOSEN).await;
        assert!(page.status == 422 && page.body.contains("trop d’essais"), "{}", page.body);
        let address = [("current-password", PASSWORD), ("decision", "remove")];
        let page = send(&mut browser, "/account/mail-address", "/account/mail-address", &address).await;
        assert!(page.body.contains("trop d’essais"), "one count for every place");
        app.wait(120);
        assert_done(&change(&mut browser, PASSWORD, CHOSEN).await, "password");
    }

    async fn a_weak_or_known_password_is_refused_with_its_advice(app: App) {
        let mut browser = at_home(&app).await;
        for weak in ["", "court", "elefevre-elefevre-1A", PASSWORD, &"a".repeat(400)] {
            let page = change(&mut browser, PASSWORD, weak).await;
            assert_eq!(page.status, 422, "{weak}");
            assert!(page.body.contains("id=\"new-password-error\""), "{weak}");
        }
        assert!(is_signed_in(&browser).await && opens(&app, PASSWORD).await);
    }

    async fn of_two_sessions_that_change_it_one_wins(app: App) {
        let mut one = at_home(&app).await;
        let mut two = signed_in(&app, PERSON).await;
        let other = format!("{CHOSEN}-2");
        let (first, second) = tokio::join!(change(&mut one, PASSWORD, CHOSEN), async {
            let shown = two.get(PATH).await;
            if shown.status != 200 {
                return shown;
            }
            let session = shown.hidden("session");
            let form = [("session", session.as_str()), ("current-password", PASSWORD), ("new-password", &other)];
            two.post(PATH, &form).await
        });
        let won = |page: &Page| page.location().as_deref() == Some("/account?done=password");
        assert!(won(&first) || won(&second));
        assert!(!(won(&first) && won(&second)), "only one of them");
        assert_ne!(opens(&app, CHOSEN).await, opens(&app, &other).await);
        assert_ne!(is_signed_in(&one).await, is_signed_in(&two).await);
    }

    async fn the_browser_in_which_it_was_changed_stays_known_and_no_other(app: App) {
        let mut own = at_home(&app).await;
        let other = signed_in(&app, PERSON).await;
        assert_done(&change(&mut own, PASSWORD, CHOSEN).await, "password");
        let (stranger, action) = at_the_form(&app).await;
        for _ in 0..5 {
            try_password(&mut stranger.clone(), &action, PERSON, "Wrong-Horse-7").await;
        }
        for (browser, status) in [(&own, 303), (&other, 429)] {
            let known = browser.cookies.iter().filter(|(name, _)| name.contains("known"));
            let mut returning = stranger.clone();
            returning.cookies.extend(known.map(|(name, value)| (name.clone(), value.clone())));
            assert_eq!(try_password(&mut returning, &action, PERSON, CHOSEN).await.status, status);
        }
    }
}
