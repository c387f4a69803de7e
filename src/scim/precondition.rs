//! Versions: what a request says of the one that it has seen (RFC 9110 §13.1, RFC 7644 §3.14).

use http::HeaderMap;
use http::header::{AsHeaderName, IF_MATCH, IF_NONE_MATCH};

/// What a request says of the version of a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    #[default]
    None,
    /// Any version will do.
    Any,
    /// One of these, without their marks.
    OneOf(Vec<String>),
}

impl Condition {
    /// The versions that a change is meant for (`If-Match`).
    #[must_use]
    pub fn to_change(headers: &HeaderMap) -> Self {
        Self::of(headers, IF_MATCH)
    }

    /// The versions that the application has already (`If-None-Match`).
    #[must_use]
    pub fn to_read(headers: &HeaderMap) -> Self {
        Self::of(headers, IF_NONE_MATCH)
    }

    /// The same, from a text.
    ///
    /// Versions here are weak, and are compared without the mark that says so: RFC 7644 §3.14 sends them in
    /// `If-Match`, where RFC 9110 would have only strong ones.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text.trim() == "*" {
            return Self::Any;
        }
        let tags = text.split(',').map(|tag| {
            let tag = tag.trim();
            tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"').to_owned()
        });
        Self::OneOf(tags.collect())
    }

    fn of(headers: &HeaderMap, name: impl AsHeaderName) -> Self {
        let texts: Vec<&str> =
            headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("-")).collect();
        if texts.is_empty() { Self::None } else { Self::parse(&texts.join(",")) }
    }

    /// Whether a version is one of those named; anything is where none was.
    #[must_use]
    pub fn allows(&self, version: &str) -> bool {
        match self {
            Self::None | Self::Any => true,
            Self::OneOf(tags) => tags.iter().any(|tag| tag == version),
        }
    }

    /// Whether a version was named, or any.
    #[must_use]
    pub fn names(&self, version: &str) -> bool {
        *self != Self::None && self.allows(version)
    }
}

/// A version as it travels.
#[must_use]
pub fn etag(version: &str) -> String {
    format!("W/\"{version}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_without_their_marks() {
        let named = Condition::parse("W/\"a\", \"b\"");
        assert!(named.allows("a") && named.allows("b") && !named.allows("c"));
        assert!(Condition::parse(" * ").allows("c") && Condition::None.allows("c"));
        assert!(Condition::parse("*").names("c") && !Condition::None.names("c"));
        assert!(!Condition::parse("").allows("c"));
    }
}
