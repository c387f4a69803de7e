//! What third parties are allowed, and taken back.

use super::{PERSON, assert_done, granted, send};
use crate::on_both_engines;
use crate::signin::signed_in;
use crate::support::{App, Browser};

/// Signs in for the third party, allows it everything it asks for, and gives the browser with the tokens.
async fn allow(app: &App, identifier: &str) -> (Browser, crate::support::client::Answer) {
    let client = app.client("third");
    let mut browser = app.browser();
    let asked = browser.sign_in(&client.authorization(&[]), identifier).await;
    let back = browser.submit(&asked.form_action(), &[("decision", "allow")]).await;
    let tokens = client.redeem(&back).await;
    assert_eq!(tokens.status, 200, "{}", tokens.json);
    (browser, tokens)
}

on_both_engines! {
    async fn consent_is_shown_and_withdrawn_with_all_that_was_granted_on_it(app: App) {
        app.person(PERSON).await;
        let client = app.client("third");
        let (mut browser, tokens) = allow(&app, PERSON).await;
        let waiting = browser.get(&client.authorization(&[("prompt", "none")])).await;
        let page = browser.get("/account").await;
        assert!(page.body.contains("Tiers") && page.body.contains("connaître votre nom"), "{}", page.body);
        assert!(page.body.contains("Autorisation donnée à une application"));
        let withdraw = "/account/consents/withdraw";
        assert_done(&send(&mut browser, "/account", withdraw, &[("client", "third")]).await, "consent");
        assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 401);
        assert_eq!(client.redeem(&waiting).await.text("error"), "invalid_grant");
        let silent = browser.get(&client.authorization(&[("prompt", "none")])).await;
        assert_eq!(silent.error(), "consent_required");
        let page = browser.get("/account").await;
        assert!(!page.body.contains("Tiers") && page.body.contains("Autorisation retirée à une application"));
        assert_done(&send(&mut browser, "/account", withdraw, &[("client", "third")]).await, "nothing");
    }

    async fn nobody_withdraws_for_another_person(app: App) {
        app.person(PERSON).await;
        app.person("jdupont").await;
        let (_, tokens) = allow(&app, "jdupont").await;
        let mut browser = signed_in(&app, PERSON).await;
        let withdraw = "/account/consents/withdraw";
        assert_done(&send(&mut browser, "/account", withdraw, &[("client", "third")]).await, "nothing");
        assert!(!browser.get("/account").await.body.contains("Tiers"));
        let theirs = app.client("third").userinfo(&tokens.text("access_token")).await;
        assert_eq!(theirs.status, 200);
    }

    async fn grants_of_a_first_party_are_not_withdrawn_by_its_name(app: App) {
        app.person(PERSON).await;
        let (mut browser, client, tokens) = granted(&app, "openid").await;
        let page = send(&mut browser, "/account", "/account/consents/withdraw", &[("client", "app")]).await;
        assert_done(&page, "nothing");
        assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 200);
    }
}
