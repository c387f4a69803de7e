//! People and their passwords, as the tables hold them.

mod administration;
mod choosing;
mod creation;
mod identifiers;
mod passwords;
mod search;

use guichet::accounts::{InitialPassword, NewAccount, NewIdentifier};
use guichet::kit::secrets::Secret;
use serde_json::Map;

use crate::support::App;
use crate::support::app::PASSWORD;

/// Somebody with [`PASSWORD`] and no more than an identifier.
pub fn nobody_but(identifier: &str) -> NewAccount {
    NewAccount {
        identifier: NewIdentifier::Given(identifier.to_owned()),
        given_name: None,
        family_name: None,
        email: None,
        claims: Map::new(),
        authority: None,
        source_key: None,
        password: InitialPassword::Personal(Secret::new(PASSWORD)),
    }
}

/// One column of one row, as text.
pub async fn text(app: &App, statement: &'static str) -> String {
    let mut connection = app.database.read().await.unwrap();
    sqlx::query_scalar(statement).fetch_one(&mut *connection).await.unwrap()
}
