//! What we sign ourselves, brought back to us: access tokens at every place that takes one, ID tokens as hints.
//!
//! The forger has the true signing key, too, which nobody has: what it signs wrongly must not be believed either.

use guichet::keys::{MasterKey, Purpose};
use guichet::kit::random::Rng;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use serde_json::{Value, json};

use super::forge::{
    Forged, Genuine, almost, forgeries, is_no_parameter, no_moments, wrong_audiences, wrong_ends,
};
use crate::attacks::scene::{Faults, grants};
use crate::federation::signing::Signer;
use crate::oidc::{form_encoded, grant};
use crate::on_both_engines;
use crate::scim::{Application, BASE};
use crate::support::App;
use crate::support::app::ISSUER;
use crate::support::client::{claims, header};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const FORM: &str = "application/x-www-form-urlencoded";

/// The key with which an installation signs by ES256.
async fn own_signer(app: &App) -> Signer {
    let mut connection = app.database.read().await.expect("a connection");
    let (kid, sealed): (String, String) =
        sqlx::query_as("SELECT kid, sealed_private_key FROM signing_key WHERE algorithm = 'ES256'")
            .fetch_one(&mut *connection)
            .await
            .expect("a key");
    let master = MasterKey::load(&app.settings.keys, &Rng::system()).expect("the master key");
    let pkcs8 = master
        .sealer(Purpose::SigningKeys)
        .open(kid.as_bytes(), &sealed)
        .expect("sealed by this installation");
    Signer::held(kid.leak(), &pkcs8)
}

/// Claims of the wrong type, or that make it a token of somebody else's.
fn wrong_claims() -> Vec<(&'static str, Vec<Value>)> {
    let no_texts = vec![json!(null), json!(7), json!([]), json!({}), json!(true)];
    vec![
        ("iss", almost(ISSUER)),
        ("exp", [wrong_ends(), vec![json!(u64::MAX), json!(1e300)]].concat()),
        ("iat", no_moments()),
        ("jti", no_texts.clone()),
        ("client_id", no_texts.clone()),
        ("sub", no_texts),
    ]
}

/// The forgeries of an access token that is good where this audience counts.
async fn of_access_token(app: &App, token: &str, audience: &str) -> Vec<Forged> {
    let signer = own_signer(app).await;
    let (genuine_header, genuine_claims) = (header(token), claims(token));
    let genuine = Genuine {
        signer: &signer,
        header: genuine_header,
        claims: &|_| genuine_claims.clone(),
        types: &["at+jwt"],
        key_may_be_nameless: false,
        wrong: [wrong_claims(), vec![("aud", wrong_audiences(audience))]].concat(),
    };
    assert_eq!(genuine.header["kid"], signer.kid);
    forgeries(&genuine)
}

on_both_engines! {
    async fn no_forged_access_token_is_told_who_somebody_is(app: App) {
        let granted = grant(&app, "app", "openid profile").await;
        let token = granted.access_token();
        let told = async |token: &str, scheme: Option<&str>| {
            let (request, body) = match scheme {
                Some(scheme) => {
                    let value = HeaderValue::from_str(&format!("{scheme} {token}")).ok();
                    (Request::get("/userinfo").header(AUTHORIZATION, value?), String::new())
                }
                None => (Request::post("/userinfo").header(CONTENT_TYPE, FORM), form_encoded(&[("access_token", token)])),
            };
            Some(granted.client.ask(request.body(body.into()).unwrap()).await)
        };
        let mut faults = Faults::default();
        for forged in of_access_token(&app, &token, ISSUER).await {
            for scheme in [None, Some("Bearer")] {
                let Some(answer) = told(&forged.token, scheme).await else { continue };
                if forged.says_the_same && answer.status == 200 {
                    continue;
                }
                let status = answer.status.as_u16();
                let is_refused = status == 401 || matches!(status, 400 | 413 | 431) && is_odd(&forged.token);
                faults.see(is_refused, format!("{} {scheme:?}: {status}", forged.name));
                faults.see(!answer.body.contains("Lef"), format!("{} tells", forged.name));
            }
        }
        faults.assert_none();
        assert_eq!(told(&token, None).await.unwrap().json["family_name"], "Lefèvre");
        assert_eq!(told(&token, Some("Bearer")).await.unwrap().status, 200);
    }

    async fn no_forged_access_token_is_active_or_exchanged(app: App) {
        let granted = grant(&app, "app", "openid expenses.read").await;
        let token = granted.access_token();
        let api = app.client("api");
        let exchange = async |token: &str| {
            let form = [
                ("grant_type", EXCHANGE), ("subject_token", token), ("subject_token_type", ACCESS_TOKEN),
                ("resource", "https://app.example/api"),
            ];
            api.token(&form).await
        };
        let mut faults = Faults::default();
        for forged in of_access_token(&app, &token, "https://app.example/api").await {
            let (looked, exchanged) = (api.introspect(&forged.token).await, exchange(&forged.token).await);
            if forged.says_the_same && looked.json["active"] == true {
                continue;
            }
            if is_no_parameter(&forged.token) {
                let is_refused = looked.status.is_client_error() || looked.json == json!({ "active": false });
                faults.see(is_refused, format!("{}: {}", forged.name, looked.body));
            } else {
                let is_unknown = looked.status == 200 && looked.body == "{\"active\":false}";
                faults.see(is_unknown, format!("{}: {}", forged.name, looked.body));
            }
            if exchanged.status != 413 {
                let is_refused = exchanged.status == 400 && exchanged.json["error"] == "invalid_request";
                faults.see(is_refused, format!("{} exchanged: {}", forged.name, exchanged.status));
            }
            // To take it back takes nothing back. For another audience it is the client's own still.
            if !forged.name.starts_with("aud ") {
                let status = granted.client.revoke(&forged.token).await.status.as_u16();
                faults.see(matches!(status, 200 | 400 | 413), format!("{} revoked: {status}", forged.name));
            }
        }
        faults.assert_none();
        assert_eq!(api.introspect(&token).await.json["active"], true);
        assert_eq!(exchange(&token).await.status, 200);
    }

    async fn no_forged_access_token_reaches_people(app: App) {
        let imagin = Application::imagin(&app).await;
        let ask = async |token: &str| {
            let value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
            let request = Request::get("/scim/v2/Users").header(AUTHORIZATION, value);
            Some(app.client("imagin").ask(request.body(String::new().into()).unwrap()).await)
        };
        let mut faults = Faults::default();
        for forged in of_access_token(&app, &imagin.token, BASE).await {
            let Some(answer) = ask(&forged.token).await else { continue };
            let status = answer.status.as_u16();
            if forged.says_the_same && status == 200 {
                continue;
            }
            let is_refused = status == 401 || matches!(status, 400 | 431) && is_odd(&forged.token);
            faults.see(is_refused, format!("{}: {status}", forged.name));
            faults.see(answer.json.get("Resources").is_none(), format!("{} tells", forged.name));
        }
        faults.assert_none();
        assert_eq!(ask(&imagin.token).await.unwrap().status, 200);
    }

    async fn no_forged_hint_signs_anybody_out_or_leads_anywhere(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let signer = own_signer(&app).await;
        let token = granted.id_token();
        let genuine = Genuine {
            signer: &signer,
            header: header(&token),
            claims: &|_| claims(&token),
            types: &["JWT"],
            key_may_be_nameless: false,
            wrong: vec![
                ("iss", almost(ISSUER)),
                ("exp", no_moments()),
                ("sub", almost(claims(&token)["sub"].as_str().unwrap())),
                ("aud", wrong_audiences("app")),
            ],
        };
        let back = "https://app.example/signed-out";
        let mut faults = Faults::default();
        for forged in forgeries(&genuine) {
            if forged.says_the_same {
                continue;
            }
            let form = [("id_token_hint", forged.token.as_str()), ("client_id", "app"), ("post_logout_redirect_uri", back)];
            let page = granted.browser.post("/logout", &form).await;
            faults.see(page.location().is_none(), format!("{} leads to {:?}", forged.name, page.location()));
                        let is_asked = page.status == 200 && page.body.contains("logout-confirm");
            faults.see(is_asked || page.status.is_client_error(), format!("{}: {}", forged.name, page.status));
            if forged.token.len() < 8_000 && !forged.token.is_empty() {
                let silent = granted.client.authorization(&[("prompt", "none"), ("id_token_hint", &forged.token)]);
                let page = granted.browser.get(&silent).await;
                faults.see(!grants(&page), format!("{} brings a code", forged.name));
            }
        }
        faults.assert_none();
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session").await, 1);
        let silent = granted.client.authorization(&[("prompt", "none"), ("id_token_hint", &token)]);
        granted.browser.get(&silent).await.code();
        let form = [("id_token_hint", token.as_str()), ("post_logout_redirect_uri", back)];
        assert_eq!(granted.browser.post("/logout", &form).await.location().as_deref(), Some(back));
    }
}

/// Whether a header or a form cannot hold a token, or holds more than one word.
fn is_odd(token: &str) -> bool {
    is_no_parameter(token) || token.len() > 30_000 || token.contains(' ')
}
