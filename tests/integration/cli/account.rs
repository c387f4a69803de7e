//! `guichet account create`

use serde_json::{Value, json};

use super::Installation;
use super::wire::{redeem, userinfo};

const CREATE: [&str; 3] = ["account", "create", "--identifier"];

fn create(installation: &Installation, identifier: &str, more: &[&str], input: &str) -> super::Outcome {
    let words: Vec<&str> = CREATE.into_iter().chain([identifier]).chain(more.iter().copied()).collect();
    installation.run_saying(&words, input)
}

#[test]
fn what_the_command_makes_can_sign_in_with_all_that_was_said() {
    let installation = Installation::new();
    let made = create(
        &installation,
        "elefevre",
        &[
            "--given-name",
            "Élodie",
            "--family-name",
            "Lefèvre",
            "--email",
            "elefevre@example.org",
            "--claim",
            r#"address={"locality":"Lyon"}"#,
            "--claim",
            "nickname=Élo=é",
            "--password-stdin",
            "--json",
        ],
        "Correct-Horse-7\nnot this line\n",
    );
    assert_eq!((made.code, made.err.as_str()), (Some(0), ""), "{made:?}");
    let told: Value = serde_json::from_str(&made.out).expect("JSON");
    assert_eq!(told["identifier"], "elefevre");
    assert!(told.get("temporary_password").is_none());
    assert!(!made.out.contains("Correct-Horse"));

    let _serving = installation.serve();
    let code = installation.visitor().sign_in("elefevre", "Correct-Horse-7");
    let tokens = redeem(installation.port, &code).json();
    let known = userinfo(installation.port, tokens["access_token"].as_str().unwrap()).json();
    assert_eq!(known["sub"], told["sub"]);
    assert_eq!(known["address"], json!({ "locality": "Lyon" }));
    assert_eq!(known["nickname"], "Élo=é");
    assert_eq!(known["family_name"], "Lefèvre");
}

#[test]
fn a_temporary_password_is_shown_once_and_leads_to_a_new_one() {
    let installation = Installation::new();
    let made = create(&installation, "newcomer", &["--temporary", "--json"], "");
    assert_eq!(made.code, Some(0), "{made:?}");
    let told: Value = serde_json::from_str(&made.out).expect("JSON");
    let printed = told["temporary_password"].as_str().expect("a password");
    let for_people = create(&installation, "other", &["--temporary"], "");
    assert!(
        for_people.out.contains("account other made") && for_people.out.lines().count() == 2,
        "{for_people:?}"
    );

    let _serving = installation.serve();
    let mut visitor = installation.visitor();
    let page = visitor.open(&super::wire::Visitor::authorization("external"));
    let reply = visitor.post(&page.form_action(), &[("username", "newcomer"), ("password", printed)]);
    let page = visitor.follow(reply);
    assert!(page.body.contains("id=\"new-password\""), "{page:?}");
    let reply = visitor.post(&page.form_action(), &[("new-password", "My-Own-Secret-7")]);
    visitor.follow(reply).redirect_parameter("code");
}

#[test]
fn a_taken_identifier_is_one_clear_line_and_the_first_stays() {
    let installation = Installation::new();
    installation.create_account("elefevre", "Correct-Horse-7");
    for spelling in ["elefevre", " ELEFEVRE "] {
        let refused = create(&installation, spelling, &["--password-stdin"], "Another-Horse-8\n");
        refused.is_one_line_with(&["taken", spelling.trim()]);
        assert!(!refused.err.contains("Another-Horse"));
    }
    let _serving = installation.serve();
    installation.visitor().sign_in("elefevre", "Correct-Horse-7");
}

#[test]
fn what_cannot_be_an_account_is_one_clear_line() {
    let installation = Installation::new();
    create(&installation, "elefevre", &["--password-stdin"], "").is_one_line_with(&["password"]);
    create(&installation, "elefevre", &["--password-stdin"], "\n").is_one_line_with(&["password"]);
    let long = "x".repeat(257);
    create(&installation, "elefevre", &["--password-stdin"], &long).is_one_line_with(&["password", "256"]);
    let bytes = installation.scratch.path().join("bytes");
    std::fs::write(&bytes, b"\xff\xfe\n").unwrap();
    let words = ["account", "create", "--identifier", "elefevre", "--password-stdin"];
    let mut command = installation.command(&words);
    let output = command.stdin(std::fs::File::open(bytes).unwrap()).output().unwrap();
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("cannot be read from standard input"),
        "{output:?}"
    );
    create(&installation, " ", &["--temporary"], "").is_one_line_with(&["identifier"]);
    create(&installation, "a\nb", &["--temporary"], "").is_one_line_with(&["identifier"]);
}

#[test]
fn an_answer_that_cannot_be_written_does_not_pass_for_success() {
    let installation = Installation::new();
    for more in [&["--temporary"][..], &["--temporary", "--json"]] {
        let identifier = format!("newcomer{}", more.len());
        let words: Vec<&str> =
            CREATE.into_iter().chain([identifier.as_str()]).chain(more.iter().copied()).collect();
        let full = std::fs::File::create("/dev/full").unwrap();
        let output = installation.command(&words).stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
        assert!(said.contains("the account was made, but"), "{said}");
    }
}

#[test]
fn accounts_made_at_once_in_an_empty_folder_are_all_made() {
    let installation = Installation::new();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|number| {
                let installation = &installation;
                scope.spawn(move || create(installation, &format!("person{number}"), &["--temporary"], ""))
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for outcome in outcomes {
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
    }
    for number in 0..4 {
        let again = create(&installation, &format!("person{number}"), &["--temporary"], "");
        again.is_one_line_with(&["taken"]);
    }
}
