//! `guichet import people`, as an operator runs it, and as a power cut stops it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use guichet::accounts::{LetterState, PasswordCheck};
use guichet::kit::clock::Clock;
use guichet::kit::random::Rng;
use guichet::kit::secrets::Secret;
use guichet::server::Rooms;
use serde_json::Value;

use super::{Installation, Outcome};
use crate::support::engines::empty_postgres_database;

const AUTHORITIES: &str = r#"
[[authorities]]
id = "lyon"
name = "Académie de Lyon"

[[authorities.desks]]
id = "dec"
name = "Division des examens"
telephone = "+33 4 72 80 60 60"

[[authorities.desks]]
id = "concours"
name = "Concours"
email = "concours@example.org"
"#;

/// An installation that sends letters.
fn installation() -> Installation {
    with_authorities(Installation::new())
}

fn with_authorities(installation: Installation) -> Installation {
    let mut file = std::fs::OpenOptions::new().append(true).open(installation.config()).unwrap();
    file.write_all(AUTHORITIES.as_bytes()).unwrap();
    installation
}

fn file(installation: &Installation, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = installation.scratch.path().join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

fn path(installation: &Installation, name: &str) -> PathBuf {
    installation.scratch.path().join(name)
}

fn import(installation: &Installation, list: &str, more: &[&str]) -> Outcome {
    let words: Vec<&str> =
        ["import", "people", list, "--desk", "dec"].into_iter().chain(more.iter().copied()).collect();
    installation.run(&words)
}

/// The rows of a mail-merge file that are whole, each as heading → field.
fn mail_merge(path: &Path) -> Vec<HashMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let text = text.trim_start_matches('\u{feff}');
    let whole = text.rfind("\r\n").map_or("", |end| &text[..end]);
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(whole.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

#[test]
fn an_import_reports_each_row_and_writes_the_letters_for_its_owner_alone() {
    let installation = installation();
    let list = file(
        &installation,
        "list.csv",
        "NUMERO;NOM;PRENOM;MEL\n1;Lefèvre;Élodie;\n2;;X;\n3;Leroux;Pierre;\n",
    );
    let out = path(&installation, "letters.html");
    let letters = out.display().to_string();

    let dry = import(&installation, &list, &["--dry-run", "--letters", &letters]);
    assert_eq!(dry.code, Some(1), "{dry:?}");
    assert!(dry.out.contains("dry run, nothing was written: 2 created") && !out.exists(), "{dry:?}");

    let run = import(&installation, &list, &["--letters", &letters]);
    assert_eq!((run.code, run.err.as_str()), (Some(1), "guichet: one row was refused\n"), "{run:?}");
    let told: Vec<&str> = run.out.lines().collect();
    assert!(told[0].starts_with("line 2: created elefevre, letter "), "{run:?}");
    assert_eq!(told[1], "line 3: refused: the family name is missing");
    assert_eq!(told[3], "2 created, 0 updated, 0 unchanged, 1 refused, 2 letters to print");
    assert_eq!(std::fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    let html = std::fs::read_to_string(&out).unwrap();
    assert_eq!(html.matches("<article").count(), 2);
    for text in ["Division des examens", "elefevre", "pleroux", "Valable jusqu’au", "<svg", "</html>"] {
        assert!(html.contains(text), "{text}");
    }

    let again = import(&installation, &list, &["--letters", &letters]);
    again.is_one_line_with(&["letters.html", "exists already"]);
    let other = path(&installation, "other.csv");
    let again = import(&installation, &list, &["--letters", &other.display().to_string(), "--json"]);
    let summary: Value = serde_json::from_str(again.out.lines().last().unwrap()).unwrap();
    assert_eq!((&summary["summary"]["unchanged"], &summary["summary"]["letters"]), (&2.into(), &0.into()));
    let first: Value = serde_json::from_str(again.out.lines().next().unwrap()).unwrap();
    assert_eq!((&first["line"], &first["outcome"]), (&2.into(), &"unchanged".into()));
    assert!(!other.exists(), "a file without letters is taken away");
}

#[test]
fn letters_for_a_mail_merge_hold_no_formula() {
    let installation = installation();
    let list = file(
        &installation,
        "list.csv",
        "IDENTIFIANT;NOM;PRENOM\n=1+1;@SUM(A1);-2+3\n\"+41;x\";Leroux;Pierre\n",
    );
    let out = path(&installation, "letters.csv");
    let run = import(&installation, &list, &["--letters", &out.display().to_string()]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");
    let rows = mail_merge(&out);
    assert_eq!(rows.len(), 2, "{rows:?}");
    let fields = ["identifiant", "nom", "prenom", "telephone"].map(|field| rows[0][field].as_str());
    assert_eq!(fields, ["'=1+1", "'@SUM(A1)", "'-2+3", "'+33 4 72 80 60 60"]);
    assert_eq!(rows[1]["identifiant"], "'+41;x");
    assert!(rows[0]["valable_jusqu_au"].contains("août"), "{rows:?}");
}

#[test]
fn what_cannot_be_imported_is_one_clear_line() {
    let installation = installation();
    let list = file(&installation, "list.csv", "NUMERO;NOM\n1;Leroux\n");
    let no_name = file(&installation, "no-name.csv", "NUMERO;PRENOM\n1;Pierre\n");
    let utf16 = file(&installation, "utf16.csv", b"\xff\xfeN\0O\0M\0");
    import(&installation, "nowhere.csv", &[]).is_one_line_with(&["nowhere.csv"]);
    import(&installation, &no_name, &[]).is_one_line_with(&[
        "no-name.csv",
        "NOM is missing",
        "NUMERO, PRENOM",
    ]);
    import(&installation, &utf16, &[]).is_one_line_with(&["UTF-16", "CSV UTF-8"]);
    import(&installation, &list, &["--letters", "letters.txt"]).is_one_line_with(&[".html or .csv"]);
    import(&installation, &list, &["--authority", "paris"]).is_one_line_with(&["\"paris\"", "lyon"]);
    installation.run(&["import", "people", &list]).is_one_line_with(&["--desk", "dec, concours"]);
    Installation::new().run(&["import", "people", &list]).is_one_line_with(&["[[authorities]]"]);
}

#[test]
fn an_account_made_by_hand_gets_a_letter_where_letters_are_sent() {
    let installation = installation();
    let words = ["account", "create", "--identifier", "newcomer", "--temporary", "--desk", "dec", "--json"];
    let made = installation.run(&words);
    assert_eq!(made.code, Some(0), "{made:?}");
    let told: Value = serde_json::from_str(&made.out).unwrap();
    assert_eq!(told["letter"].as_str().map(str::len), Some(9), "{told}");
    let words = ["account", "create", "--identifier", "other", "--temporary"];
    installation.run(&words).is_one_line_with(&["--desk", "dec, concours"]);
    installation.create_account("personal", "Correct-Horse-7");
}

#[tokio::test]
async fn an_import_killed_at_any_moment_is_finished_by_the_next_on_sqlite() {
    killed_and_finished(installation()).await;
}

#[tokio::test]
async fn an_import_killed_at_any_moment_is_finished_by_the_next_on_postgres() {
    let Some(url) = empty_postgres_database().await else { return };
    let installation = with_authorities(Installation::new()).with("DATABASE__URL", &url);
    assert_eq!(installation.run(&["migrate"]).code, Some(0));
    killed_and_finished(installation).await;
}

/// How many people the list has: several batches of an import.
const PEOPLE: usize = 420;

async fn killed_and_finished(installation: Installation) {
    let mut list = String::from("NUMERO;NOM;PRENOM\n");
    for number in 0..PEOPLE {
        let _ = writeln!(list, "K{number};Dupont;Jean");
    }
    let list = file(&installation, "list.csv", list);
    // Killed as soon as so many rows were reported: before the first, between two, among them.
    for (round, rows) in [0, 1, 130, 260].into_iter().enumerate() {
        kill_after(&installation, &list, &format!("letters-{round}.csv"), rows);
    }
    let finished = path(&installation, "letters-last.csv");
    let run = import(&installation, &list, &["--letters", &finished.display().to_string()]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{run:?}");

    let mut printed: HashMap<String, (String, String)> = HashMap::new();
    for name in ["letters-0.csv", "letters-1.csv", "letters-2.csv", "letters-3.csv", "letters-last.csv"] {
        for row in mail_merge(&path(&installation, name)) {
            let letter = (row["identifiant"].clone(), row["mot_de_passe_temporaire"].clone());
            printed.insert(row["numero_lettre"].clone(), letter);
        }
    }
    let settings = installation.settings();
    let rooms = Rooms::open(&settings, Clock::system(), Rng::system()).await.unwrap();
    let mut connection = rooms.database.read().await.unwrap();
    let ids: Vec<String> =
        sqlx::query_scalar("SELECT id FROM account").fetch_all(&mut *connection).await.unwrap();
    drop(connection);
    assert_eq!(ids.len(), PEOPLE, "everybody once");
    for (number, id) in ids.into_iter().enumerate() {
        let letters = rooms.accounts.letters_of(&id.into()).await.unwrap();
        let open: Vec<_> = letters.iter().filter(|letter| letter.voided_at.is_none()).collect();
        assert_eq!(open.len(), 1, "{letters:?}");
        assert!(matches!(open[0].state(Clock::system().now()), LetterState::Printed { .. }), "{open:?}");
        let (identifier, password) = printed.get(open[0].number.as_str()).expect("it is in one of the files");
        // Every seventh, as each costs a hash; all of them were issued by the same lines.
        if number % 7 == 0 {
            let check =
                rooms.accounts.check_password(identifier, &Secret::new(password.as_str())).await.unwrap();
            assert!(matches!(check, PasswordCheck::Temporary(_)), "{identifier}: {check:?}");
        }
    }
    rooms.database.close().await;
    let again =
        import(&installation, &list, &["--letters", &path(&installation, "none.csv").display().to_string()]);
    let unchanged = format!("0 created, 0 updated, {PEOPLE} unchanged, 0 refused, 0 letters to print");
    assert_eq!(again.out.lines().last(), Some(unchanged.as_str()));
}

/// Starts an import, and kills it once it has reported so many rows.
fn kill_after(installation: &Installation, list: &str, letters: &str, rows: usize) {
    let letters = path(installation, letters).display().to_string();
    let words = ["import", "people", list, "--desk", "dec", "--letters", &letters];
    let mut command = installation.command(&words);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let report = BufReader::new(child.stdout.take().unwrap());
    let seen = report.lines().take(rows).map_while(Result::ok).count();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(seen, rows, "it ended before it was killed");
}
