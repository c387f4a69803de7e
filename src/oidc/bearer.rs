//! Access tokens shown to us as to a resource server (RFC 6750): where they stand, and whether they count.

use http::header::{AUTHORIZATION, HeaderValue};
use http::{HeaderMap, StatusCode};

use super::error::{ErrorCode, OAuthError};
use super::scopes::ApiScope;
use super::standing::Standing;
use super::{ClientId, Provider};
use crate::config::AuthorityId;
use crate::kit::parameters::Parameters;

/// What is asked for where no token was shown: there is no error code to give then (RFC 6750 §3.1).
pub(super) const NO_TOKEN: HeaderValue = HeaderValue::from_static("Bearer realm=\"guichet\"");

/// An application that acts for itself at an API of this house, for the people of its authority.
#[derive(Clone, Debug)]
pub struct Application {
    /// Which.
    pub client: ClientId,
    /// Whose people it sees; nobody else's.
    pub authority: AuthorityId,
}

/// Why a request for an API of this house was not let in, in the words of RFC 6750.
#[derive(Clone, Debug)]
pub struct BearerRefusal {
    /// 400, 401, 403, or 503 when nobody could tell.
    pub status: StatusCode,
    /// The public sentence.
    pub description: &'static str,
    /// What `WWW-Authenticate` says, if anything.
    pub challenge: Option<HeaderValue>,
}

impl From<OAuthError> for BearerRefusal {
    fn from(error: OAuthError) -> Self {
        error.log("an API of ours");
        // A failure of ours is no fault of the token's (RFC 6750 §3.1 has no code for it).
        let is_ours = error.code == ErrorCode::TemporarilyUnavailable;
        let description = error.description;
        let error = if is_ours { error } else { error.challenging("Bearer") };
        Self { status: error.status(), description, challenge: error.challenge() }
    }
}

impl Provider {
    /// The application behind the token of a request, which must be for this API, have this scope, and be the
    /// application's own.
    ///
    /// Whatever stands behind the token is looked at: one of a client that was switched off, or that lost the scope
    /// or its authority meanwhile, counts no more. Call it without holding a connection.
    ///
    /// # Errors
    /// 401 without a token that counts, 403 without the scope or an authority.
    pub async fn application(
        &self,
        query: &Parameters,
        headers: &HeaderMap,
        api: &str,
        scope: &str,
    ) -> Result<Application, BearerRefusal> {
        let Some(token) = token_of(query, headers, None)? else {
            return Err(BearerRefusal {
                status: StatusCode::UNAUTHORIZED,
                description: "an access token is needed",
                challenge: Some(NO_TOKEN),
            });
        };
        let claims = self.read_access_token(&token).await?;
        let refused =
            |cause| OAuthError::new(ErrorCode::InvalidToken, "the access token is not valid").because(cause);
        if !claims.is_for(api) {
            return Err(refused("it is for another resource").into());
        }
        let standing = self.standing_of(&claims).await.map_err(OAuthError::from)?;
        let standing = standing.map_err(refused)?;
        let scopes = standing.scopes_of(&claims);
        let Standing::Client(client) = standing else {
            return Err(refused("a person stands behind it").into());
        };
        if !scopes.of_apis().any(|known| *known == ApiScope::from(scope)) {
            let lacking = OAuthError::new(ErrorCode::InsufficientScope, "the scope of this API is needed");
            return Err(lacking.into());
        }
        let Some(authority) = client.settings.authority.clone() else {
            let nobodys = "the application belongs to no authority";
            return Err(OAuthError::new(ErrorCode::InsufficientScope, nobodys).into());
        };
        Ok(Application { client: client.id.clone(), authority })
    }
}

/// The one token of a request: in the header or in a form, never in the query (RFC 6750 §2, RFC 9700).
pub(super) fn token_of(
    query: &Parameters,
    headers: &HeaderMap,
    form: Option<&Parameters>,
) -> Result<Option<String>, OAuthError> {
    if query.get("access_token").is_some() {
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
