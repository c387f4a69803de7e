//! Under which name each client knows a person (Core §8).

use serde_json::json;

use super::{Granted, PERSON, grant_again};
use crate::on_both_engines;
use crate::support::App;
use crate::support::client::claims;

async fn subject(app: &App, client: &str) -> String {
    subject_in(&grant_again(app, client, "openid").await)
}

fn subject_in(granted: &Granted) -> String {
    claims(&granted.id_token())["sub"].as_str().unwrap().to_owned()
}

on_both_engines! {
    async fn clients_of_one_sector_know_a_person_by_a_name_of_their_own(app: App) {
        let person = app.person(PERSON).await;
        let name = subject(&app, "pairwise").await;
        assert_eq!(name, subject(&app, "pairwise").await, "always the same");
        assert_eq!(name, subject(&app, "pairwise-twin").await, "the same in the sector");
        let names = [person.id.as_str().to_owned(), name.clone(), subject(&app, "pairwise-other").await];
        assert!(names[0] != names[1] && names[1] != names[2] && names[0] != names[2], "{names:?}");
        assert_eq!(subject(&app, "app").await, names[0]);
        assert!(name.len() <= 255 && name.is_ascii());
        // Two people are two, and a restart changes nobody's name.
        app.person("odupont").await;
        let mut browser = app.browser();
        let client = app.client("pairwise");
        let back = browser.sign_in(&client.authorization(&[("scope", "openid")]), "odupont").await;
        assert_ne!(claims(&client.redeem(&back).await.text("id_token"))["sub"], name.as_str());
        assert_eq!(subject(&app.another_node().await, "pairwise").await, name);
    }

    async fn every_place_tells_a_client_the_same_name(app: App) {
        let person = app.person(PERSON).await;
        let granted = grant_again(&app, "pairwise", "openid profile").await;
        let name = subject_in(&granted);
        assert_eq!(claims(&granted.access_token())["sub"], name.as_str());
        let userinfo = granted.client.userinfo(&granted.access_token()).await;
        assert_eq!(userinfo.json["sub"], name.as_str());
        let again = granted.client.refresh(&granted.refresh_token()).await;
        assert_eq!(claims(&again.text("id_token"))["sub"], name.as_str());
        for text in [granted.id_token(), granted.access_token()] {
            assert!(!claims(&text).to_string().contains(person.id.as_str()));
        }
        assert!(!userinfo.json.to_string().contains(person.id.as_str()));
    }

    async fn clients_of_one_sector_know_a_session_by_a_name_of_their_own(app: App) {
        app.person(PERSON).await;
        let mut browser = app.browser();
        let mut told = Vec::new();
        for id in ["app", "pairwise", "pairwise-twin", "pairwise-other"] {
            let client = app.client(id);
            let address = client.authorization(&[("scope", "openid")]);
            let page = if told.is_empty() {
                browser.sign_in(&address, PERSON).await
            } else {
                browser.get(&address).await
            };
            let tokens = client.redeem(&page).await;
            let sid = claims(&tokens.text("id_token"))["sid"].as_str().unwrap().to_owned();
            assert_eq!(claims(&tokens.text("access_token"))["sid"], sid.as_str(), "{id}");
            if let Some(renewal) = tokens.json["refresh_token"].as_str() {
                let renewed = client.refresh(renewal).await;
                assert_eq!(claims(&renewed.text("id_token"))["sid"], sid.as_str(), "{id}");
            }
            told.push(sid);
        }
        let [public, sector, same_sector, other] = told.try_into().unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session").await, 1);
        assert_eq!(sector, same_sector);
        assert!(public != sector && sector != other && public != other, "{public} {sector} {other}");
        // In another session of the same person it is another one.
        let again = grant_again(&app, "pairwise", "openid").await;
        assert_ne!(claims(&again.id_token())["sid"], sector.as_str());
    }

    async fn a_name_that_comes_back_names_the_person(app: App) {
        let person = app.person(PERSON).await;
        app.person("odupont").await;
        let mut granted = grant_again(&app, "pairwise", "openid").await;
        let client = granted.client.clone();
        let theirs = app.browser().sign_in(&client.authorization(&[("scope", "openid")]), "odupont").await;
        let theirs = client.redeem(&theirs).await.text("id_token");
        let silent = |more: (&str, &str)| client.authorization(&[("prompt", "none"), ("scope", "openid"), more]);
        let own = granted.id_token();
        granted.browser.get(&silent(("id_token_hint", &own))).await.code();
        assert_eq!(granted.browser.get(&silent(("id_token_hint", &theirs))).await.error(), "login_required");
        let asked = |subject: &str| json!({ "id_token": { "sub": { "value": subject } } }).to_string();
        let name = subject_in(&granted);
        granted.browser.get(&silent(("claims", &asked(&name)))).await.code();
        let public = silent(("claims", &asked(person.id.as_str())));
        assert_eq!(granted.browser.get(&public).await.error(), "login_required");
    }

    async fn a_hint_with_such_a_name_signs_out_at_once(app: App) {
        app.person(PERSON).await;
        let mut granted = grant_again(&app, "pairwise", "openid").await;
        let hint = granted.id_token();
        let page = granted.browser.get(&format!("/logout?id_token_hint={hint}")).await;
        assert!(!page.body.contains("logout-confirm"), "{}", page.body);
        assert_eq!(granted.client.refresh(&granted.refresh_token()).await.status, 400);
        // Of another session of the same person it is not certain.
        let mut other = grant_again(&app, "pairwise", "openid").await;
        let page = other.browser.get(&format!("/logout?id_token_hint={hint}")).await;
        assert!(page.body.contains("logout-confirm"), "{}", page.body);
    }
}
