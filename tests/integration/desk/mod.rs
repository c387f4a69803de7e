//! The managers' desk, through HTTP.

mod actions;
mod audit;
mod batches;
mod cases;
pub mod imports;
mod letters;
pub mod managers;
mod merge;
mod new_person;
pub mod people;
mod person;
mod ranks;
pub mod reach;
mod rogue;
mod search;
mod sequences;
mod statistics;
pub mod telephone;
mod telephone_desk;

use guichet::accounts::Account;
use serde_json::json;

use crate::federation::upstream::Upstream;
use crate::signin::upstream_door;
use crate::support::browser::Page;
use crate::support::{App, Browser};

/// A manager of the académie de Lyon, as ARENA tells it.
pub const MANAGER: &str = "GEST-LYON";
/// A supervisor there.
pub const SUPERVISOR: &str = "RESP-LYON";
/// A manager of the DGRH.
pub const OTHER_MANAGER: &str = "GEST-DGRH";
/// A supervisor there.
pub const OTHER_SUPERVISOR: &str = "RESP-DGRH";
/// Staff of no rank.
pub const STAFF: &str = "ENS";

/// The installation with an ARENA that answers.
pub async fn with_arena(app: &App) -> (App, Upstream) {
    upstream_door::with_arena(app).await
}

/// A browser in which somebody of ARENA is signed in; `function` is what ARENA says of them ([`MANAGER`], …).
pub async fn signed_in(app: &App, upstream: &Upstream, subject: &str, function: &str) -> Browser {
    {
        let mut plan = upstream.plan.lock().unwrap();
        plan.id_token = json!({ "sub": subject });
        plan.userinfo = json!({
            "sub": subject, "ctfn": "Chantal", "ctln": "Garnier", "ctemail": "cgarnier@ac-test.example",
            "FrEduFonctAdm": function,
        });
        plan.now = app.clock.now().seconds();
    }
    let mut browser = app.browser();
    upstream_door::sign_in(app, &mut browser, upstream, &[]).await.code();
    browser
}

/// Somebody of an authority, with a personal password and without a mail address.
pub async fn person_of(app: &App, identifier: &str, authority: &str) -> Account {
    let account = app.person(identifier).await;
    app.sql("UPDATE account SET email = NULL WHERE id = $1", account.id.as_str()).await;
    let adopt = match authority {
        "lyon" => "UPDATE account SET authority = 'lyon' WHERE id = $1",
        _ => "UPDATE account SET authority = 'dgrh' WHERE id = $1",
    };
    app.sql(adopt, account.id.as_str()).await;
    app.accounts.by_id(&account.id).await.unwrap().expect("the account")
}

/// What an element of a page says, found by its id.
pub fn text_of(page: &Page, id: &str) -> String {
    let marked = format!("id=\"{id}\">");
    let (_, rest) = page.body.split_once(&marked).unwrap_or_else(|| panic!("no {id} on {}", page.body));
    rest.split('<').next().unwrap_or_default().replace(['\u{a0}', ' '], "")
}
