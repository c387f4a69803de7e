//! The door of external people: what it lets in, and how little it tells of what it does not.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use guichet::accounts::Mandate;

use super::{assert_grants_nothing, at_the_form, is_signed_in, try_password};
use crate::on_both_engines;
use crate::support::app::PASSWORD;
use crate::support::browser::Page;

/// What of an answer could tell one reason for a refusal from another.
fn visible(page: &Page, username: &str) -> (u16, Vec<(String, String)>, String) {
    let reference = page.header("x-request-id");
    assert!(!reference.is_empty());
    let mut headers: Vec<_> = page
        .headers
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "x-request-id" | "content-length"))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    assert!(page.body.contains(username), "the identifier is not echoed");
    let mut body = page.body.replace(&reference, "REFERENCE");
    // In the address of the page for forgotten passwords it is encoded.
    if let Some((before, after)) = page.body.split_once("&#38;username=") {
        let (_, rest) = after.split_once('"').unwrap();
        body = format!("{before}\"{rest}").replace(&reference, "REFERENCE");
    }
    (page.status.as_u16(), headers, body.replace(username, "USERNAME"))
}

on_both_engines! {
    async fn whatever_is_wrong_the_answer_is_the_same(app: App) {
        app.person("known").await;
        let disabled = app.person("disabled").await;
        app.disable(&disabled).await;
        let (newcomer, printed) = app.newcomer("disabled2").await;
        app.disable(&newcomer).await;
        app.newcomer("newcomer").await;
        let without_mail = app.person("without-mail").await;
        app.sql("UPDATE account SET email = NULL WHERE id = $1", without_mail.id.as_str()).await;
        let deleted = app.person("deleted").await;
        app.accounts.delete(&deleted.id, &Mandate::operator()).await.expect("deleted");
        let (_, another_printed) = app.newcomer("another").await;
        app.sql(
            "INSERT INTO account (id, upstream, upstream_subject, email, email_verified, claims, created_at, \
             updated_at) VALUES ($1, 'arena', 'federated', 'federated@example.org', 1, '{}', 1, 1)",
            "a-federated-account",
        )
        .await;
        let (browser, action) = at_the_form(&app).await;
        let answer = async |username: &str, password: &str| {
            let page = try_password(&mut browser.clone(), &action, username, password).await;
            assert_grants_nothing(&page);
            visible(&page, username)
        };
        let wrong = answer("known", "Wrong-Horse-7").await;
        assert_eq!(wrong.0, 422);
        for (username, password) in [
            ("unknown", "Wrong-Horse-7"),
            ("unknown", PASSWORD),
            ("disabled", PASSWORD),
            ("disabled", "Wrong-Horse-7"),
            ("disabled2", printed.as_str()),
            ("newcomer", "Wrong-Horse-7"),
            ("newcomer", &another_printed),
            ("without-mail", "Wrong-Horse-7"),
            ("deleted", PASSWORD),
            ("federated", PASSWORD),
            ("federated@example.org", PASSWORD),
            ("a-federated-account", PASSWORD),
            ("' OR 1=1 --", PASSWORD),
            ("known%", PASSWORD),
            ("known\u{0}", PASSWORD),
            ("\u{1f600}", PASSWORD),
        ] {
            let escaped = username.replace('\'', "&#39;").replace('\0', "\u{fffd}");
            let page = try_password(&mut browser.clone(), &action, username, password).await;
            assert_grants_nothing(&page);
            assert_eq!(visible(&page, &escaped), wrong, "{username}");
        }
    }

    async fn the_password_of_a_neighbour_in_the_alphabet_opens_nothing(app: App) {
        let (browser, action) = at_the_form(&app).await;
        let answer = async |username: &str, password: &str| {
            let page = try_password(&mut browser.clone(), &action, username, password).await;
            assert_grants_nothing(&page);
            visible(&page, username)
        };
        let nobody_at_all = answer("unknown", PASSWORD).await;
        assert_eq!(nobody_at_all.0, 422);
        app.person("bertrand").await;
        let (_, printed) = app.newcomer("meunier").await;
        for before_between_after in ["albert", "bertran", "bertrand1", "leroy", "meunie", "meunier2", "zola"] {
            assert_eq!(answer(before_between_after, PASSWORD).await, nobody_at_all, "{before_between_after}");
            assert_eq!(answer(before_between_after, &printed).await, nobody_at_all, "{before_between_after}");
        }
        app.sql("DELETE FROM password WHERE hash <> $1", "").await;
        assert_eq!(answer("bertrand", PASSWORD).await, nobody_at_all, "known, without a password");
    }

    async fn an_identifier_is_known_in_every_spelling(app: App) {
        app.person("Élodie.Lefèvre").await;
        let (browser, action) = at_the_form(&app).await;
        for spelling in [
            "Élodie.Lefèvre",
            "  élodie.lefèvre ",
            "ÉLODIE.LEFÈVRE\t",
            "E\u{301}lodie.Lefe\u{300}vre",
            "\u{a0}e\u{301}LODIE.LEFE\u{300}VRE\u{a0}",
        ] {
            let mut browser = browser.clone();
            let page = try_password(&mut browser, &action, spelling, PASSWORD).await;
            browser.follow(page).await.code();
        }
        for other in ["elodie.lefevre", "Élodie Lefèvre", "Élodie.Lefèvre.", "lodie.Lefèvre"] {
            let page = try_password(&mut browser.clone(), &action, other, PASSWORD).await;
            assert_eq!(page.status, 422, "{other}");
        }
    }

    async fn a_personal_password_is_exact(app: App) {
        app.person("elefevre").await;
        let (browser, action) = at_the_form(&app).await;
        let lower = PASSWORD.to_lowercase();
        let without_hyphens = PASSWORD.replace('-', "");
        let longer = format!("{PASSWORD} ");
        let ended = format!("{PASSWORD}\u{0}");
        for wrong in [&lower, &without_hyphens, &longer, &ended, &PASSWORD[..14]] {
            let page = try_password(&mut browser.clone(), &action, "elefevre", wrong).await;
            assert_eq!(page.status, 422, "{wrong:?}");
            assert_grants_nothing(&page);
        }
    }

    async fn an_empty_field_is_said_before_any_look_up(app: App) {
        app.person("elefevre").await;
        let (browser, action) = at_the_form(&app).await;
        let nothing_at_all: &[(&str, &str)] = &[];
        for form in [
            nothing_at_all,
            &[("username", "elefevre")],
            &[("username", "elefevre"), ("password", "")],
            &[("username", ""), ("password", PASSWORD)],
            &[("username", " \u{a0}\t"), ("password", PASSWORD)],
            &[("password", PASSWORD)],
        ] {
            let page = browser.clone().post(&action, form).await;
            assert_eq!(page.status, 422, "{form:?}");
            assert!(page.body.contains("aria-invalid=\"true\""));
            assert!(!page.body.contains(PASSWORD));
            assert_grants_nothing(&page);
        }
    }

    async fn a_text_that_is_far_too_long_is_refused_early(app: App) {
        app.person("elefevre").await;
        // So costly that a hash could not pass unnoticed.
        let app = app.restarted_with(|settings| settings.passwords.argon2_passes = 1_000).await;
        let (mut browser, action) = at_the_form(&app).await;
        let before = app.accounts.passwords_hashed();
        let long = "x".repeat(257);
        let very_long = "é".repeat(30 * 1024 / 6);
        for (username, password) in
            [("elefevre", &long), ("unknown", &long), ("elefevre", &very_long), (&long, &long), (&very_long, &long)]
        {
            let page = try_password(&mut browser, &action, username, password).await;
            assert_eq!(page.status, 422);
            assert!(page.body.len() < 30_000, "what was too long is not sent back");
            assert_grants_nothing(&page);
        }
        let page = try_password(&mut browser, &action, "elefevre", &"x".repeat(60 * 1024)).await;
        assert_eq!(page.status, 422);
        let page = try_password(&mut browser, &action, "elefevre", &"x".repeat(1024 * 1024)).await;
        assert_eq!(page.status, 413);
        assert_eq!(app.accounts.passwords_hashed(), before, "no work is done for it");
    }

    async fn a_password_of_256_characters_is_taken(app: App) {
        use guichet::accounts::{InitialPassword, NewAccount, NewIdentifier};
        use guichet::kit::secrets::Secret;
        let longest = format!("Tortue-Lampadaire-{}", "é".repeat(238));
        assert_eq!(longest.chars().count(), 256);
        let new = NewAccount {
            identifier: NewIdentifier::Given("elefevre".to_owned()),
            given_name: None,
            family_name: None,
            email: None,
            claims: serde_json::Map::new(),
            authority: None,
            source_key: None,
            password: InitialPassword::Personal(Secret::new(longest.clone())),
        };
        app.accounts.create(new).await.expect("an account");
        let (mut browser, action) = at_the_form(&app).await;
        let page = try_password(&mut browser, &action, "elefevre", &longest).await;
        browser.follow(page).await.code();
    }

    async fn a_field_sent_twice_is_refused(app: App) {
        app.person("elefevre").await;
        let (mut browser, action) = at_the_form(&app).await;
        let page = browser
            .post(&action, &[("username", "elefevre"), ("password", "x"), ("password", PASSWORD)])
            .await;
        assert_eq!(page.status, 400);
        assert_grants_nothing(&page);
    }

    async fn staff_are_sent_to_arena_before_their_password_is_looked_at(app: App) {
        for identifier in ["10E1234567ABC", "jdupont@ac-test.fr"] {
            app.person(identifier).await;
        }
        let (browser, action) = at_the_form(&app).await;
        for identifier in ["10E1234567ABC", " 10e1234567abc", "jdupont@ac-test.fr", "nobody@AC-TEST.FR "] {
            let page = try_password(&mut browser.clone(), &action, identifier, PASSWORD).await;
            assert_eq!(page.status, 422, "{identifier}");
            assert!(page.body.contains("id=\"upstream-hint\""), "{identifier}: {}", page.body);
            assert!(page.link_to("/sign-in/staff").contains("journey="));
            assert!(!page.body.contains(PASSWORD));
            assert_grants_nothing(&page);
        }
        let page = try_password(&mut browser.clone(), &action, "jdupont@ac-test.fr.example", PASSWORD).await;
        assert!(!page.body.contains("id=\"upstream-hint\""));
    }

    async fn whoever_insists_after_the_hint_is_let_through(app: App) {
        let fictitious = "43Z0000000ZZZ";
        app.person(fictitious).await;
        let (mut browser, action) = at_the_form(&app).await;
        let told = try_password(&mut browser, &action, fictitious, PASSWORD).await;
        assert!(told.body.contains("id=\"upstream-hint\""));
        assert_eq!(told.hidden("insists"), fictitious);

        // A slip of the finger does not start it all over again.
        let insists = told.hidden("insists");
        let slip = browser
            .post(&action, &[("insists", &insists), ("username", fictitious), ("password", "Wrong-Horse-7")])
            .await;
        assert!(slip.body.contains("id=\"login-error\"") && !slip.body.contains("id=\"upstream-hint\""));
        let insists = slip.hidden("insists");
        let page = browser
            .post(&action, &[("insists", &insists), ("username", fictitious), ("password", PASSWORD)])
            .await;
        browser.follow(page).await.code();
    }

    async fn insisting_on_one_identifier_says_nothing_of_another(app: App) {
        let (mut browser, action) = at_the_form(&app).await;
        let form = [("insists", "10E1234567ABC"), ("username", "10E7654321ABC"), ("password", PASSWORD)];
        let page = browser.post(&action, &form).await;
        assert!(page.body.contains("id=\"upstream-hint\""));
        let first = browser.get(&action).await;
        assert!(!first.body.contains("name=\"insists\""));
    }

    async fn an_identifier_that_is_nearly_a_numen_is_refused_like_any(app: App) {
        let (mut browser, action) = at_the_form(&app).await;
        // Thirteen bytes, as a NUMEN has, with a letter of two across the second and the third.
        for nearly in ["1É1234567ABC", "99E1234567ABC", "éé123456789"] {
            let page = try_password(&mut browser, &action, nearly, "Wrong-Horse-7").await;
            assert_eq!(page.status, 422, "{nearly}");
            assert!(!page.body.contains("id=\"upstream-hint\""), "{nearly}");
        }
    }

    async fn a_hostile_identifier_is_shown_as_text(app: App) {
        let (mut browser, action) = at_the_form(&app).await;
        let hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>@ac-test.fr";
        for (username, password) in [(hostile, "x"), (&hostile[..40], "x"), (hostile, "")] {
            let page = try_password(&mut browser, &action, username, password).await;
            assert_eq!(page.status, 422);
            assert!(!page.body.contains("<script>alert") && !page.body.contains("<img"), "{}", page.body);
            assert!(page.body.contains("&#60;script&#62;"), "{}", page.body);
        }
    }

    async fn a_full_queue_says_when_to_come_back(app: App) {
        let app = app
            .restarted_with(|settings| {
                settings.passwords.concurrency = 1;
                settings.passwords.queue = 0;
                settings.passwords.argon2_passes = 40;
            })
            .await;
        let (browser, action) = at_the_form(&app).await;
        let began = Instant::now();
        let tries = (0..6).map(|_| {
            let mut browser = browser.clone();
            let action = &action;
            async move { try_password(&mut browser, action, "unknown", PASSWORD).await }
        });
        let pages = join_all(tries).await;
        let busy: Vec<&Page> = pages.iter().filter(|page| page.status == 503).collect();
        assert!(!busy.is_empty(), "{:?}", pages.iter().map(|page| page.status).collect::<Vec<_>>());
        assert!(pages.iter().any(|page| page.status == 422));
        for page in busy {
            let seconds: u32 = page.header("retry-after").parse().expect("seconds");
            assert!((1..=60).contains(&seconds));
            assert_eq!(page.form_action(), action, "the page lets them try again");
            assert_grants_nothing(page);
        }
        assert!(began.elapsed() < Duration::from_secs(10));
    }

    async fn other_pages_keep_answering_while_passwords_wait(app: App) {
        let app = app
            .restarted_with(|settings| {
                settings.passwords.concurrency = 1;
                settings.passwords.argon2_passes = 40;
            })
            .await;
        let (browser, action) = at_the_form(&app).await;
        let crowd = join_all((0..4).map(|_| {
            let mut browser = browser.clone();
            let action = &action;
            async move { try_password(&mut browser, action, "unknown", PASSWORD).await }
        }));
        let others = async {
            for _ in 0..10 {
                assert_eq!(app.browser().get("/jwks").await.status, 200);
            }
        };
        tokio::select! {
            _ = crowd => panic!("the others had to wait for the passwords"),
            () = others => {}
        }
    }
}

on_both_engines! {
    /// Time itself is no fact on a busy machine; that the same work is done for everyone is one.
    async fn whatever_is_wrong_the_same_work_is_done(app: App) {
        app.person("known").await;
        app.newcomer("newcomer").await;
        let disabled = app.person("disabled").await;
        app.disable(&disabled).await;
        let without_mail = app.person("without-mail").await;
        app.sql("UPDATE account SET email = NULL WHERE id = $1", without_mail.id.as_str()).await;
        let tries = [
            ("known", "Wrong-Horse-7"),
            ("unknown", "Wrong-Horse-7"),
            ("disabled", PASSWORD),
            ("newcomer", "Wrong-Horse-7"),
            ("without-mail", "Wrong-Horse-7"),
        ];
        for (username, password) in tries {
            let (mut browser, action) = at_the_form(&app).await;
            let before = app.accounts.passwords_hashed();
            try_password(&mut browser, &action, username, password).await;
            assert_eq!(app.accounts.passwords_hashed() - before, 1, "{username}");
        }
    }
}

#[tokio::test]
async fn a_form_of_another_site_signs_nobody_in() {
    let app = crate::support::engines::sqlite().await;
    app.person("elefevre").await;
    let (mut browser, action) = at_the_form(&app).await;
    browser.headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    let page = try_password(&mut browser, &action, "elefevre", PASSWORD).await;
    assert_eq!(page.status, 403);
    assert_grants_nothing(&page);
    browser.headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
    assert!(!is_signed_in(&browser).await);
}

on_both_engines! {
    async fn a_slip_in_a_letters_password_is_told_at_once_whoever_it_is(app: App) {
        let (_, printed) = app.newcomer("newcomer").await;
        app.person("elefevre").await;
        let other = if printed.starts_with('A') { "B" } else { "A" };
        let slip = format!("{other}{}", &printed[1..]);
        let look_alike = format!("O{}", &printed[1..]);
        let before = app.accounts.passwords_hashed();
        for typed in [slip.as_str(), &slip.to_lowercase(), &slip.replace('-', ""), &look_alike] {
            for identifier in ["newcomer", "elefevre", "nobody"] {
                let (mut browser, action) = at_the_form(&app).await;
                let page = try_password(&mut browser, &action, identifier, typed).await;
                assert_eq!(page.status, 422);
                assert!(page.body.contains("un caractère du mot de passe semble faux"), "{}", page.body);
                assert!(page.body.contains(&format!("value=\"{identifier}\"")), "{}", page.body);
            }
        }
        assert_eq!(app.accounts.passwords_hashed(), before, "nothing was looked at");
        let (mut browser, action) = at_the_form(&app).await;
        let page = try_password(&mut browser, &action, "newcomer", &printed.to_lowercase()).await;
        assert_eq!(page.status, 303);
    }
}
