//! Mail addresses: asked of people who have none, confirmed by a link.

use guichet::accounts::{Account, Mandate, Replacing};
use guichet::config::AddressPolicy;
use guichet::kit::locale::Locale;
use guichet::kit::secrets::Secret;
use guichet::mail::Address;

use super::{SESSION_COOKIE, at_the_form, try_password};
use crate::on_both_engines;
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::{App, Browser};

const CHOSEN: &str = "My-Own-Secret-7";

/// Somebody with a letter and no mail address, at the page of the first sign-in.
async fn newcomer_at_the_page(app: &App) -> (Account, Browser, Page) {
    let (account, printed) = app.newcomer("newcomer").await;
    app.sql("UPDATE account SET email = NULL WHERE id = $1", account.id.as_str()).await;
    let (mut browser, action) = at_the_form(app).await;
    let page = try_password(&mut browser, &action, "newcomer", &printed).await;
    let page = browser.follow(page).await;
    (account, browser, page)
}

/// Somebody with a personal password and no mail address, just signed in.
async fn signed_in_without_address(app: &App) -> (Account, Browser, Page) {
    let account = app.person("elefevre").await;
    app.sql("UPDATE account SET email = NULL WHERE id = $1", account.id.as_str()).await;
    let (browser, page) = sign_in(app).await;
    (account, browser, page)
}

async fn sign_in(app: &App) -> (Browser, Page) {
    let (mut browser, action) = at_the_form(app).await;
    let page = try_password(&mut browser, &action, "elefevre", PASSWORD).await;
    (browser, page)
}

async fn with_policy(app: &App, policy: AddressPolicy) -> App {
    app.with_mail().await.restarted_with(|settings| settings.recovery.mail_address = policy).await
}

async fn now(app: &App, account: &Account) -> Account {
    app.accounts.by_id(&account.id).await.unwrap().unwrap()
}

fn asks_for_address(page: &Page) -> bool {
    page.body.contains("id=\"email\"")
}

on_both_engines! {
    async fn a_newcomer_gives_password_and_address_on_one_page(app: App) {
        let app = app.with_mail().await;
        let (account, mut browser, page) = newcomer_at_the_page(&app).await;
        assert!(asks_for_address(&page) && page.body.contains("facultatif"), "{}", page.body);
        let form = [("new-password", CHOSEN), ("email", " new@example.org ")];
        let page = browser.post(&page.form_action(), &form).await;
        browser.follow(page).await.code();
        let after = now(&app, &account).await;
        assert_eq!((after.email, after.pending_email.as_deref()), (None, Some("new@example.org")));
        assert_eq!(app.kinds_of_mails("new@example.org").await, ["confirm-address"]);
        assert_eq!(app.history(&account.id).await, ["address-given", "letter-used"]);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE last_seen_at IS NOT NULL").await, 1);
    }

    async fn an_address_is_optional_unless_it_is_required(app: App) {
        let app = app.with_mail().await;
        let (account, mut browser, page) = newcomer_at_the_page(&app).await;
        let strict = with_policy(&app, AddressPolicy::Required).await;
        let mut elsewhere = browser.at(&strict);
        let refused = elsewhere.post(&page.form_action(), &[("new-password", CHOSEN), ("email", " ")]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("Saisissez votre adresse"), "{}", refused.body);
        assert!(!refused.body.contains("facultatif"));
        let page = browser.post(&page.form_action(), &[("new-password", CHOSEN), ("email", "")]).await;
        browser.follow(page).await.code();
        assert_eq!(now(&app, &account).await.pending_email, None);
    }

    async fn nobody_is_asked_where_no_mail_can_go(app: App) {
        let never = with_policy(&app, AddressPolicy::Never).await;
        for node in [&app, &never] {
            let (account, mut browser, page) = newcomer_at_the_page(node).await;
            assert!(!asks_for_address(&page), "{}", page.body);
            let form = [("new-password", CHOSEN), ("email", "new@example.org")];
            let page = browser.post(&page.form_action(), &form).await;
            browser.follow(page).await.code();
            assert_eq!(now(node, &account).await.pending_email, None, "what was not asked is not taken");
            let (mut browser, action) = at_the_form(node).await;
            let page = try_password(&mut browser, &action, "newcomer", CHOSEN).await;
            browser.follow(page).await.code();
            app.sql("UPDATE account SET lookup_key = id, identifier = id WHERE id = $1", account.id.as_str()).await;
            app.sql("DELETE FROM taken_identifier WHERE '' = $1", "").await;
        }
    }

    async fn both_faults_are_told_at_once_and_a_good_password_stays_accepted(app: App) {
        let app = app.with_mail().await;
        let (account, mut browser, page) = newcomer_at_the_page(&app).await;
        let action = page.form_action();
        let both = browser.post(&action, &[("new-password", "short"), ("email", "not an address")]).await;
        assert_eq!(both.status, 422);
        assert!(both.body.contains("trop court") && both.body.contains("incomplète"), "{}", both.body);
        assert!(both.body.contains("value=\"not an address\""));

        let one = browser.post(&action, &[("new-password", CHOSEN), ("email", "not an address")]).await;
        assert_eq!(one.status, 422);
        assert!(!one.body.contains("id=\"new-password\""), "the password is not asked for again");
        assert!(!one.body.contains(CHOSEN));
        assert_eq!(app.count("SELECT COUNT(*) FROM password WHERE temporary = 1").await, 1);
        let accepted = one.hidden("accepted");
        // It is worth nothing to another person, even in the same browser, nor when it is cut.
        for wrong in [&accepted[1..], "x", ""] {
            let page = browser.post(&action, &[("accepted", wrong), ("email", "new@example.org")]).await;
            assert_eq!(page.status, 422);
        }
        let page = browser.post(&action, &[("accepted", &accepted), ("email", "new@example.org")]).await;
        browser.follow(page).await.code();
        assert_eq!(now(&app, &account).await.pending_email.as_deref(), Some("new@example.org"));
        let (mut browser, action) = at_the_form(&app).await;
        assert_eq!(try_password(&mut browser, &action, "newcomer", CHOSEN).await.status, 303);
    }

    async fn a_likely_slip_is_told_once(app: App) {
        let app = app.with_mail().await;
        let (account, mut browser, page) = newcomer_at_the_page(&app).await;
        let action = page.form_action();
        let told = browser.post(&action, &[("new-password", CHOSEN), ("email", "a@gmial.com")]).await;
        assert_eq!(told.status, 422);
        assert!(told.body.contains("Utiliser a@gmail.com"), "{}", told.body);
        let (accepted, insists) = (told.hidden("accepted"), told.hidden("email-insists"));
        let form = [("accepted", accepted.as_str()), ("email", "a@gmial.com"), ("email-insists", &insists)];
        let suggestion = [&form[..], &[("email-suggestion", "a@gmail.com")]].concat();
        let mut other = browser.clone();
        assert_eq!(browser.post(&action, &form).await.status, 303, "who insists means it");
        assert_eq!(now(&app, &account).await.pending_email.as_deref(), Some("a@gmial.com"));
        app.sql("UPDATE password SET temporary = 1 WHERE account_id = $1", account.id.as_str()).await;
        // The proof was used: the suggestion of another window comes too late, and changes nothing.
        assert_eq!(other.post(&action, &suggestion).await.status, 303);
        assert_eq!(now(&app, &account).await.pending_email.as_deref(), Some("a@gmial.com"));
    }

    async fn who_has_no_address_is_asked_again_and_may_go_on_without(app: App) {
        let app = app.with_mail().await;
        let (account, mut browser, page) = signed_in_without_address(&app).await;
        assert!(browser.cookies.contains_key(SESSION_COOKIE));
        let asked = browser.follow(page).await;
        assert!(asked.address.starts_with("/mail-address?journey="), "{}", asked.address);
        assert!(asks_for_address(&asked) && asked.body.contains("États de frais"), "{}", asked.body);
        let empty = browser.post(&asked.form_action(), &[("email", "")]).await;
        assert_eq!(empty.status, 422);
        let later = browser.post(&asked.form_action(), &[("email", ""), ("later", "yes")]).await;
        browser.follow(later).await.code();
        assert_eq!(now(&app, &account).await.pending_email, None);

        let (mut browser, page) = sign_in(&app).await;
        let asked = browser.follow(page).await;
        let slip = browser.post(&asked.form_action(), &[("email", "a@orange.f")]).await;
        assert_eq!(slip.status, 422);
        let form = [("email", "a@orange.f"), ("email-suggestion", "a@orange.fr")];
        let page = browser.post(&slip.form_action(), &form).await;
        browser.follow(page).await.code();
        assert_eq!(now(&app, &account).await.pending_email.as_deref(), Some("a@orange.fr"));

        let (mut browser, page) = sign_in(&app).await;
        browser.follow(page).await.code();
        // The link that would have confirmed it died unused: asked again.
        app.wait(7 * 24 * 3600);
        let (_, page) = sign_in(&app).await;
        assert!(page.location().unwrap().starts_with("/mail-address"), "{:?}", page.location());
    }

    async fn a_required_address_cannot_be_gone_round(app: App) {
        let app = with_policy(&app, AddressPolicy::Required).await;
        let (account, mut browser, page) = signed_in_without_address(&app).await;
        let address = page.location().unwrap();
        let asked = browser.follow(page).await;
        assert!(!asked.body.contains("email-later"), "{}", asked.body);
        let later = browser.post(&asked.form_action(), &[("later", "yes")]).await;
        assert_eq!(later.status, 422);
        let around = browser.get(&address.replace("/mail-address", "/authorize/resume")).await;
        assert!(around.status.is_client_error(), "{} {:?}", around.status, around.location());
        let page = browser.post(&asked.form_action(), &[("email", "new@example.org")]).await;
        browser.follow(page).await.code();
        assert_eq!(now(&app, &account).await.pending_email.as_deref(), Some("new@example.org"));
    }

    async fn a_paused_journey_is_for_the_sign_in_made_on_it(app: App) {
        let app = app.with_mail().await;
        let (account, browser, page) = signed_in_without_address(&app).await;
        let address = page.location().unwrap();
        // Another browser, and one that is on a journey of its own.
        for mut other in [app.browser(), at_the_form(&app).await.0] {
            assert_eq!(other.get(&address).await.status, 400);
        }
        // The same browser, signed out, or signed in anew on another journey.
        let mut without = browser.clone();
        without.cookies.remove(SESSION_COOKIE);
        let back = without.post(&address, &[("email", "thief@example.org")]).await;
        assert!(back.location().unwrap().starts_with("/sign-in?journey="), "{:?}", back.location());
        let mut anew = browser.clone();
        let form = anew.password_form(&app.client("app").authorization(&[("prompt", "login")])).await;
        try_password(&mut anew, &form.form_action(), "elefevre", PASSWORD).await;
        let back = anew.post(&address, &[("later", "yes")]).await;
        assert!(back.location().unwrap().starts_with("/sign-in?journey="), "{:?}", back.location());
        // A journey that does not pause is no way in either.
        let plain = anew.get(&form.form_action().replace("/sign-in/external", "/mail-address")).await;
        assert_eq!(plain.status, 400);
        assert_eq!(now(&app, &account).await.pending_email, None);
    }

    async fn an_address_is_confirmed_by_a_button_in_any_browser(app: App) {
        let app = app.with_mail().await;
        let account = app.person("elefevre").await;
        let address = Address::parse("new@example.org").unwrap();
        app.accounts.give_address(&account.id, &address, Locale::Fr).await.expect("given");
        let link = app.mail("confirm-address", "new@example.org").await.link();
        let mut browser = app.another_node().await.browser();
        for _ in 0..2 {
            let page = browser.get(&link).await;
            assert_eq!(page.status, 200);
            assert!(page.body.contains("new@example.org"), "{}", page.body);
        }
        assert_eq!(now(&app, &account).await.email, account.email, "a look confirms nothing");
        let action = browser.get(&link).await.form_action();
        let done = browser.post(&action, &[]).await;
        assert_eq!(done.status, 200, "{}", done.body);
        let after = now(&app, &account).await;
        assert_eq!(after.email.as_deref(), Some("new@example.org"));
        assert!(after.email_verified && after.pending_email.is_none());
        assert_eq!(app.kinds_of_mails("elefevre@example.org").await, ["address-changed"]);
        let told = app.mail("address-changed", "elefevre@example.org").await;
        assert!(!told.text.contains("new@example.org"), "the new one is masked: {}", told.text);
        assert_eq!(app.history(&account.id).await, ["address-confirmed", "address-given"]);
        let again = browser.post(&action, &[]).await;
        assert_eq!(again.status, 410);
        assert_eq!(app.posted("elefevre@example.org").await.len(), 1);
    }

    async fn a_newer_address_kills_the_link_of_the_older(app: App) {
        let app = app.with_mail().await;
        let account = app.person("elefevre").await;
        for address in ["first@example.org", "second@example.org"] {
            let address = Address::parse(address).unwrap();
            app.accounts.give_address(&account.id, &address, Locale::Fr).await.expect("given");
        }
        let first = app.mail("confirm-address", "first@example.org").await.link();
        let second = app.mail("confirm-address", "second@example.org").await.link();
        assert_eq!(app.browser().post(&first, &[]).await.status, 410);
        assert_eq!(app.browser().post(&second, &[]).await.status, 200);
        assert_eq!(now(&app, &account).await.email.as_deref(), Some("second@example.org"));

        app.accounts.remove_address(&account.id, Locale::Fr).await.expect("removed");
        let after = now(&app, &account).await;
        assert!(after.email.is_none() && !after.email_verified);
        assert!(app.history(&account.id).await.contains(&"address-removed".to_owned()));
    }

    async fn the_page_sends_five_mails_an_hour_says_so_and_lets_the_person_go_on(app: App) {
        let app = app.with_mail().await;
        let app = with_policy(&app, AddressPolicy::Required).await;
        let (_, mut browser, page) = signed_in_without_address(&app).await;
        // What strangers ask for in this person's name is not counted here.
        for _ in 0..6 {
            app.browser().post("/forgotten-password", &[("username", "elefevre")]).await;
        }
        let asked = browser.follow(page).await;
        for number in 0..8 {
            let email = format!("stranger{number}@example.org");
            let page = browser.post(&asked.form_action(), &[("email", &email)]).await;
            if number < 5 {
                browser.clone().follow(page).await.code();
                continue;
            }
            assert_eq!(page.status, 429);
            assert!(page.body.contains("trop de courriels") && page.body.contains(&email), "{}", page.body);
            let onward = page.link_to("/authorize/resume");
            browser.clone().open(&onward).await.code();
        }
        assert_eq!(app.count("SELECT COUNT(*) FROM outbox_mail").await, 5);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'address-given'").await, 5);
    }

    async fn a_page_left_open_sets_no_address(app: App) {
        let app = app.with_mail().await;
        let (account, mut browser, page) = signed_in_without_address(&app).await;
        let asked = browser.follow(page).await;
        let thief = [("email", "thief@example.org")];
        app.wait(30 * 60 + 1);
        let late = browser.clone().post(&asked.form_action(), &thief).await;
        assert!(late.location().unwrap().starts_with("/authorize/resume"), "{:?}", late.location());
        assert_eq!(now(&app, &account).await.pending_email, None, "the sign-in is too long ago");

        let (mut browser, page) = sign_in(&app).await;
        let asked = browser.follow(page).await;
        assert!(asks_for_address(&asked));
        let (current, chosen) = (Secret::new(PASSWORD), Secret::new(CHOSEN));
        app.accounts.change_password(&account.id, &current, &chosen, Locale::Fr).await.expect("changed");
        let ended = browser.post(&asked.form_action(), &thief).await;
        assert!(ended.location().unwrap().starts_with("/sign-in?journey="), "{:?}", ended.location());
        assert_eq!(now(&app, &account).await.pending_email, None, "the sign-in has ended");
        assert_eq!(app.posted("thief@example.org").await.len(), 0);
    }

    async fn a_first_sign_in_page_left_open_sets_neither_password_nor_address(app: App) {
        let app = app.with_mail().await;
        let (account, browser, page) = newcomer_at_the_page(&app).await;
        let form = [("new-password", CHOSEN), ("email", "thief@example.org")];
        let sent_back = async |browser: &Browser| {
            let back = browser.clone().post(&page.form_action(), &form).await;
            let location = back.location().unwrap();
            assert!(location.starts_with("/sign-in?journey="), "{location}");
            assert_eq!(now(&app, &account).await.pending_email, None);
        };
        let operator = &Mandate::operator();
        app.accounts.disable(&account.id, operator).await.expect("disabled");
        sent_back(&browser).await;
        app.accounts.enable(&account.id, operator).await.expect("enabled");
        sent_back(&browser).await;

        let sender = app.accounts.sender(Some("lyon"), None).expect("a sender");
        let issued = app.accounts.issue_letter(&account.id, &sender, Replacing::OnlyTemporary, operator).await;
        let printed = issued.expect("a letter").password.expect("a password");
        sent_back(&browser).await;
        let (mut other, action) = at_the_form(&app).await;
        let page = try_password(&mut other, &action, "newcomer", printed.printed()).await;
        assert!(page.location().unwrap().starts_with("/first-sign-in"), "the newer letter still opens");
        assert_eq!(app.posted("thief@example.org").await.len(), 0);
    }
}
