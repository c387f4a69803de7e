//! A client of the provider, as its own back end speaks.

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;

use super::app::{App, CLIENT_SECRET};
use super::browser::Page;

/// The verifier of every request made by [`Client::authorization`].
pub const VERIFIER: &str = "a-code-verifier-of-the-tests-0123456789-abcdefghij";

/// One of the configured clients.
#[derive(Clone)]
pub struct Client {
    app: App,
    pub id: String,
    pub redirect_uri: String,
    /// The secret that it sends in the header, for one that the configuration does not name.
    secret: Option<String>,
}

/// An answer of an endpoint.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The body, where it is JSON.
    pub json: Value,
    /// The body as it came.
    pub body: String,
}

impl Answer {
    /// A member that is a text.
    pub fn text(&self, member: &str) -> String {
        self.json[member].as_str().unwrap_or_else(|| panic!("no text {member} in {}", self.json)).to_owned()
    }
}

impl Client {
    pub fn new(app: App, id: &str) -> Self {
        let settings =
            app.settings.clients.iter().find(|client| client.client_id == id).expect("a known client");
        let redirect_uri = settings.redirect_uris.first().cloned().unwrap_or_default();
        Self { app, id: id.to_owned(), redirect_uri, secret: None }
    }

    /// A client of the database, with the secret that it sends in the header.
    pub fn registered(app: App, id: &str, redirect_uri: &str, secret: &str) -> Self {
        let secret = Some(secret.to_owned());
        Self { app, id: id.to_owned(), redirect_uri: redirect_uri.to_owned(), secret }
    }

    /// The same client, now talking to another node.
    pub fn at(&self, app: &App) -> Self {
        Self { app: app.clone(), ..self.clone() }
    }

    /// The address of an authorization request, with PKCE and with what is given beside or instead; an
    /// empty value leaves a parameter out.
    pub fn authorization(&self, more: &[(&str, &str)]) -> String {
        let challenge = challenge(VERIFIER);
        let mut parameters = vec![
            ("client_id", self.id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("response_type", "code"),
            ("scope", "openid profile"),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in more {
            parameters.retain(|(known, _)| known != name);
            if !value.is_empty() {
                parameters.push((name, value));
            }
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("/authorize?{query}")
    }

    /// Redeems the code of a redirect.
    pub async fn redeem(&self, page: &Page) -> Answer {
        self.redeem_code(&page.code()).await
    }

    /// Redeems a code.
    pub async fn redeem_code(&self, code: &str) -> Answer {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    /// Uses a refresh token.
    pub async fn refresh(&self, refresh_token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// Asks the token endpoint, authenticated as registered.
    pub async fn token(&self, form: &[(&str, &str)]) -> Answer {
        self.post("/token", form).await
    }

    /// Takes a token back.
    pub async fn revoke(&self, token: &str) -> Answer {
        self.post("/revoke", &[("token", token)]).await
    }

    /// Asks what a token is worth.
    pub async fn introspect(&self, token: &str) -> Answer {
        self.post("/introspect", &[("token", token)]).await
    }

    /// Posts to an endpoint, authenticated as registered.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        let mut form = form.to_vec();
        let mut headers = HeaderMap::new();
        match self.id.as_str() {
            id if self.secret.is_some() || matches!(id, "app" | "third" | "ledger") => {
                let joined = format!("{id}:{}", self.secret.as_deref().unwrap_or(CLIENT_SECRET));
                let basic = format!("Basic {}", BASE64.encode(joined.as_bytes()));
                headers.insert(AUTHORIZATION, basic.parse().expect("a header"));
            }
            "native" | "tv" => form.push(("client_id", &self.id)),
            _ => form.extend([("client_id", self.id.as_str()), ("client_secret", CLIENT_SECRET)]),
        }
        self.post_raw(path, headers, &form).await
    }

    /// Asks the token endpoint with nothing added.
    pub async fn token_raw(&self, headers: HeaderMap, form: &[(&str, &str)]) -> Answer {
        self.post_raw("/token", headers, form).await
    }

    /// Posts to an endpoint with nothing added.
    pub async fn post_raw(&self, path: &str, mut headers: HeaderMap, form: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded".parse().expect("a header"));
        let mut request = Request::post(path).body(Body::from(body)).expect("a request");
        request.headers_mut().extend(headers);
        self.ask(request).await
    }

    /// Asks userinfo with an access token.
    pub async fn userinfo(&self, access_token: &str) -> Answer {
        let request = Request::get("/userinfo").header(AUTHORIZATION, format!("Bearer {access_token}"));
        self.ask(request.body(Body::empty()).expect("a request")).await
    }

    /// Sends a request; what is not JSON counts as null.
    pub async fn ask(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.app.answer(request).await.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
        let body = String::from_utf8_lossy(&body).into_owned();
        Answer { status: parts.status, headers: parts.headers, json, body }
    }
}

/// The S256 challenge of a verifier (RFC 7636 §4.2).
pub fn challenge(verifier: &str) -> String {
    BASE64URL_NOPAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref())
}

/// The claims of a JWT, unchecked.
pub fn claims(jwt: &str) -> Value {
    part(jwt, 1)
}

/// The header of a JWT.
pub fn header(jwt: &str) -> Value {
    part(jwt, 0)
}

fn part(jwt: &str, place: usize) -> Value {
    let text = jwt.split('.').nth(place).expect("a JWT");
    serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).expect("base64url")).expect("JSON")
}
