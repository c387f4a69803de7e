//! What a person has here in the words of SCIM: one table, from which everything else follows (RFC 7643 §7).
//!
//! What may be filtered by, changed and asked for, how values are compared, and what `/Schemas` says, are all read
//! from it.

use scim_v2::filter::AttrPath;
use serde_json::{Map, Value, json};

/// The schema of every user (RFC 7643 §4.1).
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// What we know of a user besides: the letter, and where a doubled person went.
pub const EXTENSION: &str = "urn:guichet:params:scim:schemas:extension:2.0:User";

/// What the values of an attribute are (RFC 7643 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text that is compared as it stands.
    Exact,
    /// A text whose case does not count.
    Text,
    /// True or false.
    Boolean,
    /// A moment.
    DateTime,
    /// An address.
    Reference,
    /// Parts.
    Complex,
}

/// Who sets an attribute (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutability {
    /// The application, as often as it likes.
    ReadWrite,
    /// The application, once.
    Immutable,
    /// We alone.
    ReadOnly,
}

/// When an attribute is told (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Whatever is asked for.
    Always,
    /// Unless something else is asked for.
    Default,
    /// Never.
    Never,
}

/// An attribute, or a part of one.
#[derive(Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// Whether it has several.
    pub is_list: bool,
    /// Whether it must be there.
    pub is_required: bool,
    /// Whether no two people have the same.
    pub is_unique: bool,
    /// Who sets it.
    pub mutability: Mutability,
    /// When it is told.
    pub returned: Returned,
    /// The values that it can have, where they are few.
    pub canonical: &'static [&'static str],
    /// Its parts.
    pub parts: &'static [Attribute],
    /// What it is, for people.
    pub description: &'static str,
}

const fn attribute(
    name: &'static str,
    kind: Kind,
    mutability: Mutability,
    description: &'static str,
) -> Attribute {
    Attribute {
        name,
        kind,
        is_list: false,
        is_required: false,
        is_unique: false,
        mutability,
        returned: Returned::Default,
        canonical: &[],
        parts: &[],
        description,
    }
}

const fn told(name: &'static str, kind: Kind, description: &'static str) -> Attribute {
    attribute(name, kind, Mutability::ReadOnly, description)
}

const fn set(name: &'static str, kind: Kind, description: &'static str) -> Attribute {
    attribute(name, kind, Mutability::ReadWrite, description)
}

const NAME: &[Attribute] = &[
    told("formatted", Kind::Text, "The given name, then the family name."),
    Attribute {
        is_required: true,
        ..set("familyName", Kind::Text, "The family name, 200 characters at most.")
    },
    set("givenName", Kind::Text, "The given name, 200 characters at most."),
];

const EMAIL: &[Attribute] = &[
    Attribute {
        is_required: true,
        ..set(
            "value",
            Kind::Text,
            "The address. Whoever sets it vouches for it: the person is told at the old and the new one.",
        )
    },
    Attribute { canonical: &["work"], ..set("type", Kind::Text, "Always work.") },
    told("primary", Kind::Boolean, "Always true."),
];

const LETTER: &[Attribute] = &[
    told("number", Kind::Exact, "Its number, printed on it."),
    told("desk", Kind::Exact, "The desk whose contact it bears."),
    Attribute {
        canonical: &["issued", "printed", "used", "expired", "voided"],
        ..told("state", Kind::Text, "What has become of it.")
    },
    told("withPassword", Kind::Boolean, "Whether a temporary password is printed on it."),
    told("issuedAt", Kind::DateTime, "When it was issued."),
    told("expiresAt", Kind::DateTime, "The end of its season."),
    told("printedAt", Kind::DateTime, "When it was handed over to be printed."),
    told("usedAt", Kind::DateTime, "When its password was replaced by the person's own."),
    told("voidedAt", Kind::DateTime, "When another letter took its place."),
];

const META: &[Attribute] = &[
    told("resourceType", Kind::Exact, "User"),
    told("created", Kind::DateTime, "When the account was made."),
    told("lastModified", Kind::DateTime, "When the account last changed."),
    told("location", Kind::Reference, "The address of the resource."),
    told("version", Kind::Exact, "The version, as in the header ETag."),
];

/// What every resource has (RFC 7643 §3.1).
const COMMON: &[Attribute] = &[
    Attribute {
        is_list: true,
        returned: Returned::Always,
        ..told("schemas", Kind::Exact, "The schemas of the resource.")
    },
    Attribute {
        returned: Returned::Always,
        ..told("id", Kind::Exact, "The id: random, stable, the sub of tokens.")
    },
    set(
        "externalId",
        Kind::Exact,
        "The application's own key for the person, 100 characters at most, unique within the authority.",
    ),
    Attribute { parts: META, ..told("meta", Kind::Complex, "What is known of the resource itself.") },
];

const USER_ATTRIBUTES: &[Attribute] = &[
    Attribute {
        is_unique: true,
        ..attribute(
            "userName",
            Kind::Text,
            Mutability::Immutable,
            "The identifier, as printed on the letter. Made from the name when none is given; never changed, never given to anybody else.",
        )
    },
    Attribute { is_required: true, parts: NAME, ..set("name", Kind::Complex, "The person's name.") },
    told("displayName", Kind::Text, "What the person is called on pages."),
    set(
        "active",
        Kind::Boolean,
        "Whether the person has access. False ends every session and every token at once.",
    ),
    Attribute {
        is_list: true,
        parts: EMAIL,
        ..set("emails", Kind::Complex, "The mail address; one at most.")
    },
    Attribute {
        returned: Returned::Never,
        ..told(
            "password",
            Kind::Exact,
            "Never told and never taken: a request that holds one is refused (mutability).",
        )
    },
];

const EXTENSION_ATTRIBUTES: &[Attribute] = &[
    Attribute { parts: LETTER, ..told("letter", Kind::Complex, "The latest letter.") },
    told("mergedInto", Kind::Exact, "The id of the record that took this one in: both are one person's."),
];

/// A place in a resource: an attribute or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whether it is in the extension's object.
    pub is_in_extension: bool,
    /// The attribute.
    pub attribute: &'static Attribute,
    /// The part of it.
    pub part: Option<&'static Attribute>,
}

impl Place {
    /// The place that a path leads to, if there is one; case does not count (RFC 7643 §2.1).
    #[must_use]
    pub fn of(path: &AttrPath) -> Option<Self> {
        let is = |schema: &str| path.uri.as_deref().is_some_and(|uri| uri.eq_ignore_ascii_case(schema));
        let (is_in_extension, tables): (bool, [&'static [Attribute]; 2]) = match path.uri {
            None => (false, [COMMON, USER_ATTRIBUTES]),
            Some(_) if is(USER) => (false, [COMMON, USER_ATTRIBUTES]),
            Some(_) if is(EXTENSION) => (true, [EXTENSION_ATTRIBUTES, &[]]),
            Some(_) => return None,
        };
        let attribute = tables.into_iter().find_map(|table| named(table, &path.name))?;
        let part = match &path.sub_attr {
            None => None,
            Some(name) => Some(named(attribute.parts, name)?),
        };
        Some(Self { is_in_extension, attribute, part })
    }

    /// The attribute whose values stand there.
    #[must_use]
    pub fn last(&self) -> &'static Attribute {
        self.part.unwrap_or(self.attribute)
    }

    /// The same where values are compared: those of a list of parts by their `value` (RFC 7644 §3.4.2.2).
    #[must_use]
    pub fn compared(self) -> Self {
        let value = || named(self.attribute.parts, "value").filter(|_| self.attribute.is_list);
        Self { part: self.part.or_else(value), ..self }
    }

    /// The object that holds the attribute.
    #[must_use]
    pub fn holder<'a>(&self, resource: &'a Map<String, Value>) -> Option<&'a Map<String, Value>> {
        if self.is_in_extension { resource.get(EXTENSION)?.as_object() } else { Some(resource) }
    }
}

/// The attribute of a name among others, whose case does not count.
#[must_use]
pub fn named(table: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    table.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// The attributes of the user's own schema.
#[must_use]
pub const fn user_attributes() -> &'static [Attribute] {
    USER_ATTRIBUTES
}

/// The attributes that are told whatever is asked for.
pub fn always() -> impl Iterator<Item = &'static Attribute> {
    COMMON.iter().filter(|attribute| attribute.returned == Returned::Always)
}

/// The schemas as `/Schemas` tells them (RFC 7643 §7), each with its id.
#[must_use]
pub fn documents() -> [(&'static str, Value); 2] {
    let document = |id: &'static str, name: &str, description: &str, table: &'static [Attribute]| {
        let attributes: Vec<Value> = table.iter().map(Attribute::document).collect();
        let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Schema"];
        (
            id,
            json!({ "schemas": schemas, "id": id, "name": name, "description": description, "attributes": attributes }),
        )
    };
    [
        document(
            USER,
            "User",
            "A person who serves in exams, of the authority of the application.",
            USER_ATTRIBUTES,
        ),
        document(EXTENSION, "Access", "What the person's access rests on.", EXTENSION_ATTRIBUTES),
    ]
}

impl Attribute {
    fn document(&self) -> Value {
        let kind = match self.kind {
            Kind::Exact | Kind::Text => "string",
            Kind::Boolean => "boolean",
            Kind::DateTime => "dateTime",
            Kind::Reference => "reference",
            Kind::Complex => "complex",
        };
        let mutability = match self.mutability {
            Mutability::ReadWrite => "readWrite",
            Mutability::Immutable => "immutable",
            Mutability::ReadOnly => "readOnly",
        };
        let returned = match self.returned {
            Returned::Always => "always",
            Returned::Default => "default",
            Returned::Never => "never",
        };
        let mut document = json!({
            "name": self.name,
            "type": kind,
            "multiValued": self.is_list,
            "description": self.description,
            "required": self.is_required,
            "mutability": mutability,
            "returned": returned,
        });
        match self.kind {
            Kind::Exact | Kind::Text => {
                document["caseExact"] = (self.kind == Kind::Exact).into();
                document["uniqueness"] = (if self.is_unique { "server" } else { "none" }).into();
            }
            Kind::Reference => document["referenceTypes"] = json!(["uri"]),
            Kind::Boolean | Kind::DateTime | Kind::Complex => {}
        }
        if !self.canonical.is_empty() {
            document["canonicalValues"] = json!(self.canonical);
        }
        if !self.parts.is_empty() {
            document["subAttributes"] = self.parts.iter().map(Self::document).collect();
        }
        document
    }
}
