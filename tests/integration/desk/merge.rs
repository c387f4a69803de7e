//! Two records of one person made one: the older `sub` stays, and nothing that opens an account changes hands.

use guichet::accounts::{Account, AddressChange, Change, Mandate, PasswordCheck};
use guichet::config::AuthorityId;
use guichet::kit::secrets::Secret;
use guichet::mail::Address;

use super::people::{confirmed, events, look, now, of_lyon, screen, with_letter};
use super::telephone::alone;
use super::{MANAGER, OTHER_MANAGER, signed_in, with_arena};
use crate::import::import;
use crate::on_both_engines;
use crate::signin::{at_the_form, is_signed_in, signed_in as sign_in_as, try_password};
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::client::claims;
use crate::support::{App, Browser};

const MONTH: u64 = 31 * 24 * 3_600;

/// The page on which two records are compared.
pub async fn compare(browser: &mut Browser, account: &Account, other: &str) -> Page {
    let page = browser.get(&format!("{}/merge?other={other}", screen(account))).await;
    assert_eq!(page.status, 200, "{}", page.body);
    page
}

/// Sends the form of that page.
pub async fn confirm(browser: &mut Browser, compared: &Page, account: &Account) -> Page {
    let names = ["session", "seen", "shown", "other", "seen-other"];
    let fields: Vec<(&str, String)> = names.iter().map(|name| (*name, compared.hidden(name))).collect();
    let mut form: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    form.push(("reason", "deux convocations"));
    browser.post(&format!("{}/merge", screen(account)), &form).await
}

/// Two records of Lyon, the first one older.
async fn two(app: &App) -> (Account, Account) {
    let older = confirmed(app, "elefevre").await;
    app.wait(60);
    let younger = confirmed(app, "elefevre2").await;
    (older, younger)
}

async fn check(app: &App, identifier: &str, password: &str) -> PasswordCheck {
    app.accounts.check_password(identifier, &Secret::new(password)).await.expect("a check")
}

/// The `sub` of whoever signs in with an identifier.
async fn sub_of(app: &App, identifier: &str) -> String {
    let client = app.client("app");
    let back = app.browser().sign_in(&client.authorization(&[]), identifier).await;
    let tokens = client.redeem(&back).await;
    claims(&tokens.text("id_token"))["sub"].as_str().unwrap().to_owned()
}

on_both_engines! {
    async fn a_timeline_ends_where_it_ends_and_passes_over_records_that_were_not_taken_in(app: App) {
        let app = app.with_mail().await;
        let (app, _upstream) = alone(&app).await;
        let (one, other) = two(&app).await;
        for identifier in ["elefevre", "elefevre", "elefevre2"] {
            app.wait(60);
            sign_in_as(&app, identifier).await;
        }
        let lyon = app.accounts.jurisdiction(&AuthorityId::from("lyon"));
        let read = async |others: &[Account], most: usize| {
            let timeline = lyon.timeline(&one.id, others, None, most).await.unwrap().expect("theirs");
            (timeline.moments.len(), timeline.older.is_some())
        };
        let (all, has_older) = read(&[], 100).await;
        assert!(all >= 2 && !has_older);
        assert_eq!(read(std::slice::from_ref(&other), 100).await, (all, false), "no record of theirs");
        assert_eq!(read(&[], all).await, (all, false), "there is nothing older");
        assert_eq!(read(&[], all - 1).await, (all - 1, true));
    }

    async fn the_older_sub_stays_and_both_identifiers_lead_to_it(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = alone(&app).await;
        let (older, younger) = two(&app).await;
        let own = sign_in_as(&app, "elefevre2").await;
        let client = app.client("app");
        let offline = client.authorization(&[("scope", "openid offline_access")]);
        let tokens = client.redeem(&app.browser().sign_in(&offline, "elefevre2").await).await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;

        // From the younger record's screen: the older one stays all the same.
        let compared = compare(&mut browser, &younger, "elefevre").await;
        let (kept, absorbed) = compared.body.split_once("Cette fiche disparaît").expect("both");
        assert!(kept.contains("<span>elef</span><span>evre</span></span>"), "{kept}");
        assert!(absorbed.contains("<span>2</span>"), "{absorbed}");
        app.sql("UPDATE account SET anonymise_at = 1900000000, last_seen_at = 1 WHERE id = $1", older.id.as_str()).await;
        let done = confirm(&mut browser, &compared, &younger).await;
        assert_eq!(done.location(), Some(format!("{}?done=merged", screen(&older))), "{}", done.body);
        let kept = "SELECT COUNT(*) FROM account WHERE merged_into IS NULL AND upstream IS NULL \
                    AND anonymise_at IS NULL AND last_seen_at > 1";
        assert_eq!(app.count(kept).await, 1, "it is in use, and is not announced to go any more");

        assert!(!is_signed_in(&own).await, "its sessions end");
        assert_eq!(client.refresh(&tokens.text("refresh_token")).await.status, 400);
        assert_eq!(sub_of(&app, "elefevre").await, older.id.as_str());
        assert_eq!(sub_of(&app, "elefevre2").await, older.id.as_str());
        assert_eq!(now(&app, &younger).await.merged_into.as_ref(), Some(&older.id));
        assert_eq!(app.count("SELECT COUNT(*) FROM password").await, 1, "its password is gone");
        for address in ["elefevre@example.org", "elefevre2@example.org"] {
            assert_eq!(app.kinds_of_mails(address).await, ["records-merged"], "{address}");
        }
        assert_eq!((events(&app, &older, "absorbed").await, events(&app, &younger, "merged").await), (1, 1));
        // The alias has no screen of its own; what happened to it is told on the one that stayed.
        let shown = look(&mut browser, &older).await;
        assert_eq!(shown.body.matches("Fiche créée").count(), 2, "{}", shown.body);
        let led = browser.get(&screen(&younger)).await;
        assert_eq!(led.location(), Some(screen(&older)));
        assert!(look(&mut browser, &older).await.body.contains("elefevre2"));
    }

    async fn a_second_manager_agrees_where_either_record_was_in_use(app: App) {
        let (app, upstream) = with_arena(&app).await;
        for (place, (kept_in_use, absorbed_in_use)) in
            [(true, false), (false, true), (false, false)].into_iter().enumerate()
        {
            let (kept, _) = with_letter(&app, &format!("kept{place}")).await;
            app.wait(60);
            let (absorbed, _) = with_letter(&app, &format!("absorbed{place}")).await;
            for (account, in_use) in [(&kept, kept_in_use), (&absorbed, absorbed_in_use)] {
                if in_use {
                    app.sql("UPDATE account SET in_use_since = 1 WHERE id = $1", account.id.as_str()).await;
                }
            }
            let mut manager = signed_in(&app, &upstream, &format!("m{place}"), MANAGER).await;
            let compared = compare(&mut manager, &kept, &format!("absorbed{place}")).await;
            let answer = confirm(&mut manager, &compared, &kept).await;
            let is_asked = kept_in_use || absorbed_in_use;
            assert_eq!(answer.status.as_u16(), if is_asked { 409 } else { 303 }, "{place}: {}", answer.body);
            assert_eq!(now(&app, &absorbed).await.merged_into.is_none(), is_asked);
        }
    }

    async fn a_merge_takes_neither_password_nor_address_over(app: App) {
        let (app, upstream) = alone(&app).await;
        let victim = of_lyon(&app, "elefevre").await;
        app.sql("UPDATE account SET email = NULL WHERE id = $1", victim.id.as_str()).await;
        app.wait(60);
        let (made, printed) = with_letter(&app, "andiaye").await;
        app.sql("UPDATE account SET email = 'rogue@example.org', email_verified = 1 WHERE id = $1", made.id.as_str()).await;
        let number = app.accounts.letters_of(&made.id).await.unwrap()[0].number.clone();
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        // Found by the number of its letter too.
        let compared = compare(&mut browser, &victim, number.as_str()).await;
        assert_eq!(confirm(&mut browser, &compared, &victim).await.status, 303);
        for identifier in ["elefevre", "andiaye"] {
            assert!(matches!(check(&app, identifier, &printed).await, PasswordCheck::Refused(_)), "{identifier}");
            assert!(matches!(check(&app, identifier, PASSWORD).await, PasswordCheck::Personal(_)), "{identifier}");
        }
        let kept = now(&app, &victim).await;
        assert_eq!((kept.email, kept.pending_email, kept.proposed_email), (None, None, None));
        let letters = app.accounts.letters_of(&made.id).await.unwrap();
        assert!(letters.iter().all(|letter| letter.voided_at.is_some()), "its letters are void");
    }

    async fn what_was_merged_comes_apart_again_without_a_password(app: App) {
        let (app, upstream) = alone(&app).await;
        let (older, younger) = two(&app).await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let compared = compare(&mut browser, &older, "elefevre2").await;
        let done = confirm(&mut browser, &compared, &older).await;
        let shown = browser.follow(done).await;
        assert!(shown.body.contains("id=\"undo\""), "{}", shown.body);
        let form = ["session", "seen", "shown", "reason", "other"].map(|name| (name, shown.hidden(name)));
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let undone = browser.post(&format!("{}/separate", screen(&older)), &form).await;
        assert!(undone.location().unwrap().contains("done=separated"), "{}", undone.body);
        let again = browser.post(&format!("{}/separate", screen(&older)), &form).await;
        assert!(matches!(again.status.as_u16(), 303 | 409));
        assert_eq!(events(&app, &younger, "separated").await, 1);
        assert!(matches!(check(&app, "elefevre2", PASSWORD).await, PasswordCheck::Refused(_)));
        assert!(matches!(check(&app, "elefevre", PASSWORD).await, PasswordCheck::Personal(_)));
        let shown = look(&mut browser, &younger).await;
        assert!(shown.body.contains("Il faut une nouvelle convocation"), "{}", shown.body);
    }

    async fn records_that_are_both_in_use_are_not_merged(app: App) {
        let (app, upstream) = alone(&app).await;
        let (older, younger) = two(&app).await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let compared = compare(&mut browser, &older, "elefevre2").await;
        sign_in_as(&app, "elefevre").await;
        sign_in_as(&app, "elefevre2").await;
        let refused = confirm(&mut browser, &compared, &older).await;
        assert_eq!(refused.status, 409);
        assert!(refused.body.contains("ce sont sans doute deux personnes"), "{}", refused.body);
        assert_eq!(now(&app, &younger).await.merged_into, None);
        app.wait(MONTH);
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let compared = compare(&mut browser, &older, "elefevre2").await;
        assert_eq!(confirm(&mut browser, &compared, &older).await.status, 303);
    }

    async fn people_of_another_authority_cannot_be_merged_nor_found(app: App) {
        let (app, upstream) = alone(&app).await;
        let (older, _) = two(&app).await;
        let theirs = app.person("jmartin").await;
        app.sql("UPDATE account SET authority = 'dgrh' WHERE id = $1", theirs.id.as_str()).await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let unknown = compare(&mut browser, &older, "nobody").await;
        let other = compare(&mut browser, &older, "jmartin").await;
        assert!(other.body.contains("Aucune autre fiche ne correspond"), "{}", other.body);
        assert_eq!(unknown.body.replace("nobody", "…"), other.body.replace("jmartin", "…"));
        let mut compared = compare(&mut browser, &older, "elefevre2").await;
        let their_id = theirs.id.to_string();
        let second = compared.hidden("other");
        compared.body = compared.body.replace(&second, &their_id);
        assert_eq!(confirm(&mut browser, &compared, &older).await.status, 404);
        let mut stranger = signed_in(&app, &upstream, "dgrh", OTHER_MANAGER).await;
        let seen = stranger.get(&format!("/desk/dgrh/people/{their_id}/merge?other=elefevre")).await;
        assert!(seen.body.contains("Aucune autre fiche ne correspond"), "{}", seen.body);
        assert_eq!(now(&app, &theirs).await.merged_into, None);
    }

    async fn a_record_that_another_took_in_is_changed_by_nobody(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = alone(&app).await;
        let (older, younger) = two(&app).await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let compared = compare(&mut browser, &younger, "elefevre").await;
        let done = confirm(&mut browser, &compared, &younger).await;
        assert_eq!(done.location(), Some(format!("{}?done=merged", screen(&older))), "{}", done.body);
        // Not even by an operator, who reaches everybody.
        let operator = &Mandate::operator();
        let address = Address::parse("new@example.org").unwrap();
        let set = app.accounts.set_email(&younger.id, Some(&address), operator).await.unwrap();
        assert_eq!(set, AddressChange::Gone);
        assert_eq!(app.accounts.disable(&younger.id, operator).await.unwrap(), Change::Gone);
        assert_eq!(app.accounts.disable(&older.id, operator).await.unwrap(), Change::Made);
    }

    async fn there_is_never_a_chain(app: App) {
        let (app, upstream) = alone(&app).await;
        let (first, second) = two(&app).await;
        app.wait(60);
        let third = of_lyon(&app, "elefevre3").await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let compared = compare(&mut browser, &second, "elefevre3").await;
        assert_eq!(confirm(&mut browser, &compared, &second).await.status, 303);
        // By the alias's identifier one comes to the record that took it in.
        let compared = compare(&mut browser, &first, "elefevre3").await;
        assert_eq!(compared.hidden("other"), second.id.as_str());
        assert_eq!(confirm(&mut browser, &compared, &first).await.status, 303);
        for alias in [&second, &third] {
            assert_eq!(now(&app, alias).await.merged_into.as_ref(), Some(&first.id));
        }
        assert_eq!(sub_of(&app, "elefevre3").await, first.id.as_str());
        let same = compare(&mut browser, &first, "elefevre2").await;
        assert!(same.body.contains("C’est déjà la même fiche."), "{}", same.body);
        // Deleted together.
        app.accounts.delete(&first.id, &Mandate::operator()).await.unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE identifier IS NOT NULL").await, 0);
    }

    async fn of_merges_at_once_one_is_made_and_none_makes_a_ring(app: App) {
        let (app, upstream) = alone(&app).await;
        let node = app.another_node().await;
        let (first, _) = two(&app).await;
        app.wait(60);
        let third = of_lyon(&app, "elefevre3").await;
        let mut one = signed_in(&app, &upstream, "one", MANAGER).await;
        let mut other = signed_in(&app, &upstream, "other", MANAGER).await;
        let a = compare(&mut one, &first, "elefevre2").await;
        let b = compare(&mut other, &third, "elefevre2").await;
        let mut elsewhere = other.at(&node);
        let (made, raced) =
            tokio::join!(confirm(&mut one, &a, &first), confirm(&mut elsewhere, &b, &third));
        let statuses = (made.status.as_u16(), raced.status.as_u16());
        assert!(matches!(statuses, (303, 409 | 404) | (409 | 404, 303)), "{statuses:?}");
        let chains = "SELECT COUNT(*) FROM account AS alias JOIN account AS kept ON kept.id = alias.merged_into \
                      WHERE kept.merged_into IS NOT NULL";
        assert_eq!(app.count(chains).await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE merged_into IS NOT NULL").await, 1);
        assert_eq!(now(&app, &first).await.merged_into, None);
    }

    async fn a_sign_in_that_races_a_merge_opens_nothing_of_the_alias(app: App) {
        let (app, upstream) = alone(&app).await;
        let (older, younger) = two(&app).await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let compared = compare(&mut browser, &older, "elefevre2").await;
        let (mut own, action) = at_the_form(&app).await;
        let (merged, signed) = tokio::join!(
            confirm(&mut browser, &compared, &older),
            try_password(&mut own, &action, "elefevre2", PASSWORD),
        );
        assert_eq!(merged.status, 303, "{}", merged.body);
        assert!(matches!(signed.status.as_u16(), 303 | 422), "{}", signed.status);
        let dead = "SELECT COUNT(*) FROM browser_session JOIN account ON account.id = browser_session.account_id \
                    WHERE account.merged_into IS NOT NULL AND browser_session.access_epoch = account.access_epoch";
        assert_eq!(app.count(dead).await, 0);
        assert_eq!(sub_of(&app, "elefevre2").await, older.id.as_str());
        assert_eq!(now(&app, &younger).await.merged_into.as_ref(), Some(&older.id));
    }

    async fn a_list_that_names_the_alias_is_about_the_person(app: App) {
        let (app, upstream) = alone(&app).await;
        let (older, younger) = two(&app).await;
        app.sql("UPDATE account SET source_key = 'K1' WHERE id = $1", older.id.as_str()).await;
        app.sql("UPDATE account SET source_key = 'K2' WHERE id = $1", younger.id.as_str()).await;
        let mut browser = signed_in(&app, &upstream, "manager", MANAGER).await;
        let compared = compare(&mut browser, &older, "elefevre2").await;
        assert_eq!(confirm(&mut browser, &compared, &older).await.status, 303);
        let columns = app.settings.import.columns.clone();
        let head = format!("{};{};{};{}", columns.identifier, columns.source_key, columns.given_name, columns.family_name);
        for row in ["elefevre2;;Élodie;Durand", ";K2;Élodie;Martin", "elefevre;K2;Élodie;Petit", ";K1;Élodie;Blanc"] {
            let run = import(&app, format!("{head}\n{row}\n")).await;
            assert_eq!(run.settled(2).account.as_ref(), Some(&older.id), "{row}");
            assert_eq!(run.identifier(2), "elefevre", "{row}");
        }
        assert_eq!(now(&app, &older).await.source_key.as_deref(), Some("K1"));
        assert_eq!(now(&app, &younger).await.family_name.as_deref(), Some("Lefèvre"), "the alias is left alone");
    }
}
