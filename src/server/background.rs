//! What an installation does beside answering: chores, each done every so often, or sooner when woken.
//!
//! Every node runs them all. Whatever a chore does must bear being done by two nodes at once, and being
//! cut off in the middle: that is what the power cord does too.

use std::fmt::Display;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, pending};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long steps in progress may take to finish once the installation is asked to stop.
const FINISHING: Duration = Duration::from_secs(20);

/// Something to be done again and again.
pub struct Chore {
    name: &'static str,
    every: Duration,
    step: Box<dyn Fn(CancellationToken) -> BoxFuture<'static, ()> + Send + Sync>,
    woken: Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Chore {
    /// A step done at the start, and then so long after the end of the one before.
    ///
    /// The step is told when the installation is asked to stop, and does well to end soon after. One
    /// that fails is logged and done again in its turn.
    pub fn every<F, E: Display>(
        name: &'static str,
        every: Duration,
        step: impl Fn(CancellationToken) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        let step = move |stop| {
            let step = step(stop);
            async move {
                if let Err(error) = step.await {
                    tracing::warn!(chore = name, %error, "a step failed; it is done again in its turn");
                }
            }
            .boxed()
        };
        Self { name, every, step: Box::new(step), woken: Box::new(|| pending().boxed()) }
    }

    /// Its next step comes at once when this is ready.
    #[must_use]
    pub fn or_when<F>(mut self, woken: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.woken = Box::new(move || woken().boxed());
        self
    }

    async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let step = AssertUnwindSafe((self.step)(stop.clone()));
            if step.catch_unwind().await.is_err() {
                tracing::error!(chore = self.name, "a step broke off; it is done again in its turn");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(self.every) => {}
                () = (self.woken)() => {}
            }
        }
    }
}

/// The chores of an installation.
#[derive(Default)]
pub struct Background {
    chores: Vec<Chore>,
}

impl Background {
    /// Adds a chore.
    pub fn add(&mut self, chore: Chore) {
        self.chores.push(chore);
    }

    /// Does the chores until it is asked to stop, then lets the steps in progress finish.
    pub async fn run(self, stop: CancellationToken) {
        let mut running = JoinSet::new();
        for chore in self.chores {
            running.spawn(chore.run(stop.clone()));
        }
        stop.cancelled().await;
        let finished = async { while running.join_next().await.is_some() {} };
        if timeout(FINISHING, finished).await.is_err() {
            tracing::warn!("a step in progress was cut off; what it had begun is taken up later");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    /// Counts its steps, and tells of each.
    #[derive(Clone, Default)]
    struct Counter(Arc<(AtomicUsize, Notify)>);

    impl Counter {
        fn count(&self) -> usize {
            self.0.0.fetch_add(1, Ordering::SeqCst);
            self.0.1.notify_one();
            self.0.0.load(Ordering::SeqCst)
        }

        async fn until(&self, count: usize) {
            while self.0.0.load(Ordering::SeqCst) < count {
                self.0.1.notified().await;
            }
        }
    }

    #[tokio::test]
    async fn a_chore_is_done_at_the_start_and_when_woken_and_survives_its_faults() {
        let (counter, wake) = (Counter::default(), Arc::new(Notify::new()));
        let mut background = Background::default();
        let counted = counter.clone();
        let chore = Chore::every("test", Duration::from_hours(1), move |_| {
            let count = counted.count();
            async move {
                assert!(count != 2, "the second step breaks off");
                if count == 3 { Err("the third fails") } else { Ok(()) }
            }
        });
        let bell = Arc::clone(&wake);
        background.add(chore.or_when(move || {
            let bell = Arc::clone(&bell);
            async move { bell.notified().await }
        }));
        let stop = CancellationToken::new();
        let running = tokio::spawn(background.run(stop.clone()));
        for count in 1..=4 {
            counter.until(count).await;
            wake.notify_one();
        }
        stop.cancel();
        running.await.unwrap();
    }

    #[tokio::test]
    async fn a_step_in_progress_is_finished_when_the_installation_stops() {
        let (begun, counter) = (Arc::new(Notify::new()), Counter::default());
        let mut background = Background::default();
        let (told, counted) = (Arc::clone(&begun), counter.clone());
        background.add(Chore::every("test", Duration::from_hours(1), move |stop| {
            let (told, counted) = (Arc::clone(&told), counted.clone());
            async move {
                told.notify_one();
                stop.cancelled().await;
                tokio::task::yield_now().await;
                counted.count();
                Ok::<(), String>(())
            }
        }));
        let stop = CancellationToken::new();
        let running = tokio::spawn(background.run(stop.clone()));
        begun.notified().await;
        stop.cancel();
        running.await.unwrap();
        assert_eq!(counter.0.0.load(Ordering::SeqCst), 1);
    }
}
