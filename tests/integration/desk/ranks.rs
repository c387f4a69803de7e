//! Who may enter the desk of which authority.

use super::{MANAGER, OTHER_MANAGER, STAFF, SUPERVISOR, signed_in, with_arena};
use crate::on_both_engines;

on_both_engines! {
    async fn managers_enter_their_own_authority_and_see_no_other(app: App) {
        let (app, upstream) = with_arena(&app).await;
        for function in [MANAGER, SUPERVISOR] {
            let mut browser = signed_in(&app, &upstream, function, function).await;
            let entered = browser.open("/desk").await;
            assert_eq!((entered.status.as_u16(), entered.address.as_str()), (200, "/desk/lyon"), "{function}");
            let other = browser.get("/desk/dgrh").await;
            let nowhere = browser.get("/desk/nowhere").await;
            assert_eq!((other.status.as_u16(), nowhere.status.as_u16()), (404, 404));
        }
        let mut browser = signed_in(&app, &upstream, "dgrh", OTHER_MANAGER).await;
        assert_eq!(browser.open("/desk").await.address, "/desk/dgrh");
        assert_eq!(browser.get("/desk/lyon").await.status, 404);
    }

    async fn staff_and_external_people_find_nothing_there(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut staff = signed_in(&app, &upstream, "teacher", STAFF).await;
        app.person("elefevre").await;
        let mut external = app.browser();
        external.sign_in(&app.client("app").authorization(&[]), "elefevre").await.code();
        for browser in [&mut staff, &mut external] {
            for address in ["/desk", "/desk/lyon", "/desk/dgrh", "/desk/nowhere"] {
                assert_eq!(browser.get(address).await.status, 404, "{address}");
            }
        }
    }

    async fn an_external_person_has_no_rank_even_when_a_claim_or_a_row_says_so(app: App) {
        let (app, _upstream) = with_arena(&app).await;
        let claims = [("function".to_owned(), serde_json::json!(SUPERVISOR))].into_iter().collect();
        let person = app.person_with("elefevre", claims).await;
        app.sql(
            "INSERT INTO manager (authority, account_id, rank, named_at) VALUES ('lyon', $1, 'supervisor', 1)",
            person.id.as_str(),
        )
        .await;
        let mut browser = app.browser();
        browser.sign_in(&app.client("app").authorization(&[]), "elefevre").await.code();
        assert_eq!(browser.get("/desk/lyon").await.status, 404);
    }

    async fn whoever_was_named_has_a_rank_until_they_are_disabled(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut browser = signed_in(&app, &upstream, "teacher", STAFF).await;
        let name = "INSERT INTO manager (authority, account_id, rank, named_at) \
                    SELECT 'lyon', id, 'manager', 1 FROM account WHERE upstream_subject = $1";
        app.sql(name, "teacher").await;
        assert_eq!(browser.open("/desk").await.address, "/desk/lyon");
        app.sql("UPDATE account SET disabled_at = 1 WHERE upstream_subject = $1", "teacher").await;
        assert_eq!(browser.get("/desk/lyon").await.status, 303, "signed out");
    }

    async fn nobody_is_asked_to_sign_in_and_comes_back(app: App) {
        let mut browser = app.browser();
        for address in ["/desk", "/desk/lyon", "/desk/nowhere"] {
            let asked = browser.get(address).await;
            assert_eq!(asked.status, 303, "{address}");
            assert!(asked.location().unwrap().starts_with("/sign-in"), "{address}");
        }
    }
}
