//! Requests as oxide reads them: everything in them was checked before.

use std::borrow::Cow;

use oxide_auth::code_grant::accesstoken::{Authorization, Request as AccessRequest};
use oxide_auth::code_grant::authorization::Request as AuthorizationRequest;
use oxide_auth::code_grant::client_credentials::Request as ClientCredentialsRequest;
use oxide_auth::code_grant::refresh::Request as RefreshRequest;

use crate::oidc::authorization_request::Valid;
use crate::oidc::grants::TokenRequest;

/// A valid authorization request, as oxide reads it.
pub(super) struct AuthorizationForm<'a>(pub &'a Valid);

impl AuthorizationRequest for AuthorizationForm<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.0.client.id.as_str()))
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.0.redirect_uri.as_str()))
    }

    fn state(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn response_type(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed("code"))
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.0.parameter(key).map(Cow::Borrowed)
    }
}

/// The form of a token request, as oxide reads it.
pub(super) struct TokenForm<'a>(pub TokenRequest<'a>);

impl AccessRequest for TokenForm<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("code").map(Cow::Borrowed)
    }

    fn authorization(&self) -> Authorization<'_> {
        Authorization::Username(Cow::Borrowed(self.0.client.id.as_str()))
    }

    fn client_id(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("redirect_uri").map(Cow::Borrowed)
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("grant_type").map(Cow::Borrowed)
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.0.form.non_empty(key).map(Cow::Borrowed)
    }
}

impl RefreshRequest for TokenForm<'_> {
    fn valid(&self) -> bool {
        true
    }

    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("refresh_token").map(Cow::Borrowed)
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("scope").map(Cow::Borrowed)
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("grant_type").map(Cow::Borrowed)
    }

    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.0.client.id.as_str()), Cow::Borrowed(&[])))
    }

    fn extension(&self, key: &str) -> Option<Cow<'_, str>> {
        self.0.form.non_empty(key).map(Cow::Borrowed)
    }
}

impl ClientCredentialsRequest for TokenForm<'_> {
    fn valid(&self) -> bool {
        true
    }

    /// The client was proved before; oxide wants to see that there is one.
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        Some((Cow::Borrowed(self.0.client.id.as_str()), Cow::Borrowed(&[])))
    }

    fn scope(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("scope").map(Cow::Borrowed)
    }

    fn grant_type(&self) -> Option<Cow<'_, str>> {
        self.0.form.non_empty("grant_type").map(Cow::Borrowed)
    }

    /// Nothing: credentials in the form would be a second proof, which was judged before.
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}
