//! Form and query parameters read strictly.

use std::fmt;

use percent_encoding::percent_decode;

/// The parameters of a request, each at most once.
///
/// `OAuth` forbids a parameter to stand twice (RFC 6749 §3.1), and a reader that takes the first where
/// another takes the last is an attack waiting to happen: a repeated name is remembered as a fault. So
/// is what is no text, which could not be given back as it came.
#[derive(Clone, Default)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
    /// What stood again under a name, in its order.
    again: Vec<(String, String)>,
    repeated: Vec<String>,
    has_too_many: bool,
    is_garbled: bool,
}

impl Parameters {
    /// Reads `application/x-www-form-urlencoded` text.
    ///
    /// A NUL, which nobody types and PostgreSQL cannot hold, becomes what bytes that are no text become.
    #[must_use]
    pub fn parse(encoded: &[u8]) -> Self {
        let text = percent_decode(encoded).decode_utf8();
        let mut parameters =
            Self { is_garbled: text.map_or(true, |text| text.contains('\0')), ..Self::default() };
        for (name, value) in url::form_urlencoded::parse(encoded) {
            if parameters.pairs.len() + parameters.again.len() == MOST_PARAMETERS {
                parameters.has_too_many = true;
                parameters.note_repeated(&name);
                continue;
            }
            let value =
                if value.contains('\0') { value.replace('\0', "\u{fffd}") } else { value.into_owned() };
            if parameters.get(&name).is_some() {
                parameters.note_repeated(&name);
                parameters.again.push((name.into_owned(), value));
            } else {
                parameters.pairs.push((name.into_owned(), value));
            }
        }
        parameters
    }

    /// The parameters of pairs, under the rules for what came as a form.
    #[must_use]
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        Self::parse(encoded.as_bytes())
    }

    /// The value of a parameter, empty or not.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that counts as absent when empty (RFC 6749 §3.1).
    #[must_use]
    pub fn non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The name of a parameter that stood more than once (or one too many), if any did.
    #[must_use]
    pub fn repeated(&self) -> Option<&str> {
        self.repeated.first().map(String::as_str)
    }

    /// The same, where one name may stand as often as it likes (`resource`, RFC 8707 §2).
    #[must_use]
    pub fn repeated_but(&self, allowed: &str) -> Option<&str> {
        if self.has_too_many {
            return self.repeated();
        }
        self.repeated.iter().find(|name| *name != allowed).map(String::as_str)
    }

    /// Every value of a parameter that may stand more than once, empty ones left out.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let pairs = self.pairs.iter().chain(&self.again);
        let of_name = pairs.filter(move |(known, value)| known == name && !value.is_empty());
        of_name.map(|(_, value)| value.as_str())
    }

    /// Whether this parameter stood more than once.
    #[must_use]
    pub fn is_repeated(&self, name: &str) -> bool {
        self.repeated.iter().any(|repeated| repeated == name)
    }

    /// Whether any name or value held a NUL, or bytes that are no UTF-8.
    #[must_use]
    pub fn is_garbled(&self) -> bool {
        self.is_garbled
    }

    /// The parameters as they came, without repeats.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same parameters as form-encoded text, with what stood again.
    #[must_use]
    pub fn encode(&self) -> String {
        let again = self.again.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.iter().chain(again)).finish()
    }

    fn note_repeated(&mut self, name: &str) {
        if self.repeated.len() < MOST_PARAMETERS && !self.is_repeated(name) {
            self.repeated.push(name.to_owned());
        }
    }
}

impl fmt::Debug for Parameters {
    /// Names only: values may be secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

/// How many parameters a request may have; the one after counts as a fault like a repeated one.
const MOST_PARAMETERS: usize = 100;

/// A path with its query, the pairs encoded.
#[must_use]
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return path.to_owned();
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_parameter_is_remembered_as_a_fault() {
        let parameters = Parameters::parse(b"a=1&b=2&a=3");
        assert_eq!(parameters.repeated(), Some("a"));
        assert_eq!(parameters.get("a"), Some("1"));
    }

    #[test]
    fn every_repeated_parameter_is_known() {
        let parameters = Parameters::parse(b"a=1&a=2&b=3&c=4&c=5");
        assert!(parameters.is_repeated("a") && parameters.is_repeated("c"));
        assert!(!parameters.is_repeated("b"));
    }

    #[test]
    fn what_may_stand_again_is_kept_on_every_way() {
        let parameters = Parameters::parse(b"resource=a&x=1&resource=b&resource=");
        for read in [&parameters, &Parameters::parse(parameters.encode().as_bytes())] {
            assert_eq!(read.values("resource").collect::<Vec<_>>(), ["a", "b"]);
            assert_eq!((read.repeated_but("resource"), read.repeated_but("x")), (None, Some("resource")));
        }
        let many = "resource=a&".repeat(101);
        assert!(Parameters::parse(many.as_bytes()).repeated_but("resource").is_some());
    }

    #[test]
    fn what_is_no_text_is_remembered_as_a_fault() {
        for garbled in [&b"a=%00"[..], b"%00=a", b"a=\0", b"a=%FF", b"a=%C3&b=%A9", b"a=\xff"] {
            assert!(Parameters::parse(garbled).is_garbled(), "{garbled:?}");
        }
        assert!(!Parameters::parse("a=%C3%A9&b=é&c=%EF%BF%BD&d=%".as_bytes()).is_garbled());
    }

    #[test]
    fn an_existing_query_is_kept() {
        assert_eq!(
            with_query("https://app.example/cb?x=1", &[("code", "a b")]),
            "https://app.example/cb?x=1&code=a+b"
        );
    }
}
