//! The secrets that the demo's programs share, drawn once for a folder.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::DemoError;
use crate::kit::random::Rng;
use crate::kit::secrets::Secret;

/// The clients' secrets.
pub struct DemoSecrets {
    /// Of Guichet, at ARENA.
    pub arena: Secret,
    /// Of the expense-claim application.
    pub expense_app: Secret,
    /// Of whoever tries their own client, by basic authentication.
    pub try_basic: Secret,
    /// Of whoever tries their own client, by authentication in the body.
    pub try_post: Secret,
}

impl DemoSecrets {
    /// The secrets of a folder, drawn at its first use.
    pub fn load(data: &Path, rng: &Rng) -> Result<Self, DemoError> {
        let folder = data.join("secrets");
        let fault = |source| DemoError::Folder { path: folder.clone(), source };
        std::fs::create_dir_all(&folder).map_err(fault)?;
        let secret = |name: &str| read_or_draw(&folder.join(name), rng).map_err(fault);
        Ok(Self {
            arena: secret("arena")?,
            expense_app: secret("expense-app")?,
            try_basic: secret("try-basic")?,
            try_post: secret("try-post")?,
        })
    }
}

fn read_or_draw(file: &Path, rng: &Rng) -> std::io::Result<Secret> {
    if let Ok(text) = std::fs::read_to_string(file)
        && !text.is_empty()
    {
        return Ok(Secret::new(text));
    }
    let drawn = rng.token();
    OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(file)?
        .write_all(drawn.as_bytes())?;
    Ok(Secret::new(drawn))
}
