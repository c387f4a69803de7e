//! Lists and letters at the desk: two thousand rows with forty faults, and a batch on paper, read back.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::browser::{Browser, BrowserTools, Language};
use crate::handles::{
    BATCH_BAR, BATCH_PRINT, Door, IMPORTS_PATH, LIST_FILE, LIST_LETTERS, LIST_REASON, LIST_START, LIST_STATE,
    LIST_TALLIES, LIST_UPLOAD, LIST_WITHOUT_LETTERS, NEW_PASSWORD, PASSWORD, SHEET_LAST, SHEET_PRINT,
    USERNAME,
};
use crate::journey::Journey;
use crate::tools::{self, Tool};

const PDFTOTEXT: Tool =
    Tool { name: "pdftotext", variable: "GUICHET_TEST_PDFTOTEXT", places: &["pdftotext"] };
const PDFTOPPM: Tool = Tool { name: "pdftoppm", variable: "GUICHET_TEST_PDFTOPPM", places: &["pdftoppm"] };

/// How long a list of two thousand may take, in a debug build on a busy machine.
const LONG: Duration = Duration::from_mins(5);

#[tokio::test]
async fn two_thousand_rows_with_forty_faults_are_told_and_the_others_read_in() {
    let Some(tools) = BrowserTools::find() else { return };
    let mut journey = Journey::begin("list", Language::French, &tools).await;
    at_the_imports(&journey).await;
    journey.look("lists").await;
    let mut list = String::from("NUMERO;NOM;PRENOM;MEL\n");
    for number in 0..2_000 {
        let name = if number % 50 == 7 { "" } else { "Dupont" };
        let _ = writeln!(list, "P{number};{name};Jean;");
    }
    bring(&journey, "jurys de juin", &list).await;
    wait_for(&journey.browser, "vérifiée, à importer").await;
    journey.look("list foreseen").await;
    let told = journey.browser.text_of(LIST_TALLIES).await;
    assert!(told.contains("40 refusé") && told.contains("1960 créé"), "{told}");
    journey.browser.click(LIST_WITHOUT_LETTERS).await;
    journey.browser.click(LIST_START).await;
    wait_for(&journey.browser, "importée").await;
    journey.look("list imported").await;
    let told = journey.browser.text_of(LIST_TALLIES).await;
    assert!(told.contains("40 refusé") && told.contains("1960 créé"), "{told}");
    assert!(!journey.browser.has(LIST_LETTERS).await, "no letters were wanted");
    journey.end();
}

#[tokio::test]
async fn a_batch_prints_a_page_for_each_person_whose_code_and_password_work() {
    const PEOPLE: usize = 12;
    let Some(tools) = BrowserTools::find() else { return };
    let Some([to_text, to_pictures]) = tools::find([PDFTOTEXT, PDFTOPPM]) else { return };
    let mut journey = Journey::begin("batch", Language::French, &tools).await;
    at_the_imports(&journey).await;
    let mut list = String::from("NUMERO;NOM;PRENOM\n");
    for number in 0..PEOPLE {
        let _ = writeln!(list, "B{number};N’Guyen-Béranger;Zoé");
    }
    bring(&journey, "jurys de septembre", &list).await;
    wait_for(&journey.browser, "vérifiée, à importer").await;
    journey.browser.click(LIST_START).await;
    wait_for(&journey.browser, "importée").await;
    journey.browser.click(LIST_LETTERS).await;
    journey.browser.see(BATCH_BAR).await;
    journey.look("batch").await;
    let batch = journey.browser.address().await;
    journey.browser.click(BATCH_PRINT).await;
    journey.browser.see(SHEET_PRINT).await;
    let last = journey.browser.text_of(SHEET_LAST).await;
    assert!(last.ends_with("12/12"), "{last}");
    assert!(journey.browser.complaints().await.is_empty(), "the policy holds for letters too");

    let pdf = journey.data().join("batch.pdf");
    fs::write(&pdf, journey.browser.print().await).unwrap();
    let pages = texts(&to_text, &pdf);
    assert_eq!(pages.len(), PEOPLE, "one page a person");
    let letters: Vec<(String, String)> = pages.iter().map(|page| on_paper(page)).collect();
    let codes = codes(&to_pictures, &pdf);
    assert_eq!(codes.len(), PEOPLE, "one code a page");
    for ((identifier, _), code) in letters.iter().zip(&codes) {
        let expected = format!("{}/sign-in/external?login_hint={identifier}", journey.guichet(""));
        assert_eq!(*code, expected.replace("//sign-in", "/sign-in"));
    }

    // Back at the batch: all are on paper, and nothing can be printed again.
    journey.browser.visit(&batch).await;
    journey.browser.see(BATCH_BAR).await;
    assert!(!journey.browser.has(BATCH_PRINT).await);
    journey.look("batch printed").await;

    // With the telephone, the code; then the password of the same page.
    let phone = Browser::open(&tools, Language::French).await;
    let (identifier, password) = &letters[4];
    phone.visit(&codes[4]).await;
    let filled = phone.see(USERNAME).await.prop("value").await.unwrap();
    assert_eq!(filled.as_deref(), Some(identifier.as_str()));
    phone.type_into(PASSWORD, password).await;
    phone.click(crate::handles::LOGIN_SUBMIT).await;
    phone.see(NEW_PASSWORD).await;
    journey.end();
}

/// Signs the demo's manager in, and goes to where lists are brought.
async fn at_the_imports(journey: &Journey) {
    journey.browser.visit(journey.guichet(IMPORTS_PATH)).await;
    journey.browser.click(Door::Staff.link()).await;
    journey.sign_in_as(journey.story.person("manager")).await;
    journey.browser.arrive_at(&journey.guichet(IMPORTS_PATH)).await;
}

async fn bring(journey: &Journey, reason: &str, list: &str) {
    let file = journey.data().join("liste.csv");
    fs::write(&file, list).unwrap();
    journey.browser.type_into(LIST_REASON, reason).await;
    journey.browser.choose_file(LIST_FILE, &file).await;
    journey.browser.click(LIST_UPLOAD).await;
}

/// Waits until the page of a list says this: its script follows the work, and shows it anew at the end.
async fn wait_for(browser: &Browser, state: &str) {
    let began = Instant::now();
    loop {
        let told = browser.run("return document.getElementById('list-state')?.textContent ?? ''", Vec::new());
        if told.await == state {
            break;
        }
        assert!(began.elapsed() < LONG, "`{state}` did not come");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    browser.see(LIST_STATE).await;
}

/// The text of each page of a PDF.
fn texts(program: &Path, pdf: &Path) -> Vec<String> {
    let output = Command::new(program).args(["-layout", "-enc", "UTF-8"]).arg(pdf).arg("-").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.split('\u{c}').filter(|page| !page.trim().is_empty()).map(str::to_owned).collect()
}

/// The identifier and the password on a printed page, each on the line below its name.
fn on_paper(page: &str) -> (String, String) {
    let below = |name: &str| {
        let mut lines = page.lines().skip_while(|line| !line.contains(name)).skip(1);
        lines
            .find(|line| !line.trim().is_empty())
            .unwrap_or_else(|| panic!("{name}: {page}"))
            .trim()
            .to_owned()
    };
    (below("Votre identifiant"), below("Votre mot de passe temporaire"))
}

/// What the QR code of each page of a PDF says.
fn codes(program: &Path, pdf: &Path) -> Vec<String> {
    let folder = pdf.with_extension("pictures");
    fs::create_dir_all(&folder).unwrap();
    let made = Command::new(program).args(["-gray", "-r", "150"]).arg(pdf).arg(folder.join("page")).output();
    assert!(made.unwrap().status.success());
    let mut pictures: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pictures.sort();
    pictures.iter().map(|picture| code_in(&fs::read(picture).unwrap())).collect()
}

/// What the QR code in a picture says, which is a portable graymap: `P5`, width, height, maximum, bytes.
fn code_in(picture: &[u8]) -> String {
    let mut parts = picture.splitn(4, |byte| byte.is_ascii_whitespace());
    let mut next = || std::str::from_utf8(parts.next().expect("a header")).unwrap().to_owned();
    assert_eq!(next(), "P5");
    let (width, height): (usize, usize) = (next().parse().unwrap(), next().parse().unwrap());
    let pixels = &picture[picture.len() - width * height..];
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1, "one code on the page");
    grids[0].decode().expect("a code that can be read").1
}
