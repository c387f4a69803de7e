//! Whether a resource is what a filter asks for.

use scim_v2::filter::CompareOp;
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use super::{Comparison, Filter, Selection, Sense, Test};
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
                let kind = place.last().kind;
                let mut values = subject.values(*place).into_iter();
                match comparison.negated() {
                    // What is not there differs from everything.
                    Some(same) => !values.any(|value| same.holds(kind, value)),
                    None => values.any(|value| comparison.holds(kind, value)),
                }
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
    /// What must not hold, for one that says that something differs.
    fn negated(&self) -> Option<Self> {
        match self {
            Self::Text(CompareOp::Ne, text) => Some(Self::Text(CompareOp::Eq, text.clone())),
            Self::Moment(CompareOp::Ne, moment) => Some(Self::Moment(CompareOp::Eq, *moment)),
            Self::Boolean(Sense::IsNot, value) => Some(Self::Boolean(Sense::Is, *value)),
            _ => None,
        }
    }

    fn holds(&self, kind: Kind, value: &Value) -> bool {
        match self {
            Self::Boolean(_, expected) => value.as_bool() == Some(*expected),
            Self::Moment(operator, expected) => {
                value.as_str().and_then(moment).is_some_and(|found| is_so(operator, &found, expected))
            }
            Self::Text(operator, expected) => value.as_str().is_some_and(|found| match kind {
                Kind::Text => text_is_so(operator, &folded(found), &folded(expected)),
                _ => text_is_so(operator, found, expected),
            }),
        }
    }
}

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
        CompareOp::Eq => found == expected,
        CompareOp::Ne => found != expected,
        CompareOp::Gt => found > expected,
        CompareOp::Ge => found >= expected,
        CompareOp::Lt => found < expected,
        CompareOp::Le => found <= expected,
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => false,
    }
}

/// A text without regard to case, and to how its accents are written.
fn folded(text: &str) -> String {
    text.nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// The moment that a text tells (RFC 7643 §2.3.5), to the second.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|moment| Timestamp::from_seconds(moment.as_second()))
}
