//! Guesses, slowed down: at every node, in every spelling, whoever exists.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::{assert_grants_nothing, at_the_form, is_signed_in, signed_in, try_password};
use crate::on_both_engines;
use crate::support::Browser;
use crate::support::app::PASSWORD;
use crate::support::browser::Page;

pub const WRONG: &str = "Wrong-Horse-7";
pub const KNOWN_BROWSER_COOKIE: &str = "__Host-guichet-known-browser";
pub const DAY: u64 = 86_400;
/// Longer than an answer takes, and shorter than anybody waits for a connection.
const MOMENT: Duration = Duration::from_secs(1);

pub fn seconds(page: &Page) -> u64 {
    assert_eq!(page.status, 429, "{}", page.body);
    assert_grants_nothing(page);
    page.header("retry-after").parse().expect("seconds")
}

/// Fails five times, which is free.
pub async fn fail_freely(browser: &Browser, action: &str, username: &str) {
    for _ in 0..5 {
        let page = try_password(&mut browser.clone(), action, username, WRONG).await;
        assert_eq!(page.status, 422, "{}", page.body);
    }
}

on_both_engines! {
    async fn after_five_failures_the_right_password_is_not_looked_at_either(app: App) {
        app.person("elefevre").await;
        let (browser, action) = at_the_form(&app).await;
        fail_freely(&browser, &action, "elefevre").await;
        let before = app.accounts.passwords_hashed();
        let page = try_password(&mut browser.clone(), &action, "elefevre", PASSWORD).await;
        assert_eq!(seconds(&page), 61);
        assert_eq!(page.form_action(), action, "the page lets them try again");
        app.wait(60);
        let page = try_password(&mut browser.clone(), &action, "elefevre", PASSWORD).await;
        assert_eq!(seconds(&page), 1);
        assert_eq!(app.accounts.passwords_hashed(), before, "nothing was hashed");
        app.wait(1);
        let mut browser = browser;
        let page = try_password(&mut browser, &action, "elefevre", PASSWORD).await;
        browser.follow(page).await.code();
    }

    async fn all_spellings_of_an_identifier_share_its_failures(app: App) {
        app.person("Élodie.Lefèvre").await;
        let (browser, action) = at_the_form(&app).await;
        let spellings = ["Élodie.Lefèvre", " élodie.lefèvre ", "ÉLODIE.LEFÈVRE\t", "E\u{301}lodie.Lefe\u{300}vre"];
        for spelling in spellings.iter().chain(&spellings[..1]) {
            try_password(&mut browser.clone(), &action, spelling, WRONG).await;
        }
        for spelling in spellings {
            seconds(&try_password(&mut browser.clone(), &action, spelling, PASSWORD).await);
        }
    }

    async fn waits_grow_to_an_hour_and_more_and_end(app: App) {
        app.person("elefevre").await;
        let (browser, action) = at_the_form(&app).await;
        fail_freely(&browser, &action, "elefevre").await;
        app.wait(61);
        let mut waits = Vec::new();
        for _ in 0..8 {
            let page = try_password(&mut browser.clone(), &action, "elefevre", WRONG).await;
            assert_eq!(page.status, 422);
            let wait = seconds(&try_password(&mut browser.clone(), &action, "elefevre", WRONG).await);
            waits.push(wait);
            app.wait(wait);
        }
        assert_eq!(waits, [121, 241, 481, 901, 1_801, 3_601, 6_001, 6_001]);
        let mut browser = browser;
        let page = try_password(&mut browser, &action, "elefevre", PASSWORD).await;
        browser.follow(page).await.code();
        // All forgotten.
        let (other, action) = at_the_form(&app).await;
        fail_freely(&other, &action, "elefevre").await;
    }

    async fn a_wait_that_is_not_waited_for_does_not_grow(app: App) {
        let (browser, action) = at_the_form(&app).await;
        fail_freely(&browser, &action, "nobody").await;
        for _ in 0..20 {
            seconds(&try_password(&mut browser.clone(), &action, "nobody", WRONG).await);
        }
        app.wait(61);
        assert_eq!(try_password(&mut browser.clone(), &action, "nobody", WRONG).await.status, 422);
    }

    async fn a_day_without_an_attempt_forgets_all(app: App) {
        let (browser, action) = at_the_form(&app).await;
        fail_freely(&browser, &action, "nobody").await;
        app.wait(61);
        assert_eq!(try_password(&mut browser.clone(), &action, "nobody", WRONG).await.status, 422);
        app.wait(DAY);
        let (browser, action) = at_the_form(&app).await;
        fail_freely(&browser, &action, "nobody").await;
    }

    async fn a_day_holds_25_failures_whatever_succeeds_between_them(app: App) {
        app.person("elefevre").await;
        let (stranger, action) = at_the_form(&app).await;
        for _ in 0..6 {
            for _ in 0..4 {
                let page = try_password(&mut stranger.clone(), &action, "elefevre", WRONG).await;
                assert_eq!(page.status, 422);
            }
            signed_in(&app, "elefevre").await;
        }
        let page = try_password(&mut stranger.clone(), &action, "elefevre", WRONG).await;
        assert_eq!(page.status, 422);
        app.wait(100);
        let page = try_password(&mut stranger.clone(), &action, "elefevre", PASSWORD).await;
        assert_eq!(seconds(&page), DAY - 100);
        app.wait(DAY - 100);
        signed_in(&app, "elefevre").await;
    }

    async fn of_fifty_guesses_at_once_on_two_nodes_five_are_looked_at(app: App) {
        app.person("elefevre").await;
        let nodes = [app.clone(), app.another_node().await];
        let (browser, action) = at_the_form(&app).await;
        let hashed = || nodes.iter().map(|node| node.accounts.passwords_hashed()).sum::<u64>();
        let before = hashed();
        let guesses = (0..50).map(|number| {
            let mut browser = browser.at(&nodes[number % 2]);
            let action = &action;
            async move { try_password(&mut browser, action, "elefevre", WRONG).await.status.as_u16() }
        });
        let statuses = join_all(guesses).await;
        assert_eq!(hashed() - before, 5, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 5, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 45, "{statuses:?}");
    }

    async fn a_network_has_so_many_failures_an_hour(app: App) {
        app.person("elefevre").await;
        let app = app.restarted_with(|settings| settings.throttling.network_per_hour = 10).await;
        let own = signed_in(&app, "elefevre").await;
        let (browser, action) = at_the_form(&app).await;
        for number in 0..10 {
            let username = format!("nobody{number}");
            assert_eq!(try_password(&mut browser.clone(), &action, &username, WRONG).await.status, 422);
        }
        app.wait(600);
        let page = try_password(&mut browser.clone(), &action, "elefevre", PASSWORD).await;
        assert_eq!(seconds(&page), 3_000);
        // Other networks and known browsers are not concerned.
        let mut elsewhere = browser.clone();
        elsewhere.address = Some("2001:db8::1".parse().unwrap());
        let page = try_password(&mut elsewhere, &action, "elefevre", PASSWORD).await;
        elsewhere.follow(page).await.code();
        let mut known = browser.clone();
        known.cookies.insert(KNOWN_BROWSER_COOKIE.to_owned(), own.cookies[KNOWN_BROWSER_COOKIE].clone());
        let page = try_password(&mut known, &action, "elefevre", PASSWORD).await;
        known.follow(page).await.code();
        app.wait(3_000);
        let (mut browser, action) = at_the_form(&app).await;
        let page = try_password(&mut browser, &action, "elefevre", PASSWORD).await;
        browser.follow(page).await.code();
    }

    async fn successes_are_not_held_against_a_network(app: App) {
        let app = app.restarted_with(|settings| settings.throttling.network_per_hour = 10).await;
        app.person("elefevre").await;
        for _ in 0..12 {
            signed_in(&app, "elefevre").await;
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM throttle").await, 0, "nothing is left of them");
    }

    async fn whoever_signs_in_meanwhile_forgives_a_network_nothing(app: App) {
        app.person("elefevre").await;
        let app = app.restarted_with(|settings| settings.throttling.network_per_hour = 10).await;
        let (browser, action) = at_the_form(&app).await;
        for number in 0..10 {
            signed_in(&app, "elefevre").await;
            let username = format!("nobody{number}");
            assert_eq!(try_password(&mut browser.clone(), &action, &username, WRONG).await.status, 422);
        }
        assert_eq!(try_password(&mut browser.clone(), &action, "somebody", WRONG).await.status, 429);
    }

    async fn the_addresses_of_one_network_count_together(app: App) {
        let app = app.restarted_with(|settings| settings.throttling.network_per_hour = 10).await;
        let (browser, action) = at_the_form(&app).await;
        let from = async |address: &str, username: &str| {
            let mut browser = browser.clone();
            browser.address = Some(address.parse().unwrap());
            try_password(&mut browser, &action, username, WRONG).await.status.as_u16()
        };
        for number in 0..10 {
            assert_eq!(from(&format!("2001:db8:1:2:{number}::1"), &format!("nobody{number}")).await, 422);
        }
        assert_eq!(from("2001:db8:1:2:ffff::9", "somebody").await, 429);
        assert_eq!(from("2001:db8:1:3::1", "somebody").await, 422);
        assert_eq!(from("192.0.2.1", "somebody").await, 422);
    }

    async fn the_networks_of_one_site_count_together_too(app: App) {
        let app = app.restarted_with(|settings| settings.throttling.network_per_hour = 10).await;
        let (browser, action) = at_the_form(&app).await;
        let from = async |address: String, username: String| {
            let mut browser = browser.clone();
            browser.address = Some(address.parse().unwrap());
            try_password(&mut browser, &action, &username, WRONG).await.status.as_u16()
        };
        // As many as sixteen of its 65,536 networks may.
        for number in 0..160 {
            assert_eq!(from(format!("2001:db8:1:{number:x}::1"), format!("nobody{number}")).await, 422, "{number}");
        }
        assert_eq!(from("2001:db8:1:ffff::1".to_owned(), "somebody".to_owned()).await, 429);
        assert_eq!(from("2001:db8:2:1::1".to_owned(), "somebody".to_owned()).await, 422);
        // The devices, mails and codes of a site are bounded in the same way.
        let ask = async |number: usize| {
            let mut browser = app.browser();
            browser.address = Some(format!("2001:db8:1:{number:x}::1").parse().unwrap());
            browser.post("/device_authorization", &[("client_id", "tv")]).await.status.as_u16()
        };
        for number in 0..960 {
            assert_eq!(ask(number).await, 200, "{number}");
        }
        assert_eq!(ask(0xffff).await, 503);
    }

    async fn a_closed_bucket_holds_nobody_up_however_many_come_to_it(app: App) {
        let ask = |number: usize| {
            let mut browser = app.browser();
            async move { browser.post("/forgotten-password", &[("username", &format!("nobody{number}"))]).await }
        };
        let lock_row = async || {
            let mut elsewhere = app.another_node().await.database.write().await.unwrap();
            let statement = "UPDATE throttle SET failures = failures";
            sqlx::query(statement).execute(&mut *elsewhere).await.unwrap();
            elsewhere
        };
        let count = || timeout(MOMENT, app.count("SELECT COUNT(*) FROM account"));
        // Open still, and everybody's row is somebody's on another node.
        assert_eq!(ask(0).await.status, 303);
        let held = lock_row().await;
        let asking = tokio::spawn(join_all((1..60).map(ask)));
        tokio::time::sleep(MOMENT).await;
        assert_eq!(count().await.expect("those who wait for one row leave connections to others"), 0);
        held.rollback().await.unwrap();
        let answers = asking.await.unwrap();
        assert!(answers.iter().filter(|page| page.status == 303).count() <= 29, "thirty in an hour");
        for number in 100..130 {
            ask(number).await;
        }
        // Closed now: nobody waits for the row, nor for its writer.
        let held = lock_row().await;
        let answers = timeout(2 * MOMENT, join_all((200..300).map(ask))).await.expect("nobody waits");
        assert!(answers.iter().all(|page| page.status == 429));
        held.rollback().await.unwrap();
    }

    async fn what_is_written_for_guesses_is_bounded_and_says_nothing(app: App) {
        let app = app.restarted_with(|settings| settings.throttling.network_per_hour = 10_000).await;
        let (browser, action) = at_the_form(&app).await;
        for number in 0..30 {
            try_password(&mut browser.clone(), &action, &format!("nobody{number}"), WRONG).await;
        }
        let rows = app.count("SELECT COUNT(*) FROM throttle").await;
        assert!((2..=31).contains(&rows), "{rows}");
        // A letter and twenty bits: there are no more names than that.
        let long = "SELECT COUNT(*) FROM throttle WHERE LENGTH(bucket) <> 6";
        assert_eq!(app.count(long).await, 0);
    }

    async fn a_clock_that_jumps_keeps_nobody_out(app: App) {
        app.person("elefevre").await;
        app.sql(
            "INSERT INTO throttle (bucket, failures, day, today, last_at, free_at) \
             VALUES ($1, 9223372036854775807, 9223372036854775807, 9223372036854775807, 9223372036854775807, \
             9223372036854775807)",
            "x",
        )
        .await;
        let (browser, action) = at_the_form(&app).await;
        fail_freely(&browser, &action, "elefevre").await;
        app.sql(
            "UPDATE throttle SET failures = 9223372036854775807, day = 9223372036854775807, \
             today = 9223372036854775807, last_at = 9223372036854775807, free_at = 9223372036854775807 \
             WHERE bucket <> $1",
            "x",
        )
        .await;
        let mut browser = browser;
        let page = try_password(&mut browser, &action, "elefevre", PASSWORD).await;
        browser.follow(page).await.code();
    }

    async fn a_full_queue_costs_no_attempt(app: App) {
        let app = app
            .restarted_with(|settings| {
                settings.passwords.concurrency = 1;
                settings.passwords.queue = 0;
                settings.passwords.argon2_passes = 40;
            })
            .await;
        let (browser, action) = at_the_form(&app).await;
        let tries = (0..5).map(|_| {
            let mut browser = browser.clone();
            let action = &action;
            async move { try_password(&mut browser, action, "unknown", PASSWORD).await.status.as_u16() }
        });
        let statuses = join_all(tries).await;
        let looked_at = statuses.iter().filter(|status| **status == 422).count();
        assert!(statuses.contains(&503), "{statuses:?}");
        for _ in looked_at..5 {
            let page = try_password(&mut browser.clone(), &action, "unknown", WRONG).await;
            assert_eq!(page.status, 422, "{statuses:?}");
        }
        seconds(&try_password(&mut browser.clone(), &action, "unknown", WRONG).await);
    }
}

on_both_engines! {
    async fn a_wait_is_the_same_for_everyone_and_opens_nothing(app: App) {
        app.person("known").await;
        let disabled = app.person("disabled").await;
        app.disable(&disabled).await;
        let (_, printed) = app.newcomer("newcomer").await;
        let (browser, action) = at_the_form(&app).await;
        let mut answers = Vec::new();
        for (username, password) in [
            ("known", PASSWORD),
            ("unknown", PASSWORD),
            ("disabled", PASSWORD),
            ("newcomer", printed.as_str()),
        ] {
            fail_freely(&browser, &action, username).await;
            let page = try_password(&mut browser.clone(), &action, username, password).await;
            seconds(&page);
            let reference = page.header("x-request-id");
            let mut headers: Vec<_> = page
                .headers
                .iter()
                .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "content-length"))
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect();
            headers.sort();
            answers.push((headers, page.body.replace(&reference, "REFERENCE").replace(username, "USERNAME")));
        }
        for answer in &answers {
            assert_eq!(*answer, answers[0]);
        }
        assert!(!is_signed_in(&browser).await);
    }
}

#[tokio::test]
async fn a_waiting_person_reads_how_long_and_what_else_they_can_do() {
    let app = crate::support::engines::sqlite().await;
    for (language, words) in [
        (
            "fr",
            ["Attendez 61 secondes", "Mot de passe oublié", "appelez le gestionnaire", "n’a pas été vérifié"],
        ),
        ("en", ["Wait 61 seconds", "Forgotten", "call the manager", "was not checked"]),
    ] {
        let (mut browser, action) = at_the_form(&app).await;
        browser.headers.insert("accept-language", language.parse().unwrap());
        let username = format!("nobody-{language}");
        fail_freely(&browser, &action, &username).await;
        let page = try_password(&mut browser, &action, &username, PASSWORD).await;
        for word in words {
            assert!(page.body.contains(word), "{word}: {}", page.body);
        }
        assert!(page.link_to("/forgotten-password").contains("journey="));
    }
}
