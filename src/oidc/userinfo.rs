//! The userinfo endpoint (`OpenID` Connect Core §5.3), guarded by bearer tokens (RFC 6750).

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value, json};

use super::bearer::{NO_TOKEN, token_of};
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
    let presented = match token_of(&visitor.query, &headers, form.as_ref()) {
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
    let mut response = StatusCode::UNAUTHORIZED.into_response();
    response.headers_mut().insert(WWW_AUTHENTICATE, NO_TOKEN);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
