//! What people do at the hosted pages.

use super::*;

/// A person at a form, with what comes of it.
struct AtForm {
    browser: Browser,
    action: String,
    person: String,
    code: Option<String>,
}

flows! {
    async fn a_person_signs_in(app: App) {
        let set = async |person: String| {
            app.person(&person).await;
            let (browser, action) = at_the_form(&app).await;
            AtForm { browser, action, person, code: None }
        };
        let attempt = async |at: &mut AtForm| {
            let form = [("username", at.person.as_str()), ("password", PASSWORD)];
            let page = at.browser.submit(&at.action, &form).await;
            let came = judged_by_code(&page);
            if came == Came::Done {
                at.code = Some(page.code());
            }
            came
        };
        each_call_fails_once(&app, set, attempt, async |at| {
            let tokens = app.client("app").redeem_code(at.code.as_ref().expect("a code")).await;
            assert_eq!(tokens.status, 200, "{}", tokens.body);
            assert!(is_signed_in(&at.browser).await);
        })
        .await;
    }

    async fn a_wrong_password_opens_nothing(app: App) {
        let set = async |person: String| {
            app.person(&person).await;
            let (browser, action) = at_the_form(&app).await;
            AtForm { browser, action, person, code: None }
        };
        let attempt = async |at: &mut AtForm| {
            let form = [("username", at.person.as_str()), ("password", "Wrong-Horse-7")];
            let page = at.browser.submit(&at.action, &form).await;
            match page.status.as_u16() {
                503 => Came::Failed,
                422 => Came::Done,
                other => panic!("{other}: {}", page.body),
            }
        };
        each_call_fails_once(&app, set, attempt, async |at| assert!(!is_signed_in(&at.browser).await)).await;
    }

    async fn a_first_sign_in_replaces_the_letters_password(app: App) {
        let set = async |person: String| {
            let (_, printed) = app.newcomer(&person).await;
            let (mut browser, action) = at_the_form(&app).await;
            let page = browser.submit(&action, &[("username", person.as_str()), ("password", &printed)]).await;
            (AtForm { browser, action: page.form_action(), person, code: None }, printed)
        };
        let attempt = async |(at, _): &mut (AtForm, String)| {
            let form = [("new-password", CHOSEN), ("email", "elodie@ailleurs.example")];
            let page = at.browser.submit(&at.action, &form).await;
            // The password is there and the session is not: they sign in with it.
            if page.address.starts_with("/sign-in") {
                return Came::Done;
            }
            let came = judged_by_code(&page);
            if came == Came::Done {
                at.code = Some(page.code());
            }
            came
        };
        each_call_fails_once(&app, set, attempt, async |(at, printed)| {
            if let Some(code) = &at.code {
                assert_eq!(app.client("app").redeem_code(code).await.status, 200);
            }
            assert!(opens(&app, &at.person, CHOSEN).await && !opens(&app, &at.person, printed).await);
        })
        .await;
    }

    async fn a_letters_password_opens_the_first_page(app: App) {
        let set = async |person: String| {
            let (_, printed) = app.newcomer(&person).await;
            let (browser, action) = at_the_form(&app).await;
            (AtForm { browser, action, person, code: None }, printed)
        };
        let attempt = async |(at, printed): &mut (AtForm, String)| {
            let form = [("username", at.person.as_str()), ("password", printed)];
            let page = at.browser.submit(&at.action, &form).await;
            if is_failure(&page) {
                return Came::Failed;
            }
            assert!(page.address.starts_with("/first-sign-in?"), "{}", page.address);
            Came::Done
        };
        each_call_fails_once(&app, set, attempt, async |_| {}).await;
    }

    async fn a_forgotten_password_is_told(app: App) {
        let set = async |person: String| {
            app.person(&person).await;
            person
        };
        let attempt = async |person: &mut String| {
            let page = app.browser().post("/forgotten-password", &[("username", person)]).await;
            if is_failure(&page) {
                return Came::Failed;
            }
            assert_eq!(page.status, 200, "{}", page.body);
            Came::Done
        };
        each_call_fails_once(&app, set, attempt, async |person| {
            assert!(app.accounts.answer_recovery_cases().await.unwrap() > 0);
            app.mail("reset-password", &format!("{person}@example.org")).await.link();
            // An hour has mails for thirty people at one place.
            app.wait(3_600);
        })
        .await;
    }

    async fn a_case_is_answered(app: App) {
        let set = async |person: String| {
            app.person(&person).await;
            app.browser().post("/forgotten-password", &[("username", &person)]).await;
            person
        };
        let attempt = async |_: &mut String| match app.accounts.answer_recovery_cases().await {
            Ok(_) => Came::Done,
            Err(_) => Came::Failed,
        };
        each_call_fails_once(&app, set, attempt, async |person| {
            // One link at the most is worth something, and one is.
            let posted = app.posted(&format!("{person}@example.org")).await;
            assert!(!posted.is_empty(), "no mail");
            let link = app.mail("reset-password", &format!("{person}@example.org")).await.link();
            assert_eq!(app.browser().get(&link).await.status, 200);
            app.wait(3_600);
        })
        .await;
    }

    async fn a_mail_is_sent(app: App) {
        let set = async |person: String| {
            app.person(&person).await;
            app.browser().post("/forgotten-password", &[("username", &person)]).await;
            app.accounts.answer_recovery_cases().await.unwrap();
            format!("{person}@example.org")
        };
        let mailer = hasty(&app);
        let attempt = async |_: &mut String| {
            let came = if mailer.send_due().await.is_ok() { Came::Done } else { Came::Failed };
            // What a dying node had claimed is taken up by the next one later.
            app.wait(700);
            came
        };
        each_call_fails_once(&app, set, attempt, async |address| {
            mailer.send_due().await.unwrap();
            let arrived = app.postbox().arrived();
            let copies: Vec<_> = arrived.iter().filter(|mail| mail.to == [address.clone()]).collect();
            assert!(matches!(copies.len(), 1 | 2), "{} copies", copies.len());
            assert!(copies.iter().all(|copy| copy.message_id == copies[0].message_id), "copies are recognised");
        })
        .await;
    }

    async fn a_password_is_reset(app: App) {
        let set = async |person: String| {
            let granted = granted(&app, person.clone(), "openid offline_access").await;
            app.browser().post("/forgotten-password", &[("username", &person)]).await;
            app.accounts.answer_recovery_cases().await.unwrap();
            let link = app.mail("reset-password", &format!("{person}@example.org")).await.link();
            (granted, link)
        };
        let attempt = async |(_, link): &mut (Granted, String)| {
            let page = app.browser().post(link, &[("new-password", CHOSEN)]).await;
            match page.status.as_u16() {
                200 => Came::Done,
                503 => Came::Failed,
                410 => Came::Spent,
                other => panic!("{other}: {}", page.body),
            }
        };
        each_call_fails_once(&app, set, attempt, async |(granted, _)| {
            assert!(opens(&app, &granted.person, CHOSEN).await && !opens(&app, &granted.person, PASSWORD).await);
            assert!(!is_signed_in(&granted.browser).await && granted.is_dead().await);
            app.wait(3_600);
        })
        .await;
    }

    async fn an_application_sends_somebody_who_is_signed_in(app: App) {
        let client = app.client("app");
        let set = async |person| (granted(&app, person, "openid").await, None);
        let attempt = async |(granted, code): &mut (Granted, Option<String>)| {
            let page = granted.browser.open(&client.authorization(&[("prompt", "none")])).await;
            let came = judged_by_code(&page);
            assert_ne!(came, Came::Spent, "a session was taken for none: {:?}", page.location());
            if came == Came::Done {
                *code = Some(page.code());
            }
            came
        };
        each_call_fails_once(&app, set, attempt, async |(_, code)| {
            assert_eq!(client.redeem_code(code.as_ref().unwrap()).await.status, 200);
        })
        .await;
    }

    async fn consent_is_given(app: App) {
        let client = app.client("third");
        let set = async |person: String| {
            app.person(&person).await;
            let mut browser = app.browser();
            let page = browser.sign_in(&client.authorization(&[("scope", "openid email")]), &person).await;
            let action = page.form_action();
            AtForm { browser, action, person, code: None }
        };
        let attempt = async |at: &mut AtForm| {
            let page = at.browser.submit(&at.action, &[("decision", "allow")]).await;
            let came = judged_by_code(&page);
            if came == Came::Done {
                at.code = Some(page.code());
            }
            came
        };
        each_call_fails_once(&app, set, attempt, async |at| {
            assert_eq!(client.redeem_code(at.code.as_ref().unwrap()).await.status, 200);
            let silent = client.authorization(&[("scope", "openid email"), ("prompt", "none")]);
            at.browser.get(&silent).await.code();
        })
        .await;
    }

    async fn a_person_signs_out(app: App) {
        let set = async |person| granted(&app, person, "openid").await;
        let attempt = async |granted: &mut Granted| {
            let hint = granted.tokens.text("id_token");
            let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "https://app.example/signed-out")];
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            let page = granted.browser.open(&format!("/logout?{query}")).await;
            if is_failure(&page) {
                return Came::Failed;
            }
            assert!(page.location().unwrap_or_default().starts_with("https://app.example/signed-out"), "{}", page.body);
            Came::Done
        };
        each_call_fails_once(&app, set, attempt, async |granted| {
            assert!(!is_signed_in(&granted.browser).await && granted.is_dead().await);
        })
        .await;
    }

    async fn applications_are_told_of_an_end(app: App) {
        let set = async |person| {
            let mut granted = granted(&app, person, "openid").await;
            let session = session_on(&mut granted.browser, "/account").await;
            granted.browser.post("/account/sessions/end-all", &[("session", &session)]).await;
            granted
        };
        let attempt = async |_: &mut Granted| match app.provider.tell_ended_sessions().await {
            Ok(_) => Came::Done,
            Err(_) => Came::Failed,
        };
        each_call_fails_once(&app, set, attempt, async |granted| assert!(granted.is_dead().await)).await;
    }
}
