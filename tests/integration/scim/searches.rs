//! People found by filters, page by page (RFC 7644 §3.4.2).

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Application, EXTENSION, USER, names, path, query, refusal, user};
use crate::on_both_engines;
use crate::support::App;

const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

async fn three(imagin: &Application) -> Vec<Value> {
    let mut made = Vec::new();
    for (given, family, key, address) in [
        ("Élodie", "Lefèvre", Some("A-1"), Some("Elodie@Example.org")),
        ("Jean", "Dupont", Some("A-2"), None),
        ("Zoë", "Müller", None, Some("zoe@example.net")),
    ] {
        let mut new = user(given, family);
        if let Some(key) = key {
            new["externalId"] = json!(key);
        }
        if let Some(address) = address {
            new["emails"] = json!([{ "value": address }]);
        }
        made.push(imagin.made(&new).await);
    }
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    imagin.patch(&path(&made[1]), &off).await;
    made
}

on_both_engines! {
    async fn filters_find_whom_they_mean(app: App) {
        let imagin = Application::imagin(&app).await;
        let made = three(&imagin).await;
        let id = made[0]["id"].as_str().unwrap();
        let (e, j, z) = ("elefevre", "jdupont", "zmuller");
        for (filter, expected) in [
            ("userName eq \"elefevre\"".to_owned(), vec![e]),
            ("USERNAME EQ \"ELefevre\"".to_owned(), vec![e]),
            (format!("{USER}:userName eq \"elefevre\""), vec![e]),
            ("userName eq \"nobody\"".to_owned(), vec![]),
            (format!("id eq \"{id}\""), vec![e]),
            (format!("id eq \"{}\"", id.to_lowercase() + "x"), vec![]),
            ("externalId eq \"A-2\"".to_owned(), vec![j]),
            ("externalId eq \"a-2\"".to_owned(), vec![]),
            ("emails.value eq \"elodie@example.ORG\"".to_owned(), vec![e]),
            ("emails eq \"elodie@example.org\"".to_owned(), vec![e]),
            ("emails[value eq \"elodie@example.org\"]".to_owned(), vec![e]),
            ("emails[type eq \"work\" and value co \"@example.net\"]".to_owned(), vec![z]),
            ("emails[type eq \"home\"]".to_owned(), vec![]),
            ("emails[not (value co \"@example.net\")]".to_owned(), vec![e]),
            ("emails pr".to_owned(), vec![e, z]),
            ("not (emails pr)".to_owned(), vec![j]),
            ("externalId eq null".to_owned(), vec![z]),
            ("externalId ne null".to_owned(), vec![e, j]),
            ("name.familyName sw \"lef\"".to_owned(), vec![e]),
            ("name.familyName sw \"LEFE\u{300}V\"".to_owned(), vec![e]),
            ("name.familyName ew \"er\"".to_owned(), vec![z]),
            ("name.givenName co \"o\" and active eq true".to_owned(), vec![e, z]),
            ("displayName gt \"k\"".to_owned(), vec![e, z]),
            ("userName lt \"f\" or userName ge \"z\"".to_owned(), vec![e, z]),
            ("active eq false".to_owned(), vec![j]),
            ("active ne false".to_owned(), vec![e, z]),
            ("active eq true and (externalId eq \"A-1\" or externalId eq \"A-2\")".to_owned(), vec![e]),
            ("externalId eq \"A-1\" or userName eq \"jdupont\" or userName eq \"jdupont\"".to_owned(), vec![e, j]),
            ("externalId eq \"A-1\" and userName eq \"jdupont\"".to_owned(), vec![]),
            ("not (userName eq \"jdupont\")".to_owned(), vec![e, z]),
            ("emails.value ne \"zoe@example.net\"".to_owned(), vec![e, j]),
            ("meta.created le \"2027-01-15T08:00:00Z\"".to_owned(), vec![e, j, z]),
            ("meta.created lt \"2027-01-15T09:00:00+01:00\"".to_owned(), vec![]),
            ("meta.created ge \"2027-01-15T07:59:59.5Z\"".to_owned(), vec![e, j, z]),
            (format!("{EXTENSION}:letter.state eq \"printed\""), vec![]),
            ("schemas eq \"urn:ietf:params:scim:schemas:core:2.0:User\"".to_owned(), vec![e, j, z]),
        ] {
            assert_eq!(imagin.found(&filter).await, expected, "{filter}");
        }
    }

    async fn filters_that_mean_nothing_are_refused(app: App) {
        let imagin = Application::imagin(&app).await;
        let deep = format!("{}active eq true{}", "not (".repeat(80), ")".repeat(80));
        let wide = vec!["userName eq \"a\""; 400].join(" or ");
        for filter in [
            "userName", "userName eq", "userName eq elefevre", "userName is \"x\"", "eq \"x\"", "(userName pr", "userName pr)",
            "nickName eq \"x\"", "name.nickName pr", "password pr", "password eq \"x\"", "active gt true", "active eq \"true\"", "active co true",
            "userName eq 1", "userName gt null", "name eq \"x\"", "meta.created gt \"yesterday\"", "meta.created co \"2027-01-15T08:00:00Z\"",
            "emails[value eq \"x\"].value pr", "name[familyName eq \"x\"]", "emails[userName eq \"x\"]", "emails[name.value eq \"x\"]",
            "userName eq \"\\u0000\"", "urn:other:userName pr", &deep, &wide,
        ] {
            let answer = imagin.get(&format!("/Users?{}", query(&[("filter", filter)]))).await;
            assert_eq!(answer.status, 400, "{filter}: {}", answer.body);
            assert_eq!(refusal(&answer), (400, "invalidFilter"), "{filter}");
        }
    }

    async fn pages_hold_each_person_once(app: App) {
        let imagin = Application::imagin(&app).await;
        for _ in 0..7 {
            imagin.made(&user("Jean", "Dupont")).await;
        }
        for filter in ["", "active eq true", "userName sw \"j\""] {
            let mut seen = Vec::new();
            for start in ["1", "4", "7", "10"] {
                let answer = imagin.get(&format!("/Users?{}", query(&[("filter", filter), ("startIndex", start), ("count", "3")]))).await;
                let told = answer.json["Resources"].as_array().map_or(0, Vec::len);
                assert_eq!(answer.json["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"]));
                assert_eq!((&answer.json["totalResults"], &answer.json["startIndex"]), (&json!(7), &json!(start.parse::<i64>().unwrap())));
                assert_eq!(answer.json["itemsPerPage"], told);
                seen.extend(names(&answer.json));
            }
            seen.sort();
            assert_eq!(seen, ["jdupont", "jdupont1", "jdupont2", "jdupont3", "jdupont4", "jdupont5", "jdupont6"], "{filter}");
        }
        for (pairs, told) in [
            (vec![("count", "0")], 0), (vec![("count", "-5")], 0), (vec![("startIndex", "-5"), ("count", "2")], 2),
            (vec![("startIndex", "0")], 7), (vec![("count", "1000000")], 7), (vec![("sortBy", "id"), ("sortOrder", "ascending")], 7),
        ] {
            let answer = imagin.get(&format!("/Users?{}", query(&pairs))).await;
            assert_eq!((answer.status.as_u16(), &answer.json["itemsPerPage"], &answer.json["totalResults"]), (200, &json!(told), &json!(7)), "{pairs:?}");
        }
        for (name, value) in [("count", "x"), ("startIndex", "1.5"), ("count", "99999999999999999999"), ("sortBy", "userName"), ("sortOrder", "descending")] {
            assert_eq!(refusal(&imagin.get(&format!("/Users?{name}={value}")).await), (400, "invalidValue"), "{name}");
        }
        assert_eq!(refusal(&imagin.get("/Users?count=1&count=2").await), (400, "invalidSyntax"));
    }

    async fn a_search_by_message_is_the_same_search(app: App) {
        let imagin = Application::imagin(&app).await;
        three(&imagin).await;
        let message = json!({
            "schemas": [SEARCH], "filter": "active eq true", "attributes": ["userName", "emails.value"], "startIndex": 2, "count": 1,
        });
        for path in ["/Users/.search", "/.search"] {
            let answer = imagin.post(path, &message).await;
            assert_eq!((answer.status.as_u16(), &answer.json["totalResults"], &answer.json["startIndex"]), (200, &json!(2), &json!(2)));
            let told = &answer.json["Resources"][0];
            let mut members: Vec<_> = told.as_object().unwrap().keys().map(String::as_str).collect();
            members.sort_unstable();
            assert_eq!(members, ["emails", "id", "schemas", "userName"], "{path}");
            assert_eq!(told["emails"][0].as_object().unwrap().len(), 1);
        }
        for (member, value, expected) in [
            ("schemas", json!([USER]), "invalidSyntax"), ("filter", json!("x"), "invalidFilter"), ("filter", json!(1), "invalidValue"),
            ("count", json!("1"), "invalidValue"), ("attributes", json!("userName"), "invalidValue"), ("attributes", json!([1]), "invalidValue"),
            ("sortBy", json!("userName"), "invalidValue"),
        ] {
            let mut wrong = message.clone();
            wrong[member] = value;
            assert_eq!(refusal(&imagin.post("/.search", &wrong).await), (400, expected), "{wrong}");
        }
    }

    async fn what_is_told_is_what_was_asked_for(app: App) {
        let imagin = Application::imagin(&app).await;
        let made = three(&imagin).await.remove(0);
        let members = |value: &Value| {
            let mut names: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
            names.sort();
            names.join(" ")
        };
        for (pair, expected) in [
            (("attributes", "userName"), "id schemas userName"),
            (("attributes", "USERNAME,name.familyName, nickName"), "id name schemas userName"),
            (("attributes", "nickName"), "id schemas"),
            (("attributes", "meta.version,externalId"), "externalId id meta schemas"),
            (("attributes", USER), "active displayName emails id name schemas userName"),
            (("attributes", EXTENSION), "id schemas"),
            (("excludedAttributes", "emails,id,schemas,meta"), "active displayName externalId id name schemas userName"),
            (("excludedAttributes", "name.givenName"), "active displayName emails externalId id meta name schemas userName"),
            (("attributes", ""), "active displayName emails externalId id meta name schemas userName"),
        ] {
            let answer = imagin.get(&format!("{}?{}", path(&made), query(&[pair]))).await;
            assert_eq!(members(&answer.json), expected, "{pair:?}");
        }
        let parts = imagin.get(&format!("{}?attributes=name.familyName,name.formatted", path(&made))).await;
        assert_eq!(parts.json["name"], json!({ "familyName": "Lefèvre", "formatted": "Élodie Lefèvre" }));
        let without = imagin.get(&format!("{}?excludedAttributes=name.givenName", path(&made))).await;
        assert_eq!(without.json["name"], json!({ "familyName": "Lefèvre", "formatted": "Élodie Lefèvre" }));
        let both = imagin.get(&format!("{}?attributes=name&excludedAttributes=emails", path(&made))).await;
        assert_eq!(refusal(&both), (400, "invalidValue"));
        let new = imagin.post("/Users?attributes=userName", &user("Jean", "Dupont")).await;
        assert_eq!((new.status.as_u16(), members(&new.json)), (201, "id schemas userName".to_owned()));
    }

    async fn a_search_that_no_index_answers_lets_others_be_answered(app: App) {
        let imagin = Application::imagin(&app).await;
        crowd(&app).await;
        let tests: Vec<_> = (0..40).map(|number| format!("userName co \"\u{c9}{number}\"")).collect();
        let filter = query(&[("filter", &format!("userName pr and ({})", tests.join(" or ")))]);
        let begun = Instant::now();
        let searching = tokio::spawn(async move { imagin.get(&format!("/Users?{filter}")).await });
        // Whoever else is here: how long they wait until they have their turn.
        let mut longest = Duration::ZERO;
        while !searching.is_finished() {
            let before = Instant::now();
            tokio::task::yield_now().await;
            longest = longest.max(before.elapsed());
        }
        assert_eq!(searching.await.unwrap().json["totalResults"], 0);
        let whole = begun.elapsed();
        assert!(longest < whole / 40, "{longest:?} of {whole:?}");
    }

    async fn an_application_searches_among_all_twice_at_once_and_no_more(app: App) {
        let imagin = Application::imagin(&app).await;
        let made = imagin.made(&user("Jean", "Dupont")).await;
        let search = format!("/Users?{}", query(&[("filter", "name.familyName co \"upon\"")]));
        let by_index = format!("/Users?{}", query(&[("filter", "userName eq \"jdupont\"")]));
        let answers = join_all((0..40).map(|_| imagin.get(&search))).await;
        let (good, busy): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert!(good.len() >= 2 && !busy.is_empty(), "{} {}", good.len(), busy.len());
        for answer in busy {
            assert_eq!((answer.status.as_u16(), &answer.headers["retry-after"]), (503, &"5".parse().unwrap()));
        }
        assert!(good.iter().all(|answer| answer.json["totalResults"] == 1));
        // What an index answers is not counted, and what is over neither.
        let answers = join_all((0..40).map(|_| imagin.get(&by_index))).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
        assert_eq!(imagin.get(&search).await.status, 200);
        assert_eq!(imagin.get(&path(&made)).await.status, 200);
    }

    async fn among_too_many_only_what_an_index_answers_is_sought(app: App) {
        let imagin = Application::imagin(&app).await;
        let made = imagin.made(&user("Jean", "Dupont")).await;
        crowd(&app).await;
        let answer = imagin.get(&format!("/Users?{}", query(&[("filter", "name.familyName eq \"Dupont\"")]))).await;
        assert_eq!(refusal(&answer), (400, "tooMany"));
        assert_eq!(imagin.found("userName eq \"jdupont\" and name.familyName eq \"Dupont\"").await, ["jdupont"]);
        assert_eq!(imagin.found("userName eq \"crowd5000\"").await, ["crowd5000"]);
        let page = imagin.get("/Users?startIndex=9999&count=5").await;
        assert_eq!((&page.json["totalResults"], &page.json["itemsPerPage"]), (&json!(10_001), &json!(3)));
        assert_eq!(imagin.get(&path(&made)).await.status, 200);
    }
}

/// Ten thousand people more, behind the application's back.
async fn crowd(app: &App) {
    let statement = "WITH RECURSIVE crowd (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM crowd WHERE n < 10000) \
         INSERT INTO account (id, identifier, lookup_key, email_verified, claims, created_at, updated_at, authority) \
         SELECT 'crowd' || n, 'crowd' || n, 'crowd' || n, 0, '{}', 1, 1, $1 FROM crowd";
    app.sql(statement, "lyon").await;
}
