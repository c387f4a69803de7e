//! Filters (RFC 7644 §3.4.2.2): read by the crate `scim_v2`, understood by the schema, tried on resources here.

mod matching;
#[cfg(test)]
mod properties;

use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, Filter as Read, ValFilter};

use super::error::{ScimError, ScimType};
use super::schema::{self, Kind, Place, Returned};
use crate::kit::clock::Timestamp;

/// The longest filter, in bytes.
const LONGEST: usize = 4_096;

/// A filter that compares what can be compared.
#[derive(Debug)]
pub struct Filter(Test);

/// What is asked of a resource.
#[derive(Debug)]
enum Test {
    /// Everything of this.
    All(Vec<Test>),
    /// Something of this.
    Any(Vec<Test>),
    /// Not this.
    Not(Box<Test>),
    /// Some value of a list that is all of this.
    Within(Place, Box<Test>),
    /// There is a value.
    Present(Place),
    /// A value compares so.
    Compare(Place, Comparison),
}

#[derive(Debug)]
enum Comparison {
    Text(CompareOp, Expected),
    /// Equal, or not.
    Boolean(Sense, bool),
    Moment(CompareOp, Timestamp),
}

/// A text with which others are compared.
#[derive(Debug)]
struct Expected {
    /// As it is written.
    text: String,
    /// Without regard to case, where that does not count: folded once for all who are tried.
    folded: Option<String>,
}

/// Whether a thing must be so or must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sense {
    Is,
    IsNot,
}

/// A value by which people are found at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// Their id.
    Id(String),
    /// Their identifier.
    UserName(String),
    /// The application's own key.
    ExternalId(String),
    /// Their mail address.
    Email(String),
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// `invalidFilter` for one that cannot be read, names what no user has, or compares what cannot be compared.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        if text.len() > LONGEST {
            return Err(invalid(format!("the filter is longer than {LONGEST} bytes")));
        }
        let read: Read = text.parse().map_err(|_| invalid("the filter cannot be read"))?;
        test(&read).map(Self)
    }

    /// The values by one of which everybody must be found whom this filter lets through; none when it asks for none.
    #[must_use]
    pub fn keys(&self) -> Option<Vec<Key>> {
        self.0.keys()
    }
}

impl Test {
    fn keys(&self) -> Option<Vec<Key>> {
        match self {
            Self::Compare(place, Comparison::Text(CompareOp::Eq, expected)) => {
                key(*place, &expected.text).map(|key| vec![key])
            }
            // Of several that must all hold, one is enough to find who there is.
            Self::All(tests) => tests.iter().find_map(Self::keys),
            Self::Any(tests) => {
                tests.iter().map(Self::keys).collect::<Option<Vec<_>>>().map(|keys| keys.concat())
            }
            Self::Within(_, test) => test.keys(),
            Self::Compare(..) | Self::Not(_) | Self::Present(_) => None,
        }
    }
}

fn key(place: Place, text: &str) -> Option<Key> {
    if place.is_in_extension {
        return None;
    }
    let key = match (place.attribute.name, place.part.map(|part| part.name)) {
        ("id", None) => Key::Id,
        ("userName", None) => Key::UserName,
        ("externalId", None) => Key::ExternalId,
        ("emails", Some("value")) => Key::Email,
        _ => return None,
    };
    Some(key(text.to_owned()))
}

fn test(read: &Read) -> Result<Test, ScimError> {
    match read {
        Read::Attr(expression) => compare(expression, None),
        Read::ValuePath(path) => {
            let place = place(&path.attr)?;
            if !place.attribute.is_list || place.part.is_some() {
                return Err(invalid(format!("{} is no list of parts", path.attr)));
            }
            Ok(Test::Within(place, Box::new(test_within(&path.filter, place)?)))
        }
        Read::Not(inner) => Ok(Test::Not(Box::new(test(inner)?))),
        Read::And(all) => Ok(Test::All(all.iter().map(test).collect::<Result<_, _>>()?)),
        Read::Or(any) => Ok(Test::Any(any.iter().map(test).collect::<Result<_, _>>()?)),
    }
}

/// The same within the brackets behind a list, where names are those of its parts.
fn test_within(read: &ValFilter, list: Place) -> Result<Test, ScimError> {
    let each = |read: &ValFilter| test_within(read, list);
    match read {
        ValFilter::Attr(expression) => compare(expression, Some(list)),
        ValFilter::Not(inner) => Ok(Test::Not(Box::new(test_within(inner, list)?))),
        ValFilter::And(all) => Ok(Test::All(all.iter().map(each).collect::<Result<_, _>>()?)),
        ValFilter::Or(any) => Ok(Test::Any(any.iter().map(each).collect::<Result<_, _>>()?)),
    }
}

/// What a change selects of a list by the brackets of its path (RFC 7644 §3.5.2).
#[derive(Debug)]
pub struct Selection(Test);

impl Selection {
    /// Understands the brackets behind a list.
    ///
    /// # Errors
    /// `invalidFilter` for what names no part, or compares what cannot be compared.
    pub fn of(read: &ValFilter, list: Place) -> Result<Self, ScimError> {
        test_within(read, list).map(Self)
    }
}

fn place(path: &AttrPath) -> Result<Place, ScimError> {
    let found = Place::of(path).filter(|place| place.last().returned != Returned::Never);
    found.ok_or_else(|| invalid(format!("no user has the attribute {path}")))
}

fn place_in(path: &AttrPath, list: Option<Place>) -> Result<Place, ScimError> {
    let Some(list) = list else { return place(path).map(Place::compared) };
    let part = schema::named(list.attribute.parts, &path.name);
    match part.filter(|_| path.uri.is_none() && path.sub_attr.is_none()) {
        Some(part) => Ok(Place { part: Some(part), ..list }),
        None => Err(invalid(format!("{} has no part {path}", list.attribute.name))),
    }
}

fn compare(expression: &AttrExp, list: Option<Place>) -> Result<Test, ScimError> {
    let (path, operator, value) = match expression {
        AttrExp::Present(path) => {
            let place = match list {
                // Without `compared`: a list is there when anything of it is.
                None => place(path)?,
                Some(_) => place_in(path, list)?,
            };
            return Ok(Test::Present(place));
        }
        AttrExp::Comparison(path, operator, value) => (path, operator, value),
    };
    let place = place_in(path, list)?;
    let wrong = || invalid(format!("{path} {operator} {value}: the attribute cannot be compared so"));
    let sense = match operator {
        CompareOp::Eq => Some(Sense::Is),
        CompareOp::Ne => Some(Sense::IsNot),
        _ => None,
    };
    let comparison = match (place.last().kind, value) {
        // What equals nothing is not there (RFC 7643 §2.5).
        (_, CompValue::Null) => {
            let present = Test::Present(place);
            return match sense.ok_or_else(wrong)? {
                Sense::Is => Ok(Test::Not(Box::new(present))),
                Sense::IsNot => Ok(present),
            };
        }
        (Kind::Boolean, CompValue::True) => Comparison::Boolean(sense.ok_or_else(wrong)?, true),
        (Kind::Boolean, CompValue::False) => Comparison::Boolean(sense.ok_or_else(wrong)?, false),
        (Kind::DateTime, CompValue::Str(text)) => match matching::moment(text) {
            Some(moment) if !matches!(operator, CompareOp::Co | CompareOp::Sw | CompareOp::Ew) => {
                Comparison::Moment(operator.clone(), moment)
            }
            _ => return Err(wrong()),
        },
        (Kind::Text | Kind::Exact | Kind::Reference, CompValue::Str(text)) if !text.contains('\0') => {
            Comparison::Text(operator.clone(), Expected::new(place.last().kind, text))
        }
        _ => return Err(wrong()),
    };
    Ok(Test::Compare(place, comparison))
}

fn invalid(detail: impl Into<std::borrow::Cow<'static, str>>) -> ScimError {
    ScimError::bad(ScimType::InvalidFilter, detail)
}
