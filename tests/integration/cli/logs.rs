//! The log of a whole day at its most talkative: nobody who reads it can be anybody.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::Installation;
use super::wire::{Visitor, exchange, form, redeem, refresh, token, userinfo};
use crate::federation::upstream::{ACCESS_TOKEN, CODE, Upstream};
use crate::support::app::CLIENT_SECRET;
use crate::support::client::VERIFIER;

/// Signs in through ARENA and gives the code that the application receives.
fn sign_in_at_arena(visitor: &mut Visitor, upstream: &Upstream) -> String {
    let departure = visitor.open(&Visitor::authorization("staff"));
    let location = departure.header("location").unwrap_or_else(|| panic!("{departure:?}"));
    let (_, query) = location.split_once('?').unwrap();
    let asked = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    upstream.plan.lock().unwrap().asked = asked;
    let state = departure.redirect_parameter("state");
    visitor.secrets.extend([state.clone(), departure.redirect_parameter("nonce")]);
    let back = form(&[("code", CODE), ("state", &state)]);
    visitor.open(&format!("/federation/arena/callback?{back}")).redirect_parameter("code")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_ever_logged() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let upstream = Upstream::start(i64::try_from(now).unwrap()).await;
    tokio::task::spawn_blocking(move || a_day(&upstream)).await.unwrap();
}

fn a_day(upstream: &Upstream) {
    let installation =
        Installation::new().with("UPSTREAMS__0__ISSUER", &upstream.base).with("LOGS__FILTER", "trace");
    let port = installation.port;
    installation.create_account("elefevre", "Correct-Horse-7");
    let words = ["account", "create", "--identifier", "newcomer", "--temporary", "--json"];
    let made: Value = serde_json::from_str(&installation.run(&words).out).unwrap();
    let printed = made["temporary_password"].as_str().unwrap().to_owned();
    let serving = installation.serve();

    let mut secrets: Vec<String> = [
        "Correct-Horse-7",
        "My-Own-Secret-7",
        "Wrong-Horse-8",
        "tooshort",
        CLIENT_SECRET,
        VERIFIER,
        CODE,
        ACCESS_TOKEN,
        "s3cret / é",
        "wrong-client-secret",
    ]
    .map(str::to_owned)
    .into();
    secrets.extend([printed.clone(), printed.replace('-', "")]);
    secrets.push(std::fs::read_to_string(installation.scratch.path().join("data/master.key")).unwrap());

    // Somebody with a password, who first mistypes it.
    let mut visitor = installation.visitor();
    let page = visitor.open(&Visitor::authorization("external"));
    visitor.post(&page.form_action(), &[("username", "elefevre"), ("password", "Wrong-Horse-8")]);
    // Who types the password into the wrong field.
    visitor.post(&page.form_action(), &[("username", "Correct-Horse-7"), ("password", "elefevre")]);
    let code = visitor.sign_in("elefevre", "Correct-Horse-7");
    let tokens = redeem(port, &code).json();
    let text =
        |json: &Value, name: &str| json[name].as_str().unwrap_or_else(|| panic!("{name}: {json}")).to_owned();
    let next = refresh(port, &text(&tokens, "refresh_token")).json();
    for json in [&tokens, &next] {
        secrets.extend(["access_token", "refresh_token", "id_token"].map(|name| text(json, name)));
    }
    assert_eq!(userinfo(port, &text(&next, "access_token")).status, 200);
    // Everything that can be refused: reuse, strangers, wrong places.
    redeem(port, &code);
    refresh(port, "an-invented-refresh-token");
    userinfo(port, "an-invented-access-token");
    userinfo(port, &text(&tokens, "refresh_token"));
    exchange(port, "GET", &format!("/userinfo?access_token={}", text(&next, "access_token")), &[], "");
    secrets.extend(["an-invented-refresh-token", "an-invented-access-token"].map(str::to_owned));
    token(port, &[("grant_type", "password"), ("username", "elefevre"), ("password", "Correct-Horse-7")]);
    let wrong = form(&[("client_id", "app"), ("client_secret", "wrong-client-secret"), ("code", &code)]);
    exchange(port, "POST", "/token", &[], &wrong);

    // Somebody with a letter.
    let mut newcomer = installation.visitor();
    let page = newcomer.open(&Visitor::authorization("external"));
    let reply = newcomer.post(&page.form_action(), &[("username", "newcomer"), ("password", &printed)]);
    let page = newcomer.follow(reply);
    newcomer.post(&page.form_action(), &[("new-password", "tooshort")]);
    let reply = newcomer.post(&page.form_action(), &[("new-password", "My-Own-Secret-7")]);
    let code = newcomer.follow(reply).redirect_parameter("code");
    assert_eq!(redeem(port, &code).status, 200);

    // Somebody from ARENA, who goes again through the callback.
    let mut staff = installation.visitor();
    let code = sign_in_at_arena(&mut staff, upstream);
    assert_eq!(redeem(port, &code).status, 200);
    staff.open(&format!("/federation/arena/callback?code={CODE}&state=x"));

    // Signing out, with a hint.
    let hint = form(&[("id_token_hint", &text(&tokens, "id_token")), ("state", "x")]);
    visitor.open(&format!("/logout?{hint}"));
    visitor.open("/");

    for person in [visitor, newcomer, staff] {
        secrets.extend(person.secrets);
    }
    // Words, not secrets: the door and the language that a browser remembers.
    secrets.retain(|secret| !matches!(secret.as_str(), "external" | "staff" | "fr" | "en" | ""));
    let said = serving.said();
    assert!(said.lines().count() > 40, "the log is talkative:\n{said}");
    for line in said.lines() {
        let _: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not a line of JSON: {line}"));
        for secret in &secrets {
            assert!(!line.contains(secret.as_str()), "{secret:?} is in the log: {line}");
        }
    }
    for told in ["signed in", "sign-in refused", "temporary password replaced", "/token"] {
        assert!(said.contains(told), "{told} is not in the log:\n{said}");
    }
}
