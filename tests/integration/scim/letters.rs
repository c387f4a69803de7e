//! Letters that an application orders and prints.

use http::Method;
use serde_json::{Value, json};

use super::{Application, BASE, EXTENSION, USER, path, refusal, user};
use crate::on_both_engines;
use crate::support::App;
use crate::support::client::Answer;

async fn order(imagin: &Application, person: &Value, key: Option<&str>, body: &Value) -> Answer {
    let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
    imagin.ask(Method::POST, &format!("{}/Letters", path(person)), &headers, Some(body)).await
}

/// How many letters there are, and how many of them count.
async fn letters(app: &App) -> (i64, i64) {
    let all = app.count("SELECT COUNT(*) FROM letter").await;
    (all, app.count("SELECT COUNT(*) FROM letter WHERE voided_at IS NULL").await)
}

on_both_engines! {
    async fn a_letter_bears_its_password_once(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = imagin.made(&user("Élodie", "Lefèvre")).await;
        let issued = order(&imagin, &person, None, &json!({ "desk": "dec" })).await;
        assert_eq!(issued.status, 201, "{}", issued.json);
        assert_eq!(issued.headers["cache-control"], "no-store");
        let (number, password) = (issued.text("number"), issued.text("temporaryPassword"));
        let letter = json!({
            "number": number, "desk": "dec", "state": "printed", "withPassword": true, "issuedAt": "2027-01-15T08:00:00Z",
            "printedAt": "2027-01-15T08:00:00Z", "expiresAt": "2027-08-31T22:00:00Z",
        });
        let mut expected = letter.clone();
        expected["schemas"] = json!(["urn:guichet:params:scim:api:messages:2.0:Letter"]);
        expected["userName"] = json!("elefevre");
        expected["temporaryPassword"] = json!(password);
        expected["user"] = json!(format!("{BASE}{}", path(&person)));
        assert_eq!(issued.json, expected);
        let shown = imagin.get(&path(&person)).await;
        assert_eq!(shown.json["schemas"], json!([USER, EXTENSION]));
        assert_eq!(shown.json[EXTENSION], json!({ "letter": letter }));
        assert!(!shown.body.contains(&password));
        assert_eq!(imagin.found(&format!("{EXTENSION}:letter.number eq \"{number}\"")).await, ["elefevre"]);
        // The password opens the first sign-in.
        let mut browser = app.browser();
        let page = browser.password_form(&app.client("app").authorization(&[])).await;
        let page = browser.submit(&page.form_action(), &[("username", "elefevre"), ("password", &password)]).await;
        assert!(page.address.contains("/first-sign-in"), "{}", page.address);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'letter-issued' AND actor_id = 'imagin'").await, 1);
    }

    async fn the_same_order_sent_again_brings_no_second_letter(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = imagin.made(&user("Élodie", "Lefèvre")).await;
        let first = order(&imagin, &person, Some("order-1"), &json!({})).await;
        let again = order(&imagin, &person, Some("order-1"), &json!({ "desk": "dec", "replacePersonal": false })).await;
        assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
        assert_eq!((again.text("number"), again.json.get("temporaryPassword")), (first.text("number"), None));
        assert_eq!(letters(&app).await, (1, 1));
        // Neither for other words, nor for somebody else.
        let other = order(&imagin, &person, Some("order-1"), &json!({ "replacePersonal": true })).await;
        assert_eq!(refusal(&other), (422, ""));
        let somebody = imagin.made(&user("Jean", "Dupont")).await;
        assert_eq!(refusal(&order(&imagin, &somebody, Some("order-1"), &json!({})).await), (422, ""));
        assert_eq!(letters(&app).await, (1, 1));
        // Without a name, each order is one more; another name is another order.
        assert_eq!(order(&imagin, &person, None, &json!({})).await.status, 201);
        assert_eq!(order(&imagin, &person, Some("order-2"), &json!({})).await.status, 201);
        assert_eq!(letters(&app).await, (3, 1));
        assert_eq!(order(&imagin, &person, Some("order-1"), &json!({})).await.json["state"], "voided");
        // After a week it is forgotten.
        app.wait(7 * 24 * 3_600 + 1);
        app.janitor.sweep().await.unwrap();
        let imagin = Application::imagin(&app).await;
        assert_eq!(order(&imagin, &person, Some("order-1"), &json!({})).await.status, 201);
    }

    async fn two_applications_may_give_their_orders_the_same_name(app: App) {
        let (imagin, centrale) = (Application::imagin(&app).await, Application::new(&app, "imagin-centrale").await);
        for application in [imagin, centrale] {
            let person = application.made(&user("Élodie", "Lefèvre")).await;
            assert_eq!(order(&application, &person, Some("1"), &json!({})).await.status, 201);
        }
    }

    async fn a_personal_password_is_replaced_only_when_that_is_asked_for(app: App) {
        let imagin = Application::imagin(&app).await;
        let account = app.person("elefevre").await;
        app.sql("UPDATE account SET authority = 'lyon' WHERE id = $1", account.id.as_str()).await;
        let person = json!({ "id": account.id.as_str() });
        let kept = order(&imagin, &person, None, &json!({})).await;
        assert_eq!((kept.status.as_u16(), &kept.json["withPassword"], kept.json.get("temporaryPassword")), (201, &json!(false), None));
        assert_eq!(app.count("SELECT COUNT(*) FROM password WHERE temporary = 0").await, 1);
        let replaced = order(&imagin, &person, None, &json!({ "replacePersonal": true })).await;
        assert_eq!((replaced.status.as_u16(), &replaced.json["withPassword"]), (201, &json!(true)));
        assert_eq!(app.count("SELECT COUNT(*) FROM password WHERE temporary = 1").await, 1);
    }

    async fn an_order_that_cannot_be_is_refused(app: App) {
        let imagin = Application::imagin(&app).await;
        let person = imagin.made(&user("Élodie", "Lefèvre")).await;
        for body in [json!({ "desk": "concours" }), json!({ "desk": 1 }), json!({ "replacePersonal": "true" })] {
            let answer = order(&imagin, &person, None, &body).await;
            assert_eq!(refusal(&answer), (400, "invalidValue"), "{body}");
            // What other authorities have is nobody's business.
            assert!(!answer.body.contains("Bureau"), "{}", answer.body);
        }
        for key in ["", &"x".repeat(256)] {
            assert_eq!(refusal(&order(&imagin, &person, Some(key), &json!({})).await), (400, "invalidSyntax"), "{key}");
        }
        let stale = imagin.ask(Method::POST, &format!("{}/Letters", path(&person)), &[("if-match", "W/\"other\"")], Some(&json!({}))).await;
        assert_eq!(refusal(&stale), (412, ""));
        let stale = [("if-match", "W/\"other\""), ("idempotency-key", "1")];
        let stale = imagin.ask(Method::POST, &format!("{}/Letters", path(&person)), &stale, Some(&json!({}))).await;
        assert_eq!(refusal(&stale), (412, ""));
        imagin.patch(&path(&person), &json!([{ "op": "replace", "path": "active", "value": false }])).await;
        assert_eq!(refusal(&order(&imagin, &person, None, &json!({})).await), (409, ""));
        assert_eq!(letters(&app).await, (0, 0));
    }
}
