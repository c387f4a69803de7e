//! TLS that ends here: TLS 1.2 and 1.3, and a certificate that is renewed without a restart.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CipherSuite, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::config::TlsSettings;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Why a certificate cannot be used, in a line that names the file.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file of the certificate chain holds none.
    #[error("{}: no certificate in PEM form was found (BEGIN CERTIFICATE)", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The file of the private key holds none.
    #[error("{}: no private key in PEM form was found (BEGIN PRIVATE KEY)", path.display())]
    NoPrivateKey {
        /// The file.
        path: PathBuf,
    },
    /// A file is not PEM.
    #[error("{}: not a PEM file: {source}", path.display())]
    NotPem {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The key is another certificate's.
    #[error("{} is not the private key of {}", private_key.display(), certificate.display())]
    NotAPair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        private_key: PathBuf,
    },
    /// The certificate or key is of a kind that cannot be used.
    #[error("{}: {source}", certificate.display())]
    Unusable {
        /// The file of the certificate.
        certificate: PathBuf,
        /// What is wrong with it.
        source: rustls::Error,
    },
}

/// A certificate with its key, as its files hold them at the moment.
#[derive(Clone)]
pub struct Certificate {
    files: TlsSettings,
    current: Arc<RwLock<Arc<ServerConfig>>>,
    loaded: Stamps,
    look_every: Duration,
}

impl Certificate {
    /// Reads and checks the files, which are looked at again every five seconds while they serve.
    pub fn load(files: &TlsSettings) -> Result<Self, TlsError> {
        Self::load_looking_every(files, LOOK_EVERY)
    }

    /// The same, with another pace.
    pub fn load_looking_every(files: &TlsSettings, look_every: Duration) -> Result<Self, TlsError> {
        // Looked at before they are read, so that a change in between is seen as one later.
        let loaded = Stamps::of(files);
        let current = read_config(files)?;
        Ok(Self { files: files.clone(), current: Arc::new(RwLock::new(current)), loaded, look_every })
    }

    /// What performs the handshake of a new connection, with the certificate of this moment.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current))
    }

    /// Keeps the certificate as new as its files, for ever.
    ///
    /// Files that cannot be used leave the certificate as it was, and are told of once.
    pub(super) async fn follow_files(self) {
        let mut seen = self.loaded;
        let mut used = self.loaded;
        loop {
            tokio::time::sleep(self.look_every).await;
            let certificate = self.clone();
            let look = move || {
                let now = Stamps::of(&certificate.files);
                // A file still being written, or a pair half replaced, is left alone until it rests.
                let renewed = (now == seen && now != used).then(|| certificate.reload());
                (now, renewed)
            };
            let Ok((now, renewed)) = tokio::task::spawn_blocking(look).await else { continue };
            seen = now;
            match renewed {
                None => continue,
                Some(Ok(())) => tracing::info!("the certificate was renewed from its files"),
                Some(Err(error)) => {
                    tracing::error!(%error, "the new certificate cannot be used; the previous one stays");
                }
            }
            used = now;
        }
    }

    fn reload(&self) -> Result<(), TlsError> {
        let renewed = read_config(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Certificate({})", self.files.certificate_file.display())
    }
}

/// When each file was last changed, and how long it was; nothing for a file that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamps {
    certificate: Option<(SystemTime, u64)>,
    private_key: Option<(SystemTime, u64)>,
}

impl Stamps {
    fn of(files: &TlsSettings) -> Self {
        let stamp = |path: &Path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        Self { certificate: stamp(&files.certificate_file), private_key: stamp(&files.private_key_file) }
    }
}

fn read_config(files: &TlsSettings) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = read_chain(&files.certificate_file)?;
    let key = read_key(&files.private_key_file)?;
    let unusable = |source| match source {
        rustls::Error::InconsistentKeys(_) => TlsError::NotAPair {
            certificate: files.certificate_file.clone(),
            private_key: files.private_key_file.clone(),
        },
        source => TlsError::Unusable { certificate: files.certificate_file.clone(), source },
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The algorithms of TLS. With TLS 1.2 only ECDHE with AES-GCM is spoken, as RFC 9325 §4.2 recommends
/// and FAPI 2.0 (§5.2.2) demands.
fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites.retain(|suite| {
        !matches!(
            suite.suite(),
            CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
        )
    });
    provider
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match chain {
        Ok(chain) if chain.is_empty() => Err(TlsError::NoCertificate { path: path.to_owned() }),
        Ok(chain) => Ok(chain),
        Err(source) => Err(TlsError::NotPem { path: path.to_owned(), source }),
    }
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = zeroize::Zeroizing::new(read(path)?);
    PrivateKeyDer::from_pem_slice(&text).map_err(|source| match source {
        pem::Error::NoItemsFound => TlsError::NoPrivateKey { path: path.to_owned() },
        source => TlsError::NotPem { path: path.to_owned(), source },
    })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}
