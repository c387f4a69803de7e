//! Signing out at a client's request (RP-Initiated Logout 1.0).

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::{Granted, assert_problem_page, form_encoded, grant, grant_again, impostor};
use crate::on_both_engines;
use crate::support::browser::Page;
use crate::support::client::{claims, header};
use crate::support::{App, Browser};

const BACK: &str = "https://app.example/signed-out";

async fn end_session(browser: &mut Browser, pairs: &[(&str, &str)]) -> Page {
    browser.get(&format!("/logout?{}", form_encoded(pairs))).await
}

/// Whether the browser still has a session that counts.
async fn is_signed_in(app: &App, browser: &Browser) -> bool {
    let silent = app.client("app").authorization(&[("prompt", "none")]);
    browser.clone().get(&silent).await.redirect_parameters().contains_key("code")
}

/// Sees that the person is asked first, and is signed in still.
async fn assert_asks(app: &App, browser: &mut Browser, pairs: &[(&str, &str)]) -> Page {
    let page = end_session(browser, pairs).await;
    assert_eq!(page.status, 200, "{pairs:?}: {:?}", page.location());
    assert!(page.body.contains("logout-confirm"), "{pairs:?}");
    assert!(is_signed_in(app, browser).await, "{pairs:?}");
    page
}

/// ID tokens that were not signed by us for what they say.
async fn forgeries(app: &App, granted: &Granted) -> Vec<String> {
    let token = granted.id_token();
    let parts: Vec<&str> = token.split('.').collect();
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let head = |change: &dyn Fn(&mut Value)| {
        let mut head = header(&token);
        change(&mut head);
        encode(&head)
    };
    let mut other = claims(&token);
    other["aud"] = json!("post");
    let none = head(&|head| head["alg"] = json!("none"));
    let hmac = head(&|head| head["alg"] = json!("HS256"));
    let keyless = head(&|head| drop(head.as_object_mut().unwrap().remove("kid")));
    let typed = head(&|head| head["typ"] = json!("at+jwt"));
    // "Signed" with what everybody knows, the public key.
    let published = app.browser().get("/jwks").await.body;
    let mac = digest(&SHA256, format!("{published}{hmac}.{}", parts[1]).as_bytes());
    let mac = BASE64URL_NOPAD.encode(mac.as_ref());
    let impostor = impostor().await;
    let elsewhere = grant(&impostor, "app", "openid").await.id_token();
    let swapped = elsewhere.split('.').skip(1).fold(parts[0].to_owned(), |jwt, part| format!("{jwt}.{part}"));
    vec![
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.{}", parts[1], parts[2]),
        format!("{hmac}.{}.{mac}", parts[1]),
        format!("{hmac}.{}.{}", parts[1], parts[2]),
        format!("{keyless}.{}.{}", parts[1], parts[2]),
        format!("{typed}.{}.{}", parts[1], parts[2]),
        format!("{}.{}.{}", parts[0], encode(&other), parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}", parts[0], parts[1]),
        format!("{token}.x"),
        elsewhere,
        swapped,
        granted.access_token(),
        granted.refresh_token(),
        "nonsense".to_owned(),
    ]
}

on_both_engines! {
    async fn a_hint_of_the_session_ends_it_and_leads_back(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let hint = granted.id_token();
        let left_open = granted.browser.clone();
        let state = "é &=#<";
        let pairs = [
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", BACK),
            ("state", state),
            ("x", "y"),
        ];
        let page = end_session(&mut granted.browser, &pairs).await;
        let parameters = page.redirect_parameters();
        assert!(page.location().unwrap().starts_with(&format!("{BACK}?")));
        assert_eq!(parameters.into_iter().collect::<Vec<_>>(), [("state".to_owned(), state.to_owned())]);
        assert!(!granted.browser.cookies.contains_key("__Host-guichet-session"));
        // It is over at the provider, not only in the browser.
        assert!(!is_signed_in(&app, &left_open).await);
        let silent = granted.client.authorization(&[("prompt", "none")]);
        assert_eq!(granted.browser.get(&silent).await.error(), "login_required");
    }

    async fn without_an_address_a_page_says_that_it_is_done(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let hint = granted.id_token();
        let page = end_session(&mut granted.browser, &[("id_token_hint", &hint)]).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("https://app.example/"), "{}", page.body);
        assert!(!is_signed_in(&app, &granted.browser).await);
    }

    async fn an_expired_hint_is_good_still(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        app.wait(3600);
        let hint = granted.id_token();
        let pairs =
            [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BACK), ("client_id", "app")];
        assert_eq!(end_session(&mut granted.browser, &pairs).await.location().unwrap(), BACK);
        assert!(!is_signed_in(&app, &granted.browser).await);
        // A second time there is nothing to end, and the way back is the same.
        assert_eq!(end_session(&mut granted.browser, &pairs).await.location().unwrap(), BACK);
    }

    async fn posting_is_the_same_as_getting(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let hint = granted.id_token();
        let page = granted
            .browser
            .post("/logout", &[("id_token_hint", &hint), ("post_logout_redirect_uri", BACK)])
            .await;
        assert_eq!(page.location().unwrap(), BACK);
        assert!(!is_signed_in(&app, &granted.browser).await);
    }

    async fn a_hint_that_does_not_hold_is_asked_about_and_never_redirects(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        for forged in forgeries(&app, &granted).await {
            let pairs = [
                ("id_token_hint", forged.as_str()),
                ("post_logout_redirect_uri", BACK),
                ("client_id", "app"),
            ];
            assert_asks(&app, &mut granted.browser, &pairs).await;
            let nobody = end_session(&mut app.browser(), &pairs).await;
            assert_eq!((nobody.status.as_u16(), nobody.location()), (200, None), "{forged}");
        }
    }

    async fn an_address_that_is_not_registered_is_never_redirected_to(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let hint = granted.id_token();
        for address in [
            "https://evil.example/",
            "https://app.example/signed-out/",
            "https://app.example/signed-out?x=1",
            "https://app.example/signed-out#x",
            "HTTPS://app.example/signed-out",
            "https://app.example/callback",
            "https://third.example/bye",
            "javascript:alert(1)",
            "//app.example/signed-out",
            " https://app.example/signed-out",
        ] {
            // However good the hint is, it asks: what wants to go there may not be the client.
            let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", address)];
            let page = assert_asks(&app, &mut granted.browser, &pairs).await;
            assert!(!page.body.contains(address), "{address}");
            let policy = page.header("content-security-policy");
            assert!(policy.contains("form-action 'self';"), "{address}: {policy}");
            let nobody = end_session(&mut app.browser(), &pairs).await;
            assert_eq!((nobody.status.as_u16(), nobody.location()), (200, None), "{address}");
        }
        // Whoever says yes is signed out, and stays here.
        let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", "https://evil.example/")];
        let decision = assert_asks(&app, &mut granted.browser, &pairs).await.hidden("decision");
        let page = granted.browser.post("/logout", &[("decision", &decision)]).await;
        assert_eq!((page.status.as_u16(), page.location()), (200, None));
        assert!(!page.body.contains("evil.example"), "{}", page.body);
        assert!(!is_signed_in(&app, &granted.browser).await);
        // Nor one that is, when nobody says whose it is.
        granted = grant_again(&app, "app", "openid").await;
        let page = assert_asks(&app, &mut granted.browser, &[("post_logout_redirect_uri", BACK)]).await;
        let decision = page.hidden("decision");
        let page = granted.browser.post("/logout", &[("decision", &decision)]).await;
        assert_eq!((page.status.as_u16(), page.location()), (200, None));
        let nobody = end_session(&mut app.browser(), &[("post_logout_redirect_uri", BACK)]).await;
        assert_eq!((nobody.status.as_u16(), nobody.location()), (200, None));
    }

    async fn without_a_hint_whoever_confirms_comes_back_to_the_client_that_was_named(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let pairs = [("client_id", "app"), ("post_logout_redirect_uri", BACK), ("state", "a b")];
        let page = assert_asks(&app, &mut granted.browser, &pairs).await;
        assert!(page.body.contains("États de frais"), "{}", page.body);
        // The form's redirect passes through the page's own policy.
        let policy = page.header("content-security-policy");
        assert!(policy.contains("form-action 'self' https://app.example;"), "{policy}");
        let page = granted.browser.post("/logout", &[("decision", &page.hidden("decision"))]).await;
        assert_eq!(page.location().unwrap(), format!("{BACK}?state=a+b"));
        assert!(!is_signed_in(&app, &granted.browser).await);
        // Nobody is left to be asked.
        let page = end_session(&mut granted.browser, &pairs).await;
        assert_eq!(page.location().unwrap(), format!("{BACK}?state=a+b"));
        for pairs in [
            [("client_id", "third"), ("post_logout_redirect_uri", BACK)],
            [("client_id", "nobody"), ("post_logout_redirect_uri", BACK)],
        ] {
            let page = end_session(&mut app.browser(), &pairs).await;
            assert_eq!((page.status.as_u16(), page.location()), (200, None), "{pairs:?}");
        }
    }

    async fn a_client_that_lost_the_address_meanwhile_gets_nobody_back(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let pairs = [("client_id", "app"), ("post_logout_redirect_uri", BACK)];
        let decision = assert_asks(&app, &mut granted.browser, &pairs).await.hidden("decision");
        let later = app.restarted_with(|settings| settings.clients[0].post_logout_redirect_uris.clear()).await;
        let page = granted.browser.at(&later).post("/logout", &[("decision", &decision)]).await;
        assert_eq!((page.status.as_u16(), page.location()), (200, None));
        assert!(!is_signed_in(&app, &granted.browser).await);
    }

    async fn a_hint_of_another_session_leads_back_once_it_is_confirmed(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let elsewhere = grant_again(&app, "app", "openid").await;
        let hint = elsewhere.id_token();
        let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BACK), ("state", "x")];
        let decision = assert_asks(&app, &mut granted.browser, &pairs).await.hidden("decision");
        let page = granted.browser.post("/logout", &[("decision", &decision)]).await;
        assert_eq!(page.location().unwrap(), format!("{BACK}?state=x"));
        assert!(!is_signed_in(&app, &granted.browser).await);
        assert!(is_signed_in(&app, &elsewhere.browser).await, "the session of the hint is another's business");
    }

    async fn a_hint_without_a_client_is_enough(app: App) {
        // As ProConnect does: id_token_hint, post_logout_redirect_uri and state, no client_id.
        let mut granted = grant(&app, "app", "openid").await;
        let hint = granted.id_token();
        let pairs = [
            ("id_token_hint", hint.as_str()),
            ("post_logout_redirect_uri", BACK),
            ("state", "s"),
            ("logout_hint", "somebody"),
            ("ui_locales", "en"),
        ];
        assert_eq!(end_session(&mut granted.browser, &pairs).await.location().unwrap(), format!("{BACK}?state=s"));
    }

    async fn the_page_that_asks_speaks_the_language_that_is_asked_for(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        for (locales, words) in [("en fr", "Do you want to sign out?"), ("xx fr en", "Voulez-vous vous déconnecter")] {
            let page = assert_asks(&app, &mut granted.browser, &[("ui_locales", locales)]).await;
            assert!(page.body.contains(words), "{locales}: {}", page.body);
        }
    }

    async fn a_state_alone_leads_nowhere(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        for pairs in [vec![("state", "x")], vec![], vec![("logout_hint", "elefevre")], vec![("client_id", "app")]] {
            assert_asks(&app, &mut granted.browser, &pairs).await;
            let nobody = end_session(&mut app.browser(), &pairs).await;
            assert_eq!((nobody.status.as_u16(), nobody.location()), (200, None), "{pairs:?}");
            assert!(nobody.body.contains("Votre session est fermée"));
            assert_eq!(nobody.header("cache-control"), "no-store");
        }
        let hint = granted.id_token();
        let page = end_session(&mut granted.browser, &[("id_token_hint", &hint), ("state", "x")]).await;
        assert_eq!((page.status.as_u16(), page.location()), (200, None));
    }

    async fn what_is_no_text_ends_nothing(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let hint = granted.id_token();
        for garbled in ["state=%00", "state=%ff", "state=%C3", "%ff=x"] {
            let page = granted.browser.get(&format!("/logout?id_token_hint={hint}&{garbled}")).await;
            assert_problem_page(&page, garbled);
        }
        let long = "x".repeat(2_049);
        let page = granted.browser.get(&format!("/logout?id_token_hint={hint}&state={long}")).await;
        assert_problem_page(&page, "a long state");
        assert!(is_signed_in(&app, &granted.browser).await);
    }

    async fn a_hint_of_another_client_is_no_proof(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let hint = granted.id_token();
        let pairs =
            [("id_token_hint", hint.as_str()), ("client_id", "third"), ("post_logout_redirect_uri", BACK)];
        assert_asks(&app, &mut granted.browser, &pairs).await;
        let pairs = [
            ("id_token_hint", hint.as_str()),
            ("client_id", "third"),
            ("post_logout_redirect_uri", "https://third.example/bye"),
        ];
        assert_asks(&app, &mut granted.browser, &pairs).await;
        let unknown =
            [("id_token_hint", hint.as_str()), ("client_id", "nobody"), ("post_logout_redirect_uri", BACK)];
        assert_asks(&app, &mut granted.browser, &unknown).await;
    }

    async fn a_hint_of_another_person_or_session_is_asked_about(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        app.person("odupont").await;
        let mut other = app.browser();
        let theirs = other.sign_in(&granted.client.authorization(&[]), "odupont").await;
        let theirs = granted.client.redeem(&theirs).await.text("id_token");
        let page = assert_asks(&app, &mut granted.browser, &[("id_token_hint", &theirs)]).await;
        assert!(page.body.contains("Élodie Lefèvre"));
        let elsewhere = grant_again(&app, "app", "openid").await;
        assert_asks(&app, &mut granted.browser, &[("id_token_hint", &elsewhere.id_token())]).await;
        assert!(is_signed_in(&app, &other).await && is_signed_in(&app, &elsewhere.browser).await);
    }

    async fn a_hint_of_a_client_that_is_gone_names_its_person_and_session_still(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let (hint, elsewhere) = (granted.id_token(), grant_again(&app, "app", "openid").await);
        app.person("odupont").await;
        let theirs = app.browser().sign_in(&granted.client.authorization(&[]), "odupont").await;
        let theirs = granted.client.redeem(&theirs).await.text("id_token");
        let app = app.restarted_with(|settings| settings.clients.retain(|client| client.client_id != "app")).await;
        let mut browser = granted.browser.at(&app);
        for (other, of) in [(theirs, "another person"), (elsewhere.id_token(), "another session")] {
            let page = end_session(&mut browser, &[("id_token_hint", &other)]).await;
            assert_eq!(page.status, 200, "{of}: {}", page.body);
            assert!(browser.get("/account").await.status == 200, "{of} is asked about");
        }
        assert_eq!(end_session(&mut browser, &[("id_token_hint", &hint)]).await.status, 200);
        assert_eq!(browser.get("/account").await.status, 303, "it has ended, and nobody was asked");
    }

    async fn the_confirmation_counts_in_its_own_session_alone(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let mut elsewhere = grant_again(&app, "app", "openid").await;
        let decision = assert_asks(&app, &mut granted.browser, &[]).await.hidden("decision");
        for wrong in [decision.as_str(), "nonsense", &decision[1..], &format!("{decision}A")] {
            let page = elsewhere.browser.post("/logout", &[("decision", wrong)]).await;
            assert!(page.body.contains("logout-confirm"), "{wrong}");
        }
        assert!(is_signed_in(&app, &elsewhere.browser).await);
        let page = granted.browser.post("/logout", &[("decision", &decision)]).await;
        assert_eq!((page.status.as_u16(), page.location()), (200, None));
        assert!(!is_signed_in(&app, &granted.browser).await);
        assert!(is_signed_in(&app, &elsewhere.browser).await);
        // A second click finds it done.
        assert_eq!(granted.browser.submit("/logout", &[("decision", &decision)]).await.status, 200);
    }

    async fn a_malformed_request_is_a_page_and_ends_nothing(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let hint = granted.id_token();
        let hint = ("id_token_hint", hint.as_str());
        let back = ("post_logout_redirect_uri", BACK);
        for pairs in [
            vec![hint, hint],
            vec![hint, back, back],
            vec![hint, back, ("post_logout_redirect_uri", "https://evil.example/")],
            vec![hint, ("state", "a"), ("state", "b")],
            vec![hint, ("client_id", "app"), ("client_id", "app")],
        ] {
            assert_problem_page(&end_session(&mut granted.browser, &pairs).await, &format!("{pairs:?}"));
            assert_problem_page(&granted.browser.post("/logout", &pairs).await, &format!("{pairs:?}"));
        }
        assert!(is_signed_in(&app, &granted.browser).await);
    }
}
