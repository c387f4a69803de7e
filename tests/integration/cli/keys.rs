//! `guichet keys …`, beside a process that serves.

use std::time::Duration;

use serde_json::Value;

use super::Installation;
use super::wire::exchange;

/// A node looks at the keys every half minute, and makes RSA keys in a debug build.
const LIMIT: Duration = Duration::from_mins(2);

fn listed(installation: &Installation) -> Vec<Value> {
    let told = installation.run(&["keys", "list", "--json"]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{told:?}");
    told.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn published(installation: &Installation) -> Vec<String> {
    let jwks = exchange(installation.port, "GET", "/jwks", &[], "").body;
    let jwks: Value = serde_json::from_str(&jwks).expect("JSON");
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn of_phase<'a>(keys: &'a [Value], algorithm: &str, phase: &str) -> Vec<&'a str> {
    let found = keys.iter().filter(|key| key["algorithm"] == algorithm && key["phase"] == phase);
    found.map(|key| key["kid"].as_str().unwrap()).collect()
}

#[test]
fn keys_are_listed_and_rotated_and_a_serving_node_follows() {
    let installation = Installation::new();
    let none = installation.run(&["keys", "list"]);
    assert_eq!(
        (none.code, none.out.as_str()),
        (Some(0), "there is no key yet: the first start makes them\n")
    );
    let mut serving = installation.serve();
    serving.wait_until("with four keys", LIMIT, || published(&installation).len() == 4);
    let first = listed(&installation);
    assert_eq!(first.len(), 4);
    assert!(first.iter().all(|key| key["phase"] == "signing"), "{first:?}");

    let rotated = installation.run(&["keys", "rotate", "--algorithm", "ES256", "--algorithm", "EdDSA"]);
    assert_eq!((rotated.code, rotated.err.as_str()), (Some(0), ""), "{rotated:?}");
    assert_eq!(rotated.out.matches("a new key was made").count(), 2, "{rotated:?}");
    let again = installation.run(&["keys", "rotate", "--algorithm", "ES256"]);
    assert!(again.out.contains("was there already"), "{again:?}");
    let keys = listed(&installation);
    assert_eq!(of_phase(&keys, "ES256", "published").len(), 1);
    assert_eq!(of_phase(&keys, "EdDSA", "published").len(), 1);
    assert_eq!(of_phase(&keys, "ES256", "signing"), of_phase(&first, "ES256", "signing"));

    let at_once = installation.run(&["keys", "rotate", "--now", "--algorithm", "ES256"]);
    assert_eq!((at_once.code, at_once.err.as_str()), (Some(0), ""), "{at_once:?}");
    let keys = listed(&installation);
    let signing = of_phase(&keys, "ES256", "signing");
    assert_eq!((signing.len(), of_phase(&keys, "ES256", "withdrawn").len()), (1, 2), "{keys:?}");
    serving.wait_until("following", LIMIT, || {
        let published = published(&installation);
        published.contains(&signing[0].to_owned())
            && !of_phase(&keys, "ES256", "withdrawn").iter().any(|kid| published.contains(&(*kid).to_owned()))
    });
    let text = installation.run(&["keys", "list"]);
    assert_eq!(text.out.lines().count(), keys.len(), "{text:?}");
    assert!(text.out.contains("withdrawn on") && text.out.contains("published, signs from"), "{text:?}");
}

#[test]
fn an_algorithm_that_is_none_is_refused() {
    let refused = Installation::new().run(&["keys", "rotate", "--algorithm", "HS256"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("RS256, PS256, ES256, EdDSA"), "{refused:?}");
}
