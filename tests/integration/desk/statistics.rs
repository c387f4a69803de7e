//! Statistics show what was counted in the authority.

use guichet::accounts::{Mandate, Replacing};

use super::{SUPERVISOR, person_of, signed_in, with_arena};
use crate::on_both_engines;
use crate::signin::signed_in as person_signed_in;

on_both_engines! {
    async fn they_show_what_happened_in_the_authority_and_nothing_else(app: App) {
        let (app, upstream) = with_arena(&app).await;
        for (identifier, authority) in [("elefevre", "lyon"), ("foreign", "dgrh")] {
            app.person(identifier).await;
            app.sql("UPDATE account SET authority = $1 WHERE authority IS NULL", authority).await;
        }
        for _ in 0..3 {
            person_signed_in(&app, "elefevre").await;
        }
        for _ in 0..40 {
            person_signed_in(&app, "foreign").await;
        }
        app.settle_audit().await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        for span in ["", "?span=days", "?span=season", "?span=months", "?span=nonsense"] {
            let page = supervisor.get(&format!("/desk/lyon/statistics{span}")).await;
            assert_eq!(page.status, 200);
            assert!(page.body.contains("Intervenant extérieur <strong>3</strong>"), "{span}: {}", page.body);
            assert!(page.body.contains("<td>3</td>") && !page.body.contains("<td>40</td>"), "{span}: {}", page.body);
            assert!(page.body.contains("<title id=\"sign-ins-name\">"), "{span}");
        }
        app.wait(31 * 86_400);
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let page = supervisor.get("/desk/lyon/statistics").await;
        assert!(!page.body.contains("<td>3</td>"), "a month is over");
        let page = supervisor.get("/desk/lyon/statistics?span=months").await;
        assert!(page.body.contains("<td>3</td>"));
    }

    async fn what_is_shown_is_what_the_events_say_once_staff_have_an_authority(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let lyon = guichet::config::AuthorityId::from("lyon");
        let app = app.restarted_with(|settings| settings.upstreams[0].authority = Some(lyon)).await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        app.settle_audit().await;
        let told = "SELECT COUNT(*) FROM audit_event WHERE kind = 'signed-in' AND authority = 'lyon' \
                    AND detail = 'staff upstream'";
        assert_eq!(app.count(told).await, 1);
        assert_eq!(app.count("SELECT n FROM daily_count WHERE kind = 'signed-in' AND authority = 'lyon'").await, 1);
        let page = supervisor.get("/desk/lyon/statistics").await;
        assert!(page.body.contains("Personnel <strong>1</strong>"), "{}", page.body);
    }

    async fn letters_that_bear_no_password_are_not_compared_with_first_sign_ins(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let sender = app.accounts.sender(Some("lyon"), None).unwrap();
        // Who has a password of their own gets a letter without one, unless it is to be replaced.
        for (identifier, replacing) in [
            ("kept", Replacing::OnlyTemporary),
            ("kept-too", Replacing::OnlyTemporary),
            ("replaced", Replacing::Personal),
        ] {
            let account = person_of(&app, identifier, "lyon").await;
            let issued = app.accounts.issue_letter(&account.id, &sender, replacing, &Mandate::operator()).await;
            assert_eq!(issued.unwrap().password.is_some(), identifier == "replaced");
        }
        app.settle_audit().await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let page = supervisor.get("/desk/lyon/statistics").await;
        assert!(page.body.contains("Convocations avec mot de passe <strong>1</strong>"), "{}", page.body);
    }

    async fn requests_that_wait_for_somebody_are_told(app: App) {
        let (app, upstream) = with_arena(&app).await;
        app.person("elefevre").await;
        app.sql("UPDATE account SET authority = 'lyon', email = NULL WHERE lookup_key = $1", "elefevre").await;
        let mut browser = app.browser();
        let opened = browser.open("/forgotten-password").await;
        browser.submit(&opened.form_action(), &[("username", "elefevre")]).await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let page = supervisor.get("/desk/lyon/statistics").await;
        assert!(page.body.contains("Une demande"), "{}", page.body);
    }
}
