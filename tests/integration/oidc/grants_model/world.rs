//! A person, their browser and two clients of a running installation, to whom the steps happen.
//!
//! Each request is answered by one of two nodes in turn, so that what one of them knows is known to the other.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use guichet::accounts::{AccountId, Mandate};
use serde_json::json;

use super::model::{Authorized, ClientName, Given, Model, Scopes, Way, Worth};
use super::steps::{By, Consent, Prompt, Proof, Step, Switch, Then};
use crate::oidc::registration::{CALLBACK, initial_token, register, send};
use crate::support::app::PASSWORD;
use crate::support::browser::Page;
use crate::support::client::{Answer, VERIFIER};
use crate::support::{App, Browser, Client};

const OPERATOR: &Mandate = &Mandate::operator();
/// How many of the tokens that there are are looked at after each step; at the end, all of them.
const LOOKED_AT: usize = 3;

/// Why a step or a look after it is not as the model says.
type Difference = String;

/// How often the product answered what, in all sequences: a run in which one of these is missing has tried too little.
#[derive(Default)]
pub struct Tally(Mutex<BTreeMap<String, u32>>);

impl Tally {
    fn note(&self, answer: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(answer.to_owned()).or_default() += 1;
    }

    /// What was answered, and how often.
    pub fn counts(&self) -> BTreeMap<String, u32> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub struct World<'a> {
    app: &'a App,
    other: &'a App,
    model: Model,
    account: AccountId,
    identifier: String,
    password: String,
    passwords_so_far: u32,
    browser: Browser,
    first_party: Client,
    third_party: Client,
    /// What the third party was told when it registered.
    registration: Answer,
    /// How many requests there were.
    requests: usize,
    tally: &'a Tally,
}

impl<'a> World<'a> {
    pub async fn new(app: &'a App, other: &'a App, tally: &'a Tally) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let identifier = format!("person-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let metadata = json!({
            "client_name": "First", "redirect_uris": [CALLBACK], "scope": Scopes::ALL.list(),
            "grant_types": ["authorization_code", "refresh_token"], "first_party": true,
            "id_token_signed_response_alg": "ES256",
        });
        let metadata = metadata.as_object().expect("an object").clone();
        let first = app.clients.add(None, metadata).await.expect("a client");
        let secret = first.secret.expect("a secret");
        let token = initial_token(app, Some(1)).await;
        let registration = register(app, Some(&token), &third_party(Scopes::ALL)).await;
        assert_eq!(registration.status, 201, "{}", registration.json);
        Self {
            model: Model::new(app.clock.now().seconds()),
            account: app.person(&identifier).await.id,
            identifier,
            password: PASSWORD.to_owned(),
            passwords_so_far: 0,
            browser: app.browser(),
            first_party: Client::registered(app.clone(), first.id.as_str(), CALLBACK, secret.expose()),
            third_party: crate::oidc::registration::client_of(app, &registration),
            registration,
            requests: 0,
            tally,
            app,
            other,
        }
    }

    /// Lets a sequence happen; tells the first thing that is not as the model says.
    pub async fn play(mut self, steps: &[Step]) -> Result<(), Difference> {
        for (place, step) in steps.iter().enumerate() {
            let at = |difference| format!("step {place}, {step:?}: {difference}");
            self.happen(step).await.map_err(at)?;
            self.look(place, LOOKED_AT).await.map_err(at)?;
        }
        self.look(0, usize::MAX).await.map_err(|difference| format!("at the end: {difference}"))
    }

    async fn happen(&mut self, step: &Step) -> Result<(), Difference> {
        match step {
            Step::Authorize { client, scopes, prompt, answer, then } => {
                let before = self.model.grants.len();
                self.authorize(*client, *scopes, *prompt, *answer).await?;
                if self.model.grants.len() > before && *then == Then::Redeem {
                    self.redeem(0, By::Owner, Proof::Right).await?;
                }
                Ok(())
            }
            Step::Redeem { grant, by, proof } => self.redeem(*grant, *by, *proof).await,
            Step::Refresh { grant, token, by, scopes } => self.refresh(*grant, *token, *by, *scopes).await,
            Step::IntrospectAccess { grant, token, by } => self.introspect_access(*grant, *token, *by).await,
            Step::IntrospectRefresh { grant, token, by } => {
                self.introspect_refresh(*grant, *token, *by).await
            }
            Step::RevokeAccess { grant, token, by } => self.revoke_access(*grant, *token, *by).await,
            Step::RevokeRefresh { grant, token, by } => self.revoke_refresh(*grant, *token, *by).await,
            Step::Withdraw => self.withdraw().await,
            Step::SignOut => self.sign_out().await,
            Step::EndEverything => self.end_everything().await,
            Step::NewPassword => self.choose_password().await,
            Step::SetAccount(switch) => self.set_account(*switch).await,
            Step::SetClient(client, switch) => self.set_client(*client, *switch).await,
            Step::Reregister(scopes) => self.reregister(*scopes).await,
            Step::Sweep => {
                self.app.janitor.sweep().await.map_err(|error| error.to_string())?;
                self.model.sweep();
                Ok(())
            }
            Step::Wait(seconds) => {
                self.app.wait(*seconds);
                self.model.now = self.app.clock.now().seconds();
                Ok(())
            }
        }
    }

    /// Compares what some tokens are worth with what the model says: the newest, and others by turns.
    async fn look(&mut self, turn: usize, most: usize) -> Result<(), Difference> {
        let mut tokens: Vec<(usize, Kind, usize)> = Vec::new();
        for (grant, found) in self.model.grants.iter().enumerate() {
            tokens.extend((0..found.access.len()).map(|token| (grant, Kind::Access, token)));
            tokens.extend((0..found.refresh.len()).map(|token| (grant, Kind::Refresh, token)));
        }
        tokens.reverse();
        if most < tokens.len() {
            let length = tokens.len();
            tokens[1..].rotate_left((turn * (most - 1)) % (length - 1));
        }
        for (grant, kind, token) in tokens.into_iter().take(most) {
            let owner = self.model.grants[grant].client;
            self.compare_worth(grant, kind, token, owner).await?;
        }
        Ok(())
    }

    async fn authorize(
        &mut self,
        name: ClientName,
        scopes: Scopes,
        prompt: Prompt,
        answer: Consent,
    ) -> Result<(), Difference> {
        let expected = self.model.authorize(name, scopes, prompt, answer);
        let scope = scopes.list();
        let prompted = match prompt {
            Prompt::AsNeeded => "",
            Prompt::Silent => "none",
            Prompt::Anew => "login",
        };
        let request = self.client(name).authorization(&[("scope", &scope), ("prompt", prompted)]);
        self.turn_browser();
        let mut page = self.browser.open(&request).await;
        let signs_in = page.address.starts_with("/sign-in");
        let mut is_let_in = true;
        if signs_in {
            page = self.sign_in(&page).await;
            is_let_in = !page.address.starts_with("/sign-in");
        }
        let is_asked = page.status == 200 && page.address.starts_with("/consent");
        if is_asked {
            let decision = if answer == Consent::Allow { "allow" } else { "deny" };
            page = self.browser.submit(&page.form_action(), &[("decision", decision)]).await;
        }
        let end = end_of(&page, is_let_in);
        self.tally.note(&format!("authorization: {end}"));
        let seen = (signs_in, is_asked, end);
        let Way { signs_in, is_asked, end: expected } = expected;
        let told = match expected {
            Authorized::Closed => "closed".to_owned(),
            Authorized::NotLetIn => "not let in".to_owned(),
            Authorized::Code => "a code".to_owned(),
            Authorized::Error(error) => error.to_owned(),
        };
        differ(&(signs_in, is_asked, told), &seen)?;
        if expected == Authorized::Code {
            self.model.note_code(name, scopes, page.code());
        }
        Ok(())
    }

    /// Signs in from the choice of situations; gives the page at the end.
    async fn sign_in(&mut self, choice: &Page) -> Page {
        let door = self.browser.open(&choice.link_to("/sign-in/external")).await;
        let form = [("username", self.identifier.as_str()), ("password", self.password.as_str())];
        let page = self.browser.submit(&door.form_action(), &form).await;
        if page.address.starts_with("/sign-in") {
            // Otherwise the next ones would have to wait.
            let mut transaction = self.app.database.write().await.expect("a transaction");
            self.app.throttle.unlock(&mut transaction, &self.identifier).await.expect("no wait");
            transaction.commit().await.expect("committed");
        }
        page
    }

    async fn redeem(&mut self, grant: usize, by: By, proof: Proof) -> Result<(), Difference> {
        let Some(grant) = newest(self.model.grants.len(), grant) else { return Ok(()) };
        let client = self.by(grant, by);
        let code = self.model.grants[grant].code.clone();
        let mut form = vec![("grant_type", "authorization_code"), ("code", code.as_str())];
        form.push(match proof {
            Proof::WrongRedirectUri => ("redirect_uri", "https://rp.example/another"),
            _ => ("redirect_uri", CALLBACK),
        });
        form.extend(match proof {
            Proof::NoVerifier => None,
            Proof::WrongVerifier => Some(("code_verifier", "a-wrong-verifier-of-forty-three-characters-x")),
            _ => Some(("code_verifier", VERIFIER)),
        });
        let expected = self.model.redeem(grant, client, proof);
        let answer = self.asks(client).token(&form).await;
        self.tally.note(&format!("code: {}", outcome_of(&answer)));
        self.compare_given(grant, expected, &answer)
    }

    async fn refresh(
        &mut self,
        grant: usize,
        token: usize,
        by: By,
        scopes: Option<Scopes>,
    ) -> Result<(), Difference> {
        let Some((grant, token)) = self.refresh_token(grant, token) else { return Ok(()) };
        let client = self.by(grant, by);
        let text = self.model.grants[grant].refresh[token].clone();
        let scope = scopes.map(Scopes::list);
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", text.as_str())];
        form.extend(scope.as_deref().map(|scope| ("scope", scope)));
        let expected = self.model.refresh(grant, token, client, scopes);
        let answer = self.asks(client).token(&form).await;
        self.tally.note(&format!("refresh: {}", outcome_of(&answer)));
        self.compare_given(grant, expected, &answer)
    }

    fn compare_given(&mut self, grant: usize, expected: Given, answer: &Answer) -> Result<(), Difference> {
        let (scopes, generation) = match expected {
            Given::Refused(status, error) => return refused((status, error), answer),
            Given::Tokens { scopes, generation } => (scopes, generation),
        };
        if answer.status != 200 {
            return Err(format!("expected {expected:?}, got {} {}", answer.status, answer.json));
        }
        differ(&scopes, &Scopes::read(&answer.text("scope")))?;
        differ(&scopes.list().contains("openid"), &answer.json.get("id_token").is_some())?;
        let refresh = answer.text("refresh_token");
        let before = &self.model.grants[grant].refresh;
        match before.get(generation) {
            Some(known) => {
                self.tally.note("refresh: the same next token again");
                differ(known, &refresh)?;
            }
            None if before.contains(&refresh) => {
                return Err("a refresh token that was there before".to_owned());
            }
            None => {}
        }
        self.model.note_tokens(grant, scopes, answer.text("access_token"), refresh);
        Ok(())
    }

    async fn introspect_access(&mut self, grant: usize, token: usize, by: By) -> Result<(), Difference> {
        let Some((grant, token)) = self.access_token(grant, token) else { return Ok(()) };
        self.compare_worth(grant, Kind::Access, token, self.by(grant, by)).await
    }

    async fn introspect_refresh(&mut self, grant: usize, token: usize, by: By) -> Result<(), Difference> {
        let Some((grant, token)) = self.refresh_token(grant, token) else { return Ok(()) };
        self.compare_worth(grant, Kind::Refresh, token, self.by(grant, by)).await
    }

    /// Compares what a token is worth with what the model says; of an access token, userinfo must agree.
    async fn compare_worth(
        &mut self,
        grant: usize,
        kind: Kind,
        token: usize,
        asker: ClientName,
    ) -> Result<(), Difference> {
        let found = &self.model.grants[grant];
        let (text, expected) = match kind {
            Kind::Access => {
                (found.access[token].text.clone(), self.model.worth_of_access(grant, token, asker))
            }
            Kind::Refresh => (found.refresh[token].clone(), self.model.worth_of_refresh(grant, token, asker)),
        };
        let owner = found.client;
        let about = format!("{kind:?} {token} of grant {grant}, to {asker:?}");
        let answer = self.asks(asker).introspect(&text).await;
        self.tally.note(&format!("{kind:?}: {}", outcome_of(&answer)));
        let outcome = match expected {
            Worth::Refused(status, error) => refused((status, error), &answer),
            Worth::Inactive if answer.body == "{\"active\":false}" => Ok(()),
            Worth::Active(scopes) if answer.json["active"] == true => {
                differ(&scopes, &Scopes::read(&answer.text("scope")))
            }
            Worth::Active(_) | Worth::Inactive => Err(format!("expected {expected:?}, got {}", answer.body)),
        };
        outcome.map_err(|difference| format!("{about}: {difference}"))?;
        if let (Kind::Access, true) = (kind, asker == owner) {
            let status = self.model.userinfo(grant, token);
            let answer = self.asks(asker).userinfo(&text).await;
            differ(&status, &answer.status.as_u16())
                .map_err(|difference| format!("{about}, userinfo: {difference}"))?;
        }
        Ok(())
    }

    async fn revoke_access(&mut self, grant: usize, token: usize, by: By) -> Result<(), Difference> {
        let Some((grant, token)) = self.access_token(grant, token) else { return Ok(()) };
        let client = self.by(grant, by);
        let expected = self.model.revoke_access(grant, token, client);
        let text = self.model.grants[grant].access[token].text.clone();
        self.revoke(client, &text, expected).await
    }

    async fn revoke_refresh(&mut self, grant: usize, token: usize, by: By) -> Result<(), Difference> {
        let Some((grant, token)) = self.refresh_token(grant, token) else { return Ok(()) };
        let client = self.by(grant, by);
        let expected = self.model.revoke_refresh(grant, client);
        let text = self.model.grants[grant].refresh[token].clone();
        self.revoke(client, &text, expected).await
    }

    async fn revoke(
        &mut self,
        client: ClientName,
        token: &str,
        expected: Option<(u16, &'static str)>,
    ) -> Result<(), Difference> {
        let answer = self.asks(client).revoke(token).await;
        match expected {
            Some(refusal) => refused(refusal, &answer),
            None => differ(&200, &answer.status.as_u16()),
        }
    }

    async fn withdraw(&mut self) -> Result<(), Difference> {
        let client = self.third_party.id.clone();
        if !self.comes_home().await? {
            return Ok(());
        }
        let word = if self.model.withdraw() { "consent" } else { "nothing" };
        let page = self.send("/account", "/account/consents/withdraw", &[("client", &client)]).await;
        differ(&Some(format!("/account?done={word}")), &page.location())
    }

    async fn sign_out(&mut self) -> Result<(), Difference> {
        let is_asked = self.model.is_signed_in();
        self.turn_browser();
        let page = self.browser.open("/logout").await;
        differ(&is_asked, &page.body.contains("logout-confirm"))?;
        if is_asked {
            let decision = page.hidden("decision");
            let page = self.browser.submit("/logout", &[("decision", &decision)]).await;
            differ(&200, &page.status.as_u16())?;
        }
        self.model.sign_out();
        Ok(())
    }

    async fn end_everything(&mut self) -> Result<(), Difference> {
        if !self.comes_home().await? {
            return Ok(());
        }
        self.model.end_everything();
        let page = self.send("/account", "/account/sessions/end-all", &[]).await;
        differ(&Some("/account/closed".to_owned()), &page.location())
    }

    async fn choose_password(&mut self) -> Result<(), Difference> {
        if !self.comes_home().await? {
            return Ok(());
        }
        self.passwords_so_far += 1;
        let chosen = format!("volcan-tartine-{}-Perroquet", self.passwords_so_far);
        let current = std::mem::replace(&mut self.password, chosen.clone());
        self.model.choose_password();
        let form = [("current-password", current.as_str()), ("new-password", chosen.as_str())];
        let page = self.send("/account/password", "/account/password", &form).await;
        differ(&Some("/account?done=password".to_owned()), &page.location())
    }

    /// The person opens their own page; tells whether they are signed in, on which the product must agree.
    async fn comes_home(&mut self) -> Result<bool, Difference> {
        self.model.visit();
        self.turn_browser();
        let page = self.browser.get("/account").await;
        let is_home = self.model.is_signed_in();
        differ(&is_home, &(page.status == 200))?;
        Ok(is_home)
    }

    /// Sends a form of the person's own pages, as the page at `from` shows it.
    async fn send(&mut self, from: &str, action: &str, fields: &[(&str, &str)]) -> Page {
        let session = self.browser.get(from).await.hidden("session");
        self.turn_browser();
        self.browser.post(action, &[&[("session", session.as_str())], fields].concat()).await
    }

    async fn set_account(&mut self, switch: Switch) -> Result<(), Difference> {
        let accounts = &self.app.accounts;
        let changed = match switch {
            Switch::On => accounts.enable(&self.account, OPERATOR).await,
            Switch::Off => accounts.disable(&self.account, OPERATOR).await,
        };
        changed.map_err(|error| error.to_string())?;
        self.model.set_account(switch == Switch::On);
        Ok(())
    }

    async fn set_client(&mut self, name: ClientName, switch: Switch) -> Result<(), Difference> {
        let id = self.client(name).id.clone();
        let changed = match switch {
            Switch::On => self.app.clients.enable(&id).await,
            Switch::Off => self.app.clients.disable(&id).await,
        };
        changed.map_err(|error| error.to_string())?;
        self.model.set_client(name, switch == Switch::On);
        Ok(())
    }

    async fn reregister(&mut self, scopes: Scopes) -> Result<(), Difference> {
        let mut metadata = third_party(scopes);
        metadata["client_id"] = self.third_party.id.as_str().into();
        let token = self.registration.text("registration_access_token");
        let path = format!("/register/{}", self.third_party.id);
        self.requests += 1;
        let node = self.node();
        let answer = send(node, "PUT", &path, Some(&token), metadata.to_string().as_bytes()).await;
        let status = if self.model.reregister(scopes) { 200 } else { 401 };
        differ(&status, &answer.status.as_u16())
    }

    fn by(&self, grant: usize, by: By) -> ClientName {
        let owner = self.model.grants[grant].client;
        if by == By::Owner { owner } else { owner.other() }
    }

    fn access_token(&self, grant: usize, token: usize) -> Option<(usize, usize)> {
        let grant = newest(self.model.grants.len(), grant)?;
        Some((grant, newest(self.model.grants[grant].access.len(), token)?))
    }

    fn refresh_token(&self, grant: usize, token: usize) -> Option<(usize, usize)> {
        let grant = newest(self.model.grants.len(), grant)?;
        Some((grant, newest(self.model.grants[grant].refresh.len(), token)?))
    }

    fn client(&self, name: ClientName) -> &Client {
        match name {
            ClientName::FirstParty => &self.first_party,
            ClientName::ThirdParty => &self.third_party,
        }
    }

    /// A client, who asks the node whose turn it is.
    fn asks(&mut self, name: ClientName) -> Client {
        self.requests += 1;
        self.client(name).at(self.node())
    }

    /// The browser asks the node whose turn it is.
    fn turn_browser(&mut self) {
        self.requests += 1;
        self.browser = self.browser.at(self.node());
    }

    fn node(&self) -> &'a App {
        if self.requests.is_multiple_of(2) { self.app } else { self.other }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Access,
    Refresh,
}

/// The one that is counted from the newest of so many, around; none of none.
fn newest(number: usize, from_newest: usize) -> Option<usize> {
    (number > 0).then(|| number - 1 - from_newest % number)
}

/// How a request ended, in the words of the comparison.
fn end_of(page: &Page, is_let_in: bool) -> String {
    if !is_let_in {
        return "not let in".to_owned();
    }
    if page.location().is_none() {
        let closed = page.status == 403 && page.body.contains("Application fermée");
        return if closed { "closed".to_owned() } else { format!("{} {}", page.status, page.address) };
    }
    let parameters = page.redirect_parameters();
    match (parameters.get("code"), parameters.get("error")) {
        (Some(_), None) => "a code".to_owned(),
        (None, Some(error)) => error.clone(),
        _ => format!("{parameters:?}"),
    }
}

/// An answer in a word.
fn outcome_of(answer: &Answer) -> &str {
    match answer.json["active"].as_bool() {
        Some(true) => "active",
        Some(false) => "inactive",
        None => answer.json["error"].as_str().unwrap_or("tokens"),
    }
}

/// What the third party says of itself.
fn third_party(scopes: Scopes) -> serde_json::Value {
    json!({
        "client_name": "Third", "redirect_uris": [CALLBACK], "scope": scopes.list(),
        "grant_types": ["authorization_code", "refresh_token"], "id_token_signed_response_alg": "ES256",
    })
}

fn differ<T: PartialEq + std::fmt::Debug>(expected: &T, seen: &T) -> Result<(), Difference> {
    if expected == seen { Ok(()) } else { Err(format!("expected {expected:?}, got {seen:?}")) }
}

fn refused(expected: (u16, &'static str), answer: &Answer) -> Result<(), Difference> {
    let seen = (answer.status.as_u16(), answer.json["error"].as_str().unwrap_or_default());
    if expected == seen {
        Ok(())
    } else {
        Err(format!("expected {expected:?}, got {} {}", answer.status, answer.body))
    }
}
