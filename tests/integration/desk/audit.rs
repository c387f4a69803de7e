//! Supervisors read who saw and did what in their authority, and nothing else.

use super::{MANAGER, OTHER_SUPERVISOR, STAFF, SUPERVISOR, signed_in, with_arena};
use crate::on_both_engines;
use crate::support::browser::Page;
use crate::support::{App, Browser};

async fn export(browser: &mut Browser, authority: &str, more: &[(&str, &str)]) -> Page {
    let session = browser.get("/account").await.hidden("session");
    let form = [&[("session", session.as_str())], more].concat();
    browser.post(&format!("/desk/{authority}/audit/export"), &form).await
}

/// Two people of Lyon and one of the DGRH, with events that only their authority may read.
async fn people(app: &App) {
    for identifier in ["elefevre", "jdurand", "foreign"] {
        app.person(identifier).await;
    }
    app.sql("UPDATE account SET authority = 'lyon' WHERE '' = $1", "").await;
    app.sql("UPDATE account SET authority = 'dgrh' WHERE lookup_key = $1", "foreign").await;
    app.sql(
        "UPDATE audit_event SET authority = (SELECT authority FROM account WHERE account.id = account_id) \
             WHERE '' = $1",
        "",
    )
    .await;
    app.sql("UPDATE audit_event SET reason = '=HYPERLINK(\"x\")' WHERE authority = $1", "lyon").await;
}

fn lines(page: &Page) -> usize {
    page.body.matches("<tr>").count().saturating_sub(1)
}

on_both_engines! {
    async fn a_supervisor_reads_their_authority_alone_and_that_is_noted(app: App) {
        let (app, upstream) = with_arena(&app).await;
        people(&app).await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let page = supervisor.get("/desk/lyon/audit").await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("(elefevre)") && page.body.contains("(jdurand)"), "{}", page.body);
        assert!(!page.body.contains("foreign"));
        let noted = "SELECT COUNT(*) FROM audit_event WHERE kind = 'audit-read' AND authority = 'lyon' \
                     AND actor = 'manager' \
                     AND actor_id = (SELECT id FROM account WHERE upstream_subject = 'resp')";
        assert_eq!(app.count(noted).await, 1);
        assert_eq!(lines(&supervisor.get("/desk/lyon/audit?kind=audit-read").await), 1);
    }

    async fn managers_and_others_find_no_such_page(app: App) {
        let (app, upstream) = with_arena(&app).await;
        people(&app).await;
        for (who, function) in [("gest", MANAGER), ("resp-dgrh", OTHER_SUPERVISOR), ("staff", STAFF)] {
            let mut browser = signed_in(&app, &upstream, who, function).await;
            for page in ["audit", "statistics", "managers"] {
                assert_eq!(browser.get(&format!("/desk/lyon/{page}")).await.status, 404, "{who} {page}");
                assert_eq!(browser.get(&format!("/desk/nowhere/{page}")).await.status, 404, "{who} {page}");
            }
            assert_eq!(export(&mut browser, "lyon", &[("format", "csv")]).await.status, 404, "{who}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind LIKE 'audit-%'").await, 0);
    }

    async fn it_is_chosen_by_person_manager_kind_and_day(app: App) {
        let (app, upstream) = with_arena(&app).await;
        people(&app).await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let mut rows = async |choice: &str| {
            let page = supervisor.get(&format!("/desk/lyon/audit?{choice}")).await;
            assert_eq!(page.status, 200, "{choice}");
            lines(&page)
        };
        assert_eq!(rows("person=ELEFEVRE&kind=created").await, 1);
        assert_eq!(rows("person=nobody").await, 0);
        assert_eq!(rows("person=foreign").await, 0);
        assert_eq!(rows("kind=created").await, 2);
        assert_eq!(rows("kind=created&from=2027-01-15&to=2027-01-15").await, 2);
        assert_eq!(rows("kind=created&from=2027-01-16").await, 0);
        assert_eq!(rows("kind=created&to=2027-01-14").await, 0);
        assert_eq!(rows("by=nobody").await, 0);
        // What makes no sense chooses nothing.
        assert_eq!(rows("kind=nonsense&from=yesterday&behind=x&person=elefevre").await, 2, "made, and looked at");
    }

    async fn looking_for_somebody_of_another_authority_leaves_nothing_with_them(app: App) {
        let (app, upstream) = with_arena(&app).await;
        people(&app).await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let mut connection = app.database.read().await.unwrap();
        let foreign: String = sqlx::query_scalar("SELECT id FROM account WHERE lookup_key = 'foreign'")
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        drop(connection);
        for named in [foreign.as_str(), "foreign"] {
            let page = supervisor.get(&format!("/desk/lyon/audit?person={named}")).await;
            assert_eq!((page.status.as_u16(), lines(&page)), (200, 0));
            export(&mut supervisor, "lyon", &[("format", "jsonl"), ("person", named)]).await;
        }
        let told = "SELECT COUNT(*) FROM audit_event WHERE kind LIKE 'audit-%' AND account_id IS NOT NULL";
        assert_eq!(app.count(told).await, 0);
    }

    async fn pages_follow_each_other_without_a_gap_or_a_repetition(app: App) {
        let (app, upstream) = with_arena(&app).await;
        crate::audit::events(&app, 130).await;
        // Many at the same moment: the order goes on by id.
        app.sql("UPDATE audit_event SET at = 7 WHERE id LIKE 'event-%' AND '' = $1", "").await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let (mut address, mut seen) = ("/desk/lyon/audit?to=2000-01-01".to_owned(), Vec::new());
        loop {
            let page = supervisor.get(&address).await;
            seen.push(lines(&page));
            if !page.body.contains("id=\"audit-older\"") {
                break;
            }
            let (_, rest) = page.body.split_once("id=\"audit-older\" href=\"").unwrap();
            address = rest.split('"').next().unwrap().replace("&#38;", "&");
            assert!(address.contains("to=2000-01-01"), "{address}");
        }
        assert_eq!(seen, [50, 50, 30]);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'audit-read'").await, 1);
    }

    async fn it_is_taken_away_as_a_file_that_no_spreadsheet_executes(app: App) {
        let (app, upstream) = with_arena(&app).await;
        people(&app).await;
        crate::audit::events(&app, 2_100).await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        app.settle_audit().await;
        let csv = export(&mut supervisor, "lyon", &[("format", "csv"), ("kind", "created")]).await;
        assert_eq!(csv.status, 200);
        assert!(csv.header("content-type").starts_with("text/csv"));
        assert!(csv.header("content-disposition").contains("audit-lyon.csv"));
        let rows: Vec<_> = csv.body.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(rows.len(), 3, "{}", csv.body);
        assert!(rows[1].contains("'=HYPERLINK"), "{}", rows[1]);
        let jsonl = export(&mut supervisor, "lyon", &[("format", "jsonl"), ("to", "2000-01-01")]).await;
        let events: Vec<serde_json::Value> =
            jsonl.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(events.len(), 2_100);
        assert!(events.iter().all(|event| event["seq"].is_i64() && event["seal"].is_string()));
        assert!(!csv.body.contains("Lefèvre") && !jsonl.body.contains("foreign"));
        let noted = "SELECT COUNT(*) FROM audit_event WHERE kind = 'audit-exported' AND authority = 'lyon' \
                     AND detail IN ('csv created', 'jsonl 2000-01-01')";
        assert_eq!(app.count(noted).await, 2);
        assert_eq!(export(&mut supervisor, "lyon", &[("format", "exe")]).await.status, 400);
        assert_eq!(export(&mut supervisor, "dgrh", &[("format", "csv")]).await.status, 404);
    }

    async fn failures_stand_there_with_their_reason_in_words(app: App) {
        let (app, upstream) = with_arena(&app).await;
        people(&app).await;
        let (mut browser, action) = crate::signin::at_the_form(&app).await;
        crate::signin::try_password(&mut browser, &action, "elefevre", "Wrong-Horse-7").await;
        app.settle_audit().await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let page = supervisor.get("/desk/lyon/audit?kind=sign-in-failed").await;
        assert_eq!(lines(&page), 1);
        assert!(page.body.contains("mot de passe erroné"), "{}", page.body);
    }

    async fn a_sign_in_is_told_by_the_name_of_its_door(app: App) {
        let (app, upstream) = with_arena(&app).await;
        people(&app).await;
        crate::signin::signed_in(&app, "elefevre").await;
        let mut supervisor = signed_in(&app, &upstream, "resp", SUPERVISOR).await;
        let page = supervisor.get("/desk/lyon/audit?kind=signed-in").await;
        assert!(page.body.contains("Intervenant extérieur"), "{}", page.body);
        assert!(!page.body.contains(">external<"), "{}", page.body);
    }
}
