//! Authorization requests that their clients signed (RFC 9101, Core §6).

use std::time::{Duration, Instant};

use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::{PERSON, assert_asks_to_sign_in, assert_problem_page, basic, form_encoded, refusal};
use crate::federation::signing::{Signer, sign_hs256, unsigned};
use crate::on_both_engines;
use crate::support::app::{CLIENT_SECRET, ISSUER, START};
use crate::support::client::{Client, VERIFIER, challenge, claims};
use crate::support::site::{Reply, reach};
use crate::support::{App, Site};

const FORM: &str = "application/x-www-form-urlencoded";

/// A client that registered these keys.
async fn signing(
    app: &App,
    signers: &[&Signer],
    change: impl FnOnce(&mut guichet::config::ClientSettings),
) -> App {
    let keys: Vec<_> = signers.iter().map(|signer| signer.jwk()).collect();
    app.restarted_with(|settings| {
        let client = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
        client.keys = guichet::config::ClientKeys::Inline(json!({ "keys": keys }));
        change(client);
    })
    .await
}

/// A whole request, with some members changed, or left out where the change is null.
fn object(client: &Client, changes: &Value) -> Value {
    let mut whole = json!({
        "iss": "app", "aud": ISSUER, "exp": START + 60, "nbf": START, "iat": START,
        "client_id": "app", "redirect_uri": client.redirect_uri, "response_type": "code",
        "scope": "openid profile", "state": "inside", "nonce": "the-nonce",
        "code_challenge": challenge(VERIFIER), "code_challenge_method": "S256",
    });
    for (name, value) in changes.as_object().unwrap() {
        whole[name] = value.clone();
    }
    whole.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    whole
}

/// A client whose objects stand on a site, at each of these paths.
async fn referring(app: &App, site: &Site, signer: &Signer, paths: &[&str]) -> App {
    let addresses: Vec<_> = paths.iter().map(|path| site.url(path)).collect();
    let app = signing(app, &[signer], |client| client.requests.request_uris = addresses).await;
    app.restarted_with(reach).await
}

/// What a browser is sent with: the address of an object, and whither a refusal goes.
fn referred(client: &Client, request_uri: &str, more: &[(&str, &str)]) -> String {
    let pairs = [
        ("client_id", "app"),
        ("request_uri", request_uri),
        ("response_type", "code"),
        ("redirect_uri", client.redirect_uri.as_str()),
    ];
    format!("/authorize?{}", form_encoded(&[&pairs, more].concat()))
}

/// What a browser is sent with: the object, and nothing else of weight.
fn address(request: &str, more: &[(&str, &str)]) -> String {
    let pairs = [&[("client_id", "app"), ("request", request)], more].concat();
    format!("/authorize?{}", form_encoded(&pairs))
}

on_both_engines! {
    async fn a_signed_request_counts_under_each_algorithm(app: App) {
        app.person(PERSON).await;
        let signers =
            [Signer::rs256("a"), Signer::ps256("b"), Signer::es256("c"), Signer::eddsa("d")];
        let app = signing(&app, &signers.each_ref(), |_| {}).await;
        let client = app.client("app");
        for signer in &signers {
            let request = signer.sign(&object(&client, &json!({})));
            let back = app.browser().sign_in(&address(&request, &[]), PERSON).await;
            assert_eq!(back.redirect_parameters()["state"], "inside", "{}", signer.alg);
            let tokens = client.redeem(&back).await;
            assert_eq!(claims(&tokens.text("id_token"))["nonce"], "the-nonce", "{}", tokens.json);
        }
        // With or without the type of RFC 9101, and without a key id.
        for header in [
            json!({ "alg": "ES256", "kid": "c", "typ": "oauth-authz-req+jwt" }),
            json!({ "alg": "ES256" }),
        ] {
            let request = signers[2].sign_under(&header, &object(&client, &json!({})));
            assert_asks_to_sign_in(&app.browser().get(&address(&request, &[])).await, &header.to_string());
        }
    }

    async fn an_object_is_read_where_the_client_registered_it(app: App) {
        app.person(PERSON).await;
        let (site, signer) = (Site::start().await, Signer::rs256("a"));
        let app = referring(&app, &site, &signer, &["/other", "/request?v=1"]).await;
        let client = app.client("app");
        // As the official suite has it: no key id, no type, no times, and a line end behind it.
        let changes = json!({ "exp": null, "nbf": null, "iat": null, "redirect_uri": null });
        let request = signer.sign_under(&json!({ "alg": "RS256" }), &object(&client, &changes));
        site.answers("/request", Reply::Plain(StatusCode::OK, format!("{request}\n")));
        // The fragment says which version is meant; it is the client's own business.
        for fragment in ["", "#", "#of-no-meaning"] {
            let address = referred(&client, &site.url(&format!("/request?v=1{fragment}")), &[("state", "outside")]);
            let back = app.browser().sign_in(&address, PERSON).await;
            assert_eq!(back.redirect_parameters()["state"], "inside", "{fragment}");
            let told = claims(&client.redeem(&back).await.text("id_token"));
            assert_eq!(told["nonce"], "the-nonce", "{fragment}");
        }
        // Once for each request: nothing is asked for again after the sign-in.
        assert_eq!(site.times("/request"), 3);
        assert_eq!(site.asked()[0].method, "GET");
    }

    async fn an_address_that_is_not_registered_is_never_asked(app: App) {
        let (site, signer) = (Site::start().await, Signer::es256("a"));
        let app = referring(&app, &site, &signer, &["/request"]).await;
        let client = app.client("app");
        let good = signer.sign(&object(&client, &json!({})));
        for path in ["/request", "/request/", "/request?x=1", "/Request", "/", "/elsewhere"] {
            site.answers(path, Reply::Plain(StatusCode::OK, good.clone()));
        }
        let registered = site.url("/request");
        let mut wrong: Vec<_> =
            ["/request/", "/request?x=1", "/Request", "", "/elsewhere"].map(|path| site.url(path)).to_vec();
        wrong.extend([
            registered.replace("localhost", "127.0.0.1"),
            registered.replace("https:", "HTTPS:"),
            registered.replace("https:", "http:"),
            registered.replace("https://", "https://u@"),
            format!(" {registered}"),
            format!("{registered} {registered}"),
            "urn:example:x".to_owned(),
            "file:///etc/passwd".to_owned(),
            "x".to_owned(),
            "#".to_owned(),
        ]);
        for address in wrong {
            let page = app.browser().get(&referred(&client, &address, &[("state", "outside")])).await;
            assert_eq!(page.error(), "invalid_request_uri", "{address}");
            assert_eq!(page.redirect_parameters()["state"], "outside", "{address}");
            let nowhere = form_encoded(&[("client_id", "app"), ("request_uri", &address)]);
            assert_problem_page(&app.browser().get(&format!("/authorize?{nowhere}")).await, &address);
        }
        // Another client has no address at all.
        let third = app.client("third").authorization(&[("request_uri", &registered)]);
        assert_eq!(app.browser().get(&third).await.error(), "request_uri_not_supported");
        let other = app.restarted_with(|settings| settings.clients[0].requests.request_uris.clear()).await;
        let page = other.browser().get(&referred(&client, &registered, &[])).await;
        assert_eq!(page.error(), "request_uri_not_supported");
        // Nor is one pushed.
        let mut pushed = Request::post("/par").header(CONTENT_TYPE, FORM);
        pushed.headers_mut().unwrap().extend(basic("app", CLIENT_SECRET));
        let pushed = pushed.body(form_encoded(&[("request_uri", &registered)]).into()).unwrap();
        assert_eq!(refusal(&client.at(&app).ask(pushed).await), (400, "invalid_request".to_owned()));
        assert!(site.asked().is_empty(), "{:?}", site.asked());
    }

    async fn an_object_at_an_address_must_hold_like_any_other(app: App) {
        let (site, signer) = (Site::start().await, Signer::es256("a"));
        let app = referring(&app, &site, &signer, &["/request"]).await;
        let client = app.client("app");
        let made = |changes: Value| signer.sign(&object(&client, &changes));
        let outside = referred(&client, &site.url("/request"), &[]);
        let cases = [
            ("nothing", String::new()),
            ("nonsense", "nonsense".to_owned()),
            ("a page", "<!doctype html>".to_owned()),
            ("unsigned", format!("{}.", unsigned(&json!({ "alg": "none" }), &object(&client, &json!({}))))),
            ("a stranger's", Signer::es256("a").sign(&object(&client, &json!({})))),
            ("expired", made(json!({ "exp": START - 10 }))),
            ("another client's", made(json!({ "client_id": "third" }))),
            ("one that leads on", made(json!({ "request_uri": site.url("/request") }))),
        ];
        for (case, body) in cases {
            site.answers("/request", Reply::Plain(StatusCode::OK, body));
            assert_eq!(app.browser().get(&outside).await.error(), "invalid_request_object", "{case}");
        }
        // The table of checks is the same.
        site.answers("/request", Reply::Plain(StatusCode::OK, made(json!({ "redirect_uri": "https://evil.example/" }))));
        assert_problem_page(&app.browser().get(&outside).await, "evil");
        site.answers("/request", Reply::Plain(StatusCode::OK, made(json!({ "scope": "profile" }))));
        assert_eq!(app.browser().get(&outside).await.error(), "invalid_scope");
        site.answers("/request", Reply::Plain(StatusCode::OK, made(json!({ "state": "\u{e9}".repeat(2_000) }))));
        assert_problem_page(&app.browser().get(&outside).await, "more than a sign-in can carry");
    }

    async fn the_key_of_an_object_may_stand_at_an_address(app: App) {
        let (site, signer) = (Site::start().await, Signer::es256("a"));
        site.answers("/keys", Reply::Json(json!({ "keys": [signer.jwk()] })));
        let keys = guichet::config::ClientKeys::At(site.url("/keys").parse().unwrap());
        let app = signing(&app, &[], |client| client.keys = keys).await.restarted_with(reach).await;
        let client = app.client("app");
        let outside = [("redirect_uri", client.redirect_uri.as_str())];
        for _ in 0..3 {
            let good = address(&signer.sign(&object(&client, &json!({}))), &outside);
            assert_asks_to_sign_in(&app.browser().get(&good).await, "signed");
        }
        let strangers = address(&Signer::es256("a").sign(&object(&client, &json!({}))), &outside);
        assert_eq!(app.browser().get(&strangers).await.error(), "invalid_request_object");
        assert_eq!(site.times("/keys"), 1);
        // Where they cannot be read, nothing is signed.
        site.answers("/keys", Reply::Plain(StatusCode::BAD_GATEWAY, String::new()));
        let unread = app.restarted_with(|_| {}).await;
        let good = address(&signer.sign(&object(&client, &json!({}))), &outside);
        assert_eq!(unread.browser().get(&good).await.error(), "invalid_request_object");
    }

    async fn what_stands_inside_wins_and_what_stands_outside_alone_counts(app: App) {
        app.person(PERSON).await;
        let signer = Signer::es256("a");
        let app = signing(&app, &[&signer], |_| {}).await;
        let client = app.client("app");
        let inside = json!({ "max_age": 300, "claims": { "id_token": { "family_name": null } }, "nonce": null });
        let request = signer.sign(&object(&client, &inside));
        let more = [("state", "outside"), ("scope", "openid email"), ("nonce", "outside"), ("response_type", "code")];
        let mut browser = app.browser();
        let back = browser.sign_in(&address(&request, &more), PERSON).await;
        assert_eq!(back.redirect_parameters()["state"], "inside");
        let tokens = client.redeem(&back).await;
        assert_eq!(tokens.text("scope"), "openid profile");
        let told = claims(&tokens.text("id_token"));
        assert_eq!((&told["nonce"], &told["family_name"]), (&json!("outside"), &json!("Lefèvre")));
        // max_age came as a number.
        app.wait(301);
        let aged = json!({ "max_age": 300, "prompt": "none", "exp": null, "response_mode": "form_post" });
        let page = browser.get(&address(&signer.sign(&object(&client, &aged)), &[])).await;
        assert_eq!((page.hidden("error").as_str(), page.hidden("state").as_str()), ("login_required", "inside"));
    }

    async fn an_object_that_does_not_hold_is_refused(app: App) {
        let (own, stranger) = (Signer::es256("a"), Signer::es256("a"));
        let rsa = Signer::rs256("r");
        let app = signing(&app, &[&own, &rsa], |_| {}).await;
        let client = app.client("app");
        let signed = |changes: Value| own.sign(&object(&client, &changes));
        let whole = object(&client, &json!({}));
        let good = signed(json!({}));
        let (head, rest) = good.split_once('.').unwrap();
        let other_claims = unsigned(&json!({}), &object(&client, &json!({ "scope": "openid phone" })));
        let swapped = format!(
            "{head}.{}.{}",
            other_claims.split_once('.').unwrap().1,
            rest.split_once('.').unwrap().1
        );
        let public_half = own.jwk()["x"].as_str().unwrap().to_owned();
        let cases = [
            ("nonsense", "nonsense".to_owned()),
            ("alg none", format!("{}.", unsigned(&json!({ "alg": "none" }), &whole))),
            ("HMAC with the public key", sign_hs256(public_half.as_bytes(), &json!({ "alg": "HS256", "kid": "a" }), &whole)),
            ("HMAC with the secret", sign_hs256(CLIENT_SECRET.as_bytes(), &json!({ "alg": "HS256" }), &whole)),
            ("a stranger's key", stranger.sign(&whole)),
            ("a key of its own making", stranger.sign_under(&json!({ "alg": "ES256", "jwk": stranger.jwk() }), &whole)),
            ("an unknown key", own.sign_under(&json!({ "alg": "ES256", "kid": "z" }), &whole)),
            ("another algorithm of the key", rsa.sign_under(&json!({ "alg": "PS256", "kid": "r" }), &whole)),
            ("claims swapped", swapped),
            ("cut", good[..good.len() - 2].to_owned()),
            ("an access token", own.sign_under(&json!({ "alg": "ES256", "kid": "a", "typ": "at+jwt" }), &whole)),
            ("critical headers", own.sign_under(&json!({ "alg": "ES256", "kid": "a", "crit": ["b64"], "b64": true }), &whole)),
            ("no iss", signed(json!({ "iss": null }))),
            ("another iss", signed(json!({ "iss": "third" }))),
            ("no aud", signed(json!({ "aud": null }))),
            ("another aud", signed(json!({ "aud": "https://other.example" }))),
            ("others in aud", signed(json!({ "aud": [ISSUER, 1] }))),
            ("aud as object", signed(json!({ "aud": { "iss": ISSUER } }))),
            ("expired", signed(json!({ "exp": START - 10 }))),
            ("exp as text", signed(json!({ "exp": "tomorrow" }))),
            ("nbf to come", signed(json!({ "nbf": START + 11 }))),
            ("nbf as text", signed(json!({ "nbf": "0" }))),
            ("iat as text", signed(json!({ "iat": "now" }))),
            ("a request inside", signed(json!({ "request": "x" }))),
            ("a request_uri inside", signed(json!({ "request_uri": "https://app.example/r" }))),
            ("another client inside", signed(json!({ "client_id": "third" }))),
            ("an assertion", signed(json!({ "sub": "app" }))),
        ];
        let outside =
            [("redirect_uri", client.redirect_uri.as_str()), ("response_type", "code"), ("state", "outside")];
        for (case, request) in cases {
            let page = app.browser().get(&address(&request, &outside)).await;
            assert!(page.location().is_some(), "{case}: {} {}", page.status, page.body);
            assert_eq!(page.error(), "invalid_request_object", "{case}");
            assert_eq!(page.redirect_parameters()["state"], "outside", "{case}");
            // Where only the object says whither, nobody is sent there.
            assert_problem_page(&app.browser().get(&address(&request, &[])).await, case);
        }
        // Another type inside than outside is no request; alone it is one that is not for here.
        let other_type = signed(json!({ "response_type": "token" }));
        let page = app.browser().get(&address(&other_type, &outside)).await;
        assert_eq!(page.error(), "invalid_request_object");
        let page = app.browser().get(&address(&other_type, &[])).await;
        assert_eq!(page.error(), "unsupported_response_type");
        let list = signed(json!({ "aud": ["https://other.example", ISSUER] }));
        assert_asks_to_sign_in(&app.browser().get(&address(&list, &outside)).await, "a list with us in it");
    }

    async fn an_object_leads_nowhere_that_is_not_registered(app: App) {
        let signer = Signer::es256("a");
        let app = signing(&app, &[&signer], |_| {}).await;
        let client = app.client("app");
        let evil = signer.sign(&object(&client, &json!({ "redirect_uri": "https://evil.example/" })));
        let outside = [("redirect_uri", client.redirect_uri.as_str())];
        assert_problem_page(&app.browser().get(&address(&evil, &outside)).await, "evil");
        // The table of checks is the same.
        let cases = [
            (json!({ "scope": "profile" }), "invalid_scope"),
            (json!({ "code_challenge": null }), "invalid_request"),
            (json!({ "claims": "{" }), "invalid_request"),
            (json!({ "nonce": "a\u{0}b" }), "invalid_request"),
            (json!({ "prompt": ["none"] }), "invalid_request"),
            (json!({ "prompt": "none" }), "login_required"),
        ];
        for (changes, error) in cases {
            let page = app.browser().get(&address(&signer.sign(&object(&client, &changes)), &[])).await;
            assert_eq!(page.error(), error, "{changes}");
        }
        let both = address(&signer.sign(&object(&client, &json!({}))), &[("request_uri", "https://app.example/r"), outside[0]]);
        assert_eq!(app.browser().get(&both).await.error(), "invalid_request");
        let twice = format!("{}&request=x&redirect_uri={}", address("y", &[]), "https://app.example/callback");
        assert_eq!(app.browser().get(&twice).await.error(), "invalid_request");
    }

    async fn an_object_may_expire_once_the_sign_in_has_begun(app: App) {
        app.person(PERSON).await;
        let signer = Signer::es256("a");
        let app = signing(&app, &[&signer], |_| {}).await;
        let client = app.client("app");
        let request = address(&signer.sign(&object(&client, &json!({}))), &[]);
        let mut browser = app.browser();
        let form = browser.password_form(&request).await;
        app.wait(600);
        let credentials = [("username", PERSON), ("password", crate::support::app::PASSWORD)];
        browser.submit(&form.form_action(), &credentials).await.code();
        let late = format!("{request}&redirect_uri={}", "https://app.example/callback");
        assert_eq!(app.browser().get(&late).await.error(), "invalid_request_object");
    }

    async fn an_object_that_no_sign_in_can_carry_is_told_of(app: App) {
        let signer = Signer::es256("a");
        let app = signing(&app, &[&signer], |_| {}).await;
        // Short in the object, three times as long as a parameter.
        let dense = object(&app.client("app"), &json!({ "state": "\u{e9}".repeat(2_000) }));
        let request = address(&signer.sign(&dense), &[]);
        assert!(request.len() < 8 * 1024);
        assert_problem_page(&app.browser().get(&request).await, "dense");
    }

    async fn a_client_is_held_to_the_algorithm_that_it_registered(app: App) {
        let (rsa, pss) = (Signer::rs256("a"), Signer::ps256("b"));
        let app = signing(&app, &[&rsa, &pss], |client| {
            client.requests.request_object_signing_alg = guichet::config::SigningAlgorithm::from_name("RS256");
        })
        .await;
        let client = app.client("app");
        let whole = object(&client, &json!({}));
        let outside = [("redirect_uri", client.redirect_uri.as_str())];
        assert_asks_to_sign_in(&app.browser().get(&address(&rsa.sign(&whole), &outside)).await, "RS256");
        let page = app.browser().get(&address(&pss.sign(&whole), &outside)).await;
        assert_eq!(page.error(), "invalid_request_object");
    }

    async fn a_client_may_be_held_to_sign(app: App) {
        app.person(PERSON).await;
        let signer = Signer::es256("a");
        let app = signing(&app, &[&signer], |client| client.requests.require_signed_request_object = true).await;
        let client = app.client("app");
        assert_eq!(app.browser().get(&client.authorization(&[])).await.error(), "invalid_request");
        // Then nothing outside counts, not even what the object leaves open.
        let request = signer.sign(&object(&client, &json!({ "nonce": null })));
        let back = app.browser().sign_in(&address(&request, &[("nonce", "outside"), ("prompt", "none")]), PERSON).await;
        let told = claims(&client.redeem(&back).await.text("id_token"));
        assert!(told.get("nonce").is_none(), "{told}");
        let no_address = signer.sign(&object(&client, &json!({ "redirect_uri": null })));
        let outside = [("redirect_uri", client.redirect_uri.as_str())];
        assert_problem_page(&app.browser().get(&address(&no_address, &outside)).await, "outside");
    }

    async fn a_signed_request_may_be_pushed(app: App) {
        app.person(PERSON).await;
        let signer = Signer::es256("a");
        let app = signing(&app, &[&signer], |client| client.requests.require_signed_request_object = true).await;
        let client = app.client("app");
        let push = async |request: &str| {
            let mut pushed = Request::post("/par").header(CONTENT_TYPE, FORM);
            pushed.headers_mut().unwrap().extend(basic("app", CLIENT_SECRET));
            client.ask(pushed.body(form_encoded(&[("request", request)]).into()).unwrap()).await
        };
        let answer = push(&signer.sign(&object(&client, &json!({})))).await;
        assert_eq!(answer.status, 201, "{}", answer.json);
        // It was verified when it was pushed.
        app.wait(50);
        let named = form_encoded(&[("client_id", "app"), ("request_uri", &answer.text("request_uri"))]);
        let back = app.browser().sign_in(&format!("/authorize?{named}"), PERSON).await;
        assert_eq!(back.redirect_parameters()["state"], "inside");
        let refused = push(&Signer::es256("a").sign(&object(&client, &json!({})))).await;
        assert_eq!(refusal(&refused), (400, "invalid_request_object".to_owned()));
    }
}

#[tokio::test]
async fn an_address_that_answers_ill_harms_its_own_request_alone() {
    let app = App::start(None).await;
    let (site, signer) = (Site::start().await, Signer::es256("a"));
    let paths = ["/good", "/redirect", "/late", "/endless", "/large", "/error", "/nowhere"];
    let app = referring(&app, &site, &signer, &paths).await;
    let client = app.client("app");
    let good = signer.sign(&object(&client, &json!({})));
    site.answers("/good", Reply::Plain(StatusCode::OK, good.clone()));
    site.answers("/redirect", Reply::Redirect(site.url("/good")));
    site.answers("/late", Reply::Late);
    site.answers("/endless", Reply::Endless(Duration::ZERO));
    site.answers("/large", Reply::Plain(StatusCode::OK, format!("{good}{}", " ".repeat(64 * 1024))));
    site.answers("/error", Reply::Plain(StatusCode::INTERNAL_SERVER_ERROR, good));
    for path in &paths[1..] {
        let ill = referred(&client, &site.url(path), &[]);
        let harmed = async { app.browser().get(&ill).await };
        let others = async {
            let began = Instant::now();
            let page = app.browser().get(&referred(&client, &site.url("/good"), &[])).await;
            assert_asks_to_sign_in(&page, path);
            assert!(began.elapsed() < Duration::from_secs(3), "{path}: {:?}", began.elapsed());
        };
        let (harmed, ()) = tokio::join!(harmed, others);
        assert_eq!(harmed.error(), "invalid_request_uri", "{path}");
    }
    // The redirect was not followed; and nobody looks into networks that the operator did not name.
    let before = site.times("/good");
    assert_eq!(before, paths.len() - 1);
    let app = app.restarted_with(|settings| settings.fetch.allow_private_networks.clear()).await;
    let page = app.browser().get(&referred(&client, &site.url("/good"), &[])).await;
    assert_eq!(page.error(), "invalid_request_uri");
    assert_eq!(site.times("/good"), before);
}
