//! What tests of the desk do with people: make them, open their screen, send the forms that stand there.

use guichet::accounts::{Account, InitialPassword, NewAccount, NewIdentifier};
use serde_json::Map;

use crate::support::browser::Page;
use crate::support::{App, Browser};

/// The acts that a person's screen has, in the place of `{action}` in their address.
pub const ACTS: [&str; 8] = [
    "unlock",
    "reset-link",
    "propose-address",
    "withdraw-proposal",
    "remove-address",
    "end-sessions",
    "disable",
    "enable",
];

/// An external person of the académie de Lyon with a personal password and an address that nobody confirmed.
pub async fn of_lyon(app: &App, identifier: &str) -> Account {
    let account = app.person(identifier).await;
    app.sql("UPDATE account SET authority = 'lyon' WHERE id = $1", account.id.as_str()).await;
    account
}

/// The same with a confirmed address.
pub async fn confirmed(app: &App, identifier: &str) -> Account {
    let account = of_lyon(app, identifier).await;
    app.sql("UPDATE account SET email_verified = 1 WHERE id = $1", account.id.as_str()).await;
    account
}

/// An external person of Lyon with a letter, and the password on it.
pub async fn with_letter(app: &App, identifier: &str) -> (Account, String) {
    let sender = app.accounts.sender(Some("lyon"), None).expect("a sender");
    let new = NewAccount {
        identifier: NewIdentifier::Given(identifier.to_owned()),
        given_name: Some("Aïcha".to_owned()),
        family_name: Some("N’Diaye".to_owned()),
        email: None,
        claims: Map::new(),
        authority: None,
        source_key: None,
        password: InitialPassword::OnLetter(sender),
    };
    let (account, drawn) = app.accounts.create(new).await.expect("an account");
    (account, drawn.expect("a password").printed().to_owned())
}

/// The screen of a person at the desk of Lyon.
pub fn screen(account: &Account) -> String {
    format!("/desk/lyon/people/{}", account.id)
}

/// Opens a person's screen.
pub async fn look(browser: &mut Browser, account: &Account) -> Page {
    let page = browser.get(&screen(account)).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page
}

/// Sends the form of an act as it stands on a screen, with what was typed, without following where that leads.
pub async fn send(
    browser: &mut Browser,
    shown: &Page,
    account: &Account,
    act: &str,
    typed: &[(&str, &str)],
) -> Page {
    let fields = ["session", "seen", "shown"].map(|name| (name, shown.hidden(name)));
    let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
    let form: Vec<(&str, &str)> = fields.chain(typed.iter().copied()).collect();
    browser.post(&format!("{}/{act}", screen(account)), &form).await
}

/// Opens the screen, sends an act with a reason, and follows to what is said then.
pub async fn act(browser: &mut Browser, account: &Account, act: &str, typed: &[(&str, &str)]) -> Page {
    let shown = look(browser, account).await;
    let typed = [&[("reason", "appel du jour")], typed].concat();
    let answer = send(browser, &shown, account, act, &typed).await;
    assert_eq!(answer.status, 303, "{act}: {}", answer.body);
    browser.follow(answer).await
}

/// Whether the screen offers an act.
pub fn offers(page: &Page, act: &str) -> bool {
    page.body.contains(&format!("id=\"act-{act}\""))
}

/// How many events of a kind an account has.
pub async fn events(app: &App, account: &Account, kind: &str) -> usize {
    let mut connection = app.database.read().await.expect("a connection");
    let count: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM audit_event WHERE account_id = $1 AND kind = $2")
            .bind(account.id.as_str())
            .bind(kind)
            .fetch_one(&mut *connection)
            .await
            .expect("a number");
    usize::try_from(count).expect("a number")
}

/// The account as it is now.
pub async fn now(app: &App, account: &Account) -> Account {
    app.accounts.by_id(&account.id).await.expect("a look").expect("the account")
}
