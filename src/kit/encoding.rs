//! The two text forms of bytes in use here.

use data_encoding::BASE64URL_NOPAD;

/// Base64url without padding (RFC 4648 §5), the form of every token, hash and key in text.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// The bytes of a base64url text without padding; `None` for anything else.
#[must_use]
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}
