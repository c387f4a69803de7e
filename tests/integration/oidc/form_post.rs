//! Answers that the browser posts to the application (Form Post Response Mode).

use super::{PERSON, assert_problem_page};
use crate::on_both_engines;
use crate::support::Client;
use crate::support::app::{ISSUER, PASSWORD};
use crate::support::browser::Page;

const FORM_POST: (&str, &str) = ("response_mode", "form_post");

/// Sees that a page posts an answer to the client, with these members and no other.
fn assert_posts(client: &Client, page: &Page, members: &[&str]) {
    assert_eq!(page.status, 200, "{:?}", page.location());
    let form = format!("<form method=\"post\" action=\"{}\" data-goes-by-itself>", client.redirect_uri);
    assert!(page.body.contains(&form), "{}", page.body);
    assert_eq!(page.body.matches("<form").count(), 1);
    let fields: Vec<_> = page.body.split("<input type=\"hidden\" name=\"").skip(1).collect();
    let names: Vec<_> = fields.iter().map(|field| field.split('"').next().unwrap()).collect();
    assert_eq!(names, members);
    assert_eq!(page.hidden("iss"), ISSUER);
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.body.contains("type=\"submit\""), "people without script need a button");
    let policy = page.header("content-security-policy");
    let origin = url::Url::parse(&client.redirect_uri).unwrap().origin().ascii_serialization();
    assert!(policy.contains(&format!("form-action 'self' {origin};")), "{policy}");
    assert!(policy.contains("script-src 'self';"), "{policy}");
}

fn assert_posts_error(client: &Client, page: &Page, error: &str) {
    assert_posts(client, page, &["error", "error_description", "state", "iss"]);
    assert_eq!((page.hidden("error").as_str(), page.hidden("state").as_str()), (error, "the-state"));
}

on_both_engines! {
    async fn a_code_is_posted_when_the_application_asks_for_it(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let mut browser = app.browser();
        let page = browser.sign_in(&client.authorization(&[FORM_POST]), PERSON).await;
        assert_posts(&client, &page, &["code", "state", "iss"]);
        assert_eq!(page.hidden("state"), "the-state");
        assert_eq!(client.redeem_code(&page.hidden("code")).await.status, 200);
        // With a session the answer comes at once.
        let again = browser.get(&client.authorization(&[FORM_POST, ("state", "")])).await;
        assert_posts(&client, &again, &["code", "iss"]);
        let (first, second) = (page.hidden("code"), again.hidden("code"));
        assert_ne!(first, second);
    }

    async fn every_error_is_posted_too(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let cases: [(&[(&str, &str)], &str); 4] = [
            (&[("prompt", "none")], "login_required"),
            (&[("response_type", "token")], "unsupported_response_type"),
            (&[("code_challenge", "")], "invalid_request"),
            (&[("scope", "profile")], "invalid_scope"),
        ];
        for (more, error) in cases {
            let page = app.browser().get(&client.authorization(&[more, &[FORM_POST]].concat())).await;
            assert_posts_error(&client, &page, error);
        }
        // The person's own refusal, and a sign-in as somebody else.
        let third = app.client("third");
        let mut browser = app.browser();
        let asked = browser.sign_in(&third.authorization(&[FORM_POST]), PERSON).await;
        let denied = browser.submit(&asked.form_action(), &[("decision", "deny")]).await;
        assert_posts_error(&third, &denied, "access_denied");
    }

    async fn consent_leads_to_a_posted_code(app: App) {
        app.person(PERSON).await;
        let third = app.client("third");
        let mut browser = app.browser();
        let asked = browser.sign_in(&third.authorization(&[FORM_POST]), PERSON).await;
        let allowed = browser.submit(&asked.form_action(), &[("decision", "allow")]).await;
        assert_posts(&third, &allowed, &["code", "state", "iss"]);
        assert_eq!(third.redeem_code(&allowed.hidden("code")).await.status, 200);
    }

    async fn nothing_is_posted_where_nobody_may_be_sent(app: App) {
        let client = app.client("app");
        for more in [("redirect_uri", "https://evil.example/"), ("client_id", "nobody")] {
            let page = app.browser().get(&client.authorization(&[FORM_POST, more])).await;
            assert_problem_page(&page, more.1);
            assert!(!page.body.contains("goes-by-itself"));
        }
    }

    async fn of_two_modes_none_is_certain(app: App) {
        let client = app.client("app");
        let twice = format!("{}&response_mode=query", client.authorization(&[FORM_POST]));
        assert_eq!(app.browser().get(&twice).await.error(), "invalid_request");
        // The mode by default may be asked for.
        let page = app.browser().get(&client.authorization(&[("response_mode", "query"), ("prompt", "none")])).await;
        assert_eq!(page.error(), "login_required");
    }

    async fn whatever_state_holds_is_posted_as_it_came(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let state = "\"><script>alert(1)</script>&amp;é小";
        let more = [FORM_POST, ("state", state), ("prompt", "none")];
        let page = app.browser().get(&client.authorization(&more)).await;
        assert_eq!(page.status, 200);
        assert!(!page.body.contains("<script>alert"), "{}", page.body);
        let escaped = "&#34;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#38;amp;é小";
        assert!(page.body.contains(&format!("name=\"state\" value=\"{escaped}\"")), "{}", page.body);
    }

    async fn a_sign_in_form_may_lead_to_the_page_that_posts(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let mut browser = app.browser();
        let form = browser.password_form(&client.authorization(&[FORM_POST])).await;
        let credentials = [("username", PERSON), ("password", PASSWORD)];
        let page = browser.submit(&form.form_action(), &credentials).await;
        assert!(page.address.starts_with("/authorize/resume?"), "{}", page.address);
        assert_posts(&client, &page, &["code", "state", "iss"]);
    }
}
