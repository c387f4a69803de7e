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

    async fn a_nul_in_an_identifier_is_a_wrong_identifier(app: App) {
        let mut browser = app.browser();
        let form = browser.password_form(&app.client("app").authorization(&[])).await;
        let page = browser.post(&form.form_action(), &[("username", "a\0b"), ("password", "x")]).await;
        assert_eq!(page.status, 422);
    }

    async fn a_nul_in_a_nonce_or_state_is_refused(app: App) {
        for broken in [("nonce", "a\0b"), ("state", "c\0d")] {
            let back = app.browser().get(&app.client("app").authorization(&[broken])).await;
            assert_eq!(back.error(), "invalid_request");
        }
    }

    async fn a_long_idp_hint_still_fits_an_address(app: App) {
        let hint = "\u{1}".repeat(2_500);
        let page = app.browser().open(&app.client("app").authorization(&[("idp_hint", &hint)])).await;
        assert_eq!(page.status, 200);
    }

    async fn the_language_switch_never_leaves_the_site(app: App) {
        for address in ["//evil.example/x", "///evil.example", "//evil.example/sign-in?journey=x"] {
            let page = app.browser().get(address).await;
            assert!(!page.body.contains("href=\"//"), "{address}: {}", page.body);
        }
    }
}
