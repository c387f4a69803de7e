//! Who sends a letter: an authority and one of its desks, both known to the configuration.

use crate::accounts::Accounts;
use crate::config::{AuthorityId, AuthoritySettings, DeskSettings};

/// An authority and one of its desks: the proof that the configuration names them.
#[derive(Clone, Debug)]
pub struct Sender {
    authority: AuthorityId,
    name: String,
    desk: DeskSettings,
}

impl Sender {
    /// The authority's id.
    #[must_use]
    pub const fn authority(&self) -> &AuthorityId {
        &self.authority
    }

    /// The authority's name for people.
    #[must_use]
    pub fn authority_name(&self) -> &str {
        &self.name
    }

    /// The desk whose contact the letter bears.
    #[must_use]
    pub const fn desk(&self) -> &DeskSettings {
        &self.desk
    }
}

/// Why nobody can send a letter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SenderError {
    /// The configuration has no authority.
    #[error("this installation sends no letters: add [[authorities]] to its configuration")]
    NoAuthority,
    /// There are several, or another one.
    #[error("{}; the configuration has: {known}", not_known("authority", .asked.as_deref()))]
    Authority {
        /// The one that was asked for, if any.
        asked: Option<String>,
        /// Those that there are.
        known: String,
    },
    /// The authority has several desks, or another one.
    #[error("{}; authority {authority} has: {known}", not_known("desk", .asked.as_deref()))]
    Desk {
        /// The one that was asked for, if any.
        asked: Option<String>,
        /// Whose desk.
        authority: AuthorityId,
        /// Those that there are.
        known: String,
    },
}

fn not_known(kind: &str, asked: Option<&str>) -> String {
    match asked {
        Some(id) => format!("there is no {kind} {id:?}"),
        None => format!("say which {kind} with --{kind}"),
    }
}

impl Accounts {
    /// Whether letters can be sent at all.
    #[must_use]
    pub fn sends_letters(&self) -> bool {
        !self.0.authorities.is_empty()
    }

    /// The authority, where there is just one.
    #[must_use]
    pub fn only_authority(&self) -> Option<AuthorityId> {
        pick(&self.0.authorities, None, |known| known.id.as_str()).ok().map(|only| only.id.clone())
    }

    /// The authority and desk of these ids; the only one where none is named.
    pub fn sender(&self, authority: Option<&str>, desk: Option<&str>) -> Result<Sender, SenderError> {
        find(&self.0.authorities, authority, desk)
    }
}

fn find(
    authorities: &[AuthoritySettings],
    authority: Option<&str>,
    desk: Option<&str>,
) -> Result<Sender, SenderError> {
    if authorities.is_empty() {
        return Err(SenderError::NoAuthority);
    }
    let found = pick(authorities, authority, |known| known.id.as_str())
        .map_err(|known| SenderError::Authority { asked: authority.map(str::to_owned), known })?;
    let desk = pick(&found.desks, desk, |known| known.id.as_str()).map_err(|known| SenderError::Desk {
        asked: desk.map(str::to_owned),
        authority: found.id.clone(),
        known,
    })?;
    Ok(Sender { authority: found.id.clone(), name: found.name.clone(), desk: desk.clone() })
}

/// The one with this id, or the only one; otherwise the ids that there are.
fn pick<'a, T>(all: &'a [T], asked: Option<&str>, id: impl Fn(&T) -> &str) -> Result<&'a T, String> {
    let found = match asked {
        Some(asked) => all.iter().find(|known| id(known) == asked),
        None => Some(all).filter(|all| all.len() == 1).and_then(<[T]>::first),
    };
    found.ok_or_else(|| all.iter().map(id).collect::<Vec<_>>().join(", "))
}
