//! One journey: a browser, the demo, and what axe-core finds on the way.

use std::path::Path;

use crate::browser::{Browser, BrowserTools, Language};
use crate::demo::Demo;
use crate::handles::{
    APP_SIGN_IN, APP_SIGN_OUT, APP_SIGNED_OUT_PATH, Door, HEADING, LOGIN_SUBMIT, LOGOUT_CONFIRM, PASSWORD,
    SHEETS_PATH, USERNAME,
};
use crate::inspection::Inspection;
use crate::story::{SamplePerson, Story};

/// One journey in one language, with a browser and a demo that nobody else uses.
pub struct Journey {
    /// Where the person is.
    pub browser: Browser,
    /// Who they can be, and where things are.
    pub story: Story,
    inspection: Inspection,
    demo: Demo,
}

impl Journey {
    /// Begins with nothing remembered, anywhere.
    pub async fn begin(name: &'static str, language: Language, tools: &BrowserTools) -> Self {
        let demo = Demo::start();
        Self {
            browser: Browser::open(tools, language).await,
            story: Story::read(demo.told()),
            inspection: Inspection::of(name, language, tools),
            demo,
        }
    }

    /// Looks at the page where it is, and gives it a name.
    pub async fn look(&mut self, page: &str) {
        self.inspection.look(&self.browser, page).await;
    }

    /// The folder of the demo's data.
    pub fn data(&self) -> &Path {
        self.demo.told().parent().expect("the folder of demo.json")
    }

    /// Tells what was found on the way.
    pub fn end(self) {
        self.inspection.end();
    }

    /// From the expense app's home page to a door.
    pub async fn go_to_door(&self, door: Door) {
        self.browser.visit(&self.story.expense_app).await;
        self.browser.click(APP_SIGN_IN).await;
        self.browser.click(door.link()).await;
    }

    /// Fills in the sign-in form that is on the screen.
    pub async fn sign_in_as(&self, person: &SamplePerson) {
        give(&self.browser, &person.identifier, &person.password).await;
    }

    /// Waits for the person's own sheets in the expense app.
    pub async fn arrive_at_sheets(&self) {
        self.browser.arrive_at(&self.app(SHEETS_PATH)).await;
        self.browser.see(APP_SIGN_OUT).await;
    }

    /// Signs out from the expense app, confirming where that is asked, and waits to be back there.
    pub async fn sign_out(&self) {
        self.browser.click(APP_SIGN_OUT).await;
        self.browser.see(HEADING).await;
        if self.browser.has(LOGOUT_CONFIRM).await {
            self.browser.click(LOGOUT_CONFIRM).await;
        }
        self.browser.arrive_at(&self.app(APP_SIGNED_OUT_PATH)).await;
    }

    /// An address of the expense app.
    pub fn app(&self, path: &str) -> String {
        format!("{}{path}", self.story.expense_app.trim_end_matches('/'))
    }

    /// An address of Guichet.
    pub fn guichet(&self, path: &str) -> String {
        format!("{}{path}", self.story.issuer.trim_end_matches('/'))
    }
}

/// Fills in the sign-in form on the screen and sends it.
pub async fn give(browser: &Browser, identifier: &str, password: &str) {
    browser.type_into(USERNAME, identifier).await;
    browser.type_into(PASSWORD, password).await;
    browser.click(LOGIN_SUBMIT).await;
}
