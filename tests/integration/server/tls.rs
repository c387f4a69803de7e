use std::path::{Path, PathBuf};
use std::time::Duration;

use guichet::config::TlsSettings;
use guichet::server::guard::protect;
use guichet::server::listener::ListenerSettings;
use guichet::server::tls::{Certificate, TlsError};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use reqwest::{Client, ClientBuilder, Version};
use tokio::time::{Instant, sleep};

use crate::server::running::{Running, little_patience, protection, routes, settings};

/// Files of a certificate, in a directory that goes with them.
pub struct Files {
    directory: PathBuf,
    pub settings: TlsSettings,
}

impl Files {
    pub fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("guichet-tls-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let settings = TlsSettings {
            certificate_file: directory.join("certificate.pem"),
            private_key_file: directory.join("key.pem"),
        };
        Self { directory, settings }
    }

    pub fn hold(&self, certificate: &CertifiedKey<KeyPair>) {
        write(&self.settings.certificate_file, &certificate.cert.pem());
        write(&self.settings.private_key_file, &certificate.signing_key.serialize_pem());
    }

    fn fault(&self) -> TlsError {
        Certificate::load(&self.settings).expect_err("it was accepted")
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

/// A certificate of `localhost`.
pub fn make() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn client_for(certificate: &CertifiedKey<KeyPair>) -> ClientBuilder {
    let root = reqwest::Certificate::from_der(certificate.cert.der()).unwrap();
    Client::builder().tls_certs_only([root])
}

async fn start(files: &Files, settings: ListenerSettings) -> Running {
    let tls = Some(Certificate::load(&files.settings).unwrap());
    Running::start(protect(routes(), protection()), ListenerSettings { tls, ..settings }).await
}

fn url(server: &Running, path: &str) -> String {
    format!("https://localhost:{}{path}", server.address.port())
}

#[tokio::test]
async fn http2_and_http1_are_spoken_over_tls() {
    let files = Files::new("versions");
    let certificate = make();
    files.hold(&certificate);
    let server = start(&files, settings()).await;
    for (builder, version) in [
        (client_for(&certificate), Version::HTTP_2),
        (client_for(&certificate).http1_only(), Version::HTTP_11),
    ] {
        let response = builder.build().unwrap().get(url(&server, "/who")).send().await.unwrap();
        assert_eq!(response.version(), version);
        assert!(response.text().await.unwrap().contains(" 127.0.0.1 "));
    }
}

#[tokio::test]
async fn limits_hold_over_http2_too() {
    let files = Files::new("limits");
    let certificate = make();
    files.hold(&certificate);
    let server = start(&files, settings()).await;
    let client = client_for(&certificate).build().unwrap();
    let body = "x".repeat(1024 * 1024);
    let response = client.post(url(&server, "/echo")).body(body).send().await.unwrap();
    assert_eq!((response.version(), response.status().as_u16()), (Version::HTTP_2, 413));
    let long = "x".repeat(40 * 1024);
    let response = client.get(url(&server, "/hello")).header("x-long", &long).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 431);
    let response = client.get(url(&server, &format!("/hello?{long}"))).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 414);
    let response = client.get(url(&server, "/panic")).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 500);
}

#[tokio::test]
async fn the_drain_lets_http2_requests_finish() {
    let files = Files::new("drain");
    let certificate = make();
    files.hold(&certificate);
    let mut server = start(&files, settings()).await;
    let client = client_for(&certificate).build().unwrap();
    let request = tokio::spawn(client.get(url(&server, "/slow")).send());
    sleep(Duration::from_millis(300)).await;
    server.tell_to_end();
    assert_eq!(request.await.unwrap().unwrap().text().await.unwrap(), "slow but sure");
    server.has_ended().await;
}

#[tokio::test]
async fn a_handshake_that_never_begins_is_not_waited_for() {
    let files = Files::new("handshake");
    files.hold(&make());
    let server = start(&files, ListenerSettings { patience: little_patience(), ..settings() }).await;
    let begun = Instant::now();
    assert_eq!(server.say("").await, "");
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_http2_connection_without_requests_is_closed() {
    let files = Files::new("idle");
    let certificate = make();
    files.hold(&certificate);
    let server =
        start(&files, ListenerSettings { patience: little_patience(), max_connections: 1, ..settings() })
            .await;
    let first = client_for(&certificate).build().unwrap();
    first.get(url(&server, "/hello")).send().await.unwrap().text().await.unwrap();
    // The one place stays taken until the first connection has rested long enough.
    let second = client_for(&certificate).timeout(Duration::from_secs(5)).build().unwrap();
    let begun = Instant::now();
    assert_eq!(second.get(url(&server, "/hello")).send().await.unwrap().text().await.unwrap(), "hello");
    assert!(begun.elapsed() >= Duration::from_millis(500), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_renewed_certificate_is_used_without_a_restart_and_a_broken_one_is_not() {
    let files = Files::new("renewal");
    let (first, second) = (make(), make());
    files.hold(&first);
    let certificate = Certificate::load_looking_every(&files.settings, Duration::from_millis(100)).unwrap();
    let server = Running::start(routes(), ListenerSettings { tls: Some(certificate), ..settings() }).await;
    let is_used = async |certificate: &CertifiedKey<KeyPair>| {
        client_for(certificate).build().unwrap().get(url(&server, "/hello")).send().await.is_ok()
    };
    assert!(is_used(&first).await && !is_used(&second).await);
    write(&files.settings.certificate_file, "rubbish");
    sleep(Duration::from_millis(500)).await;
    assert!(is_used(&first).await);
    files.hold(&second);
    sleep(Duration::from_millis(500)).await;
    assert!(is_used(&second).await && !is_used(&first).await);
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let files = Files::new("faults");
    assert!(
        matches!(files.fault(), TlsError::Unreadable { path, .. } if path == files.settings.certificate_file)
    );
    files.hold(&make());
    write(&files.settings.private_key_file, &make().signing_key.serialize_pem());
    assert!(matches!(files.fault(), TlsError::NotAPair { .. }));
    write(&files.settings.private_key_file, "");
    assert!(matches!(files.fault(), TlsError::NoPrivateKey { .. }));
    write(&files.settings.certificate_file, "");
    assert!(matches!(files.fault(), TlsError::NoCertificate { .. }));
    write(&files.settings.certificate_file, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
    assert!(matches!(files.fault(), TlsError::NotPem { .. }));
    write(&files.settings.certificate_file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    files.hold_key_of(&make());
    assert!(matches!(files.fault(), TlsError::Unusable { .. }));
}

impl Files {
    fn hold_key_of(&self, certificate: &CertifiedKey<KeyPair>) {
        write(&self.settings.private_key_file, &certificate.signing_key.serialize_pem());
    }
}
