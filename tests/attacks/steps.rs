//! Every way of several steps, walked out of order: each step first, with nothing in it, with everything twice, in other browsers, and
//! again when the way is over. Nothing gets on by it.

use guichet::accounts::Account;
use http::Method;
use sqlx::AssertSqlSafe;

use super::scene::grants;
use crate::desk::imports::{LIST, send};
use crate::desk::managers::{session_of, with_code};
use crate::desk::telephone::{PAGE, PASSWORD_PAGE, alone, spoken};
use crate::desk::{OTHER_SUPERVISOR, SUPERVISOR, person_of, signed_in as signed_in_at_arena};
use crate::federation::upstream::CODE;
use crate::oidc::{form_encoded, refusal};
use crate::on_both_engines;
use crate::recovery::{CHOSEN, ask, link_for};
use crate::signin::{at_the_form, signed_in, upstream_door};
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::{App, Browser};

/// Whether a step counts only where the steps before were made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counts {
    /// In the browser that came so far.
    Here,
    /// Anywhere: a link from a mail, or a form for everybody.
    Anywhere,
}

/// Whether a step may be made again when the way is over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    /// It gets nobody on.
    InVain,
    /// It asks for what was allowed, and gets it.
    Allowed,
}

/// A step that was made.
struct Step {
    method: Method,
    address: String,
    form: Vec<(String, String)>,
    again: Again,
}

/// Somebody on a way, and others who try to walk it in their place.
struct Walk {
    app: App,
    browser: Browser,
    strangers: Vec<Browser>,
    made: Vec<Step>,
}

/// Everything that getting on would change.
async fn standing(app: &App) -> Vec<String> {
    let mut connection = app.database.read().await.expect("a connection");
    let mut standing = Vec::new();
    for query in [
        "SELECT 'session ' || sid || ' of ' || account_id FROM browser_session",
        "SELECT 'grant ' || id || ' to ' || client_id FROM oauth_grant",
        "SELECT 'consent of ' || account_id || ' to ' || client_id || ' for ' || scope FROM consent",
        "SELECT 'password ' || hash || ' of ' || account_id FROM password",
        "SELECT 'address ' || COALESCE(email, '-') || ' or ' || COALESCE(pending_email, '-') || ' of ' || id FROM account",
        "SELECT 'person ' || id || CAST(email_verified AS TEXT) || CAST(access_epoch AS TEXT) FROM account",
        "SELECT 'device ' || COALESCE(decision, '-') FROM device_request",
        "SELECT 'manager ' || account_id || ' is ' || rank FROM manager",
        "SELECT 'list ' || id || ' is ' || state FROM people_list",
        "SELECT 'letter ' || number FROM letter",
    ] {
        let query = AssertSqlSafe(format!("{query} ORDER BY 1"));
        let rows: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut *connection).await.expect("rows");
        standing.extend(rows);
    }
    standing
}

impl Walk {
    fn new(app: &App, browser: &Browser, strangers: Vec<Browser>) -> Self {
        Self { app: app.clone(), browser: browser.clone(), strangers, made: Vec::new() }
    }

    async fn send(browser: &mut Browser, method: &Method, address: &str, form: &[(String, String)]) -> Page {
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        if *method == Method::POST { browser.post(address, &form).await } else { browser.get(address).await }
    }

    /// Sees that something that was tried got nobody on.
    async fn assert_in_vain(&self, before: &[String], page: &Page, case: &str) {
        assert!(!page.status.is_server_error(), "{case}: {} {}", page.status, page.body);
        assert!(!grants(page), "{case}: {:?}", page.headers);
        assert_eq!(standing(&self.app).await, before, "{case}");
    }

    /// Makes a step, after it was tried in every wrong way.
    async fn step(
        &mut self,
        method: Method,
        address: &str,
        form: &[(&str, &str)],
        counts: Counts,
        again: Again,
    ) -> Page {
        let form: Vec<(String, String)> =
            form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let before = standing(&self.app).await;
        let case = format!("{method} {address}");
        if counts == Counts::Here {
            let nobody = self.app.browser();
            for (number, stranger) in self.strangers.iter().chain([&nobody]).enumerate() {
                let page = Self::send(&mut stranger.clone(), &method, address, &form).await;
                self.assert_in_vain(&before, &page, &format!("{case} by stranger {number}")).await;
            }
        }
        if method == Method::POST {
            let empty = Self::send(&mut self.browser.clone(), &method, address, &[]).await;
            self.assert_in_vain(&before, &empty, &format!("{case} with nothing")).await;
            let blank: Vec<_> = form.iter().map(|(name, _)| (name.clone(), String::new())).collect();
            let blank = Self::send(&mut self.browser.clone(), &method, address, &blank).await;
            self.assert_in_vain(&before, &blank, &format!("{case} with nothing in its fields")).await;
            let twice = [form.clone(), form.clone()].concat();
            let twice = Self::send(&mut self.browser.clone(), &method, address, &twice).await;
            if !form.is_empty() {
                self.assert_in_vain(&before, &twice, &format!("{case} with everything twice")).await;
            }
        }
        let page = Self::send(&mut self.browser, &method, address, &form).await;
        assert!(
            page.status.is_success() || page.status.is_redirection(),
            "{case}: {} {}",
            page.status,
            page.body
        );
        self.made.push(Step { method, address: address.to_owned(), form, again });
        page
    }

    async fn get(&mut self, address: &str, counts: Counts) -> Page {
        self.step(Method::GET, address, &[], counts, Again::InVain).await
    }

    async fn post(&mut self, address: &str, form: &[(&str, &str)], counts: Counts) -> Page {
        self.step(Method::POST, address, form, counts, Again::InVain).await
    }

    /// Walks the whole way again, forwards and backwards, now that it is over.
    async fn is_over(&self) {
        let before = standing(&self.app).await;
        let repeatable = || self.made.iter().filter(|step| step.again == Again::InVain);
        for step in repeatable().chain(self.made.iter().rev().filter(|step| step.again == Again::InVain)) {
            let nobody = self.app.browser();
            for browser in [&self.browser, &nobody].into_iter().chain(&self.strangers) {
                let page = Self::send(&mut browser.clone(), &step.method, &step.address, &step.form).await;
                self.assert_in_vain(&before, &page, &format!("{} {} again", step.method, step.address)).await;
            }
        }
    }
}

/// A browser in the middle of a sign-in of its own.
async fn midway(app: &App) -> Browser {
    at_the_form(app).await.0
}

async fn somebody_else(app: &App) -> Browser {
    app.person("stranger").await;
    signed_in(app, "stranger").await
}

async fn without_address(app: &App, account: &Account) {
    app.sql("UPDATE account SET email = NULL WHERE id = $1", account.id.as_str()).await;
}

on_both_engines! {
    async fn a_first_sign_in_is_walked_in_order_alone(app: App) {
        let app = app.with_mail().await;
        let (account, printed) = app.newcomer("newcomer").await;
        without_address(&app, &account).await;
        let (browser, action) = at_the_form(&app).await;
        let mut walk = Walk::new(&app, &browser, vec![midway(&app).await]);
        let early = browser.clone().post(&action.replace("/sign-in/external", "/first-sign-in"), &[("new-password", CHOSEN)]).await;
        assert!(!grants(&early));
        let page = walk.post(&action, &[("username", "newcomer"), ("password", &printed)], Counts::Here).await;
        let page = walk.get(&page.location().unwrap(), Counts::Here).await;
        let form = [("new-password", CHOSEN), ("email", "neuve@example.org")];
        let back = walk.post(&page.form_action(), &form, Counts::Here).await;
        walk.is_over().await;
        walk.browser.follow(back).await.code();
    }

    async fn a_password_is_reset_by_its_link_once(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let mut walk = Walk::new(&app, &app.browser(), vec![midway(&app).await]);
        walk.post("/forgotten-password", &[("username", "elefevre")], Counts::Anywhere).await;
        let early = app.browser().post("/reset-password", &[("new-password", CHOSEN)]).await;
        assert!(!grants(&early));
        let link = link_for(&app, "elefevre").await;
        let form = walk.get(&link, Counts::Anywhere).await.form_action();
        walk.post(&form, &[("new-password", CHOSEN)], Counts::Anywhere).await;
        walk.is_over().await;
    }

    async fn help_by_telephone_is_walked_in_order_alone(app: App) {
        let (app, upstream) = alone(&app).await;
        let account = person_of(&app, "pleroux", "lyon").await;
        person_of(&app, "other", "lyon").await;
        let mut manager = signed_in_at_arena(&app, &upstream, "chantal", SUPERVISOR).await;
        let (mut caller, mut other) = (app.browser(), app.browser());
        for address in [PAGE, PASSWORD_PAGE, "/forgotten-password/telephone/news"] {
            assert!(!grants(&caller.clone().get(address).await));
            assert!(!grants(&caller.clone().post(address, &[("new-password", CHOSEN)]).await));
        }
        ask(&mut caller, "pleroux").await;
        ask(&mut other, "other").await;
        let before = standing(&app).await;
        for form in [vec![], vec![("new-password", CHOSEN)], vec![("spoken-code", "")]] {
            assert!(!grants(&caller.clone().post(PASSWORD_PAGE, &form).await));
            assert!(!grants(&caller.clone().post(PAGE, &form).await));
        }
        assert_eq!(standing(&app).await, before);
        let code = spoken(&mut manager, &account).await;
        let mut walk = Walk::new(&app, &caller, vec![other, midway(&app).await]);
        walk.get(PAGE, Counts::Here).await;
        assert!(!grants(&caller.clone().post(PASSWORD_PAGE, &[("new-password", CHOSEN)]).await));
        walk.post(PAGE, &[("spoken-code", &code)], Counts::Here).await;
        let form = walk.get(PASSWORD_PAGE, Counts::Here).await.form_action();
        walk.post(&form, &[("new-password", CHOSEN)], Counts::Here).await;
        walk.is_over().await;
    }

    async fn an_address_is_confirmed_by_its_link_once(app: App) {
        let app = app.with_mail().await;
        app.person("elefevre").await;
        let browser = signed_in(&app, "elefevre").await;
        let mut walk = Walk::new(&app, &browser, vec![somebody_else(&app).await]);
        let session = walk.get("/account/mail-address", Counts::Here).await.hidden("session");
        let form = [
            ("session", session.as_str()), ("email", "neuve@example.org"), ("current-password", PASSWORD), ("decision", "give"),
        ];
        // It may be given again, and is another one then.
        walk.step(Method::POST, "/account/mail-address", &form, Counts::Here, Again::Allowed).await;
        let link = app.mail("confirm-address", "neuve@example.org").await.link();
        let confirm = walk.get(&link, Counts::Anywhere).await.form_action();
        let early = app.browser().post("/mail-address/confirm", &[]).await;
        assert!(!grants(&early));
        let before = standing(&app).await;
        // The form has no fields: what opens is its address.
        let page = app.browser().post(&confirm, &[]).await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert_ne!(standing(&app).await, before);
        walk.is_over().await;
        let before = standing(&app).await;
        assert_eq!(app.browser().post(&confirm, &[]).await.status, 410);
        assert_eq!(standing(&app).await, before);
    }

    async fn a_device_is_let_in_by_whoever_was_asked_once(app: App) {
        app.person("elefevre").await;
        let browser = signed_in(&app, "elefevre").await;
        let tv = app.client("tv");
        let device = tv.post("/device_authorization", &[("scope", "openid")]).await;
        let poll = async || {
            app.wait(6);
            let by_device = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
            tv.token(&[by_device, ("device_code", &device.text("device_code"))]).await
        };
        let mut walk = Walk::new(&app, &browser, vec![somebody_else(&app).await, midway(&app).await]);
        let early = browser.clone().post("/device/confirm", &[("decision", "allow")]).await;
        assert!(!grants(&early));
        assert_eq!(refusal(&poll().await), (400, "authorization_pending".to_owned()));
        let page = walk.post("/device", &[("user_code", &device.text("user_code"))], Counts::Here).await;
        let page = walk.get(&page.location().unwrap(), Counts::Here).await;
        assert_eq!(refusal(&poll().await), (400, "authorization_pending".to_owned()));
        walk.post(&page.form_action(), &[("decision", "allow")], Counts::Here).await;
        walk.is_over().await;
        let tokens = poll().await;
        assert_eq!(tokens.status, 200, "{}", tokens.json);
        walk.is_over().await;
        assert_eq!(refusal(&poll().await), (400, "invalid_grant".to_owned()));
        assert_eq!(tv.refresh(&tokens.text("refresh_token")).await.status, 400, "who comes twice ends what was given");
    }

    async fn consent_is_given_by_whoever_was_asked(app: App) {
        app.person("elefevre").await;
        let mut browser = signed_in(&app, "elefevre").await;
        let third = app.client("third");
        let page = browser.open(&third.authorization(&[])).await;
        let mut walk = Walk::new(&app, &browser, vec![somebody_else(&app).await, midway(&app).await]);
        let (unasked, _) = page.form_action().split_once("&asked=").map(|(before, asked)| (before.to_owned(), asked.to_owned())).unwrap();
        let before = standing(&app).await;
        for address in [unasked.as_str(), "/consent"] {
            assert!(!grants(&browser.clone().post(address, &[("decision", "allow")]).await));
        }
        assert_eq!(standing(&app).await, before);
        walk.get(&page.address, Counts::Here).await;
        let back = walk.step(Method::POST, &page.form_action(), &[("decision", "allow")], Counts::Here, Again::Allowed).await;
        back.code();
        walk.is_over().await;
    }

    async fn a_pushed_request_gives_one_code(app: App) {
        app.person("elefevre").await;
        let client = app.client("app");
        let asked = client.authorization(&[]);
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(asked.split_once('?').unwrap().1.as_bytes()).into_owned().collect();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let pushed = client.post("/par", &pairs).await.text("request_uri");
        let named = |id: &str| format!("/authorize?{}", form_encoded(&[("client_id", id), ("request_uri", &pushed)]));
        let browser = app.browser();
        let mut walk = Walk::new(&app, &browser, vec![midway(&app).await]);
        for other in ["third", "post", "native", "nobody", ""] {
            assert!(browser.clone().get(&named(other)).await.location().is_none(), "{other}");
        }
        walk.get(&named("app"), Counts::Anywhere).await;
        walk.browser.sign_in(&named("app"), "elefevre").await.code();
        walk.is_over().await;
    }

    async fn an_upstream_answers_one_browser_once(app: App) {
        let (app, upstream) = upstream_door::with_arena(&app).await;
        upstream_door::vouch_for(&upstream, "person-1", "Élodie");
        let mut browser = app.browser();
        let early = browser.clone().get(&format!("/federation/arena/callback?code={CODE}&state=x")).await;
        assert!(!grants(&early));
        let authorization = app.client("app").authorization(&[]);
        let mut other = app.browser();
        upstream_door::depart(&mut other, &upstream, &authorization).await;
        let state = upstream_door::depart(&mut browser, &upstream, &authorization).await;
        let mut walk = Walk::new(&app, &browser, vec![other, midway(&app).await]);
        let before = standing(&app).await;
        for query in ["", "state=&code=", &format!("code={CODE}"), &format!("state={state}x&code={CODE}"), &format!("state={state}&state={state}&code={CODE}")] {
            let page = browser.clone().get(&format!("/federation/arena/callback?{query}")).await;
            walk.assert_in_vain(&before, &page, query).await;
        }
        let back = walk.get(&format!("/federation/arena/callback?code={CODE}&state={state}"), Counts::Here).await;
        walk.browser.follow(back).await.code();
        walk.is_over().await;
    }

    async fn a_sign_out_is_confirmed_by_whoever_is_signed_in(app: App) {
        app.person("elefevre").await;
        let mut browser = signed_in(&app, "elefevre").await;
        let decision = browser.get("/logout").await.hidden("decision");
        let mut other = somebody_else(&app).await;
        let theirs = other.get("/logout").await.hidden("decision");
        let mut walk = Walk::new(&app, &browser, vec![other, midway(&app).await]);
        let before = standing(&app).await;
        let page = browser.clone().post("/logout", &[("decision", &theirs)]).await;
        walk.assert_in_vain(&before, &page, "with another's decision").await;
        walk.post("/logout", &[("decision", &decision)], Counts::Here).await;
        walk.is_over().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM browser_session").await, 1);
    }

    async fn a_list_is_read_in_once_it_was_looked_at(app: App) {
        let (app, upstream) = upstream_door::with_arena(&app).await;
        let mut browser = signed_in_at_arena(&app, &upstream, "resp", SUPERVISOR).await;
        let other = signed_in_at_arena(&app, &upstream, "theirs", OTHER_SUPERVISOR).await;
        let page = browser.get("/desk/lyon/imports").await;
        let own = send(&mut browser, &page, ("liste.csv", LIST.as_bytes())).await.location().expect("its page");
        let session = session_of(&mut browser).await;
        let form = [("session", session.as_str()), ("letters", "with")];
        // Before anybody looked at it, nothing starts.
        let early = browser.clone().post(&format!("{own}/start"), &form).await;
        assert!(!early.status.is_server_error(), "{}", early.status);
        app.work_at_papers().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE upstream IS NULL").await, 0);
        let mut walk = Walk::new(&app, &browser, vec![other, midway(&app).await]);
        walk.get(&own, Counts::Here).await;
        walk.post(&format!("{own}/start"), &form, Counts::Here).await;
        walk.is_over().await;
        app.work_at_papers().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE upstream IS NULL").await, 2);
        walk.is_over().await;
        let withdraw = format!("{own}/withdraw");
        let before = standing(&app).await;
        let page = walk.browser.clone().post(&withdraw, &form).await;
        walk.assert_in_vain(&before, &page, "withdrawn too late").await;
    }

    async fn a_manager_is_named_once(app: App) {
        let (app, upstream) = upstream_door::with_arena(&app).await;
        let mut browser = signed_in_at_arena(&app, &upstream, "resp", SUPERVISOR).await;
        let other = signed_in_at_arena(&app, &upstream, "theirs", OTHER_SUPERVISOR).await;
        let (staff, code) = with_code(&app, &upstream, "teacher").await;
        let session = session_of(&mut browser).await;
        let mut walk = Walk::new(&app, &browser, vec![other, staff, midway(&app).await]);
        walk.post("/desk/lyon/managers/code", &[("session", &session), ("code", &code)], Counts::Here).await;
        let form = [("session", session.as_str()), ("code", &code), ("rank", "manager"), ("reason", "arrivée au bureau")];
        walk.post("/desk/lyon/managers/name", &form, Counts::Here).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM manager").await, 1);
        walk.strangers.remove(1);
        walk.is_over().await;
    }
}
