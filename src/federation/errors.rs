//! Everything that can go wrong with an upstream, in words for the log and in kinds for the page.

use std::fmt;

use thiserror::Error;

use super::http::HttpError;
use crate::config::UpstreamId;

/// What the person needs to know of a failure: which page to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The provider is down, slow, or does not accept us as its client: another try later may work.
    Unavailable,
    /// The provider answered no, or the person did: signing in again may work.
    Refused,
    /// The provider's answer cannot be believed: trying again will not help.
    Untrusted,
    /// The answer belongs to no sign-in begun here: another browser, too old, or forged.
    NotOurs,
}

/// Why a federated sign-in could not begin or end; no variant holds a secret, a code or a token.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum FederationError {
    /// An issuer's address is neither https nor http on this very machine.
    #[error("upstream {0}: the issuer must be an https address (http only on the loopback interface)")]
    InsecureIssuer(UpstreamId),
    /// Two upstreams bear the same name, so that one callback address would serve both.
    #[error("upstream {0}: configured twice")]
    RepeatedUpstream(UpstreamId),
    /// The callback address made from the public address and the upstream's name is none.
    #[error("upstream {0}: its name gives no valid callback address")]
    InvalidCallback(UpstreamId),
    /// No HTTP client could be made, usually because the system has no certificate authorities.
    #[error("no HTTPS client: {0} (is the system's ca-certificates package installed?)")]
    NoHttpClient(Quoted),

    /// No upstream of this name is configured (any more).
    #[error("unknown upstream {0}")]
    UnknownUpstream(Quoted),

    /// The whole exchange took longer than a person waits for a page.
    #[error("the upstream took too long")]
    TimedOut,
    /// An HTTP exchange failed before an answer could be read.
    #[error("{exchange}: {cause}")]
    Exchange {
        /// Which one.
        exchange: Exchange,
        /// What happened.
        cause: HttpError,
    },
    /// An HTTP exchange was answered with a status that gives nothing to read.
    #[error("{exchange}: status {status}")]
    UnexpectedStatus {
        /// Which one.
        exchange: Exchange,
        /// The status.
        status: u16,
    },
    /// An answer is not what its standard says it is.
    #[error("{exchange}: not understood: {place}")]
    Unreadable {
        /// Which one.
        exchange: Exchange,
        /// Where reading stopped, without what stood there when that could be personal or secret.
        place: Quoted,
    },

    /// The discovery document is another issuer's (`OpenID` Connect Discovery §4.3).
    #[error("the discovery document names another issuer: {found}")]
    OtherIssuer {
        /// The issuer that it names.
        found: Quoted,
    },
    /// The discovery document sends secrets or people to an address that is not https.
    #[error("the discovery document's {endpoint} is not a safe address")]
    UnsafeEndpoint {
        /// The metadata's member.
        endpoint: &'static str,
    },

    /// A parameter of the callback stands twice.
    #[error("a parameter of the answer is repeated")]
    RepeatedParameter,
    /// The callback's `state` is missing or another one.
    #[error("the answer's state is not the one sent")]
    StateMismatch,
    /// The sign-in in progress began too long ago.
    #[error("the sign-in in progress is too old")]
    TooOld,
    /// The callback's `iss` is another issuer's (RFC 9207 §2.4).
    #[error("the answer comes from another issuer: {found}")]
    ForeignAnswer {
        /// The issuer that it names.
        found: Quoted,
    },
    /// The callback has no `iss` though the upstream promises one (RFC 9207 §2.4).
    #[error("the answer does not say its issuer, though the upstream promises to")]
    MissingIssuer,
    /// The callback has neither code nor error.
    #[error("the answer has no code")]
    MissingCode,
    /// The upstream or the person refused (RFC 6749 §4.1.2.1).
    #[error("the upstream refused: {error}{}", description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default())]
    Refused {
        /// The error code.
        error: Quoted,
        /// The upstream's own words, for the log only.
        description: Option<Quoted>,
    },
    /// The upstream says that it cannot answer now (`server_error`, `temporarily_unavailable`).
    #[error("the upstream is out of order: {error}")]
    OutOfOrder {
        /// The error code.
        error: Quoted,
    },

    /// The token endpoint refused the code.
    #[error("the code was refused: {error}")]
    CodeRefused {
        /// The error code.
        error: Quoted,
    },
    /// The token endpoint refused us: the client id, the secret or the way it is sent is wrong.
    #[error("our client credentials were refused: {error}")]
    ClientRefused {
        /// The error code.
        error: Quoted,
    },
    /// The access token is not a bearer token, the only type understood here.
    #[error("the access token is not a bearer token")]
    NotBearer,
    /// The token endpoint gave no ID token.
    #[error("the token answer has no ID token")]
    MissingIdToken,
    /// The ID token fails a check of `OpenID` Connect Core §3.1.3.7.
    #[error("ID token: {0}")]
    IdToken(TokenFault),
    /// A signed userinfo answer fails a check of `OpenID` Connect Core §5.3.2.
    #[error("signed userinfo: {0}")]
    SignedUserInfo(TokenFault),
    /// A logout token fails a check of `OpenID` Connect Back-Channel Logout §2.6.
    #[error("logout token: {0}")]
    LogoutToken(TokenFault),
    /// Userinfo speaks of somebody else (`OpenID` Connect Core §5.3.2).
    #[error("userinfo speaks of another subject than the ID token")]
    ForeignUserInfo,
}

impl FederationError {
    /// Which page fits.
    #[must_use]
    pub const fn kind(&self) -> ProblemKind {
        match self {
            Self::InsecureIssuer(_)
            | Self::RepeatedUpstream(_)
            | Self::InvalidCallback(_)
            | Self::NoHttpClient(_)
            | Self::TimedOut
            | Self::UnexpectedStatus { .. }
            | Self::OutOfOrder { .. }
            | Self::ClientRefused { .. } => ProblemKind::Unavailable,
            Self::Exchange { cause, .. } => match cause {
                HttpError::TooSlow | HttpError::Unreachable(_) | HttpError::OutOfOrder(_) => {
                    ProblemKind::Unavailable
                }
                HttpError::Redirected(_) | HttpError::TooLarge => ProblemKind::Untrusted,
            },
            Self::Refused { .. } | Self::CodeRefused { .. } => ProblemKind::Refused,
            Self::Unreadable { .. }
            | Self::OtherIssuer { .. }
            | Self::UnsafeEndpoint { .. }
            | Self::ForeignAnswer { .. }
            | Self::MissingIssuer
            | Self::MissingCode
            | Self::NotBearer
            | Self::MissingIdToken
            | Self::IdToken(_)
            | Self::SignedUserInfo(_)
            | Self::LogoutToken(_)
            | Self::ForeignUserInfo => ProblemKind::Untrusted,
            Self::UnknownUpstream(_) | Self::RepeatedParameter | Self::StateMismatch | Self::TooOld => {
                ProblemKind::NotOurs
            }
        }
    }
}

/// One of the conversations with an upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchange {
    /// The discovery document (`OpenID` Connect Discovery §4).
    Discovery,
    /// The key set (RFC 7517 §5).
    Keys,
    /// The token endpoint.
    Token,
    /// The userinfo endpoint.
    UserInfo,
}

impl fmt::Display for Exchange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Discovery => "discovery",
            Self::Keys => "key set",
            Self::Token => "token endpoint",
            Self::UserInfo => "userinfo",
        })
    }
}

/// The check that a signed token failed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TokenFault {
    /// It is not a token of the expected form.
    #[error("malformed")]
    Malformed,
    /// Its header asks for something that is not understood here (encryption, another type, `crit`).
    #[error("unsupported header")]
    Header,
    /// It is not signed.
    #[error("unsigned")]
    Unsigned,
    /// It is signed with an algorithm that is not allowed.
    #[error("algorithm not allowed")]
    Algorithm,
    /// None of the upstream's published keys, or more than one, fits.
    #[error("no single published key fits")]
    UnknownKey,
    /// The signature is wrong.
    #[error("wrong signature")]
    Signature,
    /// Another issuer's.
    #[error("another issuer's")]
    Issuer,
    /// Meant for somebody else, or for others too.
    #[error("another audience's")]
    Audience,
    /// Issued to another client.
    #[error("issued to another client")]
    AuthorizedParty,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// Issued in the future, or before it was asked for.
    #[error("issued at an impossible time")]
    IssuedAt,
    /// Not valid yet.
    #[error("not valid yet")]
    NotYet,
    /// Not the answer to our question.
    #[error("another nonce")]
    Nonce,
    /// Goes with another access token.
    #[error("another access token's hash")]
    AccessTokenHash,
    /// The sign-in at the upstream is older than asked for, or its time is not told.
    #[error("no recent enough sign-in")]
    AuthTime,
    /// The subject or session is empty, too long or has control characters.
    #[error("unusable subject")]
    Subject,
    /// It does not say that a session is over, or of whom.
    #[error("not a logout token")]
    NoLogout,
}

impl TokenFault {
    /// Whether newer keys could make the token good.
    pub(super) const fn may_be_cured_by_newer_keys(self) -> bool {
        matches!(self, Self::UnknownKey | Self::Signature)
    }
}

/// Text that came from an upstream, cut and escaped so that it can stand in a log line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted(String);

impl Quoted {
    /// Characters kept, before escaping.
    const LONGEST: usize = 200;

    /// Takes the beginning of a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut characters = text.chars();
        let mut kept: String = characters.by_ref().take(Self::LONGEST).flat_map(char::escape_debug).collect();
        if characters.next().is_some() {
            kept.push('…');
        }
        Self(kept)
    }

    /// The escaped text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "\"{}\"", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_can_neither_break_a_log_line_nor_fill_it() {
        let hostile = format!("a\n\u{202e}b\"{}", "x".repeat(10_000));
        let quoted = Quoted::new(&hostile).to_string();
        assert!(quoted.starts_with("\"a\\n\\u{202e}b\\\"xxx"), "{quoted}");
        assert!(quoted.chars().count() < 230, "{quoted}");
    }
}
