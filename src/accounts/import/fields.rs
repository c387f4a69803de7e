//! The fields of a line, and the headings of the first.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::FileFault;
use super::report::Refusal;
use crate::config::ImportColumns;

/// What may stand between fields, the likeliest first.
const DELIMITERS: [char; 3] = [';', ',', '\t'];

/// Which field of a row says what.
#[derive(Debug)]
pub struct Headings {
    /// What stands between fields.
    delimiter: char,
    /// How many fields a row has.
    width: usize,
    identifier: Option<usize>,
    source_key: Option<usize>,
    given_name: Option<usize>,
    family_name: usize,
    email: Option<usize>,
    /// Claims to keep, with their fields.
    others: Vec<(String, usize)>,
}

/// The fields of a row, as they stand there.
#[derive(Debug, PartialEq, Eq)]
pub struct Fields {
    pub identifier: Option<String>,
    pub source_key: Option<String>,
    /// `None` when the list has no such column.
    pub given_name: Option<String>,
    pub family_name: String,
    /// `None` when the list has no such column.
    pub email: Option<String>,
    pub others: Vec<(String, String)>,
}

impl Headings {
    /// Reads the heading line.
    pub fn read(line: &str, columns: &ImportColumns) -> Result<Self, FileFault> {
        let count = |delimiter: char| outside_quotes(line).filter(|found| *found == delimiter).count();
        // Of several that come as often, this takes the last.
        let delimiter = DELIMITERS.into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(';');
        let names = split(line, delimiter).map_err(|refusal| FileFault::Headings(refusal.to_string()))?;
        let found: Vec<String> = names.iter().map(|name| folded(name)).collect();
        let place = |heading: &str| -> Result<Option<usize>, FileFault> {
            let heading = folded(heading);
            let mut places =
                found.iter().enumerate().filter(|(_, name)| **name == heading).map(|(place, _)| place);
            match (places.next(), places.next()) {
                (Some(_), Some(_)) => Err(FileFault::Headings(format!("the heading {heading} stands twice"))),
                (place, _) => Ok(place),
            }
        };
        let missing = |expected: String| FileFault::Missing {
            expected,
            found: names.iter().map(|name| name.trim()).collect::<Vec<_>>().join(", "),
        };
        let family_name = place(&columns.family_name)?.ok_or_else(|| missing(columns.family_name.clone()))?;
        let identifier = place(&columns.identifier)?;
        let source_key = place(&columns.source_key)?;
        if identifier.is_none() && source_key.is_none() {
            return Err(missing(format!("{} or {}", columns.source_key, columns.identifier)));
        }
        let mut others = Vec::new();
        for (claim, heading) in &columns.others {
            if let Some(place) = place(heading)? {
                others.push((claim.clone(), place));
            }
        }
        Ok(Self {
            delimiter,
            width: names.len(),
            identifier,
            source_key,
            given_name: place(&columns.given_name)?,
            family_name,
            email: place(&columns.email)?,
            others,
        })
    }

    /// The fields of a row; what is beyond the headings must be empty.
    pub fn fields(&self, line: &str) -> Result<Fields, Refusal> {
        let fields = split(line, self.delimiter)?;
        let surplus = fields.iter().skip(self.width).any(|field| !field.trim().is_empty());
        if fields.len() < self.width || surplus {
            return Err(Refusal::Width { found: fields.len(), expected: self.width });
        }
        let field = |place: usize| fields[place].trim().to_owned();
        Ok(Fields {
            identifier: self.identifier.map(field),
            source_key: self.source_key.map(field),
            given_name: self.given_name.map(field),
            family_name: field(self.family_name),
            email: self.email.map(field),
            others: self.others.iter().map(|(claim, place)| (claim.clone(), field(*place))).collect(),
        })
    }
}

/// The form in which headings are compared: without case, accents, spaces and what is no letter or digit.
fn folded(heading: &str) -> String {
    heading
        .nfkd()
        .filter(|character| !is_combining_mark(*character) && character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn outside_quotes(line: &str) -> impl Iterator<Item = char> {
    let mut quoted = false;
    line.chars().filter(move |character| {
        quoted ^= *character == '"';
        !quoted
    })
}

/// Splits a line at its delimiters (RFC 4180 §2, but a quoted field ends on its line).
fn split(line: &str, delimiter: char) -> Result<Vec<String>, Refusal> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let opening = rest.trim_start_matches(' ');
        let after = if let Some(quoted) = opening.strip_prefix('"') {
            let (field, after) = unquote(quoted).ok_or(Refusal::Quotes)?;
            fields.push(field);
            after.trim_start_matches(' ')
        } else {
            let end = rest.find(delimiter).unwrap_or(rest.len());
            if rest[..end].contains('"') {
                return Err(Refusal::Quotes);
            }
            fields.push(rest[..end].to_owned());
            &rest[end..]
        };
        if after.is_empty() {
            return Ok(fields);
        }
        rest = after.strip_prefix(delimiter).ok_or(Refusal::Quotes)?;
    }
}

/// The field up to its closing quotation mark, and what comes after; `None` when none closes it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let mark = rest.find('"')?;
        field.push_str(&rest[..mark]);
        rest = &rest[mark + 1..];
        match rest.strip_prefix('"') {
            Some(doubled) => {
                field.push('"');
                rest = doubled;
            }
            None => return Some((field, rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn columns() -> ImportColumns {
        ImportColumns {
            identifier: "IDENTIFIANT".to_owned(),
            source_key: "NUMERO".to_owned(),
            given_name: "PRENOM".to_owned(),
            family_name: "NOM".to_owned(),
            email: "MEL".to_owned(),
            others: BTreeMap::from([("duty".to_owned(), "Qualité".to_owned())]),
        }
    }

    #[test]
    fn what_is_quoted_counts_for_no_delimiter() {
        let outside = |line| outside_quotes(line).filter(|character| *character == ';').count();
        assert_eq!((outside("a;b;c"), outside("a;\"b;c;d\";e"), outside("\"a;b\";\"c;d\"")), (2, 2, 1));
    }

    #[test]
    fn fields_are_split_where_the_headings_are() {
        for (line, expected) in [
            ("a;b;c", Ok(vec!["a", "b", "c"])),
            ("a;;", Ok(vec!["a", "", ""])),
            (r#""a;b";c"#, Ok(vec!["a;b", "c"])),
            (r#""say ""yes""";"""#, Ok(vec![r#"say "yes""#, ""])),
            (r#""say ""yes"";x"#, Err(Refusal::Quotes)),
            (r#""say ""yes""" ;"#, Ok(vec![r#"say "yes""#, ""])),
            (r#"a; "b" ;c"#, Ok(vec!["a", "b", "c"])),
            (r#"a;"b"#, Err(Refusal::Quotes)),
            (r#"a;"b"c"#, Err(Refusal::Quotes)),
            (r#"a;b"c"#, Err(Refusal::Quotes)),
        ] {
            let expected = expected.map(|fields| fields.into_iter().map(str::to_owned).collect());
            assert_eq!(split(line, ';'), expected, "{line}");
        }
    }

    #[test]
    fn headings_are_found_whatever_their_case_accents_and_spaces() {
        for line in [
            "Numéro;Nom ;PRÉNOM;m e l;qualite",
            "numero,NOM,prenom,mel,QUALITE",
            "NUMERO\tNOM\tPRENOM\tMEL\tQualité",
        ] {
            let headings = Headings::read(line, &columns()).unwrap_or_else(|fault| panic!("{line}: {fault}"));
            let row = ["12", "Lefèvre", " Élodie ", "", "juré"].join(&headings.delimiter.to_string());
            let fields = headings.fields(&row).unwrap();
            assert_eq!(fields.source_key.as_deref(), Some("12"));
            assert_eq!(
                (fields.family_name.as_str(), fields.given_name.as_deref()),
                ("Lefèvre", Some("Élodie"))
            );
            assert_eq!((fields.identifier, fields.email), (None, Some(String::new())));
            assert_eq!(fields.others, [("duty".to_owned(), "juré".to_owned())]);
        }
    }

    #[test]
    fn a_list_without_what_it_needs_is_refused_with_what_it_has() {
        let refused = |line: &str| Headings::read(line, &columns()).unwrap_err().to_string();
        let told = refused("NUMERO;NAME");
        assert!(told.contains("NOM") && told.contains("NUMERO, NAME"), "{told}");
        assert!(refused("NOM;PRENOM").contains("NUMERO or IDENTIFIANT"));
        assert!(refused("NUMERO;NOM;nom").contains("twice"));
        assert!(refused("NUMERO;\"NOM").contains("quotation"));
    }

    #[test]
    fn a_row_of_another_width_is_refused() {
        let headings = Headings::read("NUMERO;NOM;PRENOM", &columns()).unwrap();
        assert_eq!(headings.fields("1;A").unwrap_err(), Refusal::Width { found: 2, expected: 3 });
        assert_eq!(headings.fields("1;A;B;C").unwrap_err(), Refusal::Width { found: 4, expected: 3 });
        assert!(headings.fields("1;A;B; ;").is_ok());
    }
}
