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
use world::World;

/// How many sequences are run on each engine, unless the environment says otherwise.
const SEQUENCES: u32 = 24;
/// Where the seeds of sequences that failed are kept.
const REGRESSIONS: &str = "tests/integration/oidc/grants_model/regressions.txt";

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
        max_shrink_iters: 1_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(REGRESSIONS))),
        ..Config::default()
    });
    let outcome = runner.run(&sequences(), |steps| {
        let played = runtime.block_on(async { World::new(&app, &other).await.play(&steps).await });
        played.map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, steps)) => panic!("{why}\nafter these steps:\n{}", listed(&steps)),
        Err(error) => panic!("{error}"),
    }
}

fn number_of_sequences() -> u32 {
    let Ok(number) = std::env::var("GUICHET_TEST_SEQUENCES") else { return SEQUENCES };
    // The test harness swallows what a passing test prints.
    let _ = writeln!(std::io::stderr(), "grants against their model: {number} sequences on each engine");
    number.parse().unwrap_or_else(|_| panic!("GUICHET_TEST_SEQUENCES is no number: {number}"))
}

fn listed(steps: &[Step]) -> String {
    steps.iter().map(|step| format!("  {step:?}\n")).collect()
}

fn block_on(test: impl FnOnce(&tokio::runtime::Runtime)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    test(&runtime);
}
