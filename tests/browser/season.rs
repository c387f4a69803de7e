//! A person's year: from the list and the letter to a forgotten password, with a mail address and without.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::browser::{Browser, BrowserTools, Language};
use crate::handles::{
    ACCOUNT_PATH, APP_IDENTIFIER, APP_SIGN_IN, CASE_NUMBER, CHANGE_ADDRESS, CHANGE_PASSWORD, CONFIRM_ADDRESS,
    CURRENT_PASSWORD, Door, EMAIL, EMAIL_LATER, ERROR, FORGOTTEN, FORGOTTEN_SUBMIT, GO_TO_SIGN_IN, HEADING,
    NEW_PASSWORD, NEW_PASSWORD_SUBMIT, SHEETS_PATH, USERNAME,
};
use crate::journey::{Journey, give};
use crate::story::SamplePerson;

const FIRST: &str = "Quatre mots sans Rapport 57 !";
const SECOND: &str = "Un autre choix, 81 fois mieux";

/// Two people: one who gives a mail address at the first sign-in, one who does not.
const LIST: &str = "NUMERO;NOM;PRENOM;MEL;QUALITE\n\
     4711;N’Guyen-Béranger;Zoé;;jurée\n\
     4712;Kowalczyk;Łucja;;surveillante\n";

#[tokio::test]
async fn letter_opens_the_first_sign_in_and_a_mail_the_second() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("season with mail", language, &tools).await;
        let letters = import(&journey);
        journey.browser.visit(format!("file://{}", letters.display())).await;
        journey.browser.see(HEADING).await;
        // Letters are in French, whatever their reader's browser speaks.
        if matches!(language, Language::French) {
            journey.look("letters").await;
        }
        let person = on_letter(&letters, 0);
        assert_eq!(person.identifier, "znguyenberanger");

        // One wrong character is told at once; small letters without a hyphen are no slip at all.
        journey.go_to_door(Door::External).await;
        let slip = person.password.replacen(&person.password[..1], other_than(&person.password[..1]), 1);
        give(&journey.browser, &person.identifier, &slip).await;
        journey.browser.see(ERROR).await;
        journey.look("slip").await;
        let as_typed = person.password.to_lowercase().replacen('-', "", 1);
        give(&journey.browser, &person.identifier, &as_typed).await;
        journey.browser.see(EMAIL).await;
        journey.look("first sign-in").await;
        journey.browser.type_into(NEW_PASSWORD, FIRST).await;
        journey.browser.type_into(EMAIL, "zoe@example.org").await;
        journey.browser.click(NEW_PASSWORD_SUBMIT).await;
        journey.arrive_at_sheets().await;
        assert_eq!(journey.browser.text_of(APP_IDENTIFIER).await, person.identifier);

        journey.browser.visit(mailed_link(&journey, "zoe@example.org", 1).await).await;
        journey.browser.see(CONFIRM_ADDRESS).await;
        journey.look("confirm address").await;
        journey.browser.click(CONFIRM_ADDRESS).await;
        journey.browser.see(GO_TO_SIGN_IN).await;
        journey.look("address confirmed").await;
        look_at_the_account(&mut journey).await;
        journey.browser.visit(journey.app(SHEETS_PATH)).await;
        journey.sign_out().await;

        // Forgotten here, and reset in another browser.
        journey.go_to_door(Door::External).await;
        journey.browser.click(FORGOTTEN).await;
        journey.browser.see(FORGOTTEN_SUBMIT).await;
        journey.look("forgotten").await;
        journey.browser.type_into(USERNAME, &person.identifier).await;
        journey.browser.click(FORGOTTEN_SUBMIT).await;
        journey.browser.arrive_at(&journey.guichet("/forgotten-password")).await;
        journey.browser.see(HEADING).await;
        journey.look("mail sent").await;
        let link = mailed_link(&journey, "zoe@example.org", 2).await;
        journey.browser.visit(&journey.story.mailbox).await;
        journey.browser.see(HEADING).await;
        let other = Browser::open(&tools, language).await;
        other.visit(&link).await;
        other.type_into(NEW_PASSWORD, SECOND).await;
        other.click(NEW_PASSWORD_SUBMIT).await;
        other.see(GO_TO_SIGN_IN).await;
        other.visit(&journey.story.expense_app).await;
        other.click(APP_SIGN_IN).await;
        other.click(Door::External.link()).await;
        give(&other, &person.identifier, SECOND).await;
        other.arrive_at(&journey.app(SHEETS_PATH)).await;

        // The link was for once: the page says so, and offers what works.
        journey.browser.visit(&link).await;
        journey.browser.see(HEADING).await;
        assert!(!journey.browser.has(NEW_PASSWORD).await);
        journey.look("dead link").await;
        journey.end();
    }
}

#[tokio::test]
async fn without_a_mail_address_the_manager_is_called_with_a_case_number() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("season without mail", language, &tools).await;
        let letters = import(&journey);
        let person = on_letter(&letters, 1);
        assert_eq!(person.identifier, "lkowalczyk");
        journey.go_to_door(Door::External).await;
        journey.sign_in_as(&person).await;
        journey.browser.type_into(NEW_PASSWORD, FIRST).await;
        journey.browser.click(NEW_PASSWORD_SUBMIT).await;
        journey.arrive_at_sheets().await;
        journey.sign_out().await;

        // Asked again the next time, and not insisted on.
        journey.go_to_door(Door::External).await;
        give(&journey.browser, &person.identifier, FIRST).await;
        journey.browser.see(EMAIL_LATER).await;
        journey.look("address asked again").await;
        journey.browser.click(EMAIL_LATER).await;
        journey.arrive_at_sheets().await;
        journey.sign_out().await;

        journey.go_to_door(Door::External).await;
        journey.browser.click(FORGOTTEN).await;
        journey.browser.type_into(USERNAME, &person.identifier).await;
        journey.browser.click(FORGOTTEN_SUBMIT).await;
        let case = journey.browser.text_of(CASE_NUMBER).await;
        let digits: String = case.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(digits.len(), 6, "{case}");
        journey.look("case number").await;

        // What the manager sees of it, and the new letter that helps.
        let shown = guichet(&journey, &["account", "show", "--case", &digits]);
        assert!(shown.contains("lkowalczyk"), "{shown}");
        let again = journey.data().join("again.html");
        guichet(
            &journey,
            &[
                "account",
                "issue-letter",
                "lkowalczyk",
                "--with-password",
                "--letters",
                &again.display().to_string(),
            ],
        );
        let restored = on_letter(&again, 0);
        journey.go_to_door(Door::External).await;
        give(&journey.browser, &person.identifier, FIRST).await;
        journey.browser.see(ERROR).await;
        journey.sign_in_as(&restored).await;
        journey.browser.type_into(NEW_PASSWORD, SECOND).await;
        journey.browser.type_into(EMAIL, "lucja@example.org").await;
        journey.browser.click(NEW_PASSWORD_SUBMIT).await;
        journey.arrive_at_sheets().await;
        journey.end();
    }
}

/// The person's own pages, on the session that is open.
async fn look_at_the_account(journey: &mut Journey) {
    for (link, page) in [(CHANGE_PASSWORD, "own password"), (CHANGE_ADDRESS, "own address")] {
        journey.browser.visit(journey.guichet(ACCOUNT_PATH)).await;
        journey.browser.see(link).await;
        if link == CHANGE_PASSWORD {
            journey.look("account").await;
        }
        journey.browser.click(link).await;
        journey.browser.see(CURRENT_PASSWORD).await;
        journey.look(page).await;
    }
}

/// Reads the list in, after a dry run, and gives the file of the letters.
fn import(journey: &Journey) -> PathBuf {
    let list = journey.data().join("people.csv");
    std::fs::write(&list, LIST).unwrap();
    let letters = journey.data().join("letters.html");
    let list = list.display().to_string();
    guichet(journey, &["import", "people", &list, "--dry-run"]);
    guichet(journey, &["import", "people", &list, "--letters", &letters.display().to_string()]);
    letters
}

/// Runs a command on the demo's Guichet, as its `commands.env` lets a shell do.
fn guichet(journey: &Journey, arguments: &[&str]) -> String {
    let settings = journey.data().join("commands.env");
    let script = format!("set -a; . '{}'; set +a; exec \"$0\" \"$@\"", settings.display());
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_guichet")])
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// The identifier and the temporary password on a letter of a file.
fn on_letter(letters: &Path, place: usize) -> SamplePerson {
    let text = std::fs::read_to_string(letters).unwrap();
    let letter = text.split("<article").nth(place + 1).expect("a letter");
    let mut codes = letter.split("<dd class=\"code\">").skip(1).map(|rest| rest.split('<').next().unwrap());
    let mut next = || codes.next().expect("identifier and password").to_owned();
    SamplePerson::on_paper(next(), next())
}

/// A character of the alphabet of letters' passwords, but not this one.
fn other_than(character: &str) -> &'static str {
    if character == "A" { "B" } else { "A" }
}

/// The link in the latest mail to an address, once so many have come.
async fn mailed_link(journey: &Journey, address: &str, count: usize) -> String {
    let list = format!("{}/mails.json", journey.story.mailbox.trim_end_matches('/'));
    for _ in 0..150 {
        let mails: Vec<Value> = reqwest::get(&list).await.unwrap().json().await.unwrap();
        let to_them: Vec<&Value> = mails.iter().filter(|mail| mail["to"][0] == address).collect();
        if let [.., latest] = to_them.as_slice()
            && to_them.len() >= count
        {
            return latest["links"][0].as_str().expect("a link").to_owned();
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{count} mails to {address} did not come");
}
