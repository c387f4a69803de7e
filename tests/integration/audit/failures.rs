//! Refused sign-ins are noted with their real reason, afterwards, and nobody outside can tell whose they were.

use sqlx::Row;

use crate::on_both_engines;
use crate::signin::{at_the_form, try_password};
use crate::support::App;
use crate::support::app::{PASSWORD, SEASON};

/// The reasons that were noted, in their order.
async fn noted(app: &App) -> Vec<String> {
    app.settle_audit().await;
    let mut connection = app.database.read().await.unwrap();
    let rows =
        sqlx::query("SELECT detail FROM audit_event WHERE kind = 'sign-in-failed' ORDER BY at, detail")
            .fetch_all(&mut *connection)
            .await
            .unwrap();
    rows.iter().map(|row| row.get("detail")).collect()
}

on_both_engines! {
    async fn each_reason_is_noted_as_it_was(app: App) {
        let disabled = app.person("disabled").await;
        app.disable(&disabled).await;
        app.person("elefevre").await;
        let (_, printed) = app.newcomer("newcomer").await;
        let slip = slip_of(&printed);
        let (mut browser, action) = at_the_form(&app).await;
        try_password(&mut browser, &action, "elefevre", "Wrong-Horse-7").await;
        assert_eq!(noted(&app).await, ["wrong-password"]);
        app.wait(1);
        try_password(&mut browser, &action, "disabled", PASSWORD).await;
        assert_eq!(noted(&app).await, ["wrong-password", "disabled"]);
        app.wait(1);
        try_password(&mut browser, &action, "newcomer", &slip).await;
        assert_eq!(noted(&app).await, ["wrong-password", "disabled", "typing-slip"]);
        app.wait(SEASON);
        let (mut browser, action) = at_the_form(&app).await;
        try_password(&mut browser, &action, "newcomer", &printed).await;
        assert_eq!(noted(&app).await, ["wrong-password", "disabled", "typing-slip", "temporary-expired"]);
    }

    async fn nothing_is_written_before_the_answer_nor_for_nobody(app: App) {
        app.person("elefevre").await;
        let before = app.count("SELECT COUNT(*) FROM audit_event").await;
        let (mut browser, action) = at_the_form(&app).await;
        let known = try_password(&mut browser, &action, "elefevre", "Wrong-Horse-7").await;
        let (mut browser, action) = at_the_form(&app).await;
        let unknown = try_password(&mut browser, &action, "nobody", "Wrong-Horse-7").await;
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event").await, before);
        assert_eq!(known.status, unknown.status);
        assert_eq!(known.headers.len(), unknown.headers.len());
        assert_eq!(noted(&app).await.len(), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event").await, before + 1);
    }

    async fn what_nothing_else_bounds_is_noted_once_in_a_while(app: App) {
        let (_, printed) = app.newcomer("newcomer").await;
        let slip = slip_of(&printed);
        let (mut browser, action) = at_the_form(&app).await;
        for _ in 0..20 {
            try_password(&mut browser, &action, "newcomer", &slip).await;
        }
        assert_eq!(noted(&app).await.len(), 1);
        app.wait(60);
        try_password(&mut browser, &action, "newcomer", &slip).await;
        assert_eq!(noted(&app).await.len(), 1);
        app.wait(3_600);
        try_password(&mut browser, &action, "newcomer", &slip).await;
        assert_eq!(noted(&app).await.len(), 2);
    }

    async fn waiting_is_noted_beside_the_failures_that_caused_it(app: App) {
        app.person("elefevre").await;
        let (mut browser, action) = at_the_form(&app).await;
        for _ in 0..12 {
            try_password(&mut browser, &action, "elefevre", "Wrong-Horse-7").await;
        }
        let noted = noted(&app).await;
        let number = |reason: &str| noted.iter().filter(|known| *known == reason).count();
        assert_eq!(number("waiting"), 1, "{noted:?}");
        assert!((2..12).contains(&number("wrong-password")), "{noted:?}");
    }
}

/// A letter's password with one character that it cannot have there.
fn slip_of(printed: &str) -> String {
    let last = printed.chars().next_back().unwrap();
    let others =
        "ABCDEFGHJKMNPQRSTUVWXYZ23456789".chars().filter(|other| *other != last.to_ascii_uppercase());
    let mut candidates = others.map(|other| format!("{}{other}", &printed[..printed.len() - 1]));
    candidates
        .find(|typed| {
            let typed = guichet::kit::secrets::Secret::new(typed.as_str());
            matches!(
                guichet::accounts::TemporaryPassword::read(typed.expose()),
                guichet::accounts::Typed::Slip
            )
        })
        .expect("a slip")
}
