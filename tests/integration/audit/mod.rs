//! What happened: chained, counted, and failures with their real reason.

mod chain;
mod counts;
mod failures;

use guichet::audit::{AuthorityName, Fault, Report};

use crate::support::App;

/// What is found of the chain of Lyon.
pub async fn verified(app: &App) -> Report {
    app.audit.verify(&AuthorityName::from("lyon".to_owned()), None).await.expect("the chain is read")
}

/// What does not fit of the chain of Lyon.
pub async fn fault(app: &App) -> Option<Fault> {
    verified(app).await.fault
}

/// Puts so many events of Lyon into the table, one a second, as sign-ins would.
pub async fn events(app: &App, number: i64) {
    let mut transaction = app.database.write().await.expect("a transaction");
    for at in 0..number {
        sqlx::query(
            "INSERT INTO audit_event (id, at, account_id, actor, kind, detail, authority) \
             VALUES ($1, $2, NULL, 'person', 'signed-in', 'external password', 'lyon')",
        )
        .bind(format!("event-{at:06}"))
        .bind(at)
        .execute(&mut *transaction)
        .await
        .expect("an event");
    }
    transaction.commit().await.expect("committed");
}
