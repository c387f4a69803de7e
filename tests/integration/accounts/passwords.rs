//! Passwords at rest.

use guichet::accounts::{InitialPassword, PasswordCheck};
use guichet::kit::secrets::Secret;

use super::{nobody_but, text};
use crate::on_both_engines;
use crate::signin::{at_the_form, signed_in, try_password};
use crate::support::App;
use crate::support::app::{PASSWORD, SEASON};

on_both_engines! {
    async fn a_password_is_stored_as_argon2id_in_phc_form(app: App) {
        app.person("elefevre").await;
        let (_, printed) = app.newcomer("newcomer").await;
        let hash = text(&app, "SELECT hash FROM password WHERE temporary = 0").await;
        let (head, salt_and_output) = hash.split_at("$argon2id$v=19$m=7168,t=1,p=1$".len());
        assert_eq!(head, "$argon2id$v=19$m=7168,t=1,p=1$");
        let (salt, output) = salt_and_output.split_once('$').expect("salt and output");
        // 16 and 32 bytes, in base64 without padding.
        assert_eq!((salt.len(), output.len()), (22, 43), "{hash}");
        let temporary = text(&app, "SELECT hash FROM password WHERE temporary = 1").await;
        assert!(temporary.starts_with(head));
        for secret in [PASSWORD, &printed, &printed.replace('-', "")] {
            assert!(!hash.contains(secret) && !temporary.contains(secret));
        }
    }

    async fn a_password_is_the_same_however_its_accents_are_written(app: App) {
        for (identifier, first, then) in [
            ("composed", "Ça-été-7 à Lyon", "C\u{327}a-e\u{301}te\u{301}-7 a\u{300} Lyon"),
            ("apart", "C\u{327}a-e\u{301}te\u{301}-7 a\u{300} Lyon", "Ça-été-7 à Lyon"),
        ] {
            let mut new = nobody_but(identifier);
            new.password = InitialPassword::Personal(Secret::new(first));
            app.accounts.create(new).await.expect("an account");
            let check = app.accounts.check_password(identifier, &Secret::new(then)).await.unwrap();
            assert!(matches!(check, PasswordCheck::Personal(_)), "{identifier}: {check:?}");
            let check = app.accounts.check_password(identifier, &Secret::new("Ca-ete-7 a Lyon")).await.unwrap();
            assert!(matches!(check, PasswordCheck::Refused(_)));
        }
    }

    async fn two_people_with_one_password_have_two_hashes(app: App) {
        app.person("one").await;
        app.person("two").await;
        assert_eq!(app.count("SELECT COUNT(DISTINCT hash) FROM password").await, 2);
    }

    async fn a_sign_in_leaves_the_hash_as_it_is_unless_the_cost_has_changed(app: App) {
        app.person("elefevre").await;
        let before = text(&app, "SELECT hash FROM password").await;
        let dearer = app.restarted_with(|settings| settings.passwords.argon2_passes = 2).await;
        let opens = async |node: &App, password: &str| {
            let check = node.accounts.check_password("elefevre", &Secret::new(password)).await.unwrap();
            matches!(check, PasswordCheck::Personal(_))
        };
        assert!(opens(&app, PASSWORD).await);
        assert!(!opens(&dearer, "Wrong-Horse-7").await);
        assert_eq!(text(&app, "SELECT hash FROM password").await, before);
        app.wait(60);
        assert!(opens(&dearer, PASSWORD).await);
        let after = text(&app, "SELECT hash FROM password").await;
        assert!(after.starts_with("$argon2id$v=19$m=7168,t=2,p=1$"), "{after}");
        assert_eq!(app.count("SELECT COUNT(*) FROM password WHERE set_at = 1800000000").await, 1, "the same password");
        assert!(opens(&dearer, PASSWORD).await && opens(&app, PASSWORD).await);
    }

    async fn as_long_as_a_hash_of_another_cost_is_left_every_check_costs_both(app: App) {
        app.person("elefevre").await;
        let disabled = app.person("disabled").await;
        app.disable(&disabled).await;
        let dearer = app.restarted_with(|settings| settings.passwords.argon2_passes = 2).await;
        dearer.person("pleroux").await;
        let cost = async |identifier: &str, password: &str| {
            let before = dearer.accounts.passwords_hashed();
            dearer.accounts.check_password(identifier, &Secret::new(password)).await.unwrap();
            dearer.accounts.passwords_hashed() - before
        };
        for identifier in ["elefevre", "pleroux", "disabled", "nobody"] {
            assert_eq!(cost(identifier, "Wrong-Horse-7").await, 2, "{identifier}");
        }
        assert_eq!(cost("disabled", PASSWORD).await, 2, "the right password of a disabled account tells nothing");
        assert_eq!(cost("elefevre", PASSWORD).await, 3, "this one is hashed anew");
        app.sql("DELETE FROM password WHERE account_id = $1", disabled.id.as_str()).await;
        app.wait(3_600);
        for identifier in ["elefevre", "pleroux", "nobody"] {
            assert_eq!(cost(identifier, "Wrong-Horse-7").await, 1, "{identifier}");
        }
    }

    async fn hashing_anew_changes_no_password_for_links_and_known_browsers(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let own = signed_in(&app, "elefevre").await;
        let link = crate::recovery::link_for(&app, "elefevre").await;
        let dearer = app.restarted_with(|settings| settings.passwords.argon2_passes = 2).await;
        let before = text(&app, "SELECT hash FROM password").await;
        signed_in(&dearer, "elefevre").await;
        assert_ne!(text(&app, "SELECT hash FROM password").await, before);
        assert_eq!(dearer.browser().get(&link).await.status, 200);
        let (stranger, action) = at_the_form(&app).await;
        for _ in 0..5 {
            try_password(&mut stranger.clone(), &action, "elefevre", "Wrong-Horse-7").await;
        }
        let mut returning = stranger.clone();
        returning.cookies.extend(own.cookies.into_iter().filter(|(name, _)| name.contains("known")));
        assert_eq!(try_password(&mut returning, &action, "elefevre", PASSWORD).await.status, 303);
    }

    async fn a_broken_hash_opens_for_nobody(app: App) {
        app.person("elefevre").await;
        for broken in ["", "x", "$argon2i$v=19$m=7168,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", PASSWORD] {
            app.sql("UPDATE password SET hash = $1", broken).await;
            for typed in ["", PASSWORD] {
                let check = app.accounts.check_password("elefevre", &Secret::new(typed)).await.unwrap();
                assert!(matches!(check, PasswordCheck::Refused(_)), "{broken:?}: {check:?}");
            }
        }
    }

    async fn a_temporary_password_expires_and_a_personal_one_does_not(app: App) {
        let (_, printed) = app.newcomer("newcomer").await;
        app.person("elefevre").await;
        let check = async |identifier: &str, password: &str| {
            app.accounts.check_password(identifier, &Secret::new(password)).await.unwrap()
        };
        app.wait(SEASON - 1);
        assert!(matches!(check("newcomer", &printed).await, PasswordCheck::Temporary(_)));
        app.wait(1);
        assert!(matches!(check("newcomer", &printed).await, PasswordCheck::TemporaryExpired));
        assert!(matches!(check("newcomer", "wrong").await, PasswordCheck::Refused(_)));
        app.wait(10 * SEASON);
        assert!(matches!(check("elefevre", PASSWORD).await, PasswordCheck::Personal(_)));
    }

    async fn temporary_passwords_are_drawn_anew_each_time(app: App) {
        let mut drawn = std::collections::HashSet::new();
        for number in 0..5 {
            let mut new = nobody_but(&format!("newcomer{number}"));
            new.password = InitialPassword::Temporary;
            let (_, password) = app.accounts.create(new).await.expect("an account");
            let printed = password.expect("drawn").printed().to_owned();
            assert!(!printed.contains(['O', '0', 'I', '1', 'L']), "{printed}");
            assert!(drawn.insert(printed));
        }
    }
}
