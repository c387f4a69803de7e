//! Rows of files that people open in a spreadsheet.

/// A row, with the delimiter and the line end that spreadsheets in France expect, and no field that one takes for a
/// formula.
pub fn row<'a>(fields: impl IntoIterator<Item = &'a str>) -> Result<Vec<u8>, csv::Error> {
    let mut writer =
        csv::WriterBuilder::new().delimiter(b';').terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(fields.into_iter().map(harmless))?;
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// A field that no spreadsheet takes for a formula (OWASP, CSV Injection).
fn harmless(field: &str) -> String {
    match field.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{field}"),
        _ => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_looks_like_a_formula_is_text() {
        let row = row(["=cmd|' /C calc'!A0", "+33 4", "-1", "@x", "a=b", "x;\"y\""]).unwrap();
        let expected = "'=cmd|' /C calc'!A0;'+33 4;'-1;'@x;a=b;\"x;\"\"y\"\"\"\r\n";
        assert_eq!(String::from_utf8(row).unwrap(), expected);
    }
}
