//! One secret, one use, one place: whatever a browser, a person or a client holds is refused everywhere but at its own place, and there
//! too when anything of it was changed.

use data_encoding::BASE64URL_NOPAD;
use guichet::config::ClientKeys;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, Request};
use serde_json::json;

use super::scene::Faults;
use crate::desk::managers::{session_of, with_code};
use crate::desk::telephone::{self, alone, desk_page};
use crate::desk::{SUPERVISOR, person_of, signed_in};
use crate::federation::upstream::CODE;
use crate::oidc::assertions::{self, with_keys};
use crate::oidc::registration::{initial_token, register};
use crate::oidc::{Granted, form_encoded, grant, on_the_same_journey};
use crate::on_both_engines;
use crate::recovery::{ask, case_of, link_for};
use crate::scim::Application;
use crate::signin::upstream_goodbye::{signed, tell, word};
use crate::signin::{at_the_form, try_password, upstream_door};
use crate::support::app::{CLIENT_SECRET, PASSWORD, START};
use crate::support::client::VERIFIER;
use crate::support::{App, Browser, Client, Signer};

const SESSION: &str = "__Host-guichet-session";
const BROWSER: &str = "__Host-guichet-browser";
const PROOF: &str = "__Host-guichet-first-sign-in";
const CALLER: &str = "__Host-guichet-telephone";
const UPSTREAM: &str = "__Host-guichet-upstream-";
const BY_DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const BY_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const API: &str = "https://app.example/api";

/// A place that takes a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    AccountForm,
    Asked,
    Assertion,
    AuthorizationHint,
    Bearer,
    BearerInForm,
    Browser,
    CallerPage,
    Case,
    ClientSecret,
    Code,
    ConfirmationLink,
    Decision,
    DeviceCode,
    Exchange,
    InitialToken,
    Introspection,
    Journey,
    LogoutHint,
    LogoutToken,
    NamingCode,
    Proof,
    RefreshToken,
    Registration,
    RequestUri,
    ResetLink,
    Scim,
    Session,
    SpokenCode,
    UpstreamCookie,
    UpstreamState,
    UserCode,
}

pub const PLACES: [Place; 32] = [
    Place::AccountForm,
    Place::Asked,
    Place::Assertion,
    Place::AuthorizationHint,
    Place::Bearer,
    Place::BearerInForm,
    Place::Browser,
    Place::CallerPage,
    Place::Case,
    Place::ClientSecret,
    Place::Code,
    Place::ConfirmationLink,
    Place::Decision,
    Place::DeviceCode,
    Place::Exchange,
    Place::InitialToken,
    Place::Introspection,
    Place::Journey,
    Place::LogoutHint,
    Place::LogoutToken,
    Place::NamingCode,
    Place::Proof,
    Place::RefreshToken,
    Place::Registration,
    Place::RequestUri,
    Place::ResetLink,
    Place::Scim,
    Place::Session,
    Place::SpokenCode,
    Place::UpstreamCookie,
    Place::UpstreamState,
    Place::UserCode,
];

/// How a secret may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// As it was given, letter for letter.
    Exactly,
    /// As people type: in either case.
    InEitherCase,
}

/// A secret and the places that take it.
pub struct Held {
    pub name: &'static str,
    pub secret: String,
    pub own: &'static [Place],
    pub written: Written,
}

/// Everybody on their way somewhere, with all that they hold; nothing of it was used.
pub struct Hoard {
    app: App,
    client: Client,
    person: Browser,
    newcomer: Browser,
    newcomers_page: String,
    caller: Browser,
    account_of_caller: String,
    supervisor: Browser,
    departed: Browser,
    state: String,
    consent: String,
    registered: String,
    /// In the order in which they can be used up.
    pub held: Vec<Held>,
}

impl Hoard {
    /// Lets everybody begin.
    #[expect(clippy::too_many_lines, reason = "one line for each thing that somebody holds")]
    pub async fn gather(app: &App) -> Self {
        let signer = Signer::new("one");
        let app = app.with_mail().await.restarted_with(|settings| settings.registration.enabled = true).await;
        let app = with_keys(&app, &[("pairwise", ClientKeys::Inline(signer.set()))]).await;
        let (app, upstream) = alone(&app).await;

        let mut granted = grant(&app, "app", "openid profile expenses.read").await;
        let client = granted.client.clone();
        let code = granted.browser.get(&client.authorization(&[])).await.code();
        let page = granted.browser.get(&client.authorization(&[("prompt", "login")])).await;
        let journey = page.location().unwrap().split_once("?journey=").unwrap().1.to_owned();
        let hint_of_a_stranger = id_token_of(&app, "odupont").await;
        let logout = granted.browser.get(&format!("/logout?id_token_hint={hint_of_a_stranger}")).await;
        let asking = granted.browser.open(&app.client("third").authorization(&[])).await.form_action();
        let (consent, asked) = asking.split_once("&asked=").expect("what was asked");
        let own_page = granted.browser.get("/account").await.hidden("session");
        let pushed = client.post("/par", &pushed_parameters(&client)).await;

        let device = app.client("tv").post("/device_authorization", &[("scope", "openid")]).await;
        let reset = link_for(&app, "odupont").await;
        app.person("adam").await;
        let confirmation = confirmation_link(&app, "adam").await;
        let (_, printed) = app.newcomer("newcomer").await;
        let (mut newcomer, action) = at_the_form(&app).await;
        let at_page = try_password(&mut newcomer, &action, "newcomer", &printed).await;
        let newcomers_page = at_page.location().expect("the first sign-in");

        let mut supervisor = signed_in(&app, &upstream, "supervisor", SUPERVISOR).await;
        let pleroux = person_of(&app, "pleroux", "lyon").await;
        let mut caller = app.browser();
        let case = case_of(&ask(&mut caller, "pleroux").await).expect("a case");
        let spoken = telephone::spoken(&mut supervisor, &pleroux).await;
        assert!(supervisor.get(&desk_page(&pleroux)).await.status.is_success());
        let (_, naming) = with_code(&app, &upstream, "teacher").await;

        let initial = initial_token(&app, None).await;
        let registered =
            register(&app, Some(&initial), &json!({ "redirect_uris": ["https://rp.example/callback"] }))
                .await;
        let scim = Application::imagin(&app).await.token;
        let goodbye = signed(&upstream, &word(&upstream, &json!({ "sid": "there-9" })));
        let assertion = signer.sign(&assertions::claims_at(START, "pairwise", "the-id", &[]));
        upstream_door::vouch_for(&upstream, "person-1", "Élodie");
        let mut departed = app.browser();
        let state = upstream_door::depart(&mut departed, &upstream, &client.authorization(&[])).await;
        let in_flight =
            departed.cookies.iter().find(|(name, _)| name.starts_with(UPSTREAM)).expect("a cookie").1.clone();

        let cookie = |browser: &Browser, name: &str| browser.cookies[name].clone();
        let exactly = |name, secret, own| Held { name, secret, own, written: Written::Exactly };
        let typed = |name, secret, own| Held { name, secret, own, written: Written::InEitherCase };
        let held = vec![
            exactly(
                "access token",
                granted.access_token(),
                &[Place::Bearer, Place::BearerInForm, Place::Introspection, Place::Exchange],
            ),
            exactly("ID token", granted.id_token(), &[Place::AuthorizationHint, Place::LogoutHint]),
            exactly("session", cookie(&granted.browser, SESSION), &[Place::Session]),
            exactly("browser", cookie(&granted.browser, BROWSER), &[Place::Browser]),
            exactly("journey", journey, &[Place::Journey]),
            exactly("client secret", CLIENT_SECRET.to_owned(), &[Place::ClientSecret]),
            exactly("access token for SCIM", scim, &[Place::Scim]),
            exactly(
                "registration access token",
                registered.text("registration_access_token"),
                &[Place::Registration],
            ),
            exactly("initial access token", initial, &[Place::InitialToken]),
            exactly("reset link", token_in(&reset), &[Place::ResetLink]),
            exactly("confirmation link", token_in(&confirmation), &[Place::ConfirmationLink]),
            exactly("pushed request", pushed.text("request_uri"), &[Place::RequestUri]),
            exactly("device code", device.text("device_code"), &[Place::DeviceCode]),
            typed("user code", device.text("user_code"), &[Place::UserCode]),
            typed("naming code", naming, &[Place::NamingCode]),
            exactly("case number", case, &[Place::Case]),
            exactly("caller's page", cookie(&caller, CALLER), &[Place::CallerPage]),
            exactly("proof of a letter", cookie(&newcomer, PROOF), &[Place::Proof]),
            typed("password of a letter", printed, &[]),
            exactly("password", PASSWORD.to_owned(), &[]),
            // Those that are used up by their use, or end others by it.
            typed("spoken code", spoken, &[Place::SpokenCode]),
            exactly("logout token", goodbye, &[Place::LogoutToken]),
            exactly("assertion", assertion, &[Place::Assertion]),
            exactly("state", state.clone(), &[Place::UpstreamState]),
            exactly("what waits for the upstream", in_flight, &[Place::UpstreamCookie]),
            exactly("question of consent", asked.to_owned(), &[Place::Asked]),
            exactly("form of the account", own_page, &[Place::AccountForm]),
            exactly("refresh token", granted.refresh_token(), &[Place::RefreshToken, Place::Introspection]),
            exactly("code", code, &[Place::Code]),
            exactly("decision", logout.hidden("decision"), &[Place::Decision]),
        ];
        let Granted { browser: person, .. } = granted;
        Self {
            app,
            client,
            person,
            newcomer,
            newcomers_page,
            caller,
            account_of_caller: pleroux.id.to_string(),
            supervisor,
            departed,
            state,
            consent: consent.to_owned(),
            registered: registered.text("client_id"),
            held,
        }
    }

    /// Whether a place takes a text for what belongs there.
    #[expect(clippy::too_many_lines, reason = "one arm for each place")]
    pub async fn is_taken(&self, place: Place, text: &str) -> bool {
        let mut person = self.person.clone();
        let silent = |more| self.client.authorization(&[("prompt", "none"), more]);
        let brings_code =
            |page: crate::support::browser::Page| page.location().is_some_and(|to| to.contains("code="));
        match place {
            Place::AccountForm => {
                let page = person.post("/account/sessions/end-others", &[("session", text)]).await;
                page.location().is_some_and(|to| to.starts_with("/account?done=") && !to.ends_with("stale"))
            }
            Place::Asked => {
                let address = format!("{}&{}", self.consent, form_encoded(&[("asked", text)]));
                brings_code(person.post(&address, &[("decision", "allow")]).await)
            }
            Place::Assertion => {
                let answer = assertions::ask(&self.app, HeaderMap::new(), text, &[]).await;
                crate::oidc::refusal(&answer) == assertions::proved()
            }
            Place::AuthorizationHint => brings_code(person.get(&silent(("id_token_hint", text))).await),
            Place::Bearer => self.client.userinfo(text).await.status == 200,
            Place::BearerInForm => {
                let form = form_encoded(&[("access_token", text)]);
                let request =
                    Request::post("/userinfo").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
                self.client.ask(request.body(form.into()).unwrap()).await.status == 200
            }
            Place::Browser => {
                let page = person.get(&self.client.authorization(&[("prompt", "login")])).await;
                person.cookies.insert(BROWSER.into(), text.into());
                person.get(&on_the_same_journey(&page, "/sign-in")).await.status == 200
            }
            Place::CallerPage => {
                let mut caller = self.app.browser();
                caller.cookies.insert(CALLER.into(), text.into());
                caller.get(telephone::PAGE).await.status == 200
            }
            Place::Case => {
                let address = format!("/desk/lyon/search?{}", form_encoded(&[("q", text)]));
                let page = self.supervisor.clone().get(&address).await;
                page.body.contains(&format!("/desk/lyon/people/{}", self.account_of_caller))
            }
            Place::ClientSecret => {
                let form = [("grant_type", "x"), ("client_id", "post"), ("client_secret", text)];
                self.client.token_raw(HeaderMap::new(), &form).await.text("error") != "invalid_client"
            }
            Place::Code => {
                let redirect_uri = ("redirect_uri", self.client.redirect_uri.as_str());
                let grant = ("grant_type", "authorization_code");
                self.client
                    .token(&[grant, ("code", text), redirect_uri, ("code_verifier", VERIFIER)])
                    .await
                    .status
                    == 200
            }
            Place::ConfirmationLink => self.opens("/mail-address/confirm", text).await,
            Place::Decision => {
                let page = person.post("/logout", &[("decision", text)]).await;
                let cleared =
                    |cookie: &HeaderValue| cookie.to_str().unwrap().starts_with(&format!("{SESSION}=;"));
                page.headers.get_all("set-cookie").iter().any(cleared)
            }
            Place::DeviceCode => {
                let answer =
                    self.app.client("tv").token(&[("grant_type", BY_DEVICE), ("device_code", text)]).await;
                matches!(answer.text("error").as_str(), "authorization_pending" | "slow_down")
            }
            Place::Exchange => {
                let token_type = ("subject_token_type", "urn:ietf:params:oauth:token-type:access_token");
                let form =
                    [("grant_type", BY_EXCHANGE), ("subject_token", text), token_type, ("resource", API)];
                self.app.client("api").token(&form).await.status == 200
            }
            Place::InitialToken => {
                let metadata = json!({ "redirect_uris": ["https://rp.example/callback"] });
                register(&self.app, Some(text), &metadata).await.status == 201
            }
            Place::Introspection => self.client.introspect(text).await.json["active"] == true,
            Place::Journey => {
                let query = form_encoded(&[("journey", text)]);
                person.get(&format!("/sign-in?{query}")).await.status == 200
            }
            Place::LogoutHint => {
                let back = "https://app.example/signed-out";
                let query = form_encoded(&[("id_token_hint", text), ("post_logout_redirect_uri", back)]);
                // Nobody is signed in in it: nothing is ended, and only the hint lets the redirect be.
                let page = self.app.browser().get(&format!("/logout?{query}")).await;
                page.headers.contains_key(LOCATION)
            }
            Place::LogoutToken => tell(&self.app, text).await == 200,
            Place::NamingCode => {
                // Ten wrong ones in an hour are the most; here it is asked what each of them is worth.
                self.app.sql("DELETE FROM throttle WHERE bucket <> $1", "").await;
                let mut supervisor = self.supervisor.clone();
                let session = session_of(&mut supervisor).await;
                let form = [("session", session.as_str()), ("code", text)];
                supervisor.post("/desk/lyon/managers/code", &form).await.status == 200
            }
            Place::Proof => {
                let mut newcomer = self.newcomer.clone();
                newcomer.cookies.insert(PROOF.into(), text.into());
                newcomer.get(&self.newcomers_page).await.status == 200
            }
            Place::RefreshToken => self.client.refresh(text).await.status == 200,
            Place::Registration => {
                let path = format!("/register/{}", self.registered);
                crate::oidc::registration::send(&self.app, "GET", &path, Some(text), b"").await.status == 200
            }
            Place::RequestUri => {
                // Nobody is signed in in it: it is not used up.
                let query = form_encoded(&[("client_id", "app"), ("request_uri", text)]);
                let page = self.app.browser().get(&format!("/authorize?{query}")).await;
                page.location().is_some_and(|to| to.starts_with("/sign-in?journey="))
            }
            Place::ResetLink => self.opens("/reset-password", text).await,
            Place::Scim => {
                let request =
                    Request::get("/scim/v2/Users").header("authorization", format!("Bearer {text}"));
                self.client.ask(request.body(String::new().into()).unwrap()).await.status == 200
            }
            Place::Session => {
                person.cookies.insert(SESSION.into(), text.into());
                brings_code(person.get(&silent(("nonce", "x"))).await)
            }
            Place::SpokenCode => {
                let page = telephone::type_code(&mut self.caller.clone(), text).await;
                page.location().as_deref() == Some(telephone::PASSWORD_PAGE)
            }
            Place::UpstreamCookie => {
                let mut departed = self.departed.clone();
                let name = departed
                    .cookies
                    .keys()
                    .find(|name| name.starts_with(UPSTREAM))
                    .expect("a cookie")
                    .clone();
                departed.cookies.insert(name, text.into());
                self.arrives(departed, &self.state).await
            }
            Place::UpstreamState => self.arrives(self.departed.clone(), text).await,
            Place::UserCode => {
                let page = person.submit("/device", &[("user_code", text)]).await;
                page.status == 200 && page.address.starts_with("/device/confirm?")
            }
        }
    }

    async fn opens(&self, path: &str, token: &str) -> bool {
        self.app.browser().get(&format!("{path}?{}", form_encoded(&[("token", token)]))).await.status == 200
    }

    async fn arrives(&self, mut browser: Browser, state: &str) -> bool {
        let query = form_encoded(&[("code", CODE), ("state", state)]);
        let page = browser.open(&format!("/federation/arena/callback?{query}")).await;
        page.location().is_some_and(|to| to.contains("code="))
    }
}

/// The same with something changed, left out or added.
fn almost(held: &Held) -> Vec<String> {
    let secret = &held.secret;
    let length = secret.len();
    let turned = |at: usize| {
        let next = match secret.as_bytes()[at] {
            b'9' => '0',
            b'z' => 'a',
            b'Z' => 'A',
            other if other.is_ascii_alphanumeric() => char::from(other + 1),
            _ => 'x',
        };
        format!("{}{next}{}", &secret[..at], &secret[at + 1..])
    };
    let swapped: String = secret
        .chars()
        .map(|one| if one.is_ascii_lowercase() { one.to_ascii_uppercase() } else { one.to_ascii_lowercase() })
        .collect();
    let mut near = vec![
        format!("{secret}A"),
        format!("A{secret}"),
        format!("{secret}0"),
        secret[..length - 1].to_owned(),
        secret[1..].to_owned(),
        secret[..length / 2].to_owned(),
        secret[length / 2..].to_owned(),
        format!("{secret}{secret}"),
        BASE64URL_NOPAD.encode(secret.as_bytes()),
        turned(length / 3),
        turned(length - 1),
    ];
    if held.written == Written::Exactly {
        near.extend([
            format!("{secret}."),
            format!("-{secret}"),
            swapped,
            secret.to_ascii_uppercase(),
            secret.to_ascii_lowercase(),
        ]);
    }
    near.retain(|near| near != secret);
    near
}

fn pushed_parameters(client: &Client) -> Vec<(&'static str, &'static str)> {
    let address: &'static str = client.authorization(&[]).leak();
    let query = address.split_once('?').expect("a query").1;
    url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .map(|(name, value)| (&*name.leak(), &*value.leak()))
        .collect()
}

fn token_in(link: &str) -> String {
    link.split_once("token=").expect("a token").1.to_owned()
}

/// The ID token of somebody else, in another browser.
async fn id_token_of(app: &App, identifier: &str) -> String {
    app.person(identifier).await;
    let client = app.client("app");
    let back = app.browser().sign_in(&client.authorization(&[]), identifier).await;
    client.redeem(&back).await.text("id_token")
}

/// The link by which somebody confirms a new address.
async fn confirmation_link(app: &App, identifier: &str) -> String {
    let mut browser = crate::signin::signed_in(app, identifier).await;
    let session = browser.get("/account/mail-address").await.hidden("session");
    let address = format!("{identifier}@ailleurs.example");
    let form = [
        ("session", session.as_str()),
        ("email", address.as_str()),
        ("current-password", PASSWORD),
        ("decision", "give"),
    ];
    browser.post("/account/mail-address", &form).await;
    app.mail("confirm-address", &address).await.link()
}

on_both_engines! {
    async fn every_secret_counts_at_its_own_place_alone(app: App) {
        let hoard = Hoard::gather(&app).await;
        let mut faults = Faults::default();
        for held in &hoard.held {
            for place in PLACES.into_iter().filter(|place| !held.own.contains(place)) {
                let is_taken = hoard.is_taken(place, &held.secret).await;
                faults.see(!is_taken, format!("the {} counts as {place:?}", held.name));
            }
            for near in almost(held) {
                for place in held.own {
                    let is_taken = hoard.is_taken(*place, &near).await;
                    faults.see(!is_taken, format!("{near}, almost the {}, counts as {place:?}", held.name));
                }
            }
        }
        for held in &hoard.held {
            for place in held.own {
                let is_taken = hoard.is_taken(*place, &held.secret).await;
                faults.see(is_taken, format!("the {} does not count as {place:?}", held.name));
            }
        }
        faults.assert_none();
    }

    async fn expired_access_tokens_count_nowhere(app: App) {
        let granted = grant(&app, "app", "openid").await;
        app.wait(599);
        assert_eq!(granted.client.userinfo(&granted.access_token()).await.status, 200);
        app.wait(1);
        assert_eq!(granted.client.userinfo(&granted.access_token()).await.status, 401);
        assert_eq!(granted.client.introspect(&granted.access_token()).await.json, json!({ "active": false }));
    }
}
