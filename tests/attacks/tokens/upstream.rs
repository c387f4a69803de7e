//! What an upstream signs, or somebody in its name: ID tokens at the end of a sign-in, words that a session there is over.

use serde_json::{Value, json};

use super::forge::{Genuine, almost, forgeries, no_moments, wrong_audiences, wrong_beginnings, wrong_ends};
use crate::attacks::scene::{Faults, grants};
use crate::federation::signing::Signer;
use crate::on_both_engines;
use crate::signin::is_signed_in;
use crate::signin::upstream_door::{arrive, depart, vouch_for, with_arena};
use crate::signin::upstream_goodbye::{EVENT, arrived, tell};
use crate::support::app::START;

on_both_engines! {
    async fn no_forged_id_token_of_an_upstream_signs_anybody_in(app: App) {
        let (app, upstream) = with_arena(&app).await;
        vouch_for(&upstream, "person-1", "Élodie");
        let signer = Signer::es256("first");
        upstream.plan.lock().unwrap().keys = vec![signer.jwk()];
        let mut departed = app.browser();
        let state = depart(&mut departed, &upstream, &app.client("app").authorization(&[])).await;
        let nonce = upstream.plan.lock().unwrap().asked["nonce"].clone();
        let claims = |_: usize| json!({
            "iss": upstream.base, "sub": "person-1", "aud": "guichet", "azp": "guichet", "exp": START + 300, "nbf": START, "iat": START,
            "nonce": nonce, "auth_time": START,
        });
        let without_null = |values: Vec<Value>| values.into_iter().filter(|value| !value.is_null()).collect::<Vec<_>>();
        let subjects = [json!(null), json!(7), json!([]), json!({}), json!(""), json!("a\n"), json!("a".repeat(256)), json!("person-2")];
        let genuine = Genuine {
            signer: &signer,
            header: json!({ "alg": "ES256", "kid": "first", "typ": "JWT" }),
            claims: &claims,
            types: &["JWT", "application/jwt", "JOSE"],
            key_may_be_nameless: true,
            wrong: vec![
                ("iss", almost(&upstream.base)),
                ("aud", [wrong_audiences("guichet"), vec![json!(["guichet", "other"])]].concat()),
                ("azp", without_null(almost("guichet"))),
                ("sub", subjects.into()),
                ("nonce", almost(&nonce)),
                ("exp", [wrong_ends(), vec![json!(1e300)]].concat()),
                ("nbf", wrong_beginnings()),
                ("iat", [wrong_ends(), vec![json!(START + 3_600)]].concat()),
                ("auth_time", without_null(no_moments())),
                ("at_hash", vec![json!(""), json!("x"), json!(7), json!([]), json!({}), json!("AAAAAAAAAAAAAAAAAAAAAA")]),
            ],
        };
        // What is left out may be.
        let mut faults = Faults::default();
        let optional = ["no azp", "no nbf", "no auth_time", "no at_hash"];
        for forged in forgeries(&genuine) {
            if optional.contains(&forged.name.as_str()) {
                continue;
            }
            upstream.plan.lock().unwrap().token_answer = json!({ "id_token": forged.token });
            let page = arrive(&mut departed.clone(), &state).await;
            if forged.says_the_same && page.location().is_some_and(|to| to.contains("code=")) {
                continue;
            }
            faults.see(!grants(&page), format!("{} signs in", forged.name));
            let is_told = page.status == 502 && page.body.contains("upstream-retry");
            faults.see(is_told, format!("{}: {}", forged.name, page.status));
        }
        faults.assert_none();
        assert!(app.count("SELECT COUNT(*) FROM account").await <= 1);
        upstream.plan.lock().unwrap().token_answer = json!({ "id_token": signer.sign_under(&genuine.header, &claims(0)) });
        arrive(&mut departed.clone(), &state).await.code();
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 1);
    }

    async fn no_forged_word_of_an_upstream_ends_a_session(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let (browser, _) = arrived(&app, &upstream, "person-1", "there-1").await;
        let signer = Signer::es256("second");
        {
            let mut plan = upstream.plan.lock().unwrap();
            let both = vec![plan.signer.jwk(), signer.jwk()];
            plan.keys = both;
        }
        // A key that is new there is read once a minute at the most.
        app.wait(61);
        let now = START + 61;
        let claims = |number: usize| json!({
            "iss": upstream.base, "aud": "guichet", "iat": now, "exp": now + 120, "jti": format!("word-{number}"), "events": { EVENT: {} },
            // Of no session, so that what may be believed ends none.
            "sid": "there-9",
        });
        let no_events = [
            json!(null), json!({}), json!([EVENT]), json!(EVENT), json!({ EVENT: true }), json!({ EVENT: null }), json!({ EVENT: [] }), json!({ EVENT: "x" }),
            json!({ "http://schemas.openid.net/event/other": {} }), json!({ EVENT.to_uppercase(): {} }), json!({ format!("{EVENT}/"): {} }), json!(7),
        ];
        let no_names = [json!(null), json!(7), json!(""), json!([]), json!({}), json!("a\n"), json!("x".repeat(256)), json!(true)];
        let genuine = Genuine {
            signer: &signer,
            header: json!({ "alg": "ES256", "kid": "second", "typ": "logout+jwt" }),
            claims: &claims,
            types: &["JWT", "application/jwt", "logout+jwt"],
            key_may_be_nameless: true,
            wrong: vec![
                ("iss", almost(&upstream.base)),
                ("aud", [wrong_audiences("guichet"), vec![json!(["guichet", "other"])]].concat()),
                ("exp", wrong_ends()),
                ("nbf", [wrong_beginnings(), vec![json!(1e300)]].concat()),
                ("iat", [no_moments(), vec![json!(-1), json!(0), json!(i64::MIN), json!(now + 3_600), json!(now - 3_601), json!(1e300)]].concat()),
                ("jti", vec![json!(null), json!(""), json!(7), json!([]), json!({}), json!(true), json!("x".repeat(256)), json!("a\u{0}b")]),
                ("events", no_events.into()),
                ("nonce", vec![json!("n"), json!(""), json!(null), json!(7)]),
                ("sid", no_names.clone().into()),
                ("sub", no_names.into()),
            ],
        };
        let (mut heard, mut faults) = (0, Faults::default());
        for forged in forgeries(&genuine) {
            if forged.name == "no nbf" || forged.name == "no sub" {
                continue;
            }
            // Too long for any form of ours, which says so before anybody looks.
            if forged.token.len() > 60_000 {
                continue;
            }
            let status = tell(&app, &forged.token).await;
            if forged.says_the_same && status == 200 {
                heard += 1;
                continue;
            }
            faults.see(status == 400, format!("{}: {status}", forged.name));
        }
        faults.assert_none();
        assert_eq!(app.count("SELECT COUNT(*) FROM heard_logout_token").await, heard);
        assert!(is_signed_in(&browser).await);
        let mut of_the_session = claims(1_000_000);
        of_the_session["sid"] = json!("there-1");
        assert_eq!(tell(&app, &signer.sign_under(&genuine.header, &of_the_session)).await, 200);
        assert!(!is_signed_in(&browser).await);
    }
}
