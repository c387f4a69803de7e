//! Consent is given by the person who was asked.

use crate::on_both_engines;
use crate::support::client::claims;

on_both_engines! {
    async fn what_one_person_was_asked_another_cannot_allow(app: App) {
        app.person("elefevre").await;
        let other = app.person("pleroux").await;
        let third = app.client("third");
        let mut browser = app.browser();
        let asked = browser.sign_in(&third.authorization(&[]), "elefevre").await;
        let form = asked.form_action();
        // In another tab somebody else signs in; then the first tab is answered.
        browser.sign_in(&app.client("app").authorization(&[("prompt", "login")]), "pleroux").await;
        let page = browser.submit(&form, &[("decision", "allow")]).await;
        assert_eq!(page.location(), None);
        assert!(page.body.contains("consent-allow"), "{}", page.body);
        assert_eq!(app.count("SELECT COUNT(*) FROM consent").await, 0);
        let back = browser.submit(&page.form_action(), &[("decision", "allow")]).await;
        let tokens = third.redeem(&back).await;
        assert_eq!(claims(&tokens.text("id_token"))["sub"], other.id.as_str());
    }
}
