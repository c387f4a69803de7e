//! A person's own page, through HTTP.

mod consents;
mod mail_address;
mod page;
mod password;
mod sessions;

use guichet::config::{MailSecurity, MailSettings};

use crate::signin::signed_in;
use crate::support::browser::Page;
use crate::support::client::Answer;
use crate::support::{App, Browser, Client};

/// The person of most tests.
const PERSON: &str = "elefevre";
const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:139.0) Gecko/20100101 Firefox/139.0";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

/// Sends a form of the account's pages as the page at `from` shows it.
async fn send(browser: &mut Browser, from: &str, action: &str, fields: &[(&str, &str)]) -> Page {
    let shown = browser.get(from).await;
    assert_eq!(shown.status, 200, "{from}: {:?}", shown.location());
    let session = shown.hidden("session");
    let form = [&[("session", session.as_str())], fields].concat();
    browser.post(action, &form).await
}

/// Signs [`PERSON`] in anew, in a browser that calls itself so.
async fn signed_in_as(app: &App, user_agent: &str) -> Browser {
    let client = app.client("app");
    let mut browser = app.browser();
    browser.headers.insert("user-agent", user_agent.parse().unwrap());
    browser.sign_in(&client.authorization(&[]), PERSON).await.code();
    browser
}

/// What a client holds of a person who signed in: a browser, and tokens.
async fn granted(app: &App, scope: &str) -> (Browser, Client, Answer) {
    let client = app.client("app");
    let mut browser = app.browser();
    let back = browser.sign_in(&client.authorization(&[("scope", scope)]), PERSON).await;
    let tokens = client.redeem(&back).await;
    assert_eq!(tokens.status, 200, "{}", tokens.json);
    (browser, client, tokens)
}

/// Whether neither access nor refresh token counts any more.
async fn are_dead(client: &Client, tokens: &Answer) -> bool {
    let access = client.userinfo(&tokens.text("access_token")).await.status == 401;
    let refreshed = client.refresh(&tokens.text("refresh_token")).await;
    let refresh = refreshed.status == 400 && refreshed.text("error") == "invalid_grant";
    assert_eq!(access, refresh, "both or none");
    access
}

/// The same installation, able to send mails.
async fn with_mail(app: &App) -> App {
    let mail = MailSettings {
        from: "Guichet <guichet@id.test>".to_owned(),
        reply_to: None,
        host: "127.0.0.1".to_owned(),
        port: 1,
        security: MailSecurity::None,
        credentials: None,
        ca_file: None,
        give_up_after: std::time::Duration::from_hours(1),
    };
    app.restarted_with(|settings| settings.mail = Some(mail)).await
}

/// Sees that an answer leads back to the page, which says this.
fn assert_done(page: &Page, word: &str) {
    assert_eq!(page.location(), Some(format!("/account?done={word}")), "{} {}", page.status, page.body);
}

/// The public names of the sessions that a page offers to close.
fn closable(page: &Page) -> Vec<String> {
    let fields = page.body.split("name=\"sid\" value=\"").skip(1);
    fields.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

/// A browser in which [`PERSON`] is signed in, who is made for it.
async fn at_home(app: &App) -> Browser {
    app.person(PERSON).await;
    signed_in(app, PERSON).await
}
