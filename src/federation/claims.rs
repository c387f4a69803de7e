//! From an upstream's claims to ours: mapped by the settings, cleaned, bounded.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;

use crate::config::UpstreamId;

/// The longest name or other short text, in characters.
const LONGEST_NAME: usize = 200;
/// The longest mail address, in characters (RFC 5321 §4.5.3.1.3, without its brackets).
const LONGEST_ADDRESS: usize = 254;
/// The longest text among the other claims, in characters.
const LONGEST_TEXT: usize = 1_000;
/// How many texts an array may have.
const MOST_TEXTS: usize = 100;
/// How many bytes the other claims may have together: they travel in tokens.
const LARGEST_OTHERS: usize = 8 * 1024;

/// Where claims are looked up: userinfo first, which is asked for exactly this, then the ID token.
pub(super) struct Sources<'a> {
    pub(super) userinfo: Option<&'a Map<String, Value>>,
    pub(super) id_token: &'a Map<String, Value>,
}

/// A mail address, and whether the upstream vouches for it.
pub(super) struct Mail {
    pub(super) address: String,
    pub(super) is_verified: bool,
}

impl<'a> Sources<'a> {
    fn documents(&self) -> impl Iterator<Item = &'a Map<String, Value>> {
        self.userinfo.into_iter().chain([self.id_token])
    }

    /// A name, from the first source that has a usable one.
    pub(super) fn name(&self, claim: &str) -> Option<String> {
        self.documents().find_map(|claims| short_text(claims.get(claim)?.as_str()?))
    }

    /// The mail address, with the verification that the same source states of the same address.
    pub(super) fn mail(&self, claim: &str) -> Option<Mail> {
        self.documents().find_map(|claims| {
            let stated = claims.get(claim)?.as_str()?;
            let address = mail_address(stated)?;
            // `email_verified` speaks of `email` (OpenID Connect Core §5.1), not of whatever else is mapped.
            let is_about_it = claims.get("email").is_none_or(|email| email.as_str() == Some(stated));
            let is_said = matches!(claims.get("email_verified"), Some(Value::Bool(true)))
                || claims.get("email_verified").and_then(Value::as_str) == Some("true");
            Some(Mail { address, is_verified: is_about_it && is_said })
        })
    }

    /// The address of a page: https, without credentials.
    pub(super) fn address(&self, claim: &str) -> Option<String> {
        let is_safe =
            |url: &Url| url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
        self.documents()
            .filter_map(|claims| claims.get(claim)?.as_str())
            .filter(|text| text.len() <= LONGEST_TEXT)
            .find_map(|text| Url::parse(text).ok().filter(is_safe))
            .map(String::from)
    }

    /// The other claims wanted (ours → theirs), as many as there is room for.
    pub(super) fn others(
        &self,
        upstream: &UpstreamId,
        wanted: &BTreeMap<String, String>,
    ) -> BTreeMap<String, Value> {
        let mut room = LARGEST_OTHERS;
        let mut kept = BTreeMap::new();
        for (ours, theirs) in wanted {
            let Some(value) = self.documents().find_map(|claims| plain_value(claims.get(theirs)?)) else {
                continue;
            };
            let size = ours.len() + value.to_string().len();
            if size > room {
                tracing::warn!(%upstream, claim = %theirs, "claim left out: too much in all");
                continue;
            }
            room -= size;
            kept.insert(ours.clone(), value);
        }
        kept
    }
}

/// A text, number, boolean or array of texts, cleaned; nothing for anything else.
fn plain_value(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => clean_text(text, LONGEST_TEXT).map(Value::String),
        Value::Number(_) | Value::Bool(_) => Some(value.clone()),
        Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            let texts = texts?.into_iter().filter_map(|text| clean_text(text, LONGEST_TEXT));
            Some(Value::Array(texts.take(MOST_TEXTS).map(Value::String).collect()))
        }
        Value::Null | Value::Object(_) => None,
    }
}

/// A name or another text of one line.
pub(super) fn short_text(text: &str) -> Option<String> {
    clean_text(text, LONGEST_NAME)
}

/// The text without what cannot be seen, trimmed and cut; nothing when nothing is left.
fn clean_text(text: &str, longest: usize) -> Option<String> {
    let visible: String = text
        .chars()
        .map(|character| if character.is_whitespace() && character.is_control() { ' ' } else { character })
        .filter(|character| !is_invisible(*character))
        .collect();
    let cut: String = visible.trim().chars().take(longest).collect();
    let cut = cut.trim_end();
    (!cut.is_empty()).then(|| cut.to_owned())
}

/// Control characters, and those that turn the direction of writing or hide without a trace.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// An address as it stands, trimmed; one that would have to be changed to be usable is none, because
/// a changed address is somebody else's.
fn mail_address(text: &str) -> Option<String> {
    let address = text.trim();
    let (local, domain) = address.rsplit_once('@')?;
    let is_usable = !local.is_empty()
        && !domain.is_empty()
        && address.chars().count() <= LONGEST_ADDRESS
        && !address.chars().any(|character| character.is_whitespace() || is_invisible(character));
    is_usable.then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Map<String, Value> {
        let Value::Object(claims) = value else { panic!("an object") };
        claims
    }

    #[test]
    fn userinfo_wins_over_the_id_token_where_it_says_something_usable() {
        let userinfo = claims(json!({"ctfn": "Zoé", "ctln": "  \u{0} "}));
        let id_token = claims(json!({"ctfn": "Chloé", "ctln": "Martin"}));
        let sources = Sources { userinfo: Some(&userinfo), id_token: &id_token };
        assert_eq!(sources.name("ctfn").as_deref(), Some("Zoé"));
        assert_eq!(sources.name("ctln").as_deref(), Some("Martin"));
        assert_eq!(sources.name("absent"), None);
    }

    #[test]
    fn texts_are_trimmed_cleaned_and_cut() {
        assert_eq!(short_text(" Jean\tPierre\u{7} ").as_deref(), Some("Jean Pierre"));
        assert_eq!(short_text("a\u{202e}b\u{200b}c").as_deref(), Some("abc"));
        assert_eq!(short_text(&"é".repeat(500)).unwrap().chars().count(), 200);
        assert_eq!(short_text("\u{0}\n"), None);
    }

    #[test]
    fn an_address_is_taken_whole_or_not_at_all() {
        assert_eq!(mail_address(" a@ac-lyon.fr ").as_deref(), Some("a@ac-lyon.fr"));
        for unusable in ["a b@ac-lyon.fr", "a\u{0}@ac-lyon.fr", "@ac-lyon.fr", "a@", "a", ""] {
            assert_eq!(mail_address(unusable), None, "{unusable:?}");
        }
        assert_eq!(mail_address(&format!("{}@x.fr", "a".repeat(300))), None);
    }

    #[test]
    fn an_address_is_verified_only_when_its_own_source_says_so() {
        let verified = |userinfo: Value, id_token: Value| {
            let (userinfo, id_token) = (claims(userinfo), claims(id_token));
            Sources { userinfo: Some(&userinfo), id_token: &id_token }.mail("ctemail").unwrap().is_verified
        };
        assert!(verified(json!({"ctemail": "a@x.fr", "email_verified": true}), json!({})));
        assert!(verified(json!({"ctemail": "a@x.fr", "email_verified": "true"}), json!({})));
        assert!(verified(json!({"ctemail": "a@x.fr", "email": "a@x.fr", "email_verified": true}), json!({})));
        assert!(!verified(
            json!({"ctemail": "a@x.fr", "email": "b@x.fr", "email_verified": true}),
            json!({})
        ));
        assert!(!verified(json!({"ctemail": "a@x.fr"}), json!({"email_verified": true})));
        assert!(!verified(json!({"ctemail": "a@x.fr", "email_verified": 1}), json!({})));
        assert!(!verified(json!({"ctemail": "a@x.fr", "email_verified": "True"}), json!({})));
        assert!(!verified(json!({"ctemail": "a@x.fr"}), json!({})));
    }

    #[test]
    fn other_claims_are_plain_and_bounded_in_all() {
        let userinfo = claims(json!({
            "groups": ["a", " b\u{0} "], "mixed": ["a", 1], "object": {"a": 1}, "null": null,
            "number": 7, "flag": true, "long": vec!["x".repeat(1_000); 100],
        }));
        let id_token = Map::new();
        let sources = Sources { userinfo: Some(&userinfo), id_token: &id_token };
        let wanted = ["groups", "mixed", "object", "null", "number", "flag", "long", "absent"]
            .map(|name| (name.to_owned(), name.to_owned()))
            .into();
        let others = sources.others(&UpstreamId::from("arena"), &wanted);
        assert_eq!(json!(others), json!({"groups": ["a", "b"], "number": 7, "flag": true}));
    }
}
