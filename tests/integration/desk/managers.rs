//! Supervisors name and dismiss the managers of their authority.

use super::{MANAGER, OTHER_SUPERVISOR, STAFF, SUPERVISOR, signed_in, with_arena};
use crate::on_both_engines;
use crate::support::browser::Page;
use crate::support::{App, Browser};

/// A member of staff who drew a code, and the code.
pub async fn with_code(
    app: &App,
    upstream: &crate::federation::upstream::Upstream,
    who: &str,
) -> (Browser, String) {
    let mut staff = signed_in(app, upstream, who, STAFF).await;
    let session = staff.get("/desk/join").await.hidden("session");
    let page = staff.post("/desk/join", &[("session", &session)]).await;
    assert_eq!(page.status, 200, "{}", page.body);
    (staff, code_on(&page))
}

fn code_on(page: &Page) -> String {
    let (_, rest) = page.body.split_once("id=\"naming-code\">").expect("a code");
    rest.split('<').next().unwrap().to_owned()
}

pub async fn session_of(browser: &mut Browser) -> String {
    browser.get("/account").await.hidden("session")
}

pub async fn name(browser: &mut Browser, authority: &str, code: &str, rank: &str) -> Page {
    let session = session_of(browser).await;
    let form =
        [("session", session.as_str()), ("code", code), ("rank", rank), ("reason", "arrivée au bureau")];
    browser.post(&format!("/desk/{authority}/managers/name"), &form).await
}

async fn dismiss(browser: &mut Browser, authority: &str, account: &str) -> Page {
    let session = session_of(browser).await;
    let form = [("session", session.as_str()), ("reason", "départ du bureau")];
    browser.post(&format!("/desk/{authority}/managers/{account}/dismiss"), &form).await
}

/// What was done, as the address of the list says it.
fn outcome(page: &Page) -> String {
    page.redirect_parameters().remove("done").unwrap_or_default()
}

async fn account_of(app: &App, subject: &str) -> String {
    let mut connection = app.database.read().await.unwrap();
    sqlx::query_scalar("SELECT id FROM account WHERE upstream_subject = $1")
        .bind(subject)
        .fetch_one(&mut *connection)
        .await
        .unwrap()
}

on_both_engines! {
    async fn a_supervisor_names_whoever_reads_them_a_code_and_dismisses_them(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let (mut staff, code) = with_code(&app, &upstream, "teacher").await;
        assert_eq!(staff.get("/desk/lyon").await.status, 404, "a code alone gives nothing");
        let session = session_of(&mut supervisor).await;
        let typed = code.to_lowercase().replace('-', " ");
        let shown = supervisor
            .post("/desk/lyon/managers/code", &[("session", &session), ("code", &typed)])
            .await;
        assert_eq!(shown.status, 200, "{}", shown.body);
        assert!(shown.body.contains("cgarnier@ac-test.example") && shown.body.contains("ARENA"));
        assert_eq!(staff.get("/desk/lyon").await.status, 404, "nor does looking");
        assert_eq!(outcome(&name(&mut supervisor, "lyon", &code, "manager").await), "named");
        assert_eq!(staff.get("/desk/lyon").await.status, 200);
        assert_eq!(staff.get("/desk/lyon/managers").await.status, 404);
        assert_eq!(staff.get("/desk/dgrh").await.status, 404);
        let account = account_of(&app, "teacher").await;
        let asked = supervisor.get(&format!("/desk/lyon/managers/{account}/dismiss")).await;
        assert_eq!(asked.status, 200);
        assert_eq!(outcome(&dismiss(&mut supervisor, "lyon", &account).await), "dismissed");
        assert_eq!(staff.get("/desk/lyon").await.status, 404, "at the next request");
        assert_eq!(outcome(&dismiss(&mut supervisor, "lyon", &account).await), "nothing", "a second click");
        let told = "SELECT COUNT(*) FROM audit_event WHERE authority = 'lyon' AND actor = 'manager' \
                    AND actor_id = (SELECT id FROM account WHERE upstream_subject = 'resp') \
                    AND account_id = (SELECT id FROM account WHERE upstream_subject = 'teacher') \
                    AND ((kind = 'manager-named' AND detail = 'manager' AND reason = 'arrivée au bureau') \
                    OR (kind = 'manager-dismissed' AND reason = 'départ du bureau'))";
        assert_eq!(app.count(told).await, 2);
    }

    async fn a_code_is_used_once_and_lives_a_day(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let (_, code) = with_code(&app, &upstream, "teacher").await;
        assert_eq!(outcome(&name(&mut supervisor, "lyon", &code, "manager").await), "named");
        assert_eq!(outcome(&name(&mut supervisor, "lyon", &code, "supervisor").await), "unknown-code");
        let ranks = "SELECT COUNT(*) FROM manager WHERE rank = 'manager'";
        assert_eq!(app.count(ranks).await, 1, "nothing changed the second time");
        let (mut other, first) = with_code(&app, &upstream, "other").await;
        let session = session_of(&mut other).await;
        let second = code_on(&other.post("/desk/join", &[("session", &session)]).await);
        assert_ne!(first, second);
        assert_eq!(outcome(&name(&mut supervisor, "lyon", &first, "manager").await), "unknown-code");
        app.wait(24 * 3_600);
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        assert_eq!(outcome(&name(&mut supervisor, "lyon", &second, "manager").await), "unknown-code");
        assert_eq!(app.count("SELECT COUNT(*) FROM manager").await, 1);
    }

    async fn two_who_type_a_code_at_once_name_once(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut here = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let mut there = signed_in(&app, &upstream, "resp2", SUPERVISOR).await.at(&app.another_node().await);
        let (_, code) = with_code(&app, &upstream, "teacher").await;
        let (first, second) =
            tokio::join!(name(&mut here, "lyon", &code, "manager"), name(&mut there, "lyon", &code, "supervisor"));
        let mut outcomes = [outcome(&first), outcome(&second)];
        outcomes.sort();
        assert_eq!(outcomes, ["named", "unknown-code"]);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'manager-named'").await, 1);
    }

    async fn a_code_is_kept_as_a_keyed_hash(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let (_, code) = with_code(&app, &upstream, "teacher").await;
        let letters = code.replace('-', "");
        let hash = guichet::kit::secrets::TokenHash::of(&letters);
        let mut connection = app.database.read().await.unwrap();
        let mac: String =
            sqlx::query_scalar("SELECT mac FROM naming_code").fetch_one(&mut *connection).await.unwrap();
        assert_ne!(mac, letters);
        assert_ne!(mac, hash.as_str(), "eight letters are soon found again from a hash without a key");
    }

    async fn only_supervisors_of_the_authority_name_and_dismiss(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let (_, code) = with_code(&app, &upstream, "teacher").await;
        app.person("elefevre").await;
        let mut external = app.browser();
        external.sign_in(&app.client("app").authorization(&[]), "elefevre").await.code();
        let supervisor_account = {
            signed_in(&app, &upstream, "resp", SUPERVISOR).await;
            account_of(&app, "resp").await
        };
        let mut intruders = vec![external];
        for (who, function) in [("gest", MANAGER), ("resp-dgrh", OTHER_SUPERVISOR), ("staff", STAFF)] {
            intruders.push(signed_in(&app, &upstream, who, function).await);
        }
        for browser in &mut intruders {
            let session = session_of(browser).await;
            let form = [("session", session.as_str()), ("code", code.as_str())];
            for authority in ["lyon", "nowhere"] {
                let root = format!("/desk/{authority}/managers");
                assert_eq!(browser.get(&root).await.status, 404);
                assert_eq!(browser.post(&format!("{root}/code"), &form).await.status, 404);
                assert_eq!(name(browser, authority, &code, "supervisor").await.status, 404);
                assert_eq!(dismiss(browser, authority, &supervisor_account).await.status, 404);
                let page = browser.get(&format!("{root}/{supervisor_account}/dismiss")).await;
                assert_eq!(page.status, 404);
            }
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM manager").await, 0);
        // The code was theirs to be used all the while.
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        assert_eq!(outcome(&name(&mut supervisor, "lyon", &code, "manager").await), "named");
        // A supervisor of another authority sees and dismisses nobody of this one.
        let mut other = signed_in(&app, &upstream, "resp-dgrh", OTHER_SUPERVISOR).await;
        let teacher = account_of(&app, "teacher").await;
        assert_eq!(other.get(&format!("/desk/dgrh/managers/{teacher}/dismiss")).await.status, 404);
        assert_eq!(outcome(&dismiss(&mut other, "dgrh", &teacher).await), "nothing");
        assert!(!other.get("/desk/dgrh/managers").await.body.contains(&teacher));
        assert_eq!(app.count("SELECT COUNT(*) FROM manager WHERE authority = 'lyon'").await, 1);
    }

    async fn external_people_get_no_code_and_nobody_is_asked_to_sign_in(app: App) {
        let (app, _upstream) = with_arena(&app).await;
        app.person("elefevre").await;
        let mut external = app.browser();
        external.sign_in(&app.client("app").authorization(&[]), "elefevre").await.code();
        let session = session_of(&mut external).await;
        assert_eq!(external.get("/desk/join").await.status, 404);
        assert_eq!(external.post("/desk/join", &[("session", &session)]).await.status, 404);
        let mut nobody = app.browser();
        assert_eq!(nobody.get("/desk/join").await.status, 303);
        assert_eq!(nobody.post("/desk/join", &[("session", &session)]).await.status, 303);
        assert_eq!(app.count("SELECT COUNT(*) FROM naming_code").await, 0);
    }

    async fn nobody_names_or_dismisses_themselves_so_a_supervisor_always_stays(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let session = session_of(&mut supervisor).await;
        let own = code_on(&supervisor.post("/desk/join", &[("session", &session)]).await);
        assert_eq!(outcome(&name(&mut supervisor, "lyon", &own, "manager").await), "oneself");
        // Two who were named, and dismiss each other at the same moment: one of them stays.
        let mut two = Vec::new();
        for who in ["first", "second"] {
            let (browser, code) = with_code(&app, &upstream, who).await;
            assert_eq!(outcome(&name(&mut supervisor, "lyon", &code, "supervisor").await), "named");
            two.push((browser, account_of(&app, who).await));
        }
        let own = two[0].1.clone();
        assert_eq!(outcome(&dismiss(&mut two[0].0, "lyon", &own).await), "oneself");
        let [(first, first_id), (second, second_id)] = two.as_mut_slice() else { unreachable!() };
        let (one, other) =
            tokio::join!(dismiss(first, "lyon", second_id), dismiss(second, "lyon", first_id));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 404]);
        assert_eq!(app.count("SELECT COUNT(*) FROM manager").await, 1);
    }

    async fn those_by_claim_are_listed_and_stay_until_their_provider_says_otherwise(app: App) {
        let (app, upstream) = with_arena(&app).await;
        signed_in(&app, &upstream, "gest", MANAGER).await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let gest = account_of(&app, "gest").await;
        let list = supervisor.get("/desk/lyon/managers").await;
        assert!(list.body.contains(&format!("by={gest}")), "{}", list.body);
        assert!(!list.body.contains("/dismiss"), "nobody was named");
        assert_eq!(outcome(&dismiss(&mut supervisor, "lyon", &gest).await), "nothing");
    }

    async fn wrong_codes_are_counted_and_then_none_is_looked_at(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let (_, code) = with_code(&app, &upstream, "teacher").await;
        let mut answers = Vec::new();
        for _ in 0..11 {
            answers.push(outcome(&name(&mut supervisor, "lyon", "BCDF-GHJK", "manager").await));
        }
        assert_eq!(answers.last().map(String::as_str), Some("wait"), "{answers:?}");
        assert_eq!(outcome(&name(&mut supervisor, "lyon", &code, "manager").await), "wait");
        assert_eq!(app.count("SELECT COUNT(*) FROM manager").await, 0);
    }

    async fn each_needs_a_reason_and_a_rank_that_there_is(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let (_, code) = with_code(&app, &upstream, "teacher").await;
        let session = session_of(&mut supervisor).await;
        let mut form = vec![("session", session.as_str()), ("code", code.as_str()), ("rank", "manager")];
        let asked = supervisor.post("/desk/lyon/managers/name", &form).await;
        assert_eq!(asked.status, 422);
        assert!(asked.body.contains("reason-fault"));
        form.push(("reason", "arrivée"));
        form[2] = ("rank", "operator");
        assert_eq!(supervisor.post("/desk/lyon/managers/name", &form).await.status, 400);
        form[0] = ("session", "another");
        form[2] = ("rank", "manager");
        assert_eq!(supervisor.post("/desk/lyon/managers/name", &form).await.status, 303);
        assert_eq!(app.count("SELECT COUNT(*) FROM manager").await, 0);
    }
}
