//! `[server]`, `[database]`, `[keys]`, `[logs]`: the installation itself.

use std::net::SocketAddr;
use std::path::Path;

use tracing_subscriber::EnvFilter;
use url::Url;

use super::document::Value;
use super::reader::Section;
use super::secrets::is_repetitive;
use super::settings::{
    DatabaseSettings, KeySettings, LogFormat, LogSettings, MasterKeySource, SHORTEST_PUBLICATION,
    ServerSettings, TlsSettings,
};
use super::values::{
    Parsed, Problem, days, duration, duration_in_words, file, is_safe, minutes, network, seconds, text,
    text_that, whole, word,
};
use crate::kit::encoding::from_base64url;
use crate::kit::secrets::Secret;

/// `[server]`
pub(super) fn read(section: &mut Section<'_>) -> Option<ServerSettings> {
    let listen = section.required(
        "listen",
        text_that("an address and a port, such as \"127.0.0.1:8080\" or \"[::]:8080\"", |text| {
            text.parse::<SocketAddr>().ok()
        }),
    );
    let public_url = section.required("public_url", public_url);
    let trusted_proxies = section.list("trusted_proxies", network);
    let max_connections = section.or("max_connections", 10_000, whole(1..=1_000_000));
    let max_connections_per_network = section.or("max_connections_per_network", 256, whole(1..=1_000_000));
    let drain = section.or("drain", seconds(20), duration(seconds(0)..=minutes(60)));
    let has_tls = section.node("tls").is_some();
    let tls = section.optional_section("tls", |section| {
        let certificate_file = section.required("certificate_file", file(section.base()));
        let private_key_file = section.required("private_key_file", file(section.base()));
        Some(TlsSettings { certificate_file: certificate_file?, private_key_file: private_key_file? })
    });
    if has_tls && public_url.as_ref().is_some_and(|url| url.scheme() != "https") {
        section.wrong("public_url", "an http address", "an https address, as [server.tls] is given");
    }
    Some(ServerSettings {
        listen: listen?,
        public_url: public_url?,
        trusted_proxies: trusted_proxies?,
        max_connections: max_connections?,
        max_connections_per_network: max_connections_per_network?,
        drain: drain?,
        tls,
    })
}

/// The issuer: an origin. A slash behind it is tolerated.
fn public_url(value: &Value) -> Parsed<Url> {
    let expected = "an https address (http is allowed on loopback only)";
    let url = text_that(expected, |text| Url::parse(text).ok().filter(is_safe))(value)?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        let origin = url.origin().ascii_serialization();
        return Err(Problem::expected(format!("scheme, host and port alone: \"{origin}\"")));
    }
    Ok(url)
}

/// `[database]`
pub(super) fn read_database(section: &mut Section<'_>, data: Option<&Path>) -> Option<DatabaseSettings> {
    let base = section.base();
    let is_given = section.node("url").is_some() || section.node("url_file").is_some();
    let given = section.secret("url", |text| database_url(text, base));
    let max_connections = section.or("max_connections", 10, whole(1..=1000));
    let url = if is_given { given } else { data.map(|data| sqlite_url(&data.join("guichet.db"))) };
    Some(DatabaseSettings { url: url?, max_connections: max_connections? })
}

/// The address of a database; a relative path in it begins at `base`.
fn database_url(text: &str, base: &Path) -> Result<Secret, String> {
    let expected = || "sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE".to_owned();
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains(['?', '#']) {
            return Err("sqlite://PATH without parameters".to_owned());
        }
        if path == ":memory:" {
            return Err(
                "sqlite://PATH: a file, as what is only in memory is lost at the next start".to_owned()
            );
        }
        if path.starts_with('/') {
            return Ok(Secret::new(format!("sqlite://{path}")));
        }
        return Ok(Secret::new(format!("{}/{path}", sqlite_url(base).expose().trim_end_matches('/'))));
    }
    let url = Url::parse(text).map_err(|_| expected())?;
    if !matches!(url.scheme(), "postgres" | "postgresql") || url.path().trim_matches('/').is_empty() {
        return Err(expected());
    }
    Ok(Secret::new(text))
}

/// The address of an `SQLite` file, with what has a meaning in addresses escaped.
fn sqlite_url(path: &Path) -> Secret {
    let mut url = "sqlite://".to_owned();
    for character in path.to_string_lossy().chars() {
        match character {
            '%' => url.push_str("%25"),
            '?' => url.push_str("%3F"),
            '#' => url.push_str("%23"),
            ' ' => url.push_str("%20"),
            plain => url.push(plain),
        }
    }
    Secret::new(url)
}

/// `[keys]`
pub(super) fn read_keys(section: &mut Section<'_>, data: Option<&Path>) -> Option<KeySettings> {
    let is_given = section.node("master_key").is_some() || section.node("master_key_file").is_some();
    let given = section.secret("master_key", |text| {
        let is_key = from_base64url(text).is_some_and(|bytes| bytes.len() == 32);
        if is_key && !is_repetitive(text) {
            return Ok(MasterKeySource::Given(Secret::new(text)));
        }
        Err("32 random bytes in base64url: 43 characters, such as \
             `openssl rand -base64 32 | tr '+/' '-_' | tr -d '='` makes"
            .to_owned())
    });
    let master_key =
        if is_given { given } else { data.map(|data| MasterKeySource::Generated(data.join("master.key"))) };
    let rotate_every = section.or("rotate_every", days(90), duration(days(1)..=days(800)));
    // Applications keep keys for a day at the most, and are to have met the next one by then.
    let default = days(2).min(rotate_every.unwrap_or(days(2)));
    let publish_before = section.or("publish_before", default, duration(SHORTEST_PUBLICATION..=days(30)));
    if let (Some(every), Some(before)) = (rotate_every, publish_before)
        && before > every
    {
        let expected = format!("at most {}, as rotate_every says", duration_in_words(every));
        section.wrong("publish_before", duration_in_words(before), expected);
    }
    Some(KeySettings {
        master_key: master_key?,
        rotate_every: rotate_every?,
        publish_before: publish_before?,
    })
}

/// `[logs]`
pub(super) fn read_logs(section: &mut Section<'_>) -> Option<LogSettings> {
    let filter = section.or("filter", "info".to_owned(), |value: &Value| {
        let filter = text(value)?;
        match EnvFilter::try_new(&filter) {
            Ok(_) => Ok(filter),
            Err(_) => Err(Problem::expected("a filter such as \"info\" or \"guichet=debug,info\"")),
        }
    });
    let formats = [("auto", LogFormat::Auto), ("human", LogFormat::Human), ("json", LogFormat::Json)];
    let format = section.or("format", LogFormat::Auto, word(&formats));
    Some(LogSettings { filter: filter?, format: format? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_database_path_begins_at_the_configuration_file() {
        let url =
            |text: &str| database_url(text, Path::new("/etc/gui chet")).map(|url| url.expose().to_owned());
        assert_eq!(url("sqlite://a.db").as_deref(), Ok("sqlite:///etc/gui%20chet/a.db"));
        assert_eq!(url("sqlite:a.db").as_deref(), Ok("sqlite:///etc/gui%20chet/a.db"));
        assert_eq!(url("sqlite:///a.db").as_deref(), Ok("sqlite:///a.db"));
        assert_eq!(url("postgres://u:p@h/d").as_deref(), Ok("postgres://u:p@h/d"));
        for wrong in [
            "",
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite://x?mode=memory",
            "mysql://h/d",
            "postgres://h",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }
}
