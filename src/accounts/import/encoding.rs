//! In which encoding a list is written: looked at as a whole before the first row is read.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use encoding_rs::WINDOWS_1252;

use super::FileFault;
use super::lines::{Line, LineEnd, Lines};

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
/// Bytes that Windows-1252 leaves undefined.
const UNDEFINED: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/// How the characters of a file are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// What Excel writes in France by default.
    Windows1252,
}

/// What a look at the whole file tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// How its characters are written.
    pub encoding: Encoding,
    /// How its lines end.
    pub line_end: LineEnd,
    /// How many bytes come before the first line.
    pub skipped: u64,
    /// How many lines it has.
    pub lines: u64,
}

impl Form {
    /// Looks at the whole of a file, and leaves it at its first line.
    pub fn of<F: Read + Seek>(file: &mut F) -> Result<Self, FileFault> {
        let mut head = Vec::new();
        file.by_ref().take(4).read_to_end(&mut head)?;
        if head.is_empty() {
            return Err(FileFault::Empty);
        }
        if is_utf16(&head) {
            return Err(FileFault::Utf16);
        }
        let skipped = if head.starts_with(UTF8_MARK) { 3 } else { 0 };
        file.seek(SeekFrom::Start(skipped))?;
        let line_end = if holds_line_feed(file)? { LineEnd::LineFeed } else { LineEnd::CarriageReturn };
        file.seek(SeekFrom::Start(skipped))?;
        let (mut lines, mut good, mut bad) = (0, 0_u64, 0_u64);
        let mut reader = Lines::of(BufReader::with_capacity(64 * 1024, &mut *file), line_end);
        while let Some((number, line)) = reader.next()? {
            lines = number;
            let Line::Whole(bytes) = line else { continue };
            match std::str::from_utf8(bytes) {
                Ok(text) if text.is_ascii() => {}
                Ok(_) => good += 1,
                Err(_) => bad += 1,
            }
        }
        file.seek(SeekFrom::Start(skipped))?;
        // Valid sequences of UTF-8 do not come about by chance: with some, the lines that are not are broken.
        let is_utf8 = skipped > 0 || bad == 0 || good > 0;
        let encoding = if is_utf8 { Encoding::Utf8 } else { Encoding::Windows1252 };
        Ok(Self { encoding, line_end, skipped, lines })
    }
}

impl Encoding {
    /// The text of a line; `None` when it is not written so.
    pub fn decode(self, line: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => std::str::from_utf8(line).ok().map(Cow::Borrowed),
            Self::Windows1252 if line.iter().any(|byte| UNDEFINED.contains(byte)) => None,
            Self::Windows1252 => Some(WINDOWS_1252.decode_without_bom_handling(line).0),
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Windows1252 => "Windows-1252",
        }
    }
}

/// By its mark or, without one, by the zeros beside the letters of the first heading.
fn is_utf16(head: &[u8]) -> bool {
    let zeros: Vec<bool> = head.iter().map(|byte| *byte == 0).collect();
    matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
        || matches!(zeros.as_slice(), [false, true, false, true] | [true, false, true, false])
}

fn holds_line_feed<F: Read>(file: &mut F) -> io::Result<bool> {
    let mut reader = BufReader::with_capacity(64 * 1024, file);
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(false);
        }
        if chunk.contains(&b'\n') {
            return Ok(true);
        }
        let length = chunk.len();
        reader.consume(length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(bytes: &[u8]) -> Form {
        Form::of(&mut io::Cursor::new(bytes)).unwrap_or_else(|fault| panic!("{fault}"))
    }

    #[test]
    fn the_encoding_is_told_from_the_whole_file() {
        assert_eq!(form(b"NOM\nDupont\n").encoding, Encoding::Utf8);
        assert_eq!(form("NOM\nLefèvre\n".as_bytes()).encoding, Encoding::Utf8);
        assert_eq!(form(b"NOM\nLef\xe8vre\n").encoding, Encoding::Windows1252);
        let mixed = ["NOM\nLefèvre\n".as_bytes(), b"Lef\xe8vre\n"].concat();
        assert_eq!(form(&mixed).encoding, Encoding::Utf8);
        assert_eq!(form(b"\xef\xbb\xbfNOM\nLef\xe8vre\n").encoding, Encoding::Utf8);
        assert_eq!(form(b"\xef\xbb\xbfNOM\r\n"), Form { skipped: 3, lines: 1, ..form(b"NOM\r\n") });
    }

    #[test]
    fn utf_16_and_nothing_at_all_are_refused() {
        let refused = |bytes: &[u8]| Form::of(&mut io::Cursor::new(bytes)).unwrap_err();
        for bytes in [b"\xff\xfeN\0O\0".as_slice(), b"\xfe\xff\0N\0O", b"N\0O\0M\0", b"\0N\0O\0M"] {
            assert!(matches!(refused(bytes), FileFault::Utf16), "{bytes:?}");
        }
        assert!(matches!(refused(b""), FileFault::Empty));
    }

    #[test]
    fn bytes_that_windows_1252_does_not_define_are_no_text() {
        assert_eq!(Encoding::Windows1252.decode(b"\x80 \x9cuvre").as_deref(), Some("€ œuvre"));
        assert_eq!(Encoding::Windows1252.decode(b"a\x81"), None);
        assert_eq!(Encoding::Utf8.decode(b"a\xe8"), None);
    }
}
