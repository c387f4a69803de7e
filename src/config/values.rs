//! What a key may hold: from what was written to what is meant, or a problem in words.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use url::{Host, Url};

use super::document::{Value, quoted};

/// Why a value cannot be taken.
#[derive(Debug)]
pub(super) struct Problem {
    /// What it is in words, where more than the value itself is to be said, or less.
    pub found: Option<String>,
    /// What it should be.
    pub expected: String,
}

impl Problem {
    pub fn expected(expected: impl Into<String>) -> Self {
        Self { found: None, expected: expected.into() }
    }

    pub fn found(found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { found: Some(found.into()), expected: expected.into() }
    }
}

/// A value understood, or why not.
pub(super) type Parsed<T> = Result<T, Problem>;

/// A text with at least one visible character.
pub(super) fn text(value: &Value) -> Parsed<String> {
    text_expected(value, "a text").map(str::to_owned)
}

fn text_expected<'a>(value: &'a Value, expected: &str) -> Parsed<&'a str> {
    let text = value.as_text().filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| Problem::expected(expected))
}

/// A text that `understand` understands, described by `expected`.
pub(super) fn text_that<T>(
    expected: &str,
    understand: impl Fn(&str) -> Option<T>,
) -> impl Fn(&Value) -> Parsed<T> {
    move |value| understand(text_expected(value, expected)?).ok_or_else(|| Problem::expected(expected))
}

/// One of a few words.
pub(super) fn word<T: Clone>(words: &[(&str, T)]) -> impl Fn(&Value) -> Parsed<T> {
    move |value| {
        let text = value.as_text();
        let found = words.iter().find(|(word, _)| text == Some(word)).map(|(_, meaning)| meaning.clone());
        found.ok_or_else(|| {
            let words: Vec<String> = words.iter().map(|(word, _)| quoted(word)).collect();
            Problem::expected(match words.split_last() {
                Some((last, [])) => last.clone(),
                Some((last, others)) => format!("{} or {last}", others.join(", ")),
                None => "nothing".to_owned(),
            })
        })
    }
}

/// `true` or `false`.
pub(super) fn flag(value: &Value) -> Parsed<bool> {
    value.as_flag().ok_or_else(|| Problem::expected("true or false"))
}

/// A whole number within bounds.
pub(super) fn whole<T: TryFrom<i64>>(bounds: RangeInclusive<i64>) -> impl Fn(&Value) -> Parsed<T> {
    move |value| {
        let number = value.as_whole().filter(|number| bounds.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            Problem::expected(format!("a whole number from {} to {}", bounds.start(), bounds.end()))
        })
    }
}

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Seconds, for defaults and bounds.
pub(super) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Minutes, for defaults and bounds.
pub(super) const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * MINUTE)
}

/// Hours, for defaults and bounds.
pub(super) const fn hours(count: u64) -> Duration {
    Duration::from_secs(count * HOUR)
}

/// Days, for defaults and bounds.
pub(super) const fn days(count: u64) -> Duration {
    Duration::from_secs(count * DAY)
}

/// A duration within bounds: a number of seconds, or a text such as `15 min`.
pub(super) fn duration(bounds: RangeInclusive<Duration>) -> impl Fn(&Value) -> Parsed<Duration> {
    move |value| {
        let read = match value.as_whole() {
            Some(seconds) => u64::try_from(seconds).ok().map(Duration::from_secs),
            None => value.as_text().and_then(duration_of),
        };
        read.filter(|duration| bounds.contains(duration)).ok_or_else(|| {
            let (least, most) = (duration_in_words(*bounds.start()), duration_in_words(*bounds.end()));
            Problem::expected(format!(
                "a duration from {least} to {most}, such as \"90 s\", \"15 min\", \"12 h\", \"7 d\""
            ))
        })
    }
}

fn duration_of(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let count: u64 = text[..digits].parse().ok()?;
    let unit = match text[digits..].trim_start() {
        "s" => 1,
        "min" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        _ => return None,
    };
    count.checked_mul(unit).map(Duration::from_secs)
}

/// A duration in the largest unit that gives a whole number.
pub(super) fn duration_in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "min")];
    let unit = units.into_iter().find(|(length, _)| seconds > 0 && seconds.is_multiple_of(*length));
    let (length, name) = unit.unwrap_or((1, "s"));
    format!("{} {name}", seconds / length)
}

/// A path; a relative one begins at `base`.
pub(super) fn path(base: &Path) -> impl Fn(&Value) -> Parsed<PathBuf> {
    move |value| text_expected(value, "the path of a folder").map(|text| base.join(text))
}

/// A folder that can be read.
pub(super) fn folder(base: &Path) -> impl Fn(&Value) -> Parsed<PathBuf> {
    move |value| {
        let expected = "the path of a folder that can be read";
        let text = text_expected(value, expected)?;
        let path = base.join(text);
        match path.read_dir() {
            Ok(_) => Ok(path),
            Err(error) => Err(unusable(text, &path, &error, expected)),
        }
    }
}

/// A file that can be read.
pub(super) fn file(base: &Path) -> impl Fn(&Value) -> Parsed<PathBuf> {
    move |value| {
        let expected = "the path of a file that can be read";
        let text = text_expected(value, expected)?;
        let path = base.join(text);
        match std::fs::read(&path) {
            Ok(content) if content.is_empty() => {
                Err(Problem::found(format!("{}, which is empty", quoted(text)), expected))
            }
            Ok(_) => Ok(path),
            Err(error) => Err(unusable(text, &path, &error, expected)),
        }
    }
}

fn unusable(text: &str, path: &Path, error: &std::io::Error, expected: &str) -> Problem {
    let whole = if path == Path::new(text) { String::new() } else { format!(" at {}", path.display()) };
    Problem::found(format!("{}, which cannot be read{whole} ({error})", quoted(text)), expected)
}

/// A network in CIDR notation, without bits beyond its prefix, and not the whole of the Internet.
pub(super) fn network(value: &Value) -> Parsed<IpNet> {
    let expected = "a network such as \"10.0.0.0/8\" or \"fd00::/8\"";
    let text = text_expected(value, expected)?;
    if let Ok(address) = text.parse::<IpAddr>() {
        return Err(Problem::expected(format!(
            "a network; for this one address, \"{}\"",
            IpNet::from(address)
        )));
    }
    let network: IpNet = text.parse().map_err(|_| Problem::expected(expected))?;
    if network.prefix_len() == 0 {
        return Err(Problem::expected("a network, not the whole of the Internet"));
    }
    if network.trunc() != network {
        return Err(Problem::expected(format!(
            "a network; the one that holds this address is \"{}\"",
            network.trunc()
        )));
    }
    Ok(network)
}

/// Whether a URL leads to this very machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether the host of a URL has nothing in it but what hosts are made of: letters, digits, `-`, `.` and `_`, or is an
/// IP address.
///
/// Those who read URLs let other characters through, `;` and `,` among them, which in a policy of a page of ours
/// (CSP) would end what it says.
pub(super) fn has_plain_host(url: &Url) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    match url.host() {
        Some(Host::Domain(name)) => name.bytes().all(is_plain),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => true,
    }
}

/// Whether a URL is https, or http to this very machine, with a plain host, and bears no credentials.
pub(super) fn is_safe(url: &Url) -> bool {
    let is_bare = url.username().is_empty() && url.password().is_none() && has_plain_host(url);
    is_bare && (url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
}

/// No address is longer, in bytes: some travel in cookies, and browsers send those with all they ask.
pub(super) const LONGEST_ADDRESS: usize = 2_048;

/// An https address of a page, with anything after the host; http on loopback only.
pub(super) fn page_address(value: &Value) -> Parsed<Url> {
    let expected = "an https address of at most 2048 bytes (http is allowed on loopback only)";
    let is_short = |url: &Url| url.as_str().len() <= LONGEST_ADDRESS;
    text_that(expected, |text| Url::parse(text).ok().filter(is_short).filter(is_safe))(value)
}

/// Whether a name can stand on a page, and travel in a cookie: 200 characters, none of which is a control character
/// or turns the direction of what follows it.
pub(super) fn is_presentable(name: &str) -> bool {
    let is_hidden = |character: char| {
        character.is_control() || matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    name.chars().count() <= 200 && !name.chars().any(is_hidden)
}

/// An issuer identifier or the like: as [`page_address`], but without query or fragment.
pub(super) fn issuer_address(value: &Value) -> Parsed<Url> {
    let url = page_address(value)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Problem::expected("an https address without query or fragment"));
    }
    Ok(url)
}

/// An origin: scheme, host and port, nothing else.
pub(super) fn origin(value: &Value) -> Parsed<String> {
    let expected =
        "an origin such as \"https://app.example\": https (or http on loopback), a host, a port, no path";
    let text = text_expected(value, expected)?;
    let url = Url::parse(text).ok().filter(is_safe).ok_or_else(|| Problem::expected(expected))?;
    let origin = url.origin().ascii_serialization();
    if text == origin {
        return Ok(origin);
    }
    Err(Problem::expected(format!("the origin alone, \"{origin}\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn durations_are_numbers_of_seconds_or_texts_with_a_unit() {
        let read = |value: &Value| duration(seconds(1)..=days(400))(value).ok();
        assert_eq!(read(&written("15 min")), Some(minutes(15)));
        assert_eq!(read(&written("30s")), Some(seconds(30)));
        assert_eq!(read(&written("12 h")), Some(hours(12)));
        assert_eq!(read(&written("7 d")), Some(days(7)));
        assert_eq!(read(&Value::Whole(90)), Some(seconds(90)));
        for wrong in [
            "",
            "min",
            "1.5 h",
            "-1 s",
            "12",
            "1 week",
            "99999999999999999999 d",
            "1 d 2 h",
            "9999999999999999 d",
            "401 d",
        ] {
            assert_eq!(read(&written(wrong)), None, "{wrong}");
        }
        assert_eq!(read(&Value::Whole(-1)), None);
        assert_eq!(read(&Value::Whole(0)), None);
    }

    #[test]
    fn durations_are_worded_in_their_largest_unit() {
        assert_eq!(duration_in_words(seconds(0)), "0 s");
        assert_eq!(duration_in_words(seconds(90)), "90 s");
        assert_eq!(duration_in_words(hours(12)), "12 h");
        assert_eq!(duration_in_words(days(7)), "7 d");
    }

    #[test]
    fn a_network_is_not_everyone_nor_an_address_in_it() {
        assert!(network(&written("10.0.0.0/8")).is_ok());
        assert!(network(&written("fd00::/8")).is_ok());
        for wrong in ["10.0.0.1", "10.0.0.1/8", "0.0.0.0/0", "::/0", "10.0.0.0/33", "proxy"] {
            assert!(network(&written(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_origin_is_an_origin_and_nothing_more() {
        assert!(origin(&written("https://app.example")).is_ok());
        assert!(origin(&written("http://127.0.0.1:8089")).is_ok());
        for wrong in [
            "https://app.example/",
            "http://app.example",
            "https://u@app.example",
            "https://app.example:443",
            "app.example",
            "https://APP.example",
            "*",
        ] {
            assert!(origin(&written(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_and_addresses_are_not_longer_than_a_page_and_a_cookie_bear() {
        assert!(is_presentable(&"é".repeat(200)));
        for wrong in ["x".repeat(201), "a\0".to_owned(), "a\nb".to_owned(), "\u{202E}knab".to_owned()] {
            assert!(!is_presentable(&wrong), "{wrong:?}");
        }
        let address = |length: usize| format!("https://id.example/{}", "x".repeat(length - 19));
        assert!(page_address(&written(&address(2_048))).is_ok());
        assert!(page_address(&written(&address(2_049))).is_err());
    }

    #[test]
    fn http_is_for_loopback_only() {
        for fine in [
            "https://id.example/x?y#z",
            "http://localhost:1",
            "http://127.9.9.9",
            "http://[::1]:8",
            "https://a_b-c.xn--9ca.example:1",
        ] {
            assert!(page_address(&written(fine)).is_ok(), "{fine}");
        }
        for wrong in [
            "http://id.example",
            "http://localhost.example",
            "ftp://x",
            "javascript:alert(1)",
            "https://u:p@id.example",
            "https://x;sandbox/",
            "https://x;y.example/",
            "https://x,y.example/",
            "https://x'y.example/",
            "https://x$y.example/",
            "//x",
            "https://",
        ] {
            assert!(page_address(&written(wrong)).is_err(), "{wrong}");
        }
    }
}
