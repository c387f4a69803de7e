//! Workers who take their turns at the same time, until they are told to stop.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::ledger::Worker;

/// How long somebody rests after an answer that did not come.
const REST: Duration = Duration::from_millis(20);

/// What happened when.
#[derive(Clone, Debug, Default)]
pub struct Timeline(Arc<Mutex<Vec<(Instant, bool)>>>);

impl Timeline {
    fn note(&self, went_well: bool) {
        self.0.lock().unwrap().push((Instant::now(), went_well));
    }

    /// How many turns went well, and how many broke off.
    pub fn counts(&self) -> (usize, usize) {
        let noted = self.0.lock().unwrap();
        let well = noted.iter().filter(|(_, well)| *well).count();
        (well, noted.len() - well)
    }

    /// For how long after a moment turns still broke off.
    pub fn trouble_after(&self, moment: Instant) -> Duration {
        let noted = self.0.lock().unwrap();
        let last = noted.iter().rfind(|(at, well)| !well && *at > moment);
        last.map_or(Duration::ZERO, |(at, _)| at.duration_since(moment))
    }

    /// How many turns went well since a moment.
    pub fn well_since(&self, moment: Instant) -> usize {
        self.0.lock().unwrap().iter().filter(|(at, well)| *well && *at > moment).count()
    }
}

/// Workers at work.
pub struct Load {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Worker>>,
    pub timeline: Timeline,
}

impl Load {
    /// Sets them to work at these ports, each step at the next one.
    pub fn begin(workers: Vec<Worker>, ports: &[u16]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let timeline = Timeline::default();
        let threads = workers
            .into_iter()
            .map(|mut worker| {
                let (stop, timeline, ports) = (Arc::clone(&stop), timeline.clone(), ports.to_vec());
                thread::spawn(move || {
                    let mut steps = 0;
                    while !stop.load(Ordering::SeqCst) {
                        let turn = worker.take_a_turn(|| {
                            steps += 1;
                            ports[steps % ports.len()]
                        });
                        timeline.note(turn.is_ok());
                        if turn.is_err() {
                            thread::sleep(REST);
                        }
                    }
                    worker
                })
            })
            .collect();
        Self { stop, threads, timeline }
    }

    /// Lets the steps in progress come to their end.
    pub fn end(self) -> Vec<Worker> {
        self.stop.store(true, Ordering::SeqCst);
        let ended = self.threads.into_iter().map(JoinHandle::join);
        ended.map(|worker| worker.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    }
}
