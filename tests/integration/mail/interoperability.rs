//! A mail server that others wrote: STARTTLS, TLS from the start, authentication, addresses with accents.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use guichet::mail::{Round, State};
use mail_parser::MessageParser;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::Value;

use super::{LINK, listed, post};
use crate::process::{Process, Scratch};
use crate::support::App;
use crate::tools::{self, Tool};

const PYTHON: Tool = Tool {
    name: "Python with aiosmtpd",
    variable: "GUICHET_TEST_PYTHON",
    places: &["target/tools/python/bin/python"],
};
/// An interpreter on a busy machine starts in this time.
const START: Duration = Duration::from_mins(1);
const PASSWORD: &str = "s3cret / é";

/// aiosmtpd for one test.
struct MailServer {
    port: String,
    certificate: PathBuf,
    // Dropped in this order: the process before its directory.
    _process: Process,
    scratch: Scratch,
}

impl MailServer {
    /// Nothing when Python or the package is not there.
    fn start(security: &str) -> Option<Self> {
        let [python] = tools::find([PYTHON])?;
        let scratch = Scratch::new("mail-server");
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (scratch.path().join("cert.pem"), scratch.path().join("key.pem"));
        std::fs::write(&certificate, cert.pem()).unwrap();
        std::fs::write(&key, signing_key.serialize_pem()).unwrap();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/python/mail_server.py");
        let mut command = Command::new(python);
        command.arg(script).arg(scratch.path()).arg(security).args([&certificate, &key]);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        let mut process = Process::start("mail-server", &mut command, scratch.path());
        let told = scratch.path().join("port");
        process.wait_until("listening", START, || told.exists());
        let port = std::fs::read_to_string(told).unwrap();
        Some(Self { port, certificate, _process: process, scratch })
    }

    /// An installation that sends its mails there.
    async fn app(&self, overrides: &[(&str, &str)]) -> App {
        let certificate = self.certificate.display().to_string();
        let usual = [
            ("MAIL__HOST", "localhost"),
            ("MAIL__PORT", self.port.as_str()),
            ("MAIL__FROM", "Académie de test <guichet@id.test>"),
        ];
        let protected = [
            ("MAIL__USERNAME", "guichet"),
            ("MAIL__PASSWORD", PASSWORD),
            ("MAIL__CA_FILE", certificate.as_str()),
        ];
        let is_protected = !overrides.contains(&("MAIL__SECURITY", "none"));
        let protected: &[_] = if is_protected { &protected } else { &[] };
        App::start_with(None, &[&usual, protected, overrides].concat()).await
    }

    /// The envelope of a mail that arrived, and the mail.
    fn arrived(&self, number: u32) -> (Value, String) {
        let file = |kind: &str| self.scratch.path().join(format!("{number}.{kind}"));
        let envelope = std::fs::read_to_string(file("json")).expect("a mail");
        (serde_json::from_str(&envelope).unwrap(), std::fs::read_to_string(file("eml")).unwrap())
    }
}

async fn arrives_over(security: &str) {
    let Some(server) = MailServer::start(security) else { return };
    let app = server.app(&[("MAIL__SECURITY", security)]).await;
    for number in 0..6 {
        post(&app, &format!("person{number}@example.org")).await;
    }
    let round = app.mailer.send_due().await.unwrap();
    assert_eq!(round, Round { sent: 6, ..Round::default() }, "{:?}", listed(&app).await);
    let (envelope, source) = server.arrived(6);
    let is_protected = security != "none";
    assert_eq!(envelope["from"], "guichet@id.test");
    assert_eq!(envelope["hello"], "id.test");
    assert_eq!(envelope["authenticated"], is_protected);
    let mail = MessageParser::default().parse(&source).expect("a mail");
    let from = mail.from().and_then(|from| from.first()).unwrap();
    assert_eq!(from.name(), Some("Académie de test"));
    assert!(mail.subject().unwrap().contains("mot de passe – Guichet de test"), "{:?}", mail.subject());
    assert!(mail.body_text(0).unwrap().lines().any(|line| line == LINK), "{source}");
    assert!(mail.body_html(0).unwrap().contains(LINK));
    assert!(source.is_ascii() && source.lines().all(|line| line.len() < 998), "{source}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_arrive_over_starttls_with_authentication() {
    arrives_over("starttls").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_arrive_over_tls_from_the_start_with_authentication() {
    arrives_over("tls").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_arrive_without_protection_at_a_server_of_the_same_machine() {
    arrives_over("none").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_with_accents_arrives() {
    let Some(server) = MailServer::start("starttls") else { return };
    let app = server.app(&[]).await;
    post(&app, "élodie@exemple.fr").await;
    assert_eq!(app.mailer.send_due().await.unwrap().sent, 1, "{:?}", listed(&app).await);
    assert_eq!(server.arrived(1).0["to"][0], "élodie@exemple.fr");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_nobody_vouches_for_and_a_wrong_password_stop_everything() {
    let Some(server) = MailServer::start("starttls") else { return };
    let other = MailServer::start("starttls").unwrap();
    let foreign = other.certificate.display().to_string();
    for (overrides, told) in [
        (vec![("MAIL__CA_FILE", foreign.as_str())], "TLS"),
        (vec![("MAIL__HOST", "127.0.0.1")], "TLS"),
        (vec![("MAIL__PASSWORD", "another")], "AUTH"),
    ] {
        let app = server.app(&overrides).await;
        post(&app, "elodie@example.org").await;
        let round = app.mailer.send_due().await.unwrap();
        assert_eq!(round, Round { put_off: 1, ..Round::default() }, "{overrides:?}");
        let mail = listed(&app).await.remove(0);
        assert_eq!(mail.state, State::Waiting);
        let reason = mail.last_error.unwrap();
        assert!(reason.contains(told) && !reason.contains("another"), "{reason}");
    }
    assert!(!server.scratch.path().join("1.eml").exists());
}
