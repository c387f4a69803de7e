//! Form and query parameters read strictly.

use std::fmt;

/// The parameters of a request, each at most once.
///
/// `OAuth` forbids a parameter to stand twice (RFC 6749 §3.1), and a reader that takes the first where
/// another takes the last is an attack waiting to happen: a repeated name is remembered as a fault.
#[derive(Clone, Default)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
    repeated: Option<String>,
}

impl Parameters {
    /// Reads `application/x-www-form-urlencoded` text.
    ///
    /// A NUL, which nobody types and PostgreSQL cannot hold, becomes what bytes that are no text become.
    #[must_use]
    pub fn parse(encoded: &[u8]) -> Self {
        let mut parameters = Self::default();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            if parameters.pairs.len() == MOST_PARAMETERS || parameters.get(&name).is_some() {
                parameters.repeated.get_or_insert_with(|| name.to_string());
            } else {
                let value =
                    if value.contains('\0') { value.replace('\0', "\u{fffd}") } else { value.into_owned() };
                parameters.pairs.push((name.into_owned(), value));
            }
        }
        parameters
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
        self.repeated.as_deref()
    }

    /// The parameters as they came, without repeats.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same parameters as form-encoded text.
    #[must_use]
    pub fn encode(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.iter()).finish()
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
    fn an_existing_query_is_kept() {
        assert_eq!(
            with_query("https://app.example/cb?x=1", &[("code", "a b")]),
            "https://app.example/cb?x=1&code=a+b"
        );
    }
}
