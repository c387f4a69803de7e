//! `guichet account show|list|set-email|unlock|disable|enable|delete` and `guichet retention`

use serde_json::Value;

use super::{Installation, Outcome};

const PASSWORD: &str = "Correct-Horse-7";

fn done(installation: &Installation, words: &[&str], says: &[&str]) -> Outcome {
    let outcome = installation.run(words);
    assert_eq!((outcome.code, outcome.err.as_str()), (Some(0), ""), "{words:?}: {outcome:?}");
    for word in says {
        assert!(outcome.out.contains(word), "{words:?}: no {word:?} in {}", outcome.out);
    }
    outcome
}

fn shown(installation: &Installation, identifier: &str) -> Value {
    let outcome = done(installation, &["account", "show", identifier, "--json"], &[]);
    serde_json::from_str(&outcome.out).expect("JSON")
}

#[test]
fn one_screen_tells_all_of_an_account() {
    let installation = Installation::new();
    installation.create_account("elefevre", PASSWORD);
    done(
        &installation,
        &["account", "show", "ELEFEVRE"],
        &["elefevre", "personal password since", "mail address  none", "wait          none", "events"],
    );
    let told = shown(&installation, "elefevre");
    assert_eq!((&told["identifier"], &told["access"]), (&"elefevre".into(), &"personal".into()));
    let sub = told["sub"].as_str().unwrap();
    done(&installation, &["account", "show", "--sub", sub], &["elefevre"]);

    let made = installation.run(&["account", "create", "--identifier", "newcomer", "--temporary"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let screen = done(
        &installation,
        &["account", "show", "newcomer"],
        &["temporary password drawn on", "never used, valid until 31 August"],
    );
    let printed = made.out.rsplit(' ').next().unwrap().trim().to_owned();
    assert!(!screen.out.contains(&printed), "no secret is shown");
    assert_eq!(shown(&installation, "newcomer")["access"], "temporary");
}

#[test]
fn an_account_that_is_not_there_is_one_clear_line() {
    let installation = Installation::new();
    installation.create_account("elefevre", PASSWORD);
    installation.run(&["account", "show", "nobody"]).is_one_line_with(&["nobody", "account list"]);
    installation.run(&["account", "show", "--sub", "nobody"]).is_one_line_with(&["nobody"]);
    installation.run(&["account", "show", "--case", "123456"]).is_one_line_with(&["123456"]);
    installation.run(&["account", "disable", "--letter", "ABCD-2345"]).is_one_line_with(&["ABCD-2345"]);
    let unsaid = installation.run(&["account", "show"]);
    assert_eq!(unsaid.code, Some(2), "{unsaid:?}");
    let twice = installation.run(&["account", "show", "elefevre", "--case", "123456"]);
    assert_eq!(twice.code, Some(2), "{twice:?}");
}

#[test]
fn each_change_is_told_and_may_be_repeated() {
    let installation = Installation::new();
    installation.create_account("elefevre", PASSWORD);
    let say = |words: &[&str], says: &[&str]| done(&installation, words, says);
    say(&["account", "disable", "elefevre"], &["elefevre disabled", "ended"]);
    say(&["account", "disable", "elefevre"], &["disabled already"]);
    say(&["account", "show", "elefevre"], &["disabled on", "disabled, by operator"]);
    say(&["account", "enable", "elefevre"], &["elefevre enabled"]);
    say(&["account", "enable", "elefevre"], &["enabled already"]);
    say(&["account", "set-email", "elefevre", "e@example.org"], &["e@example.org"]);
    say(&["account", "set-email", "elefevre", "e@example.org"], &["already"]);
    assert_eq!(shown(&installation, "elefevre")["email"], "e@example.org");
    say(&["account", "set-email", "elefevre", "--none"], &["no mail address"]);
    let wrong = installation.run(&["account", "set-email", "elefevre", "nowhere"]);
    wrong.is_one_line_with(&["nowhere", "mail address"]);
    say(&["account", "unlock", "elefevre"], &["no failed sign-in"]);

    let unconfirmed = installation.run(&["account", "delete", "elefevre"]);
    unconfirmed.is_one_line_with(&["--yes"]);
    let sub = shown(&installation, "elefevre")["sub"].as_str().unwrap().to_owned();
    say(&["account", "delete", "elefevre", "--yes"], &["deleted", "stays taken"]);
    installation.run(&["account", "delete", "elefevre", "--yes"]).is_one_line_with(&["elefevre"]);
    say(&["account", "delete", "--sub", &sub, "--yes"], &["deleted already"]);
    installation.run(&["account", "enable", "--sub", &sub]).is_one_line_with(&["deleted"]);
    let gone = say(&["account", "show", "--sub", &sub], &["deleted on"]);
    assert!(!gone.out.contains("elefevre") && !gone.out.contains("example.org"), "{gone:?}");
}

#[test]
fn failed_sign_ins_are_seen_and_lifted() {
    let installation = Installation::new();
    installation.create_account("elefevre", PASSWORD);
    let _serving = installation.serve();
    let mut visitor = installation.visitor();
    let page = visitor.open(&super::wire::Visitor::authorization("external"));
    for _ in 0..5 {
        visitor.post(&page.form_action(), &[("username", "elefevre"), ("password", "Wrong-Horse-7")]);
    }
    let refused = visitor.post(&page.form_action(), &[("username", "elefevre"), ("password", PASSWORD)]);
    assert_eq!(refused.status, 429, "{refused:?}");
    assert!(shown(&installation, "elefevre")["wait"].as_u64().unwrap() > 30);
    done(&installation, &["account", "unlock", "elefevre"], &["unlocked"]);
    assert_eq!(shown(&installation, "elefevre")["wait"], 0);
    installation.visitor().sign_in("elefevre", PASSWORD);
    let told = shown(&installation, "elefevre");
    assert_eq!(told["sessions"].as_array().unwrap().len(), 1, "{told}");
}

#[test]
fn lists_hold_who_they_should() {
    let installation = Installation::new();
    installation.create_account("elefevre", PASSWORD);
    installation.create_account("pleroux", PASSWORD);
    installation.run(&["account", "create", "--identifier", "newcomer", "--temporary"]);
    done(&installation, &["account", "disable", "pleroux"], &[]);
    let listed = |more: &[&str]| {
        let words = [&["account", "list", "--json"], more].concat();
        let outcome = done(&installation, &words, &[]);
        let line = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["identifier"].clone();
        let mut names: Vec<String> =
            outcome.out.lines().map(|text| line(text).as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(listed(&[]), ["elefevre", "newcomer", "pleroux"]);
    assert_eq!(listed(&["--disabled"]), ["pleroux"]);
    assert_eq!(listed(&["--never-signed-in"]), ["newcomer"]);
    assert!(listed(&["--unused"]).is_empty());
    assert!(listed(&["--authority", "nowhere"]).is_empty());
    done(&installation, &["account", "list"], &["elefevre\t", "disabled"]);
    let both = installation.run(&["account", "list", "--disabled", "--unused"]);
    assert_eq!(both.code, Some(2), "{both:?}");
}

#[test]
fn a_sweep_by_hand_says_what_it_did() {
    let installation = Installation::new();
    installation.create_account("elefevre", PASSWORD);
    done(&installation, &["retention", "sweep"], &["nothing to sweep"]);
    done(&installation, &["retention", "report"], &["no account is to be anonymised"]);
    assert_eq!(done(&installation, &["retention", "report", "--json"], &[]).out, "");
}

#[test]
fn a_letter_is_issued_into_a_new_file() {
    let bare = Installation::new();
    bare.create_account("elefevre", PASSWORD);
    let file = |installation: &Installation, name: &str| {
        installation.scratch.path().join(name).to_str().unwrap().to_owned()
    };
    let words = |path: &str| ["account", "issue-letter", "elefevre", "--letters", path].map(str::to_owned);
    let run = |installation: &Installation, path: &str, more: &[&str]| {
        let words = words(path);
        installation.run(&words.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>())
    };
    run(&bare, &file(&bare, "a.csv"), &[]).is_one_line_with(&["[[authorities]]"]);

    let installation = Installation::new()
        .with("AUTHORITIES__0__ID", "lyon")
        .with("AUTHORITIES__0__NAME", "Académie de Lyon")
        .with("AUTHORITIES__0__DESKS__0__ID", "dec")
        .with("AUTHORITIES__0__DESKS__0__NAME", "Division des examens");
    installation.create_account("elefevre", PASSWORD);
    run(&installation, &file(&installation, "a.txt"), &[]).is_one_line_with(&[".html"]);
    let first = run(&installation, &file(&installation, "a.csv"), &[]);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.out.contains("without a password"), "{first:?}");
    run(&installation, &file(&installation, "a.csv"), &[]).is_one_line_with(&["a.csv", "another"]);
    let second = run(&installation, &file(&installation, "b.html"), &["--with-password"]);
    assert!(second.out.contains("with a temporary password"), "{second:?}");
    let told = shown(&installation, "elefevre");
    assert_eq!(told["access"], "temporary");
    let letters = told["letters"].as_array().unwrap();
    assert_eq!(letters.len(), 2, "{told}");
    assert!(!letters[0]["printed_at"].is_null() && !letters[1]["voided_at"].is_null(), "{told}");
    done(&installation, &["account", "show", "elefevre"], &["temporary password printed on", "never used"]);
    let number = letters[0]["number"].as_str().unwrap().to_lowercase().replace('-', " ");
    done(&installation, &["account", "show", "--letter", &number], &["elefevre"]);
}
