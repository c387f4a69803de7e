//! The physical lines of a file, one at a time and never more than 64 KiB of them.

use std::io::{self, BufRead};

/// The longest line that is looked at, in bytes; longer ones are skipped without being kept.
pub const LONGEST: usize = 64 * 1024;

/// How lines end in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// With a line feed, perhaps after a carriage return.
    LineFeed,
    /// With a carriage return alone, as long ago.
    CarriageReturn,
}

/// One line of a file.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Its bytes, without what ends it.
    Whole(&'a [u8]),
    /// It is longer than [`LONGEST`].
    TooLong,
}

/// Reads a file line by line.
pub struct Lines<R> {
    input: R,
    end: LineEnd,
    kept: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// The lines of an input.
    pub const fn of(input: R, end: LineEnd) -> Self {
        Self { input, end, kept: Vec::new(), number: 0 }
    }

    /// The next line with its number, from 1 on; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        self.kept.clear();
        let end = match self.end {
            LineEnd::LineFeed => b'\n',
            LineEnd::CarriageReturn => b'\r',
        };
        let (mut any, mut too_long) = (false, false);
        loop {
            let chunk = match self.input.fill_buf() {
                Ok([]) => break,
                Ok(chunk) => chunk,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            any = true;
            let stop = chunk.iter().position(|byte| *byte == end);
            let part = &chunk[..stop.unwrap_or(chunk.len())];
            if self.kept.len() + part.len() > LONGEST {
                too_long = true;
                self.kept.clear();
            } else if !too_long {
                self.kept.extend_from_slice(part);
            }
            let used = part.len() + usize::from(stop.is_some());
            self.input.consume(used);
            if stop.is_some() {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        self.number += 1;
        if too_long {
            return Ok(Some((self.number, Line::TooLong)));
        }
        let line = match self.end {
            LineEnd::LineFeed => self.kept.strip_suffix(b"\r").unwrap_or(&self.kept),
            LineEnd::CarriageReturn => &self.kept,
        };
        Ok(Some((self.number, Line::Whole(line))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], end: LineEnd) -> Vec<String> {
        let mut lines = Lines::of(io::BufReader::with_capacity(7, text), end);
        let mut read = Vec::new();
        while let Some((number, line)) = lines.next().unwrap() {
            let text = match line {
                Line::Whole(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Line::TooLong => "too long".to_owned(),
            };
            read.push(format!("{number}:{text}"));
        }
        read
    }

    #[test]
    fn lines_end_as_the_file_ends_them() {
        assert_eq!(read(b"a\r\nbb\n\nc", LineEnd::LineFeed), ["1:a", "2:bb", "3:", "4:c"]);
        assert_eq!(read(b"a\rb\r", LineEnd::CarriageReturn), ["1:a", "2:b"]);
        assert_eq!(read(b"", LineEnd::LineFeed), Vec::<String>::new());
    }

    #[test]
    fn a_line_of_a_megabyte_is_skipped_and_the_next_is_read() {
        let text = [b"a\n".as_slice(), &vec![b'x'; 1_000_000], b"\nb\n"].concat();
        assert_eq!(read(&text, LineEnd::LineFeed), ["1:a", "2:too long", "3:b"]);
        let longest = vec![b'x'; LONGEST];
        assert_eq!(read(&longest, LineEnd::LineFeed)[0].len(), LONGEST + 2);
    }
}
