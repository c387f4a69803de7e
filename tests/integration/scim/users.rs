//! One person: made, shown, replaced, removed.

use http::Method;
use serde_json::json;

use super::{Application, BASE, EXTENSION, USER, path, refusal, user};
use crate::on_both_engines;

on_both_engines! {
    async fn a_person_is_made_and_shown(app: App) {
        let imagin = Application::imagin(&app).await;
        let mut new = user("Élodie", "Lefèvre");
        new["externalId"] = json!("IMG-0001");
        new["emails"] = json!([{ "value": "elodie@example.org" }]);
        let made = imagin.post("/Users", &new).await;
        assert_eq!(made.status, 201, "{}", made.json);
        let id = made.text("id");
        let location = format!("{BASE}/Users/{id}");
        assert_eq!(made.headers["location"], location.as_str());
        assert_eq!(made.headers["cache-control"], "no-store");
        assert_eq!(made.headers["content-type"], "application/scim+json");
        let version = made.headers["etag"].to_str().unwrap();
        assert!(version.starts_with("W/\""), "{version}");
        let expected = json!({
            "schemas": [USER], "id": id, "externalId": "IMG-0001", "userName": "elefevre", "active": true,
            "name": { "givenName": "Élodie", "familyName": "Lefèvre", "formatted": "Élodie Lefèvre" },
            "displayName": "Élodie Lefèvre",
            "emails": [{ "value": "elodie@example.org", "type": "work", "primary": true }],
            "meta": {
                "resourceType": "User", "created": "2027-01-15T08:00:00Z", "lastModified": "2027-01-15T08:00:00Z",
                "location": location, "version": version,
            },
        });
        assert_eq!(made.json, expected);
        let shown = imagin.get(&path(&made.json)).await;
        assert_eq!((shown.status.as_u16(), &shown.json), (200, &expected));
        assert_eq!(shown.headers["etag"], version);
        // A homonym has the next identifier of the series.
        assert_eq!(imagin.made(&user("ELODIE", "LEFEVRE")).await["userName"], "elefevre1");
    }

    async fn what_was_done_and_seen_is_in_the_audit_under_the_authority(app: App) {
        let imagin = Application::imagin(&app).await;
        let made = imagin.made(&user("Élodie", "Lefèvre")).await;
        imagin.get(&path(&made)).await;
        imagin.get("/Users?count=1").await;
        imagin.patch(&path(&made), &json!([{ "op": "replace", "path": "active", "value": false }])).await;
        imagin.delete(&path(&made)).await;
        for kind in ["created", "looked", "searched", "disabled", "deleted"] {
            let mut connection = app.database.read().await.unwrap();
            let rows: Vec<(String, String, String)> =
                sqlx::query_as("SELECT actor, actor_id, authority FROM audit_event WHERE kind = $1")
                    .bind(kind)
                    .fetch_all(&mut *connection)
                    .await
                    .unwrap();
            let expected = ("application".to_owned(), "imagin".to_owned(), "lyon".to_owned());
            assert_eq!(rows, [expected], "{kind}");
        }
    }

    async fn an_identifier_is_nobody_elses_in_whatever_spelling(app: App) {
        let imagin = Application::imagin(&app).await;
        let mut new = user("Jean", "Dupont");
        new["userName"] = json!("JDupont75");
        assert_eq!(imagin.made(&new).await["userName"], "JDupont75");
        new["userName"] = json!("jdupont75");
        assert_eq!(refusal(&imagin.post("/Users", &new).await), (409, "uniqueness"));
        // Nor is one that somebody had who is gone.
        new["userName"] = json!("gone");
        let gone = imagin.made(&new).await;
        assert_eq!(imagin.delete(&path(&gone)).await.status, 204);
        assert_eq!(refusal(&imagin.post("/Users", &new).await), (409, "uniqueness"));
    }

    async fn a_key_of_the_application_is_one_persons_within_the_authority(app: App) {
        let imagin = Application::imagin(&app).await;
        let mut one = user("Jean", "Dupont");
        one["externalId"] = json!("7");
        imagin.made(&one).await;
        let other = imagin.made(&user("Jeanne", "Dupont")).await;
        assert_eq!(refusal(&imagin.post("/Users", &one).await), (409, "uniqueness"));
        let operations = json!([{ "op": "add", "path": "externalId", "value": "7" }]);
        assert_eq!(refusal(&imagin.patch(&path(&other), &operations).await), (409, "uniqueness"));
        // Another authority's keys are its own.
        let centrale = Application::new(&app, "imagin-centrale").await;
        centrale.made(&one).await;
    }

    async fn a_user_that_cannot_be_is_not_made(app: App) {
        let imagin = Application::imagin(&app).await;
        let long = "x".repeat(201);
        for (member, value, expected) in [
            ("name", json!({ "givenName": "Jean" }), "invalidValue"),
            ("name", json!("Jean"), "invalidValue"),
            ("name", json!({ "familyName": long }), "invalidValue"),
            ("name", json!({ "familyName": "a\u{7}" }), "invalidValue"),
            ("name", json!({ "familyName": 1 }), "invalidValue"),
            ("userName", json!(["x"]), "invalidValue"),
            ("userName", json!("\u{feff}\u{1}"), "invalidValue"),
            ("externalId", json!(12), "invalidValue"),
            ("active", json!("true"), "invalidValue"),
            ("emails", json!({ "value": "a@example.org" }), "invalidValue"),
            ("emails", json!([{ "value": "nothing" }]), "invalidValue"),
            ("emails", json!([{ "value": "a@example.org", "type": "home" }]), "invalidValue"),
            ("emails", json!([{ "value": "a@example.org" }, { "value": "b@example.org" }]), "invalidValue"),
            ("password", json!("Correct-Horse-7"), "mutability"),
            ("PassWord", json!("Correct-Horse-7"), "mutability"),
            ("schemas", json!([]), "invalidSyntax"),
            ("schemas", json!(["urn:ietf:params:scim:schemas:core:2.0:Group"]), "invalidSyntax"),
            ("USERNAME", json!("second"), "invalidSyntax"),
        ] {
            let mut new = user("Jean", "Dupont");
            if member == "USERNAME" {
                new["userName"] = json!("first");
            }
            new[member] = value;
            assert_eq!(refusal(&imagin.post("/Users", &new).await), (400, expected), "{new}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM taken_identifier").await, 0);
    }

    async fn what_only_we_set_and_what_no_user_has_is_passed_over(app: App) {
        let imagin = Application::imagin(&app).await;
        let mut new = user("Jean", "Dupont");
        new["id"] = json!("mine");
        new["meta"] = json!({ "created": "2000-01-01T00:00:00Z" });
        new["displayName"] = json!("Somebody");
        new["nickName"] = json!("JD");
        new["active"] = json!(null);
        new["name"]["formatted"] = json!("Somebody");
        let made = imagin.made(&new).await;
        assert_ne!(made["id"], "mine");
        assert_eq!((&made["displayName"], &made["name"]["formatted"]), (&json!("Jean Dupont"), &json!("Jean Dupont")));
        assert_eq!((made.get("nickName"), &made["active"]), (None, &json!(true)));
    }

    async fn somebody_is_made_without_access(app: App) {
        let imagin = Application::imagin(&app).await;
        let mut new = user("Jean", "Dupont");
        new["active"] = json!(false);
        assert_eq!(imagin.made(&new).await["active"], false);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE disabled_at IS NOT NULL").await, 1);
    }

    async fn a_version_that_is_known_is_not_told_again(app: App) {
        let imagin = Application::imagin(&app).await;
        let made = imagin.made(&user("Jean", "Dupont")).await;
        let version = made["meta"]["version"].as_str().unwrap();
        for known in [version, "*", &format!("W/\"other\", {version}")] {
            let answer = imagin.ask(Method::GET, &path(&made), &[("if-none-match", known)], None).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (304, ""), "{known}");
            assert_eq!(answer.headers["etag"], version);
        }
        let other = imagin.ask(Method::GET, &path(&made), &[("if-none-match", "W/\"other\"")], None).await;
        assert_eq!(other.status, 200);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'looked'").await, 1);
    }

    async fn a_replaced_person_is_what_was_sent_and_no_more(app: App) {
        let imagin = Application::imagin(&app).await;
        let mut new = user("Jean", "Dupont");
        new["externalId"] = json!("7");
        new["emails"] = json!([{ "value": "jean@example.org" }]);
        let made = imagin.made(&new).await;
        let replaced = imagin.put(&path(&made), &user("Jeanne", "Durand")).await;
        assert_eq!(replaced.status, 200, "{}", replaced.json);
        assert_eq!(replaced.json["displayName"], "Jeanne Durand");
        // The identifier is printed on letters: it stays.
        assert_eq!(replaced.json["userName"], "jdupont");
        assert_eq!((replaced.json.get("externalId"), replaced.json.get("emails")), (None, None));
        assert_ne!(replaced.headers["etag"], made["meta"]["version"].as_str().unwrap());
        let mut renamed = user("Jeanne", "Durand");
        renamed["userName"] = json!("jdurand");
        assert_eq!(refusal(&imagin.put(&path(&made), &renamed).await), (400, "mutability"));
        renamed["userName"] = json!("JDUPONT");
        let same = imagin.put(&path(&made), &renamed).await;
        assert_eq!((same.status.as_u16(), &same.json), (200, &replaced.json));
        let nameless = json!({ "schemas": [USER] });
        assert_eq!(refusal(&imagin.put(&path(&made), &nameless).await), (400, "invalidValue"));
    }

    async fn a_record_that_another_one_took_in_is_shown_and_not_changed(app: App) {
        let imagin = Application::imagin(&app).await;
        let survivor = imagin.made(&user("Jean", "Dupont")).await;
        let doubled = imagin.made(&user("Jean", "Dupont")).await;
        let id = survivor["id"].as_str().unwrap();
        app.sql("UPDATE account SET merged_into = $1 WHERE identifier = 'jdupont1'", id).await;
        let shown = imagin.get(&path(&doubled)).await.json;
        assert_eq!((&shown["active"], &shown[EXTENSION]), (&json!(false), &json!({ "mergedInto": id })));
        let off = json!([{ "op": "replace", "path": "active", "value": false }]);
        assert_eq!(refusal(&imagin.patch(&path(&doubled), &off).await), (409, ""));
        assert_eq!(refusal(&imagin.put(&path(&doubled), &user("Jean", "Dupont")).await), (409, ""));
        assert_eq!(refusal(&imagin.post(&format!("{}/Letters", path(&doubled)), &json!({})).await), (409, ""));
        assert_eq!(refusal(&imagin.delete(&path(&doubled)).await), (409, ""));
        assert_eq!(imagin.get(&path(&survivor)).await.json, survivor);
    }

    async fn nothing_is_left_of_a_removed_person(app: App) {
        let imagin = Application::imagin(&app).await;
        let mut new = user("Jean", "Dupont");
        new["externalId"] = json!("7");
        let made = imagin.made(&new).await;
        let stale = imagin.ask(Method::DELETE, &path(&made), &[("if-match", "W/\"other\"")], None).await;
        assert_eq!(refusal(&stale), (412, ""));
        let version = made["meta"]["version"].as_str().unwrap();
        let gone = imagin.ask(Method::DELETE, &path(&made), &[("if-match", version)], None).await;
        assert_eq!((gone.status.as_u16(), gone.body.as_str()), (204, ""));
        assert_eq!(refusal(&imagin.get(&path(&made)).await), (404, ""));
        assert_eq!(refusal(&imagin.delete(&path(&made)).await), (404, ""));
        assert_eq!(refusal(&imagin.put(&path(&made), &new).await), (404, ""));
        assert_eq!(imagin.found("externalId eq \"7\"").await, [""; 0]);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE given_name IS NOT NULL").await, 0);
        // The key is free again, the identifier is not.
        assert_eq!(imagin.made(&new).await["userName"], "jdupont1");
    }
}
