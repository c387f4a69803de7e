//! Two processes on one PostgreSQL behind a balancer that knows nothing of sessions.

use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use guichet::kit::random::Rng;

use super::Installation;
use super::wire::{redeem, refresh, token, userinfo};
use crate::process::free_ports;
use crate::support::engines::empty_postgres_database;

/// Gives each connection to the next node in turn, for as long as the test runs.
fn balance(door: TcpListener, nodes: [u16; 2]) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let turn = Arc::clone(&count);
    std::thread::spawn(move || {
        for browser in door.incoming() {
            let node = nodes[turn.fetch_add(1, Ordering::SeqCst) % nodes.len()];
            let (Ok(browser), Ok(node)) = (browser, TcpStream::connect(("127.0.0.1", node))) else {
                continue;
            };
            for (mut from, mut to) in
                [(browser.try_clone().unwrap(), node.try_clone().unwrap()), (node, browser)]
            {
                std::thread::spawn(move || {
                    let _ = io::copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
            }
        }
    });
    count
}

#[tokio::test]
async fn a_sign_in_begun_on_one_node_is_finished_on_the_other() {
    let Some(url) = empty_postgres_database().await else { return };
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = door.local_addr().unwrap().port();
    let installation = Installation::behind(port)
        .with("DATABASE__URL", &url)
        .with("KEYS__MASTER_KEY", &Rng::system().token());
    assert_eq!(installation.run(&["migrate"]).code, Some(0));
    installation.create_account("elefevre", "Correct-Horse-7");
    let first = free_ports(2);
    let nodes = [first, first + 1];
    let _serving = nodes.map(|node| installation.serve_at(node));
    let turns = balance(door, nodes);

    // Twice, so that each step is taken once at each node, wherever the turns begin.
    for odd in [false, true] {
        if odd {
            installation.visitor().get("/health");
        }
        let mut visitor = installation.visitor();
        let before = turns.load(Ordering::SeqCst);
        let code = visitor.sign_in("elefevre", "Correct-Horse-7");
        // Authorization, form, its answer, resumption: four connections, from one node to the other.
        assert_eq!(turns.load(Ordering::SeqCst) - before, 4);
        assert!(visitor.is_signed_in() && visitor.is_signed_in(), "at both");
        let tokens = redeem(port, &code);
        assert_eq!(tokens.status, 200, "{tokens:?}");
        let tokens = tokens.json();
        let access_token = tokens["access_token"].as_str().unwrap();
        for _ in 0..2 {
            assert_eq!(userinfo(port, access_token).status, 200);
        }
        let first = refresh(port, tokens["refresh_token"].as_str().unwrap()).json();
        let again = refresh(port, tokens["refresh_token"].as_str().unwrap()).json();
        assert_eq!(first["refresh_token"], again["refresh_token"], "the same next token from either node");
        assert_eq!(redeem(port, &code).status, 400);
        assert_eq!(userinfo(port, access_token).status, 401, "revoked everywhere");
    }

    // A code from one is redeemed at the other, named.
    let mut visitor = installation.visitor();
    let code = visitor.sign_in("elefevre", "Correct-Horse-7");
    assert_eq!(redeem(nodes[0], &code).status, 200);
    let code = visitor.get(&super::wire::Visitor::authorization("external")).redirect_parameter("code");
    let racing: Vec<u16> = std::thread::scope(|scope| {
        let racers: Vec<_> = [nodes[0], nodes[1], nodes[0], nodes[1]]
            .map(|node| {
                let code = &code;
                scope.spawn(move || redeem(node, code).status)
            })
            .into_iter()
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(racing.iter().filter(|status| **status == 200).count(), 1, "{racing:?}");
    assert_eq!(token(nodes[1], &[("grant_type", "authorization_code"), ("code", "x")]).status, 400);
}
