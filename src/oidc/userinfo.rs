//! The userinfo endpoint (`OpenID` Connect Core §5.3), guarded by bearer tokens (RFC 6750).

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value, json};

use super::clients::Client;
use super::error::{ErrorCode, OAuthError};
use super::scopes::Scope;
use super::standing::{Person, Standing};
use super::{Provider, token};
use crate::keys::TokenType;
use crate::kit::parameters::Parameters;
use crate::kit::visitor::Visitor;

/// The endpoint.
pub const PATH: &str = "/userinfo";

/// `GET /userinfo`, `POST /userinfo`
pub async fn answer(
    State(provider): State<Provider>,
    method: Method,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = (method == Method::POST && token::is_form(&headers)).then(|| Parameters::parse(&body));
    let presented = match bearer_token(&visitor, &headers, form.as_ref()) {
        Ok(Some(token)) => token,
        Ok(None) => return no_token(),
        Err(error) => return refuse(error),
    };
    match provider.userinfo(&presented).await {
        Ok(told) => {
            let mut response = told.into_response();
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => refuse(error),
    }
}

/// What is told of a person, in the form that the client registered (Core §5.3.2).
enum UserInfo {
    /// As it is.
    Plain(Map<String, Value>),
    /// As a signed JWT.
    Signed(String),
}

impl IntoResponse for UserInfo {
    fn into_response(self) -> Response {
        match self {
            Self::Plain(claims) => Json(claims).into_response(),
            Self::Signed(jwt) => {
                ([(CONTENT_TYPE, HeaderValue::from_static("application/jwt"))], jwt).into_response()
            }
        }
    }
}

impl Provider {
    async fn userinfo(&self, token: &str) -> Result<UserInfo, OAuthError> {
        let claims = self.read_access_token(token).await?;
        let refused =
            |cause| OAuthError::new(ErrorCode::InvalidToken, "the access token is not valid").because(cause);
        // What was meant for an API alone opens nothing here (RFC 9068 §4).
        if !claims.is_for(&self.0.issuer) {
            return Err(refused("it is for another resource"));
        }
        let standing = self.standing_of(&claims).await?.map_err(refused)?;
        let scopes = standing.scopes_of(&claims);
        let Standing::Person(person) = standing else { return Err(refused("no person stands behind it")) };
        let Person { grant, account, client } = *person;
        if !scopes.contains(Scope::OpenId) {
            return Err(OAuthError::new(ErrorCode::InsufficientScope, "the scope openid is needed"));
        }
        let mut told = self.claims_of(&account, &scopes);
        // What was asked for by name was allowed to who asked, not to whom the token was passed on.
        if client.id == grant.client_id {
            told.extend(self.claims_named(&grant.claims.userinfo, &client, &grant, &account));
        }
        told.insert("sub".into(), json!(self.subject_for(&client, &account.id)));
        self.as_registered(&client, told)
    }

    fn as_registered(&self, client: &Client, mut told: Map<String, Value>) -> Result<UserInfo, OAuthError> {
        let Some(algorithm) = client.settings.userinfo_signed_response_alg else {
            return Ok(UserInfo::Plain(told));
        };
        told.insert("iss".into(), json!(self.0.issuer));
        told.insert("aud".into(), json!(client.id.as_str()));
        let signed = self.0.keys.sign(algorithm, TokenType::UserInfo, &told);
        signed.map(UserInfo::Signed).map_err(|error| OAuthError::unavailable(&error))
    }
}

/// The one token of a request: in the header or in a form, never in the query (RFC 6750 §2, RFC 9700).
fn bearer_token(
    visitor: &Visitor,
    headers: &HeaderMap,
    form: Option<&Parameters>,
) -> Result<Option<String>, OAuthError> {
    if visitor.query.get("access_token").is_some() {
        return Err(OAuthError::invalid_request("an access token in the query is refused"));
    }
    let mut authorizations = headers.get_all(AUTHORIZATION).iter();
    let header = authorizations.next();
    if authorizations.next().is_some() {
        return Err(OAuthError::invalid_request("several Authorization headers"));
    }
    if form.is_some_and(|form| form.repeated().is_some()) {
        return Err(OAuthError::invalid_request("a parameter stands twice"));
    }
    let in_form = form.and_then(|form| form.non_empty("access_token"));
    let Some(header) = header else { return Ok(in_form.map(str::to_owned)) };
    if in_form.is_some() {
        return Err(OAuthError::invalid_request("an access token both in the header and in the body"));
    }
    let text = header.to_str().unwrap_or_default();
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        // Under another scheme no token is shown (RFC 6750 §3.1).
        return Ok(None);
    }
    match token.trim() {
        "" => Err(OAuthError::invalid_request("there is no token behind Bearer")),
        token => Ok(Some(token.to_owned())),
    }
}

fn refuse(error: OAuthError) -> Response {
    error.log("userinfo");
    // A failure of ours is no fault of the token's (RFC 6750 §3.1 has no code for it).
    if error.code == ErrorCode::TemporarilyUnavailable {
        return error.into_response();
    }
    error.challenging("Bearer").into_response()
}

/// Without a token there is no error code to give (RFC 6750 §3.1).
fn no_token() -> Response {
    let challenge = HeaderValue::from_static("Bearer realm=\"guichet\"");
    let mut response = StatusCode::UNAUTHORIZED.into_response();
    response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
