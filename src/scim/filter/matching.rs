//! Whether a resource is what a filter asks for.

use std::borrow::Cow;

use scim_v2::filter::CompareOp;
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use super::{Comparison, Expected, Filter, Selection, Sense, Test};
use crate::kit::clock::Timestamp;
use crate::scim::schema::{Kind, Place};

impl Filter {
    /// Whether a user is let through.
    #[must_use]
    pub fn matches(&self, resource: &Map<String, Value>) -> bool {
        self.0.holds(&Subject::Resource(resource))
    }
}

impl Selection {
    /// Whether a value of a list is selected.
    #[must_use]
    pub fn takes(&self, value: &Map<String, Value>) -> bool {
        self.0.holds(&Subject::Value(value))
    }
}

/// What a test is held against.
enum Subject<'a> {
    /// A whole resource.
    Resource(&'a Map<String, Value>),
    /// One value of a list.
    Value(&'a Map<String, Value>),
}

impl<'a> Subject<'a> {
    /// The values that stand at a place.
    fn values(&self, place: Place) -> Vec<&'a Value> {
        let found = match self {
            // Of a value of the list, what its parts are is asked for.
            Self::Value(value) => {
                return place.part.and_then(|part| value.get(part.name)).into_iter().collect();
            }
            Self::Resource(resource) => {
                place.holder(resource).and_then(|holder| holder.get(place.attribute.name))
            }
        };
        let values: Vec<&Value> = match found {
            Some(Value::Array(values)) => values.iter().collect(),
            Some(value) => vec![value],
            None => Vec::new(),
        };
        match place.part {
            None => values,
            Some(part) => values.into_iter().filter_map(|value| value.get(part.name)).collect(),
        }
    }
}

impl Test {
    fn holds(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.holds(subject)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(subject)),
            Self::Not(test) => !test.holds(subject),
            Self::Within(place, test) => {
                let values = subject.values(*place).into_iter().filter_map(Value::as_object);
                values.into_iter().any(|value| test.holds(&Subject::Value(value)))
            }
            Self::Present(place) => subject.values(*place).into_iter().any(is_there),
            Self::Compare(place, comparison) => {
                let is_one_so = subject.values(*place).into_iter().any(|value| comparison.holds(value));
                // What is not there differs from everything.
                is_one_so != comparison.is_negated()
            }
        }
    }
}

/// Whether a value is more than nothing (RFC 7644 §3.4.2.2, `pr`).
fn is_there(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(members) => members.values().any(is_there),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

impl Comparison {
    /// Whether it says that something differs: what holds of a value is then that it is the same.
    fn is_negated(&self) -> bool {
        match self {
            Self::Text(operator, _) | Self::Moment(operator, _) => *operator == CompareOp::Ne,
            Self::Boolean(sense, _) => *sense == Sense::IsNot,
        }
    }

    /// Whether a value is as the comparison says, or the same as what it says to differ from.
    fn holds(&self, value: &Value) -> bool {
        match self {
            Self::Boolean(_, expected) => value.as_bool() == Some(*expected),
            Self::Moment(operator, expected) => {
                value.as_str().and_then(moment).is_some_and(|found| is_so(operator, &found, expected))
            }
            Self::Text(operator, expected) => value.as_str().is_some_and(|found| match &expected.folded {
                Some(expected) => text_is_so(operator, &folded(found), expected),
                None => text_is_so(operator, found, &expected.text),
            }),
        }
    }
}

impl Expected {
    /// A text that is compared with values of a kind.
    pub(super) fn new(kind: Kind, text: &str) -> Self {
        let folded = (kind == Kind::Text).then(|| folded(text).into_owned());
        Self { text: text.to_owned(), folded }
    }
}

/// Whether two texts compare so; for what is to differ, whether they are the same.
fn text_is_so(operator: &CompareOp, found: &str, expected: &str) -> bool {
    match operator {
        CompareOp::Co => found.contains(expected),
        CompareOp::Sw => found.starts_with(expected),
        CompareOp::Ew => found.ends_with(expected),
        other => is_so(other, &found, &expected),
    }
}

fn is_so<T: Ord>(operator: &CompareOp, found: &T, expected: &T) -> bool {
    match operator {
        CompareOp::Eq | CompareOp::Ne => found == expected,
        CompareOp::Gt => found > expected,
        CompareOp::Ge => found >= expected,
        CompareOp::Lt => found < expected,
        CompareOp::Le => found <= expected,
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => false,
    }
}

/// A text without regard to case, and to how its accents are written.
fn folded(text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        return text.nfc().collect::<String>().to_lowercase().nfc().collect::<String>().into();
    }
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        text.to_ascii_lowercase().into()
    } else {
        text.into()
    }
}

/// The moment that a text tells (RFC 7643 §2.3.5), to the second.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|moment| Timestamp::from_seconds(moment.as_second()))
}
