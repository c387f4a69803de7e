//! The log of everything at its most talkative: nothing in it opens anything.

use std::io;
use std::sync::{Arc, Mutex};

use tracing_subscriber::EnvFilter;

use super::secrets::{Hoard, PLACES};
use crate::on_both_engines;

/// What was written.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

on_both_engines! {
    async fn no_secret_of_any_kind_is_logged_wherever_it_was_shown(app: App) {
        let paper = Paper::default();
        let copy = paper.clone();
        // As the program has it: our own lines of every level, those of others that are fit to be read.
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_env_filter(EnvFilter::new("guichet=trace,info"))
            .with_writer(move || copy.clone())
            .finish();
        let listening = tracing::subscriber::set_default(subscriber);
        let hoard = Hoard::gather(&app).await;
        for (number, held) in hoard.held.iter().enumerate() {
            // At some places that are not its own, each time others, then at its own.
            for place in PLACES.into_iter().skip(number % 4).step_by(4).filter(|place| !held.own.contains(place)) {
                hoard.is_taken(place, &held.secret).await;
            }
        }
        for held in &hoard.held {
            for place in held.own {
                hoard.is_taken(*place, &held.secret).await;
            }
        }
        drop(listening);
        let said = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        assert!(said.lines().count() > 300, "only {} lines were said", said.lines().count());
        for line in said.lines() {
            for held in &hoard.held {
                // Six digits may stand anywhere; a name of their own they have in the audit alone.
                let is_number = held.secret.len() == 6;
                assert!(is_number || !line.contains(&held.secret), "the {} is in the log: {line}", held.name);
                let middle = &held.secret[held.secret.len() / 3..];
                assert!(held.secret.len() < 40 || !line.contains(middle), "most of the {} is in the log: {line}", held.name);
            }
        }
    }
}
