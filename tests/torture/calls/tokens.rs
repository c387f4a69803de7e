//! What applications ask.

use axum::body::Body;
use http::Request;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::*;

const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const INACTIVE: &str = r#"{"active":false}"#;

async fn register(app: &App, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json");
    let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    app.client("app").ask(request.body(Body::from(body.to_string())).unwrap()).await
}

/// The parameters of an authorization request of a client.
fn parameters(client: &Client) -> Vec<(String, String)> {
    let address = client.authorization(&[]);
    url::form_urlencoded::parse(address.split_once('?').unwrap().1.as_bytes()).into_owned().collect()
}

async fn push(client: &Client) -> Answer {
    let pairs = parameters(client);
    let pairs: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    client.post("/par", &pairs).await
}

flows! {
    async fn a_code_is_redeemed(app: App) {
        let set = async |number: String| {
            app.person(&number).await;
            let back = app.browser().sign_in(&app.client("app").authorization(&[]), &number).await;
            (back.code(), None)
        };
        let client = app.client("app");
        let attempt = async |(code, tokens): &mut (String, Option<Answer>)| {
            let answer = client.redeem_code(code).await;
            let came = judged(&answer, 200);
            *tokens = Some(answer).filter(|_| came == Came::Done);
            came
        };
        each_call_fails_once(&app, set, attempt, async |(code, tokens)| {
            if let Some(tokens) = tokens {
                assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 200);
                assert_eq!(client.refresh(&tokens.text("refresh_token")).await.status, 200);
            }
            assert_eq!(client.redeem_code(code).await.status, 400, "a code counts once");
        })
        .await;
    }

    async fn a_token_is_refreshed(app: App) {
        let set = async |number| granted(&app, number, "openid").await;
        let client = app.client("app");
        let before = std::cell::RefCell::new(String::new());
        let attempt = async |granted: &mut Granted| {
            *before.borrow_mut() = granted.refresh();
            let answer = client.refresh(&granted.refresh()).await;
            let came = judged(&answer, 200);
            assert_ne!(came, Came::Spent, "within the grace the answer can be had again: {}", answer.body);
            if came == Came::Done {
                granted.tokens = answer;
            }
            came
        };
        each_call_fails_once(&app, set, attempt, async |granted| {
            assert_eq!(client.userinfo(&granted.access()).await.status, 200);
            let known = before.borrow().clone();
            let again = client.refresh(&known).await;
            assert_eq!(again.text("refresh_token"), granted.refresh(), "one rotation");
            assert_eq!(client.refresh(&granted.refresh()).await.status, 200);
        })
        .await;
    }

    async fn a_replayed_code_is_refused(app: App) {
        let set = async |number: String| {
            app.person(&number).await;
            let back = app.browser().sign_in(&app.client("app").authorization(&[]), &number).await;
            let tokens = app.client("app").redeem(&back).await;
            (back.code(), tokens)
        };
        let client = app.client("app");
        let attempt = async |(code, _): &mut (String, Answer)| match client.redeem_code(code).await {
            answer if is_refusal(&answer) => Came::Failed,
            answer => {
                assert_eq!(answer.text("error"), "invalid_grant");
                Came::Done
            }
        };
        each_call_fails_once(&app, set, attempt, async |(_, tokens)| {
            assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 401, "the grant is revoked");
        })
        .await;
    }

    async fn a_token_is_taken_back(app: App) {
        let client = app.client("app");
        let set = async |number| granted(&app, number, "openid").await;
        let attempt = async |granted: &mut Granted| judged(&client.revoke(&granted.refresh()).await, 200);
        each_call_fails_once(&app, set, attempt, async |granted| {
            assert_eq!(client.introspect(&granted.refresh()).await.body, INACTIVE);
            assert!(granted.is_dead().await);
        })
        .await;
    }

    async fn an_access_token_is_taken_back(app: App) {
        let client = app.client("app");
        let set = async |number| granted(&app, number, "openid").await;
        let attempt = async |granted: &mut Granted| judged(&client.revoke(&granted.access()).await, 200);
        each_call_fails_once(&app, set, attempt, async |granted| {
            assert_eq!(client.introspect(&granted.access()).await.body, INACTIVE);
            assert_eq!(client.userinfo(&granted.access()).await.status, 401);
        })
        .await;
    }

    async fn tokens_are_asked_about(app: App) {
        let client = app.client("app");
        let set = async |number| granted(&app, number, "openid").await;
        let attempt = async |granted: &mut Granted| {
            for token in [granted.access(), granted.refresh()] {
                let answer = client.introspect(&token).await;
                if judged(&answer, 200) == Came::Failed {
                    return Came::Failed;
                }
                assert_eq!(answer.json["active"], true, "a good token passed for a bad one");
            }
            Came::Done
        };
        each_call_fails_once(&app, set, attempt, async |_| {}).await;
    }

    async fn dead_tokens_are_asked_about(app: App) {
        let client = app.client("app");
        let set = async |number| {
            let granted = granted(&app, number, "openid").await;
            assert_eq!(client.revoke(&granted.refresh()).await.status, 200);
            granted
        };
        let attempt = async |granted: &mut Granted| {
            for answer in [client.introspect(&granted.access()).await, client.userinfo(&granted.access()).await] {
                if is_refusal(&answer) {
                    return Came::Failed;
                }
                assert!(answer.status == 401 || answer.body == INACTIVE, "{} {}", answer.status, answer.body);
            }
            Came::Done
        };
        each_call_fails_once(&app, set, attempt, async |_| {}).await;
    }

    async fn userinfo_tells(app: App) {
        let client = app.client("app");
        let set = async |number| granted(&app, number, "openid").await;
        let attempt = async |granted: &mut Granted| {
            let came = judged(&client.userinfo(&granted.access()).await, 200);
            assert_ne!(came, Came::Spent, "a good token passed for a bad one");
            came
        };
        each_call_fails_once(&app, set, attempt, async |_| {}).await;
    }

    async fn a_token_is_exchanged(app: App) {
        let api = app.client("api");
        let set = async |number| (granted(&app, number, "openid profile expenses.read").await, String::new());
        let attempt = async |(granted, exchanged): &mut (Granted, String)| {
            let access = granted.access();
            let answer = api
                .token(&[
                    ("grant_type", EXCHANGE),
                    ("subject_token", &access),
                    ("subject_token_type", ACCESS_TOKEN),
                    ("resource", "https://ledger.example/api"),
                ])
                .await;
            let came = judged(&answer, 200);
            assert_ne!(came, Came::Spent, "{}", answer.body);
            if came == Came::Done {
                *exchanged = answer.text("access_token");
            }
            came
        };
        each_call_fails_once(&app, set, attempt, async |(_, exchanged)| {
            assert_eq!(api.introspect(exchanged).await.json["active"], true);
        })
        .await;
    }

    async fn a_request_is_pushed(app: App) {
        let client = app.client("app");
        let set = async |number| (granted(&app, number, "openid").await, String::new());
        let attempt = async |(_, pushed): &mut (Granted, String)| {
            let answer = push(&client).await;
            let came = judged(&answer, 201);
            if came == Came::Done {
                *pushed = answer.text("request_uri");
            }
            came
        };
        each_call_fails_once(&app, set, attempt, async |(granted, pushed)| {
            let named = [("client_id", "app"), ("request_uri", pushed.as_str())];
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(named).finish();
            granted.browser.get(&format!("/authorize?{query}")).await.code();
        })
        .await;
    }

    async fn a_pushed_request_gives_a_code(app: App) {
        let client = app.client("app");
        let set = async |number| {
            let granted = granted(&app, number, "openid").await;
            let pushed = push(&client).await.text("request_uri");
            let named = [("client_id", "app"), ("request_uri", pushed.as_str())];
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(named).finish();
            (granted, format!("/authorize?{query}"), None)
        };
        let attempt = async |(granted, address, code): &mut (Granted, String, Option<String>)| {
            let page = granted.browser.open(address).await;
            let came = judged_by_code(&page);
            if came == Came::Done {
                *code = Some(page.code());
            }
            came
        };
        each_call_fails_once(&app, set, attempt, async |(granted, address, code)| {
            if let Some(code) = code {
                assert_eq!(client.redeem_code(code).await.status, 200);
            }
            let page = granted.browser.open(address).await;
            assert_eq!(judged_by_code(&page), Came::Spent, "a pushed request gives one code");
        })
        .await;
    }

    async fn a_device_begins(app: App) {
        let tv = app.client("tv");
        let set = async |_| None;
        let attempt = async |begun: &mut Option<Answer>| {
            let answer = tv.post("/device_authorization", &[("scope", "openid")]).await;
            let came = judged(&answer, 200);
            *begun = Some(answer).filter(|_| came == Came::Done);
            came
        };
        each_call_fails_once(&app, set, attempt, async |begun| {
            let code = begun.as_ref().expect("begun").text("device_code");
            let answer = tv.token(&[("grant_type", DEVICE), ("device_code", &code)]).await;
            assert_eq!(answer.text("error"), "authorization_pending");
            app.wait(10);
        })
        .await;
    }

    async fn a_device_is_let_in(app: App) {
        let tv = app.client("tv");
        let set = async |number| {
            let mut granted = granted(&app, number, "openid").await;
            let begun = tv.post("/device_authorization", &[("scope", "openid")]).await;
            let page = granted.browser.submit("/device", &[("user_code", &begun.text("user_code"))]).await;
            (granted, page.form_action(), begun.text("device_code"))
        };
        let attempt = async |(granted, action, _): &mut (Granted, String, String)| {
            let page = granted.browser.post(action, &[("decision", "allow")]).await;
            match page.status.as_u16() {
                _ if is_failure(&page) => Came::Failed,
                200 if page.body.contains("est autorisé") => Came::Done,
                _ => Came::Spent,
            }
        };
        each_call_fails_once(&app, set, attempt, async |(_, _, code)| {
            let answer = tv.token(&[("grant_type", DEVICE), ("device_code", code)]).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            app.wait(10);
        })
        .await;
    }

    async fn a_device_gets_its_tokens(app: App) {
        let tv = app.client("tv");
        let set = async |number| {
            let mut granted = granted(&app, number, "openid").await;
            let begun = tv.post("/device_authorization", &[("scope", "openid offline_access")]).await;
            let page = granted.browser.submit("/device", &[("user_code", &begun.text("user_code"))]).await;
            let page = granted.browser.post(&page.form_action(), &[("decision", "allow")]).await;
            assert_eq!(page.status, 200, "{}", page.body);
            (begun.text("device_code"), None)
        };
        let attempt = async |(code, tokens): &mut (String, Option<Answer>)| {
            let answer = tv.token(&[("grant_type", DEVICE), ("device_code", code)]).await;
            app.wait(10);
            let came = judged(&answer, 200);
            *tokens = Some(answer).filter(|_| came == Came::Done);
            came
        };
        each_call_fails_once(&app, set, attempt, async |(code, tokens)| {
            if let Some(tokens) = tokens {
                assert_eq!(tv.userinfo(&tokens.text("access_token")).await.status, 200);
            }
            let answer = tv.token(&[("grant_type", DEVICE), ("device_code", code)]).await;
            assert_eq!(answer.status, 400, "a device code counts once");
        })
        .await;
    }

    async fn an_application_registers_itself(app: App) {
        let set = async |_| {
            let token = app.clients.new_initial_token(std::time::Duration::from_hours(1), Some(1)).await.unwrap();
            (token.expose().to_owned(), None)
        };
        let metadata = json!({ "redirect_uris": ["https://rp.example/callback"] });
        let attempt = async |(token, registered): &mut (String, Option<Answer>)| {
            let answer = register(&app, token, "POST", "/register", &metadata).await;
            let came = judged(&answer, 201);
            *registered = Some(answer).filter(|_| came == Came::Done);
            came
        };
        each_call_fails_once(&app, set, attempt, async |(token, registered)| {
            if let Some(answer) = registered {
                let path = format!("/register/{}", answer.text("client_id"));
                let management = answer.text("registration_access_token");
                assert_eq!(register(&app, &management, "GET", &path, &json!({})).await.status, 200);
            }
            assert_eq!(register(&app, token, "POST", "/register", &metadata).await.status, 401, "it counts once");
        })
        .await;
    }

    async fn an_application_deletes_itself(app: App) {
        let metadata = json!({ "redirect_uris": ["https://rp.example/callback"] });
        let set = async |_| {
            let token = app.clients.new_initial_token(std::time::Duration::from_hours(1), Some(1)).await.unwrap();
            let answer = register(&app, token.expose(), "POST", "/register", &metadata).await;
            (answer.text("client_id"), answer.text("registration_access_token"))
        };
        let attempt = async |(id, token): &mut (String, String)| {
            judged(&register(&app, token, "DELETE", &format!("/register/{id}"), &json!({})).await, 204)
        };
        each_call_fails_once(&app, set, attempt, async |(id, token)| {
            assert_eq!(register(&app, token, "GET", &format!("/register/{id}"), &json!({})).await.status, 401);
        })
        .await;
    }
}
