//! The code flow from the first redirect to userinfo.

use crate::on_both_engines;
use crate::support::client::claims;

on_both_engines! {
    async fn a_person_signs_in_and_the_client_gets_tokens(app: App) {
        let person = app.person("elefevre").await;
        let client = app.client("app");
        let mut browser = app.browser();
        let back = browser.sign_in(&client.authorization(&[("scope", "openid email")]), "elefevre").await;
        let parameters = back.redirect_parameters();
        assert_eq!(parameters["state"], "the-state");
        assert_eq!(parameters["iss"], "https://id.test");

        let tokens = client.redeem(&back).await;
        assert_eq!(tokens.status, 200, "{}", tokens.json);
        let id_token = claims(&tokens.text("id_token"));
        assert_eq!(id_token["sub"], person.id.as_str());
        assert_eq!(id_token["nonce"], "the-nonce");
        let userinfo = client.userinfo(&tokens.text("access_token")).await;
        assert_eq!(userinfo.json["email"], "elefevre@example.org");
    }

    async fn a_code_is_redeemed_once_and_its_reuse_revokes_the_grant(app: App) {
        app.person("elefevre").await;
        let client = app.client("app");
        let back = app.browser().sign_in(&client.authorization(&[]), "elefevre").await;
        let tokens = client.redeem(&back).await;
        assert_eq!(tokens.status, 200, "{}", tokens.json);
        let again = client.redeem(&back).await;
        assert_eq!((again.status.as_u16(), again.text("error").as_str()), (400, "invalid_grant"));
        assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 401);
        assert_eq!(client.refresh(&tokens.text("refresh_token")).await.text("error"), "invalid_grant");
    }
}
