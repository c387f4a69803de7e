//! The letter's password: right, and worth nothing until it is replaced.

use futures_util::future::join_all;

use super::{
    PROOF_COOKIE, assert_grants_nothing, at_the_form, is_signed_in, is_signed_in_silently, signed_in,
    try_password,
};
use crate::on_both_engines;
use crate::support::app::{PASSWORD, SEASON};
use crate::support::browser::Page;
use crate::support::{App, Browser};

const CHOSEN: &str = "My-Own-Secret-7";

/// A browser that has just proved a temporary password, and where its new password goes.
async fn at_the_new_password(app: &App, identifier: &str, printed: &str) -> (Browser, String) {
    let (mut browser, action) = at_the_form(app).await;
    let page = try_password(&mut browser, &action, identifier, printed).await;
    assert_grants_nothing(&page);
    let page = browser.follow(page).await;
    assert!(page.address.starts_with("/first-sign-in?journey="), "{}: {}", page.address, page.body);
    assert_eq!(page.status, 200);
    let action = page.form_action();
    (browser, action)
}

async fn choose(browser: &mut Browser, action: &str, password: &str) -> Page {
    browser.post(action, &[("new-password", password)]).await
}

/// Asserts that a browser was sent back to the beginning of its sign-in.
fn assert_sent_back(page: &Page) {
    assert_grants_nothing(page);
    assert_eq!(page.status, 303, "{}", page.body);
    let location = page.location().unwrap();
    assert!(location.starts_with("/sign-in?journey="), "{location}");
}

on_both_engines! {
    async fn a_temporary_password_is_replaced_and_the_person_goes_on(app: App) {
        let (account, printed) = app.newcomer("newcomer").await;
        let (mut browser, action) = at_the_new_password(&app, "newcomer", &printed).await;
        let page = choose(&mut browser, &action, CHOSEN).await;
        assert!(!browser.cookies.contains_key(PROOF_COOKIE));
        let there = browser.follow(page).await;
        let client = app.client("app");
        let tokens = client.redeem(&there).await;
        assert_eq!(client.userinfo(&tokens.text("access_token")).await.json["sub"], account.id.as_str());

        let (mut browser, action) = at_the_form(&app).await;
        let again = try_password(&mut browser, &action, "newcomer", &printed).await;
        assert_eq!(again.status, 422, "the letter's password is used once");
        let page = try_password(&mut browser, &action, "newcomer", CHOSEN).await;
        browser.follow(page).await.code();
    }

    async fn a_temporary_password_alone_gets_no_code_by_any_path(app: App) {
        let (_, printed) = app.newcomer("newcomer").await;
        let client = app.client("app");
        let (mut browser, action) = at_the_new_password(&app, "newcomer", &printed).await;
        let (_, journey) = action.split_once('?').unwrap();
        let resume = format!("/authorize/resume?{journey}");
        for address in [
            client.authorization(&[]),
            client.authorization(&[("prompt", "login")]),
            client.authorization(&[("max_age", "0")]),
            client.authorization(&[("login_hint", "newcomer"), ("idp_hint", "external")]),
            resume.clone(),
            format!("/consent?{journey}"),
            "/".to_owned(),
        ] {
            let page = browser.open(&address).await;
            assert_grants_nothing(&page);
            assert!(!page.status.is_redirection(), "{address} led to {:?}", page.location());
        }
        assert!(!is_signed_in(&browser).await);
        assert!(!is_signed_in_silently(&app, &browser).await);
        let posted = browser.post(&resume, &[("new-password", CHOSEN)]).await;
        assert_grants_nothing(&posted);
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM oauth_grant").await, 0);
    }

    async fn the_page_is_nothing_without_its_proof(app: App) {
        let (_, printed) = app.newcomer("newcomer").await;
        let (mut without, action) = at_the_form(&app).await;
        let address = action.replace("/sign-in/external", "/first-sign-in");
        assert_sent_back(&without.get(&address).await);
        assert_sent_back(&choose(&mut without, &address, CHOSEN).await);
        for forged in ["", "x", &"A".repeat(300)] {
            without.cookies.insert(PROOF_COOKIE.into(), forged.to_owned());
            assert_sent_back(&choose(&mut without, &address, CHOSEN).await);
        }
        // A sealed journey is no proof, though sealed by the same key and for the same browser.
        let (_, journey) = address.split_once("journey=").unwrap();
        without.cookies.insert(PROOF_COOKIE.into(), journey.to_owned());
        assert_sent_back(&choose(&mut without, &address, CHOSEN).await);

        let (browser, action) = at_the_new_password(&app, "newcomer", &printed).await;
        let mut no_journey = browser.clone();
        assert_eq!(no_journey.get("/first-sign-in").await.location().as_deref(), Some("/sign-in"));
        assert_grants_nothing(&choose(&mut no_journey, "/first-sign-in", CHOSEN).await);
        let mut still_good = browser;
        assert_eq!(choose(&mut still_good, &action, CHOSEN).await.status, 303);
    }

    async fn the_proof_counts_in_the_browser_that_gave_it(app: App) {
        let (_, printed) = app.newcomer("newcomer").await;
        let (proven, action) = at_the_new_password(&app, "newcomer", &printed).await;
        let proof = &proven.cookies[PROOF_COOKIE];

        let (mut thief, form) = at_the_form(&app).await;
        thief.cookies.insert(PROOF_COOKIE.into(), proof.clone());
        assert_sent_back(&choose(&mut thief, &form.replace("/sign-in/external", "/first-sign-in"), CHOSEN).await);
        let there = choose(&mut thief, &action, CHOSEN).await;
        assert_eq!(there.status, 400, "another browser's journey");
        assert_grants_nothing(&there);
    }

    async fn the_proof_is_worth_an_hour(app: App) {
        let (_, printed) = app.newcomer("newcomer").await;
        let (browser, action) = at_the_new_password(&app, "newcomer", &printed).await;
        app.wait(59 * 60);
        assert_eq!(browser.clone().get(&action).await.status, 200);
        app.wait(2 * 60);
        // A browser that keeps a cookie beyond its life.
        let mut late = browser.clone();
        assert_sent_back(&late.get(&action).await);
        assert_sent_back(&choose(&mut late, &action, CHOSEN).await);
        // The journey goes on: the letter's password is asked for again, and works.
        let back = late.get(&action).await;
        let choice = late.follow(back).await;
        let form = late.open(&choice.link_to("/sign-in/external")).await;
        let page = try_password(&mut late, &form.form_action(), "newcomer", &printed).await;
        let page = late.follow(page).await;
        let page = choose(&mut late, &page.form_action(), CHOSEN).await;
        late.follow(page).await.code();
    }

    async fn a_used_proof_changes_nothing_more(app: App) {
        let (_, printed) = app.newcomer("newcomer").await;
        let (before, action) = at_the_new_password(&app, "newcomer", &printed).await;
        let mut browser = before.clone();
        assert_eq!(choose(&mut browser, &action, CHOSEN).await.status, 303);
        let mut replayed = before;
        assert_sent_back(&choose(&mut replayed, &action, "Another-Secret-8").await);
        let (mut browser, form) = at_the_form(&app).await;
        assert_eq!(try_password(&mut browser, &form, "newcomer", "Another-Secret-8").await.status, 422);
        assert_eq!(try_password(&mut browser, &form, "newcomer", CHOSEN).await.status, 303);
    }

    async fn of_racing_replacements_one_wins(app: App) {
        let (_, printed) = app.newcomer("newcomer").await;
        let mut racers = Vec::new();
        for number in 0..4 {
            let (browser, action) = at_the_new_password(&app, "newcomer", &printed).await;
            racers.push((browser, action, format!("{CHOSEN}{number}")));
        }
        let outcomes = join_all(racers.iter_mut().map(|(browser, action, password)| async {
            let page = choose(browser, action, password).await;
            page.location().unwrap().starts_with("/authorize/resume")
        }))
        .await;
        assert_eq!(outcomes.iter().filter(|won| **won).count(), 1, "{outcomes:?}");
        for ((.., password), won) in racers.iter().zip(outcomes) {
            let (mut browser, form) = at_the_form(&app).await;
            let page = try_password(&mut browser, &form, "newcomer", password).await;
            assert_eq!(page.status == 303, won);
        }
    }

    async fn every_unfit_password_is_explained_and_changes_nothing(app: App) {
        let (_, printed) = app.newcomer("newcomer").await;
        let (mut browser, action) = at_the_new_password(&app, "newcomer", &printed).await;
        let retyped = printed.to_lowercase().replace('-', " ");
        let too_long = "Aé1-".repeat(65);
        for (unfit, said) in [
            ("", "Saisissez"),
            ("Sh0rt-pass.", "trop court"),
            (too_long.as_str(), "trop long"),
            ("alllowercase1", "deviner"),
            ("aaaaaaaaaaaaaaaaaaaaaaaaa", "deviner"),
            (printed.as_str(), "convocation"),
            (retyped.as_str(), "convocation"),
            ("My-Newcomer-Pass-1", "identifiant"),
        ] {
            let page = choose(&mut browser, &action, unfit).await;
            assert_eq!(page.status, 422, "{unfit}");
            assert_grants_nothing(&page);
            let alert = page.body.split("id=\"new-password-error\"").nth(1).expect("an alert");
            let alert = alert.split("</div>").next().unwrap();
            assert!(alert.contains(said), "{unfit}: {alert}");
            assert!(unfit.is_empty() || !page.body.contains(unfit), "a password is never sent back");
        }
        let page = choose(&mut browser, &action, CHOSEN).await;
        browser.follow(page).await.code();
    }

    async fn a_long_phrase_needs_no_mixture(app: App) {
        let (_, printed) = app.newcomer("newcomer").await;
        let (mut browser, action) = at_the_new_password(&app, "newcomer", &printed).await;
        let page = choose(&mut browser, &action, "cheval pile agrafe correcte").await;
        browser.follow(page).await.code();
    }

    async fn a_temporary_password_is_read_as_people_type_it(app: App) {
        let (_, printed) = app.newcomer("newcomer").await;
        let dashed = printed.replace('-', "\u{2013}");
        for typed in [
            printed.to_lowercase().replace('-', ""),
            printed.to_lowercase().replace('-', " "),
            format!(" {dashed}\t"),
        ] {
            at_the_new_password(&app, "Newcomer ", &typed).await;
        }
        let (mut browser, action) = at_the_form(&app).await;
        let last = if printed.ends_with('A') { "B" } else { "A" };
        let slip = format!("{}{last}", &printed[..printed.len() - 1]);
        assert_eq!(try_password(&mut browser, &action, "newcomer", &slip).await.status, 422);
    }

    async fn a_temporary_password_ends_with_its_season(app: App) {
        let (_, printed) = app.newcomer("newcomer").await;
        app.wait(SEASON - 60);
        let (mut early, action) = at_the_new_password(&app, "newcomer", &printed).await;
        app.wait(61);

        let (mut browser, form) = at_the_form(&app).await;
        let late = try_password(&mut browser, &form, "newcomer", &printed).await;
        assert_eq!(late.status, 422);
        assert_grants_nothing(&late);
        assert!(late.body.contains("plus valable"), "{}", late.body);
        // Whoever does not have it is told nothing of this.
        let wrong = try_password(&mut browser, &form, "newcomer", "ABCDE-FGHJK-MNPQ").await;
        assert!(!wrong.body.contains("plus valable"));
        // Proved in time: the hour to think of a password is still theirs.
        let page = choose(&mut early, &action, CHOSEN).await;
        early.follow(page).await.code();
    }

    async fn an_account_disabled_meanwhile_gets_no_password(app: App) {
        let (account, printed) = app.newcomer("newcomer").await;
        let (mut browser, action) = at_the_new_password(&app, "newcomer", &printed).await;
        app.disable(&account).await;
        assert_sent_back(&choose(&mut browser, &action, CHOSEN).await);
        app.sql("UPDATE account SET disabled_at = NULL WHERE id = $1", account.id.as_str()).await;
        at_the_new_password(&app, "newcomer", &printed).await;
    }

    async fn somebody_elses_session_ends_when_a_newcomer_signs_in_here(app: App) {
        app.person("elefevre").await;
        let (_, printed) = app.newcomer("newcomer").await;
        let mut browser = signed_in(&app, "elefevre").await;
        let asking = app.client("app").authorization(&[("prompt", "login")]);
        let form = browser.password_form(&asking).await;
        let page = try_password(&mut browser, &form.form_action(), "newcomer", &printed).await;
        assert!(is_signed_in(&browser).await, "a temporary password alone changes no session");
        let page = browser.follow(page).await;
        let page = choose(&mut browser, &page.form_action(), CHOSEN).await;
        browser.follow(page).await.code();
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session").await, 1);
        assert!(browser.get("/").await.body.contains("newcomer"));
    }

    async fn a_personal_password_proves_no_first_sign_in(app: App) {
        app.person("elefevre").await;
        let (mut browser, action) = at_the_form(&app).await;
        let page = try_password(&mut browser, &action, "elefevre", PASSWORD).await;
        assert!(!browser.cookies.contains_key(PROOF_COOKIE));
        assert!(page.location().unwrap().starts_with("/authorize/resume"));
    }
}
