//! Changes of a person (RFC 7644 §3.5.2).

use http::Method;
use serde_json::{Value, json};

use super::{Application, EXTENSION, PATCH, USER, path, refusal, user};
use crate::on_both_engines;
use crate::support::App;

async fn somebody(imagin: &Application) -> Value {
    let mut new = user("Jean", "Dupont");
    new["externalId"] = json!("7");
    new["emails"] = json!([{ "value": "jean@example.org" }]);
    imagin.made(&new).await
}

/// What a person is after changes, without what every change brings along.
async fn changed(imagin: &Application, person: &Value, operations: &Value) -> Value {
    let answer = imagin.patch(&path(person), operations).await;
    assert_eq!(answer.status, 200, "{operations}: {}", answer.json);
    let Value::Object(mut user) = answer.json else { panic!("no object") };
    for member in ["schemas", "id", "meta", "displayName", "userName"] {
        user.remove(member);
    }
    if let Some(name) = user.get_mut("name").and_then(Value::as_object_mut) {
        name.remove("formatted");
    }
    Value::Object(user)
}

/// The same of what is told of [`somebody`], with other values in places.
fn with(pairs: &[(&str, Value)]) -> Value {
    let mut user = json!({
        "externalId": "7", "active": true, "name": { "givenName": "Jean", "familyName": "Dupont" },
        "emails": [{ "value": "jean@example.org", "type": "work", "primary": true }],
    });
    for (pointer, value) in pairs {
        if value.is_null() {
            let (parent, member) = pointer.rsplit_once('/').unwrap();
            user.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(member);
        } else {
            *user.pointer_mut(pointer).unwrap() = value.clone();
        }
    }
    user
}

on_both_engines! {
    async fn changes_are_made_where_their_paths_lead(app: App) {
        let imagin = Application::imagin(&app).await;
        let email = |address: &str| json!([{ "value": address, "type": "work", "primary": true }]);
        for (operations, expected) in [
            (json!([{ "op": "replace", "path": "name.givenName", "value": "Jeanne" }]), with(&[("/name/givenName", json!("Jeanne"))])),
            (json!([{ "op": "Replace", "path": "NAME.GIVENNAME", "value": "Jeanne" }]), with(&[("/name/givenName", json!("Jeanne"))])),
            (json!([{ "op": "replace", "path": format!("{USER}:name.familyName"), "value": "Durand" }]), with(&[("/name/familyName", json!("Durand"))])),
            (json!([{ "op": "replace", "path": "name", "value": { "familyName": "Durand" } }]), with(&[("/name/familyName", json!("Durand"))])),
            (json!([{ "op": "replace", "value": { "name": { "familyName": "Durand" }, "externalId": "8", "id": "x" } }]),
                with(&[("/name/familyName", json!("Durand")), ("/externalId", json!("8"))])),
            (json!([{ "op": "replace", "value": { "name.familyName": "Durand" } }]), with(&[("/name/familyName", json!("Durand"))])),
            (json!([{ "op": "add", "value": { USER: { "externalId": "8" } } }]), with(&[("/externalId", json!("8"))])),
            (json!([{ "op": "add", "path": USER, "value": { "externalId": "8" } }]), with(&[("/externalId", json!("8"))])),
            (json!([{ "op": "remove", "path": "name.givenName" }]), with(&[("/name/givenName", Value::Null)])),
            (json!([{ "op": "replace", "path": "name.givenName", "value": null }]), with(&[("/name/givenName", Value::Null)])),
            (json!([{ "op": "remove", "path": "externalId" }]), with(&[("/externalId", Value::Null)])),
            (json!([{ "op": "remove", "path": "emails" }]), with(&[("/emails", Value::Null)])),
            (json!([{ "op": "remove", "path": "emails[type eq \"work\"]" }]), with(&[("/emails", Value::Null)])),
            (json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "new@example.org" }]), with(&[("/emails", email("new@example.org"))])),
            (json!([{ "op": "add", "path": "emails[type eq \"work\" and primary eq true].value", "value": "new@example.org" }]), with(&[("/emails", email("new@example.org"))])),
            (json!([{ "op": "replace", "path": "emails[value ew \"example.org\"]", "value": { "value": "new@example.org" } }]), with(&[("/emails", email("new@example.org"))])),
            (json!([{ "op": "replace", "path": "emails.value", "value": "new@example.org" }]), with(&[("/emails", email("new@example.org"))])),
            (json!([{ "op": "replace", "path": "emails", "value": [{ "value": "new@example.org" }] }]), with(&[("/emails", email("new@example.org"))])),
            (json!([{ "op": "replace", "path": "emails", "value": { "value": "new@example.org" } }]), with(&[("/emails", email("new@example.org"))])),
            (json!([{ "op": "add", "path": "emails", "value": [{ "value": "jean@example.org" }] }]), with(&[])),
            (json!([{ "op": "remove", "path": "emails" }, { "op": "add", "path": "emails[type eq \"work\"].value", "value": "new@example.org" }]),
                with(&[("/emails", email("new@example.org"))])),
            (json!([{ "op": "replace", "path": "active", "value": false }]), with(&[("/active", json!(false))])),
        ] {
            let person = somebody(&imagin).await;
            assert_eq!(changed(&imagin, &person, &operations).await, expected, "{operations}");
            assert_eq!(imagin.delete(&path(&person)).await.status, 204);
        }
    }

    async fn changes_that_cannot_be_made_change_nothing(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = somebody(&imagin).await;
        let first = json!({ "op": "replace", "path": "name.familyName", "value": "Durand" });
        for (operation, expected) in [
            (json!({ "op": "replace", "path": "id", "value": "x" }), "mutability"),
            (json!({ "op": "add", "path": "displayName", "value": "x" }), "mutability"),
            (json!({ "op": "remove", "path": "meta.created" }), "mutability"),
            (json!({ "op": "remove", "path": "userName" }), "mutability"),
            (json!({ "op": "replace", "path": "userName", "value": "x" }), "mutability"),
            (json!({ "op": "add", "path": "password", "value": "Correct-Horse-7" }), "mutability"),
            (json!({ "op": "add", "value": { "password": "Correct-Horse-7" } }), "mutability"),
            (json!({ "op": "replace", "path": format!("{EXTENSION}:letter.number"), "value": "x" }), "mutability"),
            (json!({ "op": "replace", "path": "emails.primary", "value": false }), "mutability"),
            (json!({ "op": "remove", "path": "name.familyName" }), "invalidValue"),
            (json!({ "op": "remove", "path": "name" }), "invalidValue"),
            (json!({ "op": "remove", "path": "active" }), "invalidValue"),
            (json!({ "op": "replace", "path": "active", "value": null }), "invalidValue"),
            (json!({ "op": "add", "path": "emails", "value": [{ "value": "second@example.org" }] }), "invalidValue"),
            (json!({ "op": "add", "path": "emails[type eq \"home\"].value", "value": "x@example.org" }), "invalidValue"),
            (json!({ "op": "replace", "path": "emails", "value": ["x@example.org"] }), "invalidValue"),
            (json!({ "op": "replace", "path": "active", "value": "False" }), "invalidValue"),
            (json!({ "op": "replace", "path": "name", "value": "x" }), "invalidValue"),
            (json!({ "op": "replace", "path": "name.givenName" }), "invalidValue"),
            (json!({ "op": "add", "value": "x" }), "invalidValue"),
            (json!({ "op": "replace", "path": "emails[type eq \"home\"].value", "value": "x@example.org" }), "noTarget"),
            (json!({ "op": "remove", "path": "emails[type eq \"home\"]" }), "noTarget"),
            (json!({ "op": "add", "path": "emails[not (type eq \"work\")].value", "value": "x@example.org" }), "noTarget"),
            (json!({ "op": "remove" }), "noTarget"),
            (json!({ "op": "replace", "path": "nickName", "value": "x" }), "invalidPath"),
            (json!({ "op": "replace", "path": "name.nickName", "value": "x" }), "invalidPath"),
            (json!({ "op": "replace", "path": "urn:other:User:name", "value": "x" }), "invalidPath"),
            (json!({ "op": "replace", "path": "emails[", "value": "x" }), "invalidPath"),
            (json!({ "op": "replace", "path": "name[familyName eq \"Dupont\"]", "value": "x" }), "invalidPath"),
            (json!({ "op": "replace", "path": "", "value": "x" }), "invalidPath"),
            (json!({ "op": "remove", "path": USER }), "invalidPath"),
            (json!({ "op": "replace", "path": "emails[nothing eq 1].value", "value": "x" }), "invalidFilter"),
            (json!({ "op": "move", "path": "active", "value": false }), "invalidSyntax"),
            (json!({ "path": "active", "value": false }), "invalidSyntax"),
            (json!({ "op": "replace", "path": 1, "value": false }), "invalidSyntax"),
            (json!("replace"), "invalidSyntax"),
        ] {
            let answer = imagin.patch(&path(&person), &json!([first, operation])).await;
            assert_eq!(refusal(&answer), (400, expected), "{operation}");
        }
        for body in [json!({ "Operations": [first] }), json!({ "schemas": [PATCH] }), json!({ "schemas": [PATCH], "Operations": [] })] {
            let answer = imagin.ask(Method::PATCH, &path(&person), &[], Some(&body)).await;
            assert_eq!(refusal(&answer), (400, "invalidSyntax"), "{body}");
        }
        assert_eq!(imagin.get(&path(&person)).await.json, person);
    }

    async fn a_change_that_changes_nothing_leaves_version_and_history(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = somebody(&imagin).await;
        app.wait(10);
        let same = json!([{ "op": "replace", "value": { "active": true, "externalId": "7", "name": { "givenName": "Jean" } } }]);
        let answer = imagin.patch(&path(&person), &same).await;
        assert_eq!((answer.status.as_u16(), &answer.json), (200, &person));
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind <> 'created'").await, 0);
    }

    async fn a_change_of_another_version_than_the_present_one_is_not_made(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = somebody(&imagin).await;
        let version = person["meta"]["version"].as_str().unwrap();
        let request = |name: &str| json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "name.givenName", "value": name }] });
        let first = imagin.ask(Method::PATCH, &path(&person), &[("if-match", version)], Some(&request("Jeanne"))).await;
        assert_eq!(first.status, 200, "{}", first.json);
        let second = imagin.ask(Method::PATCH, &path(&person), &[("if-match", version)], Some(&request("Jules"))).await;
        assert_eq!(refusal(&second), (412, ""));
        let whole = imagin.ask(Method::PUT, &path(&person), &[("if-match", version)], Some(&user("Jules", "Dupont"))).await;
        assert_eq!(refusal(&whole), (412, ""));
        for any in ["*", first.headers["etag"].to_str().unwrap()] {
            let answer = imagin.ask(Method::PATCH, &path(&person), &[("if-match", any)], Some(&request("Jeanne"))).await;
            assert_eq!((answer.status.as_u16(), &answer.json["name"]["givenName"]), (200, &json!("Jeanne")), "{any}");
        }
    }

    async fn a_person_is_found_at_the_desk_by_what_they_are_now(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = somebody(&imagin).await;
        let operations = json!([{ "op": "replace", "path": "name.familyName", "value": "Quatrefages" }]);
        imagin.patch(&path(&person), &operations).await;
        let people = app.accounts.jurisdiction(&"lyon".into());
        assert_eq!(people.search("quatrefages").await.unwrap().hits.len(), 1);
        assert_eq!(people.search("dupont").await.unwrap().hits.len(), 0);
    }

    async fn whoever_is_made_inactive_is_out_at_once(app: App) {
        let imagin = Application::imagin(&app).await;
        let account = app.person("elefevre").await;
        app.sql("UPDATE account SET authority = 'lyon' WHERE id = $1", account.id.as_str()).await;
        let client = app.client("app");
        let code = app.browser().sign_in(&client.authorization(&[]), "elefevre").await;
        let tokens = client.redeem(&code).await;
        let person = json!({ "id": account.id.as_str() });
        let operations = |active: bool| json!([{ "op": "replace", "path": "active", "value": active }]);
        assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 200);
        assert_eq!(imagin.patch(&path(&person), &operations(false)).await.json["active"], false);
        assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 401);
        // Being let in again does not bring back what was ended.
        assert_eq!(imagin.patch(&path(&person), &operations(true)).await.json["active"], true);
        assert_eq!(client.userinfo(&tokens.text("access_token")).await.status, 401);
    }
}

on_both_engines! {
    with_mail
    async fn a_new_address_is_told_at_the_old_and_the_new_one(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = somebody(&imagin).await;
        let operations = json!([{ "op": "replace", "path": "emails.value", "value": "new@example.org" }]);
        imagin.patch(&path(&person), &operations).await;
        assert_eq!(kinds(&app).await, [("address-changed".to_owned(), "jean@example.org".to_owned()), ("address-registered".to_owned(), "new@example.org".to_owned())]);
    }
}

/// The mails in the outbox: what they are, and to whom.
async fn kinds(app: &App) -> Vec<(String, String)> {
    let mut connection = app.database.read().await.unwrap();
    sqlx::query_as("SELECT kind, recipient FROM outbox_mail ORDER BY kind")
        .fetch_all(&mut *connection)
        .await
        .unwrap()
}
