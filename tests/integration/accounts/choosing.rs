//! Personal passwords: the rules, one by one, and the change by somebody who knows the present one.

use guichet::accounts::{
    ChangeError, CreateError, InitialPassword, NewPasswordFault, PasswordCheck, ReplaceError,
};
use guichet::config::PasswordRule;
use guichet::kit::locale::Locale;
use guichet::kit::secrets::Secret;

use super::nobody_but;
use crate::on_both_engines;
use crate::support::App;
use crate::support::app::PASSWORD;

/// What is wrong with a password for an account, if anything is.
async fn fault(app: &App, account: &guichet::accounts::AccountId, chosen: &str) -> Option<NewPasswordFault> {
    match app.accounts.accept_password(account, &Secret::new(chosen)).await {
        Ok(_) => None,
        Err(ReplaceError::Fault(fault)) => Some(fault),
        Err(error) => panic!("{chosen}: {error}"),
    }
}

on_both_engines! {
    async fn each_rule_has_its_fault(app: App) {
        use NewPasswordFault as Fault;
        let account = app.person("elefevre").await;
        let long = "Ab1-".repeat(65);
        for (chosen, expected) in [
            ("", Fault::Empty),
            (long.as_str(), Fault::TooLong),
            ("Sh0rt-pass.", Fault::TooShort),
            ("ABCDE-FGHJK-MNPQ", Fault::LooksTemporary),
            ("abcdefghjkmnpq", Fault::LooksTemporary),
            ("petit chien noir", Fault::LooksTemporary),
            ("x-ELEFEVRE-2027", Fault::ContainsIdentifier),
            ("alllowercase1", Fault::TooSimple),
            ("aaaaaaaaaaaaaaaaaaaaaaaaa", Fault::TooSimple),
            ("Password1234", Fault::Leaked),
            ("Password-Password1", Fault::CommonWord),
            ("Lefèvre-Élodie-1", Fault::PersonalWord),
            ("Lefevre-elodie-1", Fault::PersonalWord),
            ("Academie-Imagin-1", Fault::PersonalWord),
            ("Qwertyuiop-123456", Fault::KeyboardRow),
            ("Abcdefghijklmnop1", Fault::Sequence),
            ("Ab1-Ab1-Ab1-Ab1-Ab1-", Fault::Repetition),
            (PASSWORD, Fault::SameAsCurrent),
        ] {
            assert_eq!(fault(&app, &account.id, chosen).await, Some(expected), "{chosen}");
        }
        for fine in ["Tortue-Lampadaire-42", "cheval pile agrafe correcte", "ça-été-7 à la Plage", &"tortue lampadaire 7 ".repeat(12)] {
            assert_eq!(fault(&app, &account.id, fine).await, None, "{fine}");
        }
    }

    async fn the_stricter_rule_wants_more_kinds_or_more_words(app: App) {
        let account = app.person("elefevre").await;
        let strict = app.restarted_with(|settings| settings.passwords.rule = PasswordRule::Alone).await;
        for simple in ["Tortuelampa42", "cheval pile agrafe correcte", "un deux un deux un deux un deux un"] {
            let found = fault(&strict, &account.id, simple).await;
            assert_eq!(found, Some(NewPasswordFault::TooSimple), "{simple}");
        }
        for fine in ["Tort-lampa-42", "Tortuelampadaire42", "cheval pile agrafe tortue lampe vase pont"] {
            assert_eq!(fault(&strict, &account.id, fine).await, None, "{fine}");
        }
    }

    async fn former_passwords_do_not_come_back_for_as_many_as_configured(app: App) {
        let app = app.restarted_with(|settings| settings.passwords.remembered = 2).await;
        let account = app.person("elefevre").await;
        let passwords = [PASSWORD, "Tortue-Lampadaire-42", "Girafe-Escalier-58", "Pingouin-Fenetre-63"];
        for pair in passwords.windows(2) {
            let (current, chosen) = (Secret::new(pair[0]), Secret::new(pair[1]));
            app.wait(10);
            app.accounts.change_password(&account.id, &current, &chosen, Locale::Fr).await.expect("changed");
        }
        assert_eq!(fault(&app, &account.id, passwords[1]).await, Some(NewPasswordFault::UsedBefore));
        assert_eq!(fault(&app, &account.id, passwords[2]).await, Some(NewPasswordFault::UsedBefore));
        assert_eq!(fault(&app, &account.id, passwords[3]).await, Some(NewPasswordFault::SameAsCurrent));
        assert_eq!(fault(&app, &account.id, passwords[0]).await, None);
        assert_eq!(app.count("SELECT COUNT(*) FROM former_password").await, 2);
    }

    async fn a_password_is_changed_by_who_knows_it(app: App) {
        let app = app.with_mail().await;
        let account = app.person("elefevre").await;
        let (current, chosen) = (Secret::new(PASSWORD), Secret::new("Tortue-Lampadaire-42"));
        let accounts = &app.accounts;
        let refused = accounts.change_password(&account.id, &chosen, &chosen, Locale::Fr).await;
        assert!(matches!(refused, Err(ChangeError::WrongCurrent)));
        let refused = accounts.change_password(&account.id, &current, &Secret::new("short"), Locale::Fr).await;
        assert!(matches!(refused, Err(ChangeError::Fault(NewPasswordFault::TooShort))));
        let changed = accounts.change_password(&account.id, &current, &chosen, Locale::Fr).await.expect("changed");
        assert_eq!(changed.epoch.number(), account.epoch.number() + 1, "every access made before ends");
        assert!(!accounts.check_own_password(&account.id, &current).await.unwrap());
        assert!(accounts.check_own_password(&account.id, &chosen).await.unwrap());
        assert_eq!(app.kinds_of_mails("elefevre@example.org").await, ["password-changed"]);
        assert_eq!(app.history(&account.id).await, ["password-changed"]);
    }

    async fn a_temporary_password_is_nobodys_own(app: App) {
        let (account, printed) = app.newcomer("newcomer").await;
        let printed = Secret::new(printed.replace('-', ""));
        assert!(!app.accounts.check_own_password(&account.id, &printed).await.unwrap());
        let chosen = Secret::new("Tortue-Lampadaire-42");
        let refused = app.accounts.change_password(&account.id, &printed, &chosen, Locale::Fr).await;
        assert!(matches!(refused, Err(ChangeError::Stale)));
    }

    async fn an_account_is_not_made_with_an_unfit_password(app: App) {
        for unfit in ["ABCDE-FGHJK-MNPQ", "short", "Password1234"] {
            let mut new = nobody_but("elefevre");
            new.password = InitialPassword::Personal(Secret::new(unfit));
            let refused = app.accounts.create(new).await.expect_err("refused");
            assert!(matches!(refused, CreateError::Unfit(_)), "{refused}");
        }
        app.person("other").await;
        let check = app.accounts.check_password("other", &Secret::new(PASSWORD)).await.unwrap();
        assert!(matches!(check, PasswordCheck::Personal(_)));
    }
}
