//! Settings: read from one TOML file and the environment, checked as a whole, then never changed.
//!
//! This room owns the names of the keys and what they may hold; it must never know what is done
//! with them. [`load`] gives either complete [`Settings`] or *every* fault at once.
//!
//! - A variable `GUICHET__SECTION__KEY=value` overrides or adds the key `section.key`; a part that is
//!   a number counts the entries of a list from 0 (`GUICHET__CLIENTS__0__CLIENT_SECRET`). Its value is
//!   a text, a number, a duration, `true` or `false` as the key demands; lists and sections are
//!   written as in TOML (`["a", "b"]`, `{ fr = "…", en = "…" }`).
//! - Secrets (`database.url`, `keys.master_key`, `mail.password`, every `client_secret`) may stand in a file of their
//!   own, named by the same key with `_file` behind it.
//! - Relative paths, in the file and in variables, begin at the folder of the configuration file, so
//!   that they mean the same wherever the process is started.

use std::collections::BTreeSet;
use std::path::Path;

mod access;
mod clients;
mod document;
mod environment;
mod faults;
mod fetch;
mod lifetimes;
mod mail;
mod reader;
mod redirects;
mod registration;
mod resources;
mod secrets;
mod server;
mod settings;
mod site;
mod syntax;
#[cfg(test)]
mod tests;
mod upstreams;
mod values;

pub use clients::{CLIENT_MEMBERS, Surroundings, read_client_metadata};
pub use environment::process_environment;
pub use faults::{Fault, Faults, Place, What};
pub use settings::*;

use reader::{Reader, Section};

/// No overrides, for [`parse`] and [`load`].
pub const NO_ENVIRONMENT: [(&str, &str); 0] = [];

/// Reads the settings from a file, if one is given, and the variables of `environment`, which win.
///
/// # Errors
/// Every fault of both, when there is any.
pub fn load<Name, Content>(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (Name, Content)>,
) -> Result<Settings, Faults>
where
    Name: Into<String>,
    Content: Into<String>,
{
    let Some(file) = file else { return parse("", "environment", Path::new(""), environment) };
    let name = file.display().to_string();
    let unreadable = |place: Place, reason: String| {
        Faults::new(vec![Fault::new(&name, place, "", What::Unreadable(reason))])
    };
    let content = std::fs::read(file).map_err(|error| unreadable(Place::File, error.to_string()))?;
    let text = String::from_utf8(content).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        unreadable(Place::Line(line, None), "this line is not UTF-8".to_owned())
    })?;
    parse(&text, &name, file.parent().unwrap_or(Path::new("")), environment)
}

/// Understands the settings that `text` and the variables of `environment` give together.
///
/// `name` is what messages call the text, `base` the folder at which relative paths begin.
///
/// # Errors
/// Every fault of both, when there is any.
pub fn parse<Name, Content>(
    text: &str,
    name: &str,
    base: &Path,
    environment: impl IntoIterator<Item = (Name, Content)>,
) -> Result<Settings, Faults>
where
    Name: Into<String>,
    Content: Into<String>,
{
    let environment: Vec<(String, String)> =
        environment.into_iter().map(|(name, content)| (name.into(), content.into())).collect();
    understand(text, name, base, &environment).0
}

/// The settings, and every key that was asked for on the way.
fn understand(
    text: &str,
    name: &str,
    base: &Path,
    environment: &[(String, String)],
) -> (Result<Settings, Faults>, BTreeSet<String>) {
    // An address such as `sqlite://PATH` has no room for a relative path.
    let base = std::path::absolute(if base.as_os_str().is_empty() { Path::new(".") } else { base });
    let base = base.unwrap_or_default();
    let syntax::Parsed { table, mut faults, lost } = syntax::parse(text, name);
    let (table, more) = environment::apply(table, environment, name);
    faults.extend(more);

    let reader = Reader::new(name, &base, &lost, faults);
    let settings = reader.root(&table, read_settings);
    let (faults, known) = reader.finish();
    match settings {
        Some(settings) if faults.is_empty() => (Ok(settings), known),
        _ => (Err(Faults::new(faults)), known),
    }
}

fn read_settings(root: &mut Section<'_>) -> Option<Settings> {
    let data_directory = root.required("data_directory", values::path(root.base()));
    let data = data_directory.as_deref();
    let server = root.section("server", server::read);
    let database = root.section("database", |section| server::read_database(section, data));
    let keys = root.section("keys", |section| server::read_keys(section, data));
    let site = root.section("site", site::read);
    let (upstreams, upstream_ids) = upstreams::read(root);
    let situations = site::read_situations(root, &upstream_ids);
    let passwords = root.section("passwords", lifetimes::read_passwords);
    let letters = root.section("letters", access::read_letters);
    let authorities = access::read_authorities(root, (&upstreams, &upstream_ids));
    let recovery = root.section("recovery", access::read_recovery);
    let desk = root.section("desk", access::read_desk);
    let throttling = root.section("throttling", access::read_throttling);
    let mail = root.optional_section("mail", mail::read);
    let import = root.section("import", access::read_import);
    let retention = root.section("retention", lifetimes::read_retention);
    let sessions = root.section("sessions", lifetimes::read_sessions);
    let tokens = root.section("tokens", lifetimes::read_tokens);
    let issuer = server.as_ref().map_or("", |server| server.issuer());
    let resources = resources::read(root, ResourceSettings::scim(issuer));
    let clients = clients::read(root, Surroundings { apis: &resources, authorities: &authorities });
    let fetch = root.section("fetch", fetch::read);
    let registration = root.section("registration", |section| registration::read(section, &resources));
    let logs = root.section("logs", server::read_logs);
    Some(Settings {
        data_directory: data_directory?,
        server: server?,
        database: database?,
        keys: keys?,
        site: site?,
        situations,
        upstreams,
        passwords: passwords?,
        letters: letters?,
        authorities,
        recovery: recovery?,
        desk: desk?,
        throttling: throttling?,
        mail,
        import: import?,
        retention: retention?,
        sessions: sessions?,
        tokens: tokens?,
        resources,
        clients,
        fetch: fetch?,
        registration: registration?,
        logs: logs?,
    })
}
