//! Codes outlive nothing that they came from.

use crate::on_both_engines;

on_both_engines! {
    async fn a_code_is_worth_nothing_once_its_session_has_ended(app: App) {
        app.person("elefevre").await;
        let client = app.client("app");
        let mut browser = app.browser();
        let back = browser.sign_in(&client.authorization(&[]), "elefevre").await;
        let confirm = browser.get("/logout").await;
        browser.post(&confirm.form_action(), &[("decision", &confirm.hidden("decision"))]).await;
        let answer = client.redeem(&back).await;
        assert_eq!((answer.status.as_u16(), answer.text("error").as_str()), (400, "invalid_grant"));
    }
}
