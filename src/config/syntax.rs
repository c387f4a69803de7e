//! From the text of the file to its tree, past the lines that are not TOML.
//!
//! The parser stops at the first line that it cannot make sense of. To report every such line, the
//! line is set aside and the rest is parsed again, until all that is left is TOML.

use toml::de::DeTable;

use super::document::{Table, tree};
use super::faults::{Fault, Place, What};

/// How many syntax faults are worth reporting; a file with more is not a configuration.
const MOST_REPORTED: usize = 50;

/// What could be made of a text.
pub(super) struct Parsed {
    pub table: Table,
    pub faults: Vec<Fault>,
    /// The lines that were set aside.
    pub lost: Lost,
}

/// The lines that were set aside, by which a key may seem to be missing that is only mistyped.
#[derive(Default)]
pub(super) struct Lost(Vec<String>);

impl Lost {
    /// Whether nothing was set aside.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a line that was set aside mentions a key or section of this name.
    pub fn mentions(&self, name: &str) -> bool {
        let is_part = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
        self.0.iter().any(|line| {
            let start = line.split('=').next().unwrap_or_default();
            start.split(|character| !is_part(character)).any(|word| word == name)
        })
    }
}

/// Parses what can be parsed of `text`, the content of the file that messages call `name`.
pub(super) fn parse(text: &str, name: &str) -> Parsed {
    // The parser tolerates a byte order mark too, but its columns would count it.
    let mut lines: Vec<String> =
        text.strip_prefix('\u{feff}').unwrap_or(text).split('\n').map(str::to_owned).collect();
    let mut faults = Vec::new();
    let mut lost = Lost::default();
    loop {
        let current = lines.join("\n");
        let starts = line_starts(&current);
        let error = match DeTable::parse(&current) {
            Ok(document) => {
                let at = |offset: usize| Place::Line(position(&current, &starts, offset).0, None);
                return Parsed { table: tree(document.get_ref(), &at), faults, lost };
            }
            Err(error) => error,
        };
        let offset = error.span().map_or(0, |span| span.start);
        let (line, column) = position(&current, &starts, offset);
        let guilty = guilty_line(&lines, line, error.message());
        let place = Place::Line(guilty, (guilty == line).then_some(column));
        let reason = reason(&lines[guilty - 1], error.message());
        faults.push(Fault::new(name, place, "", What::Syntax(reason)));
        if faults.len() == MOST_REPORTED || !set_aside(&mut lines, guilty, &mut lost) {
            return Parsed { table: Table::new(), faults, lost: Lost(lines) };
        }
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(offset, _)| offset + 1)).collect()
}

/// The line and column, both from 1, of a byte offset.
fn position(text: &str, starts: &[usize], offset: usize) -> (usize, usize) {
    let line = starts.partition_point(|start| *start <= offset).max(1);
    let before = text.get(starts[line - 1]..offset).unwrap_or_default();
    (line, before.chars().count() + 1)
}

/// The line that is to blame for a fault seen at `line`, both counted from 1.
///
/// An unclosed list or text is noticed only further down, where the next key begins.
fn guilty_line(lines: &[String], line: usize, message: &str) -> usize {
    let above = || lines[..line - 1].iter().enumerate().rev();
    if message.contains("multi-line") {
        let opens = |text: &str| text.contains("\"\"\"") || text.contains("'''");
        if opens(&lines[line - 1]) {
            return line;
        }
        return above().find(|(_, text)| opens(text)).map_or(line, |(index, _)| index + 1);
    }
    let is_inside = message.contains("array") || message.contains("inline table");
    let seems_innocent = begins_statement(&lines[line - 1]) || lines[line - 1].trim().is_empty();
    // When the bracket stands on this very line, the line is to blame after all.
    if is_inside && seems_innocent && !lines[line - 1].contains(['[', '{']) {
        let found = above().find(|(_, text)| begins_statement(text) && text.contains(['[', '{']));
        return found.map_or(line, |(index, _)| index + 1);
    }
    line
}

/// Whether a line looks like `key = …` or `[header]`.
fn begins_statement(line: &str) -> bool {
    let line = line.trim_start();
    if is_header(line) {
        return true;
    }
    line.split_once('=').is_some_and(|(key, _)| {
        let key = key.trim_end();
        !key.is_empty()
            && key
                .chars()
                .all(|character| character.is_alphanumeric() || matches!(character, '_' | '-' | '.'))
    })
}

fn is_header(line: &str) -> bool {
    let after = line.trim_start().trim_start_matches('[');
    line.trim_start().starts_with('[') && after.starts_with(|first: char| first.is_alphanumeric())
}

/// Says what is wrong, better than the parser where a frequent mistake can be recognized.
fn reason(line: &str, message: &str) -> String {
    let value = line.split_once('=').map(|(_, value)| value.trim());
    match value {
        Some("") => "there is no value after the =".to_owned(),
        Some(value) if value.starts_with(char::is_alphabetic) && !message.contains("duplicate") => {
            "a text stands between quotes, as in key = \"text\"".to_owned()
        }
        _ if message.contains("duplicate key") => "this key or section is given twice".to_owned(),
        _ => message.to_owned(),
    }
}

/// Blanks a line, with the whole section when the line is its header; false when nothing was left to
/// blank, so that parsing again would not go further.
fn set_aside(lines: &mut [String], line: usize, lost: &mut Lost) -> bool {
    let index = line - 1;
    if lines[index].trim().is_empty() {
        return false;
    }
    let mut end = index + 1;
    if lines[index].trim_start().starts_with('[') {
        end += lines[end..].iter().take_while(|text| !is_header(text)).count();
    }
    for text in &mut lines[index..end] {
        lost.0.push(std::mem::take(text));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(text: &str) -> Vec<String> {
        parse(text, "x.toml").faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_line_that_is_not_toml_is_reported_with_line_and_column() {
        let faults = faults_of("[s]\nlisten \"1\"\nb = \"abc\nc =\n d = 12x\ne = 5\nv = yes\ne = 6\n");
        let expected = [
            "x.toml:2:8: not valid TOML: key with no value, expected `=`",
            "x.toml:3:9: not valid TOML: ",
            "x.toml:4:4: not valid TOML: there is no value after the =",
            "x.toml:5:",
            "x.toml:7:5: not valid TOML: a text stands between quotes, as in key = \"text\"",
            "x.toml:8:1: not valid TOML: this key or section is given twice",
        ];
        for start in expected {
            assert!(faults.iter().any(|fault| fault.starts_with(start)), "{start} not in {faults:#?}");
        }
        assert_eq!(faults.len(), expected.len(), "{faults:#?}");
    }

    #[test]
    fn an_unclosed_list_is_reported_where_it_begins() {
        let parsed = parse("a = 1\nb = [1,\n 2\nc = 3\n[s]\nd = 4\n", "x.toml");
        assert_eq!(parsed.faults[0].line(), Some(2), "{:#?}", parsed.faults);
        assert!(parsed.table.contains_key("c") && parsed.table.contains_key("s"));
    }

    #[test]
    fn an_unclosed_long_text_is_reported_where_it_begins() {
        let parsed = parse("a = 1\nb = \"\"\"abc\nc = 3\n", "x.toml");
        assert_eq!(parsed.faults.len(), 1, "{:#?}", parsed.faults);
        assert_eq!(parsed.faults[0].line(), Some(2));
        assert!(parsed.table.contains_key("c"));
    }

    #[test]
    fn a_section_given_twice_does_not_spill_into_the_one_above() {
        let parsed = parse("[a]\nx = 1\n[b]\nx = 1\n[a]\nx = 2\n[c]\ny = 1\n", "x.toml");
        assert_eq!(parsed.faults.len(), 1, "{:#?}", parsed.faults);
        assert_eq!(parsed.faults[0].line(), Some(5));
        assert!(parsed.table.contains_key("c") && parsed.lost.mentions("x"));
    }

    #[test]
    fn rubbish_ends_in_faults_not_in_a_loop() {
        assert!(!faults_of(&"\u{0}=[[[\"'\n".repeat(500)).is_empty());
        assert!(!faults_of("\"\"\"").is_empty());
        assert!(faults_of("").is_empty());
        assert!(faults_of("\u{feff}a = 1\r\nb = 2\r\n").is_empty());
    }
}
