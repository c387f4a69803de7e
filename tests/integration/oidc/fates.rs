//! What each event does to each kind of token: the table of `docs/integrate.md`, cell by cell.

use guichet::config::{GrantType, SigningAlgorithm};
use guichet::keys::Urgency;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::Value;

use super::{Granted, PERSON, form_encoded, grant, grant_again, refusal};
use crate::keys::rotation::only_es256;
use crate::on_both_engines;
use crate::support::client::{VERIFIER, header};
use crate::support::{App, Client};

const DAY: u64 = 86_400;
const COUNTS: bool = true;
const DEAD: bool = false;

/// What still counts.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a line of a table: each cell says yes or no")]
struct Fate {
    /// Another code of the same person for the same client, issued in the same session and not yet redeemed.
    waiting_code: bool,
    /// The access token at userinfo.
    userinfo: bool,
    /// The access token at introspection.
    introspection: bool,
    /// The access token at an API that checks it without asking us.
    offline_api: bool,
    /// The refresh token.
    refresh_token: bool,
    /// The ID token as a hint.
    hint: bool,
}

impl Fate {
    const ALL: Self = Self {
        waiting_code: COUNTS,
        userinfo: COUNTS,
        introspection: COUNTS,
        offline_api: COUNTS,
        refresh_token: COUNTS,
        hint: COUNTS,
    };

    /// What is left when a grant is revoked: other grants, and what is checked without asking us.
    const GRANT_REVOKED: Self =
        Self { userinfo: DEAD, introspection: DEAD, refresh_token: DEAD, ..Self::ALL };

    /// The same when what waits goes too.
    const EVERYTHING_ENDED: Self = Self { waiting_code: DEAD, ..Self::GRANT_REVOKED };
}

/// Tokens, and a code that waits.
struct Scene {
    granted: Granted,
    refresh_token: String,
    waiting_code: String,
}

impl Scene {
    async fn of(mut granted: Granted) -> Self {
        let waiting_code = waiting_code(&mut granted).await;
        Self { refresh_token: granted.refresh_token(), granted, waiting_code }
    }

    async fn fate(&self, app: &App) -> Fate {
        let client = &self.granted.client;
        let access_token = self.granted.access_token();
        Fate {
            userinfo: client.userinfo(&access_token).await.status == 200,
            introspection: client.introspect(&access_token).await.json["active"] == true,
            offline_api: holds_offline(app, &access_token).await,
            refresh_token: client.refresh(&self.refresh_token).await.status == 200,
            waiting_code: client.redeem_code(&self.waiting_code).await.status == 200,
            hint: is_hint(app, client, &self.granted.id_token()).await,
        }
    }
}

async fn waiting_code(granted: &mut Granted) -> String {
    let scope = granted.tokens.text("scope");
    granted.browser.get(&granted.client.authorization(&[("scope", &scope)])).await.code()
}

/// Whether an API takes a token by our published keys alone.
async fn holds_offline(app: &App, token: &str) -> bool {
    let keys: JwkSet = serde_json::from_str(&app.browser().get("/jwks").await.body).unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    let Some(key) = keys.find(header.kid.as_deref().unwrap()) else { return false };
    let mut validation = Validation::new(header.alg);
    // The clock of the tests is not the machine's.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.set_issuer(&["https://id.test"]);
    let read = jsonwebtoken::decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation);
    read.is_ok_and(|read| read.claims["exp"].as_i64().unwrap() > app.clock.now().seconds())
}

/// Whether an ID token lets people come back to their application after signing out.
async fn is_hint(app: &App, client: &Client, id_token: &str) -> bool {
    let back =
        if client.id == "third" { "https://third.example/bye" } else { "https://app.example/signed-out" };
    let query = form_encoded(&[("id_token_hint", id_token), ("post_logout_redirect_uri", back)]);
    app.browser().get(&format!("/logout?{query}")).await.location().as_deref() == Some(back)
}

async fn sign_out(scene: &mut Scene) {
    let hint = scene.granted.id_token();
    scene.granted.browser.get(&format!("/logout?id_token_hint={hint}")).await;
}

/// The form that redeems a code.
fn redemption<'a>(code: &'a str, redirect_uri: &'a str, verifier: &'a str) -> [(&'a str, &'a str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", verifier),
    ]
}

on_both_engines! {
    async fn nothing_happened(app: App) {
        let scene = Scene::of(grant(&app, "app", "openid").await).await;
        assert_eq!(scene.fate(&app).await, Fate::ALL);
    }

    async fn the_code_was_used_again(app: App) {
        app.person(PERSON).await;
        let client = app.client("app");
        let mut browser = app.browser();
        let code = browser.sign_in(&client.authorization(&[("scope", "openid")]), PERSON).await.code();
        let tokens = client.redeem_code(&code).await;
        let scene = Scene::of(Granted { client: client.clone(), browser, tokens }).await;
        assert_eq!(refusal(&client.redeem_code(&code).await), (400, "invalid_grant".to_owned()));
        assert_eq!(scene.fate(&app).await, Fate::GRANT_REVOKED);
    }

    async fn a_replaced_refresh_token_came_back_after_its_grace(app: App) {
        let mut granted = grant(&app, "app", "openid").await;
        let first = granted.refresh_token();
        granted.tokens = {
            let mut next = granted.client.refresh(&first).await;
            next.json["id_token"] = granted.id_token().into();
            next
        };
        app.wait(31);
        let scene = Scene::of(granted).await;
        assert_eq!(scene.granted.client.refresh(&first).await.status, 400);
        assert_eq!(scene.fate(&app).await, Fate::GRANT_REVOKED);
    }

    async fn another_client_tried(app: App) {
        let scene = Scene::of(grant(&app, "app", "openid").await).await;
        for stranger in ["post", "native", "third"].map(|id| app.client(id)) {
            let form = redemption(&scene.waiting_code, &scene.granted.client.redirect_uri, VERIFIER);
            assert_eq!(refusal(&stranger.token(&form).await), (400, "invalid_grant".to_owned()));
            assert_eq!(stranger.refresh(&scene.refresh_token).await.status, 400);
            assert_eq!(stranger.introspect(&scene.refresh_token).await.json.get("sub"), None);
            assert_eq!(stranger.revoke(&scene.refresh_token).await.status, 200);
            assert_eq!(stranger.revoke(&scene.granted.access_token()).await.status, 200);
        }
        assert_eq!(scene.fate(&app).await, Fate::ALL);
    }

    async fn a_wrong_verifier_was_tried(app: App) {
        let scene = Scene::of(grant(&app, "app", "openid").await).await;
        let client = &scene.granted.client;
        let wrong = redemption(&scene.waiting_code, &client.redirect_uri, "a-wrong-verifier-of-forty-three-characters-x");
        assert_eq!(refusal(&client.token(&wrong).await), (400, "invalid_grant".to_owned()));
        assert_eq!(scene.fate(&app).await, Fate::ALL);
    }

    async fn the_session_ended(app: App) {
        let mut scene = Scene::of(grant(&app, "app", "openid").await).await;
        sign_out(&mut scene).await;
        assert_eq!(scene.fate(&app).await, Fate::EVERYTHING_ENDED);
    }

    async fn the_session_of_an_offline_grant_ended(app: App) {
        let mut scene = Scene::of(grant(&app, "app", "openid offline_access").await).await;
        sign_out(&mut scene).await;
        assert_eq!(scene.fate(&app).await, Fate::ALL);
    }

    async fn the_person_was_disabled(app: App) {
        let person = app.person(PERSON).await;
        let scene = Scene::of(grant_again(&app, "app", "openid offline_access").await).await;
        app.disable(&person).await;
        assert_eq!(scene.fate(&app).await, Fate::EVERYTHING_ENDED);
    }

    async fn the_client_revoked_its_refresh_token(app: App) {
        let scene = Scene::of(grant(&app, "app", "openid offline_access").await).await;
        assert_eq!(scene.granted.client.revoke(&scene.refresh_token).await.status, 200);
        assert_eq!(scene.fate(&app).await, Fate::GRANT_REVOKED);
    }

    async fn the_client_revoked_its_access_token(app: App) {
        let scene = Scene::of(grant(&app, "app", "openid").await).await;
        assert_eq!(scene.granted.client.revoke(&scene.granted.access_token()).await.status, 200);
        assert_eq!(scene.fate(&app).await, Fate { userinfo: DEAD, introspection: DEAD, ..Fate::ALL });
    }

    async fn the_key_was_rotated(app: App) {
        only_es256(&app).await;
        app.wait(88 * DAY);
        app.keys.turn().await.unwrap();
        app.wait(2 * DAY - 5);
        let scene = Scene::of(grant(&app, "app", "openid").await).await;
        app.wait(5);
        app.keys.turn().await.unwrap();
        let other = grant_again(&app, "app", "openid").await;
        assert_ne!(header(&other.id_token())["kid"], header(&scene.granted.id_token())["kid"]);
        assert_eq!(scene.fate(&app).await, Fate::ALL);
    }

    async fn the_key_was_withdrawn(app: App) {
        let scene = Scene::of(grant(&app, "app", "openid").await).await;
        app.keys.rotate(&[SigningAlgorithm::Es256], Urgency::AtOnce).await.unwrap();
        let signed = Fate { userinfo: DEAD, introspection: DEAD, offline_api: DEAD, hint: DEAD, ..Fate::ALL };
        assert_eq!(scene.fate(&app).await, signed);
    }

    async fn the_person_withdrew_their_consent(app: App) {
        app.person(PERSON).await;
        let app = app.restarted_with(|settings| {
            let third = settings.clients.iter_mut().find(|client| client.client_id == "third").unwrap();
            third.grant_types.push(GrantType::RefreshToken);
        }).await;
        let client = app.client("third");
        let mut browser = app.browser();
        let asked = browser.sign_in(&client.authorization(&[("scope", "openid")]), PERSON).await;
        let back = browser.submit(&asked.form_action(), &[("decision", "allow")]).await;
        let tokens = client.redeem(&back).await;
        let mut scene = Scene::of(Granted { client, browser, tokens }).await;
        let browser = &mut scene.granted.browser;
        let session = browser.open("/account").await.hidden("session");
        browser.submit("/account/consents/withdraw", &[("session", &session), ("client", "third")]).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM consent").await, 0);
        assert_eq!(scene.fate(&app).await, Fate::EVERYTHING_ENDED);
    }
}
