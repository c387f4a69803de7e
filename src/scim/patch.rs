//! Changes of a resource (RFC 7644 §3.5.2): what is added, replaced and removed, in the order in which it is asked for.
//!
//! A change is worked out on what an application may set of a person; whether the outcome is sound is judged
//! afterwards, as if it had been sent as a whole.

use std::collections::BTreeMap;

use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, PatchPath, ValFilter};
use serde_json::{Map, Value};

use super::error::{ScimError, ScimType};
use super::filter::Selection;
use super::json::{member, require_schema};
use super::schema::{Attribute, EXTENSION, Kind, Mutability, Place, USER, named};

/// What a request for changes calls itself.
pub const MESSAGE: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// How many changes one request may ask for.
const MOST_OPERATIONS: usize = 100;
/// The longest path, in bytes.
const LONGEST_PATH: usize = 1_024;

/// What is done at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Add,
    Replace,
    Remove,
}

/// Where something is done.
struct Target {
    place: Place,
    /// Which values of a list, when not all.
    selection: Option<(Selection, ValFilter)>,
}

/// What an application may set of a person, while it is being changed.
#[derive(Debug, Default)]
pub struct Draft {
    plain: BTreeMap<&'static str, Value>,
    complex: BTreeMap<&'static str, Map<String, Value>>,
    lists: BTreeMap<&'static str, Vec<Map<String, Value>>>,
}

impl Draft {
    /// Sets an attribute that has no parts.
    pub fn put(&mut self, name: &'static str, value: impl Into<Value>) {
        self.plain.insert(name, value.into());
    }

    /// Sets a part of an attribute.
    pub fn put_part(&mut self, name: &'static str, part: &str, value: impl Into<Value>) {
        self.complex.entry(name).or_default().insert(part.to_owned(), value.into());
    }

    /// Adds to a list.
    pub fn push(&mut self, name: &'static str, value: Map<String, Value>) {
        self.lists.entry(name).or_default().push(value);
    }

    /// What the person is to be, as if it had been sent as a whole.
    #[must_use]
    pub fn finish(self) -> Map<String, Value> {
        let plain = self.plain.into_iter();
        let complex = self.complex.into_iter().map(|(name, parts)| (name, Value::Object(parts)));
        let lists = self.lists.into_iter().map(|(name, values)| (name, values.into_iter().collect()));
        plain.chain(complex).chain(lists).map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// Works out what a person is to be after every change of a request.
///
/// # Errors
/// The first change that cannot be made; none of them counts then.
pub fn apply(request: &Map<String, Value>, person: &mut Draft) -> Result<(), ScimError> {
    require_schema(request, MESSAGE)?;
    let operations = member(request, "Operations")?.and_then(Value::as_array);
    let operations = operations.ok_or_else(|| syntax("Operations must be a list of changes"))?;
    if operations.is_empty() || operations.len() > MOST_OPERATIONS {
        return Err(syntax(format!("Operations must hold 1 to {MOST_OPERATIONS} changes")));
    }
    for operation in operations {
        let operation = operation.as_object().ok_or_else(|| syntax("a change must be an object"))?;
        apply_one(operation, person)?;
    }
    Ok(())
}

fn apply_one(operation: &Map<String, Value>, person: &mut Draft) -> Result<(), ScimError> {
    let word = member(operation, "op")?.and_then(Value::as_str).unwrap_or_default();
    let act = match word.to_ascii_lowercase().as_str() {
        "add" => Act::Add,
        "replace" => Act::Replace,
        "remove" => Act::Remove,
        _ => return Err(syntax("op must be add, replace or remove")),
    };
    // What is null is taken away (RFC 7643 §2.5).
    let has_value = operation.keys().any(|name| name.eq_ignore_ascii_case("value"));
    let value = member(operation, "value")?;
    if act != Act::Remove && !has_value {
        return Err(value_is(format!("{word} needs a value")));
    }
    match member(operation, "path")? {
        Some(Value::String(path)) => at_path(person, act, path, value),
        Some(_) => Err(syntax("path must be a text")),
        None if act == Act::Remove => Err(ScimError::bad(ScimType::NoTarget, "remove needs a path")),
        None => {
            let members = value.and_then(Value::as_object);
            let members = members.ok_or_else(|| value_is("without a path, the value must be an object"))?;
            whole(person, act, members, None)
        }
    }
}

/// Changes attributes by their names, as they stand in an object.
fn whole(
    person: &mut Draft,
    act: Act,
    members: &Map<String, Value>,
    schema: Option<&str>,
) -> Result<(), ScimError> {
    for (name, value) in members {
        // Applications send back what every resource has.
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        if is("schemas") || schema.is_none() && (is("id") || is("meta")) {
            continue;
        }
        let path = schema.map_or_else(|| name.clone(), |schema| format!("{schema}:{name}"));
        at_path(person, act, &path, Some(value).filter(|value| !value.is_null()))?;
    }
    Ok(())
}

fn at_path(person: &mut Draft, act: Act, path: &str, value: Option<&Value>) -> Result<(), ScimError> {
    for schema in [USER, EXTENSION] {
        if path.eq_ignore_ascii_case(schema) {
            let members = value.and_then(Value::as_object).filter(|_| act != Act::Remove);
            let members =
                members.ok_or_else(|| invalid_path("a whole schema is changed by an object only"))?;
            return whole(person, act, members, Some(schema));
        }
    }
    let target = Target::parse(path)?;
    let fixed = |attribute: &Attribute| match attribute.mutability {
        Mutability::ReadWrite => false,
        Mutability::ReadOnly => true,
        // Setting it to what it is changes nothing.
        Mutability::Immutable => act == Act::Remove || value.is_none(),
    };
    if fixed(target.place.attribute) || fixed(target.place.last()) {
        return Err(ScimError::bad(ScimType::Mutability, format!("{path} cannot be changed")));
    }
    match value {
        _ if act == Act::Remove => target.remove(person),
        // RFC 7643 §2.5: what is set to nothing is not there.
        None => target.remove(person),
        Some(value) => target.set(person, act, value),
    }
}

impl Target {
    fn parse(path: &str) -> Result<Self, ScimError> {
        if path.len() > LONGEST_PATH {
            return Err(invalid_path(format!("a path is at most {LONGEST_PATH} bytes")));
        }
        let read: PatchPath = path.parse().map_err(|_| invalid_path("a path cannot be read"))?;
        let nowhere =
            |path: &dyn std::fmt::Display| invalid_path(format!("no user has the attribute {path}"));
        match read {
            PatchPath::Attr(attribute) => {
                let place = Place::of(&attribute).ok_or_else(|| nowhere(&attribute))?;
                Ok(Self { place, selection: None })
            }
            PatchPath::Value(selected) => {
                let whole: &AttrPath = &selected.attr;
                let list = Place::of(whole).filter(|place| place.attribute.is_list && place.part.is_none());
                let list = list.ok_or_else(|| nowhere(whole))?;
                let part = match &selected.sub_attr {
                    None => None,
                    Some(name) => Some(named(list.attribute.parts, name).ok_or_else(|| nowhere(name))?),
                };
                let selection = Selection::of(&selected.filter, list)?;
                Ok(Self { place: Place { part, ..list }, selection: Some((selection, selected.filter)) })
            }
        }
    }

    fn set(&self, person: &mut Draft, act: Act, value: &Value) -> Result<(), ScimError> {
        let attribute = self.place.attribute;
        match self.place.part {
            _ if attribute.is_list => return self.set_in_list(person, act, value),
            Some(part) => person.put_part(attribute.name, part.name, value.clone()),
            None if attribute.kind == Kind::Complex => {
                person.complex.entry(attribute.name).or_default().extend(parts_of(attribute, value)?);
            }
            None => person.put(attribute.name, value.clone()),
        }
        Ok(())
    }

    fn set_in_list(&self, person: &mut Draft, act: Act, value: &Value) -> Result<(), ScimError> {
        let attribute = self.place.attribute;
        let values = person.lists.entry(attribute.name).or_default();
        let new = match (self.place.part, value) {
            (Some(part), value) => vec![Map::from_iter([(part.name.to_owned(), value.clone())])],
            (None, Value::Array(given)) => {
                given.iter().map(|value| parts_of(attribute, value)).collect::<Result<_, _>>()?
            }
            (None, one) => vec![parts_of(attribute, one)?],
        };
        let Some((selection, read)) = &self.selection else {
            if self.place.part.is_some() && !values.is_empty() {
                for known in values.iter_mut() {
                    known.extend(new.iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
                }
                return Ok(());
            }
            if act == Act::Replace {
                values.clear();
            }
            // What is there already is not there twice (RFC 7644 §3.5.2.1).
            for value in new {
                if !values.iter().any(|known| known.get("value") == value.get("value")) {
                    values.push(value);
                }
            }
            return Ok(());
        };
        let new = new.into_iter().flatten();
        let mut selected = values.iter_mut().filter(|value| selection.takes(value)).peekable();
        if selected.peek().is_some() {
            let new: Vec<_> = new.collect();
            selected.for_each(|value| value.extend(new.iter().cloned()));
            return Ok(());
        }
        drop(selected);
        if act == Act::Replace {
            return Err(no_target());
        }
        // What was to be added to has what it was sought by.
        let mut made = equalities(attribute, read).ok_or_else(no_target)?;
        made.extend(new);
        values.push(made);
        Ok(())
    }

    fn remove(&self, person: &mut Draft) -> Result<(), ScimError> {
        let Place { attribute, part, .. } = self.place;
        if attribute.kind == Kind::Boolean {
            // What is neither true nor false would have to be guessed.
            return Err(value_is(format!("{} must be true or false", attribute.name)));
        }
        if !attribute.is_list {
            match part {
                None => {
                    person.plain.remove(attribute.name);
                    person.complex.remove(attribute.name);
                }
                Some(part) => {
                    person.complex.entry(attribute.name).or_default().remove(part.name);
                }
            }
            return Ok(());
        }
        let values = person.lists.entry(attribute.name).or_default();
        let is_selected = |value: &Map<String, Value>| {
            self.selection.as_ref().is_none_or(|(selection, _)| selection.takes(value))
        };
        if self.selection.is_some() && !values.iter().any(is_selected) {
            return Err(no_target());
        }
        match part {
            None => values.retain(|value| !is_selected(value)),
            Some(part) => {
                for value in values.iter_mut().filter(|value| is_selected(value)) {
                    value.remove(part.name);
                }
            }
        }
        Ok(())
    }
}

/// The parts of an attribute as an object has them, under their own names; what we set ourselves is left out.
fn parts_of(attribute: &Attribute, value: &Value) -> Result<Map<String, Value>, ScimError> {
    let members = value.as_object();
    let members = members.ok_or_else(|| value_is(format!("{} must be an object", attribute.name)))?;
    let mut parts = Map::new();
    for part in attribute.parts {
        if let Some(value) = member(members, part.name)? {
            parts.insert(part.name.to_owned(), value.clone());
        }
    }
    Ok(parts)
}

/// The parts that a value must have to be selected, where the brackets say just that.
fn equalities(attribute: &Attribute, read: &ValFilter) -> Option<Map<String, Value>> {
    match read {
        ValFilter::Attr(AttrExp::Comparison(path, CompareOp::Eq, CompValue::Str(text))) => {
            let part = named(attribute.parts, &path.name)?;
            Some(Map::from_iter([(part.name.to_owned(), Value::from(text.as_str()))]))
        }
        ValFilter::Attr(AttrExp::Comparison(path, CompareOp::Eq, CompValue::True)) => {
            let part = named(attribute.parts, &path.name)?;
            Some(Map::from_iter([(part.name.to_owned(), Value::from(true))]))
        }
        ValFilter::And(all) => {
            let parts: Option<Vec<_>> = all.iter().map(|one| equalities(attribute, one)).collect();
            Some(parts?.into_iter().flatten().collect())
        }
        _ => None,
    }
}

fn syntax(detail: impl Into<std::borrow::Cow<'static, str>>) -> ScimError {
    ScimError::bad(ScimType::InvalidSyntax, detail)
}

fn invalid_path(detail: impl Into<std::borrow::Cow<'static, str>>) -> ScimError {
    ScimError::bad(ScimType::InvalidPath, detail)
}

fn value_is(detail: impl Into<std::borrow::Cow<'static, str>>) -> ScimError {
    ScimError::bad(ScimType::InvalidValue, detail)
}

fn no_target() -> ScimError {
    ScimError::bad(ScimType::NoTarget, "the path selects nothing")
}
