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
        let reason = reason(&lines[guilty - 1], guilty == line, error.message());
        faults.push(Fault::new(name, place, "", What::Syntax(reason)));
        let is_mended = guilty == line && error.message().starts_with("missing comma") && {
            mend_comma(&mut lines, line, column, offset)
        };
        if is_mended && faults.len() < MOST_REPORTED {
            continue;
        }
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
    let here = &lines[line - 1];
    let nearest_above = |wanted: fn(&str) -> bool| lines[..line - 1].iter().rposition(|text| wanted(text));
    if message.contains("multi-line") {
        let opens = |text: &str| text.contains("\"\"\"") || text.contains("'''");
        return if opens(here) { line } else { nearest_above(opens).map_or(line, |index| index + 1) };
    }
    let is_inside = ["array", "inline table", "key-value"].iter().any(|word| message.contains(word));
    if is_inside && (begins_statement(here) || here.trim().is_empty()) {
        let opener = nearest_above(begins_statement).filter(|index| is_open(&lines[*index..line - 1]));
        return opener.map_or(line, |index| index + 1);
    }
    line
}

/// Whether some bracket in these lines is never closed.
fn is_open(lines: &[String]) -> bool {
    let count = |brackets: [char; 2]| lines.iter().map(|line| line.matches(brackets).count()).sum::<usize>();
    count(['[', '{']) > count([']', '}'])
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

/// Whether a line looks like `[a.b]` or `[[a]]`, closed or not.
fn is_header(line: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix('[') else { return false };
    let name = rest.trim_start_matches('[').split([']', '#']).next().unwrap_or_default().trim();
    let is_part = |character: char| character.is_alphanumeric() || "_-. ".contains(character);
    !name.is_empty() && name.chars().all(is_part)
}

/// Says what is wrong, better than the parser where a frequent mistake can be recognized.
fn reason(line: &str, is_noticed_here: bool, message: &str) -> String {
    let value = line.split_once('=').map_or("", |(_, value)| value.trim());
    let is_about_text = message.contains("basic string") || message.contains("literal string");
    let said = match message {
        _ if message.contains("duplicate key") => "this key or section is given twice",
        _ if !is_noticed_here => "what is opened here is not closed",
        _ if line.trim_end().ends_with('=') => "there is no value after the =",
        _ if value.starts_with(char::is_alphabetic) => "a text stands between quotes, as in key = \"text\"",
        _ if is_about_text && value.starts_with(['"', '\'']) => "the text is not closed by a quote",
        plain => plain,
    };
    said.to_owned()
}

/// Puts the comma that is missing before this place, if that lets the parser go further.
fn mend_comma(lines: &mut [String], line: usize, column: usize, offset: usize) -> bool {
    let Some((at, _)) = lines[line - 1].char_indices().nth(column - 1) else { return false };
    lines[line - 1].insert(at, ',');
    let is_better = match DeTable::parse(&lines.join("\n")) {
        Ok(_) => true,
        Err(error) => error.span().is_some_and(|span| span.start > offset + 1),
    };
    if !is_better {
        lines[line - 1].remove(at);
    }
    is_better
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
    fn a_missing_comma_hides_nothing_else() {
        let parsed = parse("a = [\n \"b\"\n \"c\",\n { d = 1 }\n \"e\"\n]\nf = 3\n", "x.toml");
        let lines: Vec<_> = parsed.faults.iter().map(Fault::line).collect();
        assert_eq!(lines, [Some(3), Some(5)], "{:#?}", parsed.faults);
        assert!(parsed.lost.is_empty() && parsed.table.contains_key("f"));
        assert_eq!(parsed.table["a"].value.as_list().map(<[_]>::len), Some(4));
    }

    #[test]
    fn an_unclosed_inline_section_is_reported_where_it_begins() {
        let parsed = parse("a = { b = 1\nc = 3\n[s]\nd = 4\n", "x.toml");
        assert_eq!(parsed.faults.len(), 1, "{:#?}", parsed.faults);
        assert_eq!(parsed.faults[0].line(), Some(1));
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
