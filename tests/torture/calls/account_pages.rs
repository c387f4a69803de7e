//! What people do on their own page.

use super::*;

/// Sends a form of the account's pages; leads back to the page when it is done.
async fn act(granted: &mut Granted, path: &str, session: &str, fields: &[(&str, &str)]) -> Came {
    let form = [&[("session", session)], fields].concat();
    let page = granted.browser.post(path, &form).await;
    if is_failure(&page) {
        return Came::Failed;
    }
    let location = page.location().unwrap_or_else(|| panic!("{} {}", page.status, page.body));
    if location.starts_with("/account?done=")
        && !location.ends_with("stale")
        && !location.ends_with("nothing")
    {
        return Came::Done;
    }
    Came::Spent
}

flows! {
    async fn the_page_is_shown(app: App) {
        let set = async |person| granted(&app, person, "openid").await;
        let attempt = async |granted: &mut Granted| {
            for path in ["/account", "/account/password", "/account/mail-address", "/"] {
                let page = granted.browser.get(path).await;
                if is_failure(&page) {
                    return Came::Failed;
                }
                assert_eq!(page.status, 200, "{path}: a session was taken for none");
            }
            Came::Done
        };
        each_call_fails_once(&app, set, attempt, async |_| {}).await;
    }

    async fn the_password_is_changed(app: App) {
        let set = async |person| {
            let mut granted = granted(&app, person, "openid offline_access").await;
            let session = session_on(&mut granted.browser, "/account/password").await;
            (granted, session)
        };
        let attempt = async |(granted, session): &mut (Granted, String)| {
            let form = [("session", session.as_str()), ("current-password", PASSWORD), ("new-password", CHOSEN)];
            let page = granted.browser.post("/account/password", &form).await;
            match page.status.as_u16() {
                _ if is_failure(&page) => Came::Failed,
                303 if page.location().unwrap_or_default().ends_with("done=password") => Came::Done,
                // The one that they typed is the former one already, or the session went with it.
                303 | 422 => Came::Spent,
                other => panic!("{other}: {}", page.body),
            }
        };
        each_call_fails_once(&app, set, attempt, async |(granted, _)| {
            assert!(opens(&app, &granted.person, CHOSEN).await && !opens(&app, &granted.person, PASSWORD).await);
            assert!(granted.is_dead().await);
        })
        .await;
    }

    async fn a_mail_address_is_given(app: App) {
        let set = async |person: String| {
            let mut granted = granted(&app, person, "openid").await;
            let session = session_on(&mut granted.browser, "/account/mail-address").await;
            (granted, session)
        };
        let attempt = async |(granted, session): &mut (Granted, String)| {
            let address = format!("{}@ailleurs.example", granted.person);
            let fields = [("email", address.as_str()), ("current-password", PASSWORD), ("decision", "give")];
            act(granted, "/account/mail-address", session, &fields).await
        };
        each_call_fails_once(&app, set, attempt, async |(granted, _)| {
            let posted = app.posted(&format!("{}@ailleurs.example", granted.person)).await;
            assert!(!posted.is_empty(), "no mail asks for the confirmation");
            // An hour has mails for thirty people at one place.
            app.wait(3_600);
        })
        .await;
    }

    async fn a_mail_address_is_confirmed(app: App) {
        let set = async |person: String| {
            let mut granted = granted(&app, person, "openid").await;
            let session = session_on(&mut granted.browser, "/account/mail-address").await;
            let address = format!("{}@ailleurs.example", granted.person);
            let fields = [("email", address.as_str()), ("current-password", PASSWORD), ("decision", "give")];
            assert_eq!(act(&mut granted, "/account/mail-address", &session, &fields).await, Came::Done);
            let link = app.posted(&address).await.pop().expect("a mail").link();
            let action = app.browser().get(&link).await.form_action();
            (granted, address, action)
        };
        let attempt = async |(_, _, action): &mut (Granted, String, String)| {
            let page = app.browser().post(action, &[]).await;
            match page.status.as_u16() {
                200 => Came::Done,
                410 => Came::Spent,
                _ if is_failure(&page) => Came::Failed,
                other => panic!("{other}: {}", page.body),
            }
        };
        each_call_fails_once(&app, set, attempt, async |(_, address, _)| {
            let mut connection = app.database.read().await.unwrap();
            let confirmed: Vec<i64> = sqlx::query_scalar("SELECT email_verified FROM account WHERE email = $1")
                .bind(address.as_str())
                .fetch_all(&mut *connection)
                .await
                .unwrap();
            assert_eq!(confirmed, [1]);
            drop(connection);
            app.wait(3_600);
        })
        .await;
    }

    async fn a_mail_address_is_removed(app: App) {
        let set = async |person| {
            let mut granted = granted(&app, person, "openid").await;
            let session = session_on(&mut granted.browser, "/account/mail-address").await;
            (granted, session)
        };
        let attempt = async |(granted, session): &mut (Granted, String)| {
            let fields = [("current-password", PASSWORD), ("decision", "remove")];
            act(granted, "/account/mail-address", session, &fields).await
        };
        each_call_fails_once(&app, set, attempt, async |(granted, _)| {
            let page = granted.browser.get("/account").await;
            assert!(!page.body.contains(&format!("{}@example.org", granted.person)), "{}", page.body);
        })
        .await;
    }

    async fn other_sessions_are_ended(app: App) {
        let set = async |person: String| {
            let other = granted(&app, person.clone(), "openid").await;
            let mut browser = app.browser();
            let client = app.client("app");
            let back = browser.sign_in(&client.authorization(&[]), &person).await;
            let tokens = client.redeem(&back).await;
            let mut here = Granted { browser, client, person, tokens };
            let session = session_on(&mut here.browser, "/account").await;
            (here, other, session)
        };
        let attempt = async |(here, _, session): &mut (Granted, Granted, String)| {
            act(here, "/account/sessions/end-others", session, &[]).await
        };
        each_call_fails_once(&app, set, attempt, async |(here, other, _)| {
            assert!(is_signed_in(&here.browser).await && !here.is_dead().await);
            assert!(!is_signed_in(&other.browser).await && other.is_dead().await);
        })
        .await;
    }

    async fn everything_is_ended(app: App) {
        let set = async |person| {
            let mut granted = granted(&app, person, "openid offline_access").await;
            let session = session_on(&mut granted.browser, "/account").await;
            (granted, session)
        };
        let attempt = async |(granted, session): &mut (Granted, String)| {
            let page = granted.browser.post("/account/sessions/end-all", &[("session", session)]).await;
            match page.status.as_u16() {
                _ if is_failure(&page) => Came::Failed,
                303 => Came::Done,
                other => panic!("{other}: {}", page.body),
            }
        };
        each_call_fails_once(&app, set, attempt, async |(granted, _)| {
            assert!(!is_signed_in(&granted.browser).await && granted.is_dead().await);
        })
        .await;
    }

    async fn consent_is_withdrawn(app: App) {
        let client = app.client("third");
        let set = async |person: String| {
            app.person(&person).await;
            let mut browser = app.browser();
            let asked = browser.sign_in(&client.authorization(&[]), &person).await;
            let back = browser.submit(&asked.form_action(), &[("decision", "allow")]).await;
            let tokens = client.redeem(&back).await;
            let session = session_on(&mut browser, "/account").await;
            (Granted { browser, client: client.clone(), person, tokens }, session)
        };
        let attempt = async |(granted, session): &mut (Granted, String)| {
            act(granted, "/account/consents/withdraw", session, &[("client", "third")]).await
        };
        each_call_fails_once(&app, set, attempt, async |(granted, _)| {
            assert_eq!(client.userinfo(&granted.access()).await.status, 401);
            let silent = granted.browser.get(&client.authorization(&[("prompt", "none")])).await;
            assert_eq!(silent.error(), "consent_required");
        })
        .await;
    }
}
