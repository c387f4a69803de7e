//! The token endpoint: who may ask, and what a code needs (RFC 6749 §4.1.3, §5, RFC 7636 §4.6).

use futures_util::future::join_all;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Request};

use super::{PERSON, authorization_header, basic, form_encoded, grant, refusal};
use crate::on_both_engines;
use crate::support::app::CLIENT_SECRET;
use crate::support::client::{Answer, VERIFIER};
use crate::support::{App, Client};

/// A code of a client, by a new sign-in of [`PERSON`].
async fn new_code(app: &App, client: &Client, more: &[(&str, &str)]) -> String {
    app.browser().sign_in(&client.authorization(more), PERSON).await.code()
}

/// The form that redeems a code of the client `app`.
fn redemption(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", "https://app.example/callback"),
        ("code_verifier", VERIFIER),
    ]
}

/// The same without or with another value of a parameter; an empty one leaves it out.
fn altered<'a>(form: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut form: Vec<_> = form.iter().filter(|(known, _)| *known != name).copied().collect();
    if !value.is_empty() {
        form.push((name, value));
    }
    form
}

fn is_never_stored(answer: &Answer) -> bool {
    answer.headers.get("cache-control").is_some_and(|value| value == "no-store")
}

on_both_engines! {
    async fn a_used_code_that_another_client_brings_takes_nothing_back(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let code = new_code(&app, &client, &[]).await;
        let tokens = client.redeem_code(&code).await;
        for stranger in ["post", "native", "third"].map(|id| app.client(id)) {
            let answer = stranger.token(&redemption(&code)).await;
            assert_eq!(refusal(&answer), (400, "invalid_grant".to_owned()), "{}", stranger.id);
        }
        assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 200);
        assert_eq!(client.refresh(&tokens.text("refresh_token")).await.status, 200);
    }

    async fn a_client_proves_itself_by_its_registered_method_alone(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let code = new_code(&app, &client, &[]).await;
        let form = redemption(&code);
        let right = || basic("app", CLIENT_SECRET);
        let mut twice = right();
        twice.append(AUTHORIZATION, twice[AUTHORIZATION].clone());
        let mut two_kinds = right();
        two_kinds.append(AUTHORIZATION, "Bearer x".parse().unwrap());
        let none = HeaderMap::new;
        let header = authorization_header;
        let invalid = "invalid_client";
        let request = "invalid_request";
        let id = |id| vec![("client_id", id)];
        let posted = |id, secret| vec![("client_id", id), ("client_secret", secret)];
        let cases = [
            ("nothing", none(), vec![], 401, invalid),
            ("the id alone", none(), id("app"), 401, invalid),
            ("a secret alone", none(), vec![("client_secret", CLIENT_SECRET)], 401, invalid),
            ("posted", none(), posted("app", CLIENT_SECRET), 401, invalid),
            ("posted, wrong", none(), posted("app", "x"), 401, invalid),
            ("unknown, posted", none(), posted("nobody", CLIENT_SECRET), 401, invalid),
            ("unknown", basic("nobody", CLIENT_SECRET), vec![], 401, invalid),
            ("empty id", basic("", CLIENT_SECRET), vec![], 401, invalid),
            ("wrong", basic("app", "wrong"), vec![], 401, invalid),
            ("empty", basic("app", ""), vec![], 401, invalid),
            ("a prefix", basic("app", &CLIENT_SECRET[..CLIENT_SECRET.len() - 1]), vec![], 401, invalid),
            ("longer", basic("app", &format!("{CLIENT_SECRET}x")), vec![], 401, invalid),
            ("upper case", basic("app", &CLIENT_SECRET.to_uppercase()), vec![], 401, invalid),
            ("id in upper case", basic("APP", CLIENT_SECRET), vec![], 401, invalid),
            ("no colon", header("Basic YXBw"), vec![], 401, invalid),
            ("no base64", header("Basic !!!"), vec![], 401, invalid),
            ("no credentials", header("Basic"), vec![], 401, invalid),
            ("another scheme", header("Bearer x"), vec![], 401, invalid),
            ("post's own, by header", basic("post", CLIENT_SECRET), vec![], 401, invalid),
            ("a public client with a secret", none(), posted("native", CLIENT_SECRET), 401, invalid),
            ("a public client by header", basic("native", ""), vec![], 401, invalid),
            ("two headers", twice, vec![], 400, request),
            ("two schemes", two_kinds, vec![], 400, request),
            ("both methods", right(), posted("app", CLIENT_SECRET), 400, request),
            ("two ids", right(), id("third"), 400, request),
        ];
        for (case, headers, more, status, error) in cases {
            let used_the_header = headers.contains_key(AUTHORIZATION);
            let form: Vec<_> = form.iter().copied().chain(more).collect();
            let answer = client.token_raw(headers, &form).await;
            assert_eq!(refusal(&answer), (status, error.to_owned()), "{case}");
            let challenge = answer.headers.get("www-authenticate").map(|value| value.to_str().unwrap());
            let expected = (status == 401 && used_the_header).then_some("Basic realm=\"guichet\"");
            assert_eq!(challenge, expected, "{case}");
            assert!(is_never_stored(&answer), "{case}");
        }
        // None of this burned the code; the scheme's case and form-encoding do not matter.
        let text = right()[AUTHORIZATION].to_str().unwrap().replacen("Basic", "bAsIC", 1);
        let answer = client.token_raw(header(&text), &altered(&form, "client_id", "app")).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        let encoded = basic("%61pp", &CLIENT_SECRET.replace('-', "%2D"));
        let refresh = [("grant_type", "refresh_token"), ("refresh_token", &answer.text("refresh_token"))];
        assert_eq!(client.token_raw(encoded, &refresh).await.status, 200);
    }

    async fn the_form_is_read_strictly(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let code = new_code(&app, &client, &[]).await;
        let form = redemption(&code);
        let invalid = (400, "invalid_request".to_owned());
        for (name, value) in form.clone() {
            let mut twice = form.clone();
            twice.push((name, value));
            assert_eq!(refusal(&client.token(&twice).await), invalid, "{name}");
        }
        let mut repeated = form.clone();
        repeated.extend([("x", "1"), ("x", "2")]);
        assert_eq!(refusal(&client.token(&repeated).await), invalid);
        for missing in ["grant_type", "code", "redirect_uri"] {
            let answer = client.token(&altered(&form, missing, "")).await;
            assert_eq!(refusal(&answer), invalid, "{missing}");
        }
        assert_eq!(refusal(&client.token(&altered(&form, "x", "\0")).await), invalid);

        let secret = basic("app", CLIENT_SECRET)[AUTHORIZATION].clone();
        let body = form_encoded(&form);
        for content_type in ["application/json", "text/plain", "multipart/form-data; boundary=x", ""] {
            let request =
                Request::post("/token").header(AUTHORIZATION, &secret).header(CONTENT_TYPE, content_type);
            let answer = client.ask(request.body(body.clone().into()).unwrap()).await;
            assert_eq!(refusal(&answer), invalid, "{content_type}");
        }
        // What stands in the address does not count.
        let type_of_forms = "application/x-www-form-urlencoded";
        let address = format!("/token?{body}&client_id=post&client_secret={CLIENT_SECRET}");
        let request = Request::post(&address).header(CONTENT_TYPE, type_of_forms);
        assert_eq!(client.ask(request.body(String::new().into()).unwrap()).await.status, 401);
        let request =
            Request::post(&address).header(CONTENT_TYPE, type_of_forms).header(AUTHORIZATION, &secret);
        assert_eq!(refusal(&client.ask(request.body(String::new().into()).unwrap()).await), invalid);
        for method in ["GET", "PUT", "DELETE", "HEAD"] {
            let request = Request::builder().method(method).uri(&address).header(AUTHORIZATION, &secret);
            let answer = client.ask(request.body(String::new().into()).unwrap()).await;
            assert_eq!(answer.status, 405, "{method}");
            assert_eq!(answer.headers["allow"], "POST", "{method}");
        }
        let request = Request::post("/token").header(AUTHORIZATION, &secret);
        let request = request.header(CONTENT_TYPE, "APPLICATION/x-www-form-urlencoded; charset=utf-8");
        assert_eq!(client.ask(request.body(body.into()).unwrap()).await.status, 200);
    }

    async fn only_known_and_registered_grants_are_used(app: App) {
        let client = app.client("app");
        for name in [
            "password",
            "implicit",
            "AUTHORIZATION_CODE",
            "authorization_code ",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ] {
            let answer = client.token(&[("grant_type", name), ("username", PERSON), ("password", "x")]).await;
            assert_eq!(refusal(&answer), (400, "unsupported_grant_type".to_owned()), "{name}");
        }
        let answer = app.client("third").refresh("x").await;
        assert_eq!(refusal(&answer), (400, "unauthorized_client".to_owned()));
    }

    async fn an_answer_holds_the_standard_members_and_is_never_stored(app: App) {
        let granted = grant(&app, "app", "openid email").await;
        let members: Vec<_> = granted.tokens.json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            members,
            ["access_token", "token_type", "expires_in", "scope", "id_token", "refresh_token"]
        );
        let json = &granted.tokens.json;
        assert_eq!(
            (&json["token_type"], &json["expires_in"], &json["scope"]),
            (&"Bearer".into(), &600.into(), &"openid email".into())
        );
        assert!(is_never_stored(&granted.tokens));
        assert_eq!(granted.tokens.headers["content-type"], "application/json");
        // Without the refresh grant there is no refresh token.
        let code = new_code(&app, &app.client("no-pkce"), &[("scope", "openid offline_access")]).await;
        let answer = app.client("no-pkce").redeem_code(&code).await;
        assert_eq!(answer.json.get("refresh_token"), None);
        assert_eq!(answer.text("scope"), "openid");
    }

    async fn nothing_but_the_right_request_burns_a_code(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let code = new_code(&app, &client, &[]).await;
        let form = redemption(&code);
        let invalid_grant = (400, "invalid_grant".to_owned());
        for stranger in ["post", "native", "no-pkce", "third"] {
            let answer = app.client(stranger).token(&form).await;
            assert_eq!(refusal(&answer), invalid_grant, "{stranger}");
        }
        for address in [
            "https://app.example/other?x=1",
            "https://app.example/callback/",
            "https://app.example/callback#",
            "HTTPS://app.example/callback",
            "x",
            "https://[",
            "\u{e9}",
        ] {
            let answer = client.token(&altered(&form, "redirect_uri", address)).await;
            assert_eq!(refusal(&answer), invalid_grant, "{address}");
        }
        let challenge = crate::support::client::challenge(VERIFIER);
        let long = "x".repeat(1_000);
        for verifier in
            ["", &challenge, "x", &long, &VERIFIER[1..], &format!("{VERIFIER}x"), &VERIFIER.to_uppercase()]
        {
            let answer = client.token(&altered(&form, "code_verifier", verifier)).await;
            assert_eq!(refusal(&answer), invalid_grant, "{verifier}");
        }
        for wrong in [
            format!("{code}x"),
            code[1..].to_owned(),
            code[..code.len() - 1].to_owned(),
            code.to_uppercase(),
            "x".repeat(9_000),
        ] {
            let answer = client.token(&altered(&form, "code", &wrong)).await;
            assert_eq!(refusal(&answer), invalid_grant, "{wrong}");
        }
        assert_eq!(client.token(&form).await.status, 200);
    }

    async fn a_verifier_answers_only_a_challenge(app: App) {
        app.person(PERSON).await;
        let client = app.client("no-pkce");
        let without = [("code_challenge", ""), ("code_challenge_method", ""), ("scope", "openid")];
        let code = new_code(&app, &client, &without).await;
        assert_eq!(refusal(&client.redeem_code(&code).await), (400, "invalid_grant".to_owned()));
        let mut form = redemption(&code);
        form.retain(|(name, _)| *name != "code_verifier");
        let form = altered(&form, "redirect_uri", &client.redirect_uri);
        assert_eq!(client.token(&form).await.status, 200);

        // What was announced is asked for.
        let code = new_code(&app, &client, &[("scope", "openid")]).await;
        let form = altered(&form, "code", &code);
        assert_eq!(refusal(&client.token(&form).await), (400, "invalid_grant".to_owned()));
        assert_eq!(client.redeem_code(&code).await.status, 200);
    }

    async fn a_code_lives_for_a_minute(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        for (age, status) in [(59, 200), (60, 400), (61, 400)] {
            let code = new_code(&app, &client, &[]).await;
            app.wait(age);
            assert_eq!(client.redeem_code(&code).await.status, status, "{age}");
        }
    }

    async fn a_code_ends_with_the_session_that_gave_it(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let client = granted.client.clone();
        let online = granted.browser.get(&client.authorization(&[])).await.code();
        let offline =
            granted.browser.get(&client.authorization(&[("scope", "openid offline_access")])).await.code();
        let out = granted.browser.get(&format!("/logout?id_token_hint={}", granted.id_token())).await;
        assert_eq!(out.status, 200);
        assert_eq!(refusal(&client.redeem_code(&online).await), (400, "invalid_grant".to_owned()));
        assert_eq!(client.redeem_code(&offline).await.status, 200);
    }

    async fn a_code_of_a_disabled_person_gives_nothing(app: App) {
        let person = app.person(PERSON).await;
        let client = app.client("app");
        let code = new_code(&app, &client, &[]).await;
        app.disable(&person).await;
        assert_eq!(refusal(&client.redeem_code(&code).await), (400, "invalid_grant".to_owned()));
    }

    async fn of_many_who_redeem_a_code_exactly_one_wins(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let mut browser = app.browser();
        browser.sign_in(&client.authorization(&[]), PERSON).await;
        for _ in 0..3 {
            let code = browser.get(&client.authorization(&[])).await.code();
            let answers = join_all((0..64).map(|_| client.redeem_code(&code))).await;
            let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
            assert_eq!(won.len(), 1);
            for answer in lost {
                assert_eq!(refusal(answer), (400, "invalid_grant".to_owned()));
            }
            // One of them was a thief: all is taken back.
            assert_eq!(client.userinfo(&won[0].text("access_token")).await.status, 401);
            assert_eq!(
                refusal(&client.refresh(&won[0].text("refresh_token")).await),
                (400, "invalid_grant".to_owned())
            );
        }
    }
}
