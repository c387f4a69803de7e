//! People who come back: the same account, and a letter only where one is needed.

use std::fmt::Write as _;
use std::time::Duration;

use guichet::accounts::import::{ListedAddress, Mode};
use guichet::accounts::{LetterState, PasswordCheck};
use guichet::audit;
use guichet::config::{MailSecurity, MailSettings};
use guichet::kit::locale::Locale;

use super::{Run, by_identifier, check, has_letter, import, import_as};
use crate::on_both_engines;
use crate::support::App;
use crate::support::app::{PASSWORD, SEASON};

const LIST: &str = "NUMERO;NOM;PRENOM;MEL\nA1;Dupont;Jean;jean@example.org\nA2;Lefèvre;Élodie;\n";

/// Signs in with the letter's password, and chooses one's own.
async fn choose_own(app: &App, run: &Run, identifier: &str) {
    let PasswordCheck::Temporary(proven) = check(app, identifier, run.passwords()[identifier]).await else {
        panic!("{identifier}: the password of the letter does not open");
    };
    let chosen = guichet::kit::secrets::Secret::new(PASSWORD);
    let accepted = app.accounts.accept_password(&proven.account, &chosen).await.expect("accepted");
    let replaced = app
        .accounts
        .replace_temporary(&proven, &accepted, None, (Locale::Fr, &"network".to_owned().into()))
        .await;
    replaced.expect("replaced");
}

/// A mail server that nobody reaches: mails wait in the outbox.
fn mail() -> MailSettings {
    MailSettings {
        from: "guichet@example.org".to_owned(),
        reply_to: None,
        host: "127.0.0.1".to_owned(),
        port: 1,
        security: MailSecurity::None,
        credentials: None,
        ca_file: None,
        give_up_after: Duration::from_hours(1),
    }
}

on_both_engines! {
    async fn a_second_run_changes_nothing(app: App) {
        let first = import(&app, LIST).await;
        assert_eq!((first.counts(), first.summary.letters), ((2, 0, 0, 0), 2));
        let events = app.count("SELECT COUNT(*) FROM audit_event").await;
        app.wait(3_600);
        let second = import(&app, LIST).await;
        assert_eq!((second.counts(), second.summary.letters), ((0, 0, 2, 0), 0));
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event").await, events);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE updated_at <> created_at").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE last_seen_at = created_at + 3600").await, 2);
        for (identifier, password) in first.passwords() {
            assert!(matches!(check(&app, identifier, password).await, PasswordCheck::Temporary(_)));
        }
    }

    async fn who_comes_back_keeps_the_same_account_whatever_the_name(app: App) {
        let first = import(&app, LIST).await;
        let sub = first.settled(2).account.clone();
        let list = "IDENTIFIANT;NUMERO;NOM;PRENOM;MEL\nJDUPONT;;Dupont-Durand;Jean;jean@example.org\n;A2;LEFEVRE;Elodie;\n";
        let second = import(&app, list).await;
        assert_eq!(second.counts(), (0, 2, 0, 0));
        assert_eq!((&second.settled(2).account, second.identifier(2)), (&sub, "jdupont"));
        assert_eq!(second.identifier(3), "elefevre");
        let account = app.accounts.by_id(&sub.unwrap()).await.unwrap().unwrap();
        assert_eq!(account.family_name.as_deref(), Some("Dupont-Durand"));
        assert_eq!(account.source_key.as_deref(), Some("A1"), "an empty field takes nothing away");
        assert!(second.letters.is_empty(), "the letter that they hold is good");
    }

    async fn a_personal_password_gets_a_letter_without_one_each_season(app: App) {
        let first = import(&app, LIST).await;
        choose_own(&app, &first, "jdupont").await;
        assert!(import(&app, LIST).await.letters.is_empty(), "the season’s letter is good");
        app.wait(SEASON);
        let next = import(&app, LIST).await;
        assert_eq!(next.counts(), (0, 2, 0, 0));
        assert!(has_letter(next.settled(2)) && !next.passwords().contains_key("jdupont"));
        assert!(matches!(check(&app, "jdupont", PASSWORD).await, PasswordCheck::Personal(_)));
        let expired = first.passwords()["elefevre"];
        assert!(matches!(check(&app, "elefevre", expired).await, PasswordCheck::Refused), "voided");
        let new = next.passwords()["elefevre"];
        assert!(matches!(check(&app, "elefevre", new).await, PasswordCheck::Temporary(_)));
        assert!(import(&app, LIST).await.letters.is_empty());
    }

    async fn a_letter_never_noted_as_printed_is_issued_anew(app: App) {
        let first = import(&app, LIST).await;
        app.sql("UPDATE letter SET printed_at = NULL WHERE '' = $1", "").await;
        let second = import(&app, LIST).await;
        assert_eq!((second.counts(), second.letters.len()), ((0, 2, 0, 0), 2));
        for (identifier, password) in first.passwords() {
            assert!(matches!(check(&app, identifier, password).await, PasswordCheck::Refused), "{identifier}");
        }
        for (identifier, password) in second.passwords() {
            assert!(matches!(check(&app, identifier, password).await, PasswordCheck::Temporary(_)));
        }
        let id = by_identifier(&app, "jdupont").await;
        let letters = app.accounts.letters_of(&id).await.unwrap();
        let printed = |state| matches!(state, LetterState::Printed { .. });
        assert_eq!(letters.iter().filter(|letter| printed(letter.state(app.clock.now()))).count(), 1);
    }

    async fn a_list_changes_a_mail_address_and_says_so(app: App) {
        import(&app, LIST).await;
        app.sql("UPDATE account SET pending_email = 'new@example.org' WHERE identifier = $1", "jdupont").await;
        let same = import(&app, LIST.replace("jean@", "Jean@")).await;
        assert_eq!(same.counts(), (0, 0, 2, 0), "the same address in another case");
        let changed = import(&app, LIST.replace("jean@", "new@")).await;
        assert_eq!(changed.counts(), (0, 1, 1, 0));
        let id = by_identifier(&app, "jdupont").await;
        let account = app.accounts.by_id(&id).await.unwrap().unwrap();
        assert_eq!(account.email.as_deref(), Some("new@example.org"));
        assert!(!account.email_verified && account.pending_email.is_none());
        let mut connection = app.database.read().await.unwrap();
        let events = audit::recent(&mut connection, id.as_str(), 10).await.unwrap();
        assert!(events.iter().any(|entry| entry.event == audit::Event::AddressSet && entry.actor == "import"));
        drop(connection);
        let gone = import(&app, LIST.replace("jean@example.org", "")).await;
        assert_eq!(gone.counts(), (0, 0, 2, 0), "an empty field takes no address away");
    }

    async fn a_confirmed_address_is_kept_whatever_a_list_says_and_the_row_tells(app: App) {
        let app = app.restarted_with(|settings| settings.mail = Some(mail())).await;
        let kept = |run: &Run, line| run.settled(line).address == ListedAddress::KeptConfirmed;
        import(&app, LIST).await;
        app.sql(
            "UPDATE account SET email = 'own@example.org', email_verified = 1, pending_email = 'next@example.org' \
             WHERE identifier = $1",
            "jdupont",
        )
        .await;
        for list in [LIST.to_owned(), LIST.replace("jean@", "stale@")] {
            let run = import(&app, &list).await;
            assert_eq!((run.counts(), kept(&run, 2), kept(&run, 3)), ((0, 0, 2, 0), true, false));
            let dry = import_as(&app, list.as_bytes(), Mode::DryRun).await.unwrap();
            assert!(kept(&dry, 2), "a dry run tells the same");
        }
        let id = by_identifier(&app, "jdupont").await;
        let account = app.accounts.by_id(&id).await.unwrap().unwrap();
        assert_eq!(account.email.as_deref(), Some("own@example.org"));
        assert_eq!((account.email_verified, account.pending_email.as_deref()), (true, Some("next@example.org")));
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox_mail").await, 0, "nothing changed, nobody is told");
        let same = import(&app, LIST.replace("jean@", "OWN@")).await;
        assert!(!kept(&same, 2), "the list has it too");
        let renamed = import(&app, LIST.replace("Dupont", "Dupont-Durand")).await;
        assert_eq!((renamed.counts(), kept(&renamed, 2)), ((0, 1, 1, 0), true));
    }

    async fn an_address_that_a_list_sets_or_changes_for_somebody_known_is_told(app: App) {
        let app = app.restarted_with(|settings| settings.mail = Some(mail())).await;
        import(&app, LIST).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox_mail").await, 0, "who is new has a letter");
        let list = LIST.replace("jean@", "second@").replace("Élodie;", "Élodie;elodie@example.org");
        import(&app, &list).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox_mail").await, 2, "the first was nobody's for all we know");
        for (address, identifier) in [("second@example.org", "jdupont"), ("elodie@example.org", "elefevre")] {
            let told = app.mail("address-registered", address).await;
            for words in [identifier, "Académie de Lyon", "Division des examens, dec@ac-lyon.example"] {
                assert!(told.text.contains(words), "{words}: {}", told.text);
            }
        }
        import(&app, &list).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox_mail").await, 2, "once");
    }

    async fn configured_columns_become_claims(app: App) {
        let app = app.restarted_with(|settings| {
            settings.import.columns.others.insert("duty".to_owned(), "QUALITE".to_owned());
        }).await;
        let list = "NUMERO;NOM;QUALITE\nA1;Suharto;jury\n";
        let run = import(&app, list).await;
        assert_eq!(run.identifier(2), "suharto");
        let id = run.settled(2).account.clone().unwrap();
        assert_eq!(app.accounts.by_id(&id).await.unwrap().unwrap().claims["duty"], "jury");
        import(&app, list.replace("jury", "")).await;
        assert!(!app.accounts.by_id(&id).await.unwrap().unwrap().claims.contains_key("duty"));
    }

    async fn two_imports_at_once_make_everybody_once_with_one_letter_that_works(app: App) {
        let mut list = String::from("NUMERO;NOM;PRENOM\n");
        for number in 0..150 {
            let _ = writeln!(list, "{number};Dupont;Jean");
        }
        let backwards: Vec<&str> = list.lines().skip(1).collect();
        let other_list =
            format!("NUMERO;NOM;PRENOM\n{}\n", backwards.into_iter().rev().collect::<Vec<_>>().join("\n"));
        let other = app.another_node().await;
        let (one, two) = tokio::join!(import(&app, &list), import(&other, &other_list));
        assert_eq!(one.summary.created + two.summary.created, 150);
        assert_eq!(one.summary.refused + two.summary.refused, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 150);
        let open = "SELECT COUNT(*) FROM letter WHERE voided_at IS NULL AND printed_at IS NOT NULL";
        assert_eq!(app.count(open).await, 150);
        assert_eq!(app.count("SELECT COUNT(DISTINCT account_id) FROM letter WHERE voided_at IS NULL").await, 150);
        let issued = i64::try_from(one.letters.len() + two.letters.len()).unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM letter").await, issued);
        // Of every letter in either file, the open ones open, and the others do not.
        let mut open_numbers = Vec::new();
        for issued in one.letters.iter().chain(&two.letters) {
            let letters = app.accounts.letters_of(&issued.account.id).await.unwrap();
            let open = letters.iter().find(|letter| letter.voided_at.is_none()).expect("an open letter");
            if open.number == issued.letter.number {
                open_numbers.push(open.number.clone());
            }
        }
        assert_eq!(open_numbers.len(), 150, "each person’s open letter is in one of the two files");
        for issued in one.letters.iter().chain(&two.letters).step_by(9) {
            let identifier = issued.account.identifier().unwrap();
            let printed = issued.password.as_ref().expect("a password").printed();
            let opens = matches!(check(&app, identifier, printed).await, PasswordCheck::Temporary(_));
            assert_eq!(opens, open_numbers.contains(&issued.letter.number), "{identifier}");
        }
        let third = import(&app, &list).await;
        assert_eq!((third.counts(), third.letters.len()), ((0, 0, 150, 0), 0));
    }

    async fn a_homonym_in_a_list_gets_an_identifier_of_their_own(app: App) {
        let list = "NUMERO;NOM;PRENOM\n1;Leroux;Pierre\n2;Le Roux;Paul\n3;李;小龙\n4;Leroux;Pierre\n";
        let run = import(&app, list).await;
        assert_eq!([run.identifier(2), run.identifier(3), run.identifier(5)], ["pleroux", "pleroux1", "pleroux2"]);
        assert_eq!(run.identifier(4).len(), 9);
    }
}
