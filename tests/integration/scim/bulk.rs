//! Many requests in one (RFC 7644 §3.7).

use http::Method;
use serde_json::{Value, json};

use super::{Application, BASE, BULK, PATCH, path, refusal, user};
use crate::on_both_engines;

fn made(name: &str, family_name: &str) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": name, "data": user("Jean", family_name) })
}

fn statuses(answer: &Value) -> Vec<&str> {
    answer["Operations"].as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect()
}

on_both_engines! {
    async fn each_operation_tells_what_came_of_it(app: App) {
        let imagin = Application::imagin(&app).await;
        let known = imagin.made(&user("Élodie", "Lefèvre")).await;
        let version = known["meta"]["version"].as_str().unwrap();
        let patch = json!({ "schemas": [PATCH], "Operations": [{ "op": "replace", "path": "name.givenName", "value": "Aude" }] });
        let answer = imagin.bulk(&json!([
            made("a", "Dupont"),
            { "method": "patch", "path": path(&known), "version": version, "data": patch },
            { "method": "PATCH", "path": path(&known), "version": version, "data": patch },
            { "method": "PUT", "path": path(&known), "data": user("Aude", "Lefèvre") },
            { "method": "POST", "path": "/Users/bulkId:a/Letters", "bulkId": "b", "data": {} },
            { "method": "DELETE", "path": "/Users/bulkId:a" },
            { "method": "DELETE", "path": "/Users/bulkId:a" },
            { "method": "DELETE", "path": "/Users/bulkId:unheard" },
            { "method": "DELETE", "path": "/Groups/1" },
            { "method": "DELETE", "path": "/Users" },
            { "method": "PUT", "path": path(&known) },
        ])).await;
        assert_eq!(answer.status, 200, "{}", answer.json);
        assert_eq!(answer.json["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]));
        assert_eq!(statuses(&answer.json), ["201", "200", "412", "200", "201", "204", "404", "409", "404", "405", "400"]);
        let first = &answer.json["Operations"][0];
        assert_eq!((&first["method"], &first["bulkId"]), (&json!("POST"), &json!("a")));
        assert!(first["location"].as_str().unwrap().starts_with(&format!("{BASE}/Users/")), "{first}");
        assert!(first["version"].as_str().unwrap().starts_with("W/"), "{first}");
        let letter = &answer.json["Operations"][4];
        assert_eq!((&letter["bulkId"], &letter["location"]), (&json!("b"), &first["location"]));
        assert!(letter["response"]["temporaryPassword"].is_string(), "{letter}");
        assert_eq!(answer.json["Operations"][2]["response"]["status"], "412");
        assert_eq!(answer.json["Operations"][10]["response"]["scimType"], "invalidSyntax");
        assert_eq!(imagin.get(&path(&known)).await.json["displayName"], "Aude Lefèvre");
    }

    async fn whoever_is_named_is_made_first(app: App) {
        let imagin = Application::imagin(&app).await;
        let answer = imagin.bulk(&json!([
            { "method": "POST", "path": "/Users/bulkId:a/Letters", "bulkId": "1", "data": {} },
            { "method": "POST", "path": "/Users/bulkId:1/Letters", "bulkId": "2", "data": {} },
            made("a", "Dupont"),
            { "method": "POST", "path": "/Users/bulkId:3/Letters", "bulkId": "3", "data": {} },
        ])).await;
        let told: Vec<_> = answer.json["Operations"].as_array().unwrap().iter()
            .map(|one| (one["bulkId"].as_str().unwrap(), one["status"].as_str().unwrap())).collect();
        assert_eq!(told, [("a", "201"), ("1", "201"), ("2", "409"), ("3", "409")]);
    }

    async fn after_so_many_errors_nothing_more_is_done(app: App) {
        let imagin = Application::imagin(&app).await;
        let nobody = json!({ "method": "DELETE", "path": "/Users/nobody" });
        let body = json!({ "schemas": [BULK], "failOnErrors": 2, "Operations": [nobody, made("a", "Dupont"), nobody, made("b", "Durand")] });
        let answer = imagin.post("/Bulk", &body).await;
        assert_eq!(statuses(&answer.json), ["404", "201", "404"]);
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 1);
    }

    async fn orders_for_letters_are_named_by_request_and_operation(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = imagin.made(&user("Élodie", "Lefèvre")).await;
        let letter = |name: &str| json!({ "method": "POST", "path": format!("{}/Letters", path(&person)), "bulkId": name, "data": {} });
        let body = json!({ "schemas": [BULK], "Operations": [letter("1")] });
        let key = [("idempotency-key", "morning")];
        let first = imagin.ask(Method::POST, "/Bulk", &key, Some(&body)).await;
        let again = imagin.ask(Method::POST, "/Bulk", &key, Some(&body)).await;
        assert_eq!((statuses(&first.json), statuses(&again.json)), (vec!["201"], vec!["200"]));
        let other = json!({ "schemas": [BULK], "Operations": [letter("2")] });
        assert_eq!(statuses(&imagin.ask(Method::POST, "/Bulk", &key, Some(&other)).await.json), ["201"]);
    }

    async fn a_bulk_that_cannot_be_is_not_begun(app: App) {
        let imagin = Application::imagin(&app).await;
        let good = made("a", "Dupont");
        for (operations, expected) in [
            (json!([good, { "method": "GET", "path": "/Users" }]), (400, "invalidSyntax")),
            (json!([good, { "method": "POST", "path": "/Users", "data": {} }]), (400, "invalidSyntax")),
            (json!([good, good]), (400, "invalidSyntax")),
            (json!([good, { "method": "DELETE" }]), (400, "invalidSyntax")),
            (json!([good, { "method": "PUT", "path": "/Users/x", "data": "x" }]), (400, "invalidSyntax")),
            (json!([good, 1]), (400, "invalidSyntax")),
            (json!({}), (400, "invalidSyntax")),
            (json!(vec![json!({ "method": "DELETE", "path": "/Users/x" }); 101]), (413, "")),
        ] {
            assert_eq!(refusal(&imagin.bulk(&operations).await), expected, "{operations}");
        }
        for most in [json!(0), json!(-1), json!("1"), json!(1.5)] {
            let body = json!({ "schemas": [BULK], "failOnErrors": most, "Operations": [good] });
            assert_eq!(refusal(&imagin.post("/Bulk", &body).await), (400, "invalidValue"), "{most}");
        }
        assert_eq!(refusal(&imagin.post("/Bulk", &json!({ "Operations": [good] })).await), (400, "invalidSyntax"));
        assert_eq!(app.count("SELECT COUNT(*) FROM account").await, 0);
    }

    async fn a_bulk_reaches_no_further_than_single_requests(app: App) {
        let imagin = Application::imagin(&app).await;
        let theirs = Application::new(&app, "imagin-centrale").await.made(&user("Élodie", "Lefèvre")).await;
        let letters = format!("{}/Letters", path(&theirs));
        let answer = imagin.bulk(&json!([
            { "method": "DELETE", "path": path(&theirs) },
            { "method": "PUT", "path": path(&theirs), "data": user("Jean", "Dupont") },
            { "method": "POST", "path": letters, "bulkId": "1", "data": {} },
            { "method": "DELETE", "path": "/Users/%00" },
            { "method": "DELETE", "path": "/Users/a\u{1}" },
        ])).await;
        assert_eq!(statuses(&answer.json), ["404"; 5]);
    }
}
