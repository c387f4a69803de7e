//! Client libraries that others wrote, against the running demo: each completes every flow that it has, with every check that it
//! has. The scripts are the examples that integrators are given; each does what a client of the demo is registered for.

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

/// A flow is a matter of a second, of a few for a device that waits; a busy machine gets more.
const LIMIT: Duration = Duration::from_mins(2);

/// One of the clients that the demo offers for trying, and what a program says once it has done each thing with it.
struct Trial {
    client_id: &'static str,
    steps: &'static [&'static str],
}

#[test]
fn openid_client_for_node_completes_its_flows() {
    // What comes first takes a key.
    const STEPS: [&str; 9] = [
        "signed in, signed",
        "signed in, in the address",
        "signed in, pushed",
        "signed in, answered by a form",
        "refreshed",
        "introspected",
        "revoked",
        "signed out",
        "asked for itself",
    ];
    let Some([node, _]) = tools::find([NODE, OPENID_CLIENT]) else { return };
    let trials = [
        Trial { client_id: "essai", steps: &STEPS[1..] },
        Trial { client_id: "essai-post", steps: &STEPS[1..] },
        Trial { client_id: "essai-cle", steps: &STEPS },
        Trial { client_id: "essai-appareil", steps: &["signed in, on a device", "refreshed", "revoked"] },
    ];
    assert_completes(&with_script(&node, "node/openid-client.mjs"), &trials);
}

#[test]
fn authlib_for_python_completes_its_flows() {
    const STEPS: [&str; 6] =
        ["signed in", "refreshed", "introspected", "revoked", "signed out", "asked for itself"];
    let Some([python]) = tools::find([PYTHON]) else { return };
    let trials = [
        Trial { client_id: "essai", steps: &STEPS },
        Trial { client_id: "essai-post", steps: &STEPS },
        Trial { client_id: "essai-cle", steps: &STEPS },
        Trial { client_id: "essai-appareil", steps: &["signed in, on a device", "refreshed", "revoked"] },
    ];
    assert_completes(&with_script(&python, "python/authlib_client.py"), &trials);
}

/// What others wrote to hold SCIM servers against the RFCs, and descriptions of APIs against `OpenAPI`.
#[test]
fn scim2_tester_finds_nothing_wrong() {
    const STEPS: [&str; 3] = ["asked for a token", "checked by scim2-tester", "described in OpenAPI"];
    let Some([python]) = tools::find([PYTHON]) else { return };
    let trials = [Trial { client_id: "imagin", steps: &STEPS }];
    assert_completes(&with_script(&python, "python/scim_tester.py"), &trials);
}

/// These libraries have no assertions by a key, no introspection and no revocation.
#[test]
fn go_oidc_completes_its_flows() {
    const STEPS: [&str; 5] =
        ["signed in", "refreshed", "signed out", "heard of the sign-out", "asked for itself"];
    let Some([client]) = tools::find([GO_CLIENT]) else { return };
    let trials = [
        Trial { client_id: "essai", steps: &STEPS },
        Trial { client_id: "essai-post", steps: &STEPS },
        Trial { client_id: "essai-appareil", steps: &["signed in, on a device", "refreshed"] },
    ];
    assert_completes(&[client], &trials);
}

fn with_script(interpreter: &Path, script: &str) -> [PathBuf; 2] {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(script);
    [interpreter.to_owned(), script]
}

/// Runs a program for each of these clients of one demo, and sees that it took every step and came to its end.
fn assert_completes(program: &[PathBuf], trials: &[Trial]) {
    let demo = Demo::start();
    let [first, more @ ..] = program else { panic!("no program") };
    for Trial { client_id, steps } in trials {
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
        assert!(said.contains(&format!("for {client_id}\n")), "{program:?} took another client:\n{said}");
        for step in *steps {
            let is_taken = said.lines().any(|line| line.starts_with(step));
            assert!(is_taken, "{program:?} left out \"{step}\" for {client_id}:\n{said}");
        }
    }
}
