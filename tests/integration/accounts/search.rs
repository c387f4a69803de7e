//! Who is found by what is typed, and that the index follows whatever changes.

use guichet::accounts::{
    ALIASES, Account, AccountId, Found, InitialPassword, Jurisdiction, LetterNumber, Listing, Mandate,
    Matched, NewAccount, NewIdentifier, PERSON_STATEMENTS, Replacing, SEARCH_STATEMENTS,
};
use guichet::audit::{OF_ONE, UNDER};
use guichet::config::AuthorityId;
use guichet::kit::locale::Locale;
use guichet::kit::secrets::Secret;
use guichet::mail::Address;
use serde_json::Map;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::text;
use crate::on_both_engines;
use crate::support::App;
use crate::support::app::PASSWORD;

fn lyon(app: &App) -> Jurisdiction {
    app.accounts.jurisdiction(&AuthorityId::from("lyon"))
}

fn dgrh(app: &App) -> Jurisdiction {
    app.accounts.jurisdiction(&AuthorityId::from("dgrh"))
}

/// Somebody of Lyon, with a password of their own.
fn somebody(given: &str, family: &str, email: &str) -> NewAccount {
    NewAccount {
        identifier: NewIdentifier::FromName,
        given_name: Some(given.to_owned()).filter(|name| !name.is_empty()),
        family_name: Some(family.to_owned()),
        email: Some(email.to_owned()).filter(|email| !email.is_empty()),
        claims: Map::new(),
        authority: Some(AuthorityId::from("lyon")),
        source_key: None,
        password: InitialPassword::Personal(Secret::new(PASSWORD)),
    }
}

async fn make(app: &App, new: NewAccount) -> Account {
    app.accounts.create(new).await.expect("an account").0
}

/// The number of a letter that Lyon sends to somebody.
async fn letter_to(app: &App, account: &Account) -> LetterNumber {
    let sender = app.accounts.sender(Some("lyon"), None).expect("a sender");
    let mandate = Mandate::operator();
    let issued = app.accounts.issue_letter(&account.id, &sender, Replacing::OnlyTemporary, &mandate).await;
    issued.expect("a letter").letter.number
}

async fn look(app: &App, typed: &str) -> Found {
    lyon(app).search(typed).await.expect("a search")
}

/// The identifiers of those who are found, in their order.
async fn found(app: &App, typed: &str) -> Vec<String> {
    let hits = look(app, typed).await.hits;
    hits.iter().map(|hit| hit.account.identifier().unwrap_or_default().to_owned()).collect()
}

/// Whether the index holds what it would if it were made anew.
async fn is_true(app: &App) -> bool {
    let words = "SELECT COUNT(*) FROM search_word";
    let before = app.count(words).await;
    app.sql("UPDATE account SET indexed = 0 WHERE id <> $1", "").await;
    let all = "SELECT COALESCE(MAX(authority || word || account_id), '') || COALESCE(MIN(word), '') FROM search_word";
    let kept = text(app, all).await;
    app.sql("DELETE FROM search_word WHERE word <> $1", "").await;
    while app.accounts.index_people(100).await.expect("indexed") > 0 {}
    before == app.count(words).await && kept == text(app, all).await
}

on_both_engines! {
    async fn a_name_is_found_in_any_order_and_spelling(app: App) {
        for (given, family) in [
            ("Élodie", "Lefèvre"),
            ("Jean-Pierre", "Dupont"),
            ("Awa", "N’Diaye"),
            ("Paul", "Le Roux"),
            ("Zoë", "Müller-Strauß"),
            ("小龙", "李"),
            ("", "Suharto"),
        ] {
            make(&app, somebody(given, family, "")).await;
        }
        for (typed, identifier) in [
            ("lefevre", "elefevre"),
            ("LEFÈVRE Élo", "elefevre"),
            ("elodie lef", "elefevre"),
            ("élo lef", "elefevre"),
            ("jean dupont", "jdupont"),
            ("dupont jean", "jdupont"),
            ("pierre dupont", "jdupont"),
            ("dup pie", "jdupont"),
            ("pierre dup jean", "jdupont"),
            ("dupont jean-pierre", "jdupont"),
            ("ndiaye", "andiaye"),
            ("n'diaye awa", "andiaye"),
            ("diaye", "andiaye"),
            ("leroux paul", "pleroux"),
            ("paul leroux", "pleroux"),
            ("le rou", "pleroux"),
            ("roux", "pleroux"),
            ("strauss zo", "zmullerstrauss"),
            ("Müller", "zmullerstrauss"),
            ("suhar", "suharto"),
        ] {
            assert_eq!(found(&app, typed).await, [identifier], "{typed}");
        }
        assert_eq!(found(&app, "李").await.len(), 1);
        assert_eq!(found(&app, "小").await.len(), 1);
        for typed in ["", "  ", "efevre", "dupont marie", "lefevre elodie anne", "dup je pi do da", "ierre", "-", "%", "_"] {
            assert!(found(&app, typed).await.is_empty(), "{typed}");
        }
    }

    async fn the_surest_comes_first_and_no_more_than_twenty(app: App) {
        make(&app, somebody("Zoé", "Martin", "")).await;
        make(&app, somebody("Anne", "Martineau", "")).await;
        make(&app, somebody("Anne", "Martin", "martin@example.org")).await;
        let mut given = somebody("Omar", "Sy", "");
        given.identifier = NewIdentifier::Given("martin".to_owned());
        make(&app, given).await;
        assert_eq!(found(&app, "martin").await, ["martin", "amartin", "zmartin", "amartineau"]);
        assert!(!look(&app, "martin").await.has_more);
        for number in 0..40 {
            make(&app, somebody("Marie", &format!("Martin {number}"), "")).await;
        }
        let many = look(&app, "martin").await;
        assert_eq!((many.hits.len(), many.has_more), (20, true));
        let hits = look(&app, "marie martin 39").await;
        assert_eq!((hits.hits.len(), hits.has_more), (1, false));
    }

    async fn numbers_identifiers_and_addresses_find_their_person(app: App) {
        let elodie = make(&app, somebody("Élodie", "Lefèvre", "elodie.lefevre@example.org")).await;
        let other = make(&app, somebody("Eric", "Lefevre", "")).await;
        let letter = letter_to(&app, &elodie).await;
        let case = app.case_for("elefevre").await;
        for (typed, matched) in [
            ("elefevre", Matched::Identifier),
            (" ELefevre ", Matched::Identifier),
            (letter.as_str(), Matched::Letter),
            (&letter.as_str().to_lowercase().replace('-', " "), Matched::Letter),
            (case.as_str(), Matched::Case),
            (&case.spoken(), Matched::Case),
        ] {
            let hits = look(&app, typed).await;
            assert_eq!(hits.only(), Some(&elodie.id), "{typed}");
            assert_eq!(hits.matched(), Some(matched), "{typed}");
        }
        for typed in ["elodie.lef", "Elodie.Lefevre@EXAMPLE.org", "elodie.lefevre@"] {
            assert_eq!(found(&app, typed).await, ["elefevre"], "{typed}");
        }
        assert_eq!(found(&app, "elef").await, ["elefevre", "elefevre1"]);
        assert_eq!(look(&app, "elef").await.only(), None);
        assert_eq!(look(&app, "elefevre1").await.only(), Some(&other.id));
    }

    async fn another_authority_finds_nobody_by_anything(app: App) {
        let elodie = make(&app, somebody("Élodie", "Lefèvre", "elodie@example.org")).await;
        let letter = letter_to(&app, &elodie).await;
        let case = app.case_for("elefevre").await;
        let nobody = app.case_for("nobody").await;
        for typed in ["lefevre", "elodie lef", "elefevre", "elodie@", letter.as_str(), case.as_str(), nobody.as_str()] {
            let hits = dgrh(&app).search(typed).await.expect("a search");
            assert!(hits.hits.is_empty() && !hits.has_more, "{typed}");
        }
        assert!(look(&app, nobody.as_str()).await.hits.is_empty());
        let (dgrh, email) = (dgrh(&app), Some("elodie@example.org"));
        let homonyms = dgrh.likely_homonyms("Élodie", "Lefèvre", email).await;
        assert!(homonyms.expect("homonyms").hits.is_empty());
        let listing = Listing::OfIdentifier("elefevre".to_owned());
        assert!(dgrh.list(&listing, None, 10).await.expect("a list").is_empty());
        assert!(dgrh.list(&Listing::Everybody, None, 10).await.expect("a list").is_empty());
    }

    async fn people_of_no_authority_or_another_provider_are_not_found(app: App) {
        let mut new = somebody("Élodie", "Lefèvre", "");
        new.authority = None;
        make(&app, new).await;
        assert!(found(&app, "lefevre").await.is_empty() && found(&app, "elefevre").await.is_empty());
        assert_eq!(app.count("SELECT COUNT(*) FROM search_word").await, 0);
    }

    async fn the_disabled_are_found_the_deleted_are_not(app: App) {
        let elodie = make(&app, somebody("Élodie", "Lefèvre", "elodie@example.org")).await;
        app.accounts.disable(&elodie.id, &Mandate::operator()).await.expect("disabled");
        let hits = look(&app, "lefevre").await;
        assert!(matches!(hits.hits[0].access, guichet::accounts::Access::Disabled { .. }), "{hits:?}");
        app.accounts.delete(&elodie.id, &Mandate::operator()).await.expect("deleted");
        for typed in ["lefevre", "elefevre", "elodie@example.org"] {
            assert!(found(&app, typed).await.is_empty(), "{typed}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM search_word").await, 0);
    }

    async fn a_changed_address_is_found_and_the_former_one_is_not(app: App) {
        let elodie = make(&app, somebody("Élodie", "Lefèvre", "before@example.org")).await;
        let address = Address::parse("after@example.org").expect("an address");
        app.accounts.set_email(&elodie.id, Some(&address), &Mandate::operator()).await.expect("set");
        assert_eq!(found(&app, "after@").await, ["elefevre"]);
        assert!(found(&app, "before@").await.is_empty());
        app.accounts.remove_address(&elodie.id, Locale::Fr).await.expect("removed");
        assert!(found(&app, "after@").await.is_empty());
        assert!(is_true(&app).await);
    }

    async fn a_list_that_changes_names_changes_what_is_found(app: App) {
        crate::import::import(&app, "NUMERO;NOM;PRENOM;MEL\nA1;Dupont;Jeanne;jeanne@example.org\n").await;
        assert_eq!(found(&app, "dupont").await, ["jdupont"]);
        crate::import::import(&app, "NUMERO;NOM;PRENOM;MEL\nA1;Durand;Jeanne;jd@example.org\n").await;
        assert_eq!(found(&app, "durand jeanne").await, ["jdupont"]);
        assert_eq!(found(&app, "jd@example.org").await, ["jdupont"]);
        assert!(found(&app, "dupont").await.is_empty() && found(&app, "jeanne@").await.is_empty());
        assert_eq!(found(&app, "jdupont").await, ["jdupont"]);
        assert!(is_true(&app).await);
    }

    async fn whoever_an_authority_takes_on_is_found_there(app: App) {
        let mut new = somebody("Élodie", "Lefèvre", "");
        new.authority = None;
        let elodie = make(&app, new).await;
        letter_to(&app, &elodie).await;
        assert_eq!(found(&app, "lefevre").await, ["elefevre"]);
    }

    async fn accounts_of_before_are_brought_in_once(app: App) {
        make(&app, somebody("Élodie", "Lefèvre", "")).await;
        make(&app, somebody("Jean", "Dupont", "")).await;
        app.sql("UPDATE account SET indexed = 0 WHERE id <> $1", "").await;
        app.sql("DELETE FROM search_word WHERE word <> $1", "").await;
        assert!(found(&app, "lefevre").await.is_empty());
        assert_eq!(app.accounts.index_people(1).await.expect("indexed"), 1);
        assert_eq!(app.accounts.index_people(10).await.expect("indexed"), 1);
        assert_eq!(app.accounts.index_people(10).await.expect("indexed"), 0);
        assert_eq!(found(&app, "lefevre").await, ["elefevre"]);
        assert_eq!(found(&app, "dupont").await, ["jdupont"]);
    }

    async fn likely_homonyms_are_those_whom_a_person_may_be(app: App) {
        for (given, family, email) in [
            ("Élodie", "Lefèvre", "elodie@example.org"),
            ("Eric", "Le Fèvre", ""),
            ("Lefevre", "Elodie", ""),
            ("Anne", "Lefèvre", ""),
            ("Élodie", "Durand", ""),
            ("Anne", "Durand", "elodie@example.org.fr"),
        ] {
            make(&app, somebody(given, family, email)).await;
        }
        let likely = async |given: &str, family: &str, email: Option<&str>| {
            let found = lyon(&app).likely_homonyms(given, family, email).await.expect("homonyms");
            let mut names: Vec<_> = found.hits.iter().map(|hit| hit.account.display_name()).collect();
            names.sort();
            names
        };
        assert_eq!(likely("Elodie", "LEFEVRE", None).await, ["Eric Le Fèvre", "Lefevre Elodie", "Élodie Lefèvre"]);
        assert_eq!(likely("Zoé", "Martin", Some("Elodie@Example.org")).await, ["Élodie Lefèvre"]);
        assert!(likely("Zoé", "Lefèvre", None).await.is_empty());
    }

    async fn a_list_of_people_goes_on_where_it_stopped(app: App) {
        let mut ids = Vec::new();
        for number in 0..7 {
            let mut new = somebody("Élodie", "Lefèvre", "");
            new.source_key = Some(format!("K{number}"));
            ids.push(make(&app, new).await.id);
        }
        app.accounts.disable(&ids[3], &Mandate::operator()).await.expect("disabled");
        app.accounts.delete(&ids[4], &Mandate::operator()).await.expect("deleted");
        let disabled = ids[3].clone();
        ids.remove(4);
        ids.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        let list = async |listing: &Listing, after: Option<&AccountId>, most| -> Vec<AccountId> {
            let people = lyon(&app).list(listing, after, most).await.expect("a list");
            people.into_iter().map(|account| account.id).collect()
        };
        let mut read = Vec::new();
        loop {
            let some = list(&Listing::Everybody, read.last(), 4).await;
            if some.is_empty() {
                break;
            }
            read.extend(some);
        }
        read.sort_by(|one, other| one.as_str().cmp(other.as_str()));
        assert_eq!(read, ids);
        assert_eq!(list(&Listing::Enabled, None, 10).await.len(), 5);
        assert_eq!(list(&Listing::Disabled, None, 10).await, [disabled]);
        assert_eq!(list(&Listing::OfSourceKey("K1".to_owned()), None, 10).await.len(), 1);
        assert_eq!(list(&Listing::OfIdentifier("ELefevre2".to_owned()), None, 10).await.len(), 1);
        assert!(list(&Listing::OfSourceKey("K4".to_owned()), None, 10).await.is_empty());
    }

    async fn the_records_that_one_took_in_are_found_without_reading_all_of_an_authority(app: App) {
        fill(&app).await;
        let explain = if is_postgres(&app) { "EXPLAIN" } else { "EXPLAIN QUERY PLAN" };
        let query = sqlx::query(AssertSqlSafe(format!("{explain} {ALIASES}"))).bind("p7").bind("lyon");
        let rows = query.fetch_all(&mut *app.database.read().await.unwrap()).await.expect("a plan");
        let plan = plan_of(&app, &rows);
        assert!(plan.contains("account_by_merge"), "{plan}");
    }

    async fn a_key_is_looked_for_among_what_an_authority_has(app: App) {
        fill(&app).await;
        let explain = if is_postgres(&app) { "EXPLAIN" } else { "EXPLAIN QUERY PLAN" };
        let keyed = SEARCH_STATEMENTS.iter().filter(|statement| statement.contains("AS own"));
        let statements: Vec<_> = keyed.chain(&PERSON_STATEMENTS).collect();
        assert_eq!(statements.len(), 6);
        for statement in statements {
            let mut query = sqlx::query(AssertSqlSafe(format!("{explain} {statement}"))).bind("lyon").bind("p7");
            if statement.contains("$4") {
                query = query.bind(20_i64).bind("p7");
            } else if statement.contains("$3") {
                query = query.bind(1_i64);
            }
            let rows = query.fetch_all(&mut *app.database.read().await.unwrap()).await.expect("a plan");
            let plan = plan_of(&app, &rows);
            let led = ["account_by_id", "account_by_identifier", "letter_by_authority", "recovery_case_by_number"];
            assert!(led.iter().any(|index| plan.contains(index)), "{statement}\n{plan}");
        }
    }

    async fn the_events_of_one_person_are_found_by_that_person(app: App) {
        let mut connection = app.database.read().await.unwrap();
        let mut explain = "EXPLAIN QUERY PLAN";
        if is_postgres(&app) {
            // It would rather read a table that is empty.
            sqlx::query("SET enable_seqscan = off").execute(&mut *connection).await.expect("set");
            explain = "EXPLAIN";
        }
        let under = UNDER.replace('?', "$1");
        let statement =
            format!("{explain} SELECT * FROM audit_event WHERE {under} AND {OF_ONE} ORDER BY at DESC, id DESC LIMIT 50");
        let query = sqlx::query(AssertSqlSafe(statement)).bind("lyon").bind("p7");
        let rows = query.fetch_all(&mut *connection).await.expect("a plan");
        let plan = plan_of(&app, &rows);
        for index in ["account_by_id", "manager_pkey sqlite_autoindex_manager_1", "audit_event_by_actor", "audit_event_by_account"] {
            assert!(index.split(' ').any(|name| plan.contains(name)), "{index}\n{plan}");
        }
    }

    async fn no_search_and_no_list_reads_a_whole_table(app: App) {
        fill(&app).await;
        let mut connection = app.database.read().await.unwrap();
        for statement in SEARCH_STATEMENTS {
            let explain = if is_postgres(&app) { "EXPLAIN" } else { "EXPLAIN QUERY PLAN" };
            let mut query = sqlx::query(AssertSqlSafe(format!("{explain} {statement}"))).bind("lyon");
            if statement.contains("LIMIT $3") {
                query = query.bind("").bind(20_i64);
                if statement.contains("$4") {
                    query = query.bind("p7");
                }
            } else if statement.contains("expires_at > $3") {
                query = query.bind("000007").bind(1_i64);
            } else if statement.contains("$3") {
                query = query.bind("1011").bind("1012");
                if statement.contains("$4") {
                    query = query.bind("%012%").bind("%").bind("%").bind("%").bind("%");
                }
            } else {
                query = query.bind("p7");
            }
            let rows = query.fetch_all(&mut *connection).await.expect("a plan");
            let plan = plan_of(&app, &rows);
            let tables = ["account", "search_word", "letter", "recovery_case", "password"];
            for table in tables {
                let whole = [format!("Seq Scan on {table}"), format!("SCAN {table}")];
                assert!(!whole.iter().any(|whole| plan.contains(whole)), "{statement}\n{plan}");
            }
            assert!(plan.contains("Index") || plan.contains("INDEX"), "{statement}\n{plan}");
        }
    }
}

fn is_postgres(app: &App) -> bool {
    app.database.engine() == guichet::database::Engine::Postgres
}

/// How an engine says that it would run a statement.
fn plan_of(app: &App, rows: &[AnyRow]) -> String {
    let column = if is_postgres(app) { 0 } else { 3 };
    let lines: Vec<String> = rows.iter().map(|row| row.get(column)).collect();
    lines.join("\n")
}

/// Enough people that an engine would rather read an index than all of them.
async fn fill(app: &App) {
    let mut transaction = app.database.write().await.expect("a transaction");
    for statement in [
        "INSERT INTO account (id, identifier, lookup_key, given_name, family_name, email_verified, claims, created_at, \
         updated_at, authority, source_key, disabled_at, indexed) SELECT 'a' || i, 'p' || i, 'p' || i, 'Jean', 'Martin', \
         0, '{}', 1, 1, 'lyon', 'k' || i, CASE WHEN i % 1000 = 0 THEN 1 ELSE NULL END, 1 FROM n",
        "INSERT INTO search_word (authority, word, account_id) SELECT 'lyon', '10' || (1111 + i), 'a' || i FROM n",
        "INSERT INTO search_word (authority, word, account_id) SELECT 'lyon', '3' || (1111 + i), 'a' || i FROM n",
        "INSERT INTO password (account_id, hash, temporary, set_at) SELECT 'a' || i, 'x', 0, 1 FROM n",
        "INSERT INTO letter (number, account_id, authority, desk, with_password, issued_at) \
         SELECT 'p' || i, 'a' || i, 'lyon', 'dec', 0, 1 FROM n",
        "INSERT INTO recovery_case (number, subject, account_id, locale, mail_wanted, created_at, expires_at, authority) \
         SELECT 'c' || i, 's' || i, 'a' || i, 'fr', 0, 1, 10, 'lyon' FROM n",
    ] {
        let numbers = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) {statement}"
        );
        sqlx::query(AssertSqlSafe(numbers)).execute(&mut *transaction).await.expect("filled");
    }
    transaction.commit().await.expect("committed");
    if !is_postgres(app) {
        // Nobody counts for SQLite, which must know its way without.
        return;
    }
    let mut transaction = app.database.write().await.expect("a transaction");
    sqlx::query("ANALYZE").execute(&mut *transaction).await.expect("analysed");
    transaction.commit().await.expect("committed");
}
