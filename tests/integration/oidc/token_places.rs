//! One secret, one use, one place: whatever a browser or a client holds is refused everywhere but at its
//! own place, and there with anything before or behind it.

use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Request};

use super::{PERSON, grant, on_the_same_journey};
use crate::on_both_engines;
use crate::support::client::VERIFIER;
use crate::support::{App, Browser, Client};

const SESSION: &str = "__Host-guichet-session";
const BROWSER: &str = "__Host-guichet-browser";

/// A place that takes a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Code,
    RefreshToken,
    Bearer,
    BearerInForm,
    AuthorizationHint,
    LogoutHint,
    Session,
    Browser,
    Journey,
    Decision,
    ClientSecret,
}

const PLACES: [Place; 11] = [
    Place::Code,
    Place::RefreshToken,
    Place::Bearer,
    Place::BearerInForm,
    Place::AuthorizationHint,
    Place::LogoutHint,
    Place::Session,
    Place::Browser,
    Place::Journey,
    Place::Decision,
    Place::ClientSecret,
];

/// Somebody who is signed in, and is on a journey.
struct Scene {
    app: App,
    client: Client,
    browser: Browser,
}

impl Scene {
    /// Whether a place takes a text for what belongs there.
    async fn is_taken(&self, place: Place, text: &str) -> bool {
        let mut browser = self.browser.clone();
        let silent = |more| self.client.authorization(&[("prompt", "none"), more]);
        match place {
            Place::Code => {
                let redirect_uri = ("redirect_uri", self.client.redirect_uri.as_str());
                let grant = ("grant_type", "authorization_code");
                let form = [grant, ("code", text), redirect_uri, ("code_verifier", VERIFIER)];
                self.client.token(&form).await.status == 200
            }
            Place::RefreshToken => self.client.refresh(text).await.status == 200,
            Place::Bearer => self.client.userinfo(text).await.status == 200,
            Place::BearerInForm => {
                let form = super::form_encoded(&[("access_token", text)]);
                let request =
                    Request::post("/userinfo").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
                self.client.ask(request.body(form.into()).unwrap()).await.status == 200
            }
            Place::AuthorizationHint => {
                browser.get(&silent(("id_token_hint", text))).await.redirect_parameters().contains_key("code")
            }
            Place::LogoutHint => {
                let back = "https://app.example/signed-out";
                let query =
                    super::form_encoded(&[("id_token_hint", text), ("post_logout_redirect_uri", back)]);
                // Nobody is signed in in it: nothing is ended, and only the hint lets the redirect be.
                let page = self.app.browser().get(&format!("/logout?{query}")).await;
                page.headers.contains_key(LOCATION)
            }
            Place::Session => {
                browser.cookies.insert(SESSION.into(), text.into());
                browser.get(&silent(("nonce", "x"))).await.redirect_parameters().contains_key("code")
            }
            Place::Browser => {
                let page = browser.get(&self.client.authorization(&[("prompt", "login")])).await;
                browser.cookies.insert(BROWSER.into(), text.into());
                browser.get(&on_the_same_journey(&page, "/sign-in")).await.status == 200
            }
            Place::Journey => {
                let query = super::form_encoded(&[("journey", text)]);
                browser.get(&format!("/sign-in?{query}")).await.status == 200
            }
            Place::Decision => browser
                .post("/logout", &[("decision", text)])
                .await
                .headers
                .get_all("set-cookie")
                .iter()
                .any(|cookie: &HeaderValue| cookie.to_str().unwrap().starts_with(&format!("{SESSION}=;"))),
            Place::ClientSecret => {
                let form = [("grant_type", "x"), ("client_id", "post"), ("client_secret", text)];
                self.client.token_raw(http::HeaderMap::new(), &form).await.text("error") != "invalid_client"
            }
        }
    }
}

on_both_engines! {
    async fn every_secret_counts_at_its_own_place_alone(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let client = granted.client.clone();
        let code = granted.browser.get(&client.authorization(&[])).await.code();
        let page = granted.browser.get(&client.authorization(&[("prompt", "login")])).await;
        let journey = page.location().unwrap();
        let journey = journey.split_once("?journey=").unwrap().1.to_owned();
        let mut stranger = grant_other(&app).await;
        let hint_of_a_stranger = stranger.get(&client.authorization(&[])).await;
        let hint_of_a_stranger = client.redeem(&hint_of_a_stranger).await.text("id_token");
        let asked = granted.browser.get(&format!("/logout?id_token_hint={hint_of_a_stranger}")).await;
        let scene = Scene { app: app.clone(), client, browser: granted.browser.clone() };

        let cookie = |name: &str| granted.browser.cookies[name].clone();
        // Those that are used up by their use come last.
        let secrets: Vec<(&str, String, &[Place])> = vec![
            ("access token", granted.access_token(), &[Place::Bearer, Place::BearerInForm]),
            ("ID token", granted.id_token(), &[Place::AuthorizationHint, Place::LogoutHint]),
            ("session", cookie(SESSION), &[Place::Session]),
            ("browser", cookie(BROWSER), &[Place::Browser]),
            ("journey", journey, &[Place::Journey]),
            ("client secret", crate::support::app::CLIENT_SECRET.to_owned(), &[Place::ClientSecret]),
            ("refresh token", granted.refresh_token(), &[Place::RefreshToken]),
            ("code", code, &[Place::Code]),
            ("decision", asked.hidden("decision"), &[Place::Decision]),
        ];
        for (name, secret, own) in &secrets {
            for place in PLACES.into_iter().filter(|place| !own.contains(place)) {
                assert!(!scene.is_taken(place, secret).await, "the {name} counts as {place:?}");
            }
            let (shorter, later) = (&secret[..secret.len() - 1], &secret[1..]);
            for near in [format!("{secret}A"), format!("A{secret}"), shorter.to_owned(), later.to_owned()] {
                for place in *own {
                    assert!(
                        !scene.is_taken(*place, &near).await,
                        "{near}, almost the {name}, counts as {place:?}"
                    );
                }
            }
        }
        for (name, secret, own) in &secrets {
            for place in *own {
                assert!(scene.is_taken(*place, secret).await, "the {name} does not count as {place:?}");
            }
        }
    }

    async fn expired_access_tokens_count_nowhere(app: App) {
        let granted = grant(&app, "app", "openid").await;
        let scene =
            Scene { app: app.clone(), client: granted.client.clone(), browser: granted.browser.clone() };
        app.wait(599);
        assert!(scene.is_taken(Place::Bearer, &granted.access_token()).await);
        app.wait(1);
        assert!(!scene.is_taken(Place::Bearer, &granted.access_token()).await);
    }
}

/// Somebody else, signed in in another browser.
async fn grant_other(app: &App) -> Browser {
    assert_ne!(PERSON, "odupont");
    app.person("odupont").await;
    let mut browser = app.browser();
    browser.sign_in(&app.client("app").authorization(&[]), "odupont").await.code();
    browser
}
