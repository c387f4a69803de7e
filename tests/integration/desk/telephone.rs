//! Help by telephone: the caller's page, the matching codes, the spoken code, the new password.

use futures_util::future::join_all;
use guichet::accounts::{Account, Mandate, Replacing};
use guichet::config::SecondManager;
use guichet::kit::secrets::Secret;

use super::{MANAGER, OTHER_MANAGER, OTHER_SUPERVISOR, STAFF, person_of, signed_in, text_of, with_arena};
use crate::federation::upstream::Upstream;
use crate::on_both_engines;
use crate::recovery::{CHOSEN, ask, case_of};
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::{App, Browser};

/// The caller's page.
pub const PAGE: &str = "/forgotten-password/telephone";
/// Where the caller chooses a password.
pub const PASSWORD_PAGE: &str = "/forgotten-password/telephone/password";

/// The installation with an ARENA, where a manager alone may open accesses.
pub async fn alone(app: &App) -> (App, Upstream) {
    let app = app.restarted_with(|settings| settings.desk.second_manager = SecondManager::Never).await;
    with_arena(&app).await
}

/// Somebody of the académie de Lyon on the telephone with a manager, each before their own browser.
struct Call {
    app: App,
    upstream: Upstream,
    account: Account,
    manager: Browser,
    caller: Browser,
}

/// A call of somebody who has just asked for help, to a manager who alone may open accesses.
async fn call(app: &App) -> Call {
    let (app, upstream) = alone(app).await;
    let account = person_of(&app, "pleroux", "lyon").await;
    let manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
    let mut caller = app.browser();
    ask(&mut caller, "pleroux").await;
    Call { app, upstream, account, manager, caller }
}

/// Where a manager helps a person of the académie de Lyon by telephone.
pub fn desk_page(account: &Account) -> String {
    format!("/desk/lyon/people/{}/telephone", account.id)
}

/// Ticks both boxes of the page that is shown, and sends it.
pub async fn confirm(manager: &mut Browser, shown: &Page) -> Page {
    let mut form: Vec<(&str, String)> =
        ["session", "seen", "case", "attempt"].map(|name| (name, shown.hidden(name))).into();
    form.extend([("codes-match", "yes".to_owned()), ("identity-checked", "yes".to_owned())]);
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    manager.post(&shown.form_action(), &form).await
}

/// The code that a manager gets for somebody who waits.
pub async fn spoken(manager: &mut Browser, account: &Account) -> String {
    let shown = manager.get(&desk_page(account)).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    let page = confirm(manager, &shown).await;
    assert_eq!(page.status, 200, "{}", page.body);
    text_of(&page, "spoken-code")
}

/// Types a code into the caller's page.
pub async fn type_code(caller: &mut Browser, code: &str) -> Page {
    caller.post(PAGE, &[("spoken-code", code)]).await
}

/// A code that passes for one, and is not this one.
fn another(code: &str) -> String {
    let number: u32 = code[..8].parse().unwrap();
    let other = format!("{:08}", (number + 1) % 100_000_000);
    (0..10)
        .map(|digit| format!("{other}{digit}"))
        .find(|code| guichet::accounts::SpokenCode::read(code).is_some())
        .unwrap()
}

/// Asserts that no password can be chosen in this browser.
pub async fn assert_no_progress(caller: &mut Browser) {
    for page in [
        caller.get(PASSWORD_PAGE).await,
        caller.post(PASSWORD_PAGE, &[("new-password", CHOSEN)]).await,
        caller.post(PASSWORD_PAGE, &[]).await,
    ] {
        assert!(
            page.status == 303 || page.status == 410 || page.status == 403,
            "{}: {}",
            page.status,
            page.body
        );
        assert!(
            !page.headers.get_all("set-cookie").iter().any(|set| set.to_str().unwrap().contains("-session="))
        );
    }
}

on_both_engines! {
    async fn a_caller_without_mail_comes_back_and_goes_on_to_the_application(app: App) {
        let (app, upstream) = alone(&app).await;
        let account = person_of(&app, "pleroux", "lyon").await;
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        let mut elsewhere = crate::signin::signed_in(&app, "pleroux").await;

        let mut caller = app.browser();
        let form = caller.password_form(&app.client("app").authorization(&[])).await;
        let forgotten = caller.open(&form.link_to("/forgotten-password")).await;
        let page = caller.submit(&forgotten.form_action(), &[("username", "pleroux")]).await;
        assert_eq!((page.status.as_u16(), page.address.as_str()), (200, PAGE));
        let number = case_of(&page).expect("a case number");

        let cases = manager.get("/desk/lyon/cases").await;
        assert!(cases.body.contains(&format!("{}\u{a0}{}", &number[..3], &number[3..])), "{}", cases.body);
        let shown = manager.get(&cases.link_to("/desk/lyon/people/").replace(&format!("?case={number}"), "/telephone")).await;
        for code in ["caller-code", "manager-code"] {
            assert_eq!(text_of(&shown, code), text_of(&page, code));
        }
        let spoken = confirm(&mut manager, &shown).await;
        let code = text_of(&spoken, "spoken-code");
        assert_eq!(code.len(), 9);

        let asked = caller.get(PAGE).await;
        assert!(asked.body.contains("id=\"spoken-code\""), "{}", asked.body);
        let proven = type_code(&mut caller, &format!(" {}-{} {} ", &code[..3], &code[3..6], &code[6..])).await;
        assert_eq!(proven.location().as_deref(), Some(PASSWORD_PAGE), "{}", proven.body);
        let form = caller.follow(proven).await;
        assert!(form.body.contains("pleroux") && form.body.contains("États de frais"), "{}", form.body);
        let weak = caller.post(&form.form_action(), &[("new-password", "azerty")]).await;
        assert_eq!(weak.status, 422);
        let back = caller.submit(&form.form_action(), &[("new-password", CHOSEN)]).await;
        let client = app.client("app");
        let tokens = client.redeem(&back).await;
        assert_eq!(client.userinfo(&tokens.text("access_token")).await.json["sub"], account.id.as_str());

        assert_eq!(elsewhere.get("/account").await.status, 303, "every other session ended");
        assert!(app.accounts.check_own_password(&account.id, &Secret::new(CHOSEN)).await.unwrap());
        assert!(manager.get("/desk/lyon/cases").await.body.contains("Personne n’attend"));
        assert_eq!(caller.get(PAGE).await.location().as_deref(), Some("/forgotten-password"));
        let history = app.history(&account.id).await;
        for event in ["access-opened", "password-reset", "opening-used", "looked"] {
            assert!(history.iter().any(|known| known == event), "{event} in {history:?}");
        }
    }

    async fn whoever_came_to_no_application_is_signed_in_all_the_same(app: App) {
        let Call { app: _app, upstream: _upstream, account, mut manager, mut caller } = call(&app).await;
        let code = spoken(&mut manager, &account).await;
        type_code(&mut caller, &code).await;
        let home = caller.submit(PASSWORD_PAGE, &[("new-password", CHOSEN)]).await;
        assert_eq!((home.status.as_u16(), home.address.split('?').next()), (200, Some("/")), "{}", home.body);
        assert!(crate::signin::is_signed_in(&caller).await);
    }

    async fn a_request_for_nobody_has_the_same_page_with_the_same_bytes(app: App) {
        let (app, _upstream) = alone(&app).await;
        person_of(&app, "pleroux", "lyon").await;
        let mut pages = Vec::new();
        for identifier in ["pleroux", "nobody"] {
            let mut caller = app.browser();
            let led = caller.post("/forgotten-password", &[("username", identifier)]).await;
            assert_eq!(led.location().as_deref(), Some(PAGE));
            let cookies: Vec<_> = led.headers.get_all("set-cookie").iter().map(http::HeaderValue::len).collect();
            let mut seen = vec![format!("{cookies:?}")];
            for page in [caller.get(PAGE).await, type_code(&mut caller, "000000000").await, caller.get(PAGE).await] {
                let mut body = page.body.clone();
                for id in ["case-number", "caller-code", "manager-code"] {
                    if let Some((before, rest)) = body.split_once(&format!("id=\"{id}\">")) {
                        body = format!("{before}{}", rest.split_once('<').unwrap().1);
                    }
                }
                seen.push(format!("{} {:?} {body}", page.status, page.location()));
            }
            seen.push(caller.get("/forgotten-password/telephone/news").await.body);
            assert_no_progress(&mut caller).await;
            pages.push(seen);
        }
        assert_eq!(pages[0], pages[1]);
    }

    async fn each_attempt_has_matching_codes_of_its_own_on_both_pages(app: App) {
        let (app, upstream) = alone(&app).await;
        let account = person_of(&app, "pleroux", "lyon").await;
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        let mut caller = app.browser();
        let first = ask(&mut caller, "pleroux").await;
        let news = caller.get("/forgotten-password/telephone/news").await.body;
        spoken(&mut manager, &account).await;
        assert_ne!(caller.get("/forgotten-password/telephone/news").await.body, news, "the page has news");
        app.wait(601);
        let second = caller.get(PAGE).await;
        let shown = manager.get(&desk_page(&account)).await;
        let pair = |page: &Page| ["caller-code", "manager-code"].map(|code| text_of(page, code));
        assert_ne!(pair(&first), pair(&second));
        assert_eq!(pair(&shown), pair(&second));
        assert_eq!(case_of(&first), case_of(&second), "the number stays");
    }

    async fn a_code_counts_on_its_own_page_alone(app: App) {
        let (app, upstream) = alone(&app).await;
        let account = person_of(&app, "pleroux", "lyon").await;
        person_of(&app, "other", "lyon").await;
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        let (mut caller, mut stranger) = (app.browser(), app.browser());
        ask(&mut caller, "pleroux").await;
        ask(&mut stranger, "other").await;
        let code = spoken(&mut manager, &account).await;
        for mut other in [stranger, app.browser()] {
            let refused = type_code(&mut other, &code).await;
            assert_eq!(refused.status, 303);
            assert_no_progress(&mut other).await;
        }
        // A cookie that was altered, and one sealed for something else, open no page.
        let mut thief = app.browser();
        let cookie = caller.cookies["__Host-guichet-telephone"].clone();
        let journey = caller.cookies.get("__Host-guichet-browser").cloned().unwrap_or_default();
        for stolen in [format!("{cookie}A"), cookie[1..].to_owned(), journey] {
            thief.cookies.insert("__Host-guichet-telephone".to_owned(), stolen);
            assert_eq!(thief.get(PAGE).await.location().as_deref(), Some("/forgotten-password"));
        }
        assert_eq!(type_code(&mut caller, &code).await.location().as_deref(), Some(PASSWORD_PAGE));
    }

    async fn a_code_counts_once_and_for_ten_minutes(app: App) {
        let Call { app, upstream: _upstream, account, mut manager, mut caller } = call(&app).await;
        let old = spoken(&mut manager, &account).await;
        app.wait(600);
        assert_eq!(type_code(&mut caller, &old).await.location().as_deref(), Some(PAGE));
        assert_no_progress(&mut caller).await;

        let code = spoken(&mut manager, &account).await;
        assert_eq!(type_code(&mut caller, &old).await.status, 422, "the one before does not come back");
        app.wait(599);
        let mut twin = caller.clone();
        let pages = join_all([type_code(&mut caller, &code), type_code(&mut twin, &code)]).await;
        assert!(pages.iter().any(|page| page.location().as_deref() == Some(PASSWORD_PAGE)));
        assert_eq!(caller.get(PASSWORD_PAGE).await.status, 200);
        let mut twin = caller.clone();
        let form = [("new-password", CHOSEN)];
        let pages = join_all([caller.post(PASSWORD_PAGE, &form), twin.post(PASSWORD_PAGE, &form)]).await;
        let entered = pages.iter().filter(|page| page.header("set-cookie").contains("-session=") || page
            .headers.get_all("set-cookie").iter().any(|set| set.to_str().unwrap().contains("-session="))).count();
        assert_eq!(entered, 1, "of two that send a password, one is let in");
    }

    async fn what_was_proved_is_forgotten_when_nothing_comes_of_it(app: App) {
        let Call { app, upstream: _upstream, account, mut manager, mut caller } = call(&app).await;
        let code = spoken(&mut manager, &account).await;
        type_code(&mut caller, &code).await;
        assert_eq!(caller.get(PAGE).await.location().as_deref(), Some(PASSWORD_PAGE));
        app.wait(30 * 60);
        assert_no_progress(&mut caller).await;
        assert_eq!(caller.get(PAGE).await.status, 200, "the page lives on");
    }

    async fn five_wrong_codes_end_a_code_however_they_come(app: App) {
        let Call { app, upstream: _upstream, account, mut manager, mut caller } = call(&app).await;
        let code = spoken(&mut manager, &account).await;
        for slip in ["", "1234", "abc", &code[1..], "１２３４５６７８９"] {
            let page = type_code(&mut caller, slip).await;
            assert!(page.status == 422 && page.body.contains("ne compte pas"), "{}", page.body);
        }
        let wrong = another(&code);
        let other = app.another_node().await;
        let tries = (0..12).map(|number| {
            let mut caller = if number % 2 == 0 { caller.clone() } else { caller.at(&other) };
            let wrong = wrong.clone();
            async move { type_code(&mut caller, &wrong).await }
        });
        let counted = join_all(tries).await.iter().filter(|page| page.body.contains("pas le bon code")).count();
        assert!(counted <= 4, "the fifth ends it: {counted}");
        assert_eq!(app.count("SELECT COUNT(*) FROM recovery_case WHERE code IS NOT NULL").await, 0);
        type_code(&mut caller, &code).await;
        assert_no_progress(&mut caller).await;
        let next = spoken(&mut manager, &account).await;
        assert_eq!(type_code(&mut caller, &next).await.location().as_deref(), Some(PASSWORD_PAGE));
    }

    async fn whatever_changes_the_account_kills_the_code_and_the_proof(app: App) {
        let (app, upstream) = alone(&app).await;
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        for (number, is_proven) in (0..10).map(|number| (number / 2, number % 2 == 0)) {
            let identifier = format!("person{number}{}", if is_proven { "a" } else { "b" });
            let account = person_of(&app, &identifier, "lyon").await;
            let mut caller = app.browser();
            ask(&mut caller, &identifier).await;
            let code = spoken(&mut manager, &account).await;
            if is_proven {
                assert_eq!(type_code(&mut caller, &code).await.location().as_deref(), Some(PASSWORD_PAGE));
            }
            match number {
                0 => drop(ask(&mut caller.clone(), &identifier).await),
                1 => drop(app.accounts.disable(&account.id, &Mandate::operator()).await.unwrap()),
                2 => {
                    let sender = app.accounts.sender(Some("lyon"), None).unwrap();
                    let replacing = Replacing::Personal;
                    app.accounts.issue_letter(&account.id, &sender, replacing, &Mandate::operator()).await.unwrap();
                }
                3 => {
                    let (old, new) = (Secret::new(PASSWORD), Secret::new(CHOSEN));
                    let locale = guichet::kit::locale::Locale::Fr;
                    app.accounts.change_password(&account.id, &old, &new, locale).await.unwrap();
                }
                _ => {
                    let address = guichet::mail::Address::parse("new@example.org").unwrap();
                    app.accounts.set_email(&account.id, Some(&address), &Mandate::operator()).await.unwrap();
                }
            }
            let page = type_code(&mut caller, &code).await;
            assert_ne!(page.location().as_deref(), Some(PASSWORD_PAGE), "{number}");
            assert_no_progress(&mut caller).await;
        }
    }

    async fn strangers_who_ask_in_the_callers_name_disturb_no_call(app: App) {
        let Call { app, upstream: _upstream, account, mut manager, mut caller } = call(&app).await;
        let own = text_of(&caller.get(PAGE).await, "case-number").replace('\u{a0}', "");
        let stranger = async |address: Option<&str>| {
            let mut stranger = app.browser();
            stranger.address = address.map(|address| address.parse().unwrap());
            ask(&mut stranger, "pleroux").await;
            stranger
        };
        // From elsewhere, before anybody is on the telephone: the number tells which request is the caller's.
        app.wait(1);
        stranger(Some("192.0.2.1")).await;
        let shown = manager.get(&format!("{}?case={own}", desk_page(&account))).await;
        assert_eq!(text_of(&shown, "caller-code"), text_of(&caller.get(PAGE).await, "caller-code"));
        assert!(shown.body.contains("id=\"call-others\""), "{}", shown.body);
        let page = confirm(&mut manager, &shown).await;
        let code = text_of(&page, "spoken-code");
        // From the caller's own network, while the code counts; and once it was typed.
        app.wait(1);
        let mut near = stranger(None).await;
        let shown = manager.get(&desk_page(&account)).await;
        assert_eq!(shown.hidden("case"), own, "the call in progress comes first");
        type_code(&mut near, &code).await;
        assert_no_progress(&mut near).await;
        assert_eq!(type_code(&mut caller, &code).await.location().as_deref(), Some(PASSWORD_PAGE));
        for address in [None, Some("192.0.2.1"), Some("192.0.2.2")] {
            stranger(address).await;
        }
        for number in 0..12 {
            stranger(Some(&format!("198.51.100.{number}"))).await;
        }
        let done = caller.submit(PASSWORD_PAGE, &[("new-password", CHOSEN)]).await;
        assert_eq!(done.status, 200, "{}", done.body);
        assert!(crate::signin::is_signed_in(&caller).await);
        assert_eq!(app.count("SELECT COUNT(*) FROM recovery_case").await, 0, "a new password ends them all");
    }

    async fn whoever_asks_anew_in_their_own_browser_ends_their_own_code(app: App) {
        let Call { app: _app, upstream: _upstream, account, mut manager, mut caller } = call(&app).await;
        let code = spoken(&mut manager, &account).await;
        let before = caller.clone();
        ask(&mut caller, "pleroux").await;
        for mut caller in [before, caller] {
            type_code(&mut caller, &code).await;
            assert_no_progress(&mut caller).await;
        }
    }

    async fn steps_out_of_order_or_without_what_they_need_make_no_code(app: App) {
        let (app, upstream) = alone(&app).await;
        let account = person_of(&app, "pleroux", "lyon").await;
        let other = person_of(&app, "other", "lyon").await;
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        let without = manager.get(&desk_page(&account)).await;
        assert!(without.body.contains("pas de demande ouverte"), "{}", without.body);
        let mut caller = app.browser();
        ask(&mut caller, "pleroux").await;
        let shown = manager.get(&desk_page(&account)).await;
        let all: Vec<(&str, String)> =
            ["session", "seen", "case", "attempt"].map(|name| (name, shown.hidden(name))).into();
        let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (*name, value.as_str()))
            .chain([("codes-match", "yes"), ("identity-checked", "yes")]).collect();
        let action = shown.form_action();
        for missing in 0..all.len() {
            let mut form = all.clone();
            form.remove(missing);
            let page = manager.post(&action, &form).await;
            assert_ne!(page.status, 200, "without {}: {}", all[missing].0, page.body);
        }
        for (name, wrong) in [("seen", "x"), ("case", "000000"), ("attempt", "7"), ("attempt", "-1"), ("session", "x"), ("codes-match", "no")] {
            let form: Vec<_> = all.iter().map(|(key, value)| (*key, if *key == name { wrong } else { value })).collect();
            let page = manager.post(&action, &form).await;
            assert_ne!(page.status, 200, "{name}={wrong}: {}", page.body);
        }
        assert_ne!(manager.post(&action, &[]).await.status, 200);
        // The case of one person under the address of another.
        assert_ne!(manager.post(&desk_page(&other), &all).await.status, 200);
        assert_eq!(app.count("SELECT COUNT(*) FROM recovery_case WHERE code IS NOT NULL").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM access_opening").await, 0);
        assert_eq!(type_code(&mut caller, "000000000").await.location().as_deref(), Some(PAGE));
        assert_eq!(manager.post(&action, &all).await.status, 200);
    }

    async fn two_clicks_and_two_managers_get_one_code(app: App) {
        let (app, upstream) = alone(&app).await;
        let account = person_of(&app, "pleroux", "lyon").await;
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        let mut colleague = signed_in(&app, &upstream, "colette", MANAGER).await;
        ask(&mut app.browser(), "pleroux").await;
        let shown = manager.get(&desk_page(&account)).await;
        let theirs = colleague.get(&desk_page(&account)).await;
        let mut twin = manager.clone();
        let (first, second, third) = tokio::join!(
            confirm(&mut manager, &shown),
            confirm(&mut twin, &shown),
            confirm(&mut colleague, &theirs),
        );
        let given = [&first, &second, &third].iter().filter(|page| page.status == 200).count();
        assert_eq!(given, 1, "{} {} {}", first.status, second.status, third.status);
        assert_eq!(app.count("SELECT COUNT(*) FROM access_opening").await, 1);
        // Sent again, as by the back button: nothing is shown twice.
        let again = confirm(&mut manager, &shown).await;
        assert!(again.status == 409 && !again.body.contains("id=\"spoken-code\""), "{}", again.body);
    }

    async fn nobody_else_comes_near_a_call(app: App) {
        let (app, upstream) = alone(&app).await;
        let account = person_of(&app, "pleroux", "lyon").await;
        let elsewhere = person_of(&app, "ddurand", "dgrh").await;
        ask(&mut app.browser(), "pleroux").await;
        ask(&mut app.browser(), "ddurand").await;
        let nowhere = "/desk/lyon/people/nobody/telephone".to_owned();
        for (subject, function) in [("dgrh", OTHER_MANAGER), ("supervisor", OTHER_SUPERVISOR), ("teacher", STAFF)] {
            let mut browser = signed_in(&app, &upstream, subject, function).await;
            for path in [desk_page(&account), format!("{}/news", desk_page(&account)), nowhere.clone()] {
                assert_eq!(browser.get(&path).await.status, 404, "{subject} {path}");
                assert_eq!(browser.post(&desk_page(&account), &[("case", "000000")]).await.status, 404);
            }
        }
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        let (there, gone) = (manager.get(&desk_page(&elsewhere)).await, manager.get(&nowhere).await);
        assert_eq!((there.status.as_u16(), gone.status.as_u16()), (404, 404));
        assert_eq!(
            manager.get(&format!("{}/news", desk_page(&elsewhere))).await.body,
            manager.get(&format!("{nowhere}/news")).await.body
        );
        assert_eq!(app.browser().get(&desk_page(&account)).await.status, 303);
        let mut external = crate::signin::signed_in(&app, "ddurand").await;
        assert_eq!(external.get(&desk_page(&account)).await.status, 404);
    }
}

on_both_engines! {
    with_mail
    async fn an_address_given_with_the_password_is_to_be_confirmed(app: App) {
        let Call { app, upstream: _upstream, account, mut manager, mut caller } = call(&app).await;
        let code = spoken(&mut manager, &account).await;
        type_code(&mut caller, &code).await;
        let faulty = caller.post(PASSWORD_PAGE, &[("new-password", CHOSEN), ("email", "p@orange.f")]).await;
        assert_eq!(faulty.status, 422);
        let form = [("accepted", faulty.hidden("accepted")), ("email", "p@orange.fr".to_owned())];
        let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let entered = caller.post(PASSWORD_PAGE, &form).await;
        assert_eq!(entered.status, 303, "{}", entered.body);
        let now = app.accounts.by_id(&account.id).await.unwrap().unwrap();
        assert_eq!((now.email.as_deref(), now.pending_email.as_deref()), (None, Some("p@orange.fr")));
        assert_eq!(app.kinds_of_mails("p@orange.fr").await, ["confirm-address"]);
    }
}
