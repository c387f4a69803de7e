//! Every call to the database fails once: each flow tells of it or succeeds truly, and works when it is repeated.
//!
//! The calls that a flow makes are counted, from connecting to commits. The first run fails the first of them, the next the
//! second, and so on until a run passes untouched; once with calls that are not carried out, once with calls of which nobody hears
//! that they were.

mod account_pages;
pub mod driver;
mod operators;
mod people;
mod tokens;

use guichet::kit::secrets::Secret;
use guichet::mail::{Mailer, Patience};

use crate::length;
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::client::Answer;
use crate::support::{App, Browser, Client};
use driver::{Failure, Plan};

/// A password that fits the rules and is nobody's yet.
const CHOSEN: &str = "Lampadaire-Tortue-42";

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// What was wanted happened, and was told.
    Done,
    /// It was told that it could not be done now.
    Failed,
    /// What counts once has counted: an earlier attempt got so far, and its answer was lost.
    Spent,
}

/// An installation whose database may fail, with mail and with registration.
async fn start(postgres: Option<String>) -> App {
    driver::install();
    let app = App::start_with_mail(postgres).await;
    app.restarted_with(|settings| settings.registration.enabled = true).await
}

/// Lets each call of an attempt fail, one after the other.
///
/// `set` prepares, by a number that no other run has; `attempt` does what is tried; `holds` asserts that what was told is so.
async fn each_call_fails_once<S>(
    app: &App,
    set: impl AsyncFn(String) -> S,
    attempt: impl AsyncFn(&mut S) -> Came,
    holds: impl AsyncFn(&mut S),
) {
    let plan = Plan::of(app.settings.database.url.expose());
    for failure in [Failure::Refused, Failure::Lost] {
        let mut number = 0;
        loop {
            number += length::call_steps();
            let mut scene = set(format!("{failure:?}{number}").to_lowercase()).await;
            let told = Told(format!("call {number} {failure:?}"));
            plan.order(number, failure);
            let first = attempt(&mut scene).await;
            let struck = plan.end();
            let called = Told(struck.clone().unwrap_or_else(|| "nothing failed".to_owned()));
            let last = if first == Came::Failed { attempt(&mut scene).await } else { first };
            match (first, last) {
                (Came::Done, _) => {}
                (Came::Failed, Came::Done) => assert!(struck.is_some(), "failed without a fault"),
                (Came::Failed, Came::Spent) => {
                    assert_eq!(failure, Failure::Lost, "spent by a call that was refused");
                }
                (first, last) => panic!("{first:?}, then {last:?}"),
            }
            holds(&mut scene).await;
            drop((told, called));
            if struck.is_none() {
                assert!(number > 1, "the attempt does not ask the database");
                break;
            }
        }
    }
}

/// Said when a test fails.
struct Told(String);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("torture: {}", self.0);
        }
    }
}

/// Whether a page says that something of ours failed; anything else is for the flow to judge.
fn is_failure(page: &Page) -> bool {
    let told = page.location().is_some_and(|location| location.contains("error=temporarily_unavailable"));
    assert!(page.status != 500 && page.status != 502, "{} {}", page.status, page.body);
    page.status == 503 || told
}

/// The same of an endpoint, which says so in the words of the protocol.
fn is_refusal(answer: &Answer) -> bool {
    if answer.status != 503 {
        return false;
    }
    assert_eq!(answer.text("error"), "temporarily_unavailable");
    true
}

/// Judges an endpoint's answer by its status: this one is success.
fn judged(answer: &Answer, success: u16) -> Came {
    match answer.status.as_u16() {
        status if status == success => Came::Done,
        400 | 401 => Came::Spent,
        _ if is_refusal(answer) => Came::Failed,
        other => panic!("{other}: {}", answer.body),
    }
}

/// Judges a redirect to the application: a code is success.
fn judged_by_code(page: &Page) -> Came {
    if is_failure(page) {
        return Came::Failed;
    }
    let location = page.location().unwrap_or_default();
    if location.contains("code=") { Came::Done } else { Came::Spent }
}

/// A browser in which a new person has signed in, and what the application then holds.
struct Granted {
    browser: Browser,
    client: Client,
    person: String,
    tokens: Answer,
}

async fn granted(app: &App, person: String, scope: &str) -> Granted {
    app.person(&person).await;
    let client = app.client("app");
    let mut browser = app.browser();
    let back = browser.sign_in(&client.authorization(&[("scope", scope)]), &person).await;
    let tokens = client.redeem(&back).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    Granted { browser, client, person, tokens }
}

impl Granted {
    fn access(&self) -> String {
        self.tokens.text("access_token")
    }

    fn refresh(&self) -> String {
        self.tokens.text("refresh_token")
    }

    async fn is_dead(&self) -> bool {
        let access = self.client.userinfo(&self.access()).await.status == 401;
        let refresh = self.client.refresh(&self.refresh()).await.status == 400;
        assert_eq!(access, refresh, "both or none");
        access
    }
}

/// Whether a browser is somebody's here.
async fn is_signed_in(browser: &Browser) -> bool {
    let page = browser.clone().get("/").await;
    assert!(matches!(page.status.as_u16(), 200 | 303), "{}", page.status);
    page.status == 200
}

/// Whether a password opens an account.
async fn opens(app: &App, person: &str, password: &str) -> bool {
    use guichet::accounts::PasswordCheck;
    let check = app.accounts.check_password(person, &Secret::new(password)).await.expect("a check");
    matches!(check, PasswordCheck::Personal(_) | PasswordCheck::Temporary(_))
}

/// A browser at the password form, and where the form goes.
async fn at_the_form(app: &App) -> (Browser, String) {
    let mut browser = app.browser();
    let form = browser.password_form(&app.client("app").authorization(&[])).await;
    let action = form.form_action();
    (browser, action)
}

/// The form of an account page, as it was shown: what it goes with.
async fn session_on(browser: &mut Browser, path: &str) -> String {
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{path}: {:?}", page.location());
    page.hidden("session")
}

/// A mailer that waits for no server.
fn hasty(app: &App) -> Mailer {
    let second = std::time::Duration::from_secs(20);
    app.mailer.clone().with_patience(Patience { opening: second, command: second, text: second })
}

/// Runs flows on both engines, each a test of its own.
macro_rules! flows {
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: App) $body:block)+) => {
        $(mod $name {
            #[allow(unused_imports, reason = "not every flow uses all of them")]
            use super::*;

            async fn flow($app: $crate::support::App) $body

            $(#[$attribute])*
            #[tokio::test]
            async fn on_sqlite() {
                flow($crate::calls::start(None).await).await;
            }

            $(#[$attribute])*
            #[tokio::test]
            async fn on_postgres() {
                if let Some(database) = $crate::own_postgres::new_database().await {
                    flow($crate::calls::start(Some(database.to_string())).await).await;
                }
            }
        })+
    };
}
use flows;
