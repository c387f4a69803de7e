//! The person's screen: what it tells, to whom, and what is noted of that.

use guichet::accounts::{CaseNumber, Mandate};
use guichet::mail::Address;

use super::people::{act, confirmed, events, look, of_lyon, offers, screen, send, with_letter};
use super::{MANAGER, OTHER_MANAGER, OTHER_SUPERVISOR, STAFF, SUPERVISOR, signed_in, with_arena};
use crate::on_both_engines;
use crate::recovery::{ask, case_of};
use crate::signin::{at_the_form, signed_in as sign_in_as, try_password};

on_both_engines! {
    async fn the_screen_tells_in_one_sentence_how_the_access_stands(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let (newcomer, _) = with_letter(&app, "andiaye").await;
        let number = app.accounts.letters_of(&newcomer.id).await.unwrap()[0].number.clone();
        let shown = look(&mut browser, &newcomer).await.body;
        assert!(shown.contains("jamais imprimé, valable jusqu’au 31 août"), "{shown}");
        app.accounts.mark_letters_printed(std::slice::from_ref(&number)).await.unwrap();
        let shown = look(&mut browser, &newcomer).await.body;
        assert!(shown.contains("Mot de passe temporaire imprimé le 15 janvier 2027, jamais utilisé, valable \
            jusqu’au 31 août 2027, adresse électronique inconnue."), "{shown}");
        assert!(shown.contains(number.as_str()), "the number of the letter");
        assert!(shown.contains("<span>andi</span><span>aye</span>"), "the identifier in groups: {shown}");

        let person = confirmed(&app, "elefevre").await;
        let shown = look(&mut browser, &person).await.body;
        assert!(shown.contains("Mot de passe personnel depuis le 15 janvier 2027, adresse électronique confirmée."), "{shown}");
        app.disable(&person).await;
        let shown = look(&mut browser, &person).await.body;
        assert!(shown.contains("Accès désactivé le 1er janvier 1970"), "{shown}");
    }

    async fn only_managers_of_the_authority_see_a_person(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = of_lyon(&app, "elefevre").await;
        let nobodys = app.person("mdurand").await;
        for function in [MANAGER, SUPERVISOR] {
            let mut browser = signed_in(&app, &upstream, function, function).await;
            assert_eq!(browser.get(&screen(&person)).await.status, 200, "{function}");
            // Staff, people of nobody, and those who do not exist are alike.
            let manager: String = {
                let mut connection = app.database.read().await.unwrap();
                sqlx::query_scalar("SELECT id FROM account WHERE upstream_subject = $1")
                    .bind(function).fetch_one(&mut *connection).await.unwrap()
            };
            for id in [manager.as_str(), nobodys.id.as_str(), "nobody"] {
                assert_eq!(browser.get(&format!("/desk/lyon/people/{id}")).await.status, 404, "{id}");
                assert_eq!(browser.get(&format!("/desk/lyon/people/{id}/merge")).await.status, 404, "{id}");
            }
        }
        for function in [OTHER_MANAGER, OTHER_SUPERVISOR, STAFF] {
            let mut browser = signed_in(&app, &upstream, function, function).await;
            for authority in ["lyon", "dgrh"] {
                for page in ["", "/merge", "/merge?other=elefevre"] {
                    let address = format!("/desk/{authority}/people/{}{page}", person.id);
                    assert_eq!(browser.get(&address).await.status, 404, "{function} {address}");
                }
            }
        }
        let mut external = sign_in_as(&app, "elefevre").await;
        assert_eq!(external.get(&screen(&person)).await.status, 404);
        let asked = app.browser().get(&screen(&person)).await;
        assert_eq!(asked.status, 303);
        assert!(asked.location().unwrap().starts_with("/sign-in"));
        assert_eq!(events(&app, &person, "looked").await, 2, "who saw nothing has not looked");
    }

    async fn a_look_is_noted_once_a_minute_with_the_name_of_its_authority_for_the_person(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = of_lyon(&app, "elefevre").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        for _ in 0..3 {
            look(&mut browser, &person).await;
        }
        assert_eq!(events(&app, &person, "looked").await, 1);
        app.wait(61);
        look(&mut browser, &person).await;
        assert_eq!(events(&app, &person, "looked").await, 2);
        // What is shown after an act belongs to the act.
        app.wait(61);
        look(&mut browser, &person).await;
        act(&mut browser, &person, "disable", &[]).await;
        assert_eq!(events(&app, &person, "looked").await, 3);
        act(&mut browser, &person, "enable", &[]).await;

        let mut own = sign_in_as(&app, "elefevre").await;
        let account = own.get("/account").await.body;
        assert!(account.contains("Consultation par votre autorité"), "{account}");
        assert!(account.contains("Compte désactivé <span class=\"fr-hint-text\">(Académie de Lyon)"), "{account}");
        assert!(!account.contains("Garnier"), "managers are not named to people: {account}");
    }

    async fn the_timeline_tells_who_did_what_and_why_and_goes_back_page_by_page(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = of_lyon(&app, "elefevre").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        act(&mut browser, &person, "end-sessions", &[]).await;
        let shown = look(&mut browser, &person).await;
        assert!(shown.body.contains("par Chantal Garnier"), "{}", shown.body);
        assert!(shown.body.contains("<q class=\"guichet-why\">appel du jour</q>"), "{}", shown.body);
        let manager: String = {
            let mut connection = app.database.read().await.unwrap();
            sqlx::query_scalar("SELECT id FROM account WHERE upstream_subject = 'manager'")
                .fetch_one(&mut *connection).await.unwrap()
        };
        assert!(!shown.body.contains(&manager), "nobody's id is told");

        // Forty more, many of the same second.
        let mut transaction = app.database.write().await.unwrap();
        for number in 0..40_i64 {
            sqlx::query("INSERT INTO audit_event (id, at, account_id, actor, kind, detail, authority) \
                         VALUES ($1, $2, $3, 'person', 'letter-issued', $1, 'lyon')")
                .bind(format!("EV-{number:02}"))
                .bind(1_700_000_000 + number / 10)
                .bind(person.id.as_str())
                .execute(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
        let (mut seen, mut address) = (Vec::new(), screen(&person));
        for _ in 0..10 {
            let page = browser.get(&address).await;
            // What is shown, and not where links lead: they name the last event.
            let parts = page.body.split("href=\"").enumerate();
            let shown: String = parts
                .map(|(place, part)| if place == 0 { part } else { part.split_once('"').map_or("", |(_, rest)| rest) })
                .collect();
            seen.extend(shown.split("EV-").skip(1).map(|rest| rest[..2].to_owned()));
            let Some((_, older)) = page.body.split_once("id=\"older\" href=\"") else { break };
            older.split('#').next().unwrap().clone_into(&mut address);
        }
        let expected: Vec<String> = (0..40).rev().map(|number| format!("{number:02}")).collect();
        assert_eq!(seen, expected, "each once, the latest first");
        for wrong in ["x", "1", "-5.a", "99999999999999999999.a", "1.%00"] {
            assert_ne!(browser.get(&format!("{}?before={wrong}", screen(&person))).await.status, 500, "{wrong}");
        }
    }

    async fn the_number_of_a_request_is_shown_and_stands_for_the_reason(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let (person, _) = with_letter(&app, "andiaye").await;
        let other = of_lyon(&app, "elefevre").await;
        let asked = ask(&mut app.browser(), "andiaye").await;
        let number = case_of(&asked).expect("a number");
        assert!(CaseNumber::parse(&number).is_some());
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let shown = look(&mut browser, &person).await;
        assert!(shown.body.contains(&format!("{}?case={number}", screen(&person))), "{}", shown.body);
        let there = browser.get(&format!("{}?case={number}", screen(&person))).await;
        assert!(there.body.contains(&format!("name=\"case\" value=\"{number}\"")), "{}", there.body);
        assert!(!there.body.contains("name=\"reason\""), "no reason is asked for: {}", there.body);
        // Another person's number stands for nothing.
        let elsewhere = browser.get(&format!("{}?case={number}", screen(&other))).await;
        assert!(elsewhere.body.contains("name=\"reason\""));
        let shown = look(&mut browser, &other).await;
        let refused = send(&mut browser, &shown, &other, "disable", &[("case", &number)]).await;
        assert_eq!(refused.status, 422);
        let done = send(&mut browser, &there, &person, "end-sessions", &[("case", &number)]).await;
        // With a letter that was never used there is nothing to end, but the act is not wrong.
        assert_eq!(done.status, 303);
        assert!(done.location().unwrap().contains(&format!("case={number}")), "{:?}", done.location());
        let mut connection = app.database.read().await.unwrap();
        let reason: String = sqlx::query_scalar("SELECT reason FROM audit_event WHERE kind = 'access-ended'")
            .fetch_one(&mut *connection).await.unwrap();
        assert_eq!(reason, number);
    }

    async fn what_a_disabled_person_cannot_get_is_not_offered_and_a_line_says_why(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = with_arena(&app).await;
        let person = confirmed(&app, "elefevre").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let shown = look(&mut browser, &person).await;
        for word in ["reset-link", "propose-address", "remove-address", "end-sessions", "disable", "merge"] {
            assert!(offers(&shown, word), "{word}: {}", shown.body);
        }
        for word in ["unlock", "enable", "withdraw-proposal"] {
            assert!(!offers(&shown, word), "{word}");
        }
        app.disable(&person).await;
        let shown = look(&mut browser, &person).await;
        for word in ["reset-link", "propose-address", "end-sessions", "disable", "unlock"] {
            assert!(!offers(&shown, word), "{word}");
        }
        assert!(offers(&shown, "enable"));
        assert!(shown.body.contains("Envoyer le lien de mot de passe\u{a0}: l’accès est désactivé."), "{}", shown.body);
    }

    async fn a_wait_after_failures_is_told_and_lifted(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = of_lyon(&app, "elefevre").await;
        let (mut stranger, action) = at_the_form(&app).await;
        for _ in 0..6 {
            try_password(&mut stranger, &action, "elefevre", "wrong").await;
        }
        assert_eq!(try_password(&mut stranger, &action, "elefevre", "wrong").await.status, 429);
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let shown = look(&mut browser, &person).await;
        assert!(shown.body.contains("Après des essais erronés, il faut attendre"), "{}", shown.body);
        let done = act(&mut browser, &person, "unlock", &[]).await;
        assert!(done.body.contains("L’attente est levée."), "{}", done.body);
        assert!(!offers(&done, "unlock"));
        assert_eq!(try_password(&mut stranger, &action, "elefevre", "wrong").await.status, 422);
    }

    async fn a_mail_that_was_given_up_is_told_in_words_and_sent_again_once(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = with_arena(&app).await;
        let person = confirmed(&app, "elefevre").await;
        let other = confirmed(&app, "mdurand").await;
        let address = Address::parse("new@example.org").unwrap();
        app.accounts.set_email(&person.id, Some(&address), &Mandate::operator()).await.unwrap();
        app.sql("UPDATE outbox_mail SET state = 'failed', last_error = 'at RCPT TO: 550 unknown' \
                 WHERE recipient = $1", "new@example.org").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let shown = look(&mut browser, &person).await;
        assert!(shown.body.contains("L’adresse est refusée par son serveur (at RCPT TO: 550 unknown)."), "{}", shown.body);
        let retry = shown.body.split("action=\"").find(|part| part.contains("/retry\"")).unwrap();
        let retry = retry.split('"').next().unwrap().to_owned();
        let mail = retry.rsplit('/').nth(1).unwrap().to_owned();
        // Not by way of another person.
        let theirs = look(&mut browser, &other).await;
        let wrong = send(&mut browser, &theirs, &other, &format!("mails/{mail}/retry"), &[]).await;
        assert!(wrong.location().unwrap().contains("done=nothing"), "{:?}", wrong.location());
        for expected in ["mail-retried", "nothing"] {
            let shown = look(&mut browser, &person).await;
            let done = send(&mut browser, &shown, &person, &format!("mails/{mail}/retry"), &[]).await;
            assert!(done.location().unwrap().contains(&format!("done={expected}")), "{:?}", done.location());
        }
        assert_eq!(events(&app, &person, "mail-retried").await, 1);
    }

    async fn the_screen_holds_no_secret(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let (person, printed) = with_letter(&app, "andiaye").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let shown = look(&mut browser, &person).await;
        let mut connection = app.database.read().await.unwrap();
        let hash: String = sqlx::query_scalar("SELECT hash FROM password WHERE account_id = $1")
            .bind(person.id.as_str()).fetch_one(&mut *connection).await.unwrap();
        for secret in [printed.as_str(), &printed.replace('-', ""), hash.as_str()] {
            assert!(!shown.body.contains(secret));
        }
        assert!(shown.header("cache-control").contains("no-store"));
    }
}
