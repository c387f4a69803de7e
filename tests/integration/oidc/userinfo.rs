//! Userinfo: which claims, and how the token travels (Core §5.3, RFC 6750).

use axum::body::Body;
use guichet::config::SigningAlgorithm;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};

use super::tokens::verified;
use super::{Granted, PERSON, grant, grant_again, impostor, refusal};
use crate::on_both_engines;
use crate::support::App;
use crate::support::app::ISSUER;
use crate::support::client::{Answer, claims, header};

const FORM: &str = "application/x-www-form-urlencoded";

/// A person of whom everything is known.
fn everything() -> Map<String, Value> {
    let claims = json!({
        "middle_name": "Marie", "nickname": "Lili", "profile": "https://p.example/", "picture": "https://p.example/x.png",
        "website": "https://w.example/", "gender": "female", "birthdate": "1970-01-31", "zoneinfo": "Europe/Paris",
        "locale": "fr-FR", "phone_number": "+33472806488", "phone_number_verified": true,
        "address": { "street_address": "92 rue de Marseille", "locality": "Lyon", "postal_code": "69007", "country": "FR" },
        "authority": "lyon", "academy": "10", "sub": "somebody-else", "iss": "https://evil.example", "acr": "high",
        "email_verified": true, "updated_at": 1,
    });
    let Value::Object(claims) = claims else { unreachable!() };
    claims
}

async fn asked(granted: &Granted, request: http::request::Builder, body: &str) -> Answer {
    granted.client.ask(request.body(body.to_owned().into()).unwrap()).await
}

fn challenge(answer: &Answer) -> String {
    answer.headers.get("www-authenticate").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

async fn told(app: &App, scope: &str) -> Value {
    let granted = grant_again(app, "app", scope).await;
    let answer = granted.client.userinfo(&granted.access_token()).await;
    assert_eq!(answer.status, 200, "{}", answer.json);
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["content-type"], "application/json");
    answer.json
}

on_both_engines! {
    async fn each_scope_tells_its_claims_and_no_other(app: App) {
        let person = app.person_with(PERSON, everything()).await;
        let sub = person.id.as_str();
        assert_eq!(told(&app, "openid").await, json!({ "sub": sub }));
        assert_eq!(told(&app, "openid offline_access").await, json!({ "sub": sub }));
        assert_eq!(
            told(&app, "openid profile").await,
            json!({
                "sub": sub, "name": "Élodie Lefèvre", "given_name": "Élodie", "family_name": "Lefèvre",
                "middle_name": "Marie", "nickname": "Lili", "preferred_username": PERSON, "profile": "https://p.example/",
                "picture": "https://p.example/x.png", "website": "https://w.example/", "gender": "female",
                "birthdate": "1970-01-31", "zoneinfo": "Europe/Paris", "locale": "fr-FR",
                "updated_at": person.updated_at.seconds(),
            })
        );
        assert_eq!(
            told(&app, "openid email").await,
            json!({ "sub": sub, "email": "elefevre@example.org", "email_verified": person.email_verified })
        );
        assert_eq!(
            told(&app, "openid phone").await,
            json!({ "sub": sub, "phone_number": "+33472806488", "phone_number_verified": true })
        );
        assert_eq!(
            told(&app, "openid address").await,
            json!({ "sub": sub, "address": { "street_address": "92 rue de Marseille", "locality": "Lyon",
                    "postal_code": "69007", "country": "FR" } })
        );
        assert_eq!(
            told(&app, "openid imagin").await,
            json!({ "sub": sub, "situation": "external", "preferred_username": PERSON, "authority": "lyon", "academy": "10" })
        );
    }

    async fn what_is_not_known_is_left_out(app: App) {
        let person = app.person(PERSON).await;
        app.sql("UPDATE account SET given_name = NULL, email = NULL WHERE id = $1", person.id.as_str()).await;
        let all = told(&app, "openid profile email phone address imagin").await;
        assert_eq!(
            all,
            json!({ "sub": person.id.as_str(), "name": "Lefèvre", "family_name": "Lefèvre", "preferred_username": PERSON,
                    "updated_at": person.updated_at.seconds(), "situation": "external" })
        );
    }

    async fn a_client_may_have_it_signed(app: App) {
        let app = app
            .restarted_with(|settings| {
                let client = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
                client.userinfo_signed_response_alg = Some(SigningAlgorithm::Es256);
            })
            .await;
        let person = app.person(PERSON).await;
        let mut granted = grant_again(&app, "app", "openid email").await;
        let bearer = format!("Bearer {}", granted.access_token());
        let request = Request::get("/userinfo").header(AUTHORIZATION, bearer).body(Body::empty()).unwrap();
        let (parts, body) = app.answer(request).await.into_parts();
        assert_eq!((parts.status.as_u16(), &parts.headers["content-type"]), (200, &"application/jwt".parse().unwrap()));
        assert_eq!(parts.headers["cache-control"], "no-store");
        let jwt = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let told = verified(&app, &jwt, "app").await;
        assert_eq!(
            told,
            json!({ "iss": ISSUER, "aud": "app", "sub": person.id.as_str(), "email": "elefevre@example.org",
                    "email_verified": false })
        );
        assert_eq!(header(&jwt)["alg"], "ES256");
        // It is no ID token: nobody is named by it.
        let hinted = granted.client.authorization(&[("prompt", "none"), ("id_token_hint", &jwt)]);
        assert_eq!(granted.browser.get(&hinted).await.error(), "invalid_request");
        // A refusal is what it is for everybody.
        assert_eq!(refusal(&granted.client.userinfo("nonsense").await), (401, "invalid_token".to_owned()));
    }

    async fn a_token_travels_in_the_header_or_in_a_form(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let token = granted.access_token();
        for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
            let header = format!("{scheme} {token}");
            for request in [
                Request::get("/userinfo"),
                Request::post("/userinfo"),
                Request::post("/userinfo").header(CONTENT_TYPE, FORM),
            ] {
                let answer = asked(&granted, request.header(AUTHORIZATION, &header), "").await;
                assert_eq!(answer.status, 200, "{scheme}: {}", answer.json);
            }
        }
        let form = format!("access_token={token}");
        let answer = asked(&granted, Request::post("/userinfo").header(CONTENT_TYPE, FORM), &form).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
    }

    async fn a_token_in_the_address_or_twice_is_refused(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let token = granted.access_token();
        let header = format!("Bearer {token}");
        let form = format!("access_token={token}");
        let in_form = || Request::post("/userinfo").header(CONTENT_TYPE, FORM);
        let by_address = Request::get(format!("/userinfo?access_token={token}"));
        let both = Request::get(format!("/userinfo?access_token={token}")).header(AUTHORIZATION, &header);
        let twice = Request::get("/userinfo").header(AUTHORIZATION, &header).header(AUTHORIZATION, &header);
        let cases = [
            (by_address, String::new()),
            (both, String::new()),
            (twice, String::new()),
            (in_form().header(AUTHORIZATION, &header), form.clone()),
            (in_form(), format!("{form}&{form}")),
            (Request::get("/userinfo").header(AUTHORIZATION, "Bearer"), String::new()),
            (Request::get("/userinfo").header(AUTHORIZATION, "Bearer  "), String::new()),
        ];
        for (request, body) in cases {
            let case = format!("{request:?} {body}");
            let answer = asked(&granted, request, &body).await;
            assert_eq!(refusal(&answer), (400, "invalid_request".to_owned()), "{case}");
            assert!(
                challenge(&answer).starts_with("Bearer realm=\"guichet\", error=\"invalid_request\""),
                "{case}"
            );
        }
    }

    async fn without_a_token_nothing_but_the_scheme_is_told(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let form = format!("access_token={}", granted.access_token());
        let cases = [
            (Request::get("/userinfo"), ""),
            (Request::post("/userinfo"), ""),
            (Request::post("/userinfo").header(CONTENT_TYPE, FORM), ""),
            (Request::post("/userinfo").header(CONTENT_TYPE, "text/plain"), form.as_str()),
            (Request::get("/userinfo").header(AUTHORIZATION, "Basic YXBwOng="), ""),
            (Request::get("/userinfo").header(AUTHORIZATION, "DPoP x"), ""),
            (Request::get("/userinfo").header(AUTHORIZATION, "nonsense"), ""),
        ];
        for (request, body) in cases {
            let case = format!("{request:?}");
            let answer = asked(&granted, request, body).await;
            assert_eq!(
                (answer.status.as_u16(), challenge(&answer).as_str()),
                (401, "Bearer realm=\"guichet\""),
                "{case}"
            );
            assert_eq!(answer.headers["cache-control"], "no-store", "{case}");
        }
    }

    async fn a_token_that_does_not_hold_is_invalid(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let impostor = impostor().await;
        let forged = grant(&impostor, "app", "openid").await.access_token();
        for token in [forged.as_str(), "nonsense", "a.b.c", ".."] {
            let answer = granted.client.userinfo(token).await;
            assert_eq!(refusal(&answer), (401, "invalid_token".to_owned()), "{token}");
            assert!(
                challenge(&answer).starts_with("Bearer realm=\"guichet\", error=\"invalid_token\""),
                "{token}"
            );
        }
    }

    async fn a_token_for_another_resource_is_refused(app: App) {
        let granted = grant(&app, "app", "openid email").await;
        assert_eq!(granted.client.userinfo(&granted.access_token()).await.status, 200);
        let mut refresh_token = granted.refresh_token();
        for resource in ["https://app.example/api", "https://ledger.example/api"] {
            let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str()), ("resource", resource)];
            let answer = granted.client.token(&form).await;
            // It counts, has the scope, and is of the same grant: only it is for somebody else.
            let token = answer.text("access_token");
            assert_eq!(granted.client.introspect(&token).await.json["active"], true);
            let refused = granted.client.userinfo(&token).await;
            assert_eq!(refusal(&refused), (401, "invalid_token".to_owned()), "{resource}");
            assert!(challenge(&refused).contains("error=\"invalid_token\""), "{resource}");
            refresh_token = answer.text("refresh_token");
        }
        // Who may name userinfo as a resource gets a token for it.
        let open = app.restarted_with(|settings| {
            let client = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
            client.resources.push(ISSUER.to_owned());
        }).await;
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str()), ("resource", ISSUER)];
        let client = granted.client.at(&open);
        let token = client.token(&form).await.text("access_token");
        assert_eq!(claims(&token)["aud"], json!([ISSUER]));
        assert_eq!(client.userinfo(&token).await.status, 200);
    }

    async fn applications_in_a_browser_may_ask_from_their_own_origin(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let mut headers = HeaderMap::new();
        headers.insert("origin", "https://spa.example".parse().unwrap());
        headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        let mut preflight = Request::builder().method("OPTIONS").uri("/userinfo");
        preflight.headers_mut().unwrap().extend(headers.clone());
        let preflight = preflight.header("access-control-request-method", "GET");
        let answer =
            asked(&granted, preflight.header("access-control-request-headers", "authorization"), "").await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["access-control-allow-origin"]),
            (200, &"*".parse().unwrap())
        );
        let mut request =
            Request::post("/userinfo").header(AUTHORIZATION, format!("Bearer {}", granted.access_token()));
        request.headers_mut().unwrap().extend(headers);
        let answer = asked(&granted, request, "").await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["access-control-allow-origin"]),
            (200, &"*".parse().unwrap())
        );
        assert!(!answer.headers.contains_key("access-control-allow-credentials"));
    }
}
