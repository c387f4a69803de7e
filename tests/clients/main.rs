//! Client libraries that others wrote, against the running demo: each completes discovery, code with PKCE, state and nonce,
//! refresh, userinfo and sign-out with every check it has. The scripts are the examples that integrators are given.

#[path = "../support/demo.rs"]
mod demo;
#[path = "../support/process.rs"]
mod process;
#[path = "../support/tools.rs"]
mod tools;

use std::path::{Path, PathBuf};
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

const GO_CLIENT: Tool = Tool {
    name: "the program of tests/clients/go",
    variable: "GUICHET_TEST_GO_CLIENT",
    places: &["target/tools/go-client/client"],
};

/// A sign-in is a matter of a second; a busy machine gets more.
const LIMIT: Duration = Duration::from_mins(2);

/// The clients that the demo offers for trying, and how each proves itself: `client_secret_basic`, `client_secret_post`.
const CLIENTS: [&str; 2] = ["essai", "essai-post"];

#[test]
fn openid_client_for_node_completes_the_code_flow() {
    let Some([node, _]) = tools::find([NODE, OPENID_CLIENT]) else { return };
    assert_signs_in(&with_script(&node, "node/openid-client.mjs"));
}

#[test]
fn authlib_for_python_completes_the_code_flow() {
    let Some([python]) = tools::find([PYTHON]) else { return };
    assert_signs_in(&with_script(&python, "python/authlib_client.py"));
}

#[test]
fn go_oidc_completes_the_code_flow() {
    let Some([client]) = tools::find([GO_CLIENT]) else { return };
    assert_signs_in(&[client]);
}

fn with_script(interpreter: &Path, script: &str) -> [PathBuf; 2] {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script);
    [interpreter.to_owned(), script]
}

/// Runs a program for each of the demo's clients, and sees that it came to its end.
fn assert_signs_in(program: &[PathBuf]) {
    let demo = Demo::start();
    let [first, more @ ..] = program else { panic!("no program") };
    for client_id in CLIENTS {
        let scratch = Scratch::new("client");
        let mut command = Command::new(first);
        command.args(more).arg(demo.told()).arg(client_id).env("PYTHONDONTWRITEBYTECODE", "1");
        let mut client = Process::start("client", &mut command, scratch.path());
        let began = Instant::now();
        let status = loop {
            if let Some(status) = client.end() {
                break status;
            }
            assert!(began.elapsed() < LIMIT, "{program:?} has not ended after {LIMIT:?}:\n{}", client.said());
            std::thread::sleep(PATIENCE);
        };
        let said = client.said();
        assert!(status.success(), "{program:?} ended with {status} for {client_id}:\n{said}");
        let is_whole = said.contains(&format!("for {client_id}\n")) && said.contains("signed out");
        assert!(is_whole, "{program:?} stopped early for {client_id}:\n{said}");
    }
}
