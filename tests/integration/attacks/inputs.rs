//! Input that nobody sends by accident: refused or ignored, never a fault of ours.

use crate::on_both_engines;

on_both_engines! {
    async fn a_refresh_with_a_stray_redirect_uri_is_a_refresh(app: App) {
        app.person("elefevre").await;
        let client = app.client("app");
        let back = app.browser().sign_in(&client.authorization(&[]), "elefevre").await;
        let refresh_token = client.redeem(&back).await.text("refresh_token");
        let form =
            [("grant_type", "refresh_token"), ("refresh_token", refresh_token.as_str()), ("redirect_uri", "%")];
        let answer = client.token(&form).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
    }
}
