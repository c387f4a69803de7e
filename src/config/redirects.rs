//! The addresses to which browsers may be sent back.
//!
//! They are compared as exact strings later (RFC 9700 §2.1), so that here only those pass which every
//! browser reads as they are written.

use url::Url;

use super::document::Value;
use super::values::{LONGEST_ADDRESS, Parsed, Problem, has_plain_host, is_loopback};

/// Parameters that an answer adds (RFC 6749 §4.1.2, RFC 9207); an address that already bears one would
/// make the answer ambiguous.
const PARAMETERS_OF_ANSWERS: [&str; 6] = ["code", "state", "iss", "error", "error_description", "error_uri"];

/// A `redirect_uri`: https, or http on loopback, or a native application's own scheme.
pub(super) fn redirect_uri(value: &Value) -> Parsed<String> {
    let expected = "an https address (http on loopback only, or a native application's scheme such as \
                    \"fr.example.app:/callback\")";
    let text = value.as_text().ok_or_else(|| Problem::expected(expected))?;
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Problem::expected("an address of visible ASCII characters, without spaces"));
    }
    if text.len() > LONGEST_ADDRESS {
        return Err(Problem::expected("an address of at most 2048 bytes"));
    }
    if text.contains(['*', '\\']) {
        return Err(Problem::expected("one exact address, without wildcard or backslash"));
    }
    if text.contains('#') {
        return Err(Problem::expected("an address without fragment"));
    }
    let url = Url::parse(text).map_err(|_| Problem::expected(expected))?;
    if !url.username().is_empty() || url.password().is_some() || authority(text).contains('@') {
        return Err(Problem::expected("an address without credentials"));
    }
    if !has_plain_host(&url) {
        return Err(Problem::expected(
            "an address whose host is made of letters, digits, \"-\", \".\" and \"_\"",
        ));
    }
    let is_allowed = match url.scheme() {
        "https" => true,
        "http" => is_loopback(&url),
        native => is_native(native) && text.len() > native.len() + 1,
    };
    if !is_allowed {
        return Err(Problem::expected(expected));
    }
    if let Some((name, _)) =
        url.query_pairs().find(|(name, _)| PARAMETERS_OF_ANSWERS.contains(&name.as_ref()))
    {
        return Err(Problem::expected(format!("an address without the parameter {name}, which answers add")));
    }
    if text != url.as_str() && format!("{text}/") != url.as_str() {
        return Err(Problem::expected(format!("it as browsers write it, \"{url}\"")));
    }
    Ok(text.to_owned())
}

/// The part of an address that names the host, with whatever stands before it.
fn authority(text: &str) -> &str {
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

/// Whether a scheme is a domain name turned around, as a native application's must be (RFC 8252 §7.1).
fn is_native(scheme: &str) -> bool {
    scheme.contains('.') && scheme.split('.').all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_fine(text: &str) -> bool {
        redirect_uri(&Value::Text(text.to_owned())).is_ok()
    }

    #[test]
    fn exact_addresses_of_the_allowed_schemes_pass() {
        for text in [
            "https://app.example/callback",
            "https://app.example",
            "https://app.example:8443/cb?tenant=1",
            "http://127.0.0.1:8089/callback",
            "http://[::1]/cb",
            "http://localhost:3000/cb",
            "fr.example.app:/callback",
            "fr.example.app://callback",
        ] {
            assert!(is_fine(text), "{text}: {:?}", redirect_uri(&Value::Text(text.to_owned())));
        }
    }

    #[test]
    fn whatever_a_browser_might_read_otherwise_is_refused() {
        for text in [
            "",
            "app.example/cb",
            "http://app.example/cb",
            "http://localhost.example/cb",
            "http://127.0.0.1.example/cb",
            "https://user@app.example/cb",
            "https://@app.example/cb",
            "https://app.example/cb#",
            "https://app.example/cb#x",
            "https://*.example/cb",
            "https://app.example\\@evil.example/cb",
            "https://app.example/c b",
            "https://app.example/c\tb",
            "https://app.example/é",
            "https://äpp.example/cb",
            "https:/app.example/cb",
            "https:app.example/cb",
            "https:///app.example/cb",
            "HTTPS://app.example/cb",
            "https://APP.example/cb",
            "https://app.example:443/cb",
            "https://app.example/a/../cb",
            "https://app.example/a/%2e%2e/cb",
            "https://app.example/cb?code=1",
            "https://app.example/cb?x=1&state=",
            "https://app.example/cb?%69ss=x",
            "https://app.example/cb?error=x",
            "https://x;sandbox/",
            "https://x;y.example/cb",
            "https://x,y.example/cb",
            "fr.example.app://x;y/cb",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "myapp:/callback",
            "myapp://callback",
            ".:/x",
            "fr.example.app:",
            "ftp://app.example/",
        ] {
            assert!(!is_fine(text), "{text}");
        }
        assert!(redirect_uri(&Value::Whole(1)).is_err());
    }
}
