//! `kill -9`: what was acknowledged is there at the next start.

use super::Installation;
use super::wire::{redeem, refresh, userinfo};

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let installation = Installation::new();
    let port = installation.port;
    let mut serving = installation.serve();
    let mut known: Option<(super::wire::Visitor, String)> = None;
    for round in 0..5 {
        let identifier = format!("person{round}");
        installation.create_account(&identifier, "Correct-Horse-7");
        let mut visitor = installation.visitor();
        let code = visitor.sign_in(&identifier, "Correct-Horse-7");
        // Killed the moment after the answer, without a chance to tidy up.
        drop(serving);
        serving = installation.serve();

        assert!(visitor.is_signed_in(), "round {round}: the session is gone");
        let tokens = redeem(port, &code);
        assert_eq!(tokens.status, 200, "round {round}: the code is gone: {tokens:?}");
        let tokens = tokens.json();
        let next = refresh(port, tokens["refresh_token"].as_str().unwrap());
        drop(serving);
        serving = installation.serve();

        assert_eq!(redeem(port, &code).status, 400, "round {round}: a code was redeemed twice");
        let next = next.json();
        // That reuse revoked the grant; the one of the round before is untouched.
        assert_eq!(userinfo(port, next["access_token"].as_str().unwrap()).status, 401);
        if let Some((mut before, access_token)) = known.take() {
            assert!(before.is_signed_in());
            assert_eq!(userinfo(port, &access_token).status, 200);
        }
        let code = visitor.get(&super::wire::Visitor::authorization("external")).redirect_parameter("code");
        let access_token = redeem(port, &code).json()["access_token"].as_str().unwrap().to_owned();
        known = Some((visitor, access_token));
    }
}
