//! Which door is for whom, and how the way to the application survives the choice.

use super::{BROWSER_COOKIE, assert_grants_nothing, at_the_form};
use crate::on_both_engines;
use crate::support::app::PASSWORD;

const DOORS: [&str; 3] = ["external", "staff", "centrale"];

/// Where each door stands on a page, by its id.
fn places(body: &str) -> [usize; 3] {
    DOORS.map(|door| {
        let id = format!("id=\"situation-{door}\"");
        body.find(&id).unwrap_or_else(|| panic!("no {id} in {body}"))
    })
}

on_both_engines! {
    async fn the_choice_offers_three_doors_on_the_way_to_the_application(app: App) {
        let page = app.browser().open(&app.client("app").authorization(&[])).await;
        assert_eq!(page.status, 200);
        assert!(page.address.starts_with("/sign-in?journey="), "{}", page.address);
        assert!(page.body.contains("États de frais"), "{}", page.body);
        let [external, staff, centrale] = places(&page.body);
        assert!(external < staff && staff < centrale);
        for door in DOORS {
            assert!(page.link_to(&format!("/sign-in/{door}")).contains("?journey="));
        }
        assert!(!page.body.contains("guichet-remembered"));
        assert_eq!(page.header("cache-control"), "no-store");
    }

    async fn the_last_choice_is_offered_first(app: App) {
        let client = app.client("app");
        let mut browser = app.browser();
        let choice = browser.open(&client.authorization(&[])).await;
        browser.open(&choice.link_to("/sign-in/centrale")).await;
        let again = browser.open(&client.authorization(&[])).await;
        let [external, staff, centrale] = places(&again.body);
        assert!(centrale < external && external < staff);
        assert_eq!(again.body.matches("guichet-remembered").count(), 1);
    }

    async fn a_remembered_choice_that_no_longer_exists_changes_nothing(app: App) {
        let mut browser = app.browser();
        browser.cookies.insert("__Host-guichet-situation".into(), "gone\"><script>".into());
        let page = browser.open(&app.client("app").authorization(&[])).await;
        let [external, staff, centrale] = places(&page.body);
        assert!(external < staff && staff < centrale);
        assert!(!page.body.contains("gone"));
    }

    async fn every_page_on_the_way_carries_the_journey_on(app: App) {
        app.person("elefevre").await;
        let mut browser = app.browser();
        let choice = browser.open(&app.client("app").authorization(&[])).await;
        let elsewhere = browser.open(&choice.link_to("/sign-in/centrale")).await;
        let back = browser.open(&elsewhere.link_to("/sign-in?")).await;
        let form = browser.open(&back.link_to("/sign-in/external")).await;
        let forgotten = browser.open(&form.link_to("/forgotten-password")).await;
        let answer = browser.submit(&forgotten.form_action(), &[("username", "elefevre")]).await;
        let in_english = browser.open(&format!("{}&lang=en", answer.link_to("/sign-in/external"))).await;
        assert!(in_english.body.contains("Sign in to Expense claims"), "{}", in_english.body);
        let form = [("username", "elefevre"), ("password", PASSWORD)];
        let there = browser.submit(&in_english.form_action(), &form).await;
        assert_eq!(there.redirect_parameters()["state"], "the-state");
        there.code();
    }

    async fn the_page_of_imagin_centrale_explains_and_asks_for_no_password(app: App) {
        let mut browser = app.browser();
        let choice = browser.open(&app.client("app").authorization(&[])).await;
        let page = browser.open(&choice.link_to("/sign-in/centrale")).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.link_to("https://ministry.example/"), "https://ministry.example/imagin");
        assert!(page.body.contains("Ailleurs."));
        assert!(!page.body.contains("<form") && !page.body.contains("type=\"password\""), "{}", page.body);
        assert!(page.link_to("/sign-in?").contains("journey="));
    }

    async fn an_unknown_situation_is_a_page_that_says_so(app: App) {
        let (mut browser, action) = at_the_form(&app).await;
        let (_, journey) = action.split_once('?').unwrap();
        for name in ["nowhere", "External", "external%20", "..%2fexternal", "%3Cscript%3E", "external%00", "%ff"] {
            let address = format!("/sign-in/{name}?{journey}");
            let page = browser.get(&address).await;
            assert!(matches!(page.status.as_u16(), 400 | 404), "{name}: {}", page.status);
            assert!(!page.body.contains("<script>"), "{name}");
            let posted = browser.post(&address, &[("username", "elefevre"), ("password", PASSWORD)]).await;
            assert!(posted.status.is_client_error(), "{name}: {}", posted.status);
        }
    }

    async fn a_password_is_taken_at_the_password_door_only(app: App) {
        app.person("elefevre").await;
        let (mut browser, action) = at_the_form(&app).await;
        for other in ["staff", "centrale"] {
            let address = action.replace("external", other);
            let page = browser.post(&address, &[("username", "elefevre"), ("password", PASSWORD)]).await;
            assert_eq!(page.status, 404, "{other}");
            assert_grants_nothing(&page);
        }
    }

    async fn the_application_may_name_the_door_or_the_person(app: App) {
        let client = app.client("app");
        let address = async |parameters: &[(&str, &str)]| {
            let page = app.browser().open(&client.authorization(parameters)).await;
            (page.address.split('?').next().unwrap().to_owned(), page)
        };
        assert_eq!(address(&[("idp_hint", "external")]).await.0, "/sign-in/external");
        assert_eq!(address(&[("idp_hint", "centrale")]).await.0, "/sign-in/centrale");
        assert_eq!(address(&[("idp_hint", "nowhere")]).await.0, "/sign-in");
        // Nobody answers at ARENA here, but that is where the way led.
        assert_eq!(address(&[("login_hint", "10E1234567ABC")]).await.0, "/sign-in/staff");
        assert_eq!(address(&[("login_hint", "jdupont@AC-Test.fr")]).await.0, "/sign-in/staff");
        assert_eq!(address(&[("login_hint", "jdupont")]).await.0, "/sign-in");
        let (_, form) = address(&[("login_hint", "\"><b>jdupont"), ("idp_hint", "external")]).await;
        assert_eq!(form.hidden("username"), "&#34;&#62;&#60;b&#62;jdupont");
        assert!(!form.body.contains("<b>jdupont"));
    }

    async fn where_there_is_one_situation_nobody_chooses(app: App) {
        let app = app.restarted_with(|settings| settings.situations.retain(|one| one.id.as_str() == "external")).await;
        let page = app.browser().open(&app.client("app").authorization(&[])).await;
        assert!(page.address.starts_with("/sign-in/external?journey="), "{}", page.address);
        assert!(page.body.contains("name=\"password\""), "{}", page.body);
    }

    async fn a_journey_goes_on_only_in_the_browser_in_which_it_began(app: App) {
        app.person("elefevre").await;
        let (browser, action) = at_the_form(&app).await;
        let form = [("username", "elefevre"), ("password", PASSWORD)];

        let mut nobody = app.browser();
        let mut somebody = at_the_form(&app).await.0;
        let mut forger = browser.clone();
        forger.cookies.insert(BROWSER_COOKIE.into(), "A".repeat(22));
        for other in [&mut nobody, &mut somebody, &mut forger] {
            for page in [other.get(&action).await, other.post(&action, &form).await] {
                assert_eq!(page.status, 400, "{}", page.body);
                assert_grants_nothing(&page);
            }
        }
    }

    async fn an_altered_journey_is_refused(app: App) {
        let (mut browser, action) = at_the_form(&app).await;
        let (path, journey) = action.split_once("?journey=").unwrap();
        let mut turned = journey.to_owned().into_bytes();
        let middle = turned.len() / 2;
        turned[middle] = if turned[middle] == b'A' { b'B' } else { b'A' };
        let turned = String::from_utf8(turned).unwrap();
        for altered in [&journey[..journey.len() - 1], &journey[1..], &format!("{journey}A"), &turned, "x"] {
            let page = browser.get(&format!("{path}?journey={altered}")).await;
            assert_eq!(page.status, 400, "{altered}");
        }
        let page = browser.get(&format!("{path}?journey=")).await;
        assert_eq!(page.location().as_deref(), Some("/sign-in"));
    }

    async fn a_journey_lasts_twenty_hours(app: App) {
        app.person("elefevre").await;
        let form = [("username", "elefevre"), ("password", PASSWORD)];
        let (mut browser, action) = at_the_form(&app).await;
        app.wait(20 * 3600);
        browser.clone().submit(&action, &form).await.code();
        app.wait(1);
        let late = browser.post(&action, &form).await;
        assert_eq!(late.status, 400);
        assert_grants_nothing(&late);
        assert!(late.body.contains("20"), "{}", late.body);
    }

    async fn people_who_come_by_themselves_find_the_doors_and_then_their_own_page(app: App) {
        app.person("elefevre").await;
        let mut browser = app.browser();
        let choice = browser.open("/").await;
        let form = browser.open(&choice.link_to("/sign-in/external")).await;
        let page = browser.submit(&form.form_action(), &[("username", "elefevre"), ("password", PASSWORD)]).await;
        assert_eq!((page.status.as_u16(), page.address.split('?').next()), (200, Some("/")));
        assert!(page.body.contains("Élodie Lefèvre") && page.body.contains("elefevre"));
    }
}
