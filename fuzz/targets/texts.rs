//! What people type: codes, identifiers, addresses; and the words of the protocol.

use guichet::accounts::{CaseNumber, LetterNumber, LookupKey, TemporaryPassword, Typed, looks_like_numen};
use guichet::kit::spreadsheet;
use guichet::kit::typed_code::TypedCode;
use guichet::mail::Address;
use guichet::oidc::scopes::Scopes;
use unicode_normalization::UnicodeNormalization;

/// Whatever is read as a code is read from what is printed of it, and is made of what codes are made of.
pub fn typed_codes(input: &[u8]) {
    let typed = String::from_utf8_lossy(input);
    if let Some(code) = TypedCode::read(&typed) {
        assert_eq!(TypedCode::read(&code.to_string()), Some(code.clone()));
        assert!(code.letters().len() == 8 && code.letters().bytes().all(|byte| byte.is_ascii_uppercase()));
    }
    if let Some(number) = LetterNumber::parse(&typed) {
        assert_eq!(LetterNumber::parse(number.as_str()), Some(number.clone()));
        assert!(number.as_str().len() == 9 && number.as_str().is_ascii());
    }
    if let Some(number) = CaseNumber::parse(&typed) {
        assert_eq!(CaseNumber::parse(&number.spoken()), Some(number.clone()));
        assert!(number.as_str().len() == 6 && number.as_str().bytes().all(|byte| byte.is_ascii_digit()));
    }
    match TemporaryPassword::read(&typed) {
        Typed::Exact(canonical) => {
            let again = TemporaryPassword::read(canonical.expose());
            assert!(matches!(again, Typed::Exact(text) if text.matches(canonical.expose())));
            assert_eq!(TemporaryPassword::canonical(&typed), canonical.expose());
        }
        Typed::Slip | Typed::Other => {}
    }
    let _ = looks_like_numen(&typed);
}

/// All spellings of an identifier have one key, and a key is its own.
pub fn identifiers(input: &[u8]) {
    let typed = String::from_utf8_lossy(input);
    let key = LookupKey::of(&typed);
    assert_eq!(LookupKey::of(key.as_str()), key, "{typed:?}");
    for spelling in [
        typed.to_ascii_uppercase(),
        typed.to_ascii_lowercase(),
        format!(" {typed}\u{a0}"),
        typed.nfd().collect(),
        typed.nfc().collect(),
    ] {
        assert_eq!(LookupKey::of(&spelling), key, "{typed:?} as {spelling:?}");
    }
}

/// Whatever is taken for an address can be written into a mail, and is taken again.
pub fn mail_addresses(input: &[u8]) {
    let typed = String::from_utf8_lossy(input);
    let Some(address) = Address::parse(&typed) else { return };
    let text = address.as_str();
    assert_eq!(Address::parse(text).as_ref(), Some(&address));
    assert_eq!(text, typed.trim());
    assert!(text.len() <= 254 && !text.chars().any(|c| c.is_control() || c.is_whitespace()), "{text:?}");
    let (user, domain) = text.rsplit_once('@').expect("an address has two sides");
    assert!(!user.is_empty() && domain.contains('.'), "{text:?}");
    assert!(address.masked().ends_with(domain), "{text:?}");
}

/// A set of scopes is printed and read again, and what two share is within both.
pub fn scopes(input: &[u8]) {
    let [first, second] = super::lines(input);
    let (first, second) = (String::from_utf8_lossy(first), String::from_utf8_lossy(second));
    let (first, second) = (Scopes::parse(&first), Scopes::parse(&second));
    for scopes in [&first, &second] {
        let printed = scopes.to_string();
        assert_eq!(Scopes::parse(&printed), *scopes);
        assert_eq!(printed.is_empty(), scopes.is_empty());
        assert!(printed.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\'));
    }
    let (shared, joined) = (first.shared_with(&second), first.joined_with(&second));
    assert!(shared.is_within(&first) && shared.is_within(&second));
    assert!(first.is_within(&joined) && second.is_within(&joined));
    assert_eq!(first.is_within(&second), shared == first);
}

/// No field of a row begins a formula, and no field breaks out of its own.
pub fn spreadsheet(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let fields: Vec<&str> = text.split('\n').collect();
    let row = spreadsheet::row(fields.iter().copied()).expect("fields in memory can be written");
    let row = String::from_utf8(row).expect("a row is text");
    let read = fields_of(row.strip_suffix("\r\n").expect("a row ends with its line"));
    assert_eq!(read.len(), fields.len(), "{row:?}");
    for (field, read) in fields.iter().zip(read) {
        let is_formula = read.starts_with(['=', '+', '-', '@', '\t', '\r']);
        assert!(
            !is_formula
                && read.strip_prefix('\'').unwrap_or(&read) == field.strip_prefix('\'').unwrap_or(field)
        );
    }
}

/// The fields of a row, read by the letter (RFC 4180 §2).
fn fields_of(row: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut is_quoted = false;
    let mut characters = row.chars().peekable();
    while let Some(character) = characters.next() {
        let field = fields.last_mut().expect("there is always one");
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => is_quoted = !is_quoted,
            ';' if !is_quoted => fields.push(String::new()),
            other => field.push(other),
        }
    }
    assert!(!is_quoted, "{row:?}");
    fields
}
