//! Applications that register themselves (RFC 7591, Registration 1.0).

use std::time::Duration;

use axum::body::Body;
use futures_util::future::join_all;
use guichet::config::GrantType;
use guichet::server::janitor::Matter;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::{PERSON, assert_problem_page, refusal};
use crate::on_both_engines;
use crate::support::app::{ISSUER, START};
use crate::support::client::Answer;
use crate::support::site::Reply;
use crate::support::{App, Client, Site};

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Where the registered client of most tests is sent codes.
pub const CALLBACK: &str = "https://rp.example/callback";

/// The installation, at which applications may register themselves with a token.
pub async fn open_to_tokens(app: &App) -> App {
    app.restarted_with(|settings| {
        settings.registration.enabled = true;
        settings.registration.grant_types = GrantType::ALL.to_vec();
        crate::support::site::reach(settings);
    })
    .await
}

/// The same for anybody.
pub async fn open_to_anybody(app: &App) -> App {
    app.restarted_with(|settings| {
        settings.registration.enabled = true;
        settings.registration.require_initial_access_token = false;
    })
    .await
}

/// Sends a request with a body, as JSON, and perhaps a bearer token.
pub async fn send(app: &App, method: &str, path: &str, token: Option<&str>, body: &[u8]) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    app.client("app").ask(request.body(Body::from(body.to_vec())).unwrap()).await
}

pub async fn register(app: &App, token: Option<&str>, metadata: &Value) -> Answer {
    send(app, "POST", "/register", token, metadata.to_string().as_bytes()).await
}

/// An initial access token of an hour.
pub async fn initial_token(app: &App, uses: Option<u32>) -> String {
    let token = app.clients.new_initial_token(Duration::from_hours(1), uses).await.unwrap();
    token.expose().to_owned()
}

/// A registered client as it speaks.
pub fn client_of(app: &App, answer: &Answer) -> Client {
    Client::registered(app.clone(), &answer.text("client_id"), CALLBACK, &answer.text("client_secret"))
}

fn minimal() -> Value {
    json!({ "redirect_uris": [CALLBACK] })
}

on_both_engines! {
    async fn of_those_who_come_without_a_token_there_is_room_for_a_thousand(app: App) {
        let app = open_to_anybody(&app).await;
        let metadata = json!({ "redirect_uris": [CALLBACK] });
        assert_eq!(register(&app, None, &metadata).await.status, 201);
        app.sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 998) \
             INSERT INTO client (id, origin, metadata, revision, created_at, expires_at) \
             SELECT $1 || i, origin, metadata, revision, created_at, expires_at FROM client, n",
            "copy",
        )
        .await;
        assert_eq!(register(&app, None, &metadata).await.status, 201, "the thousandth");
        let refused = register(&app, None, &metadata).await;
        assert_eq!(refusal(&refused), (503, "temporarily_unavailable".to_owned()));
        assert_eq!(app.count("SELECT COUNT(*) FROM client").await, 1_000);
    }

    async fn nobody_registers_unless_the_operator_allows_it(app: App) {
        let token = initial_token(&app, None).await;
        assert_eq!(register(&app, Some(&token), &minimal()).await.status, 404);
        assert_eq!(send(&app, "GET", "/register/app", Some(&token), b"").await.status, 404);

        let app = open_to_tokens(&app).await;
        let without = register(&app, None, &minimal()).await;
        assert_eq!(without.status, 401);
        assert_eq!(without.headers["www-authenticate"], "Bearer realm=\"guichet\"");
        for wrong in ["x", "", &token[1..], &format!("{token}x")] {
            let answer = register(&app, Some(wrong), &minimal()).await;
            assert_eq!(answer.status, 401, "{wrong}");
            assert!(answer.headers.contains_key("www-authenticate"), "{wrong}");
        }
        let twice = Request::post("/register").header(CONTENT_TYPE, "application/json")
            .header(AUTHORIZATION, format!("Bearer {token}")).header(AUTHORIZATION, "Bearer x");
        let answer = app.client("app").ask(twice.body(minimal().to_string().into()).unwrap()).await;
        assert_eq!(refusal(&answer), (400, "invalid_request".to_owned()));
        assert_eq!(app.count("SELECT COUNT(*) FROM client").await, 0);
        assert_eq!(register(&app, Some(&token), &minimal()).await.status, 201);
    }

    async fn an_initial_access_token_ends_by_use_and_by_time(app: App) {
        let app = open_to_tokens(&app).await;
        let twice = initial_token(&app, Some(2)).await;
        // What is refused uses nothing up.
        assert_eq!(register(&app, Some(&twice), &json!({})).await.status, 400);
        let metadata = minimal();
        let outcomes = join_all((0..6).map(|_| register(&app, Some(&twice), &metadata))).await;
        let made = outcomes.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(made, 2, "{outcomes:?}");
        assert!(outcomes.iter().all(|answer| matches!(answer.status.as_u16(), 201 | 401)), "{outcomes:?}");

        let any = initial_token(&app, None).await;
        app.wait(3_599);
        assert_eq!(register(&app, Some(&any), &metadata).await.status, 201);
        app.wait(1);
        assert_eq!(refusal(&register(&app, Some(&any), &metadata).await), (401, "invalid_token".to_owned()));
        app.wait(60);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::InitialTokens), 2);
        assert_eq!(app.count("SELECT COUNT(*) FROM client").await, 3);
    }

    async fn what_is_not_said_is_what_the_standards_say(app: App) {
        let app = open_to_tokens(&app).await;
        let token = initial_token(&app, None).await;
        let answer = register(&app, Some(&token), &minimal()).await;
        assert_eq!(answer.status, 201, "{}", answer.json);
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["content-type"], "application/json");
        let mut json = answer.json.clone();
        let id = answer.text("client_id");
        for drawn in ["client_id", "client_secret", "registration_access_token"] {
            assert!(json.as_object_mut().unwrap().remove(drawn).unwrap().as_str().unwrap().len() >= 22);
        }
        assert_eq!(json, json!({
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "client_secret_basic",
            "application_type": "web",
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "id_token_signed_response_alg": "RS256",
            "subject_type": "public",
            "scope": "openid profile email phone address offline_access",
            "client_id_issued_at": START,
            "client_secret_expires_at": 0,
            "registration_client_uri": format!("{ISSUER}/register/{id}"),
        }));
    }

    async fn every_registered_member_is_kept_and_given_back(app: App) {
        let app = open_to_tokens(&app).await;
        let token = initial_token(&app, None).await;
        let asked = json!({
            "redirect_uris": [CALLBACK, "https://rp.example/other?x=1"],
            "post_logout_redirect_uris": ["https://rp.example/bye"],
            "token_endpoint_auth_method": "client_secret_post",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "application_type": "web",
            "client_name": "Car-sharing",
            "client_name#fr": "Covoiturage",
            "client_uri": "https://rp.example/",
            "logo_uri": "https://rp.example/logo.svg",
            "policy_uri": "https://rp.example/privacy",
            "tos_uri": "https://rp.example/terms",
            "tos_uri#fr": "https://rp.example/conditions",
            "contacts": ["someone@rp.example"],
            "software_id": "sharing",
            "software_version": "2",
            "initiate_login_uri": "https://rp.example/login",
            "scope": "openid email",
            "id_token_signed_response_alg": "ES256",
            "userinfo_signed_response_alg": "RS256",
            "subject_type": "pairwise",
            "default_max_age": 3600,
            "require_auth_time": true,
            "default_acr_values": ["urn:guichet:acr:password"],
            "request_uris": ["https://rp.example/request.jwt"],
            "backchannel_logout_uri": "https://rp.example/back",
            "backchannel_logout_session_required": true,
            "frontchannel_logout_uri": "https://rp.example/front",
            "frontchannel_logout_session_required": false,
            "jwks_uri": "https://rp.example/jwks",
        });
        let mut sent = asked.clone();
        // What is not for clients to decide, or unknown here, is ignored; so is what is null.
        for (name, value) in [
            ("first_party", json!(true)), ("require_pkce", json!(false)), ("resources", json!(["https://api.example"])),
            ("onward_origins", json!(["https://x.example"])), ("client_id", json!("app")), ("client_secret", json!("x")),
            ("client_secret_file", json!("/etc/passwd")), ("unheard_of", json!({ "x": [1.5, null] })), ("authority", json!("lyon")),
            ("sector_identifier_uri", Value::Null), ("evil#fr", json!("x")),
        ] {
            sent[name] = value;
        }
        let answer = register(&app, Some(&token), &sent).await;
        assert_eq!(answer.status, 201, "{}", answer.json);
        for (name, value) in asked.as_object().unwrap() {
            assert_eq!(&answer.json[name], value, "{name}");
        }
        let more: Vec<_> = answer.json.as_object().unwrap().keys()
            .filter(|name| asked.get(name.as_str()).is_none()).map(String::as_str).collect();
        let issued = [
            "client_id", "client_id_issued_at", "client_secret", "client_secret_expires_at",
            "registration_access_token", "registration_client_uri",
        ];
        let mut sorted = more.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, issued);
        assert_ne!(answer.text("client_id"), "app");
        let client = app.clients.find(&answer.text("client_id")).await.unwrap();
        assert!(client.is_some());
    }

    async fn a_registered_client_signs_people_in_and_asks_for_consent(app: App) {
        app.person(PERSON).await;
        let app = open_to_tokens(&app).await;
        let token = initial_token(&app, None).await;
        let metadata = json!({ "redirect_uris": [CALLBACK], "client_name": "Car-sharing", "first_party": true });
        let answer = register(&app, Some(&token), &metadata).await;
        let client = client_of(&app, &answer);
        let mut browser = app.browser();
        let page = browser.sign_in(&client.authorization(&[("scope", "openid email")]), PERSON).await;
        assert!(page.body.contains("Car-sharing") && page.body.contains("consent-allow"), "{}", page.body);
        let back = browser.submit(&page.form_action(), &[("decision", "allow")]).await;
        let tokens = client.redeem(&back).await;
        assert_eq!(tokens.status, 200, "{}", tokens.json);
        assert_eq!(crate::support::client::header(&tokens.text("id_token"))["alg"], "RS256");
        // PKCE is required, whatever was said.
        let bare = client.authorization(&[("code_challenge", ""), ("code_challenge_method", "")]);
        assert_eq!(browser.get(&bare).await.error(), "invalid_request");
        let other = client.authorization(&[("redirect_uri", "https://rp.example/callback/")]);
        assert_problem_page(&browser.get(&other).await, "another address");
    }

    async fn what_must_not_be_registered_is_refused_by_its_code(app: App) {
        let app = open_to_tokens(&app).await;
        let token = initial_token(&app, None).await;
        let metadata = "invalid_client_metadata";
        let redirect = "invalid_redirect_uri";
        let native = |uri: &str| json!({ "application_type": "native", "redirect_uris": [uri] });
        let with = |name: &str, value: Value| {
            let mut all = minimal();
            all[name] = value;
            all
        };
        let private = json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] });
        let mut cases = vec![
            (json!({}), redirect),
            (json!({ "redirect_uris": [] }), redirect),
            (json!({ "redirect_uris": null }), redirect),
            (json!({ "redirect_uris": CALLBACK }), redirect),
            (json!({ "redirect_uris": [1] }), redirect),
            (json!({ "redirect_uris": [CALLBACK, CALLBACK] }), redirect),
            (with("response_types", json!(["token"])), metadata),
            (with("response_types", json!(["code", "code id_token"])), metadata),
            (with("response_types", json!([])), metadata),
            (with("response_types", json!("code")), metadata),
            (with("grant_types", json!(["implicit"])), metadata),
            (with("grant_types", json!(["password"])), metadata),
            (with("grant_types", json!(["refresh_token"])), metadata),
            (with("grant_types", json!([])), metadata),
            (json!({ "grant_types": ["client_credentials"], "response_types": ["code"] }), metadata),
            (with("token_endpoint_auth_method", json!("client_secret_jwt")), metadata),
            (with("token_endpoint_auth_method", json!("private_key_jwt")), metadata),
            (with("token_endpoint_auth_method", json!(1)), metadata),
            (with("id_token_signed_response_alg", json!("none")), metadata),
            (with("id_token_signed_response_alg", json!("HS256")), metadata),
            (with("userinfo_signed_response_alg", json!("none")), metadata),
            (with("request_object_signing_alg", json!("none")), metadata),
            (with("id_token_encrypted_response_alg", json!("RSA-OAEP")), metadata),
            (with("userinfo_encrypted_response_alg", json!("RSA-OAEP")), metadata),
            (with("application_type", json!("desktop")), metadata),
            (with("subject_type", json!("secret")), metadata),
            (with("default_max_age", json!(-1)), metadata),
            (with("default_max_age", json!("60")), metadata),
            (with("client_name", json!(1)), metadata),
            (with("client_name#fr", json!(["x"])), metadata),
            (with("client_uri", json!("javascript:alert(1)")), metadata),
            (with("logo_uri", json!("http://rp.example/logo")), metadata),
            (with("logo_uri#fr", json!("data:image/png,x")), metadata),
            (with("policy_uri", json!("data:text/html,x")), metadata),
            (with("tos_uri", json!("//rp.example")), metadata),
            (with("initiate_login_uri", json!("http://rp.example/")), metadata),
            (with("contacts", json!("someone@rp.example")), metadata),
            (with("software_id", json!({})), metadata),
            (with("jwks_uri", json!("http://rp.example/jwks")), metadata),
            (with("jwks_uri", json!("file:///etc/passwd")), metadata),
            (with("jwks", private), metadata),
            (with("jwks", json!("x")), metadata),
            (with("request_uris", json!(["http://rp.example/"])), metadata),
            (with("post_logout_redirect_uris", json!(["javascript:alert(1)"])), metadata),
            (with("backchannel_logout_uri", json!("http://rp.example/")), metadata),
            (with("backchannel_logout_uri", json!("https://rp.example/#x")), metadata),
            (with("frontchannel_logout_uri", json!("https://frames.rp.example/")), metadata),
            (with("frontchannel_logout_uri", json!("https://rp.example:8443/")), metadata),
            // What would not fit into a browser's cookies, or turn what a page says.
            (with("client_name", json!("x".repeat(201))), metadata),
            (with("client_name#fr", json!("x".repeat(9_000))), metadata),
            (with("client_name", json!("\u{202e}knab")), metadata),
            (with("post_logout_redirect_uris", json!([format!("https://rp.example/{}", "x".repeat(2_048))])), metadata),
            (json!({ "redirect_uris": [format!("https://rp.example/{}", "x".repeat(2_048))] }), redirect),
            // Hosts that would cut off what a page's policy says.
            (with("frontchannel_logout_uri", json!("https://x;sandbox/")), metadata),
            (with("logo_uri", json!("https://x;y.example/logo")), metadata),
            (with("backchannel_logout_uri", json!("https://x,y.example/")), metadata),
            (with("scope", json!(["openid"])), metadata),
            (json!({ "redirect_uris": [CALLBACK, "https://b.example/"], "subject_type": "pairwise" }), metadata),
        ];
        for uri in [
            "http://rp.example/cb", "http://localhost/cb", "http://127.0.0.1/cb", "fr.rp.app:/cb", "javascript:alert(1)",
            "data:text/html,x", "https://rp.example/#x", "https://rp.example/*", "https://u@rp.example/", "https:rp.example",
            "https://rp.example/?code=1", "https://rp.example/?state=1", "https://rp.example/?iss=x", "HTTPS://rp.example/", "",
            "https://x;sandbox/", "https://x,y.example/cb",
        ] {
            cases.push((json!({ "redirect_uris": [uri] }), redirect));
        }
        for uri in ["http://rp.example/cb", "myapp:/cb", "javascript:alert(1)", "data:x", "file:///x", "vbscript:x"] {
            cases.push((native(uri), redirect));
        }
        for (members, code) in cases {
            let answer = register(&app, Some(&token), &members).await;
            assert_eq!(refusal(&answer), (400, code.to_owned()), "{members} {}", answer.json);
            assert_eq!(answer.headers["cache-control"], "no-store", "{members}");
            let description = answer.text("error_description");
            let is_allowed = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
            assert!(description.bytes().all(is_allowed), "{description}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM client").await, 0);
        for uri in ["fr.rp.app:/cb", "http://127.0.0.1/cb", "http://localhost:3000/cb", "https://rp.example/app"] {
            let answer = register(&app, Some(&token), &native(uri)).await;
            assert_eq!(answer.status, 201, "{uri} {}", answer.json);
        }
        let machine = json!({ "grant_types": ["client_credentials"] });
        assert_eq!(register(&app, Some(&token), &machine).await.status, 201);
    }

    async fn devices_of_clients_that_anybody_registers_are_counted_by_network(app: App) {
        let app = open_to_anybody(&app).await;
        let app = app.restarted_with(|settings| settings.registration.grant_types = GrantType::ALL.to_vec()).await;
        let asked = json!({ "grant_types": [DEVICE], "response_types": [], "redirect_uris": [] });
        let ask = async |answer: &Answer| {
            client_of(&app, answer).post("/device_authorization", &[]).await
        };
        let (one, other) = (register(&app, None, &asked).await, register(&app, None, &asked).await);
        for number in 0..60 {
            let answer = ask(if number % 2 == 0 { &one } else { &other }).await;
            assert_eq!(answer.status, 200, "{}", answer.json);
        }
        assert_eq!(refusal(&ask(&one).await), (503, "temporarily_unavailable".to_owned()));
        // A client with a secret for which an operator vouched is not counted.
        let token = initial_token(&app, None).await;
        let known = register(&app, Some(&token), &asked).await;
        assert_eq!(ask(&known).await.status, 200);
    }

    async fn grants_are_limited_to_what_the_operator_allows(app: App) {
        let app = app.restarted_with(|settings| settings.registration.enabled = true).await;
        let token = initial_token(&app, None).await;
        for grant_type in [DEVICE, "client_credentials"] {
            let asked = json!({ "redirect_uris": [CALLBACK], "grant_types": ["authorization_code", grant_type] });
            let answer = register(&app, Some(&token), &asked).await;
            assert_eq!(refusal(&answer), (400, "invalid_client_metadata".to_owned()), "{grant_type}");
        }
        let usual = json!({ "redirect_uris": [CALLBACK], "grant_types": ["authorization_code", "refresh_token"] });
        assert_eq!(register(&app, Some(&token), &usual).await.status, 201);
    }

    async fn nobody_claims_a_sector_without_showing_that_it_is_theirs(app: App) {
        let app = open_to_tokens(&app).await;
        let token = initial_token(&app, None).await;
        let sector = "https://rp.example/sector.json";
        for claim in [
            json!({ "redirect_uris": ["fr.evil.app://rp.example/cb"], "application_type": "native" }),
            json!({ "redirect_uris": [CALLBACK], "grant_types": ["authorization_code", DEVICE] }),
            json!({ "grant_types": [DEVICE], "response_types": [], "sector_identifier_uri": sector }),
        ] {
            let mut claim = claim;
            claim["subject_type"] = "pairwise".into();
            let answer = register(&app, Some(&token), &claim).await;
            assert_eq!(refusal(&answer), (400, "invalid_client_metadata".to_owned()), "{claim}");
        }
    }

    async fn scopes_are_limited_to_what_the_operator_allows(app: App) {
        let app = open_to_tokens(&app).await;
        let app = app.restarted_with(|settings| {
            settings.registration.scope = ["openid", "email"].map(str::to_owned).to_vec();
        }).await;
        let token = initial_token(&app, None).await;
        for (asked, granted) in [
            (json!("openid email imagin profile"), "openid email"),
            (json!("email unheard-of"), "openid email"),
            (json!("openid"), "openid"),
            (Value::Null, "openid email"),
        ] {
            let answer = register(&app, Some(&token), &json!({ "redirect_uris": [CALLBACK], "scope": asked })).await;
            assert_eq!(answer.text("scope"), granted, "{asked}");
        }
    }

    async fn a_sector_names_every_redirect_uri(app: App) {
        let app = open_to_tokens(&app).await;
        let token = initial_token(&app, None).await;
        let site = Site::start().await;
        let other = "https://other.example/callback";
        site.answers("/both", Reply::Json(json!([other, CALLBACK])));
        site.answers("/one", Reply::Json(json!([CALLBACK])));
        let strangers = ["https://a.example/callback", "https://b.example/callback"];
        site.answers("/strangers", Reply::Json(json!(strangers)));
        site.answers("/half", Reply::Json(json!([CALLBACK, strangers[0]])));
        site.answers("/object", Reply::Json(json!({ "redirect_uris": [CALLBACK, other] })));
        site.answers("/redirect", Reply::Redirect(site.url("/both")));
        let ask = async |path: &str| {
            let members = json!({
                "redirect_uris": [CALLBACK, other], "subject_type": "pairwise", "sector_identifier_uri": site.url(path),
            });
            register(&app, Some(&token), &members).await
        };
        for path in ["/one", "/strangers", "/half", "/object", "/redirect", "/nowhere"] {
            assert_eq!(refusal(&ask(path).await), (400, "invalid_client_metadata".to_owned()), "{path}");
        }
        assert_eq!(ask("/both").await.status, 201);
        // Nothing is fetched for whoever has no token, nor from a private network.
        let asked = site.asked().len();
        let members = json!({ "redirect_uris": [CALLBACK], "sector_identifier_uri": site.url("/one") });
        assert_eq!(register(&app, Some("x"), &members).await.status, 401);
        let careful = app.restarted_with(|settings| settings.fetch.allow_private_networks.clear()).await;
        assert_eq!(register(&careful, Some(&token), &members).await.status, 400);
        assert_eq!(site.asked().len(), asked);
    }

    async fn a_public_client_uses_pkce_wherever_others_need_not(app: App) {
        let app = app
            .restarted_with(|settings| {
                settings.registration.enabled = true;
                settings.registration.require_pkce = false;
            })
            .await;
        let token = initial_token(&app, None).await;
        for (method, must) in [("none", true), ("client_secret_basic", false)] {
            let members = json!({ "redirect_uris": [CALLBACK], "token_endpoint_auth_method": method });
            let client = register(&app, Some(&token), &members).await;
            let bare = format!(
                "/authorize?client_id={}&response_type=code&scope=openid&redirect_uri={CALLBACK}&state=s",
                client.text("client_id")
            );
            let page = app.browser().get(&bare).await;
            let refused = page.location().is_some_and(|location| location.contains("error=invalid_request"));
            assert_eq!(refused, must, "{method}: {} {:?}", page.status, page.location());
        }
    }

    async fn whatever_is_sent_is_answered_by_an_error_of_the_protocol(app: App) {
        let app = open_to_tokens(&app).await;
        let token = initial_token(&app, None).await;
        let bodies: [&[u8]; 13] = [
            b"", b"x", b"null", b"[]", b"\"x\"", b"1", b"{\"redirect_uris\":", b"{\"a\":1,\"a\":2}", b"\xff\xfe",
            b"{\"redirect_uris\":[\"\\u0000\"]}", b"{\"client_name\":\"\xff\"}", b"{\"redirect_uris\":{\"0\":1}}", b"{}x",
        ];
        for body in bodies {
            let answer = send(&app, "POST", "/register", Some(&token), body).await;
            assert_eq!(answer.status, 400, "{body:?}");
            assert!(["invalid_client_metadata", "invalid_redirect_uri"].contains(&answer.text("error").as_str()));
        }
        let deep = "[".repeat(20_000);
        assert_eq!(send(&app, "POST", "/register", Some(&token), deep.as_bytes()).await.status, 400);
        let large = json!({ "redirect_uris": [CALLBACK], "client_name": "x".repeat(1024 * 1024) });
        assert_eq!(register(&app, Some(&token), &large).await.status, 413);
        let nul = json!({ "redirect_uris": [CALLBACK], "client_name": "a\0b" });
        assert_eq!(refusal(&register(&app, Some(&token), &nul).await), (400, "invalid_client_metadata".to_owned()));
        let nul = json!({ "redirect_uris": [CALLBACK], "software_id": "\0" });
        assert_eq!(register(&app, Some(&token), &nul).await.status, 201);
        for content_type in ["", "text/plain", "application/x-www-form-urlencoded", "application/jwt"] {
            let request = Request::post("/register").header(CONTENT_TYPE, content_type)
                .header(AUTHORIZATION, format!("Bearer {token}"));
            let answer = app.client("app").ask(request.body(minimal().to_string().into()).unwrap()).await;
            assert_eq!(refusal(&answer), (400, "invalid_client_metadata".to_owned()), "{content_type}");
        }
        for method in ["GET", "PUT", "DELETE", "PATCH"] {
            assert_eq!(send(&app, method, "/register", Some(&token), b"{}").await.status, 405, "{method}");
        }
        let many: Vec<String> = (0..500).map(|number| format!("https://rp.example/{number}")).collect();
        assert_eq!(register(&app, Some(&token), &json!({ "redirect_uris": many })).await.status, 201);
    }

    async fn who_has_no_token_is_slowed_down_before_anything_is_fetched(app: App) {
        let app = open_to_anybody(&app).await.restarted_with(crate::support::site::reach).await;
        let site = Site::start().await;
        let members = json!({ "redirect_uris": [CALLBACK], "sector_identifier_uri": site.url("/nowhere") });
        assert_eq!(register(&app, None, &members).await.status, 400);
        assert_eq!(site.times("/nowhere"), 1);
        app.sql("UPDATE throttle SET today = 200 WHERE bucket LIKE 'g%' AND bucket <> $1", "").await;
        for _ in 0..3 {
            let answer = register(&app, None, &members).await;
            assert_eq!(refusal(&answer), (503, "temporarily_unavailable".to_owned()));
        }
        assert_eq!(site.times("/nowhere"), 1);
        // Who has one is not, and an hour later nobody is.
        let token = initial_token(&app, None).await;
        assert_eq!(register(&app, Some(&token), &minimal()).await.status, 201);
        app.wait(3_600);
        assert_eq!(register(&app, None, &minimal()).await.status, 201);
    }

    async fn a_change_has_nothing_fetched_more_often_than_a_registration(app: App) {
        let app = open_to_anybody(&app).await.restarted_with(crate::support::site::reach).await;
        let site = Site::start().await;
        let change = async |client: &Answer, sector: bool| {
            let mut members = json!({ "client_id": client.text("client_id"), "redirect_uris": [CALLBACK] });
            if sector {
                members["sector_identifier_uri"] = json!(site.url("/nowhere"));
            }
            let (path, token) = (format!("/register/{}", client.text("client_id")), client.text("registration_access_token"));
            send(&app, "PUT", &path, Some(&token), members.to_string().as_bytes()).await
        };
        let stranger = register(&app, None, &minimal()).await;
        let token = initial_token(&app, None).await;
        let known = register(&app, Some(&token), &minimal()).await;
        assert_eq!(change(&stranger, true).await.status, 400);
        assert_eq!(site.times("/nowhere"), 1);
        app.sql("UPDATE throttle SET today = 200 WHERE bucket LIKE 'g%' AND bucket <> $1", "").await;
        for _ in 0..3 {
            assert_eq!(refusal(&change(&stranger, true).await), (503, "temporarily_unavailable".to_owned()));
        }
        assert_eq!(site.times("/nowhere"), 1);
        // Where nothing is fetched nobody waits, and whoever had a token does not.
        assert_eq!(change(&stranger, false).await.status, 200);
        assert_eq!(change(&known, true).await.status, 400);
        assert_eq!(site.times("/nowhere"), 2);
        app.wait(3_600);
        assert_eq!(change(&stranger, true).await.status, 400);
        assert_eq!(site.times("/nowhere"), 3);
    }

    async fn where_anybody_may_register_clients_expire(app: App) {
        app.person(PERSON).await;
        let app = open_to_anybody(&app).await;
        assert_eq!(register(&app, Some("not-a-token"), &minimal()).await.status, 401);
        let answer = register(&app, None, &minimal()).await;
        assert_eq!(answer.status, 201);
        let week = 7 * 24 * 3_600;
        assert_eq!(answer.json["client_secret_expires_at"], START + week);
        let client = client_of(&app, &answer);
        let mut browser = app.browser();
        let page = browser.sign_in(&client.authorization(&[]), PERSON).await;
        browser.submit(&page.form_action(), &[("decision", "allow")]).await.code();
        app.wait(week.unsigned_abs());
        let form = [("grant_type", "authorization_code"), ("code", "x"), ("redirect_uri", CALLBACK)];
        assert_eq!(refusal(&client.token(&form).await), (401, "invalid_client".to_owned()));
        assert_problem_page(&browser.get(&client.authorization(&[])).await, "expired");
        app.wait(1);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Clients), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM client").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM consent").await, 0);
    }
}

#[tokio::test]
async fn discovery_names_the_endpoint_where_there_is_one() {
    let app = open_to_tokens(&App::start(None).await).await;
    let request = Request::get("/.well-known/openid-configuration").body(Body::empty()).unwrap();
    let json = app.client("app").ask(request).await.json;
    assert_eq!(json["registration_endpoint"], format!("{ISSUER}/register"));
}
