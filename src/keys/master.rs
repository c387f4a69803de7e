//! The master key: 256 bits from which every sealing and authenticating key is derived.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::config::{KeySettings, MasterKeySource};
use crate::kit::encoding::{base64url, from_base64url};
use crate::kit::random::Rng;

/// What a derived key is for: keys of two purposes have nothing in common, so that what is sealed
/// for one is refused by every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Private signing keys at rest.
    SigningKeys,
    /// A sign-in in progress, carried by the browser.
    Journey,
    /// What a browser keeps while it is at an upstream provider.
    UpstreamJourney,
    /// The right to replace a temporary password, just proved.
    FirstSignIn,
    /// The form of a decision that a person is asked for (consent, sign-out).
    Decision,
    /// Refresh tokens.
    RefreshTokens,
    /// The names under which people are known to the clients of one sector.
    PairwiseSubjects,
    /// The names under which sessions are known to the clients of one sector.
    PairwiseSessions,
    /// Mails in the outbox.
    Mail,
    /// The names of the buckets that count guesses.
    Throttling,
    /// What names the identifier of a recovery case.
    RecoveryCases,
    /// Codes that are read aloud on the telephone.
    SpokenCodes,
    /// The page at which a caller waits.
    CallerPage,
    /// The networks from which accesses are opened and used.
    Networks,
    /// What marks a browser that was used at a desk.
    DeskBrowser,
    /// What remembers a browser in which somebody signed in.
    KnownBrowser,
    /// What names identifiers that are taken.
    Identifiers,
    /// What names the codes that people type for devices.
    UserCodes,
    /// The ID tokens of upstream providers, kept for signing out there.
    UpstreamHint,
    /// The secrets of clients.
    ClientSecrets,
    /// What chains the events of the audit.
    Audit,
    /// The codes by which managers are named.
    NamingCodes,
    /// What is to be printed on letters.
    UnprintedLetters,
    /// Lists of people that wait to be read in.
    PeopleLists,
    /// The ids of people whom a form at the desk makes.
    PeopleByHand,
}

impl Purpose {
    const fn info(self) -> &'static [u8] {
        match self {
            Self::SigningKeys => b"guichet signing keys v1",
            Self::Journey => b"guichet journey v1",
            Self::UpstreamJourney => b"guichet upstream journey v1",
            Self::FirstSignIn => b"guichet first sign-in v1",
            Self::Decision => b"guichet decision v1",
            Self::RefreshTokens => b"guichet refresh tokens v1",
            Self::PairwiseSubjects => b"guichet pairwise subjects v1",
            Self::PairwiseSessions => b"guichet pairwise sessions v1",
            Self::Mail => b"guichet mail v1",
            Self::Throttling => b"guichet throttling v1",
            Self::RecoveryCases => b"guichet recovery cases v1",
            Self::SpokenCodes => b"guichet spoken codes v1",
            Self::CallerPage => b"guichet caller page v1",
            Self::Networks => b"guichet networks v1",
            Self::DeskBrowser => b"guichet desk browser v1",
            Self::KnownBrowser => b"guichet known browser v1",
            Self::Identifiers => b"guichet identifiers v1",
            Self::UserCodes => b"guichet user codes v1",
            Self::UpstreamHint => b"guichet upstream hint v1",
            Self::ClientSecrets => b"guichet client secrets v1",
            Self::Audit => b"guichet audit v1",
            Self::NamingCodes => b"guichet naming codes v1",
            Self::UnprintedLetters => b"guichet unprinted letters v1",
            Self::PeopleLists => b"guichet people lists v1",
            Self::PeopleByHand => b"guichet people by hand v1",
        }
    }
}

/// The one secret from which the others are derived.
#[derive(Clone)]
pub struct MasterKey(Prk);

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The file cannot be read or made.
    #[error(
        "the master key file {path} cannot be read or made: {source}; check data_directory and who owns it"
    )]
    File {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// What was found is not a key.
    #[error(
        "the master key (keys.master_key, or master.key in the data directory) is not 43 characters of base64url (32 bytes); restore the one that was there"
    )]
    Malformed,
}

impl MasterKey {
    /// Takes the key that the settings give, or the generated one from its file, made at first use.
    pub fn load(settings: &KeySettings, rng: &Rng) -> Result<Self, MasterKeyError> {
        match &settings.master_key {
            MasterKeySource::Given(text) => Self::parse(text.expose()),
            MasterKeySource::Generated(path) => {
                let text = read_or_create(path, rng)
                    .map_err(|source| MasterKeyError::File { path: path.clone(), source })?;
                Self::parse(&text)
            }
        }
    }

    /// The same one each time.
    #[cfg(test)]
    pub(crate) fn of_tests() -> Self {
        Self::parse(&base64url(&[7; 32])).expect("a key")
    }

    fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let bytes = Zeroizing::new(from_base64url(text.trim()).ok_or(MasterKeyError::Malformed)?);
        if bytes.len() != 32 {
            return Err(MasterKeyError::Malformed);
        }
        Ok(Self(Salt::new(HKDF_SHA256, b"guichet").extract(&bytes)))
    }

    /// The key that seals for one purpose.
    ///
    /// # Panics
    ///
    /// Never: the length of a key is one that HKDF can give.
    #[must_use]
    pub fn sealer(&self, purpose: Purpose) -> Sealer {
        let key = UnboundKey::from(
            self.0.expand(&[purpose.info()], &AES_256_GCM_SIV).expect("a key's length fits HKDF"),
        );
        Sealer(std::sync::Arc::new(LessSafeKey::new(key)))
    }

    /// The key that authenticates for one purpose.
    ///
    /// # Panics
    ///
    /// Never: the length of a key is one that HKDF can give.
    #[must_use]
    pub fn mac(&self, purpose: Purpose) -> Mac {
        let key = hmac::Key::from(
            self.0.expand(&[purpose.info()], hmac::HMAC_SHA256).expect("a key's length fits HKDF"),
        );
        Mac(key)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MasterKey([redacted])")
    }
}

/// Two starts at once must agree on one key: the file appears whole, under its name, or not at all.
fn read_or_create(path: &Path, rng: &Rng) -> std::io::Result<Zeroizing<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => return Ok(Zeroizing::new(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
    }
    let draft = path.with_extension(format!("new-{}", rng.id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(base64url(&rng.bytes::<32>()).as_bytes())?;
    file.sync_all()?;
    let linked = std::fs::hard_link(&draft, path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => {
            if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                std::fs::File::open(parent)?.sync_all()?;
            }
            std::fs::read_to_string(path).map(Zeroizing::new)
        }
    }
}

/// Seals texts for one purpose: secret, unforgeable, bound to a context.
#[derive(Clone)]
pub struct Sealer(std::sync::Arc<LessSafeKey>);

impl Sealer {
    /// Seals bytes so that only the same purpose and the same context open them.
    ///
    /// # Panics
    ///
    /// Never below the 64 GiB that AES-GCM-SIV can seal at once.
    #[must_use]
    pub fn seal(&self, rng: &Rng, context: &[u8], plain: &[u8]) -> String {
        let nonce = rng.bytes::<NONCE_LEN>();
        let mut sealed = plain.to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut sealed)
            .expect("a text this short can be sealed");
        base64url(&[nonce.as_slice(), &sealed].concat())
    }

    /// Opens what [`Sealer::seal`] made; `None` when it was altered or belongs elsewhere.
    #[must_use]
    pub fn open(&self, context: &[u8], sealed: &str) -> Option<Vec<u8>> {
        let mut bytes = from_base64url(sealed)?;
        if bytes.len() < NONCE_LEN {
            return None;
        }
        let mut text = bytes.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&bytes).ok()?;
        let opened = self.0.open_in_place(nonce, Aad::from(context), &mut text).ok()?;
        Some(opened.to_vec())
    }

    /// Seals a value as JSON.
    #[must_use]
    pub fn seal_value<T: serde::Serialize>(&self, rng: &Rng, context: &[u8], value: &T) -> String {
        self.seal(rng, context, &serde_json::to_vec(value).unwrap_or_default())
    }

    /// Opens a value sealed by [`Sealer::seal_value`].
    #[must_use]
    pub fn open_value<T: serde::de::DeserializeOwned>(&self, context: &[u8], sealed: &str) -> Option<T> {
        serde_json::from_slice(&self.open(context, sealed)?).ok()
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sealer")
    }
}

/// Authenticates texts for one purpose (HMAC-SHA256).
#[derive(Clone)]
pub struct Mac(hmac::Key);

impl Mac {
    /// The code of a text, in base64url.
    #[must_use]
    pub fn of(&self, text: &str) -> String {
        base64url(hmac::sign(&self.0, text.as_bytes()).as_ref())
    }

    /// Whether `code` is the code of `text`, in a time that tells nothing.
    #[must_use]
    pub fn verify(&self, text: &str, code: &str) -> bool {
        from_base64url(code).is_some_and(|code| hmac::verify(&self.0, text.as_bytes(), &code).is_ok())
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Mac")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_for_its_purpose_and_context() {
        let rng = Rng::system();
        let journey = MasterKey::of_tests().sealer(Purpose::Journey);
        let sealed = journey.seal(&rng, b"browser a", b"hello");
        assert_eq!(journey.open(b"browser a", &sealed).as_deref(), Some(b"hello".as_slice()));
        assert_eq!(journey.open(b"browser b", &sealed), None);
        assert_eq!(MasterKey::of_tests().sealer(Purpose::FirstSignIn).open(b"browser a", &sealed), None);
    }

    #[test]
    fn any_altered_or_cut_text_is_refused() {
        let rng = Rng::system();
        let journeys = MasterKey::of_tests().sealer(Purpose::Journey);
        let sealed = journeys.seal(&rng, b"", b"hello");
        for length in 0..sealed.len() {
            assert_eq!(journeys.open(b"", &sealed[..length]), None);
        }
        assert_eq!(journeys.open(b"", &format!("{sealed}A")), None);
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        assert!(matches!(MasterKey::parse("short"), Err(MasterKeyError::Malformed)));
    }
}
