//! Batches of letters: printed as one document, each letter in it once, and issued anew where that failed.

use std::collections::HashSet;

use guichet::accounts::{BatchId, PasswordCheck};
use guichet::config::AuthorityId;
use guichet::server::janitor::Matter;
use http::Method;
use http_body_util::BodyExt;

use super::imports::{imported, list_of};
use super::letters::{check, printed};
use super::{MANAGER, OTHER_MANAGER, signed_in, with_arena};
use crate::on_both_engines;
use crate::signin::{at_the_form, try_password};
use crate::support::{App, Browser, browser::Page};

/// Reads a list of so many people in, and gives the page of their letters.
async fn batch_of(app: &App, manager: &mut Browser, people: usize) -> Page {
    let list = imported(app, manager, &list_of(people)).await;
    let batch = list.link_to("/desk/lyon/letters/batches/");
    manager.get(&batch).await
}

async fn print(browser: &mut Browser, batch: &Page) -> Page {
    let session = batch.hidden("session");
    browser.post(&format!("{}/print", batch.address), &[("session", &session)]).await
}

/// Asks for new letters in the place of some, and gives the page of their batch.
async fn anew(app: &App, browser: &mut Browser, batch: &Page, (from, to): (&str, &str)) -> Page {
    let page = browser.get(&batch.address).await;
    let (session, form) = (page.hidden("session"), page.hidden("form"));
    let fields =
        [("session", session.as_str()), ("form", &form), ("reason", "bourrage"), ("from", from), ("to", to)];
    let address = format!("{}/anew", batch.address);
    let first = browser.post(&address, &fields).await;
    let asked = first.location().unwrap_or_else(|| panic!("{}", first.body));
    assert_eq!(
        browser.post(&address, &fields).await.location().as_ref(),
        Some(&asked),
        "sent twice, asked once"
    );
    assert!(browser.get(&asked).await.body.contains("en préparation"));
    app.work_at_papers().await;
    browser.get(&asked).await
}

on_both_engines! {
    async fn a_batch_prints_as_one_document_in_which_each_letter_stands_once(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let batch = batch_of(&app, &mut manager, 120).await;
        assert!(batch.body.contains("120 convocations attendent"), "{}", batch.body);
        let document = print(&mut manager, &batch).await;
        assert_eq!((document.status.as_u16(), document.header("cache-control")), (200, "no-store".to_owned()));
        let letters = printed(&document.body);
        assert_eq!(letters.len(), 120);
        assert!(document.body.trim_end().ends_with("</html>") && document.body.contains("120/120"));
        let passwords: HashSet<_> = letters.iter().map(|(_, password)| password.clone().expect("one")).collect();
        assert_eq!(passwords.len(), 120);
        for (identifier, password) in letters.iter().step_by(40) {
            let checked = check(&app, identifier, password.as_deref().unwrap()).await;
            assert!(matches!(checked, PasswordCheck::Temporary(_)), "{identifier}");
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM unprinted_letter").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM letter WHERE printed_at IS NULL").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'letter-printed'").await, 120);
        let again = print(&mut manager, &batch).await;
        assert_eq!(again.location(), Some(batch.address.clone()), "nothing is shown a second time");
        let page = manager.get(&batch.address).await;
        assert!(page.body.contains("<rect class=\"desk-share-printed\" x=\"0\" y=\"0\" width=\"1000\""), "{}", page.body);
    }

    async fn two_who_print_at_once_on_two_nodes_share_the_letters(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let batch = batch_of(&app, &mut manager, 230).await;
        let mut other = manager.at(&app.another_node().await);
        let (one, two) = tokio::join!(print(&mut manager, &batch), print(&mut other, &batch));
        let letters = [printed(&one.body), printed(&two.body)].concat();
        let people: HashSet<_> = letters.iter().map(|(identifier, _)| identifier).collect();
        assert_eq!((letters.len(), people.len()), (230, 230));
    }

    async fn a_browser_that_goes_away_leaves_the_others_to_be_printed(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let batch = batch_of(&app, &mut manager, 130).await;
        let session = batch.hidden("session");
        let address = format!("{}/print", batch.address);
        let mut body = manager.begin(Method::POST, &address, &[("session", &session)]).await;
        let first = body.frame().await.expect("a part").expect("sound").into_data().expect("bytes");
        let shown = printed(&String::from_utf8_lossy(&first)).len();
        drop(body);
        assert_eq!(shown, 50);
        let page = manager.get(&batch.address).await;
        assert!(page.body.contains("80 convocations attendent"), "{}", page.body);
        assert_eq!(printed(&print(&mut manager, &batch).await.body).len(), 80);
    }

    async fn letters_that_failed_are_issued_anew_for_those_who_have_not_used_theirs(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let batch = batch_of(&app, &mut manager, 60).await;
        let first = printed(&print(&mut manager, &batch).await.body);
        app.sql("UPDATE letter SET used_at = 1 WHERE place = 42 AND batch IS NOT NULL AND $1 = ''", "").await;
        app.sql("UPDATE account SET disabled_at = 1 WHERE identifier = $1", &first[43].0).await;
        let next = anew(&app, &mut manager, &batch, ("31", "60")).await;
        assert!(next.body.contains("28 convocations attendent"), "{}", next.body);
        let second = printed(&print(&mut manager, &next).await.body);
        assert_eq!(second.len(), 28);
        for (identifier, password) in second.iter().step_by(9) {
            let before = first.iter().find(|(known, _)| known == identifier).expect("they had one");
            let old = check(&app, identifier, before.1.as_deref().unwrap()).await;
            assert!(matches!(old, PasswordCheck::Refused(_)), "{identifier}");
            let new = check(&app, identifier, password.as_deref().unwrap()).await;
            assert!(matches!(new, PasswordCheck::Temporary(_)), "{identifier}");
        }
        let kept = check(&app, &first[0].0, first[0].1.as_deref().unwrap()).await;
        assert!(matches!(kept, PasswordCheck::Temporary(_)), "the others stay");
        // Once more for the first batch: all of these hold a later letter by now.
        let third = anew(&app, &mut manager, &batch, ("31", "60")).await;
        assert!(!third.body.contains("attendent"), "{}", third.body);
        let page = manager.get(&batch.address).await;
        let (session, form) = (page.hidden("session"), page.hidden("form"));
        for (from, to, reason) in [("2", "1", "bourrage"), ("x", "1", "bourrage"), ("1", "2", "")] {
            let fields =
                [("session", session.as_str()), ("form", &form), ("reason", reason), ("from", from), ("to", to)];
            assert_eq!(manager.post(&format!("{}/anew", batch.address), &fields).await.status, 422);
        }
    }

    async fn a_batch_that_nobody_prints_in_a_day_is_voided(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let batch = batch_of(&app, &mut manager, 12).await;
        app.wait(24 * 3_600 - 1);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Unprinted), 0);
        app.wait(1);
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let page = manager.get(&batch.address).await;
        assert!(print(&mut manager, &page).await.location().is_some(), "too late already");
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Unprinted), 12);
        assert_eq!(app.count("SELECT COUNT(*) FROM letter WHERE voided_at IS NULL").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM password WHERE temporary = 1").await, 0);
        let next = anew(&app, &mut manager, &batch, ("", "")).await;
        assert_eq!(printed(&print(&mut manager, &next).await.body).len(), 12);
    }

    async fn nobody_else_sees_or_prints_a_batch(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let batch = batch_of(&app, &mut manager, 3).await;
        let mut other = signed_in(&app, &upstream, "other", OTHER_MANAGER).await;
        let session = other.get("/desk/dgrh/imports").await.hidden("session");
        let theirs = batch.address.replace("/lyon/", "/dgrh/");
        for address in [&batch.address, &theirs] {
            assert_eq!(other.get(address).await.status, 404);
        }
        let fields = [("session", session.as_str()), ("form", "AAAAAAAAAAAAAAAAAAAAAA"), ("reason", "bourrage")];
        assert_eq!(other.post(&format!("{theirs}/anew"), &fields).await.status, 404);
        let answer = other.post(&format!("{theirs}/print"), &fields).await;
        assert_eq!(other.follow(answer).await.status, 404);
        assert_eq!(other.post(&format!("{}/print", batch.address), &fields).await.status, 404);
        assert_eq!(printed(&print(&mut manager, &batch).await.body).len(), 3);
    }

    async fn what_became_of_its_letters_is_told_of_a_batch(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let batch = batch_of(&app, &mut manager, 5).await;
        let id = BatchId::from(batch.address.rsplit('/').next().unwrap());
        let lyon = app.accounts.jurisdiction(&AuthorityId::from("lyon"));
        let told = async || {
            let (_, counts) = lyon.batch(&id).await.unwrap().expect("a batch");
            [counts.waiting, counts.printed, counts.used, counts.expired, counts.voided]
        };
        assert_eq!(told().await, [5, 0, 0, 0, 0]);
        let letters = printed(&print(&mut manager, &batch).await.body);
        assert_eq!(told().await, [0, 5, 0, 0, 0]);
        let (identifier, password) = &letters[1];
        let (mut browser, action) = at_the_form(&app).await;
        let page = try_password(&mut browser, &action, identifier, password.as_deref().unwrap()).await;
        let page = browser.follow(page).await;
        assert_eq!(told().await, [0, 5, 0, 0, 0], "a proof alone uses no letter");
        assert_eq!(browser.post(&page.form_action(), &[("new-password", "volcan-tartine-7")]).await.status, 303);
        assert_eq!(told().await, [0, 4, 1, 0, 0]);
        anew(&app, &mut manager, &batch, ("1", "1")).await;
        assert_eq!(told().await, [0, 3, 1, 0, 1], "another one took its place");
        app.wait(400 * 24 * 3_600);
        assert_eq!(told().await, [0, 0, 1, 3, 1]);
    }

    async fn batches_and_letters_alone_are_listed_each_in_its_place_and_for_their_authority(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let none = manager.get("/desk/lyon/letters").await.body;
        assert!(!none.contains("/letters/batches/"), "{none}");
        let first = batch_of(&app, &mut manager, 3).await;
        app.wait(60);
        let letters = printed(&print(&mut manager, &first).await.body);
        let second = anew(&app, &mut manager, &first, ("1", "2")).await;
        let listed = manager.get("/desk/lyon/letters").await.body;
        let place = |page: &Page| listed.find(&format!("href=\"{}\"", page.address)).expect("listed");
        assert!(place(&second) < place(&first), "newest first: {listed}");
        assert!(listed.contains("2 convocations") && listed.contains("3 convocations"), "{listed}");
        let shows = |page: &str, letter: usize| page.contains(&format!("<code>{}</code>", letters[letter].0));
        assert!((0..3).all(|letter| !shows(&listed, letter)), "they stand in their batches: {listed}");
        app.sql("UPDATE letter SET batch = NULL, place = NULL WHERE account_id = (SELECT id FROM account WHERE identifier = $1)", &letters[2].0).await;
        let listed = manager.get("/desk/lyon/letters").await.body;
        assert!(shows(&listed, 2) && !shows(&listed, 0), "{listed}");
        let mut other = signed_in(&app, &upstream, "other", OTHER_MANAGER).await;
        let theirs = other.get("/desk/dgrh/letters").await.body;
        assert!(!theirs.contains("/letters/batches/") && !shows(&theirs, 2), "{theirs}");
    }

    async fn a_form_that_bears_the_id_of_something_of_another_authority_makes_ones_own(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let batch = batch_of(&app, &mut manager, 1).await;
        let theirs = "something-of-the-DGRH-";
        for statement in [
            "INSERT INTO letter_batch (id, authority, desk, asked_by, reason, asked_at, letters, complete_at, attempts) \
             VALUES ($1, 'dgrh', 'dec', 'somebody', 'x', 1, 1, 1, 0)",
            "INSERT INTO people_list (id, authority, name, reason, brought_by, brought_at, bytes, lines, state, done_line, \
             attempts) VALUES ($1, 'dgrh', 'x', 'x', 'somebody', 1, 1, 1, 'foreseen', 0, 0)",
        ] {
            app.sql(statement, theirs).await;
        }
        let session = batch.hidden("session");
        let fields = [("session", session.as_str()), ("form", theirs), ("reason", "bourrage")];
        let asked = manager.post(&format!("{}/anew", batch.address), &fields).await;
        let made = asked.location().unwrap_or_else(|| panic!("{} {}", asked.status, asked.body));
        assert!(made.starts_with("/desk/lyon/letters/batches/") && !made.ends_with(theirs), "{made}");
        let list = list_of(1);
        let brought = manager.upload("/desk/lyon/imports", &fields, ("list.csv", list.as_bytes())).await;
        let made = brought.location().unwrap_or_else(|| panic!("{} {}", brought.status, brought.body));
        assert!(made.starts_with("/desk/lyon/imports/") && !made.ends_with(theirs), "{made}");
    }

    async fn a_batch_goes_when_none_of_its_letters_is_kept(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let batch = batch_of(&app, &mut manager, 3).await;
        app.wait(400 * 24 * 3_600);
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Batches), 0, "each letter is its account's newest");
        app.sql("DELETE FROM letter WHERE place = 2 AND batch IS NOT NULL AND $1 = ''", "").await;
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Batches), 0, "two are left");
        app.sql("DELETE FROM letter WHERE batch IS NOT NULL AND $1 = ''", "").await;
        assert_eq!(app.janitor.sweep().await.unwrap().of(Matter::Batches), 1);
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        assert_eq!(manager.get(&batch.address).await.status, 404);
    }
}
