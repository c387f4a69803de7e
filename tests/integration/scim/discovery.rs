//! What applications read first, and the description of the API.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};

use super::{Application, BASE, EXTENSION, USER, ask, path, refusal, user};
use crate::on_both_engines;
use crate::support::App;
use crate::support::client::Answer;

async fn anybody(app: &App, path: &str) -> Answer {
    ask(app, Request::get(path).body(Body::empty()).unwrap()).await
}

on_both_engines! {
    async fn anybody_may_read_what_there_is(app: App) {
        let configuration = anybody(&app, "/scim/v2/ServiceProviderConfig").await.json;
        assert_eq!(configuration["bulk"], json!({ "supported": true, "maxOperations": 100, "maxPayloadSize": 65_536 }));
        assert_eq!(configuration["filter"], json!({ "supported": true, "maxResults": 200 }));
        for (feature, supported) in [("patch", true), ("changePassword", false), ("sort", false), ("etag", true)] {
            assert_eq!(configuration[feature], json!({ "supported": supported }), "{feature}");
        }
        assert_eq!(configuration["authenticationSchemes"][0]["type"], "oauthbearertoken");
        let types = anybody(&app, "/scim/v2/ResourceTypes").await.json;
        assert_eq!((&types["totalResults"], &types["Resources"][0]["endpoint"]), (&json!(1), &json!("/Users")));
        assert_eq!(anybody(&app, "/scim/v2/ResourceTypes/User").await.json, types["Resources"][0]);
        let schemas = anybody(&app, "/scim/v2/Schemas").await.json;
        for (place, id) in [USER, EXTENSION].into_iter().enumerate() {
            let schema = &schemas["Resources"][place];
            assert_eq!((&schema["id"], &schema["meta"]["location"]), (&json!(id), &json!(format!("{BASE}/Schemas/{id}"))));
            assert_eq!(anybody(&app, &format!("/scim/v2/Schemas/{id}")).await.json, *schema);
        }
        for path in ["ServiceProviderConfig", "ResourceTypes", "Schemas"] {
            assert_eq!(refusal(&anybody(&app, &format!("/scim/v2/{path}?filter=id+pr")).await), (403, ""), "{path}");
        }
    }

    async fn the_schemas_say_of_every_attribute_what_it_is(app: App) {
        let schemas = anybody(&app, "/scim/v2/Schemas").await.json;
        let attributes = schemas["Resources"][0]["attributes"].as_array().unwrap();
        let found = |name: &str| attributes.iter().find(|one| one["name"] == name).unwrap();
        assert_eq!(found("password")["mutability"], "readOnly");
        assert_eq!(found("password")["returned"], "never");
        assert_eq!((&found("userName")["mutability"], &found("userName")["uniqueness"]), (&json!("immutable"), &json!("server")));
        assert_eq!(found("emails")["multiValued"], true);
        // What is told of a person stands there.
        let imagin = Application::imagin(&app).await;
        let person = imagin.made(&user("Jean", "Dupont")).await;
        imagin.post(&format!("{}/Letters", path(&person)), &json!({})).await;
        let person = imagin.get(&path(&person)).await.json;
        let common = ["schemas", "id", "externalId", "meta", EXTENSION];
        for name in person.as_object().unwrap().keys().filter(|name| !common.contains(&name.as_str())) {
            found(name);
        }
        let letter = schemas["Resources"][1]["attributes"][0]["subAttributes"].as_array().unwrap();
        for name in person[EXTENSION]["letter"].as_object().unwrap().keys() {
            assert!(letter.iter().any(|part| part["name"] == name.as_str()), "{name}");
        }
    }

    async fn the_description_has_every_endpoint_and_no_other(app: App) {
        let answer = anybody(&app, "/api/openapi.json").await;
        assert_eq!((answer.status.as_u16(), &answer.headers["content-type"]), (200, &"application/json".parse().unwrap()));
        assert_eq!(answer.headers["cache-control"], "public, max-age=300");
        assert_eq!(answer.headers.get("access-control-allow-origin"), None);
        assert_eq!((&answer.json["openapi"], &answer.json["servers"][0]["url"]), (&json!("3.1.1"), &json!("/scim/v2")));
        let imagin = Application::imagin(&app).await;
        let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let paths = answer.json["paths"].as_object().unwrap();
        for (path, described) in paths {
            let concrete = path.replace("{id}", if path.starts_with("/Schemas") { USER } else { "User" });
            for method in &methods {
                let is_described = described.get(method.as_str().to_lowercase()).is_some();
                let answer = imagin.ask(method.clone(), &concrete, &[], None).await;
                assert_eq!(answer.status != 405, is_described, "{method} {path}: {}", answer.status);
                // What is there knows itself what is missing: only nobody's path has no resource at all.
                let nowhere = answer.status == 404 && !path.starts_with("/Users/{id}");
                assert!(!nowhere, "{method} {path}: {}", answer.json);
            }
        }
        let known = ["/Users", "/Users/.search", "/.search", "/Users/{id}", "/Users/{id}/Letters", "/Bulk",
            "/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/{id}", "/Schemas", "/Schemas/{id}"];
        assert_eq!(paths.keys().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(known));
    }

    async fn the_description_has_the_attributes_of_the_schemas(app: App) {
        let described = anybody(&app, "/api/openapi.json").await.json;
        let schemas = anybody(&app, "/scim/v2/Schemas").await.json;
        let components = &described["components"]["schemas"];
        let user = &components["User"]["properties"];
        let common = ["schemas", "id", "externalId", "meta", EXTENSION];
        compare(user, &schemas["Resources"][0]["attributes"], &common);
        compare(&components["Access"]["properties"], &schemas["Resources"][1]["attributes"], &[]);
        compare(&components["Name"]["properties"], part(&schemas["Resources"][0], "name"), &[]);
        compare(&components["Email"]["properties"], part(&schemas["Resources"][0], "emails"), &[]);
        compare(&components["Letter"]["properties"], part(&schemas["Resources"][1], "letter"), &[]);
    }
}

fn part<'a>(schema: &'a Value, name: &str) -> &'a Value {
    let attributes = schema["attributes"].as_array().unwrap();
    &attributes.iter().find(|one| one["name"] == name).unwrap()["subAttributes"]
}

/// Sees that properties and attributes have the same names, and that the same of them are read only.
#[track_caller]
fn compare(properties: &Value, attributes: &Value, common: &[&str]) {
    let properties = properties.as_object().unwrap();
    // A password is nowhere in the description: it is never told and never taken.
    let attributes: Vec<_> =
        attributes.as_array().unwrap().iter().filter(|one| one["name"] != "password").collect();
    let known: BTreeSet<&str> =
        attributes.iter().map(|one| one["name"].as_str().unwrap()).chain(common.iter().copied()).collect();
    assert_eq!(properties.keys().map(String::as_str).collect::<BTreeSet<_>>(), known);
    for attribute in attributes {
        let name = attribute["name"].as_str().unwrap();
        let is_read_only = properties[name].get("readOnly") == Some(&json!(true));
        assert_eq!(is_read_only, attribute["mutability"] == "readOnly", "{name}");
    }
}
