//! The journeys.

use crate::browser::{Browser, BrowserTools, Language};
use crate::demo::Demo;
use crate::handles::{
    APP_IDENTIFIER, APP_SIGN_IN, APP_SIGN_OUT, APP_SIGNED_OUT_PATH, ARENA_CALLBACK_PATH, DOORS, Door,
    ELSEWHERE, ELSEWHERE_ADDRESS, ERROR, FOREIGN_REQUEST_PATH, FORGOTTEN, HEADING, IN_ENGLISH, LOGIN_SUBMIT,
    LOGOUT_CONFIRM, NEW_PASSWORD, NEW_PASSWORD_SUBMIT, PASSWORD, SESSION_PATH, SHEETS_PATH, SIGN_OUT_PATH,
    USERNAME,
};
use crate::inspection::Inspection;
use crate::story::{SamplePerson, Story};

/// Good enough for any rule on passwords, and nobody's.
const PERSONAL_PASSWORD: &str = "Quatre mots sans Rapport 57 !";

/// One journey in one language, with a browser and a demo that nobody else uses.
struct Journey {
    browser: Browser,
    inspection: Inspection,
    story: Story,
    _demo: Demo,
}

impl Journey {
    async fn begin(name: &'static str, language: Language, tools: &BrowserTools) -> Self {
        let demo = Demo::start();
        Self {
            browser: Browser::open(tools, language).await,
            inspection: Inspection::of(name, language, tools),
            story: Story::read(demo.told()),
            _demo: demo,
        }
    }

    async fn look(&mut self, page: &str) {
        self.inspection.look(&self.browser, page).await;
    }

    /// From the expense app's home page to a door.
    async fn go_to_door(&self, door: Door) {
        self.browser.visit(&self.story.expense_app).await;
        self.browser.click(APP_SIGN_IN).await;
        self.browser.click(door.link()).await;
    }

    /// Fills in the sign-in form that is on the screen.
    async fn sign_in_as(&self, person: &SamplePerson) {
        self.give(&person.identifier, &person.password).await;
    }

    async fn give(&self, identifier: &str, password: &str) {
        self.browser.type_into(USERNAME, identifier).await;
        self.browser.type_into(PASSWORD, password).await;
        self.browser.click(LOGIN_SUBMIT).await;
    }

    /// Waits for the person's own sheets in the expense app.
    async fn arrive_at_sheets(&self) {
        self.browser.arrive_at(&self.app(SHEETS_PATH)).await;
        self.browser.see(APP_SIGN_OUT).await;
    }

    /// Signs out from the expense app, confirming where that is asked, and waits to be back there.
    async fn sign_out(&self) {
        self.browser.click(APP_SIGN_OUT).await;
        self.browser.see(HEADING).await;
        if self.browser.has(LOGOUT_CONFIRM).await {
            self.browser.click(LOGOUT_CONFIRM).await;
        }
        self.browser.arrive_at(&self.app(APP_SIGNED_OUT_PATH)).await;
    }

    fn app(&self, path: &str) -> String {
        format!("{}{path}", self.story.expense_app.trim_end_matches('/'))
    }

    fn guichet(&self, path: &str) -> String {
        format!("{}{path}", self.story.issuer.trim_end_matches('/'))
    }

    fn end(self) {
        self.inspection.end();
    }
}

#[tokio::test]
async fn external_person_signs_in_and_comes_back_to_the_app() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("external person", language, &tools).await;
        journey.browser.visit(&journey.story.expense_app).await;
        journey.browser.see(APP_SIGN_IN).await;
        journey.look("app home").await;
        journey.browser.click(APP_SIGN_IN).await;
        journey.browser.see(DOORS).await;
        assert!(journey.browser.address().await.starts_with(&journey.story.issuer));
        journey.look("situations").await;
        journey.browser.click(Door::External.link()).await;
        journey.browser.see(PASSWORD).await;
        journey.look("password").await;
        journey.sign_in_as(journey.story.person("external")).await;
        journey.arrive_at_sheets().await;
        let person = journey.story.person("external");
        assert_eq!(journey.browser.text_of(APP_IDENTIFIER).await, person.identifier);
        journey.look("sheets").await;
        journey.end();
    }
}

#[tokio::test]
async fn choice_made_once_is_offered_first_the_next_time() {
    let Some(tools) = BrowserTools::find() else { return };
    let journey = Journey::begin("remembered choice", Language::French, &tools).await;
    journey.go_to_door(Door::External).await;
    journey.sign_in_as(journey.story.person("external")).await;
    journey.arrive_at_sheets().await;
    journey.sign_out().await;
    journey.browser.visit(&journey.story.expense_app).await;
    journey.browser.click(APP_SIGN_IN).await;
    let first = journey.browser.see(DOORS).await.attr("href").await.unwrap();
    assert!(first.as_ref().is_some_and(|href| href.contains("/sign-in/external")), "{first:?} comes first");
    journey.end();
}

#[tokio::test]
async fn temporary_password_is_replaced_before_anything_is_granted() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("first sign-in", language, &tools).await;
        let newcomer = journey.story.person("external_first_sign_in").clone();
        journey.go_to_door(Door::External).await;
        journey.sign_in_as(&newcomer).await;
        journey.browser.see(NEW_PASSWORD).await;
        journey.look("new password").await;
        journey.browser.visit(journey.app(SHEETS_PATH)).await;
        journey.browser.see(APP_SIGN_IN).await;

        journey.go_to_door(Door::External).await;
        journey.sign_in_as(&newcomer).await;
        journey.browser.type_into(NEW_PASSWORD, "azerty").await;
        journey.browser.click(NEW_PASSWORD_SUBMIT).await;
        journey.browser.see(ERROR).await;
        journey.look("new password refused").await;
        journey.browser.type_into(NEW_PASSWORD, PERSONAL_PASSWORD).await;
        journey.browser.click(NEW_PASSWORD_SUBMIT).await;
        journey.arrive_at_sheets().await;

        journey.sign_out().await;
        journey.go_to_door(Door::External).await;
        journey.sign_in_as(&newcomer).await;
        journey.browser.see(ERROR).await;
        journey.give(&newcomer.identifier, PERSONAL_PASSWORD).await;
        journey.arrive_at_sheets().await;
        journey.end();
    }
}

#[tokio::test]
async fn academy_staff_sign_in_at_arena_and_come_back_to_the_app() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("academy staff", language, &tools).await;
        journey.go_to_door(Door::Staff).await;
        journey.browser.arrive_at(&journey.story.arena).await;
        journey.browser.see(PASSWORD).await;
        journey.look("arena").await;
        journey.sign_in_as(journey.story.person("academy_staff")).await;
        journey.arrive_at_sheets().await;
        journey.look("sheets").await;
        journey.end();
    }
}

#[tokio::test]
async fn juries_of_the_ministry_are_shown_the_way_to_its_site() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("imagin centrale", language, &tools).await;
        journey.go_to_door(Door::Centrale).await;
        let button = journey.browser.see(ELSEWHERE).await;
        assert_eq!(button.attr("href").await.unwrap().as_deref(), Some(ELSEWHERE_ADDRESS));
        assert!(!journey.browser.has(PASSWORD).await, "a password of the ministry's is never asked for here");
        journey.look("elsewhere").await;
        journey.end();
    }
}

#[tokio::test]
async fn wrong_password_shows_an_error_and_then_the_right_one_signs_in() {
    let Some(tools) = BrowserTools::find() else { return };
    for (language, word) in [(Language::French, "Erreur"), (Language::English, "Error")] {
        let mut journey = Journey::begin("wrong password", language, &tools).await;
        let person = journey.story.person("external").clone();
        journey.go_to_door(Door::External).await;
        journey.give(&person.identifier, "ce n’est pas lui").await;
        let alert = journey.browser.text_of(ERROR).await;
        assert!(alert.starts_with(word), "{alert}");
        assert!(!alert.contains(&person.identifier), "{alert}");
        journey.look("password refused").await;
        journey.sign_in_as(&person).await;
        journey.arrive_at_sheets().await;
        journey.end();
    }
}

#[tokio::test]
async fn signing_out_leaves_nothing_for_a_silent_sign_in() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("sign-out", language, &tools).await;
        journey.go_to_door(Door::External).await;
        journey.sign_in_as(journey.story.person("external")).await;
        journey.arrive_at_sheets().await;
        journey.sign_out().await;
        journey.look("app signed out").await;
        // Without a session of its own the app asks silently: were one left at Guichet, the sheets would come.
        journey.browser.visit(journey.app(SHEETS_PATH)).await;
        journey.browser.see(APP_SIGN_IN).await;
        assert!(!journey.browser.address().await.contains(SHEETS_PATH));
        journey.end();
    }
}

#[tokio::test]
async fn language_can_be_switched_on_the_way() {
    let Some(tools) = BrowserTools::find() else { return };
    let journey = Journey::begin("language", Language::French, &tools).await;
    journey.browser.visit(&journey.story.expense_app).await;
    journey.browser.click(APP_SIGN_IN).await;
    journey.browser.see(DOORS).await;
    let in_french = journey.browser.text_of(HEADING).await;
    journey.browser.click(IN_ENGLISH).await;
    journey.browser.see("html[lang='en'] h1").await;
    assert_ne!(journey.browser.text_of(HEADING).await, in_french);
    journey.browser.click(Door::External.link()).await;
    journey.browser.see("html[lang='en'] #password").await;
    journey.sign_in_as(journey.story.person("external")).await;
    journey.arrive_at_sheets().await;
    journey.end();
}

#[tokio::test]
async fn pages_beside_the_way_can_be_used_by_everyone() {
    let Some(tools) = BrowserTools::find() else { return };
    for language in Language::ALL {
        let mut journey = Journey::begin("beside the way", language, &tools).await;
        journey.browser.visit(journey.guichet(FOREIGN_REQUEST_PATH)).await;
        journey.look("request of nobody").await;
        journey.browser.visit(journey.guichet("/nothing-here")).await;
        journey.look("not found").await;
        journey.browser.visit(journey.guichet(ARENA_CALLBACK_PATH)).await;
        journey.look("return from nowhere").await;

        journey.go_to_door(Door::External).await;
        journey.browser.click(FORGOTTEN).await;
        journey.browser.arrive_at(&journey.guichet("/forgotten-password")).await;
        journey.look("forgotten password").await;

        journey.go_to_door(Door::External).await;
        journey.sign_in_as(journey.story.person("external")).await;
        journey.arrive_at_sheets().await;
        journey.browser.visit(journey.guichet(SESSION_PATH)).await;
        journey.look("session open").await;
        journey.browser.visit(journey.guichet(SIGN_OUT_PATH)).await;
        journey.browser.see(LOGOUT_CONFIRM).await;
        journey.look("sign-out asked").await;
        journey.browser.click(LOGOUT_CONFIRM).await;
        journey.browser.see("main:not(:has(#logout-confirm)) h1").await;
        journey.look("signed out").await;
        journey.end();
    }
}
