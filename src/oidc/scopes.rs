//! The scopes, and sets of them.

use std::collections::BTreeSet;
use std::fmt;

use crate::id_type;

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

id_type! {
    /// A scope that means nothing to us: the API knows that has it (RFC 6749 §3.3).
    ApiScope
}

/// A set of scopes: what may be known of a person, and what may be done at APIs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes {
    of_people: BTreeSet<Scope>,
    of_apis: BTreeSet<ApiScope>,
}

impl Scopes {
    /// The scopes of a space-separated list; what cannot be a scope is ignored.
    ///
    /// Unknown ones are taken for an API's: what a client may ask for is shared with what it has registered
    /// (Core §3.1.2.1 asks to ignore the others).
    #[must_use]
    pub fn parse(list: &str) -> Self {
        Self::from_names(list.split(' '))
    }

    /// The scopes among names.
    pub fn from_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut scopes = Self::default();
        for name in names.into_iter().filter(|name| is_scope_token(name)) {
            match Scope::ALL.into_iter().find(|scope| scope.name() == name) {
                Some(scope) => scopes.of_people.insert(scope),
                None => scopes.of_apis.insert(ApiScope::from(name)),
            };
        }
        scopes
    }

    /// Whether a scope is in it.
    #[must_use]
    pub fn contains(&self, scope: Scope) -> bool {
        self.of_people.contains(&scope)
    }

    /// Whether every scope of it is in `other`.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.of_people.is_subset(&other.of_people) && self.of_apis.is_subset(&other.of_apis)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of_people.is_empty() && self.of_apis.is_empty()
    }

    /// What is in both.
    #[must_use]
    pub fn shared_with(&self, other: &Self) -> Self {
        Self {
            of_people: self.of_people.intersection(&other.of_people).copied().collect(),
            of_apis: self.of_apis.intersection(&other.of_apis).cloned().collect(),
        }
    }

    /// What is in either.
    #[must_use]
    pub fn joined_with(&self, other: &Self) -> Self {
        Self {
            of_people: self.of_people.union(&other.of_people).copied().collect(),
            of_apis: self.of_apis.union(&other.of_apis).cloned().collect(),
        }
    }

    /// The same without those of APIs that `keep` refuses.
    #[must_use]
    pub fn with_apis(&self, keep: impl Fn(&ApiScope) -> bool) -> Self {
        let of_apis = self.of_apis.iter().filter(|scope| keep(scope)).cloned().collect();
        Self { of_people: self.of_people.clone(), of_apis }
    }

    /// The same without what is about a person.
    #[must_use]
    pub fn without_people(&self) -> Self {
        Self { of_people: BTreeSet::new(), of_apis: self.of_apis.clone() }
    }

    /// The same with `openid` at the most of what is about a person.
    #[must_use]
    pub fn with_openid_alone(&self) -> Self {
        let of_people = self.of_people.iter().copied().filter(|scope| *scope == Scope::OpenId).collect();
        Self { of_people, of_apis: self.of_apis.clone() }
    }

    /// What may be known of a person, in the order of [`Scope::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = Scope> {
        self.of_people.iter().copied()
    }

    /// What may be done at APIs, in alphabetical order.
    pub fn of_apis(&self) -> impl Iterator<Item = &ApiScope> {
        self.of_apis.iter()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_people = self.of_people.iter().map(|scope| -> &str { scope.name() });
        let names = of_people.chain(self.of_apis().map(ApiScope::as_str));
        for (place, name) in names.enumerate() {
            if place > 0 {
                formatter.write_str(" ")?;
            }
            formatter.write_str(name)?;
        }
        Ok(())
    }
}

/// Whether a text has the characters of a scope (RFC 6749 §3.3: visible ASCII but `"` and `\`).
fn is_scope_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}
