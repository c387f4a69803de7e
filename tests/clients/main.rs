//! Client libraries that others wrote, against the running demo: each completes discovery, code with PKCE, state and nonce,
//! refresh, userinfo and sign-out with every check it has. The scripts are the examples that integrators are given.

#[path = "../support/demo.rs"]
mod demo;
#[path = "../support/process.rs"]
mod process;
#[path = "../support/tools.rs"]
mod tools;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use demo::Demo;
use process::{PATIENCE, Process, Scratch};
use tools::Tool;

const NODE: Tool = Tool { name: "Node.js", variable: "GUICHET_TEST_NODE", places: &["node"] };
const OPENID_CLIENT: Tool = Tool {
    name: "the npm package openid-client",
    variable: "GUICHET_TEST_OPENID_CLIENT",
    places: &["tests/clients/node/node_modules/openid-client"],
};
const PYTHON: Tool = Tool {
    name: "Python with Authlib",
    variable: "GUICHET_TEST_PYTHON",
    places: &["target/tools/python/bin/python"],
};

/// A sign-in is a matter of a second; a busy machine gets more.
const LIMIT: Duration = Duration::from_mins(2);

#[test]
fn openid_client_for_node_completes_the_code_flow() {
    let Some([node, _]) = tools::find([NODE, OPENID_CLIENT]) else { return };
    assert_signs_in(&mut Command::new(node), "node/openid-client.mjs");
}

#[test]
fn authlib_for_python_completes_the_code_flow() {
    let Some([python]) = tools::find([PYTHON]) else { return };
    assert_signs_in(Command::new(python).env("PYTHONDONTWRITEBYTECODE", "1"), "python/authlib_client.py");
}

fn assert_signs_in(interpreter: &mut Command, script: &str) {
    let demo = Demo::start();
    let scratch = Scratch::new("client");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script);
    let mut client = Process::start("client", interpreter.arg(&script).arg(demo.told()), scratch.path());
    let began = Instant::now();
    let status = loop {
        if let Some(status) = client.end() {
            break status;
        }
        assert!(
            began.elapsed() < LIMIT,
            "{} has not ended after {LIMIT:?}:\n{}",
            script.display(),
            client.said()
        );
        std::thread::sleep(PATIENCE);
    };
    assert!(status.success(), "{} ended with {status}:\n{}", script.display(), client.said());
    assert!(client.said().contains("signed out"), "{} stopped early:\n{}", script.display(), client.said());
}
