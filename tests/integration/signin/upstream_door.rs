//! The door of federated people, from the application to an upstream and back, for better and worse.

use serde_json::json;
use url::Url;

use super::{assert_grants_nothing, is_signed_in, is_signed_in_silently};
use crate::federation::upstream::{CODE, Canned, Upstream};
use crate::on_both_engines;
use crate::support::app::START;
use crate::support::browser::Page;
use crate::support::{App, Browser};

const IN_FLIGHT_COOKIE: &str = "__Host-guichet-upstream-";

/// The installation with an ARENA that answers.
pub async fn with_arena(app: &App) -> (App, Upstream) {
    let upstream = Upstream::start(START).await;
    let base = upstream.base.clone();
    let app = app.restarted_with(|settings| {
        settings.upstreams[0].issuer = Url::parse(&base).unwrap();
        settings.upstreams[0].client_secret = "s3cret / é".to_owned().into();
    });
    (app.await, upstream)
}

/// Goes through the staff's door; ARENA takes note of what was asked. Gives the `state`.
pub async fn depart(browser: &mut Browser, upstream: &Upstream, authorization: &str) -> String {
    let choice = browser.open(authorization).await;
    let departure = browser.open(&choice.link_to("/sign-in/staff")).await;
    let location = departure.location().unwrap_or_else(|| panic!("no departure: {}", departure.body));
    assert!(location.starts_with(&format!("{}/authorize?", upstream.base)), "{location}");
    let asked = departure.redirect_parameters();
    let state = asked["state"].clone();
    upstream.plan.lock().unwrap().asked = asked.into_iter().collect();
    state
}

/// Comes back from ARENA with a code.
pub async fn arrive(browser: &mut Browser, state: &str) -> Page {
    browser.open(&format!("/federation/arena/callback?code={CODE}&state={state}")).await
}

/// A whole sign-in through ARENA: the last redirect, to the application.
pub async fn sign_in(app: &App, browser: &mut Browser, upstream: &Upstream, more: &[(&str, &str)]) -> Page {
    let state = depart(browser, upstream, &app.client("app").authorization(more)).await;
    arrive(browser, &state).await
}

/// Makes ARENA speak of somebody.
pub fn vouch_for(upstream: &Upstream, subject: &str, given_name: &str) {
    let mut plan = upstream.plan.lock().unwrap();
    plan.id_token = json!({ "sub": subject });
    plan.userinfo = json!({
        "sub": subject, "ctfn": given_name, "ctln": "Lefèvre", "ctemail": "shared@ac-test.example", "codaca": "010",
    });
}

/// What the application learns of the person.
async fn userinfo(app: &App, back: &Page) -> serde_json::Value {
    let client = app.client("app");
    let tokens = client.redeem(back).await;
    assert_eq!(tokens.status, 200, "{}", tokens.json);
    client.userinfo(&tokens.text("access_token")).await.json
}

const EVERYTHING: [(&str, &str); 1] = [("scope", "openid profile email imagin")];

fn waits(browser: &Browser) -> usize {
    browser.cookies.keys().filter(|name| name.starts_with(IN_FLIGHT_COOKIE)).count()
}

on_both_engines! {
    async fn what_arena_says_of_a_person_reaches_the_application(app: App) {
        let (app, upstream) = with_arena(&app).await;
        vouch_for(&upstream, "person-1", "Élodie");
        let mut browser = app.browser();
        let told = userinfo(&app, &sign_in(&app, &mut browser, &upstream, &EVERYTHING).await).await;
        for (name, value) in [
            ("given_name", "Élodie"),
            ("family_name", "Lefèvre"),
            ("name", "Élodie Lefèvre"),
            ("email", "shared@ac-test.example"),
            ("situation", "staff"),
            ("academy", "010"),
        ] {
            assert_eq!(told[name], value, "{name} in {told}");
        }
        assert_eq!(told["email_verified"], false);
        assert!(told.get("preferred_username").is_none(), "{told}");
        let page = browser.get("/").await;
        assert!(page.body.contains("Élodie Lefèvre"));
    }

    async fn claims_kept_from_upstream_are_told_to_those_who_ask_for_imagin(app: App) {
        let (app, upstream) = with_arena(&app).await;
        vouch_for(&upstream, "person-1", "Élodie");
        let scope = [("scope", "openid profile")];
        let told = userinfo(&app, &sign_in(&app, &mut app.browser(), &upstream, &scope).await).await;
        assert!(told.get("academy").is_none() && told.get("email").is_none(), "{told}");
    }

    async fn the_next_sign_in_refreshes_the_same_account(app: App) {
        let (app, upstream) = with_arena(&app).await;
        vouch_for(&upstream, "person-1", "Élodie");
        let first = userinfo(&app, &sign_in(&app, &mut app.browser(), &upstream, &EVERYTHING).await).await;
        app.wait(100);
        upstream.plan.lock().unwrap().now = START + 100;
        let same = userinfo(&app, &sign_in(&app, &mut app.browser(), &upstream, &EVERYTHING).await).await;
        assert_eq!(same, first, "nothing changed, not even updated_at");

        vouch_for(&upstream, "person-1", "Élo");
        upstream.plan.lock().unwrap().userinfo["ctemail"] = json!(null);
        let second = userinfo(&app, &sign_in(&app, &mut app.browser(), &upstream, &EVERYTHING).await).await;
        assert_eq!(second["sub"], first["sub"]);
        assert_eq!(second["given_name"], "Élo");
        assert!(second.get("email").is_none(), "an address that is gone there is gone here: {second}");
        assert_eq!(second["updated_at"].as_i64().unwrap(), START + 100);
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 1);
    }

    async fn two_subjects_with_one_mail_are_two_people(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let local = app.person_with("shared@ac-test.example", serde_json::Map::new()).await;
        vouch_for(&upstream, "person-1", "Élodie");
        let one = userinfo(&app, &sign_in(&app, &mut app.browser(), &upstream, &EVERYTHING).await).await;
        vouch_for(&upstream, "person-2", "Émilie");
        let two = userinfo(&app, &sign_in(&app, &mut app.browser(), &upstream, &EVERYTHING).await).await;
        assert_eq!(one["email"], two["email"]);
        assert_ne!(one["sub"], two["sub"]);
        assert_ne!(one["sub"], local.id.as_str());
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 3);
    }

    async fn racing_first_sign_ins_of_one_person_make_one_account(app: App) {
        let (app, upstream) = with_arena(&app).await;
        vouch_for(&upstream, "person-1", "Élodie");
        // The same question asked twice: the upstream of the tests remembers only the last.
        let mut browsers = vec![app.browser(), app.browser(), app.browser()];
        for browser in &mut browsers {
            sign_in(&app, browser, &upstream, &[]).await.code();
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session").await, 3);
    }

    async fn a_person_disabled_here_stays_out_whatever_arena_says(app: App) {
        let (app, upstream) = with_arena(&app).await;
        vouch_for(&upstream, "person-1", "Élodie");
        let mut browser = app.browser();
        sign_in(&app, &mut browser, &upstream, &[]).await.code();
        app.sql("UPDATE account SET disabled_at = 1 WHERE upstream_subject = $1", "person-1").await;
        assert!(!is_signed_in(&browser).await);
        let page = sign_in(&app, &mut browser, &upstream, &[]).await;
        assert_eq!(page.status, 403, "{}", page.body);
        assert_grants_nothing(&page);
        assert!(page.body.contains("La connexion n’a pas abouti") || page.body.contains("id=\"upstream-retry\""));
        assert!(!is_signed_in_silently(&app, &browser).await);
        assert_eq!(waits(&browser), 0);
    }

    async fn a_downed_arena_is_explained_with_every_way_on(app: App) {
        let (app, upstream) = with_arena(&app).await;
        upstream
            .plan
            .lock()
            .unwrap()
            .instead
            .insert("/.well-known/openid-configuration", Canned::Status(503, "text/html", "<h1>down</h1>"));
        let mut browser = app.browser();
        let choice = browser.open(&app.client("app").authorization(&[])).await;
        let page = browser.open(&choice.link_to("/sign-in/staff")).await;
        assert_eq!(page.status, 502);
        assert_grants_nothing(&page);
        assert!(page.body.contains("ARENA"));
        assert_eq!(page.link_to("https://aida.example/"), "https://aida.example/");
        assert!(page.body.contains("href=\"tel:"), "{}", page.body);
        assert!(page.body.contains(&page.header("x-request-id")), "a reference for support");
        assert_eq!(waits(&browser), 0);

        // It comes back: trying again from that very page goes through.
        upstream.plan.lock().unwrap().instead.clear();
        app.wait(600);
        upstream.plan.lock().unwrap().now = START + 600;
        let departure = browser.get(&page.link_to("/sign-in/staff")).await;
        let asked = departure.redirect_parameters();
        let state = asked["state"].clone();
        upstream.plan.lock().unwrap().asked = asked.into_iter().collect();
        arrive(&mut browser, &state).await.code();
    }

    async fn nobody_at_all_at_the_upstreams_address_is_the_same_page(app: App) {
        let mut browser = app.browser();
        let choice = browser.open(&app.client("app").authorization(&[])).await;
        let page = browser.open(&choice.link_to("/sign-in/staff")).await;
        assert_eq!(page.status, 502);
        assert!(page.body.contains("id=\"upstream-retry\"") && page.body.contains("https://aida.example/"));
        assert!(page.link_to("/sign-in?").contains("journey="), "the other doors stay open");
    }

    async fn an_arena_that_fails_on_the_way_back_signs_nobody_in(app: App) {
        let (app, upstream) = with_arena(&app).await;
        for (path, canned) in [
            ("/token", Canned::Status(500, "text/html", "no")),
            ("/token", Canned::Status(200, "application/json", "{")),
            ("/token", Canned::Megabytes),
            ("/userinfo", Canned::Status(500, "text/html", "no")),
            ("/userinfo", Canned::Redirect("https://evil.example/".into())),
        ] {
            let mut browser = app.browser();
            let state = depart(&mut browser, &upstream, &app.client("app").authorization(&[])).await;
            upstream.plan.lock().unwrap().instead.insert(path, canned);
            let page = arrive(&mut browser, &state).await;
            assert_eq!(page.status, 502, "{path}");
            assert_grants_nothing(&page);
            assert!(page.link_to("/sign-in/staff").contains("journey="), "it can be tried again");
            assert!(!is_signed_in(&browser).await);
            assert_eq!(waits(&browser), 0);
            upstream.plan.lock().unwrap().instead.clear();
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 0);
    }

    async fn a_refusal_upstream_is_a_page_and_no_session(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut browser = app.browser();
        let state = depart(&mut browser, &upstream, &app.client("app").authorization(&[])).await;
        let words = "%3Cscript%3Ealert(1)%3C/script%3E";
        let answer = format!("error=access_denied&error_description={words}&error_uri={words}&state={state}");
        let page = browser.open(&format!("/federation/arena/callback?{answer}")).await;
        assert_eq!(page.status, 403);
        assert_grants_nothing(&page);
        assert!(!page.body.contains("<script>alert"));
        assert_eq!(waits(&browser), 0);
    }

    async fn the_callback_counts_in_the_browser_that_departed(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut browser = app.browser();
        let state = depart(&mut browser, &upstream, &app.client("app").authorization(&[])).await;

        // A victim made to open an attacker's callback, with cookies of their own or none.
        let mut victim = app.browser();
        let mut busy = app.browser();
        busy.open(&app.client("app").authorization(&[])).await;
        // And one in which the attacker could even plant what waits for the answer.
        let mut planted = busy.clone();
        for (name, value) in browser.cookies.iter().filter(|(name, _)| name.starts_with(IN_FLIGHT_COOKIE)) {
            planted.cookies.insert(name.clone(), value.clone());
        }
        for other in [&mut victim, &mut busy, &mut planted] {
            let page = arrive(other, &state).await;
            assert_eq!(page.status, 400, "{}", page.body);
            assert_grants_nothing(&page);
            assert!(page.link_to("/sign-in").starts_with("/sign-in"), "a way to begin anew");
            assert!(!is_signed_in(other).await);
        }
        assert_eq!(upstream.visits("/token"), 0, "the code was not even tried");
        arrive(&mut browser, &state).await.code();
    }

    async fn an_answer_counts_once(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut browser = app.browser();
        let state = depart(&mut browser, &upstream, &app.client("app").authorization(&[])).await;
        assert_eq!(waits(&browser), 1);
        arrive(&mut browser, &state).await.code();
        assert_eq!(waits(&browser), 0, "what waited for the answer is gone");
        let exchanged = upstream.visits("/token");
        let page = arrive(&mut browser, &state).await;
        assert_eq!(page.status, 400);
        assert_grants_nothing(&page);
        assert_eq!(upstream.visits("/token"), exchanged);
        assert!(is_signed_in(&browser).await, "the session of the first answer stays");
    }

    async fn a_forged_state_opens_nothing_and_leaves_the_true_one_alone(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut browser = app.browser();
        let state = depart(&mut browser, &upstream, &app.client("app").authorization(&[])).await;
        let longer = format!("{state}A");
        let (head, tail) = state.split_at(1);
        // The same bytes in another order fall into the same cookie.
        let turned = format!("{tail}{head}");
        for forged in ["", "x", &state[1..], &longer, &turned] {
            let page = arrive(&mut browser, forged).await;
            assert_eq!(page.status, 400, "{forged}");
            assert_grants_nothing(&page);
        }
        let page = browser.open(&format!("/federation/arena/callback?code={CODE}")).await;
        assert_eq!(page.status, 400);
        assert!(!is_signed_in(&browser).await);
        assert_eq!(upstream.visits("/token"), 0);
        arrive(&mut browser, &state).await.code();
    }

    async fn a_callback_for_an_unknown_upstream_leads_nowhere(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut browser = app.browser();
        let state = depart(&mut browser, &upstream, &app.client("app").authorization(&[])).await;
        for path in ["/federation/nobody/callback", "/federation/%61rena2/callback", "/federation//callback"] {
            let page = browser.open(&format!("{path}?code={CODE}&state={state}")).await;
            assert_eq!(page.status, 404, "{path}");
        }
        arrive(&mut browser, &state).await.code();
    }

    async fn a_shorter_departure_takes_the_whole_place_of_a_longer_one(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let client = app.client("app");
        let long = "s".repeat(4_000);
        let mut browser = app.browser();
        depart(&mut browser, &upstream, &client.authorization(&[("state", &long)])).await;
        assert!(waits(&browser) > 1, "so long a state takes several cookies");
        // Until one falls into the same cookies: each does with one chance in four.
        for _ in 0..12 {
            let mut again = browser.clone();
            let state = depart(&mut again, &upstream, &client.authorization(&[])).await;
            let back = arrive(&mut again, &state).await;
            assert_eq!(back.status, 303, "{}", back.body);
            back.code();
        }
    }

    async fn a_departure_that_a_browser_could_not_carry_is_none(app: App) {
        let (app, _upstream) = with_arena(&app).await;
        // However it came into the settings: a name that registration would refuse.
        let app = app.restarted_with(|settings| {
            let name = &mut settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap().about;
            name.client_name.fr = "x".repeat(5_000);
            name.client_name.en = "x".repeat(5_000);
        }).await;
        let mut browser = app.browser();
        let choice = browser.open(&app.client("app").authorization(&[])).await;
        let departure = browser.open(&choice.link_to("/sign-in/staff")).await;
        assert_eq!((departure.status.as_u16(), departure.location()), (413, None));
        assert_eq!(waits(&browser), 0);
    }

    async fn many_departures_never_lock_a_browser_out(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let client = app.client("app");
        let mut browser = app.browser();
        let long = "s".repeat(5_000);
        for _ in 0..12 {
            depart(&mut browser, &upstream, &client.authorization(&[("state", &long)])).await;
        }
        let state = depart(&mut browser, &upstream, &client.authorization(&[("state", &long)])).await;
        let size: usize = browser.cookies.iter().map(|(name, value)| name.len() + value.len() + 3).sum();
        assert!(size < 28_000, "{size} bytes of cookies");
        assert_eq!(arrive(&mut browser, &state).await.redirect_parameters()["state"], long);
    }

    async fn two_tabs_at_arena_both_come_back(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let client = app.client("app");
        // Two states that fall into different places: three chances in four each time.
        for _ in 0..20 {
            let mut browser = app.browser();
            let first = depart(&mut browser, &upstream, &client.authorization(&[("state", "one")])).await;
            let asked = upstream.plan.lock().unwrap().asked.clone();
            let second = depart(&mut browser, &upstream, &client.authorization(&[("state", "two")])).await;
            if waits(&browser) < 2 {
                continue;
            }
            assert_eq!(arrive(&mut browser, &second).await.redirect_parameters()["state"], "two");
            upstream.plan.lock().unwrap().asked = asked;
            assert_eq!(arrive(&mut browser, &first).await.redirect_parameters()["state"], "one");
            return;
        }
        panic!("the same place twenty times");
    }

    async fn a_sign_in_begun_at_one_node_is_finished_at_another(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let other = app.another_node().await;
        let mut browser = app.browser();
        let state = depart(&mut browser, &upstream, &app.client("app").authorization(&[])).await;
        let mut there = browser.at(&other);
        let back = arrive(&mut there, &state).await;
        assert_eq!(app.client("app").redeem(&back).await.status, 200);
    }

    async fn arena_taken_out_of_the_settings_in_mid_flow_ends_the_flow(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut browser = app.browser();
        let state = depart(&mut browser, &upstream, &app.client("app").authorization(&[])).await;
        let without = app
            .restarted_with(|settings| {
                settings.upstreams.clear();
                settings.situations.retain(|situation| situation.id != "staff");
            })
            .await;
        let mut there = browser.at(&without);
        let page = arrive(&mut there, &state).await;
        assert_eq!(page.status, 404);
        assert_grants_nothing(&page);
    }
}
