//! The scopes, and sets of them.

use std::collections::BTreeSet;
use std::fmt;

/// A scope that exists here (`OpenID` Connect Core §5.4, §11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// `openid`
    OpenId,
    /// `profile`
    Profile,
    /// `email`
    Email,
    /// `address`
    Address,
    /// `phone`
    Phone,
    /// `offline_access`
    OfflineAccess,
    /// `imagin`: what the expense claims need to know of a person.
    Imagin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 7] = [
        Self::OpenId,
        Self::Profile,
        Self::Email,
        Self::Address,
        Self::Phone,
        Self::OfflineAccess,
        Self::Imagin,
    ];

    /// Its name in requests and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OpenId => "openid",
            Self::Profile => "profile",
            Self::Email => "email",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::OfflineAccess => "offline_access",
            Self::Imagin => "imagin",
        }
    }

    /// The key of the text that tells a person what it allows.
    #[must_use]
    pub const fn permission_key(self) -> &'static str {
        match self {
            Self::OpenId => "permission-openid",
            Self::Profile => "permission-profile",
            Self::Email => "permission-email",
            Self::Address => "permission-address",
            Self::Phone => "permission-phone",
            Self::OfflineAccess => "permission-offline-access",
            Self::Imagin => "permission-imagin",
        }
    }
}

/// A set of scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// The known scopes of a space-separated list; unknown ones are ignored (Core §3.1.2.1).
    #[must_use]
    pub fn parse(list: &str) -> Self {
        Self::from_names(list.split(' '))
    }

    /// The known scopes among names.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let known = |name| Scope::ALL.into_iter().find(|scope| scope.name() == name);
        Self(names.into_iter().filter_map(known).collect())
    }

    /// Whether a scope is in it.
    #[must_use]
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    /// Whether every scope of it is in `other`.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is in both.
    #[must_use]
    pub fn shared_with(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).copied().collect())
    }

    /// What is in either.
    #[must_use]
    pub fn joined_with(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).copied().collect())
    }

    /// The scopes, in the order of [`Scope::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.iter().enumerate() {
            if place > 0 {
                formatter.write_str(" ")?;
            }
            formatter.write_str(scope.name())?;
        }
        Ok(())
    }
}
