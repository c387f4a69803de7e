//! What axe-core and a narrow screen find wrong with the pages of a journey, told all at once at its end.

use std::collections::BTreeMap;
use std::path::PathBuf;

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::browser::{Browser, BrowserTools, Language};
use crate::handles::HEADING;

/// How a page is looked at: the width in CSS pixels, and the colour scheme.
type Guise = (u32, &'static str);

/// A desk's screen and the smallest telephone (WCAG 2.2 §1.4.10), in both colour schemes.
const EVERY_GUISE: &[Guise] = &[(1280, "light"), (1280, "dark"), (320, "light"), (320, "dark")];

/// How pages in a language are looked at: a look costs most of the time, and both languages together have every guise.
const fn guises_of(language: Language) -> &'static [Guise] {
    match language {
        Language::French => &[(320, "light"), (1280, "dark")],
        Language::English => &[(1280, "light"), (320, "dark")],
    }
}

/// What axe-core is asked, and how its answer is made short.
const ASK: &str = r"
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'], preload: false, runOnly: arguments[0] }).then(
        ({ violations }) => done({ found: violations.map(({ id, help, nodes }) => ({
            rule: id + ': ' + help,
            places: nodes.map((node) => node.target.join(' ') + '  ' + node.html.slice(0, 160)),
        })) }),
        (error) => done({ failed: String(error) }),
    );";

/// What stands out of a page that is too wide: nobody should have to scroll both ways.
const TOO_WIDE: &str = r"
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    const wide = [...document.body.querySelectorAll('*')].filter((it) => it.getBoundingClientRect().right > room + 1);
    return wide.slice(0, 5).map((it) => it.outerHTML.slice(0, 160));";

/// The inspection of one journey in one language.
#[derive(Debug)]
pub struct Inspection {
    journey: &'static str,
    language: Language,
    axe: String,
    screenshots: Option<PathBuf>,
    guises: &'static [Guise],
    /// Fault → the pages where it stands.
    faults: BTreeMap<String, Vec<String>>,
}

impl Inspection {
    /// Begins one, with nothing found.
    pub fn of(journey: &'static str, language: Language, tools: &BrowserTools) -> Self {
        let axe = std::fs::read_to_string(&tools.axe).unwrap();
        // For eyes: every page in every guise, in the directory that the environment names.
        let screenshots = std::env::var_os("GUICHET_TEST_SCREENSHOTS").map(PathBuf::from);
        let guises = if screenshots.is_some() { EVERY_GUISE } else { guises_of(language) };
        Self { journey, language, axe, screenshots, guises, faults: BTreeMap::new() }
    }

    /// Looks at the page where the browser is, in the guises of its language.
    pub async fn look(&mut self, browser: &Browser, page: &str) {
        browser.see(HEADING).await;
        let language = browser.run("return document.documentElement.lang", Vec::new()).await;
        if language != self.language.tag() {
            self.note(format!("the page is in {language}"), page);
        }
        for (width, scheme) in self.guises {
            browser.look_as(*width, scheme).await;
            let guise = format!("{page} ({width} px, {scheme})");
            self.ask_axe(browser, &guise).await;
            for element in texts(&browser.run(TOO_WIDE, Vec::new()).await) {
                self.note(format!("wider than the screen: {element}"), &guise);
            }
            self.keep_screenshot(browser, page, *width, scheme).await;
        }
        let (width, scheme) = EVERY_GUISE[0];
        browser.look_as(width, scheme).await;
        for complaint in browser.complaints().await {
            self.note(format!("Chromium complains: {complaint}"), page);
        }
    }

    /// The end of the journey.
    ///
    /// # Panics
    ///
    /// When anything was found, with all of it.
    pub fn end(mut self) {
        let faults = std::mem::take(&mut self.faults);
        assert!(faults.is_empty(), "{}", self.report(&faults));
    }

    async fn ask_axe(&mut self, browser: &Browser, guise: &str) {
        if browser.run("return typeof axe", Vec::new()).await == "undefined" {
            browser.run(&format!("{};\nwindow.axe = axe;", self.axe), Vec::new()).await;
        }
        let rules = json!(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
        let answer = browser.run_to_its_end(ASK, vec![rules]).await;
        if let Some(error) = answer["failed"].as_str() {
            self.note(format!("axe-core could not look: {error}"), guise);
        }
        for violation in answer["found"].as_array().into_iter().flatten() {
            for place in texts(&violation["places"]) {
                self.note(
                    format!("{}\n      {place}", violation["rule"].as_str().unwrap_or_default()),
                    guise,
                );
            }
        }
    }

    async fn keep_screenshot(&self, browser: &Browser, page: &str, width: u32, scheme: &str) {
        let Some(directory) = &self.screenshots else { return };
        std::fs::create_dir_all(directory).unwrap();
        let name = format!("{} {page} {} {width} {scheme}.png", self.journey, self.language.tag());
        let png = BASE64.decode(browser.screenshot().await.as_bytes()).unwrap();
        std::fs::write(directory.join(name.replace(' ', "-")), png).unwrap();
    }

    fn note(&mut self, fault: String, guise: &str) {
        self.faults.entry(fault).or_default().push(guise.to_string());
    }

    fn report(&self, faults: &BTreeMap<String, Vec<String>>) -> String {
        let lines =
            faults.iter().map(|(fault, guises)| format!("  - {fault}\n      on {}", guises.join(", ")));
        let lines: Vec<String> = lines.collect();
        format!(
            "{} faults on the pages of the journey «{}», in {:?}:\n{}",
            faults.len(),
            self.journey,
            self.language,
            lines.join("\n")
        )
    }
}

impl Drop for Inspection {
    /// A journey that broke off still tells what was found before.
    fn drop(&mut self) {
        if std::thread::panicking() && !self.faults.is_empty() {
            eprintln!("{}", self.report(&self.faults));
        }
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(String::from).collect()
}

#[tokio::test]
async fn inspection_tells_what_is_wrong_with_a_page() {
    let Some(tools) = BrowserTools::find() else { return };
    let browser = Browser::open(&tools, Language::English).await;
    let mut inspection = Inspection::of("a page with faults", Language::French, &tools);
    inspection.guises = EVERY_GUISE;
    let page = "<html lang=en><title>A page</title><main><h1>A page</h1><img src=x> \
                <p style='color:silver;min-width:600px'>pale and wide</p>\
                <style>@media (prefers-color-scheme: dark) { h1 { color: black; background: navy } }</style>";
    browser.visit(format!("data:text/html,{page}")).await;
    inspection.look(&browser, "page").await;
    let faults = std::mem::take(&mut inspection.faults);
    let guises = |beginning: &str| {
        let found = faults.iter().find(|(fault, _)| fault.starts_with(beginning));
        found.map_or_else(|| panic!("no {beginning} in {faults:#?}"), |(_, guises)| guises.join("; "))
    };
    assert_eq!(guises("the page is in"), "page");
    assert_eq!(guises("wider than the screen: <p"), "page (320 px, light); page (320 px, dark)");
    assert_eq!(guises("image-alt").matches("page").count(), 4);
    let contrasts: Vec<_> = faults.iter().filter(|(fault, _)| fault.starts_with("color-contrast")).collect();
    assert!(contrasts.iter().any(|(_, guises)| guises.len() == 4), "{contrasts:#?}");
    assert!(contrasts.iter().any(|(_, guises)| guises.len() == 2), "{contrasts:#?}");
    assert_eq!(browser.run("return navigator.language", Vec::new()).await, "en");
}
