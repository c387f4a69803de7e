//! What happens when many ask at once.

use futures_util::future::join_all;
use http::Method;
use serde_json::json;

use super::{Application, PATCH, path, user};
use crate::on_both_engines;

/// How many statuses of each kind there are.
fn counted(statuses: &[u16]) -> Vec<(u16, usize)> {
    let mut kinds = statuses.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    kinds.into_iter().map(|kind| (kind, statuses.iter().filter(|status| **status == kind).count())).collect()
}

on_both_engines! {
    async fn of_many_who_take_one_identifier_one_has_it(app: App) {
        let imagin = Application::imagin(&app).await;
        let mut new = user("Jean", "Dupont");
        new["userName"] = json!("jd");
        let answers = join_all((0..16).map(|_| imagin.post("/Users", &new))).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(counted(&statuses), [(201, 1), (409, 15)]);
    }

    async fn of_many_who_take_one_key_one_has_it(app: App) {
        let imagin = Application::imagin(&app).await;
        let mut new = user("Jean", "Dupont");
        new["externalId"] = json!("7");
        let answers = join_all((0..16).map(|_| imagin.post("/Users", &new))).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(counted(&statuses), [(201, 1), (409, 15)]);
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 1);
    }

    async fn of_many_changes_of_one_version_one_is_made(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = imagin.made(&user("Jean", "Dupont")).await;
        let version = person["meta"]["version"].as_str().unwrap();
        let changes: Vec<_> = (0..64)
            .map(|number| json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "name.givenName", "value": format!("Jean {number}") }] }))
            .collect();
        let node = app.another_node().await;
        let elsewhere = Application { app: node, ..imagin.clone() };
        let (place, condition) = (path(&person), [("if-match", version)]);
        let answers = join_all(changes.iter().enumerate().map(|(number, change)| {
            let at = if number % 2 == 0 { &imagin } else { &elsewhere };
            at.ask(Method::PATCH, &place, &condition, Some(change))
        })).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(counted(&statuses), [(200, 1), (412, 63)]);
        let won = answers.iter().find(|answer| answer.status == 200).unwrap();
        assert_eq!(imagin.get(&place).await.json, won.json);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'updated'").await, 1);
    }

    async fn changes_of_different_attributes_do_not_undo_each_other(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = imagin.made(&user("Jean", "Dupont")).await;
        let place = path(&person);
        let changes = [
            json!([{ "op": "replace", "path": "name.givenName", "value": "Jeanne" }]),
            json!([{ "op": "replace", "path": "name.familyName", "value": "Durand" }]),
            json!([{ "op": "add", "path": "externalId", "value": "7" }]),
            json!([{ "op": "add", "path": "emails", "value": [{ "value": "j@example.org" }] }]),
        ];
        let answers = join_all(changes.iter().map(|change| imagin.patch(&place, change))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        let now = imagin.get(&place).await.json;
        assert_eq!((&now["displayName"], &now["externalId"], &now["emails"][0]["value"]), (&json!("Jeanne Durand"), &json!("7"), &json!("j@example.org")));
    }

    async fn one_order_sent_many_times_at_once_brings_one_letter(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = imagin.made(&user("Jean", "Dupont")).await;
        let place = format!("{}/Letters", path(&person));
        let (key, body) = ([("idempotency-key", "1")], json!({}));
        let answers = join_all((0..8).map(|_| imagin.ask(Method::POST, &place, &key, Some(&body)))).await;
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(counted(&statuses), [(200, 7), (201, 1)]);
        assert_eq!(app.count("SELECT COUNT(*) FROM letter").await, 1);
    }
}
