//! A provider with one key and no scruples: it signs in whoever the test says, and remembers what it was asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use guichet::kit::encoding::base64url;
use http::header::AUTHORIZATION;
use http::{HeaderMap, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, get_current_timestamp};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

pub type Parameters = HashMap<String, String>;

/// What the provider does next, and what it was asked.
#[derive(Default)]
pub struct Behaviour {
    /// Who has a session at the provider.
    pub signed_in: Option<&'static str>,
    /// The error that the authorization endpoint answers with.
    pub authorization_error: Option<&'static str>,
    /// The name of the session at the provider, in ID tokens.
    pub session: Option<&'static str>,
    /// What `iss` says in authorization responses; the issuer when nothing.
    pub response_issuer: Option<String>,
    /// The nonce put into ID tokens; the one asked for when nothing.
    pub nonce: Option<String>,
    /// Whose userinfo is given; the person's own when nothing.
    pub userinfo_subject: Option<&'static str>,
    /// The life of access tokens, in seconds.
    pub lifetime: u64,
    /// Whether refresh tokens are refused.
    pub refuses_refresh: bool,
    /// The authorization requests, in order.
    pub authorizations: Vec<Parameters>,
    /// The refresh tokens spent, in order.
    pub refreshes: Vec<String>,
    /// The sign-outs, in order.
    pub sign_outs: Vec<Parameters>,
    /// How often the keys were asked for.
    pub key_fetches: usize,
    codes: HashMap<String, (Parameters, &'static str)>,
    refresh_tokens: HashMap<String, &'static str>,
    serial: usize,
}

#[derive(Clone)]
pub struct Provider {
    pub issuer: String,
    key: Arc<Key>,
    behaviour: Arc<Mutex<Behaviour>>,
}

struct Key {
    signing: EncodingKey,
    published: Value,
}

impl Key {
    fn make() -> Self {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
        let point = pair.public_key().as_ref();
        let published = json!({
            "kty": "EC", "crv": "P-256", "kid": "k", "use": "sig", "alg": "ES256",
            "x": base64url(&point[1..33]), "y": base64url(&point[33..]),
        });
        Self { signing: EncodingKey::from_ec_der(document.as_ref()), published }
    }
}

/// A port that nobody listens on yet.
pub async fn reserve() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

impl Provider {
    /// A provider that will answer at this listener's address once [`Provider::serve`] is called.
    pub fn at(listener: &TcpListener) -> Self {
        Self {
            issuer: format!("http://{}", listener.local_addr().unwrap()),
            key: Arc::new(Key::make()),
            behaviour: Arc::new(Mutex::new(Behaviour { lifetime: 600, ..Behaviour::default() })),
        }
    }

    pub fn serve(&self, listener: TcpListener) {
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/jwks", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .route("/end", get(end_session))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
    }

    pub fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        self.behaviour.lock().unwrap()
    }

    /// An access token as the provider signs it, with some claims changed.
    pub fn access_token(&self, subject: &str, changes: &Value) -> String {
        let mut claims = json!({
            "iss": self.issuer, "sub": subject, "aud": "https://frais.example/api", "client_id": "frais",
            "scope": "openid profile email imagin", "iat": get_current_timestamp(),
            "exp": get_current_timestamp() + 600, "jti": "t",
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        self.sign("at+jwt", &claims)
    }

    /// A logout token for a session, with some claims changed; null removes one.
    pub fn logout_token(&self, kind: &str, session: &str, changes: &Value) -> String {
        let mut claims = json!({
            "iss": self.issuer, "aud": "frais", "iat": get_current_timestamp(), "exp": get_current_timestamp() + 120,
            "jti": "l", "sid": session, "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        self.sign(kind, &claims)
    }

    fn sign(&self, kind: &str, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(kind.to_owned());
        header.kid = Some("k".to_owned());
        encode(&header, claims, &self.key.signing).unwrap()
    }

    fn token_response(&self, subject: &'static str, nonce: Option<String>) -> Response {
        let mut behaviour = self.behaviour();
        behaviour.serial += 1;
        let session = behaviour.session;
        let refresh_token = format!("refresh-{}", behaviour.serial);
        behaviour.refresh_tokens.insert(refresh_token.clone(), subject);
        let lifetime = behaviour.lifetime;
        drop(behaviour);
        let mut id_claims = json!({
            "iss": self.issuer, "sub": subject, "aud": "frais", "iat": get_current_timestamp(),
            "exp": get_current_timestamp() + 600,
        });
        if let Some(nonce) = nonce {
            id_claims["nonce"] = nonce.into();
        }
        if let Some(session) = session {
            id_claims["sid"] = session.into();
        }
        let changes = json!({"exp": get_current_timestamp() + lifetime});
        Json(json!({
            "access_token": self.access_token(subject, &changes), "token_type": "Bearer",
            "expires_in": lifetime, "refresh_token": refresh_token,
            "id_token": self.sign("JWT", &id_claims), "scope": "openid profile email imagin",
        }))
        .into_response()
    }
}

async fn metadata(State(provider): State<Provider>) -> Json<Value> {
    let issuer = &provider.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "end_session_endpoint": format!("{issuer}/end"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(provider): State<Provider>) -> Json<Value> {
    provider.behaviour().key_fetches += 1;
    Json(json!({"keys": [provider.key.published]}))
}

async fn authorize(State(provider): State<Provider>, Query(asked): Query<Parameters>) -> Redirect {
    let mut behaviour = provider.behaviour();
    let mut back = Url::parse(&asked["redirect_uri"]).unwrap();
    let issuer = behaviour.response_issuer.clone().unwrap_or_else(|| provider.issuer.clone());
    back.query_pairs_mut().append_pair("state", &asked["state"]).append_pair("iss", &issuer);
    let is_silent = asked.get("prompt").is_some_and(|prompt| prompt == "none");
    if let Some(error) = behaviour.authorization_error {
        back.query_pairs_mut().append_pair("error", error);
    } else if is_silent && behaviour.signed_in.is_none() {
        back.query_pairs_mut().append_pair("error", "login_required");
    } else {
        behaviour.serial += 1;
        let code = format!("code-{}", behaviour.serial);
        let person = *behaviour.signed_in.get_or_insert("awa");
        behaviour.codes.insert(code.clone(), (asked.clone(), person));
        back.query_pairs_mut().append_pair("code", &code);
    }
    behaviour.authorizations.push(asked);
    Redirect::to(back.as_str())
}

async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(form): Form<Parameters>,
) -> Response {
    let refused = |error| (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response();
    // "frais:secret" in base64.
    if headers.get(AUTHORIZATION).is_none_or(|value| value != "Basic ZnJhaXM6c2VjcmV0") {
        return refused("invalid_client");
    }
    if form["grant_type"] == "refresh_token" {
        let mut behaviour = provider.behaviour();
        behaviour.refreshes.push(form["refresh_token"].clone());
        let person = behaviour.refresh_tokens.remove(&form["refresh_token"]);
        let is_unwilling = behaviour.refuses_refresh;
        drop(behaviour);
        return match person {
            Some(person) if !is_unwilling => provider.token_response(person, None),
            _ => refused("invalid_grant"),
        };
    }
    let redeemed = provider.behaviour().codes.remove(&form["code"]);
    let Some((asked, person)) = redeemed else { return refused("invalid_grant") };
    let challenge = base64url(digest(&SHA256, form["code_verifier"].as_bytes()).as_ref());
    if challenge != asked["code_challenge"] || form["redirect_uri"] != asked["redirect_uri"] {
        return refused("invalid_grant");
    }
    let nonce = provider.behaviour().nonce.clone().unwrap_or_else(|| asked["nonce"].clone());
    provider.token_response(person, Some(nonce))
}

async fn userinfo(State(provider): State<Provider>, headers: HeaderMap) -> Response {
    if headers.get(AUTHORIZATION).is_none() {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let behaviour = provider.behaviour();
    let subject = behaviour.userinfo_subject.or(behaviour.signed_in).unwrap_or("nobody");
    Json(json!({
        "sub": subject, "name": "Awa <b>N’Diaye</b>", "preferred_username": "andiaye",
        "situation": "external", "authority": "Académie de Lyon",
    }))
    .into_response()
}

async fn end_session(State(provider): State<Provider>, Query(asked): Query<Parameters>) -> Redirect {
    let mut back = Url::parse(&asked["post_logout_redirect_uri"]).unwrap();
    back.query_pairs_mut().append_pair("state", &asked["state"]);
    let mut behaviour = provider.behaviour();
    behaviour.signed_in = None;
    behaviour.sign_outs.push(asked);
    Redirect::to(back.as_str())
}
