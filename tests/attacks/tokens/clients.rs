//! What clients sign: proofs of who they are, and requests.

use http::HeaderMap;
use serde_json::{Value, json};

use super::forge::{
    Genuine, almost, forgeries, is_no_parameter, no_moments, signing_client, wrong_audiences,
    wrong_beginnings, wrong_ends,
};
use crate::attacks::scene::Faults;
use crate::federation::signing::Signer;
use crate::oidc::assertions::{ask, proved, with_keys};
use crate::oidc::{form_encoded, refusal};
use crate::on_both_engines;
use crate::support::app::{ISSUER, START};
use crate::support::client::{VERIFIER, challenge};

on_both_engines! {
    async fn no_forged_assertion_proves_a_client(app: App) {
        let (signer, other) = (Signer::es256("one"), Signer::es256("two"));
        let inline = |signer: &Signer| guichet::config::ClientKeys::Inline(json!({ "keys": [signer.jwk()] }));
        let app = with_keys(&app, &[("app", inline(&signer)), ("third", inline(&other))]).await;
        let claims = |number: usize| json!({
            "iss": "app", "sub": "app", "aud": ISSUER, "exp": START + 60, "nbf": START, "iat": START, "jti": format!("id-{number}"),
        });
        let names = [almost("app"), vec![json!("third"), json!("nobody")]].concat();
        let too_late = [json!(START), json!(START + 7_200), json!(i64::MAX), json!(u64::MAX), json!(1e300)];
        let genuine = Genuine {
            signer: &signer,
            header: json!({ "alg": "ES256", "kid": "one", "typ": "JWT" }),
            claims: &claims,
            types: &["JWT", "client-authentication+jwt"],
            key_may_be_nameless: true,
            wrong: vec![
                ("iss", names.clone()),
                ("sub", names),
                ("aud", [wrong_audiences(ISSUER), vec![json!([ISSUER])]].concat()),
                ("exp", [wrong_ends(), too_late.into()].concat()),
                ("nbf", wrong_beginnings()),
                ("iat", wrong_beginnings()),
                ("jti", vec![json!(null), json!(""), json!(7), json!([]), json!({}), json!(true), json!("x".repeat(256))]),
            ],
        };
        let (mut believed, mut faults) = (0, Faults::default());
        let mut forged = forgeries(&genuine);
        // What is left out may be: `nbf` and `iat`.
        forged.retain(|forged| !["no nbf", "no iat"].contains(&forged.name.as_str()));
        for forged in forged {
            let answer = ask(&app, HeaderMap::new(), &forged.token, &[]).await;
            let told = (answer.status.as_u16(), answer.json["error"].as_str().unwrap_or_default().to_owned());
            if forged.says_the_same && told == proved() {
                believed += 1;
                // It counts as the one use of the one that was signed.
                let again = ask(&app, HeaderMap::new(), &forged.token, &[]).await;
                faults.see(again.status == 401, format!("{} again", forged.name));
                continue;
            }
            let is_refused = match told.0 {
                413 | 400 => is_no_parameter(&forged.token) && told != proved(),
                _ => told == (401, "invalid_client".to_owned()),
            };
            faults.see(is_refused, format!("{}: {told:?}", forged.name));
            faults.see(answer.headers.get("www-authenticate").is_none(), format!("{}: a challenge", forged.name));
        }
        faults.assert_none();
        assert_eq!(app.count("SELECT COUNT(*) FROM used_assertion").await, believed, "what is refused uses nothing up");
        // The twin of a signature that was used is used.
        let genuine = signer.sign_under(&genuine.header, &claims(1_000_000));
        assert_eq!(refusal(&ask(&app, HeaderMap::new(), &genuine, &[]).await), proved());
        assert_eq!(refusal(&ask(&app, HeaderMap::new(), &genuine, &[]).await).0, 401);
    }

    async fn no_forged_request_is_pushed_or_answered(app: App) {
        let signer = Signer::es256("one");
        let app = signing_client(&app, &signer).await;
        let client = app.client("app");
        let claims = |_: usize| json!({
            "iss": "app", "aud": ISSUER, "exp": START + 60, "nbf": START, "iat": START, "client_id": "app", "response_type": "code",
            "redirect_uri": client.redirect_uri, "scope": "openid", "state": "inside", "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256", "prompt": "none",
        });
        let leads_on: Vec<Value> = vec![json!(""), json!("x"), json!(null), json!(7), json!("https://app.example/request")];
        let genuine = Genuine {
            signer: &signer,
            header: json!({ "alg": "ES256", "kid": "one", "typ": "oauth-authz-req+jwt" }),
            claims: &claims,
            types: &["JWT", "oauth-authz-req+jwt"],
            key_may_be_nameless: true,
            wrong: vec![
                ("iss", [almost("app"), vec![json!("third")]].concat()),
                ("sub", vec![json!("app")]),
                ("aud", wrong_audiences(ISSUER)),
                ("exp", [wrong_ends(), vec![json!(u64::MAX), json!(1e300)]].concat()),
                ("nbf", [wrong_beginnings(), vec![json!(1e300)]].concat()),
                ("iat", no_moments()),
                ("request", leads_on.clone()),
                ("request_uri", leads_on),
            ],
        };
        let (mut pushed, mut faults) = (0, Faults::default());
        let mut forged = forgeries(&genuine);
        forged.retain(|forged| !["no nbf", "no iat", "no exp"].contains(&forged.name.as_str()));
        for forged in forged {
            let answer = client.post("/par", &[("request", &forged.token)]).await;
            let outside = [
                ("client_id", "app"), ("redirect_uri", client.redirect_uri.as_str()), ("response_type", "code"), ("state", "outside"),
                ("request", &forged.token),
            ];
            if forged.says_the_same && answer.status == 201 {
                pushed += 1;
                continue;
            }
            let told = (answer.status.as_u16(), answer.json["error"].as_str().unwrap_or_default().to_owned());
            let is_refused = told == (400, "invalid_request_object".to_owned()) || is_no_parameter(&forged.token);
            faults.see(is_refused && told.0 >= 400, format!("{}: {told:?}", forged.name));
            if forged.token.len() < 8_000 && !forged.token.is_empty() {
                let page = app.browser().get(&format!("/authorize?{}", form_encoded(&outside))).await;
                let error = if forged.token.contains('\0') { "invalid_request" } else { "invalid_request_object" };
                let back = page.location().map(|_| page.redirect_parameters()).unwrap_or_default();
                let is_told = back.get("error").is_some_and(|told| told == error) && back["state"] == "outside";
                faults.see(is_told, format!("{}: {:?}", forged.name, page.location()));
            }
        }
        faults.assert_none();
        assert_eq!(app.count("SELECT COUNT(*) FROM pushed_request").await, pushed, "what is refused is not kept");
        let genuine = signer.sign_under(&genuine.header, &claims(0));
        assert_eq!(client.post("/par", &[("request", &genuine)]).await.status, 201);
    }
}
