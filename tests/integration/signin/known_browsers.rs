//! Browsers in which somebody signed in before: each has a count of its own, which no stranger touches.

use guichet::kit::locale::Locale;
use guichet::kit::secrets::Secret;

use super::throttling::{DAY, KNOWN_BROWSER_COOKIE, WRONG, fail_freely, seconds};
use super::{at_the_form, signed_in, try_password};
use crate::on_both_engines;
use crate::support::Browser;
use crate::support::app::PASSWORD;

on_both_engines! {
    async fn a_stranger_cannot_keep_a_person_out_of_their_own_browser(app: App) {
        app.person("elefevre").await;
        app.person("pleroux").await;
        let mut own = signed_in(&app, "elefevre").await;
        let cookie = own.cookies.get(KNOWN_BROWSER_COOKIE).cloned().expect("the browser is known");
        assert!(!cookie.contains("elefevre"));
        own.open("/logout").await;
        let (stranger, action) = at_the_form(&app).await;
        fail_freely(&stranger, &action, "elefevre").await;
        seconds(&try_password(&mut stranger.clone(), &action, "elefevre", PASSWORD).await);

        let mut returning = stranger.clone();
        returning.cookies.insert(KNOWN_BROWSER_COOKIE.to_owned(), cookie.clone());
        let page = try_password(&mut returning, &action, "elefevre", PASSWORD).await;
        returning.follow(page).await.code();

        // It is known for that person alone, and no better than any other place to guess.
        let mut guessing = stranger.clone();
        guessing.cookies.insert(KNOWN_BROWSER_COOKIE.to_owned(), cookie);
        fail_freely(&guessing, &action, "elefevre").await;
        seconds(&try_password(&mut guessing.clone(), &action, "elefevre", PASSWORD).await);
        fail_freely(&stranger, &action, "pleroux").await;
        seconds(&try_password(&mut guessing.clone(), &action, "pleroux", PASSWORD).await);
    }

    async fn browsers_known_with_a_former_password_are_strangers(app: App) {
        let account = app.person("elefevre").await;
        let mut cookies = Vec::new();
        for _ in 0..3 {
            cookies.push(signed_in(&app, "elefevre").await.cookies[KNOWN_BROWSER_COOKIE].clone());
        }
        let (current, chosen) = (Secret::new(PASSWORD), Secret::new("volcan-tartine-7-Perroquet"));
        app.accounts.change_password(&account.id, &current, &chosen, Locale::Fr).await.expect("changed");
        let (stranger, action) = at_the_form(&app).await;
        let (mut looked_at, mut refused) = (0, 0);
        for cookie in cookies.iter().cycle().take(9) {
            let mut former = stranger.clone();
            former.cookies.insert(KNOWN_BROWSER_COOKIE.to_owned(), cookie.clone());
            match try_password(&mut former, &action, "elefevre", WRONG).await.status.as_u16() {
                422 => looked_at += 1,
                429 => refused += 1,
                other => panic!("{other}"),
            }
        }
        assert_eq!((looked_at, refused), (5, 4), "as many guesses as anybody has");
    }

    async fn a_made_up_or_old_acquaintance_counts_for_nothing(app: App) {
        app.person("elefevre").await;
        let own = signed_in(&app, "elefevre").await;
        let cookie = own.cookies[KNOWN_BROWSER_COOKIE].clone();
        let (stranger, action) = at_the_form(&app).await;
        fail_freely(&stranger, &action, "elefevre").await;
        for forged in ["", "x", &cookie[..cookie.len() - 1], &format!("{cookie}A"), &own.cookies["__Host-guichet-browser"]] {
            let mut browser = stranger.clone();
            browser.cookies.insert(KNOWN_BROWSER_COOKIE.to_owned(), forged.to_owned());
            seconds(&try_password(&mut browser, &action, "elefevre", PASSWORD).await);
        }
        app.wait(366 * DAY);
        let (mut returning, action) = at_the_form(&app).await;
        fail_freely(&returning, &action, "elefevre").await;
        returning.cookies.insert(KNOWN_BROWSER_COOKIE.to_owned(), cookie);
        seconds(&try_password(&mut returning, &action, "elefevre", PASSWORD).await);
    }

    async fn every_known_browser_has_a_count_of_its_own(app: App) {
        app.person("elefevre").await;
        let (browser, action) = at_the_form(&app).await;
        for _ in 0..48 {
            let own = signed_in(&app, "elefevre").await;
            let mut known = browser.clone();
            known.cookies.insert(KNOWN_BROWSER_COOKIE.to_owned(), own.cookies[KNOWN_BROWSER_COOKIE].clone());
            assert_eq!(try_password(&mut known, &action, "elefevre", WRONG).await.status, 422);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM throttle").await, 48);
        assert_eq!(app.count("SELECT MAX(failures) FROM throttle").await, 1);
    }

    async fn a_browser_keeps_its_count_when_its_person_signs_in_there_again(app: App) {
        app.person("elefevre").await;
        app.person("jdupont").await;
        let (browser, action) = at_the_form(&app).await;
        let mut known = browser.clone();
        let cookie = |browser: &Browser| browser.cookies[KNOWN_BROWSER_COOKIE].clone();
        let first = cookie(&signed_in(&app, "elefevre").await);
        known.cookies.insert(KNOWN_BROWSER_COOKIE.to_owned(), first.clone());
        // Somebody else comes between, in the same browser.
        for identifier in ["elefevre", "jdupont", "elefevre"] {
            let mut again = browser.clone();
            again.cookies.insert(KNOWN_BROWSER_COOKIE.to_owned(), cookie(&known));
            assert_eq!(try_password(&mut again, &action, identifier, PASSWORD).await.status, 303);
            assert_ne!(cookie(&again), cookie(&known));
            known.cookies.insert(KNOWN_BROWSER_COOKIE.to_owned(), cookie(&again));
        }
        for number in 0..5 {
            let value = if number % 2 == 0 { first.clone() } else { cookie(&known) };
            let mut copy = browser.clone();
            copy.cookies.insert(KNOWN_BROWSER_COOKIE.to_owned(), value);
            assert_eq!(try_password(&mut copy, &action, "elefevre", WRONG).await.status, 422);
        }
        assert_eq!(try_password(&mut known.clone(), &action, "elefevre", PASSWORD).await.status, 429);
        assert_eq!(try_password(&mut known, &action, "jdupont", PASSWORD).await.status, 303, "each has a count");
    }
}
