//! Whatever is done to sealed events without the key shows; what retention does, does not.

use futures_util::future::join_all;
use guichet::accounts::Mandate;
use guichet::audit::{AuthorityName, ChainError, Expected, Fault};
use guichet::kit::clock::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{events, fault, verified};
use crate::on_both_engines;
use crate::support::App;

/// Every way to change what is sealed, and what is found of it. Of ten events, the fifth is meddled with.
const TAMPERINGS: &[(&str, &str, Fault)] = &[
    ("removed", "DELETE FROM audit_event WHERE seq = 5 AND '' = $1", Fault::Missing(5)),
    ("the first removed", "DELETE FROM audit_event WHERE seq = 1 AND '' = $1", Fault::Missing(1)),
    ("the last removed", "DELETE FROM audit_event WHERE seq = 10 AND '' = $1", Fault::Missing(10)),
    ("its time", "UPDATE audit_event SET at = at + 1 WHERE seq = 5 AND '' = $1", Fault::Altered(5)),
    ("its id", "UPDATE audit_event SET id = 'x' WHERE seq = 5 AND '' = $1", Fault::Altered(5)),
    ("whose", "UPDATE audit_event SET account_id = 'x' WHERE seq = 5 AND '' = $1", Fault::Altered(5)),
    ("nobody's", "UPDATE audit_event SET account_id = '' WHERE seq = 5 AND '' = $1", Fault::Altered(5)),
    ("by whom", "UPDATE audit_event SET actor = 'operator' WHERE seq = 5 AND '' = $1", Fault::Altered(5)),
    ("which manager", "UPDATE audit_event SET actor_id = 'x' WHERE seq = 5 AND '' = $1", Fault::Altered(5)),
    ("what", "UPDATE audit_event SET kind = 'enabled' WHERE seq = 5 AND '' = $1", Fault::Altered(5)),
    ("its detail", "UPDATE audit_event SET detail = 'x' WHERE seq = 5 AND '' = $1", Fault::Altered(5)),
    ("its reason", "UPDATE audit_event SET reason = 'x' WHERE seq = 5 AND '' = $1", Fault::Altered(5)),
    ("its seal", "UPDATE audit_event SET seal = 'x' WHERE seq = 5 AND '' = $1", Fault::Altered(5)),
    ("no seal", "UPDATE audit_event SET seal = NULL WHERE seq = 5 AND '' = $1", Fault::Altered(5)),
    (
        "another authority",
        "UPDATE audit_event SET authority = 'dgrh' WHERE seq = 5 AND '' = $1",
        Fault::Missing(5),
    ),
    (
        "unsealed",
        "UPDATE audit_event SET seq = NULL, seal = NULL WHERE seq = 5 AND '' = $1",
        Fault::Missing(5),
    ),
    (
        "two exchanged",
        "UPDATE audit_event SET seq = 11 - seq WHERE seq IN (5, 6) AND '' = $1",
        Fault::Altered(5),
    ),
    (
        "one twice",
        "INSERT INTO audit_event (id, at, actor, kind, detail, authority, seq, seal) \
         SELECT 'event-000004b', at, actor, kind, detail, authority, seq, seal FROM audit_event \
         WHERE seq = 5 AND '' = $1",
        Fault::Inserted(5),
    ),
    (
        "one before all",
        "INSERT INTO audit_event (id, at, actor, kind, detail, authority, seq, seal) \
         VALUES ('new', 1, 'person', 'signed-in', $1, 'lyon', 0, 'x')",
        Fault::Inserted(0),
    ),
    (
        "one behind all",
        "INSERT INTO audit_event (id, at, actor, kind, detail, authority, seq, seal) \
         VALUES ('new', 1, 'person', 'signed-in', $1, 'lyon', 11, 'x')",
        Fault::Inserted(11),
    ),
    ("the end", "UPDATE audit_chain SET seq = 9 WHERE '' = $1", Fault::HeadAltered),
    (
        "cut off with the end",
        "UPDATE audit_chain SET seq = 9, seal = (SELECT seal FROM audit_event WHERE seq = 9) WHERE '' = $1",
        Fault::HeadAltered,
    ),
    (
        "a beginning as retention would leave it",
        "UPDATE audit_chain SET anchor_seq = 4, anchor_seal = (SELECT seal FROM audit_event WHERE seq = 4) \
         WHERE '' = $1",
        Fault::HeadAltered,
    ),
    ("no end", "DELETE FROM audit_chain WHERE '' = $1", Fault::HeadMissing),
];

/// Seals on a node, and tells whether a chain was found not to fit.
async fn is_refused(app: &App) -> bool {
    match app.audit.seal_due(&CancellationToken::new()).await {
        Ok(_) => false,
        Err(ChainError::Broken(authority)) => authority.as_str() == "lyon",
        Err(error) => panic!("{error}"),
    }
}

on_both_engines! {
    async fn events_are_sealed_in_their_order_and_verified(app: App) {
        events(&app, 2_500).await;
        let before = verified(&app).await;
        assert_eq!((before.fitting, before.waiting.0, before.fault), (0, 2_500, None));
        assert_eq!(app.settle_audit().await, 2_500);
        assert_eq!(app.settle_audit().await, 0, "once");
        let after = verified(&app).await;
        assert_eq!((after.fitting, after.waiting.0, after.fault), (2_500, 0, None));
        assert_eq!(after.last.as_ref().map(|place| place.seq), Some(2_500));
        let in_order = "SELECT COUNT(*) FROM audit_event WHERE seq = at + 1";
        assert_eq!(app.count(in_order).await, 2_500);
    }

    async fn a_place_noted_elsewhere_is_expected_at_the_next_time(app: App) {
        let lyon = AuthorityName::from("lyon".to_owned());
        events(&app, 3).await;
        app.settle_audit().await;
        let noted = verified(&app).await.last.unwrap();
        app.person("elefevre").await;
        app.settle_audit().await;
        let found = app.audit.verify(&lyon, Some(&noted)).await.unwrap();
        assert_eq!((found.fault, found.expected), (None, Expected::Found));
        // A copy of before, put in the place of what is there now: whole in itself.
        let mut beyond = noted.clone();
        beyond.seq = 30;
        let other = guichet::audit::Place { seal: "other".to_owned(), ..noted.clone() };
        for (place, seq) in [(beyond, 30), (other, noted.seq)] {
            let found = app.audit.verify(&lyon, Some(&place)).await.unwrap();
            assert_eq!((found.fault, found.expected), (Some(Fault::NotAsNoted(seq)), Expected::NotFound));
        }
        let nothing = AuthorityName::from("dgrh".to_owned());
        let found = app.audit.verify(&nothing, Some(&noted)).await.unwrap();
        assert_eq!(found.fault, Some(Fault::NotAsNoted(noted.seq)));
    }

    async fn every_authority_has_a_chain_of_its_own_and_so_has_nobody(app: App) {
        events(&app, 4).await;
        app.sql("UPDATE audit_event SET authority = 'dgrh' WHERE at = 1 AND '' = $1", "").await;
        app.sql("UPDATE audit_event SET authority = NULL WHERE at = 2 AND '' = $1", "").await;
        app.settle_audit().await;
        let names = app.audit.authorities().await.unwrap();
        let names: Vec<_> = names.iter().map(AuthorityName::as_str).collect();
        assert_eq!(names, ["", "dgrh", "lyon"]);
        for (name, events) in [("", 1), ("dgrh", 1), ("lyon", 2)] {
            let report = app.audit.verify(&AuthorityName::from(name.to_owned()), None).await.unwrap();
            assert_eq!((report.fitting, report.fault), (events, None), "{name:?}");
        }
    }

    async fn two_nodes_that_seal_at_once_seal_each_event_once(app: App) {
        let other = app.another_node().await;
        events(&app, 3_000).await;
        let (here, there) = tokio::join!(app.settle_audit(), other.settle_audit());
        assert_eq!(here + there, 3_000);
        assert_eq!(verified(&app).await.fitting, 3_000);
        assert_eq!(fault(&app).await, None);
        assert_eq!(app.count("SELECT n FROM daily_count WHERE kind = 'signed-in'").await, 3_000);
    }

    async fn many_events_at_once_while_it_is_sealed_all_find_their_place(app: App) {
        let other = app.another_node().await;
        let mut people = Vec::new();
        for number in 0..64 {
            people.push(app.person(&format!("person{number}")).await);
        }
        let mandate = Mandate::operator();
        let disabling = people.iter().enumerate().map(|(number, person)| {
            let node = if number % 2 == 0 { &app } else { &other };
            node.accounts.disable(&person.id, &mandate)
        });
        let sealing = async {
            for _ in 0..10 {
                app.settle_audit().await;
                other.settle_audit().await;
            }
        };
        let (disabled, ()) = tokio::join!(join_all(disabling), sealing);
        assert!(disabled.iter().all(Result::is_ok));
        app.settle_audit().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE seq IS NULL").await, 0);
        let mut fitting = 0;
        for authority in app.audit.authorities().await.unwrap() {
            let report = app.audit.verify(&authority, None).await.unwrap();
            assert_eq!(report.fault, None, "{authority}");
            fitting += report.fitting;
        }
        assert_eq!(i64::try_from(fitting).unwrap(), app.count("SELECT COUNT(*) FROM audit_event").await);
    }

    async fn sealing_that_is_cut_off_leaves_nothing_half_done(app: App) {
        events(&app, 2_500).await;
        for _ in 0..30 {
            // Dropped wherever it is after so short a while: the transaction at hand is rolled back.
            let stop = CancellationToken::new();
            let sealing = app.audit.seal_due(&stop);
            let _ = tokio::time::timeout(std::time::Duration::from_millis(3), sealing).await;
            assert_eq!(fault(&app).await, None);
        }
        app.settle_audit().await;
        let report = verified(&app).await;
        assert_eq!((report.fitting, report.fault), (2_500, None));
        assert_eq!(app.count("SELECT n FROM daily_count WHERE kind = 'signed-in'").await, 2_500);
    }

    async fn whatever_is_changed_without_the_key_is_found_where_it_is(app: App) {
        for (what, statement, expected) in TAMPERINGS {
            app.sql("DELETE FROM audit_event WHERE '' = $1", "").await;
            app.sql("DELETE FROM audit_chain WHERE '' = $1", "").await;
            events(&app, 10).await;
            app.audit.seal_due(&CancellationToken::new()).await.unwrap();
            assert_eq!(fault(&app).await, None);
            app.sql(statement, "").await;
            assert_eq!(fault(&app).await, Some(*expected), "{what}");
            // What comes afterwards does not hide it.
            app.sql(
                "INSERT INTO audit_event (id, at, actor, kind, detail, authority) \
                 VALUES ('later', 99, 'person', 'signed-in', $1, 'lyon')",
                "",
            )
            .await;
            let node = app.another_node().await;
            let refused = is_refused(&node).await;
            let is_of_the_head = matches!(expected, Fault::HeadAltered | Fault::HeadMissing);
            assert_eq!(refused, is_of_the_head, "{what}");
            assert!(fault(&app).await.is_some(), "{what}");
        }
    }

    async fn retention_removes_what_came_first_and_the_chain_still_holds(app: App) {
        events(&app, 50).await;
        app.settle_audit().await;
        let noted = verified(&app).await.last.unwrap();
        let removed = app.audit.purge(Timestamp::from_seconds(20), 500).await.unwrap();
        assert_eq!(removed, 20);
        let report = verified(&app).await;
        assert_eq!((report.fitting, report.removed_until, report.fault), (30, 20, None));
        assert_eq!(app.audit.purge(Timestamp::from_seconds(20), 500).await.unwrap(), 0);
        // In small pieces, down to nothing, and on from there.
        while app.audit.purge(Timestamp::from_seconds(1_000), 7).await.unwrap() > 0 {
            assert_eq!(fault(&app).await, None);
        }
        let lyon = AuthorityName::from("lyon".to_owned());
        let empty = app.audit.verify(&lyon, Some(&noted)).await.unwrap();
        assert_eq!((empty.fitting, empty.removed_until, empty.fault), (0, 50, None));
        assert_eq!(empty.expected, Expected::Found, "the last one removed is known still");
        app.person("elefevre").await;
        app.sql("UPDATE audit_event SET authority = 'lyon' WHERE seq IS NULL AND '' = $1", "").await;
        assert!(app.settle_audit().await > 0);
        assert_eq!(fault(&app).await, None);
        app.sql("DELETE FROM audit_event WHERE seq = 51 AND '' = $1", "").await;
        assert_eq!(fault(&app).await, Some(Fault::Missing(51)));
    }

    async fn an_event_that_came_late_keeps_those_behind_it(app: App) {
        events(&app, 10).await;
        app.sql("UPDATE audit_event SET at = 100 WHERE id = 'event-000004' AND '' = $1", "").await;
        app.audit.seal_due(&CancellationToken::new()).await.unwrap();
        app.sql(
            "INSERT INTO audit_event (id, at, actor, kind, detail, authority) \
             VALUES ('late', 1, 'person', 'signed-in', $1, 'lyon')",
            "",
        )
        .await;
        app.settle_audit().await;
        assert_eq!(app.audit.purge(Timestamp::from_seconds(50), 500).await.unwrap(), 9);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event").await, 2);
        assert_eq!(fault(&app).await, None);
    }

    async fn retention_does_not_remove_what_does_not_fit(app: App) {
        events(&app, 10).await;
        app.settle_audit().await;
        app.sql("UPDATE audit_event SET detail = 'x' WHERE seq = 3 AND '' = $1", "").await;
        let refused = app.audit.purge(Timestamp::from_seconds(100), 500).await;
        assert!(matches!(refused, Err(ChainError::Broken(_))), "{refused:?}");
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event").await, 10);
        // Everything else is swept all the same.
        app.janitor.sweep().await.expect("a sweep");
    }

    async fn a_chain_begun_anew_holds_again_says_so_and_counts_nothing_twice(app: App) {
        events(&app, 10).await;
        app.settle_audit().await;
        app.sql("DELETE FROM audit_event WHERE seq = 5 AND '' = $1", "").await;
        app.audit.begin_anew(&AuthorityName::from("lyon".to_owned())).await.unwrap();
        app.settle_audit().await;
        let report = verified(&app).await;
        assert_eq!((report.fitting, report.fault), (10, None));
        let said = "SELECT COUNT(*) FROM audit_event WHERE kind = 'chain-begun' AND seq = 10";
        assert_eq!(app.count(said).await, 1);
        assert_eq!(app.count("SELECT n FROM daily_count WHERE kind = 'signed-in'").await, 10);
    }

    async fn anonymising_somebody_changes_no_event(app: App) {
        let person = app.person("elefevre").await;
        app.settle_audit().await;
        app.accounts.delete(&person.id, &Mandate::operator()).await.unwrap();
        app.settle_audit().await;
        for authority in app.audit.authorities().await.unwrap() {
            assert_eq!(app.audit.verify(&authority, None).await.unwrap().fault, None);
        }
    }
}
