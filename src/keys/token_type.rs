//! The kinds of tokens, told apart by their headers.

/// What a token is, said in its header, so that one kind is never taken for another (RFC 8725 §3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// An ID token.
    IdToken,
    /// An access token (RFC 9068 §2.1).
    AccessToken,
    /// A logout token (Back-Channel Logout §2.4).
    LogoutToken,
    /// An answer of introspection (RFC 9701 §5).
    Introspection,
    /// An answer of userinfo (Core §5.3.2).
    ///
    /// No standard gives it a type, and libraries refuse types that they do not know. It is the one kind
    /// without any, so that [`SigningKeys::verify`](super::SigningKeys::verify) refuses it as an ID token.
    /// Its claims hold no `exp`, which every client requires of an ID token (Core §3.1.3.7, RFC 8725 §3.12).
    UserInfo,
}

impl TokenType {
    /// The `typ` of its header.
    pub(super) const fn header(self) -> Option<&'static str> {
        match self {
            Self::IdToken => Some("JWT"),
            Self::AccessToken => Some("at+jwt"),
            Self::LogoutToken => Some("logout+jwt"),
            Self::Introspection => Some("token-introspection+jwt"),
            Self::UserInfo => None,
        }
    }

    /// The registered claims without which it is none.
    pub(super) const fn required_claims(self) -> &'static [&'static str] {
        match self {
            Self::IdToken | Self::AccessToken => &["iss", "sub", "exp"],
            Self::LogoutToken => &["iss", "exp"],
            Self::Introspection | Self::UserInfo => &["iss"],
        }
    }

    /// Whether it still tells something long after its end: an ID token does, as a hint.
    pub(super) const fn outlives_its_end(self) -> bool {
        matches!(self, Self::IdToken)
    }
}
