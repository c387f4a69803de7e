//! The cases that wait: whose they are, in which order, and who takes care of them.

use futures_util::future::join_all;
use guichet::accounts::{Mandate, Replacing};

use super::{MANAGER, OTHER_MANAGER, STAFF, person_of, signed_in, with_arena};
use crate::import::import;
use crate::on_both_engines;
use crate::recovery::{ask, case_of};
use crate::support::Browser;
use crate::support::browser::Page;

const CASES: &str = "/desk/lyon/cases";

async fn act(manager: &mut Browser, case: &str, act: &str) -> Page {
    let shown = manager.get(CASES).await;
    let session = shown.hidden("session");
    manager.submit(CASES, &[("session", &session), ("case", case), ("act", act)]).await
}

fn place(page: &Page, identifier: &str) -> Option<usize> {
    page.body.find(&format!(" {identifier} "))
}

on_both_engines! {
    async fn open_cases_are_those_of_the_authority_that_no_mail_answers_oldest_first(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = with_arena(&app).await;
        for identifier in ["zoe", "adam"] {
            person_of(&app, identifier, "lyon").await;
            ask(&mut app.browser(), identifier).await;
            app.wait(1);
        }
        person_of(&app, "elsewhere", "dgrh").await;
        let mailed = person_of(&app, "mailed", "lyon").await;
        app.sql("UPDATE account SET email = 'mailed@example.org' WHERE id = $1", mailed.id.as_str()).await;
        for identifier in ["elsewhere", "mailed", "nobody"] {
            ask(&mut app.browser(), identifier).await;
        }
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        for address in [CASES, "/desk/lyon"] {
            let page = manager.get(address).await;
            assert!(place(&page, "zoe").unwrap() < place(&page, "adam").unwrap(), "{}", page.body);
            for absent in ["elsewhere", "mailed", "nobody"] {
                assert_eq!(place(&page, absent), None, "{absent}");
            }
        }
        assert!(manager.get("/desk/lyon").await.body.contains("2 personnes attendent"));
        let mut other = signed_in(&app, &upstream, "dgrh", OTHER_MANAGER).await;
        let page = other.get("/desk/dgrh/cases").await;
        assert!(place(&page, "elsewhere").is_some() && place(&page, "zoe").is_none(), "{}", page.body);
        app.wait(7 * 24 * 3600);
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        assert!(manager.get(CASES).await.body.contains("Personne n’attend"));
    }

    async fn a_case_goes_along_with_whom_an_authority_takes_over(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut cases = Vec::new();
        for identifier in ["pleroux", "zroux"] {
            let account = person_of(&app, identifier, "lyon").await;
            app.sql("UPDATE account SET authority = NULL WHERE id = $1", account.id.as_str()).await;
            let case = case_of(&ask(&mut app.browser(), identifier).await).unwrap();
            cases.push((identifier, account, case));
        }
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        assert!(manager.get(CASES).await.body.contains("Personne n’attend"));
        // By a letter to the one, by an operator's list the other.
        let sender = app.accounts.sender(Some("lyon"), None).unwrap();
        let operator = Mandate::operator();
        let issued = app.accounts.issue_letter(&cases[0].1.id, &sender, Replacing::OnlyTemporary, &operator);
        assert!(issued.await.unwrap().password.is_none(), "their own password opens the access as before");
        let run = import(&app, "NUMERO;NOM;PRENOM;MEL;IDENTIFIANT\n7;Roux;Zoé;;zroux\n").await;
        assert_eq!(run.counts(), (0, 1, 0, 0));
        let list = manager.get(CASES).await;
        for (identifier, account, case) in &cases {
            assert!(place(&list, identifier).is_some(), "{identifier}: {}", list.body);
            let found = manager.get(&format!("/desk/lyon/search?q={case}")).await;
            assert!(found.body.contains(account.id.as_str()), "{identifier}: {}", found.body);
        }
    }

    async fn a_case_is_taken_by_one_manager_at_a_time(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let account = person_of(&app, "pleroux", "lyon").await;
        let case = case_of(&ask(&mut app.browser(), "pleroux").await).unwrap();
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        let mut colleague = signed_in(&app, &upstream, "colette", MANAGER).await;
        let page = act(&mut manager, &case, "take").await;
        assert!(page.body.contains("prise en charge par vous"), "{}", page.body);
        let seen = colleague.get(CASES).await;
        assert!(seen.body.contains("prise en charge par Chantal Garnier"), "{}", seen.body);
        // Neither list nor page offers it to anybody else; who sends the form all the same is told.
        assert!(!seen.body.contains("name=\"act\""), "{}", seen.body);
        let theirs = colleague.get(&format!("/desk/lyon/people/{}/telephone", account.id)).await;
        assert!(theirs.body.contains("s’occupe de cette demande") && !theirs.body.contains("<form"), "{}", theirs.body);

        act(&mut manager, &case, "release").await;
        let taken = act(&mut colleague, &case, "take").await;
        assert!(taken.body.contains("est à vous"), "{}", taken.body);
        app.wait(899);
        let page = manager.get(CASES).await;
        assert!(!page.body.contains("name=\"act\""), "{}", page.body);
        app.wait(1);
        assert!(act(&mut manager, &case, "take").await.body.contains("prise en charge par vous"));
        assert_eq!(
            app.history(&account.id).await.iter().filter(|event| event.as_str() == "case-taken").count(),
            3
        );
    }

    async fn of_managers_who_take_a_case_at_once_one_has_it(app: App) {
        let (app, upstream) = with_arena(&app).await;
        person_of(&app, "pleroux", "lyon").await;
        let case = case_of(&ask(&mut app.browser(), "pleroux").await).unwrap();
        let other = app.another_node().await;
        let mut managers = Vec::new();
        for (number, node) in [&app, &other, &app].into_iter().enumerate() {
            let manager = signed_in(&app, &upstream, &format!("manager{number}"), MANAGER).await;
            managers.push(manager.at(node));
        }
        let mut forms = Vec::new();
        for manager in &mut managers {
            forms.push(manager.get(CASES).await.hidden("session"));
        }
        let takes = managers.iter_mut().zip(&forms).map(|(manager, session)| {
            let form = [("session", session.as_str()), ("case", case.as_str()), ("act", "take")];
            async move { manager.post(CASES, &form).await.location().unwrap() }
        });
        let answers = join_all(takes).await;
        assert_eq!(answers.iter().filter(|answer| answer.ends_with("done=taken")).count(), 1, "{answers:?}");
    }

    async fn many_cases_are_shown_page_by_page_each_once(app: App) {
        let (app, upstream) = with_arena(&app).await;
        for number in 0..30 {
            let identifier = format!("person{number:02}x");
            person_of(&app, &identifier, "lyon").await;
            ask(&mut app.browser(), &identifier).await;
            // Some in the same second.
            app.wait(u64::from(number % 3 == 0));
        }
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        let first = manager.get(CASES).await;
        let second = manager.get(&first.link_to("/desk/lyon/cases?after=")).await;
        for number in 0..30 {
            let identifier = format!("person{number:02}x");
            let times = [&first, &second].iter().filter(|page| place(page, &identifier).is_some()).count();
            assert_eq!(times, 1, "{identifier}");
        }
        assert!(!second.body.contains("more-cases"));
        for odd in ["x", "1 2", "9999999999999999999 123456"] {
            let address = format!("{CASES}?after={}", odd.replace(' ', "+"));
            assert_eq!(manager.get(&address).await.status, 200, "{odd}");
        }
    }

    async fn cases_are_for_managers_of_the_authority_alone(app: App) {
        let (app, upstream) = with_arena(&app).await;
        person_of(&app, "elsewhere", "dgrh").await;
        let case = case_of(&ask(&mut app.browser(), "elsewhere").await).unwrap();
        for (subject, function) in [("dgrh", OTHER_MANAGER), ("teacher", STAFF)] {
            let mut browser = signed_in(&app, &upstream, subject, function).await;
            assert_eq!(browser.get(CASES).await.status, 404, "{subject}");
            assert_eq!(browser.post(CASES, &[("case", &case), ("act", "take")]).await.status, 404);
        }
        assert_eq!(app.browser().get(CASES).await.status, 303);
        // A number of another authority is as one that never was.
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        person_of(&app, "own", "lyon").await;
        ask(&mut app.browser(), "own").await;
        let session = manager.get(CASES).await.hidden("session");
        for number in [case.as_str(), "000000"] {
            let page = manager.post(CASES, &[("session", &session), ("case", number), ("act", "take")]).await;
            assert!(page.location().unwrap().ends_with("done=gone"), "{number}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM recovery_case WHERE taken_by IS NOT NULL").await, 0);
        for form in [&[("session", session.as_str())][..], &[("session", session.as_str()), ("case", "000000")]] {
            assert_eq!(manager.post(CASES, form).await.status, 400);
        }
    }
}
