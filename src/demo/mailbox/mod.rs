//! A mailbox for everybody: what the demo shows of the mails that would go to people.
//!
//! | part | file |
//! | --- | --- |
//! | a mail server that takes every mail, for whomever it is (RFC 5321) | `receiver` |
//! | the mails as they arrived, the latest few, in memory | `mail`, this file |
//! | pages to read them in a browser, and the same for programs | `pages` |
//!
//! It uses nothing of the product: mails reach it over SMTP, as they reach any mail server.

mod mail;
mod pages;
mod receiver;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub use mail::Mail;

use crate::kit::clock::Clock;

/// How many mails are kept; then the oldest go.
const MOST_MAILS: usize = 500;

/// The mails that arrived.
#[derive(Clone)]
pub struct Mailbox(Arc<Inner>);

struct Inner {
    clock: Clock,
    kept: Mutex<Kept>,
    arrived: Notify,
}

#[derive(Default)]
struct Kept {
    /// The newest last.
    mails: VecDeque<Arc<Mail>>,
    /// How many arrived since the start.
    count: u64,
}

impl Mailbox {
    /// An empty mailbox.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self(Arc::new(Inner { clock, kept: Mutex::default(), arrived: Notify::new() }))
    }

    /// Takes mails over SMTP until it is stopped.
    pub async fn receive(self, listener: TcpListener, stop: CancellationToken) {
        receiver::receive(self, listener, stop).await;
    }

    /// Its pages.
    #[must_use]
    pub fn router(&self) -> Router {
        pages::router(self.clone())
    }

    /// The mails that are kept, the oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Arc<Mail>> {
        self.kept().mails.iter().cloned().collect()
    }

    /// One mail by its number.
    #[must_use]
    pub fn find(&self, number: u64) -> Option<Arc<Mail>> {
        self.kept().mails.iter().find(|mail| mail.number == number).cloned()
    }

    /// Waits until so many mails arrived since the start.
    pub async fn until(&self, count: u64) {
        loop {
            let arrived = self.0.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            if self.kept().count >= count {
                return;
            }
            arrived.await;
        }
    }

    fn put_in(&self, sender: &str, recipients: &[String], source: &[u8]) {
        let now = self.0.clock.now();
        let mut kept = self.kept();
        kept.count += 1;
        let mail = Mail::read(kept.count, now, sender, recipients, source);
        kept.mails.push_back(Arc::new(mail));
        while kept.mails.len() > MOST_MAILS {
            kept.mails.pop_front();
        }
        drop(kept);
        self.0.arrived.notify_waiters();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
