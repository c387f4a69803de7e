//! The way to the mail server, told so exactly that each end of an attempt has its consequence.
//!
//! A mail is surely not taken before its last line was written, and its fate is unknown when the server
//! says nothing after that. Both are worth knowing: the first costs nothing to repeat.

use std::fmt;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::time::timeout;

use super::bounded::Bounded;
use super::reason::{Reason, Step};
use crate::config::{MailSecurity, MailSettings};

/// How long the mail server may take for what.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// To be reached and to be ready for mails.
    pub opening: Duration,
    /// To answer one command.
    pub command: Duration,
    /// To take the text of a mail, and to answer for it.
    pub text: Duration,
}

impl Patience {
    /// That of an installation.
    pub const USUAL: Self = Self {
        opening: Duration::from_secs(45),
        command: Duration::from_secs(30),
        text: Duration::from_mins(1),
    };

    /// The longest that an attempt takes: once over a connection that turns out to be dead, then over a new
    /// one.
    pub(super) const fn longest_attempt(&self) -> u64 {
        2 * (self.opening.as_secs() + 4 * self.command.as_secs()) + self.text.as_secs()
    }
}

/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);
/// The server ends the connection (RFC 5321 §3.8).
const CLOSING: u16 = 421;

/// How the attempt to hand over a mail ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The server has it.
    Taken,
    /// The server surely does not have it; later it may.
    NotTaken(Reason),
    /// The server will never take it.
    Refused(Reason),
    /// Nobody knows: the connection was lost once the text was on its way.
    Unknown(Reason),
}

/// A mail as the server gets it.
pub(super) struct Parcel {
    pub from: lettre::Address,
    pub to: lettre::Address,
    /// Headers and body, in ASCII.
    pub text: Vec<u8>,
}

/// An open connection, ready for mails.
pub(super) struct Connection {
    smtp: AsyncSmtpConnection,
    patience: Patience,
    /// Whether it carried a mail before: a server may have closed it since.
    is_used: bool,
}

impl Connection {
    /// Reaches the server, protects the connection and says who we are.
    pub(super) async fn open(
        settings: &MailSettings,
        hello: &ClientId,
        patience: Patience,
    ) -> Result<Self, Reason> {
        let mut step = Step::Connect;
        let opened = timeout(patience.opening, open(settings, hello, &mut step)).await;
        match opened {
            Ok(Ok(smtp)) => Ok(Self { smtp, patience, is_used: false }),
            Ok(Err(Unopened::Smtp(error))) => Err(Reason::of(step, &error)),
            Ok(Err(Unopened::Unreached(error))) => Err(Reason::unreached(step, &error)),
            Err(_) => Err(Reason::too_slow(step)),
        }
    }

    /// Whether it carried a mail before.
    pub(super) const fn is_used(&self) -> bool {
        self.is_used
    }

    /// Whether another mail can go through it.
    pub(super) fn is_usable(&self) -> bool {
        !self.smtp.has_broken()
    }

    /// Hands over one mail; afterwards the connection is usable, or broken and known to be.
    pub(super) async fn hand_over(&mut self, parcel: &Parcel) -> Outcome {
        self.is_used = true;
        let mut options = Vec::new();
        if !parcel.to.to_string().is_ascii() || !parcel.from.to_string().is_ascii() {
            if !self.smtp.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Outcome::Refused(Reason::address_not_carried());
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        if let Err(reason) = self.say(Step::Sender, Mail::new(Some(parcel.from.clone()), options)).await {
            return Outcome::NotTaken(reason);
        }
        if let Err(reason) = self.say(Step::Recipient, Rcpt::new(parcel.to.clone(), Vec::new())).await {
            return if reason.is_final_for_recipient() {
                Outcome::Refused(reason)
            } else {
                Outcome::NotTaken(reason)
            };
        }
        if let Err(reason) = self.say(Step::Data, Data).await {
            return Outcome::NotTaken(reason);
        }
        match timeout(self.patience.text, self.smtp.message(&parcel.text)).await {
            Ok(Ok(_)) => Outcome::Taken,
            Ok(Err(error)) if error.is_permanent() => Outcome::Refused(Reason::of(Step::Text, &error)),
            Ok(Err(error)) if error.is_transient() => Outcome::NotTaken(Reason::of(Step::Text, &error)),
            Ok(Err(error)) => {
                self.break_off().await;
                Outcome::Unknown(Reason::of(Step::Text, &error))
            }
            Err(_) => {
                self.break_off().await;
                Outcome::Unknown(Reason::too_slow(Step::Text))
            }
        }
    }

    async fn say(&mut self, step: Step, command: impl fmt::Display) -> Result<Response, Reason> {
        let reason = match timeout(self.patience.command, self.smtp.command(command)).await {
            Ok(Ok(response)) => return Ok(response),
            Ok(Err(error)) => Reason::of(step, &error),
            Err(_) => Reason::too_slow(step),
        };
        // A refusal leaves a mail half begun; anything else leaves us out of step with the server.
        let is_in_step = reason.code().is_some_and(|code| code != CLOSING);
        if !is_in_step || !matches!(timeout(self.patience.command, self.smtp.command(Rset)).await, Ok(Ok(_)))
        {
            self.break_off().await;
        }
        Err(reason)
    }

    async fn break_off(&mut self) {
        let _ = timeout(GOODBYE, self.smtp.abort()).await;
    }

    /// Says goodbye.
    pub(super) async fn close(mut self) {
        let _ = timeout(GOODBYE, self.smtp.quit()).await;
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
enum Unopened {
    #[error(transparent)]
    Smtp(#[from] Error),
    #[error(transparent)]
    Unreached(#[from] io::Error),
}

async fn open(
    settings: &MailSettings,
    hello: &ClientId,
    step: &mut Step,
) -> Result<AsyncSmtpConnection, Unopened> {
    let tls = match settings.security {
        MailSecurity::None => None,
        MailSecurity::Tls | MailSecurity::StartTls => {
            *step = Step::Tls;
            Some(trust(settings).await?)
        }
    };
    *step = Step::Connect;
    let (from_the_start, later) = match settings.security {
        MailSecurity::Tls => (tls, None),
        MailSecurity::StartTls | MailSecurity::None => (None, tls),
    };
    let (host, port) = (settings.host.as_str(), settings.port);
    let mut smtp = if from_the_start.is_some() {
        // Who it is was proved before it says a word.
        AsyncSmtpConnection::connect_tokio1((host, port), None, hello, from_the_start, None).await?
    } else {
        let stream = Bounded::connect(host, port).await?;
        AsyncSmtpConnection::connect_with_transport(Box::new(stream), hello).await?
    };
    if let Some(tls) = later {
        *step = Step::Tls;
        // Refused where the server does not offer it: nothing goes out in the clear.
        smtp.starttls(tls, hello).await?;
    }
    if let Some((username, password)) = &settings.credentials {
        *step = Step::Authentication;
        let credentials = Credentials::new(username.clone(), password.expose().to_owned());
        smtp.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
    }
    Ok(smtp)
}

/// The certificates that the server is checked against: read at each connection, so that they may be renewed.
async fn trust(settings: &MailSettings) -> Result<TlsParameters, Error> {
    let mut parameters = TlsParameters::builder(settings.host.clone());
    if let Some(file) = &settings.ca_file {
        let pem = tokio::fs::read(file).await.unwrap_or_default();
        // Without certificates nobody is trusted: an unreadable file refuses every server.
        parameters = parameters
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_pem(&pem)?);
    }
    // The system's own take a while to read.
    match tokio::task::spawn_blocking(move || parameters.build()).await {
        Ok(built) => built,
        Err(_) => TlsParameters::new(settings.host.clone()),
    }
}
