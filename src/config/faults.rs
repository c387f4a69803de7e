//! What is wrong with a configuration: every fault, each with its place.

use std::fmt;

/// Where in the configuration something stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the file as a whole.
    File,
    /// At this line of the file, counted from 1; the column (in characters, from 1) where it is known.
    Line(usize, Option<usize>),
    /// In this environment variable.
    Variable(String),
}

/// What is wrong at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The file cannot be read, for this reason.
    Unreadable(String),
    /// The line is not TOML, for this reason.
    Syntax(String),
    /// No such key exists; here is the nearest one, or those that the section knows.
    Unknown {
        /// The nearest known key, as a dotted path or a name of the same section.
        nearest: Option<String>,
        /// The keys of the section.
        known: Vec<String>,
    },
    /// A key that must be given is not.
    Missing {
        /// What it should hold.
        expected: String,
    },
    /// A key holds what it cannot.
    Wrong {
        /// What it holds, in words; never a secret.
        found: String,
        /// What it should hold.
        expected: String,
    },
}

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    file: String,
    place: Place,
    key: String,
    what: What,
}

impl Fault {
    pub(super) fn new(file: &str, place: Place, key: impl Into<String>, what: What) -> Self {
        Self { file: file.to_owned(), place, key: key.into(), what }
    }

    /// Where it is.
    #[must_use]
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// The line of the file, counted from 1, when it stands in the file.
    #[must_use]
    pub const fn line(&self) -> Option<usize> {
        match self.place {
            Place::Line(line, _) => Some(line),
            Place::File | Place::Variable(_) => None,
        }
    }

    /// The key as a dotted path (`clients[1].redirect_uris[0]`); empty for a line that is not TOML.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong there.
    #[must_use]
    pub const fn what(&self) -> &What {
        &self.what
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::File => formatter.write_str(&self.file)?,
            Place::Line(line, None) => write!(formatter, "{}:{line}", self.file)?,
            Place::Line(line, Some(column)) => write!(formatter, "{}:{line}:{column}", self.file)?,
            Place::Variable(name) => formatter.write_str(name)?,
        }
        formatter.write_str(": ")?;
        if !self.key.is_empty() {
            write!(formatter, "{}: ", self.key)?;
        }
        write!(formatter, "{}", self.what)
    }
}

impl fmt::Display for What {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => write!(formatter, "cannot be read: {reason}"),
            Self::Syntax(reason) => write!(formatter, "not valid TOML: {reason}"),
            Self::Unknown { nearest: Some(nearest), .. } => {
                write!(formatter, "unknown key, did you mean {nearest}?")
            }
            Self::Unknown { nearest: None, known } if known.is_empty() => {
                formatter.write_str("unknown key, nothing belongs here")
            }
            Self::Unknown { nearest: None, known } => {
                write!(formatter, "unknown key, expected one of {}", known.join(", "))
            }
            Self::Missing { expected } => write!(formatter, "missing, expected {expected}"),
            Self::Wrong { found, expected } => write!(formatter, "found {found}, expected {expected}"),
        }
    }
}

/// Everything that is wrong with a configuration, in the order of the file, then of the variables.
///
/// Displayed, it is one line per fault, for a person at a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn new(mut faults: Vec<Fault>) -> Self {
        faults.sort_by(|left, right| left.place.cmp(&right.place));
        Self(faults)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none, which [`load`](super::load) never returns.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each fault.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.0.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            write!(formatter, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

impl<'a> IntoIterator for &'a Faults {
    type Item = &'a Fault;
    type IntoIter = std::slice::Iter<'a, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl IntoIterator for Faults {
    type Item = Fault;
    type IntoIter = std::vec::IntoIter<Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
