//! JSON read strictly: nothing stands twice, nothing is deep, no text holds what a database cannot.

use std::fmt;

use axum::body::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::error::{MEDIA_TYPE, ScimError, ScimType};

/// How deep a body may be: a bulk request holds a change, which holds values, which hold parts.
const DEEPEST: usize = 12;

/// Reads the object that a request brings.
///
/// A reader that takes the first of two members where another takes the last is an attack waiting to happen, so
/// a member that stands twice is refused.
///
/// # Errors
/// 415 for what is not called JSON, `invalidSyntax` for what is not.
pub fn read(headers: &HeaderMap, body: &Bytes) -> Result<Map<String, Value>, ScimError> {
    let called = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (media_type, rest) = called.split_once(';').unwrap_or((called, ""));
    let is_json =
        [MEDIA_TYPE, "application/json"].iter().any(|known| media_type.trim().eq_ignore_ascii_case(known));
    let is_other_charset = rest.to_ascii_lowercase().split_once("charset=").is_some_and(|(_, charset)| {
        let charset = charset.split(';').next().unwrap_or_default();
        charset.trim().trim_matches('"') != "utf-8"
    });
    if !is_json || is_other_charset {
        let detail = "the body must be application/scim+json or application/json, in UTF-8";
        return Err(ScimError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    match parse(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(ScimError::bad(ScimType::InvalidSyntax, "the body must be one JSON object")),
        Err(error) => {
            Err(ScimError::bad(ScimType::InvalidSyntax, format!("the body cannot be read: {error}")))
        }
    }
}

fn parse(text: &[u8]) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = Strict { room: DEEPEST }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// A member by its name, whose case does not count (RFC 7643 §2.1); `null` is absent (§2.5).
///
/// # Errors
/// `invalidSyntax` when it stands there in two spellings.
pub fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a Value>, ScimError> {
    let mut found =
        object.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let first = found.next();
    if found.next().is_some() {
        return Err(ScimError::bad(ScimType::InvalidSyntax, format!("{name} stands twice")));
    }
    Ok(first.filter(|value| !value.is_null()))
}

/// Sees that a message says of itself that it is what it must be.
///
/// # Errors
/// `invalidSyntax` when its `schemas` do not name `schema`.
pub fn require_schema(object: &Map<String, Value>, schema: &str) -> Result<(), ScimError> {
    let named = member(object, "schemas")?.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_named = |value: &Value| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(schema));
    if named.iter().any(is_named) {
        return Ok(());
    }
    Err(ScimError::bad(ScimType::InvalidSyntax, format!("schemas must name {schema}")))
}

/// Reads one value with so much room below it.
#[derive(Clone, Copy)]
struct Strict {
    room: usize,
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Strict {
    fn below<E: Error>(self) -> Result<Self, E> {
        let room = self.room.checked_sub(1).ok_or_else(|| E::custom("it is too deep"))?;
        Ok(Self { room })
    }
}

fn text<E: Error>(text: &str) -> Result<String, E> {
    if text.contains('\0') {
        return Err(E::custom("a text holds U+0000"));
    }
    Ok(text.to_owned())
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is none"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        text(value).map(Value::String)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut values = Vec::new();
        while let Some(value) = access.next_element_seed(below)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let below = self.below()?;
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let name = text(&name)?;
            let value = access.next_value_seed(below)?;
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_sound_is_read_as_it_stands() {
        let text = r#"{"a":[1,-2,2.5,true,null,"é"],"b":{"c":{}}}"#;
        let expected = json!({ "a": [1, -2, 2.5, true, null, "é"], "b": { "c": {} } });
        assert_eq!(parse(text.as_bytes()).unwrap(), expected);
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_not_read() {
        let deep = format!("{}{}", "[".repeat(DEEPEST + 1), "]".repeat(DEEPEST + 1));
        for text in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":{"b":1,"b":1}}"#,
            r#"["\u0000"]"#,
            r#"{"\u0000":1}"#,
            "{} {}",
            "{",
            &deep,
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"\"\xff\"").is_err());
        let fits = format!("{}{}", "[".repeat(DEEPEST), "]".repeat(DEEPEST));
        assert!(parse(fits.as_bytes()).is_ok());
    }

    #[test]
    fn a_member_in_two_spellings_is_refused() {
        let object = json!({ "op": "add", "OP": "remove", "Path": "x", "value": null });
        let object = object.as_object().unwrap();
        assert!(member(object, "op").is_err());
        assert_eq!(member(object, "path").unwrap(), Some(&json!("x")));
        assert_eq!(member(object, "value").unwrap(), None);
    }
}
