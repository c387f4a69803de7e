//! "I forgot my password": what is told, what is kept, what is sent.

use futures_util::future::join_all;
use guichet::config::Disclosure;

use super::{CHOSEN, ask, case_of, link_for, reset};
use crate::on_both_engines;
use crate::signin::signed_in;
use crate::support::App;
use crate::support::browser::Page;

/// Everybody whose password cannot be sent a mail, each for another reason.
async fn people_without_mail(app: &App) -> [&'static str; 4] {
    let without = app.person("withoutmail").await;
    app.sql("UPDATE account SET email = NULL WHERE id = $1", without.id.as_str()).await;
    let pending = app.person("pendingmail").await;
    app.sql(
        "UPDATE account SET email = NULL, pending_email = 'pendingmail@example.org' WHERE id = $1",
        pending.id.as_str(),
    )
    .await;
    let disabled = app.person("disabled").await;
    app.disable(&disabled).await;
    ["withoutmail", "pendingmail", "disabled", "nobody"]
}

/// A page without what differs from one request to the next.
fn bare(page: &Page) -> String {
    let mut body = page.body.clone();
    for id in ["case-number", "caller-code", "manager-code"] {
        if let Some((before, rest)) = body.split_once(&format!("id=\"{id}\">")) {
            body = format!("{before}{}", rest.split_once('<').unwrap().1);
        }
    }
    body
}

on_both_engines! {
    async fn a_known_address_gets_a_mail_and_the_page_says_so(app: App) {
        let app = app.with_mail().await;
        let account = app.person("elefevre").await;
        let page = ask(&mut app.browser(), " Elefevre").await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("Un courriel vient d’être envoyé"), "{}", page.body);
        assert!(page.body.contains("une heure"), "{}", page.body);
        assert_eq!(case_of(&page), None);
        assert!(app.posted("elefevre@example.org").await.is_empty(), "the request itself sends nothing");
        assert!(app.history(&account.id).await.is_empty());

        assert_eq!(app.accounts.answer_recovery_cases().await.unwrap(), 1);
        assert_eq!(app.kinds_of_mails("elefevre@example.org").await, ["reset-password"]);
        assert_eq!(app.history(&account.id).await, ["recovery-asked"]);
        assert_eq!(app.accounts.answer_recovery_cases().await.unwrap(), 0);
        assert_eq!(app.posted("elefevre@example.org").await.len(), 1);
    }

    async fn five_requests_an_hour_stop_mails_and_leave_the_telephone_whether_somebody_exists_or_not(app: App) {
        let app = app.with_mail().await;
        let account = app.person("elefevre").await;
        let without = app.person("withoutmail").await;
        app.sql("UPDATE account SET email = NULL WHERE id = $1", without.id.as_str()).await;
        let mut answers = Vec::new();
        for identifier in ["elefevre", "withoutmail", "nobody"] {
            for _ in 0..5 {
                assert_eq!(ask(&mut app.browser(), identifier).await.status, 200);
                app.accounts.answer_recovery_cases().await.unwrap();
            }
        }
        app.wait(301);
        for identifier in ["elefevre", "withoutmail", "nobody"] {
            let mut victim = app.browser();
            victim.address = Some("192.0.2.44".parse().unwrap());
            let page = ask(&mut victim, identifier).await;
            assert_eq!(page.status, 200);
            assert!(case_of(&page).is_some(), "{}", page.body);
            answers.push(bare(&page));
            app.accounts.answer_recovery_cases().await.unwrap();
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
        assert_eq!(app.posted("elefevre@example.org").await.len(), 1, "none after the fifth");
        let noted = app.history(&account.id).await;
        assert_eq!(noted.iter().filter(|kind| *kind == "recovery-asked").count(), 5, "nor is the history filled");
        app.wait(3_601);
        let page = ask(&mut app.browser(), "elefevre").await;
        assert!(page.body.contains("vient d’être envoyé"), "{}", page.body);
    }

    async fn strangers_use_up_nothing_of_a_browser_that_is_known(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let mut own = signed_in(&app, "elefevre").await;
        for number in 0..6 {
            let mut stranger = app.browser();
            stranger.address = Some(format!("192.0.2.{number}").parse().unwrap());
            ask(&mut stranger, "elefevre").await;
        }
        let page = ask(&mut own, "elefevre").await;
        assert!(page.body.contains("vient d’être envoyé"), "{}", page.body);
    }

    async fn a_network_that_asks_without_end_is_told_to_wait_whoever_it_asks_for(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        for number in 0..30 {
            assert_eq!(ask(&mut app.browser(), &format!("nobody{number}")).await.status, 200);
        }
        let mut answers = Vec::new();
        for identifier in ["elefevre", "nobody"] {
            let page = ask(&mut app.browser(), identifier).await;
            assert_eq!(page.status, 429);
            assert!(page.headers.contains_key("retry-after"));
            assert!(page.body.contains("trop de demandes"), "{}", page.body);
            assert_eq!(case_of(&page), None);
            answers.push(page.body.replace(identifier, ""));
        }
        assert_eq!(answers[0], answers[1]);
        app.wait(3_601);
        assert_eq!(ask(&mut app.browser(), "elefevre").await.status, 200);
    }

    async fn requests_from_elsewhere_take_no_case_away(app: App) {
        let account = app.person("elefevre").await;
        let from = async |address: String, identifier: &str| {
            let mut browser = app.browser();
            browser.address = Some(address.parse().unwrap());
            let case = case_of(&ask(&mut browser, identifier).await).expect("a case number");
            (browser, case)
        };
        for identifier in ["elefevre", "nobody"] {
            let (mut waiting, case) = from("192.0.2.44".to_owned(), identifier).await;
            // One place has one case: however often a site asks, from whichever of its networks.
            for number in 0..20 {
                from(format!("2001:db8:1:{number:x}::1"), identifier).await;
            }
            let page = waiting.get("/forgotten-password/telephone").await;
            assert_eq!(case_of(&page), Some(case), "{}", page.body);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM recovery_case").await, 4);
        // Nor does an account have cases without end.
        for number in 0..12 {
            from(format!("198.51.100.{number}"), "elefevre").await;
        }
        let mut connection = app.database.read().await.unwrap();
        let many: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM recovery_case WHERE account_id = $1")
            .bind(account.id.as_str())
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert_eq!(many, 8);
    }

    async fn everybody_else_is_sent_to_the_manager_with_a_case_number(app: App) {
        let app = app.with_mail().await;
        let mut answers = Vec::new();
        for identifier in people_without_mail(&app).await {
            let page = ask(&mut app.browser(), identifier).await;
            assert_eq!(page.status, 200);
            assert!(page.body.contains("haut à gauche"), "{}", page.body);
            assert!(page.body.contains("tel:0472806488"), "{}", page.body);
            let case = case_of(&page).expect("a case number");
            assert!(case.len() == 6 && case.bytes().all(|byte| byte.is_ascii_digit()), "{case}");
            answers.push(bare(&page));
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
        app.accounts.answer_recovery_cases().await.unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox_mail").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM mailed_link").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'recovery-asked'").await, 3);
    }

    async fn under_uniform_disclosure_all_answers_are_the_same(app: App) {
        let app = app.with_mail().await;
        let app = app.restarted_with(|settings| settings.recovery.disclosure = Disclosure::Uniform).await;
        app.person("elefevre").await;
        let mut answers = Vec::new();
        for identifier in people_without_mail(&app).await.into_iter().chain(["elefevre", "elefevre"]) {
            let page = ask(&mut app.browser(), identifier).await;
            assert!(case_of(&page).is_some(), "{}", page.body);
            answers.push(bare(&page));
            app.accounts.answer_recovery_cases().await.unwrap();
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
        assert_eq!(app.posted("elefevre@example.org").await.len(), 1, "a second one would come too soon");
    }

    async fn without_a_mail_server_everybody_is_sent_to_the_manager(app: App) {
        app.person("elefevre").await;
        let page = ask(&mut app.browser(), "elefevre").await;
        assert!(case_of(&page).is_some(), "{}", page.body);
        app.accounts.answer_recovery_cases().await.unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox_mail").await, 0);
    }

    async fn a_case_number_finds_its_account_while_it_lives(app: App) {
        let account = app.person("elefevre").await;
        let first = case_of(&ask(&mut app.browser(), "elefevre").await).unwrap();
        let found = app.accounts.case(&first).await.unwrap().expect("found");
        assert_eq!(found.id, account.id);
        let spoken = format!(" {} {} ", &first[..3], &first[3..]);
        assert!(app.another_node().await.accounts.case(&spoken).await.unwrap().is_some());
        for wrong in ["", "12345", "1234567", "abcdef", &first[..5], "' OR 1=1"] {
            assert!(app.accounts.case(wrong).await.unwrap().is_none(), "{wrong}");
        }
        let second = case_of(&ask(&mut app.browser(), "ELEFEVRE ").await).unwrap();
        assert!(first == second || app.accounts.case(&first).await.unwrap().is_none());
        let unknown = case_of(&ask(&mut app.browser(), "nobody").await).unwrap();
        assert!(app.accounts.case(&unknown).await.unwrap().is_none());
        assert_eq!(app.count("SELECT COUNT(*) FROM recovery_case").await, 2);
        app.wait(7 * 24 * 3600);
        assert!(app.accounts.case(&second).await.unwrap().is_none());
    }

    async fn many_who_ask_at_once_get_one_number_each(app: App) {
        app.person("elefevre").await;
        let other = app.another_node().await;
        let pages = join_all((0..12).map(|number| {
            let node = if number % 2 == 0 { &app } else { &other };
            let identifier = if number % 3 == 0 { "elefevre".to_owned() } else { format!("nobody{number}") };
            async move { ask(&mut node.browser(), &identifier).await }
        }))
        .await;
        // Of the four who ask for the same, the last one's page lives on; another's may have been looked at before.
        let alive = pages.iter().filter(|page| case_of(page).is_some()).count();
        assert!((9..=12).contains(&alive), "{alive} pages");
        for page in pages.iter().filter(|page| case_of(page).is_none()) {
            assert!(page.status == 410 && page.body.contains("plus ouverte"), "{}", page.body);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM recovery_case").await, 9);
        assert_eq!(app.count("SELECT COUNT(DISTINCT number) FROM recovery_case").await, 9);
    }

    async fn one_account_gets_one_mail_in_five_minutes(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let first = link_for(&app, "elefevre").await;
        let page = ask(&mut app.browser(), "elefevre").await;
        assert!(page.body.contains("déjà été envoyé"), "{}", page.body);
        app.accounts.answer_recovery_cases().await.unwrap();
        assert_eq!(app.posted("elefevre@example.org").await.len(), 1);
        assert_eq!(app.browser().get(&first).await.status, 200, "the link that was told of works");

        app.wait(300);
        let second = link_for(&app, "elefevre").await;
        assert_ne!(first, second);
        assert_eq!(app.browser().get(&first).await.status, 410, "a newer link kills the older");
        // Once the link is used, there is nothing to wait for.
        assert_eq!(reset(&mut app.browser(), &second, CHOSEN).await.status, 200);
        let page = ask(&mut app.browser(), "elefevre").await;
        assert!(page.body.contains("vient d’être envoyé"), "{}", page.body);
    }

    async fn of_nodes_that_answer_at_once_one_sends_the_mail(app: App) {
        let app = app.with_mail().await;
        let other = app.another_node().await;
        for number in 0..5 {
            app.person(&format!("person{number}")).await;
            ask(&mut app.browser(), &format!("person{number}")).await;
        }
        let nodes = [&app, &other, &app, &other];
        let rounds = join_all(nodes.map(|node| node.accounts.answer_recovery_cases())).await;
        assert_eq!(rounds.into_iter().map(Result::unwrap).sum::<usize>(), 5);
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox_mail").await, 5);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'recovery-asked'").await, 5);
    }

    async fn what_an_account_became_since_the_request_counts(app: App) {
        let app = app.with_mail().await;
        let account = app.person("elefevre").await;
        ask(&mut app.browser(), "elefevre").await;
        app.disable(&account).await;
        app.accounts.answer_recovery_cases().await.unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox_mail").await, 0);
    }

    async fn an_academic_identifier_is_sent_to_its_own_door_once(app: App) {
        let mut browser = app.browser();
        let page = ask(&mut browser, "e.lefevre@ac-test.fr").await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains("ARENA"), "{}", page.body);
        assert_eq!(app.count("SELECT COUNT(*) FROM recovery_case").await, 0);
        let form = [("username", "e.lefevre@ac-test.fr"), ("insists", "e.lefevre@ac-test.fr")];
        let page = browser.submit("/forgotten-password", &form).await;
        assert!(case_of(&page).is_some(), "{}", page.body);
    }

    async fn a_request_for_nobody_is_shown_its_form_again(app: App) {
        let long = "x".repeat(257);
        for nothing in ["", "  ", &long] {
            let page = ask(&mut app.browser(), nothing).await;
            assert_eq!(page.status, 422);
            assert!(page.body.contains("il manque votre identifiant"), "{}", page.body);
        }
        let twice = app.browser().post("/forgotten-password", &[("username", "a"), ("username", "b")]).await;
        assert_eq!(twice.status, 400);
        assert_eq!(app.count("SELECT COUNT(*) FROM recovery_case").await, 0);
    }
}
