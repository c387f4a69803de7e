//! The configuration as a tree in which every value knows where it was written.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::faults::Place;

/// The keys of one section.
pub(super) type Table = BTreeMap<String, Node>;

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub value: Value,
    pub place: Place,
}

/// What a key holds.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// Nothing: what a reader is given to ask it what it would have expected.
    Absent,
    Text(String),
    Whole(i64),
    /// A number that is not whole, or too large.
    Number(String),
    Flag(bool),
    Date(String),
    List(Vec<Node>),
    Table(Table),
    /// The content of an environment variable: a text, or whatever else the key wants to see in it.
    Raw(String, Option<Box<Value>>),
}

impl Value {
    /// The content of an environment variable.
    pub fn raw(text: &str, place: &Place) -> Self {
        let looks_structured = text.trim_start().starts_with(['[', '{']);
        let structure = looks_structured.then(|| DeValue::parse(text.trim()).ok()).flatten();
        let at = |_: usize| place.clone();
        Self::Raw(text.to_owned(), structure.map(|value| Box::new(convert(value.get_ref(), &at))))
    }

    /// Its items, when it is a list.
    pub fn as_list(&self) -> Option<&[Node]> {
        match self {
            Self::List(items) => Some(items),
            Self::Raw(_, Some(inner)) => inner.as_list(),
            _ => None,
        }
    }

    /// Its keys, when it is a section.
    pub fn as_table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Raw(_, Some(inner)) => inner.as_table(),
            _ => None,
        }
    }

    /// Its text, when it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Raw(text, _) => Some(text),
            _ => None,
        }
    }

    /// It as a whole number, when it is one.
    pub fn as_whole(&self) -> Option<i64> {
        match self {
            Self::Whole(number) => Some(*number),
            Self::Raw(text, _) => match DeValue::parse(text.trim()).ok()?.get_ref() {
                DeValue::Integer(integer) => whole(integer),
                _ => None,
            },
            _ => None,
        }
    }

    /// It as a flag, when it is one.
    pub fn as_flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Raw(text, _) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// What JSON says; `null` is nothing.
    pub fn of_json(json: &serde_json::Value, place: &Place) -> Self {
        use serde_json::Value as Json;
        let node = |json| Node { value: Self::of_json(json, place), place: place.clone() };
        match json {
            Json::Null => Self::Absent,
            Json::Bool(flag) => Self::Flag(*flag),
            Json::Number(number) => {
                number.as_i64().map_or_else(|| Self::Number(number.to_string()), Self::Whole)
            }
            Json::String(text) => Self::Text(text.clone()),
            Json::Array(items) => Self::List(items.iter().map(node).collect()),
            Json::Object(members) => {
                Self::Table(members.iter().map(|(name, json)| (name.clone(), node(json))).collect())
            }
        }
    }

    /// It as JSON, when JSON can say it.
    pub fn to_json(&self) -> Option<serde_json::Value> {
        match self {
            Self::Text(text) => Some(text.as_str().into()),
            Self::Whole(number) => Some((*number).into()),
            Self::Flag(flag) => Some((*flag).into()),
            Self::List(items) => {
                items.iter().map(|item| item.value.to_json()).collect::<Option<Vec<_>>>().map(Into::into)
            }
            Self::Table(table) => {
                let members = table.iter().map(|(key, node)| Some((key.clone(), node.value.to_json()?)));
                members.collect::<Option<serde_json::Map<_, _>>>().map(Into::into)
            }
            Self::Raw(_, inner) => inner.as_ref()?.to_json(),
            Self::Absent | Self::Number(_) | Self::Date(_) => None,
        }
    }

    /// What it is, for a fault, with its content.
    pub fn in_words(&self) -> String {
        match self {
            Self::Absent => "nothing".to_owned(),
            Self::Text(text) | Self::Raw(text, _) => quoted(text),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.clone(),
            Self::Flag(flag) => flag.to_string(),
            Self::Date(date) => format!("the date {date}"),
            Self::List(items) if items.is_empty() => "an empty list".to_owned(),
            Self::List(items) => format!("a list of {}", items.len()),
            Self::Table(_) => "a section".to_owned(),
        }
    }

    /// What it is, for a fault about a secret: its kind and its length.
    pub fn in_veiled_words(&self) -> String {
        match self {
            Self::Text(text) | Self::Raw(text, _) => veiled(text),
            Self::Whole(_) | Self::Number(_) => "a number".to_owned(),
            Self::Flag(_) => "true or false".to_owned(),
            Self::Date(_) => "a date".to_owned(),
            Self::Absent | Self::List(_) | Self::Table(_) => self.in_words(),
        }
    }
}

/// A text between quotes, on one line, cut when it is long, without the credentials of an address.
pub(super) fn quoted(text: &str) -> String {
    const MOST_SHOWN: usize = 120;
    let mut shown = match text.split_once("://") {
        Some((scheme, rest)) => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
            match authority.rfind('@') {
                Some(at) => format!("{scheme}://…{}", &rest[at..]),
                None => text.to_owned(),
            }
        }
        None => text.to_owned(),
    };
    if let Some((end, _)) = shown.char_indices().nth(MOST_SHOWN) {
        shown.truncate(end);
        shown.push('…');
    }
    format!("{shown:?}")
}

/// What a secret text is, without any of it.
pub(super) fn veiled(text: &str) -> String {
    match text.chars().count() {
        0 => "an empty text".to_owned(),
        1 => "a text of 1 character".to_owned(),
        length => format!("a text of {length} characters"),
    }
}

/// The tree of a parsed document; `at` gives the place of a byte offset.
pub(super) fn tree(document: &DeTable<'_>, at: &dyn Fn(usize) -> Place) -> Table {
    document
        .iter()
        .map(|(key, value)| {
            // A key of the form `a.b = 1` or a header has its own place, nearer to what is read than the value's.
            let place = at(key.span().start);
            (key.get_ref().to_string(), Node { value: convert(value.get_ref(), at), place })
        })
        .collect()
}

fn convert(value: &DeValue<'_>, at: &dyn Fn(usize) -> Place) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(integer) => match whole(integer) {
            Some(number) => Value::Whole(number),
            None => Value::Number(integer.to_string()),
        },
        DeValue::Float(number) => Value::Number(number.to_string()),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => Value::List(items.iter().map(|item| item_node(item, at)).collect()),
        DeValue::Table(table) => Value::Table(tree(table, at)),
    }
}

fn item_node(item: &Spanned<DeValue<'_>>, at: &dyn Fn(usize) -> Place) -> Node {
    Node { value: convert(item.get_ref(), at), place: at(item.span().start) }
}

fn whole(integer: &toml::de::DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_an_address_are_not_quoted() {
        assert_eq!(quoted("https://jo:hunter2@id.example/x"), "\"https://…@id.example/x\"");
        assert_eq!(quoted("https://id.example/a@b"), "\"https://id.example/a@b\"");
        assert_eq!(quoted("a://p@ss@host"), "\"a://…@host\"");
    }

    #[test]
    fn a_quoted_text_stays_on_one_line_and_is_cut() {
        assert_eq!(quoted("a\nb\u{1b}[31m"), "\"a\\nb\\u{1b}[31m\"");
        assert!(quoted(&"é".repeat(500)).chars().count() < 130);
    }
}
