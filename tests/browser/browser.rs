//! A real Chromium, driven as a person would use it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use thirtyfour::common::print::{PrintMargins, PrintPage, PrintParameters};
use thirtyfour::prelude::*;

use crate::process::{PATIENCE, Process, Scratch, free_ports, is_ok, request};
use crate::tools::{self, Tool};

const CHROMIUM: Tool = Tool {
    name: "Chromium",
    variable: "GUICHET_TEST_CHROMIUM",
    places: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
};
const CHROMEDRIVER: Tool =
    Tool { name: "chromedriver", variable: "GUICHET_TEST_CHROMEDRIVER", places: &["chromedriver"] };
const AXE: Tool = Tool {
    name: "axe-core",
    variable: "GUICHET_TEST_AXE",
    places: &["tests/clients/node/node_modules/axe-core/axe.min.js"],
};

/// A fresh profile, no sandbox (root has none), and not a word to anyone but the pages visited.
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // A telephone's scrollbar takes no room from the page.
    "--hide-scrollbars",
    "--window-size=1280,1000",
];

/// How long a page may take: Argon2 in a debug build, on a machine that does other things.
const LIMIT: Duration = Duration::from_secs(30);

/// Whether the focus is on an element of a selector, and shows: by an outline, its own or one drawn before it.
const FOCUS: &str = r"
    const focused = document.activeElement;
    const is_outlined = (style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
    const guises = [null, '::before', '::after'].map((part) => getComputedStyle(focused, part));
    return {
        is_there: focused.matches(arguments[0]),
        is_marked: focused === document.body || guises.some(is_outlined),
        element: focused.outerHTML.slice(0, 160),
    };";

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// As most people come.
    French,
    /// As some do.
    English,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::French, Self::English];

    /// Its tag (RFC 5646).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }
}

/// Where everything is that a browser needs.
#[derive(Clone, Debug)]
pub struct BrowserTools {
    chromium: PathBuf,
    chromedriver: PathBuf,
    /// axe-core, as one script.
    pub axe: PathBuf,
}

impl BrowserTools {
    /// Finds them; `None` when they are missing and may be.
    pub fn find() -> Option<Self> {
        let [chromium, chromedriver, axe] = tools::find([CHROMIUM, CHROMEDRIVER, AXE])?;
        Some(Self { chromium, chromedriver, axe })
    }
}

/// One browser with nothing remembered; it ends with this value.
#[derive(Debug)]
pub struct Browser {
    driver: WebDriver,
    port: u16,
    // Dropped in this order: what drives the browser before its files.
    _chromedriver: Process,
    _scratch: Scratch,
}

impl Drop for Browser {
    /// Ends the session, and Chromium with it, before chromedriver goes. The library would do it too, on connections that
    /// nobody serves any more while this thread waits.
    fn drop(&mut self) {
        let _ = request(self.port, "DELETE", &format!("/session/{}", self.driver.session_id()));
    }
}

impl Browser {
    /// Opens one that prefers a language.
    pub async fn open(tools: &BrowserTools, language: Language) -> Self {
        let scratch = Scratch::new("browser");
        let port = free_ports(1);
        let mut command = Command::new(&tools.chromedriver);
        // Chromium's own temporary files go where they are removed.
        command.arg(format!("--port={port}")).env("TMPDIR", scratch.path());
        let mut chromedriver = Process::start("chromedriver", &mut command, scratch.path());
        chromedriver.wait_until("ready", LIMIT, || is_ok(port, "/status"));

        let mut wishes = DesiredCapabilities::chrome();
        wishes.set_binary(tools.chromium.to_str().unwrap()).unwrap();
        let profile = scratch.path().join("profile");
        for flag in FLAGS.iter().map(ToString::to_string).chain([
            format!("--user-data-dir={}", profile.display()),
            format!("--accept-lang={}", language.tag()),
            format!("--lang={}", language.tag()),
        ]) {
            wishes.add_arg(&flag).unwrap();
        }
        wishes.set_browser_log_level(thirtyfour::LoggingPrefsLogLevel::Warning).unwrap();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wishes)
            .await
            .unwrap_or_else(|error| panic!("no session with Chromium: {error}\n{}", chromedriver.said()));
        // From here on `drop` ends the session.
        driver.clone().leak().unwrap();
        Self { driver, port, _chromedriver: chromedriver, _scratch: scratch }
    }

    /// Goes to an address.
    pub async fn visit(&self, address: impl Into<String>) {
        let address = address.into();
        self.driver.goto(&address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// Where it is.
    pub async fn address(&self) -> String {
        self.driver.current_url().await.unwrap().to_string()
    }

    /// Waits for an address that begins so.
    pub async fn arrive_at(&self, beginning: &str) {
        let began = Instant::now();
        loop {
            let address = self.address().await;
            if address.starts_with(beginning) {
                return;
            }
            assert!(began.elapsed() < LIMIT, "expected to arrive at {beginning}, {}", self.situation().await);
            tokio::time::sleep(PATIENCE).await;
        }
    }

    /// Waits until an element is there to be seen; the first one when there are several.
    pub async fn see(&self, selector: &str) -> WebElement {
        let began = Instant::now();
        loop {
            // A page that is being replaced answers with errors: they only mean "not yet".
            let found = self.driver.find_all(By::Css(selector)).await.unwrap_or_default();
            if let Some(element) = found.into_iter().next()
                && element.is_displayed().await.unwrap_or(false)
            {
                return element;
            }
            assert!(began.elapsed() < LIMIT, "expected to see `{selector}`, {}", self.situation().await);
            tokio::time::sleep(PATIENCE).await;
        }
    }

    /// Whether an element is on the page now.
    pub async fn has(&self, selector: &str) -> bool {
        !self.driver.find_all(By::Css(selector)).await.unwrap_or_default().is_empty()
    }

    /// Whether an element is there to be seen now.
    pub async fn shows(&self, selector: &str) -> bool {
        for element in self.driver.find_all(By::Css(selector)).await.unwrap_or_default() {
            if element.is_displayed().await.unwrap_or(false) {
                return true;
            }
        }
        false
    }

    /// Clicks an element.
    pub async fn click(&self, selector: &str) {
        let element = self.see(selector).await;
        let clicked = element.click().await;
        assert!(
            clicked.is_ok(),
            "`{selector}` cannot be clicked ({}), {}",
            clicked.unwrap_err(),
            self.situation().await
        );
    }

    /// Types into a field, in place of what stands there.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let field = self.see(selector).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses a file, as a person would in the dialogue.
    pub async fn choose_file(&self, selector: &str, file: &Path) {
        self.see(selector).await.send_keys(file.display().to_string()).await.unwrap();
    }

    /// The page on paper, as a PDF: A4, by the page's own measures.
    pub async fn print(&self) -> Vec<u8> {
        let none = PrintMargins { top: 0.0, bottom: 0.0, left: 0.0, right: 0.0 };
        let paper = PrintParameters {
            page: PrintPage { width: 21.0, height: 29.7 },
            margin: none,
            shrink_to_fit: false,
            background: true,
            ..PrintParameters::default()
        };
        self.driver.print_page(paper).await.expect("a PDF")
    }

    /// What an element says.
    pub async fn text_of(&self, selector: &str) -> String {
        self.see(selector).await.text().await.unwrap()
    }

    /// Waits until an element says this.
    pub async fn wait_for_text(&self, selector: &str, text: &str) {
        let began = Instant::now();
        while self.text_of(selector).await != text {
            assert!(began.elapsed() < LIMIT, "expected `{text}`, {}", self.situation().await);
            tokio::time::sleep(PATIENCE).await;
        }
    }

    /// Presses keys, wherever the focus is.
    pub async fn press(&self, keys: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(keys).perform().await.unwrap();
    }

    /// Walks by Tab to an element that is on the page, and makes sure that eyes can follow.
    pub async fn tab_to(&self, selector: &str) {
        /// More stops than any page has.
        const MOST_STOPS: usize = 60;
        self.see(selector).await;
        for _ in 0..MOST_STOPS {
            self.press(Key::Tab).await;
            let answer = self.run(FOCUS, vec![json!(selector)]).await;
            let element = answer["element"].as_str().unwrap_or_default();
            assert_eq!(answer["is_marked"], true, "the focus cannot be seen on {element}");
            if answer["is_there"] == true {
                return;
            }
        }
        panic!("the Tab key never reaches `{selector}`, {}", self.situation().await);
    }

    /// Loads pages without their scripts from now on.
    pub async fn without_scripts(&self) {
        self.command("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// Forgets a cookie of the site where it is.
    ///
    /// # Panics
    ///
    /// When there is none of this name.
    pub async fn forget_cookie(&self, name: &str) {
        let cookies = self.driver.get_all_cookies().await.unwrap();
        let names: Vec<&str> = cookies.iter().map(|cookie| cookie.name.as_ref()).collect();
        assert!(names.contains(&name), "no cookie {name} among {names:?}");
        self.driver.delete_cookie(name).await.unwrap();
    }

    /// What Chromium complained of since the last time: blocked by policy, failed scripts, missing files.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.driver.browser_log().await.unwrap();
        // A page may well be an error page; what it is made of may not be missing.
        let is_page = |message: &str| message.contains("status of ") && !message.contains("/assets/");
        log.into_iter().map(|entry| entry.message).filter(|message| !is_page(message)).collect()
    }

    /// Runs a script in the page: the body of a function of `arguments`.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        let answer = self.driver.execute(script, arguments).await;
        answer.unwrap_or_else(|error| panic!("a script failed in the page: {error}")).json().clone()
    }

    /// Runs a script in the page that ends by calling its last argument.
    pub async fn run_to_its_end(&self, script: &str, arguments: Vec<Value>) -> Value {
        let answer = self.driver.execute_async(script, arguments).await;
        answer.unwrap_or_else(|error| panic!("a script failed in the page: {error}")).json().clone()
    }

    /// Takes on a width, in CSS pixels, and a colour scheme.
    pub async fn look_as(&self, width: u32, scheme: &str) {
        let screen = json!({ "width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false });
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.command("Emulation.setDeviceMetricsOverride", screen).await;
        self.command("Emulation.setEmulatedMedia", media).await;
    }

    /// The whole page as a PNG, in base64.
    pub async fn screenshot(&self) -> String {
        let wish = json!({ "format": "png", "captureBeyondViewport": true });
        let answer = self.command("Page.captureScreenshot", wish).await;
        answer["data"].as_str().unwrap_or_default().to_string()
    }

    /// A command of the Chrome DevTools Protocol.
    async fn command(&self, name: &str, parameters: Value) -> Value {
        let answer = self.driver.cdp().send_raw(name, parameters).await;
        answer.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Where it is and what stands there, for a failure.
    async fn situation(&self) -> String {
        let text = match self.driver.find(By::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        };
        format!("but is at {} which says:\n{text}", self.address().await)
    }
}
