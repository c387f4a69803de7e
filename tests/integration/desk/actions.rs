//! What managers do for a person: with a reason, upon what they saw, once, and undone where that is safe.

use guichet::accounts::{Change, Mandate, PasswordCheck};
use guichet::kit::secrets::Secret;

use super::people::{act, confirmed, events, look, now, of_lyon, offers, screen, send, with_letter};
use super::{MANAGER, OTHER_MANAGER, STAFF, signed_in, with_arena};
use crate::on_both_engines;
use crate::recovery::ask;
use crate::signin::{at_the_form, is_signed_in, signed_in as sign_in_as, try_password};
use crate::support::app::PASSWORD;

const REASON: (&str, &str) = ("reason", "appel du jour");

on_both_engines! {
    async fn an_act_needs_a_reason_and_loses_nothing_that_was_typed(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = with_arena(&app).await;
        let person = of_lyon(&app, "elefevre").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let shown = look(&mut browser, &person).await;
        let long = "x".repeat(201);
        for reason in ["", " a ", long.as_str()] {
            let typed = [("reason", reason), ("email", "neuve@example.org")];
            let again = send(&mut browser, &shown, &person, "propose-address", &typed).await;
            assert_eq!(again.status, 422);
            assert!(again.body.contains("Indiquez le motif"), "{}", again.body);
            assert!(again.body.contains("value=\"neuve@example.org\""), "{}", again.body);
            assert!(again.body.contains("id=\"act-propose-address\" open"), "{}", again.body);
        }
        let again = send(&mut browser, &shown, &person, "propose-address", &[REASON, ("email", "neuve@")]).await;
        assert_eq!(again.status, 422);
        assert!(again.body.contains("value=\"neuve@\"") && again.body.contains("value=\"appel du jour\""));
        assert_eq!(now(&app, &person).await.proposed_email, None);
        assert_eq!(events(&app, &person, "address-proposed").await, 0);
    }

    async fn disabling_ends_everything_and_is_undone_by_one_press(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = of_lyon(&app, "elefevre").await;
        let own = sign_in_as(&app, "elefevre").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let done = act(&mut browser, &person, "disable", &[]).await;
        assert!(done.body.contains("L’accès est désactivé."), "{}", done.body);
        assert!(!is_signed_in(&own).await);
        assert!(done.body.contains(&format!("action=\"{}/enable\"", screen(&person))), "{}", done.body);
        let undone = send(&mut browser, &done, &person, "enable", &[("reason", &done.hidden("reason"))]).await;
        assert_eq!(undone.status, 303);
        assert!(now(&app, &person).await.is_open());
        sign_in_as(&app, "elefevre").await;
        assert!(!is_signed_in(&own).await, "what was ended stays so");
        // A message that somebody makes up offers nothing that cannot be done.
        let made_up = browser.get(&format!("{}?done=disabled", screen(&person))).await;
        assert!(!made_up.body.contains("id=\"undo\""), "{}", made_up.body);
    }

    async fn sessions_end_and_the_password_stays(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = of_lyon(&app, "elefevre").await;
        let own = sign_in_as(&app, "elefevre").await;
        let client = app.client("app");
        let offline = client.authorization(&[("scope", "openid offline_access")]);
        let tokens = client.redeem(&app.browser().sign_in(&offline, "elefevre").await).await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        act(&mut browser, &person, "end-sessions", &[]).await;
        assert!(!is_signed_in(&own).await);
        assert_eq!(client.refresh(&tokens.text("refresh_token")).await.status, 400);
        sign_in_as(&app, "elefevre").await;
    }

    async fn a_stale_page_does_nothing_and_tells_what_happened_meanwhile(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = of_lyon(&app, "elefevre").await;
        let mut first = signed_in(&app, &upstream, "first", MANAGER).await;
        let mut second = signed_in(&app, &upstream, "second", MANAGER).await;
        let old = look(&mut second, &person).await;
        app.wait(5);
        act(&mut first, &person, "disable", &[]).await;
        app.wait(5);
        let typed = ("reason", "la personne ne répond plus");
        let stale = send(&mut second, &old, &person, "end-sessions", &[typed]).await;
        assert_eq!(stale.status, 409);
        let (_, meanwhile) = stale.body.split_once("id=\"meanwhile\"").expect("what happened meanwhile");
        let meanwhile = meanwhile.split("</ul>").next().unwrap();
        assert!(meanwhile.contains("Accès désactivé") && meanwhile.contains("appel du jour"), "{meanwhile}");
        assert_eq!(events(&app, &person, "access-ended").await, 0);
        // The same with what is shown now: the state is the present one.
        assert!(offers(&stale, "enable") && !offers(&stale, "end-sessions"), "{}", stale.body);
        assert_eq!(send(&mut second, &stale, &person, "enable", &[typed]).await.status, 303);
    }

    async fn whoever_was_deleted_is_nobody_to_a_manager(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = of_lyon(&app, "elefevre").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let shown = look(&mut browser, &person).await;
        assert_eq!(app.accounts.delete(&person.id, &Mandate::operator()).await.unwrap(), Change::Made);
        let nothing = browser.get("/desk/lyon/people/nobody").await;
        for word in ["enable", "propose-address", "end-sessions"] {
            let answer = send(&mut browser, &shown, &person, word, &[REASON, ("email", "neuve@example.org")]).await;
            assert_eq!(answer.status, nothing.status, "{word}");
        }
        let row = now(&app, &person).await;
        assert!(!row.is_open() && row.proposed_email.is_none(), "{row:?}");
    }

    async fn a_double_click_acts_once(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = with_arena(&app).await;
        let person = confirmed(&app, "elefevre").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        for (word, kind) in [("end-sessions", "access-ended"), ("reset-link", "reset-link-sent"),
            ("propose-address", "address-proposed"), ("disable", "disabled")]
        {
            let shown = look(&mut browser, &person).await;
            let typed = [REASON, ("email", "neuve@example.org")];
            let first = send(&mut browser, &shown, &person, word, &typed).await;
            assert_eq!(first.status, 303, "{word}: {}", first.body);
            let again = send(&mut browser, &shown, &person, word, &typed).await;
            assert!(matches!(again.status.as_u16(), 303 | 409), "{word}: {}", again.status);
            assert_eq!(events(&app, &person, kind).await, 1, "{word}");
        }
        assert_eq!(app.kinds_of_mails("elefevre@example.org").await.iter().filter(|kind| *kind == "reset-password").count(), 1);
    }

    async fn of_two_managers_at_once_one_acts_and_the_other_sees_it(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut first = signed_in(&app, &upstream, "first", MANAGER).await;
        let mut second = signed_in(&app, &upstream, "second", MANAGER).await;
        let node = app.another_node().await;
        for round in 0..3 {
            let person = of_lyon(&app, &format!("person{round}")).await;
            let shown = (look(&mut first, &person).await, look(&mut second, &person).await);
            let mut elsewhere = second.at(&node);
            let (one, other) = tokio::join!(
                send(&mut first, &shown.0, &person, "disable", &[REASON]),
                send(&mut elsewhere, &shown.1, &person, "end-sessions", &[REASON]),
            );
            let mut statuses = [one.status.as_u16(), other.status.as_u16()];
            statuses.sort_unstable();
            assert_eq!(statuses, [303, 409], "{} {}", one.body, other.body);
            let done = events(&app, &person, "disabled").await + events(&app, &person, "access-ended").await;
            assert_eq!(done, 1);
        }
    }

    async fn only_the_person_of_the_path_in_the_session_of_the_form_is_changed(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = of_lyon(&app, "elefevre").await;
        let other = of_lyon(&app, "mdurand").await;
        let theirs = app.person("jmartin").await;
        app.sql("UPDATE account SET authority = 'dgrh' WHERE id = $1", theirs.id.as_str()).await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let shown = look(&mut browser, &person).await;
        let named = send(&mut browser, &shown, &person, "disable", &[REASON, ("id", other.id.as_str())]).await;
        assert_eq!(named.status, 400);
        assert_eq!(send(&mut browser, &shown, &theirs, "disable", &[REASON]).await.status, 404);
        assert_eq!(send(&mut browser, &shown, &person, "delete", &[REASON]).await.status, 404);
        // The state of one person is not that of another.
        assert_eq!(send(&mut browser, &shown, &other, "disable", &[REASON]).await.status, 409);
        // A form of another session leads to the screen and does nothing.
        let mut elsewhere = signed_in(&app, &upstream, "manager", MANAGER).await;
        let led = send(&mut elsewhere, &shown, &person, "disable", &[REASON]).await;
        assert_eq!(led.location().as_deref(), Some(screen(&person).as_str()));
        let mut signed_out = app.browser();
        let asked = send(&mut signed_out, &shown, &person, "disable", &[REASON]).await;
        assert!(asked.location().unwrap().starts_with("/sign-in"), "{:?}", asked.location());
        for function in [OTHER_MANAGER, STAFF] {
            let mut stranger = signed_in(&app, &upstream, function, function).await;
            for word in ["disable", "end-sessions", "merge", "separate", "mails/x/retry"] {
                assert_eq!(send(&mut stranger, &shown, &person, word, &[REASON]).await.status, 404, "{word}");
            }
        }
        for account in [&person, &other, &theirs] {
            assert!(now(&app, account).await.is_open(), "{:?}", account.identifier());
        }
    }

    async fn a_proposed_address_opens_nothing_before_the_person_takes_it(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = with_arena(&app).await;
        let person = confirmed(&app, "elefevre").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let done = act(&mut browser, &person, "propose-address", &[("email", "rogue@example.org")]).await;
        assert!(done.body.contains("L’adresse est proposée."), "{}", done.body);
        assert_eq!(app.kinds_of_mails("elefevre@example.org").await, ["address-proposed"]);
        assert_eq!(app.kinds_of_mails("rogue@example.org").await, ["address-noted"]);
        assert!(!app.mail("address-noted", "rogue@example.org").await.text.contains("https://id.test/"));
        assert!(!app.mail("address-proposed", "elefevre@example.org").await.text.contains("rogue@"), "masked");

        // Whoever asks for a new password, the proposed address gets none.
        ask(&mut app.browser(), "elefevre").await;
        app.accounts.answer_recovery_cases().await.unwrap();
        let shown = look(&mut browser, &person).await;
        send(&mut browser, &shown, &person, "reset-link", &[REASON]).await;
        assert_eq!(app.kinds_of_mails("rogue@example.org").await, ["address-noted"]);
        assert_eq!(now(&app, &person).await.email.as_deref(), Some("elefevre@example.org"));

        // The person is asked when they sign in: nothing is filled in for them, and they may leave it.
        let (mut own, action) = at_the_form(&app).await;
        let back = try_password(&mut own, &action, "elefevre", PASSWORD).await;
        let asked = own.follow(back).await;
        assert!(asked.body.contains("rogue@example.org") && asked.body.contains("Est-ce bien la vôtre"), "{}", asked.body);
        assert!(asked.body.contains("id=\"email\" name=\"email\" type=\"email\" value=\"\""), "{}", asked.body);
        own.submit(&asked.form_action(), &[("later", "yes")]).await.code();
        assert_eq!(now(&app, &person).await.pending_email, None);
        let undone = act(&mut browser, &person, "withdraw-proposal", &[]).await;
        assert!(undone.body.contains("n’est plus proposée"), "{}", undone.body);
    }

    async fn a_person_takes_a_proposed_address_by_saying_so_and_by_its_link(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = with_arena(&app).await;
        let (person, printed) = with_letter(&app, "andiaye").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        act(&mut browser, &person, "propose-address", &[("email", "aicha@example.org")]).await;
        let (mut own, action) = at_the_form(&app).await;
        let back = try_password(&mut own, &action, "andiaye", &printed).await;
        let first = own.follow(back).await;
        assert!(first.body.contains("id=\"email-take-proposed\""), "{}", first.body);
        let form = [("new-password", "Lampadaire-Tortue-42"), ("email", ""), ("email-suggestion", "aicha@example.org")];
        own.submit(&first.form_action(), &form).await.code();
        let account = now(&app, &person).await;
        assert_eq!((account.proposed_email, account.email), (None, None));
        assert_eq!(account.pending_email.as_deref(), Some("aicha@example.org"));
        let link = app.mail("confirm-address", "aicha@example.org").await.link();
        assert_eq!(app.browser().post(&link, &[]).await.status, 200);
        assert_eq!(now(&app, &person).await.email.as_deref(), Some("aicha@example.org"));
    }

    async fn a_reset_link_goes_to_a_confirmed_address_alone(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = with_arena(&app).await;
        let listed = of_lyon(&app, "mdurand").await;
        let person = confirmed(&app, "elefevre").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let shown = look(&mut browser, &listed).await;
        assert!(!offers(&shown, "reset-link"));
        assert!(shown.body.contains("aucune adresse n’a été confirmée"), "{}", shown.body);
        let forged = send(&mut browser, &shown, &listed, "reset-link", &[REASON]).await;
        assert!(forged.location().unwrap().contains("done=nothing"));
        assert!(app.kinds_of_mails("mdurand@example.org").await.is_empty());
        act(&mut browser, &person, "reset-link", &[]).await;
        let link = app.mail("reset-password", "elefevre@example.org").await.link();
        assert_eq!(app.browser().get(&link).await.status, 200);
    }

    async fn an_address_that_is_removed_is_told_and_nothing_goes_there_any_more(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = with_arena(&app).await;
        let person = confirmed(&app, "elefevre").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        act(&mut browser, &person, "remove-address", &[]).await;
        assert_eq!(app.kinds_of_mails("elefevre@example.org").await, ["address-removed"]);
        assert_eq!(now(&app, &person).await.email, None);
        let check = app.accounts.check_password("elefevre", &Secret::new(PASSWORD)).await.unwrap();
        assert!(matches!(check, PasswordCheck::Personal(_)), "the password stays");
    }
}
