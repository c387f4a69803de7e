//! Facts of filters that hold for any of them.

use proptest::prelude::*;
use scim_v2::filter::Filter as Read;
use serde_json::{Map, Value, json};

use super::Filter;

/// A person in whom filters find something, or not.
fn person() -> Map<String, Value> {
    let person = json!({
        "id": "x", "userName": "jdupont", "externalId": "A-1", "active": true,
        "name": { "givenName": "Jean", "familyName": "Dupont" },
        "emails": [{ "value": "jean@example.org", "type": "work", "primary": true }],
        "meta": { "created": "2027-01-15T08:00:00Z" },
    });
    person.as_object().cloned().unwrap_or_default()
}

/// What may stand in quotation marks.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Zéß\u{300}\u{1f600}\"\\\\ .@-]{0,8}",
        Just("jdupont".to_owned()),
        Just("work".to_owned())
    ]
    .prop_map(|text| Value::from(text).to_string())
}

fn comparison(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    let operators =
        prop::sample::select(&["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ", "Co"][..]);
    (prop::sample::select(names), operators, text())
        .prop_map(|(name, operator, text)| format!("{name} {operator} {text}"))
}

/// A filter that is sound.
fn sound() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        comparison(&[
            "userName",
            "USERNAME",
            "externalId",
            "name.familyName",
            "emails.value",
            "emails",
            "id"
        ]),
        prop::sample::select(
            &[
                "active eq true",
                "active ne false",
                "emails pr",
                "name pr",
                "title0 eq null",
                "externalId ne null",
                "meta.created gt \"2026-01-01T00:00:00Z\""
            ][..]
        )
        .prop_map(|text| text.replace("title0", "displayName")),
        comparison(&["value", "type"]).prop_map(|within| format!("emails[{within}]")),
        comparison(&["value", "type"])
            .prop_map(|within| format!("emails[not ({within}) or primary eq true]")),
    ];
    leaf.prop_recursive(5, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("{left} and {right}")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} or {right})")),
            inner.prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_is_sent_is_read_or_refused(text in ".{0,200}") {
        let _ = Filter::parse(&text);
    }

    #[test]
    fn whatever_almost_is_a_filter_is_read_or_refused(
        words in prop::collection::vec(
            prop::sample::select(&["userName", "emails", "name.", "eq", "pr", "not", "and", "or", "(", ")", "[", "]", "\"x\"", "\"", "null", "1e9", ":", "."][..]), 0..20)
    ) {
        let _ = Filter::parse(&words.join(" "));
        let _ = Filter::parse(&words.concat());
    }

    #[test]
    fn a_filter_that_is_printed_and_read_again_finds_the_same(text in sound()) {
        let filter = Filter::parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error:?}")))?;
        let printed = text.parse::<Read>().map_err(|error| TestCaseError::fail(error.to_string()))?.to_string();
        let again = Filter::parse(&printed).map_err(|error| TestCaseError::fail(format!("{printed}: {error:?}")))?;
        prop_assert_eq!(again.matches(&person()), filter.matches(&person()));
        prop_assert_eq!(again.keys(), filter.keys());
    }

    #[test]
    fn what_is_not_so_is_what_is_left_out(text in sound()) {
        prop_assume!(text.len() < 4_000);
        let (filter, other) = (Filter::parse(&text), Filter::parse(&format!("not ({text})")));
        let (Ok(filter), Ok(other)) = (filter, other) else { return Err(TestCaseError::fail(text)) };
        prop_assert_ne!(filter.matches(&person()), other.matches(&person()));
    }

    /// Nobody whom a filter finds is missed by the keys by which they are looked for.
    #[test]
    fn whoever_is_found_has_one_of_the_keys(text in sound()) {
        let filter = Filter::parse(&text).map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
        if let Some(keys) = filter.keys()
            && filter.matches(&person())
        {
            let folded = |text: &str| text.to_lowercase();
            let has = |key: &super::Key| match key {
                super::Key::Id(id) => id == "x",
                super::Key::UserName(name) => folded(name) == "jdupont",
                super::Key::ExternalId(key) => key == "A-1",
                super::Key::Email(address) => folded(address) == "jean@example.org",
            };
            prop_assert!(keys.iter().any(has), "{}", text);
        }
    }
}
