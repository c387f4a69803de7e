//! A manager who means harm: what the desk gives them, and what it does not.

use guichet::accounts::{Mandate, Replacing};
use guichet::config::SecondManager;

use super::imports::imported;
use super::merge::{compare, confirm as confirm_merge};
use super::people::{act, look, now, of_lyon, screen, send, with_letter};
use super::telephone::{
    PAGE, PASSWORD_PAGE, alone, assert_no_progress, confirm, desk_page, spoken, type_code,
};
use super::{MANAGER, SUPERVISOR, person_of, signed_in, text_of, with_arena};
use crate::on_both_engines;
use crate::recovery::{CHOSEN, ask, link_for};
use crate::signin::{at_the_form, try_password};
use crate::support::Browser;
use crate::support::app::PASSWORD;
use crate::support::browser::Page;

const OPENINGS: &str = "/desk/lyon/openings";

/// Agrees to the first wish that a manager is shown.
pub async fn agree(manager: &mut Browser) -> Page {
    let shown = manager.get(OPENINGS).await;
    let form = [("session", shown.hidden("session")), ("wish", shown.hidden("wish"))];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    manager.submit(OPENINGS, &form).await
}

on_both_engines! {
    async fn one_manager_alone_opens_no_access_that_is_in_use(app: App) {
        let (app, upstream) = with_arena(&app).await;
        assert_eq!(app.settings.desk.second_manager, SecondManager::InUse, "the default");
        let account = person_of(&app, "pleroux", "lyon").await;
        let mut rogue = signed_in(&app, &upstream, "rogue", MANAGER).await;
        let mut colleague = signed_in(&app, &upstream, "colette", MANAGER).await;
        // Caller and manager at once, the caller in another browser.
        let mut caller = app.browser();
        ask(&mut caller, "pleroux").await;
        for _ in 0..2 {
            let shown = rogue.get(&desk_page(&account)).await;
            let refused = confirm(&mut rogue, &shown).await;
            assert!(refused.status == 409 && refused.body.contains("second gestionnaire"), "{}", refused.body);
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM access_opening").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'opening-asked'").await, 1, "asked once");
        assert_no_progress(&mut caller).await;
        // Nobody agrees with themselves, also not by sending what another one would.
        let own = rogue.get(OPENINGS).await;
        assert!(own.body.contains("Votre demande") && !own.body.contains("name=\"wish\""), "{}", own.body);
        let theirs = colleague.get(OPENINGS).await;
        let page = {
            let wish = theirs.hidden("wish");
            let shown = rogue.get(&desk_page(&account)).await;
            rogue.submit(OPENINGS, &[("session", &shown.hidden("session")), ("wish", &wish)]).await
        };
        assert!(page.body.contains("votre propre demande"), "{}", page.body);
        let shown = rogue.get(&desk_page(&account)).await;
        assert_eq!(confirm(&mut rogue, &shown).await.status, 409);
        // A colleague agrees: once.
        assert!(theirs.body.contains("pleroux"), "{}", theirs.body);
        let given = agree(&mut colleague).await;
        assert!(given.body.contains("votre collègue peut continuer"), "{}", given.body);
        let code = spoken(&mut rogue, &account).await;
        assert_eq!(type_code(&mut caller, &code).await.location().as_deref(), Some(PASSWORD_PAGE));
        let shown = rogue.get(&desk_page(&account)).await;
        assert!(!shown.body.contains("name=\"attempt\""), "the person is choosing a password");
        app.wait(31 * 60);
        let shown = rogue.get(&desk_page(&account)).await;
        assert_eq!(confirm(&mut rogue, &shown).await.status, 409, "each opening needs its own agreement");
    }

    async fn an_agreement_is_for_the_account_as_it_was(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let account = person_of(&app, "pleroux", "lyon").await;
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        let mut colleague = signed_in(&app, &upstream, "colette", MANAGER).await;
        ask(&mut app.browser(), "pleroux").await;
        let shown = manager.get(&desk_page(&account)).await;
        assert_eq!(confirm(&mut manager, &shown).await.status, 409);
        let theirs = colleague.get(OPENINGS).await;
        app.sql("UPDATE account SET family_name = 'Changed' WHERE id = $1", account.id.as_str()).await;
        let form = [("session", theirs.hidden("session")), ("wish", theirs.hidden("wish"))];
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let over = colleague.submit(OPENINGS, &form).await;
        assert!(over.body.contains("plus valable"), "{}", over.body);
        let shown = manager.get(&desk_page(&account)).await;
        assert_eq!(confirm(&mut manager, &shown).await.status, 409, "asked anew");
        agree(&mut colleague).await;
        app.wait(3600);
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        let shown = manager.get(&desk_page(&account)).await;
        assert_eq!(confirm(&mut manager, &shown).await.status, 409, "an hour ends it");
    }

    async fn who_has_no_password_of_their_own_needs_a_second_manager_where_all_do(app: App) {
        let (app, upstream) = with_arena(&app).await;
        for (rule, status) in [(SecondManager::InUse, 200), (SecondManager::Always, 409)] {
            let app = app.restarted_with(|settings| settings.desk.second_manager = rule).await;
            let identifier = format!("newcomer{status}");
            let (account, _) = app.newcomer(&identifier).await;
            app.sql("UPDATE account SET email = NULL, authority = 'lyon' WHERE id = $1", account.id.as_str()).await;
            let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
            ask(&mut app.browser(), &identifier).await;
            let shown = manager.get(&desk_page(&account)).await;
            assert_eq!(confirm(&mut manager, &shown).await.status, status, "{rule:?}");
        }
    }

    async fn a_letter_that_took_a_password_away_leaves_the_access_in_use(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let account = person_of(&app, "pleroux", "lyon").await;
        let sender = app.accounts.sender(Some("lyon"), None).unwrap();
        app.accounts
            .issue_letter(&account.id, &sender, Replacing::Personal, &Mandate::operator())
            .await
            .unwrap();
        let mut manager = signed_in(&app, &upstream, "rogue", MANAGER).await;
        ask(&mut app.browser(), "pleroux").await;
        let shown = manager.get(&desk_page(&account)).await;
        assert_eq!(confirm(&mut manager, &shown).await.status, 409);
    }

    async fn a_browser_of_the_desk_uses_nothing_that_a_desk_opens(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = alone(&app).await;
        let account = person_of(&app, "pleroux", "lyon").await;
        let mut manager = signed_in(&app, &upstream, "rogue", MANAGER).await;
        manager.get("/desk/lyon").await;
        let mut same = manager.clone();
        same.cookies.remove(crate::signin::SESSION_COOKIE);

        let warned = ask(&mut same, "pleroux").await;
        assert!(warned.body.contains("id=\"desk-browser\""), "{}", warned.body);
        let code = spoken(&mut manager, &account).await;
        let refused = type_code(&mut same, &code).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        assert_no_progress(&mut same).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM recovery_case WHERE code IS NOT NULL").await, 1, "untouched");

        let (_, printed) = app.newcomer("newcomer").await;
        let form = same.password_form(&app.client("app").authorization(&[])).await;
        let refused = try_password(&mut same, &form.form_action(), "newcomer", &printed).await;
        assert_eq!(refused.status, 403, "{}", refused.body);
        let (mut own, action) = at_the_form(&app).await;
        let fine = try_password(&mut own, &action, "newcomer", &printed).await;
        assert!(fine.location().unwrap().starts_with("/first-sign-in"), "it still counts elsewhere");

        app.person("mailed").await;
        let link = link_for(&app, "mailed").await;
        assert_eq!(same.get(&link).await.status, 403);
        assert_eq!(same.post(&link, &[("new-password", CHOSEN)]).await.status, 403);
        assert_eq!(app.browser().get(&link).await.status, 200);
        // The mark outlives the day, and is not one that anybody can make.
        app.wait(300 * 24 * 3600);
        assert!(ask(&mut same, "pleroux").await.body.contains("id=\"desk-browser\""));
        let mut forged = app.browser();
        forged.cookies.insert("__Host-guichet-desk".to_owned(), "x".to_owned());
        assert!(!ask(&mut forged, "pleroux").await.body.contains("id=\"desk-browser\""));
    }

    async fn a_manager_opens_so_many_accesses_and_no_more(app: App) {
        let (app, upstream) = alone(&app).await;
        let app = app.restarted_with(|settings| {
            settings.desk.per_hour = 2;
            settings.desk.per_day = 3;
        }).await;
        let mut manager = signed_in(&app, &upstream, "rogue", MANAGER).await;
        let open = async |manager: &mut Browser, identifier: &str| {
            let account = person_of(&app, identifier, "lyon").await;
            ask(&mut app.browser(), identifier).await;
            let shown = manager.get(&desk_page(&account)).await;
            confirm(manager, &shown).await
        };
        assert_eq!(open(&mut manager, "one").await.status, 200);
        assert_eq!(open(&mut manager, "two").await.status, 200);
        let refused = open(&mut manager, "three").await;
        assert!(refused.status == 409 && refused.body.contains("60 minutes"), "{}", refused.body);
        let mut colleague = signed_in(&app, &upstream, "colette", MANAGER).await;
        assert_eq!(open(&mut colleague, "four").await.status, 200, "each has a count of their own");
        app.wait(3600);
        let mut manager = signed_in(&app, &upstream, "rogue", MANAGER).await;
        assert_eq!(open(&mut manager, "five").await.status, 200);
        assert_eq!(open(&mut manager, "six").await.status, 409, "three a day");
        assert_eq!(app.count("SELECT COUNT(*) FROM access_opening").await, 4);
    }

    async fn the_person_is_told_at_every_address_and_at_the_next_sign_in(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = alone(&app).await;
        let account = person_of(&app, "pleroux", "lyon").await;
        ask(&mut app.browser(), "pleroux").await;
        app.sql(
            "UPDATE account SET email = 'old@example.org', pending_email = 'new@example.org' WHERE id = $1",
            account.id.as_str(),
        )
        .await;
        let mut manager = signed_in(&app, &upstream, "rogue", MANAGER).await;
        spoken(&mut manager, &account).await;
        for address in ["old@example.org", "new@example.org"] {
            let mail = app.mail("access-opened", address).await;
            for words in ["pleroux", "Académie de Lyon", "04 72 80 00 01"] {
                assert!(mail.text.contains(words), "{words} in {}", mail.text);
            }
        }
        // It was never used: the next sign-in says so, once, on every way in.
        let (mut browser, action) = at_the_form(&app).await;
        let page = try_password(&mut browser, &action, "pleroux", PASSWORD).await;
        let notice = browser.follow(page).await;
        assert!(notice.address.starts_with("/access-restored"), "{}", notice.address);
        assert!(notice.body.contains("par téléphone") && notice.body.contains("n’a pas servi"), "{}", notice.body);
        assert!(notice.body.contains("Division des examens"), "{}", notice.body);
        browser.submit(&notice.form_action(), &[]).await.code();
        let account_page = browser.open("/account").await;
        assert!(account_page.body.contains("Accès rétabli par un gestionnaire"), "{}", account_page.body);
        crate::signin::signed_in(&app, "pleroux").await;
    }

    async fn an_access_used_from_the_network_that_opened_it_is_shown_to_supervisors_first(app: App) {
        let (app, upstream) = alone(&app).await;
        let (desk, home) = ("192.0.2.1".parse().unwrap(), "192.0.2.77".parse().unwrap());
        for (identifier, network) in [("suspect", desk), ("honest", home)] {
            let account = person_of(&app, identifier, "lyon").await;
            let mut manager = signed_in(&app, &upstream, "rogue", MANAGER).await;
            manager.address = Some(desk);
            let mut caller = app.browser();
            caller.address = Some(network);
            ask(&mut caller, identifier).await;
            let code = spoken(&mut manager, &account).await;
            type_code(&mut caller, &code).await;
            assert_eq!(caller.post(PASSWORD_PAGE, &[("new-password", CHOSEN)]).await.status, 303);
            app.wait(60);
        }
        let mut supervisor = signed_in(&app, &upstream, "solange", SUPERVISOR).await;
        let page = supervisor.get(OPENINGS).await;
        assert_eq!(page.body.matches("Même réseau").count(), 1, "{}", page.body);
        let first = page.body.split("Derniers accès rétablis").nth(1).unwrap();
        assert!(first.split("</li>").next().unwrap().contains("Même réseau"), "{first}");
        let marked = "SELECT COUNT(*) FROM audit_event WHERE kind = 'opening-used' AND detail = 'telephone same-network'";
        assert_eq!(app.count(marked).await, 1);
        for address in ["192.0.2.1", "192.0.2.77"] {
            let mut connection = app.database.read().await.unwrap();
            let networks: Vec<String> =
                sqlx::query_scalar("SELECT network FROM access_opening").fetch_all(&mut *connection).await.unwrap();
            assert!(networks.iter().all(|network| !network.contains(address)));
            assert_ne!(networks[0], networks[1], "another mark for each person");
        }
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        assert!(!manager.get(OPENINGS).await.body.contains("Derniers accès"), "for supervisors alone");
    }

    async fn what_a_manager_opened_shows_no_password_of_anybody(app: App) {
        let (app, upstream) = alone(&app).await;
        let account = person_of(&app, "pleroux", "lyon").await;
        let mut manager = signed_in(&app, &upstream, "rogue", MANAGER).await;
        ask(&mut app.browser(), "pleroux").await;
        let shown = manager.get(&desk_page(&account)).await;
        let page = confirm(&mut manager, &shown).await;
        let code = text_of(&page, "spoken-code");
        assert_eq!(page.header("cache-control"), "no-store");
        // Neither kept nor logged in a form that shows it, nor shown again.
        let mut connection = app.database.read().await.unwrap();
        let kept: Vec<String> = sqlx::query_scalar("SELECT code FROM recovery_case WHERE code IS NOT NULL")
            .fetch_all(&mut *connection).await.unwrap();
        assert!(kept.iter().all(|kept| !kept.contains(&code)), "{kept:?}");
        drop(connection);
        for address in [desk_page(&account), "/desk/lyon/cases".to_owned(), OPENINGS.to_owned(), PAGE.to_owned()] {
            let again = manager.get(&address).await.body.replace(['\u{a0}', ' '], "");
            assert!(!again.contains(&code), "{address}");
        }
        // A letter of an operator leaves no page of a caller open.
        let sender = app.accounts.sender(Some("lyon"), None).unwrap();
        app.accounts.issue_letter(&account.id, &sender, Replacing::Personal, &Mandate::operator()).await.unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM recovery_case").await, 0);
    }

    async fn merging_and_separating_gives_one_manager_no_way_in(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let dormant = person_of(&app, "ancien", "lyon").await;
        app.wait(60);
        // In use, and without any letter that says so.
        let victim = person_of(&app, "pleroux", "lyon").await;
        let mut rogue = signed_in(&app, &upstream, "rogue", MANAGER).await;
        for _ in 0..2 {
            let compared = compare(&mut rogue, &dormant, "pleroux").await;
            let refused = confirm_merge(&mut rogue, &compared, &dormant).await;
            assert!(refused.status == 409 && refused.body.contains("second gestionnaire"), "{}", refused.body);
        }
        assert_eq!(now(&app, &victim).await.merged_into, None);
        crate::signin::signed_in(&app, "pleroux").await;
        app.wait(31 * 24 * 3_600);

        let mut rogue = signed_in(&app, &upstream, "rogue", MANAGER).await;
        let compared = compare(&mut rogue, &dormant, "pleroux").await;
        assert_eq!(confirm_merge(&mut rogue, &compared, &dormant).await.status, 409, "asked anew");
        let mut colleague = signed_in(&app, &upstream, "colette", MANAGER).await;
        let theirs = colleague.get(OPENINGS).await;
        for words in ["pleroux", "ancien", "Réunion de deux fiches", "disparaîtrait"] {
            assert!(theirs.body.contains(words), "{words}: {}", theirs.body);
        }
        agree(&mut colleague).await;
        // What was agreed is for these two records alone.
        let third = person_of(&app, "autre", "lyon").await;
        app.sql("UPDATE account SET created_at = 1 WHERE id = $1", third.id.as_str()).await;
        let compared = compare(&mut rogue, &third, "pleroux").await;
        assert_eq!(confirm_merge(&mut rogue, &compared, &third).await.status, 409);
        agree(&mut colleague).await;
        let compared = compare(&mut rogue, &dormant, "pleroux").await;
        assert_eq!(confirm_merge(&mut rogue, &compared, &dormant).await.status, 409, "another wish took its place");
        agree(&mut colleague).await;
        let compared = compare(&mut rogue, &dormant, "pleroux").await;
        let merged = confirm_merge(&mut rogue, &compared, &dormant).await;
        assert_eq!(merged.status, 303, "{}", merged.body);
        let shown = rogue.follow(merged).await;
        let typed = [("reason", "erreur"), ("other", victim.id.as_str())];
        assert_eq!(send(&mut rogue, &shown, &dormant, "separate", &typed).await.status, 303);

        // The access was in use, whatever became of its password: neither by hand nor by a list is it opened.
        let form = rogue.get(&format!("{}/letter", screen(&victim))).await;
        let fields = [("session", form.hidden("session")), ("seen", form.hidden("seen"))];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = rogue.post(&form.form_action(), &[fields.as_slice(), &[("reason", "perdue")]].concat()).await;
        assert!(refused.status == 409 && refused.body.contains("second gestionnaire"), "{}", refused.body);
        let page = imported(&app, &mut rogue, "IDENTIFIANT;NOM;PRENOM\npleroux;Leroux;Pierre\n").await;
        assert!(page.body.contains("sa convocation s’émet depuis sa fiche"), "{}", page.body);
        assert_eq!(app.count("SELECT COUNT(*) FROM letter WHERE with_password = 1").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM access_opening").await, 0);
    }

    async fn letters_issued_anew_bear_no_password_for_whoever_had_their_own(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut rogue = signed_in(&app, &upstream, "rogue", MANAGER).await;
        let list = "NUMERO;NOM;PRENOM\n1;Dupont;Jean\n2;Durand;Anne\n";
        let batch = imported(&app, &mut rogue, list).await.link_to("/desk/lyon/letters/batches/");
        // Jean chose a password, by a link, and lost it since.
        app.sql("UPDATE account SET in_use_since = 1 WHERE identifier = $1", "jdupont").await;
        app.sql("UPDATE letter SET printed_at = 1 WHERE $1 = ''", "").await;
        let page = rogue.get(&batch).await;
        let fields = [("session", page.hidden("session")), ("form", page.hidden("form")), ("reason", "bourrage".to_owned())];
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let asked = rogue.post(&format!("{batch}/anew"), &fields).await.location().expect("a batch");
        app.work_at_papers().await;
        let next = rogue.get(&asked).await;
        assert!(next.body.contains("adurand") && !next.body.contains("jdupont"), "{}", next.body);
    }

    async fn a_list_proposes_an_address_to_whoever_had_a_password(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = with_arena(&app).await;
        let victim = of_lyon(&app, "pleroux").await;
        let (newcomer, _) = with_letter(&app, "andiaye").await;
        let mut rogue = signed_in(&app, &upstream, "rogue", MANAGER).await;
        let list = "IDENTIFIANT;NOM;PRENOM;MEL\npleroux;Leroux;Pierre;rogue@example.org\nandiaye;N’Diaye;Aïcha;aicha@example.org\n";
        for _ in 0..2 {
            let page = imported(&app, &mut rogue, list).await;
            assert!(page.body.contains("proposée"), "{}", page.body);
        }
        let kept = now(&app, &victim).await;
        assert_eq!(kept.email.as_deref(), Some("pleroux@example.org"));
        assert_eq!(kept.proposed_email.as_deref(), Some("rogue@example.org"));
        assert_eq!(now(&app, &newcomer).await.email.as_deref(), Some("aicha@example.org"), "nobody used it so far");
        let link = link_for(&app, "pleroux").await;
        assert!(link.contains("/reset-password"), "to the address in use");
        assert_eq!(app.kinds_of_mails("rogue@example.org").await, ["address-noted"]);
        let told = app.kinds_of_mails("pleroux@example.org").await;
        assert!(told.contains(&"address-proposed".to_owned()), "{told:?}");
    }

    async fn waits_are_lifted_twice_in_a_day_and_no_more(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let victim = of_lyon(&app, "pleroux").await;
        let mut rogue = signed_in(&app, &upstream, "rogue", MANAGER).await;
        let fail = async || {
            let (mut guesser, action) = at_the_form(&app).await;
            for guess in 0..5 {
                try_password(&mut guesser, &action, "pleroux", &format!("Essai-Perdu-{guess}")).await;
            }
            guesser
        };
        for _ in 0..2 {
            fail().await;
            let lifted = act(&mut rogue, &victim, "unlock", &[]).await;
            assert!(lifted.body.contains("L’attente est levée"), "{}", lifted.body);
        }
        fail().await;
        let shown = look(&mut rogue, &victim).await;
        let mut colleague = signed_in(&app, &upstream, "colette", MANAGER).await;
        let reason = [("reason", "appel du jour")];
        let refused = send(&mut rogue, &shown, &victim, "unlock", &reason).await;
        assert!(refused.status == 409 && refused.body.contains("deux fois"), "{}", refused.body);
        let shown = look(&mut colleague, &victim).await;
        assert_eq!(send(&mut colleague, &shown, &victim, "unlock", &reason).await.status, 409, "whoever asks");
        assert!(app.throttle.wait_of("pleroux").await.unwrap().is_some(), "nothing is forgotten");
        app.wait(24 * 3_600);
        fail().await;
        let mut rogue = signed_in(&app, &upstream, "rogue", MANAGER).await;
        act(&mut rogue, &victim, "unlock", &[]).await;
    }

    async fn a_person_made_with_an_address_is_an_access_opened(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = with_arena(&app).await;
        for (rule, openings, vouched) in [(SecondManager::InUse, 1, 1), (SecondManager::Always, 1, 1)] {
            let app = app.restarted_with(|settings| settings.desk.second_manager = rule).await;
            let mut rogue = signed_in(&app, &upstream, "rogue", MANAGER).await;
            let page = rogue.get("/desk/lyon/people/new").await;
            let name = format!("Nom{rule:?}");
            let email = format!("{rule:?}@example.org").to_lowercase();
            let form = [
                ("session", page.hidden("session")), ("form", page.hidden("form")), ("family-name", name),
                ("email", email.clone()), ("reason", "remplace un juré".to_owned()),
            ];
            let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let made = rogue.post("/desk/lyon/people/new", &form).await;
            assert_eq!(made.status, 303, "{}", made.body);
            assert_eq!(app.count("SELECT COUNT(*) FROM access_opening WHERE way = 'address'").await, openings);
            assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE upstream IS NULL AND email IS NOT NULL").await, vouched);
            let kind = if rule == SecondManager::Always { "address-noted" } else { "address-registered" };
            assert_eq!(app.kinds_of_mails(&email).await, [kind], "{rule:?}");
        }
        let mut supervisor = signed_in(&app, &upstream, "solange", SUPERVISOR).await;
        assert!(supervisor.get(OPENINGS).await.body.contains("Adresse électronique"));
    }

    async fn whoever_asks_for_letters_does_not_print_them_where_nobody_opens_alone(app: App) {
        let app = app.restarted_with(|settings| settings.desk.second_manager = SecondManager::Always).await;
        let (app, upstream) = with_arena(&app).await;
        let mut rogue = signed_in(&app, &upstream, "rogue", MANAGER).await;
        let list = "NUMERO;NOM;PRENOM;MEL\n1;Dupont;Jean;rogue@example.org\n";
        let batch = imported(&app, &mut rogue, list).await.link_to("/desk/lyon/letters/batches/");
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE email IS NOT NULL AND upstream IS NULL").await, 0);
        let page = rogue.get(&batch).await;
        let print = format!("{batch}/print");
        let refused = rogue.post(&print, &[("session", &page.hidden("session"))]).await;
        assert!(refused.status == 409 && refused.body.contains("un collègue"), "{}", refused.body);
        assert_eq!(app.count("SELECT COUNT(*) FROM unprinted_letter").await, 1);
        let mut colleague = signed_in(&app, &upstream, "colette", MANAGER).await;
        let page = colleague.get(&batch).await;
        let printed = colleague.post(&print, &[("session", &page.hidden("session"))]).await;
        assert_eq!(printed.status, 200, "{}", printed.body);
        assert_eq!(app.count("SELECT COUNT(*) FROM unprinted_letter").await, 0);
    }

    async fn who_uses_somebody_s_letter_is_told_of_at_their_address(app: App) {
        let app = app.with_mail().await;
        let (_, printed) = app.newcomer("newcomer").await;
        let (mut thief, action) = at_the_form(&app).await;
        let first = try_password(&mut thief, &action, "newcomer", &printed).await;
        let page = thief.follow(first).await;
        thief.submit(&page.form_action(), &[("new-password", CHOSEN)]).await;
        assert_eq!(app.kinds_of_mails("newcomer@example.org").await, ["password-changed"]);
    }

    async fn the_wishes_of_one_manager_hide_nobody_elses(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut rogue = signed_in(&app, &upstream, "rogue", MANAGER).await;
        let mut last = None;
        for number in 0..11 {
            let identifier = format!("person{number}");
            let account = person_of(&app, &identifier, "lyon").await;
            ask(&mut app.browser(), &identifier).await;
            let shown = rogue.get(&desk_page(&account)).await;
            let refused = confirm(&mut rogue, &shown).await;
            assert_eq!(refused.status, 409);
            last = Some(refused);
        }
        assert!(last.unwrap().body.contains("60 minutes"), "the eleventh is not asked");
        assert_eq!(app.count("SELECT COUNT(*) FROM opening_wish").await, 10);
    }
}
