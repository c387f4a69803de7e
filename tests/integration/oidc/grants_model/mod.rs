//! Grants against a model: random sequences of everything that gives, uses, narrows and ends them, sent over HTTP, and
//! after each step what the product says compared with what a few plain rules say (`model.rs`).
//!
//! A sequence that fails is shrunk and printed, and its seed kept in `regressions.txt`, which every run tries first. To
//! run more of them: `GUICHET_TEST_SEQUENCES=1000 scripts/test.sh --test integration oidc::grants_model`.

mod model;
mod steps;
mod world;

use std::io::Write;

use proptest::test_runner::{Config, FileFailurePersistence, TestCaseError, TestError, TestRunner};

use crate::support::App;
use crate::support::engines::new_postgres_database;
use steps::{Step, sequences};
use world::{Tally, World};

/// How many sequences are run on each engine, unless the environment says otherwise.
const SEQUENCES: u32 = 24;
/// Where the seeds of sequences that failed are kept.
const REGRESSIONS: &str = "tests/integration/oidc/grants_model/regressions.txt";
/// What every run must have been answered: one in which any of it is missing has tried too little.
const ANSWERS: [&str; 9] = [
    "authorization: a code",
    "code: tokens",
    "code: invalid_grant",
    "refresh: tokens",
    "refresh: invalid_grant",
    "Access: active",
    "Access: inactive",
    "Refresh: active",
    "Refresh: inactive",
];
/// What a run of twenty times as many sequences must have been answered besides.
const SELDOM: [&str; 7] = [
    "authorization: access_denied",
    "authorization: closed",
    "authorization: consent_required",
    "authorization: login_required",
    "code: invalid_client",
    "refresh: invalid_scope",
    "refresh: the same next token again",
];

#[test]
fn the_product_says_what_the_model_says_on_sqlite() {
    block_on(|runtime| run(runtime, &runtime.block_on(App::start(None))));
}

#[test]
fn the_product_says_what_the_model_says_on_postgres() {
    block_on(|runtime| {
        if let Some(database) = runtime.block_on(new_postgres_database()) {
            run(runtime, &runtime.block_on(App::start(Some(database.to_string()))));
        }
    });
}

/// Each sequence has a person and clients of its own; the installation and its clock go on from one to the next.
fn run(runtime: &tokio::runtime::Runtime, app: &App) {
    let app = runtime.block_on(super::registration::open_to_tokens(app));
    let other = runtime.block_on(app.another_node());
    let mut runner = TestRunner::new(Config {
        cases: number_of_sequences(),
        max_shrink_iters: 2_000,
        // Whoever waits for the verdict of a slow machine waits no longer than this, in milliseconds.
        max_shrink_time: 120_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..Config::default()
    });
    let tally = Tally::default();
    let outcome = runner.run(&sequences(), |steps| {
        let played = runtime.block_on(async { World::new(&app, &other, &tally).await.play(&steps).await });
        played.map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => {
            let counts = tally.counts();
            say(&format!("grants against their model: {counts:?}"));
            let seldom: &[&str] = if number_of_sequences() < 20 * SEQUENCES { &[] } else { &SELDOM };
            let mut expected = ANSWERS.iter().chain(seldom);
            let missing = expected.find(|answer| !counts.contains_key(**answer));
            assert!(missing.is_none() || number_of_sequences() < SEQUENCES, "never answered: {missing:?}");
        }
        Err(TestError::Fail(why, steps)) => panic!("{why}\nafter these steps:\n{}", listed(&steps)),
        Err(error) => panic!("{error}"),
    }
}

fn number_of_sequences() -> u32 {
    let Ok(number) = std::env::var("GUICHET_TEST_SEQUENCES") else { return SEQUENCES };
    number.parse().unwrap_or_else(|_| panic!("GUICHET_TEST_SEQUENCES is no number: {number}"))
}

/// At length, for whoever waits: the test harness swallows what a passing test prints.
fn say(line: &str) {
    if number_of_sequences() > SEQUENCES {
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

fn listed(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("  {step:?}")).collect::<Vec<_>>().join("\n")
}

fn block_on(test: impl FnOnce(&tokio::runtime::Runtime)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    test(&runtime);
}
