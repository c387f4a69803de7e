//! Where the mails of a test land: an ordinary mail server on loopback.

use std::sync::Arc;

use guichet::demo::mailbox::{Mail, Mailbox};
use guichet::kit::clock::Clock;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::App;

/// A mail server that takes every mail, until it is dropped.
#[derive(Clone)]
pub struct Postbox {
    pub port: u16,
    mailbox: Mailbox,
    _stop: Arc<DropGuard>,
}

impl Postbox {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Self::start_on(listener)
    }

    /// Starts one where a test has kept a place.
    pub fn start_on(listener: TcpListener) -> Self {
        let port = listener.local_addr().expect("an address").port();
        let mailbox = Mailbox::new(Clock::system());
        let stop = CancellationToken::new();
        tokio::spawn(mailbox.clone().receive(listener, stop.clone()));
        Self { port, mailbox, _stop: Arc::new(stop.drop_guard()) }
    }

    /// What arrived so far, the oldest first.
    pub fn arrived(&self) -> Vec<Arc<Mail>> {
        self.mailbox.mails()
    }

    /// Its pages, as the demo shows them.
    pub fn pages(&self) -> axum::Router {
        self.mailbox.router()
    }

    /// Waits until so many mails arrived since the start.
    pub async fn until(&self, count: u64) {
        self.mailbox.until(count).await;
    }
}

/// The settings of an installation that sends its mails to a port of this machine.
pub fn settings_for(port: u16) -> Vec<(&'static str, String)> {
    vec![
        ("MAIL__HOST", "127.0.0.1".to_owned()),
        ("MAIL__PORT", port.to_string()),
        ("MAIL__SECURITY", "none".to_owned()),
        ("MAIL__FROM", "Guichet de test <guichet@id.test>".to_owned()),
    ]
}

impl App {
    /// Starts with a mail server of its own: `app.mails()` sends what is due and gives what arrived.
    pub async fn start_with_mail(postgres: Option<String>) -> Self {
        Self::start_with_mail_and(postgres, &[]).await
    }

    /// The same, with some keys of the configuration overridden.
    pub async fn start_with_mail_and(postgres: Option<String>, overrides: &[(&str, &str)]) -> Self {
        let postbox = Postbox::start().await;
        let mail = settings_for(postbox.port);
        let mail: Vec<(&str, &str)> = mail.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let mut app = Self::start_with(postgres, &[mail.as_slice(), overrides].concat()).await;
        app.postbox = Some(postbox);
        app
    }

    /// The mail server of this installation.
    pub fn postbox(&self) -> &Postbox {
        self.postbox.as_ref().expect("an installation with mail")
    }

    /// Sends every mail that is due, as the worker would, and gives all that arrived, the oldest first.
    pub async fn mails(&self) -> Vec<Arc<Mail>> {
        self.mailer.send_due().await.expect("a round of the outbox");
        self.postbox().arrived()
    }

    /// The mails for one address, after sending what is due.
    pub async fn mails_to(&self, address: &str) -> Vec<Arc<Mail>> {
        let mut mails = self.mails().await;
        mails.retain(|mail| mail.to == [address]);
        mails
    }

    /// The link in the latest mail for an address, as a path on the site.
    pub async fn mailed_link(&self, address: &str) -> String {
        let mails = self.mails_to(address).await;
        let mail = mails.last().unwrap_or_else(|| panic!("no mail for {address}"));
        let link = mail.links.first().unwrap_or_else(|| panic!("no link in {}", mail.text));
        link.strip_prefix(super::app::ISSUER).expect("a link to this site").to_owned()
    }
}
