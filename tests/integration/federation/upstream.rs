//! An `OpenID` Provider on the loopback interface that does what its plan says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Response, Uri, header};
use guichet::kit::parameters::Parameters;
use serde_json::{Value, json};

use crate::federation::signing::{Signer, challenge_of, left_half_hash};

pub const CODE: &str = "a-code-that-only-the-upstream-knows";
pub const ACCESS_TOKEN: &str = "an-access-token-that-must-not-leak";

/// How claims become a token, honestly or not.
pub type Seal = fn(&Signer, &Value) -> String;

/// What the upstream does; tests change it at will.
pub struct Plan {
    pub signer: Signer,
    /// The keys that the key set shows.
    pub keys: Vec<Value>,
    /// Members that replace those of the honest discovery document; null removes one.
    pub metadata: Value,
    /// Claims that replace those of the honest ID token; null removes one.
    pub id_token: Value,
    /// Turns the claims into a token; an honest signature by default.
    pub seal: Seal,
    pub access_token: &'static str,
    /// Members that replace those of the honest token answer.
    pub token_answer: Value,
    pub userinfo: Value,
    /// Turns userinfo into an answer; JSON by default.
    pub userinfo_seal: Option<Seal>,
    /// Answers that replace whatever a path would say.
    pub instead: HashMap<&'static str, Canned>,
    /// What the authorization request asked for.
    pub asked: HashMap<String, String>,
    pub now: i64,
}

/// An answer prepared in advance.
#[derive(Clone)]
pub enum Canned {
    Status(u16, &'static str, &'static str),
    Redirect(String),
    Megabytes,
    Slow,
    /// The head at once, then a byte now and then.
    Trickle,
}

/// A request as it came.
pub struct Seen {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Parameters,
}

#[derive(Clone)]
pub struct Upstream {
    pub base: String,
    pub plan: Arc<Mutex<Plan>>,
    pub seen: Arc<Mutex<Vec<Seen>>>,
}

impl Upstream {
    pub async fn start(now: i64) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let signer = Signer::rs256("first");
        let plan = Plan {
            keys: vec![signer.jwk()],
            signer,
            metadata: json!({}),
            id_token: json!({}),
            seal: Signer::sign,
            access_token: ACCESS_TOKEN,
            token_answer: json!({}),
            userinfo: json!({
                "sub": "person-1", "ctfn": "Élodie", "ctln": "Lefèvre", "ctemail": "elefevre@ac-lyon.fr",
                "FrEduRne": ["0690001A"],
            }),
            userinfo_seal: None,
            instead: HashMap::new(),
            asked: HashMap::new(),
            now,
        };
        let upstream = Self { base, plan: Arc::new(Mutex::new(plan)), seen: Arc::default() };
        let served = upstream.clone();
        let answer = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| async move {
            served.answer(&method, &uri, headers, &body)
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        upstream
    }

    /// How often a path was asked for.
    pub fn visits(&self, path: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|seen| seen.path == path).count()
    }

    fn answer(&self, method: &Method, uri: &Uri, headers: HeaderMap, body: &[u8]) -> Response<Body> {
        let plan = self.plan.lock().unwrap();
        let path = uri.path().to_owned();
        let body = Parameters::parse(body);
        let answer = match plan.instead.get(path.as_str()) {
            Some(canned) => canned.answer(),
            None => match (method.as_str(), path.as_str()) {
                ("GET", "/.well-known/openid-configuration") => json_answer(200, &self.metadata(&plan)),
                ("GET", "/keys") => json_answer(200, &json!({"keys": plan.keys})),
                ("POST", "/token") => self.token(&plan, &headers, &body),
                ("GET", "/userinfo") => userinfo(&plan, &headers),
                _ => json_answer(404, &json!({})),
            },
        };
        self.seen.lock().unwrap().push(Seen { path, headers, body });
        answer
    }

    fn metadata(&self, plan: &Plan) -> Value {
        let base = &self.base;
        let honest = json!({
            "issuer": base, "authorization_endpoint": format!("{base}/authorize"),
            "token_endpoint": format!("{base}/token"), "userinfo_endpoint": format!("{base}/userinfo"),
            "jwks_uri": format!("{base}/keys"), "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
        });
        changed(honest, &plan.metadata)
    }

    fn token(&self, plan: &Plan, headers: &HeaderMap, form: &Parameters) -> Response<Body> {
        let is_post =
            form.get("client_secret") == Some("s3cret / é") && form.get("client_id") == Some("guichet");
        // "guichet:s3cret+%2F+%C3%A9", form-encoded before base64 (RFC 6749 §2.3.1).
        let basic = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap());
        let is_basic = basic == Some("Basic Z3VpY2hldDpzM2NyZXQrJTJGKyVDMyVBOQ==");
        if is_post == is_basic {
            return json_answer(401, &json!({"error": "invalid_client"}));
        }
        let is_known_code = form.get("grant_type") == Some("authorization_code")
            && form.get("code") == Some(CODE)
            && form.get("redirect_uri") == plan.asked.get("redirect_uri").map(String::as_str)
            && form.get("code_verifier").map(challenge_of) == plan.asked.get("code_challenge").cloned();
        if !is_known_code {
            return json_answer(400, &json!({"error": "invalid_grant"}));
        }
        let claims = json!({
            "iss": self.base, "sub": "person-1", "aud": "guichet", "exp": plan.now + 300, "iat": plan.now,
            "nonce": plan.asked.get("nonce"), "auth_time": plan.now, "acr": "eidas1", "amr": ["pwd"],
            "sid": "session-1", "at_hash": left_half_hash(plan.access_token),
        });
        let honest = json!({
            "access_token": plan.access_token, "token_type": "Bearer", "expires_in": 60,
            "id_token": (plan.seal)(&plan.signer, &changed(claims, &plan.id_token)),
        });
        json_answer(200, &changed(honest, &plan.token_answer))
    }
}

fn userinfo(plan: &Plan, headers: &HeaderMap) -> Response<Body> {
    let bearer = format!("Bearer {}", plan.access_token);
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value.to_str().unwrap() != bearer) {
        return json_answer(401, &json!({}));
    }
    match plan.userinfo_seal {
        None => json_answer(200, &plan.userinfo),
        Some(seal) => whole(200, "application/jwt; charset=utf-8", seal(&plan.signer, &plan.userinfo).into()),
    }
}

impl Canned {
    fn answer(&self) -> Response<Body> {
        match self {
            Self::Status(status, media_type, text) => whole(*status, media_type, Body::from(*text)),
            Self::Redirect(target) => {
                let mut answer = whole(302, "text/html", Body::empty());
                answer.headers_mut().insert(header::LOCATION, target.parse().unwrap());
                answer
            }
            Self::Megabytes => whole(200, "application/json", Body::from(vec![b' '; 4 << 20])),
            Self::Slow => whole(200, "application/json", dripping(Duration::from_mins(1))),
            Self::Trickle => whole(200, "application/json", dripping(Duration::from_millis(20))),
        }
    }
}

/// A body that gives one space after each pause, and never ends.
fn dripping(pause: Duration) -> Body {
    let (pipe, body) = tokio::io::duplex(1);
    tokio::spawn(async move {
        let mut pipe = pipe;
        loop {
            tokio::time::sleep(pause).await;
            if tokio::io::AsyncWriteExt::write_all(&mut pipe, b" ").await.is_err() {
                break;
            }
        }
    });
    Body::from_stream(tokio_util::io::ReaderStream::new(body))
}

fn json_answer(status: u16, value: &Value) -> Response<Body> {
    whole(status, "application/json", Body::from(value.to_string()))
}

fn whole(status: u16, media_type: &str, body: Body) -> Response<Body> {
    Response::builder().status(status).header(header::CONTENT_TYPE, media_type).body(body).unwrap()
}

/// The object with some members replaced, or removed where the replacement is null.
fn changed(mut honest: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            honest.as_object_mut().unwrap().remove(name);
        } else {
            honest[name] = value.clone();
        }
    }
    honest
}
