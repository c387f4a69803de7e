//! The whole story on one machine: what a visitor runs to see the product at work.
//!
//! Its parts are ordinary programs that happen to share a process; they meet over HTTP only: Guichet
//! itself, a second Guichet that plays ARENA, an expense-claim application, and a mailbox for everybody. To
//! the mailbox they speak SMTP.

pub mod expense_app;
mod installations;
pub mod mailbox;
mod people;
mod secrets;
mod story;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::config::{Faults, Settings};
use crate::kit::clock::Clock;
use crate::kit::random::Rng;
use crate::server::front::Front;
use crate::server::listener::{BindError, Listener, ListenerSettings};
use crate::server::{Installation, StartError};
use expense_app::{ExpenseApp, ExpenseAppError, ExpenseAppSettings};
use mailbox::Mailbox;
use secrets::DemoSecrets;

/// Where the demo keeps its data, and on which ports it answers.
#[derive(Clone, Debug)]
pub struct Demo {
    /// The folder of its databases and of `demo.json`.
    pub data: PathBuf,
    /// The port of Guichet; the application takes the next one, ARENA the one after, the mailbox the last.
    pub port: u16,
}

/// Why the demo did not start.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A port above the last one.
    #[error("the demo needs four ports in a row: choose --port below 65533")]
    Port,
    /// Another program has one of the ports.
    #[error("port {0} is already in use: choose other ports with --port")]
    PortTaken(u16),
    /// The mailbox has no port to receive at.
    #[error("the demo's mailbox cannot receive mails: {0}")]
    MailServer(#[source] std::io::Error),
    /// The folder cannot be used.
    #[error("the folder {path} cannot be used: {source}")]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The demo's own settings have faults: it was built wrong.
    #[error("the demo's settings have faults:\n{0}")]
    Settings(#[from] Faults),
    /// One of the two installations cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The application cannot start.
    #[error(transparent)]
    ExpenseApp(#[from] ExpenseAppError),
    /// A sample person could not be made.
    #[error("the sample people could not be made: {0}")]
    People(String),
}

/// The addresses that people visit.
struct Addresses {
    guichet: Url,
    expense_app: Url,
    arena: Url,
    mailbox: Url,
}

/// A sample person, with what they need to sign in.
struct SamplePerson {
    case: &'static str,
    name: &'static str,
    what: &'static str,
    identifier: String,
    password: String,
}

impl Demo {
    /// Runs everything until `shutdown` is ready; `ready` is told once all of it answers.
    pub async fn run(
        self,
        shutdown: impl Future<Output = ()>,
        ready: impl FnOnce(&str),
    ) -> Result<(), DemoError> {
        let last = self.port.checked_add(3).ok_or(DemoError::Port)?;
        let addresses = Addresses {
            guichet: address(self.port)?,
            expense_app: address(self.port + 1)?,
            arena: address(self.port + 2)?,
            mailbox: address(last)?,
        };
        let listeners = [
            bind(self.port).await?,
            bind(self.port + 1).await?,
            bind(self.port + 2).await?,
            bind(last).await?,
        ];
        // Mails come from this process only, so any free port does.
        let mail_server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(DemoError::MailServer)?;
        let mail_port = mail_server.local_addr().map_err(DemoError::MailServer)?.port();
        std::fs::create_dir_all(&self.data)
            .map_err(|source| DemoError::Folder { path: self.data.clone(), source })?;
        let rng = Rng::system();
        let secrets = DemoSecrets::load(&self.data, &rng)?;
        let guichet_settings = installations::guichet(&self.data, &addresses, mail_port, &secrets)?;
        let arena_settings = installations::arena(&self.data, &addresses, &secrets)?;
        let arena = Installation::assemble(&arena_settings, Clock::system(), rng.clone()).await?;
        let guichet = Installation::assemble(&guichet_settings, Clock::system(), rng.clone()).await?;
        let people = people::settle(&self.data, &guichet.accounts, &arena.accounts).await?;
        let app = ExpenseApp::open(ExpenseAppSettings {
            public_url: addresses.expense_app.clone(),
            issuer: addresses.guichet.clone(),
            client_id: installations::EXPENSE_APP.to_owned(),
            client_secret: secrets.expense_app.clone(),
            resource: installations::resource(&addresses),
            database: self.data.join("expense-app.db"),
        })
        .await?;
        let told = story::tell(&self.data, &addresses, &guichet_settings, &secrets, &people)?;

        let stop = CancellationToken::new();
        let mailbox = Mailbox::new(Clock::system());
        // It takes mails until the last one that is being sent has arrived.
        let mailbox_stop = CancellationToken::new();
        let receiving = tokio::spawn(mailbox.clone().receive(mail_server, mailbox_stop.clone()));
        let [at_guichet, at_app, at_arena, at_mailbox] = listeners;
        let serve = |listener: Listener, front: Front, settings: &Settings| {
            let stop = stop.clone();
            let settings = ListenerSettings::new(&settings.server, None);
            tokio::spawn(async move { listener.serve(front, &settings, stop.cancelled()).await })
        };
        let served = [
            serve(at_guichet, guichet.front, &guichet_settings),
            serve(at_app, app.router().into(), &guichet_settings),
            serve(at_arena, arena.front, &arena_settings),
            serve(at_mailbox, mailbox.router().into(), &guichet_settings),
            tokio::spawn(guichet.background.run(stop.clone())),
            tokio::spawn(arena.background.run(stop.clone())),
        ];
        ready(&told);
        shutdown.await;
        stop.cancel();
        for task in served {
            drop(task.await);
        }
        mailbox_stop.cancel();
        drop(receiving.await);
        guichet.database.close().await;
        arena.database.close().await;
        Ok(())
    }
}

fn address(port: u16) -> Result<Url, DemoError> {
    Url::parse(&format!("http://127.0.0.1:{port}")).map_err(|_| DemoError::Port)
}

async fn bind(port: u16) -> Result<Listener, DemoError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    Listener::bind(address).await.map_err(|error| match error {
        BindError::PortTaken { .. } => DemoError::PortTaken(port),
        other => StartError::from(other).into(),
    })
}
