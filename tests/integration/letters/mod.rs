//! Letters: one that works at a time, and what becomes of those before.

use guichet::accounts::letters::{by_number, of};
use guichet::accounts::{
    InitialPassword, IssueError, IssuedLetter, LetterNumber, LetterState, Mandate, NewAccount, PasswordCheck,
    Replacing, Sender, SenderError,
};
use guichet::audit;
use guichet::kit::clock::Timestamp;
use guichet::kit::locale::Locale;
use guichet::kit::secrets::Secret;
use guichet::mail::Address;

use crate::accounts::{nobody_but, text};
use crate::on_both_engines;
use crate::support::App;
use crate::support::app::{PASSWORD, SEASON, START};

fn lyon(app: &App) -> Sender {
    app.accounts.sender(Some("lyon"), None).expect("a sender")
}

async fn issue(app: &App, account: &guichet::accounts::Account, replacing: Replacing) -> IssuedLetter {
    app.accounts
        .issue_letter(&account.id, &lyon(app), replacing, &Mandate::operator())
        .await
        .expect("a letter")
}

async fn check(app: &App, identifier: &str, password: &str) -> PasswordCheck {
    app.accounts.check_password(identifier, &Secret::new(password)).await.expect("a check")
}

fn password(letter: &IssuedLetter) -> &str {
    letter.password.as_ref().expect("a password").printed()
}

async fn events(app: &App, account: &guichet::accounts::Account) -> Vec<String> {
    let mut connection = app.database.read().await.unwrap();
    let entries = audit::recent(&mut connection, account.id.as_str(), 50).await.unwrap();
    let mut words: Vec<String> = entries.iter().map(|entry| entry.event.word().to_owned()).collect();
    words.sort();
    words
}

on_both_engines! {
    async fn a_person_made_with_a_letter_signs_in_with_its_password(app: App) {
        let new = NewAccount { password: InitialPassword::OnLetter(lyon(&app)), ..nobody_but("newcomer") };
        let (account, drawn) = app.accounts.create(new).await.expect("an account");
        assert_eq!(account.authority, Some("lyon".into()));
        let printed = drawn.expect("a password").printed().to_owned();
        assert!(matches!(check(&app, "newcomer", &printed).await, PasswordCheck::Temporary(_)));

        let letters = app.accounts.letters_of(&account.id).await.unwrap();
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].state(app.clock.now()), LetterState::Issued);
        assert_eq!((letters[0].authority.as_str(), letters[0].desk.as_str()), ("lyon", "dec"));
        let end = Timestamp::from_seconds(START + i64::try_from(SEASON).unwrap());
        assert_eq!(letters[0].expires_at, Some(end));
        assert_eq!(events(&app, &account).await, ["created", "letter-issued"]);

        let typed = letters[0].number.as_str().to_lowercase().replace('-', " ");
        let number = LetterNumber::parse(&typed).expect("a number");
        let mut connection = app.database.read().await.unwrap();
        let found = by_number(&mut connection, &number).await.unwrap().expect("the letter");
        assert_eq!(found, letters[0]);
    }

    async fn a_new_letter_voids_the_one_before_and_its_password(app: App) {
        let (account, first) = app.newcomer("newcomer").await;
        let second = issue(&app, &account, Replacing::OnlyTemporary).await;
        app.wait(1);
        let third = issue(&app, &account, Replacing::OnlyTemporary).await;
        for void in [first.as_str(), password(&second)] {
            assert!(matches!(check(&app, "newcomer", void).await, PasswordCheck::Refused(_)));
        }
        assert!(matches!(check(&app, "newcomer", password(&third)).await, PasswordCheck::Temporary(_)));
        let mut connection = app.database.read().await.unwrap();
        let letters = of(&mut connection, &account.id).await.unwrap();
        assert_eq!(letters.len(), 2);
        assert_eq!(letters[0].number, third.letter.number);
        assert!(matches!(letters[1].state(app.clock.now()), LetterState::Voided { .. }), "{letters:?}");
        drop(connection);
        let told = ["created", "letter-issued", "letter-issued", "letter-voided"];
        assert_eq!(events(&app, &account).await, told);
    }

    async fn a_letter_leaves_a_personal_password_alone(app: App) {
        let account = app.person("elefevre").await;
        let issued = issue(&app, &account, Replacing::OnlyTemporary).await;
        assert!(issued.password.is_none() && !issued.letter.with_password);
        assert!(matches!(check(&app, "elefevre", PASSWORD).await, PasswordCheck::Personal(_)));
        let now = app.accounts.by_id(&account.id).await.unwrap().unwrap();
        assert_eq!(now.epoch, account.epoch, "sessions go on");
    }

    async fn a_letter_that_replaces_a_personal_password_ends_all_that_it_opened(app: App) {
        let account = app.person("elefevre").await;
        let issued = issue(&app, &account, Replacing::Personal).await;
        assert!(matches!(check(&app, "elefevre", PASSWORD).await, PasswordCheck::Refused(_)));
        assert!(matches!(check(&app, "elefevre", password(&issued)).await, PasswordCheck::Temporary(_)));
        let now = app.accounts.by_id(&account.id).await.unwrap().unwrap();
        assert!(!now.honours(account.epoch), "sessions and grants of before are dead");
        assert_eq!(app.count("SELECT COUNT(*) FROM former_password").await, 1, "it does not come back");
    }

    async fn a_letter_with_a_password_ends_case_numbers_links_and_an_address_that_waits(app: App) {
        let app = app.with_mail().await;
        let account = app.person("elefevre").await;
        let reset = crate::recovery::link_for(&app, "elefevre").await;
        let address = Address::parse("new@example.org").unwrap();
        app.accounts.give_address(&account.id, &address, Locale::Fr).await.expect("given");
        let confirm = app.mail("confirm-address", "new@example.org").await.link();
        let case = text(&app, "SELECT number FROM recovery_case").await;
        assert!(app.accounts.case(&case).await.unwrap().is_some());
        assert_eq!(app.browser().get(&reset).await.status, 200);
        assert_eq!(app.browser().get(&confirm).await.status, 200);

        issue(&app, &account, Replacing::Personal).await;
        assert!(app.accounts.case(&case).await.unwrap().is_none());
        assert_eq!(app.browser().post(&reset, &[("new-password", "Lampadaire-Tortue-42")]).await.status, 410);
        assert_eq!(app.browser().post(&confirm, &[]).await.status, 410);
        let now = app.accounts.by_id(&account.id).await.unwrap().unwrap();
        assert_eq!((now.email, now.pending_email), (account.email, None));
    }

    async fn the_password_of_a_letter_ends_with_the_season(app: App) {
        let (account, _) = app.newcomer("newcomer").await;
        let issued = issue(&app, &account, Replacing::OnlyTemporary).await;
        app.wait(SEASON);
        assert!(matches!(check(&app, "newcomer", password(&issued)).await, PasswordCheck::TemporaryExpired));
        assert!(matches!(issued.letter.state(app.clock.now()), LetterState::Expired { .. }));
        let next = issue(&app, &account, Replacing::OnlyTemporary).await;
        assert!(matches!(check(&app, "newcomer", password(&next)).await, PasswordCheck::Temporary(_)));
    }

    async fn letters_issued_at_once_leave_one_that_works(app: App) {
        let (account, _) = app.newcomer("newcomer").await;
        let other = app.another_node().await;
        let both = [&app, &other, &app, &other].map(|node| issue(node, &account, Replacing::OnlyTemporary));
        let issued = futures_util::future::join_all(both).await;
        let letters = app.accounts.letters_of(&account.id).await.unwrap();
        let open: Vec<_> = letters.iter().filter(|letter| letter.voided_at.is_none()).collect();
        assert_eq!((letters.len(), open.len()), (4, 1));
        for one in &issued {
            let works = matches!(check(&app, "newcomer", password(one)).await, PasswordCheck::Temporary(_));
            assert_eq!(works, one.letter.number == open[0].number);
        }
    }

    async fn printing_is_noted_once_and_not_for_what_was_replaced(app: App) {
        let (account, _) = app.newcomer("newcomer").await;
        let first = issue(&app, &account, Replacing::OnlyTemporary).await.letter.number;
        let second = issue(&app, &account, Replacing::OnlyTemporary).await.letter.number;
        let replaced = app.accounts.mark_letters_printed(&[first.clone(), second.clone()]).await.unwrap();
        assert_eq!(replaced, [first]);
        let at = app.clock.now();
        app.wait(60);
        app.accounts.mark_letters_printed(&[second]).await.unwrap();
        let letters = app.accounts.letters_of(&account.id).await.unwrap();
        let printed: Vec<_> = letters.iter().filter_map(|letter| letter.printed_at).collect();
        assert_eq!(printed, [at]);
    }

    async fn nobody_gets_a_letter_who_cannot_use_one(app: App) {
        let refusal = async |id: &guichet::accounts::AccountId, sender: &Sender| {
            app.accounts.issue_letter(id, sender, Replacing::OnlyTemporary, &Mandate::operator()).await.unwrap_err()
        };
        let dgrh = app.accounts.sender(Some("dgrh"), None).unwrap();
        let account = app.person("elefevre").await;
        assert!(matches!(refusal(&"nobody".into(), &dgrh).await, IssueError::Unknown));
        issue(&app, &account, Replacing::OnlyTemporary).await;
        assert!(matches!(refusal(&account.id, &dgrh).await, IssueError::OtherAuthority(_)));
        app.disable(&account).await;
        assert!(matches!(refusal(&account.id, &lyon(&app)).await, IssueError::Disabled));
        let person = guichet::accounts::FederatedPerson {
            upstream: "arena".into(),
            subject: "x".to_owned(),
            given_name: None,
            family_name: None,
            email: None,
            email_verified: false,
            claims: serde_json::Map::new(),
        };
        let federated = app.accounts.recognise(person).await.unwrap().unwrap();
        assert!(matches!(refusal(&federated.id, &dgrh).await, IssueError::Federated));
    }

    async fn a_sender_is_one_that_the_configuration_names(app: App) {
        let refused = app.accounts.sender(None, None).unwrap_err();
        assert_eq!(refused.to_string(), "say which authority with --authority; the configuration has: lyon, dgrh");
        let refused = app.accounts.sender(Some("paris"), None).unwrap_err();
        assert!(refused.to_string().contains("there is no authority \"paris\""), "{refused}");
        let refused = app.accounts.sender(Some("lyon"), Some("concours")).unwrap_err();
        assert!(matches!(refused, SenderError::Desk { .. }), "{refused}");
        let found = app.accounts.sender(Some("dgrh"), Some("concours")).unwrap();
        assert_eq!(found.desk().name, "Bureau des concours");
    }
}
