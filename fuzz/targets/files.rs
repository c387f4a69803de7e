//! Files, and what is read like one: settings, clients' metadata, lists of people, backups.

use std::collections::HashSet;
use std::io::Cursor;
use std::path::Path;

use guichet::accounts::IssuedLetter;
use guichet::accounts::import::{List, Mode, Outcome, Receiver, RowReport};
use guichet::audit::Actor;
use guichet::config::{self, ClientSettings, Surroundings};
use guichet::kit::secrets::Secret;
use serde_json::{Map, Value};

use super::house::House;

/// Settings are understood, or every fault is told with its place.
pub fn settings(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    match config::parse(&text, "settings.toml", Path::new("/"), config::NO_ENVIRONMENT) {
        Ok(settings) => settings.clients.iter().for_each(assert_is_safe),
        Err(faults) => {
            assert!(faults.iter().next().is_some(), "refused without a word");
            // Nobody's terminal is driven by a file's contents.
            let told = faults.to_string();
            assert!(!told.chars().any(|c| c.is_control() && c != '\n'), "{told:?}");
        }
    }
}

/// What a client says of itself keeps the rules, or is refused with a reason.
pub fn client_metadata(input: &[u8]) {
    let Ok(metadata) = serde_json::from_slice::<Map<String, Value>>(input) else { return };
    let around = Surroundings { apis: &[], authorities: &[] };
    let secret = Secret::new("a-secret-of-the-fuzzing-0123456789");
    for secret in [Some(&secret), None] {
        match config::read_client_metadata("fuzzed", secret, &metadata, around) {
            Ok(client) => {
                assert_is_safe(&client);
                let again = config::read_client_metadata("fuzzed", secret, &metadata, around);
                assert_eq!(again.expect("twice the same").redirect_uris, client.redirect_uris);
            }
            Err(faults) => assert!(faults.iter().next().is_some(), "refused without a word"),
        }
    }
}

/// Whither a client may send people: exact addresses that every browser reads as they are written.
fn assert_is_safe(client: &ClientSettings) {
    for address in client.redirect_uris.iter().chain(&client.post_logout_redirect_uris) {
        assert!(address.bytes().all(|byte| byte.is_ascii_graphic()), "{address:?}");
        assert!(!address.contains(['#', '*', '\\']) && address.len() <= 2_048, "{address:?}");
        let url = url::Url::parse(address).expect("an address");
        assert!(url.as_str() == address || url.as_str() == format!("{address}/"), "{address:?}: {url}");
        assert!(url.username().is_empty() && url.password().is_none(), "{address:?}");
        match url.scheme() {
            "https" => assert!(url.host_str().is_some_and(|host| !host.is_empty()), "{address:?}"),
            "http" => {
                let host = url.host_str().unwrap_or_default();
                assert!(matches!(host, "localhost" | "[::1]") || host.starts_with("127."), "{address:?}");
            }
            native => assert!(native.contains('.'), "{address:?}"),
        }
    }
}

/// Who takes what a dry run tells.
#[derive(Default)]
struct Told {
    lines: HashSet<u64>,
}

impl Receiver for Told {
    fn letters(&mut self, letters: &[IssuedLetter]) -> std::io::Result<()> {
        assert!(letters.is_empty(), "a dry run issues nothing");
        Ok(())
    }

    fn row(&mut self, report: &RowReport) -> std::io::Result<()> {
        assert!(self.lines.insert(report.line), "line {} is told of twice", report.line);
        if let Outcome::Refused(refusal) = &report.outcome {
            assert!(!refusal.to_string().is_empty());
        }
        Ok(())
    }
}

/// A list of people is no list, or each of its rows is told of once, and each that is taken keeps the rules.
pub fn people_list(input: &[u8]) {
    House::visit(|house| {
        let columns = &house.settings.import.columns;
        let Ok(list) = List::open(Cursor::new(input.to_vec()), columns) else { return };
        let lines = list.line_count();
        assert!(lines <= input.len() as u64, "more lines than bytes");
        let accounts = &house.installation.accounts;
        let sender = accounts.sender(Some("lyon"), None).expect("a sender");
        let mut told = Told::default();
        let import = accounts.import(list, &sender, Mode::DryRun, &Actor::Import, &mut told);
        let summary = house.runtime.block_on(import).expect("a dry run of a list in memory");
        let rows = summary.created + summary.updated + summary.unchanged + summary.refused;
        assert_eq!(rows, told.lines.len() as u64, "every row is told of");
        assert!(told.lines.iter().all(|line| (1..=lines).contains(line)));
    });
}

/// A file that is no backup is not put in anything's place.
pub fn backup(input: &[u8]) {
    House::visit(|house| {
        let (from, to) = (house.folder.join("backup"), house.folder.join("restored.db"));
        std::fs::write(&from, input).expect("a file");
        let mut settings = house.settings.database.clone();
        settings.url = Secret::new(format!("sqlite://{}", to.display()));
        let restored = house.runtime.block_on(guichet::database::restore::<guichet::database::BackupError>(
            &settings,
            &from,
            true,
            async |_| Ok(()),
        ));
        assert!(restored.is_err() && !to.exists(), "no input this short is a whole database of ours");
    });
}
