//! What of a resource is told: all of it, what was asked for, or all but that (RFC 7644 §3.9).

use scim_v2::filter::PatchPath;
use serde_json::{Map, Value};

use super::error::{ScimError, ScimType};
use super::schema::{self, EXTENSION, Place, USER};

/// The longest list of names, in bytes.
const LONGEST: usize = 4_096;

/// Which attributes are told.
#[derive(Debug, Default)]
pub enum Projection {
    /// All.
    #[default]
    Whole,
    /// These, and those that are always told.
    Only(Vec<Named>),
    /// All but these.
    Without(Vec<Named>),
}

/// What a name of a list stands for.
#[derive(Clone, Copy, Debug)]
pub enum Named {
    /// A place in a resource.
    Place(Place),
    /// Everything of the user's own schema.
    Core,
    /// Everything of the extension.
    Extension,
}

impl Projection {
    /// The projection that two lists of names ask for.
    ///
    /// A name that no user has asks for nothing (RFC 7644 §3.9 wants no error).
    ///
    /// # Errors
    /// `invalidValue` when there are both, or one is too long.
    pub fn of<'a>(
        attributes: impl IntoIterator<Item = &'a str>,
        excluded: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, ScimError> {
        let names = |list: Vec<&'a str>| -> Result<Option<Vec<Named>>, ScimError> {
            let length: usize = list.iter().map(|name| name.len()).sum();
            if length > LONGEST {
                return Err(ScimError::bad(ScimType::InvalidValue, "a list of attributes is too long"));
            }
            let names: Vec<&str> = list.into_iter().map(str::trim).filter(|name| !name.is_empty()).collect();
            Ok((!names.is_empty()).then(|| names.into_iter().filter_map(named).collect()))
        };
        let attributes = names(attributes.into_iter().flat_map(|list| list.split(',')).collect())?;
        let excluded = names(excluded.into_iter().flat_map(|list| list.split(',')).collect())?;
        match (attributes, excluded) {
            (Some(_), Some(_)) => Err(ScimError::bad(
                ScimType::InvalidValue,
                "attributes and excludedAttributes exclude each other",
            )),
            (Some(only), None) => Ok(Self::Only(only)),
            (None, Some(without)) => Ok(Self::Without(without)),
            (None, None) => Ok(Self::Whole),
        }
    }

    /// What of a resource is told.
    #[must_use]
    pub fn apply(&self, mut resource: Map<String, Value>) -> Map<String, Value> {
        match self {
            Self::Whole => resource,
            Self::Only(names) => {
                let mut told = Map::new();
                for attribute in schema::always() {
                    if let Some(value) = resource.get(attribute.name) {
                        told.insert(attribute.name.to_owned(), value.clone());
                    }
                }
                for name in names {
                    name.copy(&resource, &mut told);
                }
                told
            }
            Self::Without(names) => {
                for name in names {
                    name.remove(&mut resource);
                }
                resource
            }
        }
    }
}

fn named(name: &str) -> Option<Named> {
    if name.eq_ignore_ascii_case(USER) {
        return Some(Named::Core);
    }
    if name.eq_ignore_ascii_case(EXTENSION) {
        return Some(Named::Extension);
    }
    match name.parse().ok()? {
        PatchPath::Attr(path) => Place::of(&path).map(Named::Place),
        PatchPath::Value(_) => None,
    }
}

impl Named {
    fn copy(self, from: &Map<String, Value>, to: &mut Map<String, Value>) {
        match self {
            Self::Core => {
                let own =
                    from.iter().filter(|(name, _)| schema::named(schema::user_attributes(), name).is_some());
                to.extend(own.map(|(name, value)| (name.clone(), value.clone())));
            }
            Self::Extension => {
                if let Some(value) = from.get(EXTENSION) {
                    to.insert(EXTENSION.to_owned(), value.clone());
                }
            }
            Self::Place(place) => {
                let Some(value) = place.holder(from).and_then(|holder| holder.get(place.attribute.name))
                else {
                    return;
                };
                let holder = if place.is_in_extension { inner(to, EXTENSION) } else { Some(to) };
                let Some(holder) = holder else { return };
                let name = place.attribute.name.to_owned();
                match place.part {
                    None => {
                        holder.insert(name, value.clone());
                    }
                    Some(part) => {
                        let known = holder.get(&name);
                        let told = part_of(value, part.name, known);
                        holder.insert(name, told);
                    }
                }
            }
        }
    }

    fn remove(self, from: &mut Map<String, Value>) {
        let is_kept = |name: &str| schema::always().any(|attribute| attribute.name == name);
        match self {
            Self::Core => from.retain(|name, _| schema::named(schema::user_attributes(), name).is_none()),
            Self::Extension => {
                from.remove(EXTENSION);
            }
            Self::Place(place) if is_kept(place.attribute.name) && !place.is_in_extension => {}
            Self::Place(place) => {
                let holder = if place.is_in_extension {
                    from.get_mut(EXTENSION).and_then(Value::as_object_mut)
                } else {
                    Some(from)
                };
                let Some(holder) = holder else { return };
                let Some(part) = place.part else {
                    holder.remove(place.attribute.name);
                    return;
                };
                match holder.get_mut(place.attribute.name) {
                    Some(Value::Object(parts)) => {
                        parts.remove(part.name);
                    }
                    Some(Value::Array(values)) => {
                        for parts in values.iter_mut().filter_map(Value::as_object_mut) {
                            parts.remove(part.name);
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

/// The object of a name in another, made where there is none.
fn inner<'a>(object: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    object.entry(name).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}

/// One part of a value or of each value of a list, beside the parts that are told already.
fn part_of(value: &Value, part: &str, told: Option<&Value>) -> Value {
    match value {
        Value::Array(values) => {
            let told = |place: usize| told.and_then(|told| told.get(place));
            values.iter().enumerate().map(|(place, value)| part_of(value, part, told(place))).collect()
        }
        value => {
            let mut parts = told.and_then(Value::as_object).cloned().unwrap_or_default();
            if let Some(value) = value.get(part) {
                parts.insert(part.to_owned(), value.clone());
            }
            Value::Object(parts)
        }
    }
}
