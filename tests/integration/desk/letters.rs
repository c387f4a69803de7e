//! A letter for one person: issued once, shown once, voided.

use guichet::accounts::{Account, PasswordCheck};
use guichet::config::SecondManager;
use guichet::kit::secrets::Secret;

use super::{MANAGER, OTHER_MANAGER, STAFF, signed_in, with_arena};
use crate::on_both_engines;
use crate::support::app::PASSWORD;
use crate::support::{App, Browser, browser::Page};

const REASON: (&str, &str) = ("reason", "convocation perdue");

/// An external person of the académie de Lyon, with a password of their own.
pub async fn of_lyon(app: &App, identifier: &str) -> Account {
    let person = app.person(identifier).await;
    app.sql("UPDATE account SET authority = 'lyon' WHERE id = $1", person.id.as_str()).await;
    app.accounts.by_id(&person.id).await.unwrap().unwrap()
}

/// The same, who never had a password.
async fn newcomer(app: &App, identifier: &str) -> Account {
    let person = of_lyon(app, identifier).await;
    app.sql("DELETE FROM password WHERE account_id = $1", person.id.as_str()).await;
    app.sql("UPDATE account SET in_use_since = NULL WHERE id = $1", person.id.as_str()).await;
    person
}

pub async fn check(app: &App, identifier: &str, password: &str) -> PasswordCheck {
    app.accounts.check_password(identifier, &Secret::new(password)).await.expect("a check")
}

/// What is printed on the letters of a document, one after the other: identifier, and password where there is one.
pub fn printed(document: &str) -> Vec<(String, Option<String>)> {
    document
        .split("<article")
        .skip(1)
        .map(|letter| {
            let mut codes = letter.split("<dd class=\"code\">").skip(1);
            let mut next = || codes.next().and_then(|rest| rest.split('<').next()).map(str::to_owned);
            (next().expect("an identifier"), next())
        })
        .collect()
}

/// Asks for a letter from the form that is shown, and gives the answer.
async fn ask(browser: &mut Browser, form: &Page, more: &[(&str, &str)]) -> Page {
    let (session, seen) = (form.hidden("session"), form.hidden("seen"));
    let fields = [&[("session", session.as_str()), ("seen", seen.as_str())], more].concat();
    browser.post(&form.form_action(), &fields).await
}

fn path(person: &Account) -> String {
    format!("/desk/lyon/people/{}/letter", person.id)
}

on_both_engines! {
    async fn a_letter_is_shown_once_and_its_password_opens_the_first_sign_in(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = newcomer(&app, "elefevre").await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let form = manager.get(&path(&person)).await;
        assert_eq!(form.status, 200, "{}", form.body);
        let asked = ask(&mut manager, &form, &[REASON]).await;
        let sheet = asked.location().expect("the sheet");
        assert!(!sheet.contains('?'), "nothing secret in the address: {sheet}");

        assert_eq!(manager.head(&sheet).await, 405, "a look at the headers uses nothing up");
        let shown = manager.get(&sheet).await;
        assert_eq!((shown.status.as_u16(), shown.header("cache-control")), (200, "no-store".to_owned()));
        assert!(!shown.body.contains("<style") && !shown.body.contains(" style="), "the policy forbids it");
        let [(identifier, Some(password))] = &printed(&shown.body)[..] else { panic!("{}", shown.body) };
        assert!(matches!(check(&app, identifier, password).await, PasswordCheck::Temporary(_)));
        // Its season ends at midnight: the day before is the last.
        for text in ["31 août 2027", "Division des examens", "04 72 80 00 01", "Académie de Lyon", "<svg", "convocation perdue"] {
            assert_eq!(shown.body.contains(text), text != "convocation perdue", "{text}");
        }

        let again = manager.get(&sheet).await;
        assert_eq!(again.status, 410);
        assert!(!again.body.contains(password.as_str()) && again.body.contains("déjà été affichée"));
        assert_eq!(app.count("SELECT COUNT(*) FROM unprinted_letter").await, 0);
        let told = "SELECT COUNT(*) FROM audit_event WHERE kind IN ('letter-issued', 'letter-printed') \
                    AND actor = 'manager' AND authority = 'lyon'";
        assert_eq!(app.count(told).await, 2);
        let leaked = "SELECT COUNT(*) FROM audit_event WHERE detail LIKE '%-%-%' OR reason LIKE '%-%-%'";
        assert_eq!(app.count(leaked).await, 0, "a password has three groups, a letter's number two");
    }

    async fn a_form_sent_twice_issues_one_letter_and_shows_it_once(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = newcomer(&app, "elefevre").await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let form = manager.get(&path(&person)).await;
        let mut again = manager.at(&app.another_node().await);
        let (first, second) =
            tokio::join!(ask(&mut manager, &form, &[REASON]), ask(&mut again, &form, &[REASON]));
        assert_eq!(first.location().expect("a sheet"), second.location().expect("the same sheet"));
        assert_eq!(app.count("SELECT COUNT(*) FROM letter").await, 1);
        let sheet = first.location().unwrap();
        assert_eq!(printed(&manager.get(&sheet).await.body).len(), 1);
        assert_eq!(manager.get(&sheet).await.status, 410);
        let late = ask(&mut manager, &form, &[REASON]).await;
        assert_eq!(late.status, 409, "the way back: the page is stale");
        assert_eq!(app.count("SELECT COUNT(*) FROM letter").await, 1);
    }

    async fn two_managers_at_once_leave_one_letter_that_works(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = newcomer(&app, "elefevre").await;
        let mut one = signed_in(&app, &upstream, "one", MANAGER).await;
        let mut two = signed_in(&app, &upstream, "two", MANAGER).await;
        let (form, other) = (one.get(&path(&person)).await, two.get(&path(&person)).await);
        let first = ask(&mut one, &form, &[REASON]).await;
        let second = ask(&mut two, &other, &[REASON]).await;
        assert_eq!((first.status.as_u16(), second.status.as_u16()), (303, 409));
        assert!(second.body.contains("a changé depuis"));
        let sheet = first.location().unwrap();
        assert_eq!(two.get(&sheet).await.status, 410, "who did not ask does not see it");
        assert_eq!(printed(&one.get(&sheet).await.body).len(), 1, "and uses nothing up");
    }

    async fn what_is_not_shown_in_ten_minutes_is_gone_and_the_letter_voided(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = newcomer(&app, "elefevre").await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let form = manager.get(&path(&person)).await;
        let sheet = ask(&mut manager, &form, &[REASON]).await.location().unwrap();
        app.wait(599);
        app.janitor.sweep().await.unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM unprinted_letter").await, 1);
        app.wait(1);
        assert_eq!(manager.get(&sheet).await.status, 410);
        app.janitor.sweep().await.unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM unprinted_letter").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM letter WHERE voided_at IS NOT NULL").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM password").await, 0, "its password opens nothing");
    }

    async fn a_personal_password_is_replaced_only_when_that_is_asked(app: App) {
        let (app, upstream) = with_arena(&app).await;
        // Whether another manager must agree to that is asked elsewhere.
        let app = app.restarted_with(|settings| settings.desk.second_manager = SecondManager::Never).await;
        let person = of_lyon(&app, "elefevre").await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let form = manager.get(&path(&person)).await;
        assert!(form.body.contains("replace-personal"));
        let sheet = ask(&mut manager, &form, &[REASON]).await.location().unwrap();
        assert_eq!(printed(&manager.get(&sheet).await.body), [("elefevre".to_owned(), None)]);
        assert!(matches!(check(&app, "elefevre", PASSWORD).await, PasswordCheck::Personal(_)));
        let form = manager.get(&path(&person)).await;
        let sheet = ask(&mut manager, &form, &[REASON, ("replace", "personal")]).await.location().unwrap();
        assert!(printed(&manager.get(&sheet).await.body)[0].1.is_some());
        assert!(matches!(check(&app, "elefevre", PASSWORD).await, PasswordCheck::Refused(_)));
    }

    async fn a_letter_that_was_spoilt_is_voided_and_its_password_with_it(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = newcomer(&app, "elefevre").await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let form = manager.get(&path(&person)).await;
        let sheet = ask(&mut manager, &form, &[REASON]).await.location().unwrap();
        let password = printed(&manager.get(&sheet).await.body)[0].1.clone().expect("a password");
        let letter = sheet.trim_end_matches("/sheet").to_owned();
        let page = manager.get(&letter).await;
        assert_eq!(page.status, 200);
        let (session, seen) = (page.hidden("session"), page.hidden("seen"));
        let void = format!("{letter}/void");
        let fields = [("session", session.as_str()), ("seen", seen.as_str()), REASON];
        assert_eq!(manager.post(&void, &fields[..2]).await.status, 422, "a reason is asked for");
        for _ in 0..2 {
            assert_eq!(manager.post(&void, &fields).await.location(), Some(letter.clone()));
        }
        assert!(matches!(check(&app, "elefevre", &password).await, PasswordCheck::Refused(_)));
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'letter-voided'").await, 1);
        assert!(manager.get(&letter).await.body.contains("annulée"));
        let typed = letter.rsplit('/').next().unwrap().to_lowercase().replace('-', "%20");
        let found = manager.get(&format!("/desk/lyon/letters?number={typed}")).await;
        assert_eq!(found.location(), Some(letter));
        assert_eq!(manager.get("/desk/lyon/letters?number=ABCD-2345").await.status, 404);
    }

    async fn nobody_else_sees_issues_or_voids_them(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let person = newcomer(&app, "elefevre").await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let form = manager.get(&path(&person)).await;
        let sheet = ask(&mut manager, &form, &[REASON]).await.location().unwrap();
        let letter = sheet.trim_end_matches("/sheet").to_owned();
        let mut other = signed_in(&app, &upstream, "other", OTHER_MANAGER).await;
        let mut staff = signed_in(&app, &upstream, "staff", STAFF).await;
        let session = other.get("/desk/dgrh/imports").await.hidden("session");
        let fields = [("session", session.as_str()), ("seen", &form.hidden("seen")), REASON];
        for (mine, theirs) in [
            (path(&person), path(&person).replace("/lyon/", "/dgrh/")),
            (letter.clone(), letter.replace("/lyon/", "/dgrh/")),
            (sheet.clone(), sheet.replace("/lyon/", "/dgrh/")),
        ] {
            assert_eq!(staff.get(&mine).await.status, 404, "{mine}");
            assert_eq!(other.get(&mine).await.status, 404, "{mine}");
            assert_eq!(other.get(&theirs).await.status, 404, "{theirs}");
        }
        for address in [path(&person), path(&person).replace("/lyon/", "/dgrh/")] {
            assert_eq!(other.post(&address, &fields).await.status, 404, "{address}");
        }
        let void = format!("{}/void", letter.replace("/lyon/", "/dgrh/"));
        assert_eq!(other.post(&void, &fields).await.status, 404);
        // Neither staff nor people of no authority are anybody's to write to.
        let nobodys = app.person("nobodys").await;
        let session = form.hidden("session");
        for id in [nobodys.id.as_str(), "nobody"] {
            let address = format!("/desk/lyon/people/{id}/letter");
            assert_eq!(manager.get(&address).await.status, 404);
            assert_eq!(manager.post(&address, &[("session", &session), REASON]).await.status, 404);
        }
        let fields = [("session", session.as_str()), ("person", "another"), REASON];
        assert_eq!(manager.post(&path(&person), &fields).await.status, 400, "two ids disagree");
        assert_eq!(app.count("SELECT COUNT(*) FROM letter WHERE voided_at IS NULL").await, 1);
        assert_eq!(printed(&manager.get(&sheet).await.body).len(), 1, "it still waits for who asked");
    }

    async fn the_code_on_a_letter_opens_the_sign_in_with_the_identifier_filled_in(app: App) {
        let mut browser = app.browser();
        let form = browser.open("/sign-in/external?login_hint=elefevre").await;
        assert_eq!(form.status, 200);
        assert!(form.body.contains("value=\"elefevre\""), "{}", form.body);
    }
}
