//! What is counted is what happened, once.

use std::collections::BTreeMap;

use guichet::accounts::LookupKey;
use sqlx::Row;

use crate::on_both_engines;
use crate::signin::{at_the_form, signed_in, try_password};
use crate::support::App;

/// What was counted, by kind and detail.
async fn counted(app: &App) -> BTreeMap<(String, String), i64> {
    let mut connection = app.database.read().await.unwrap();
    let rows =
        sqlx::query("SELECT kind, detail, n FROM daily_count").fetch_all(&mut *connection).await.unwrap();
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry((row.get("kind"), row.get("detail"))).or_insert(0) += row.get::<i64, _>("n");
    }
    counts
}

on_both_engines! {
    async fn every_event_is_counted_under_its_day_once(app: App) {
        app.person("elefevre").await;
        for _ in 0..3 {
            signed_in(&app, "elefevre").await;
            app.settle_audit().await;
            app.wait(86_400);
        }
        let (mut browser, action) = at_the_form(&app).await;
        try_password(&mut browser, &action, "elefevre", "Wrong-Horse-7").await;
        app.settle_audit().await;
        app.settle_audit().await;
        let counts = counted(&app).await;
        let of = |kind: &str, detail: &str| counts.get(&(kind.to_owned(), detail.to_owned())).copied();
        assert_eq!(of("signed-in", "external password"), Some(3));
        assert_eq!(of("sign-in-failed", "wrong-password"), Some(1));
        assert_eq!(of("created", ""), Some(1));
        let days = "SELECT COUNT(DISTINCT day) FROM daily_count WHERE kind = 'signed-in'";
        assert_eq!(app.count(days).await, 3);
        let all: i64 = counts.values().sum();
        assert_eq!(all, app.count("SELECT COUNT(*) FROM audit_event").await);
    }

    async fn what_is_counted_names_nobody(app: App) {
        let person = app.person("elefevre").await;
        signed_in(&app, "elefevre").await;
        app.settle_audit().await;
        let told = format!("{:?}", counted(&app).await);
        let key = LookupKey::of("elefevre");
        for name in [person.id.as_str(), key.as_str(), "Lefèvre"] {
            assert!(!told.contains(name), "{told}");
        }
    }
}
