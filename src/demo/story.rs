//! What the demo tells: on the terminal for people, in `demo.json` for programs.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde_json::{Value, json};

use super::installations::{COMMANDS, KEY_CLIENT};
use super::secrets::{DemoSecrets, PrivateKey};
use super::{Addresses, DemoError, SamplePerson};
use crate::config::{ClientSettings, Settings};

const FILE: &str = "demo.json";

/// Writes `demo.json` whole or not at all, and gives what the terminal shows.
pub(super) fn tell(
    data: &Path,
    at: &Addresses,
    settings: &Settings,
    secrets: &DemoSecrets,
    people: &[SamplePerson],
) -> Result<String, DemoError> {
    let people_json = people.iter().map(|person| {
        json!({ "case": person.case, "name": person.name,
                "identifier": person.identifier, "password": person.password })
    });
    // Those for whoever tries a client of their own come first; the application's own is last.
    let clients = settings.clients.iter().skip(1).chain(settings.clients.first());
    let told = json!({
        "issuer": settings.server.issuer(),
        "expense_app": at.expense_app.as_str().trim_end_matches('/'),
        "arena": at.arena.as_str().trim_end_matches('/'),
        "mailbox": at.mailbox.as_str().trim_end_matches('/'),
        "clients": clients.map(|client| registration(client, secrets)).collect::<Value>(),
        "people": people_json.collect::<Value>(),
    });
    let draft = data.join("demo.json.new");
    let fault = |source| DemoError::Folder { path: data.to_owned(), source };
    let mut file =
        OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&draft).map_err(fault)?;
    writeln!(file, "{told:#}").map_err(fault)?;
    file.sync_all().map_err(fault)?;
    std::fs::rename(&draft, data.join(FILE)).map_err(fault)?;
    Ok(on_terminal(data, at, people))
}

/// The identifier and password that the last start told for a case.
pub(super) fn remembered(data: &Path, case: &str) -> Option<(String, String)> {
    let told: Value = serde_json::from_slice(&std::fs::read(data.join(FILE)).ok()?).ok()?;
    let person = told["people"].as_array()?.iter().find(|person| person["case"] == case)?;
    Some((person["identifier"].as_str()?.to_owned(), person["password"].as_str()?.to_owned()))
}

/// A client in the member names of registration (`OpenID` Connect Registration §2), with what it keeps to itself: its
/// secret, or the private half of its key.
fn registration(client: &ClientSettings, secrets: &DemoSecrets) -> Value {
    let key = (client.client_id == KEY_CLIENT).then_some(&secrets.try_key);
    let mut members = json!({
        "client_id": client.client_id,
        "client_secret": client.client_secret.as_ref().map(|secret| secret.expose().to_owned()),
        "jwks": key.map(PrivateKey::public_set),
        "private_key": key.map(PrivateKey::jwk),
        "client_name": client.about.client_name.en,
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "backchannel_logout_uri": client.backchannel_logout.as_ref().map(|channel| &channel.uri),
        "token_endpoint_auth_method": client.token_endpoint_auth_method.name(),
        "grant_types": client.grant_types.iter().map(|grant_type| grant_type.name()).collect::<Vec<_>>(),
        "response_types": if client.redirect_uris.is_empty() { json!([]) } else { json!(["code"]) },
        "scope": client.scope.join(" "),
        "id_token_signed_response_alg": client.id_token_signed_response_alg.name(),
    });
    if let Some(members) = members.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    members
}

fn on_terminal(data: &Path, at: &Addresses, people: &[SamplePerson]) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "\n  Guichet, the whole story on this machine\n");
    let _ = writeln!(text, "  Click here     {}   the expense app: « Se connecter »", at.expense_app);
    let _ = writeln!(text, "  Guichet        {}", at.guichet);
    let _ = writeln!(text, "  ARENA          {}", at.arena);
    let _ = writeln!(text, "  Mailbox        {}   every mail lands here\n", at.mailbox);
    let _ = writeln!(text, "  Who can sign in");
    for person in people {
        let _ = writeln!(
            text,
            "    {:<16} {:<12} {:<20} {}",
            person.name, person.identifier, person.password, person.what
        );
    }
    let commands = data.join(COMMANDS);
    let _ =
        writeln!(text, "\n  For commands   set -a; . {}; set +a; guichet account --help", commands.display());
    let _ = writeln!(text, "  For programs   {}", data.join(FILE).display());
    let _ = writeln!(text, "  Ctrl-C ends it; the data stays in {}", data.display());
    text
}
