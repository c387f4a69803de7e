//! What is brought as a list, looked at before anything is kept of it.

use std::io::Cursor;

use super::MOST_LIST_BYTES;
use crate::accounts::import::{FileFault, List};
use crate::config::ImportColumns;

/// The most lines of a list.
const MOST_LINES: u64 = 100_001;
/// How much of a file tells whether it is text.
const HEAD: usize = 8 * 1024;
/// How much of a heading line is shown again, in characters.
const MOST_SHOWN: usize = 200;

/// What files begin with that are no text: compressed ones first, which are never unpacked here.
const ARCHIVES: [&[u8]; 5] = [b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"BZh"];
/// What documents of office programs of long ago begin with.
const OLD_DOCUMENT: &[u8] = b"\xd0\xcf\x11\xe0";
const PDF: &[u8] = b"%PDF-";

/// Why a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadFault {
    /// None was chosen, or an empty one.
    Missing,
    /// It is larger than a list may be.
    TooLarge,
    /// It has more lines than a list may have.
    TooManyLines,
    /// It is a workbook, or another archive: nothing is unpacked here.
    Archive,
    /// It is no text.
    NotText,
    /// It is UTF-16.
    Utf16,
    /// Its headings cannot be read.
    Headings,
    /// A column that every list has is not there.
    Column {
        /// The heading that is expected.
        expected: String,
        /// Those that there are.
        found: String,
    },
    /// What it is for was not said.
    Reason,
    /// Too many lists of the authority wait.
    TooManyWaiting,
}

impl UploadFault {
    /// One of each.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let column = Self::Column { expected: "NOM".to_owned(), found: "NAME, FIRST NAME".to_owned() };
        vec![
            Self::Missing,
            Self::TooLarge,
            Self::TooManyLines,
            Self::Archive,
            Self::NotText,
            Self::Utf16,
            Self::Headings,
            column,
            Self::Reason,
            Self::TooManyWaiting,
        ]
    }

    /// The key of its text.
    #[must_use]
    pub const fn text_key(&self) -> &'static str {
        match self {
            Self::Missing => "desk-upload-missing",
            Self::TooLarge => "desk-upload-too-large",
            Self::TooManyLines => "desk-upload-too-many-lines",
            Self::Archive => "desk-upload-archive",
            Self::NotText => "desk-upload-not-text",
            Self::Utf16 => "desk-upload-utf16",
            Self::Headings => "desk-upload-headings",
            Self::Column { .. } => "desk-upload-column",
            Self::Reason => "desk-upload-reason",
            Self::TooManyWaiting => "desk-upload-too-many-waiting",
        }
    }
}

impl From<FileFault> for UploadFault {
    fn from(fault: FileFault) -> Self {
        match fault {
            FileFault::Empty => Self::Missing,
            FileFault::Utf16 => Self::Utf16,
            FileFault::Headings(_) => Self::Headings,
            FileFault::Missing { expected, found } => {
                Self::Column { expected, found: found.chars().take(MOST_SHOWN).collect() }
            }
            // It is in memory: there is nothing that cannot be read.
            FileFault::Read(_) => Self::NotText,
        }
    }
}

/// Looks at a whole file, and tells how many lines it has.
pub fn look(bytes: &[u8], columns: &ImportColumns) -> Result<u64, UploadFault> {
    if bytes.is_empty() {
        return Err(UploadFault::Missing);
    }
    if bytes.len() > MOST_LIST_BYTES {
        return Err(UploadFault::TooLarge);
    }
    if ARCHIVES.iter().any(|beginning| bytes.starts_with(beginning)) || bytes.starts_with(OLD_DOCUMENT) {
        return Err(UploadFault::Archive);
    }
    let list = List::open(Cursor::new(bytes.to_vec()), columns);
    if matches!(list, Err(FileFault::Utf16)) {
        return Err(UploadFault::Utf16);
    }
    let head = &bytes[..bytes.len().min(HEAD)];
    if bytes.starts_with(PDF) || head.contains(&0) {
        return Err(UploadFault::NotText);
    }
    let lines = list?.line_count();
    if lines > MOST_LINES { Err(UploadFault::TooManyLines) } else { Ok(lines) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn looked(bytes: &[u8]) -> Result<u64, UploadFault> {
        let columns = ImportColumns {
            identifier: "IDENTIFIANT".to_owned(),
            source_key: "NUMERO".to_owned(),
            given_name: "PRENOM".to_owned(),
            family_name: "NOM".to_owned(),
            email: "MEL".to_owned(),
            others: BTreeMap::new(),
        };
        look(bytes, &columns)
    }

    #[test]
    fn a_list_is_taken_and_anything_else_is_refused_for_what_it_is() {
        assert_eq!(looked(b"NUMERO;NOM\n1;Dupont\n"), Ok(2));
        assert_eq!(looked("NUMERO;NOM\r1;Lefèvre\r".as_bytes()), Ok(2));
        for archive in
            [b"PK\x03\x04xl/workbook.xml".as_slice(), b"\xd0\xcf\x11\xe0\xa1\xb1", b"\x1f\x8b\x08\0"]
        {
            assert_eq!(looked(archive), Err(UploadFault::Archive));
        }
        for other in
            [b"%PDF-1.7 NUMERO;NOM".as_slice(), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"NUMERO;NOM\n1;\0"]
        {
            assert_eq!(looked(other), Err(UploadFault::NotText), "{other:?}");
        }
        assert_eq!(looked(b"\xff\xfeN\0U\0"), Err(UploadFault::Utf16));
        assert_eq!(looked(b""), Err(UploadFault::Missing));
        assert_eq!(looked(b"NUMERO;\"NOM\n"), Err(UploadFault::Headings));
        assert!(matches!(looked(b"<html><body>"), Err(UploadFault::Column { .. })));
        let many = ["NUMERO;NOM\n".to_owned(), "1;x\n".repeat(100_001)].concat();
        assert_eq!(looked(many.as_bytes()), Err(UploadFault::TooManyLines));
        assert_eq!(looked(&vec![b'x'; MOST_LIST_BYTES + 1]), Err(UploadFault::TooLarge));
    }
}
