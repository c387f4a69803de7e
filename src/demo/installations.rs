//! The two installations of the demo: the academy's, and the ARENA that it federates to.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::secrets::{DemoSecrets, PrivateKey};
use super::{Addresses, DemoError};
use crate::config::{self, ResourceSettings, SCIM_SCOPE, Settings};
use crate::kit::secrets::Secret;

/// The client id of the expense-claim application.
pub(super) const EXPENSE_APP: &str = "etats-de-frais";
/// The client id of the application that manages people by SCIM.
pub(super) const IMAGIN: &str = "imagin";
/// The client id of whoever tries their own client with a key.
pub(super) const KEY_CLIENT: &str = "essai-cle";
/// Where whoever tries their own client can receive codes.
const TRY_ORIGIN: &str = "http://127.0.0.1:8089";

/// The academy of the seed, as an operator would configure it, at the demo's addresses.
const ACADEMY: &str = include_str!("../../config/lyon.toml");
/// What a shell reads before the operators' commands.
pub(super) const COMMANDS: &str = "commands.env";
const ARENA: &str = include_str!("arena.toml");

/// The audience of the access tokens that the application's API accepts.
pub(super) fn resource(addresses: &Addresses) -> String {
    format!("{}api", addresses.expense_app)
}

/// The academy's installation.
pub(super) fn guichet(
    data: &Path,
    at: &Addresses,
    mail_port: u16,
    secrets: &DemoSecrets,
) -> Result<Settings, DemoError> {
    let app = at.expense_app.as_str();
    let folder = data.join("guichet");
    let mut overrides = Overrides::at(&folder, &at.guichet);
    overrides.set("SERVER__TRUSTED_PROXIES", "[]");
    overrides.set("MAIL__FROM", "Guichet de démonstration <guichet@example.org>");
    overrides.set("MAIL__HOST", "127.0.0.1");
    overrides.set("MAIL__PORT", &mail_port.to_string());
    overrides.set("MAIL__SECURITY", "none");
    overrides.set("UPSTREAMS__0__ISSUER", origin(&at.arena));
    overrides.set("UPSTREAMS__0__CLIENT_SECRET", secrets.arena.expose());
    overrides.set("UPSTREAMS__0__SIGN_OUT", "true");
    // A Guichet tells the claims that are not of the standard under this scope.
    overrides.set("UPSTREAMS__0__SCOPES", r#"["openid", "profile", "email", "imagin"]"#);
    overrides.set("CLIENTS__0__CLIENT_URI", app);
    overrides.set("CLIENTS__0__CLIENT_SECRET", secrets.expense_app.expose());
    overrides.set("CLIENTS__0__REDIRECT_URIS", &format!(r#"["{app}callback"]"#));
    overrides.set("CLIENTS__0__POST_LOGOUT_REDIRECT_URIS", &format!(r#"["{app}signed-out"]"#));
    overrides.set("CLIENTS__0__BACKCHANNEL_LOGOUT_URI", &format!("{app}backchannel-logout"));
    overrides.set("CLIENTS__0__BACKCHANNEL_LOGOUT_SESSION_REQUIRED", "true");
    overrides.set("CLIENTS__0__RESOURCES", &format!(r#"["{}"]"#, resource(at)));
    for (place, client) in try_clients(secrets).into_iter().enumerate() {
        let mut set =
            |key: &str, value: &str| overrides.set(&format!("CLIENTS__{}__{key}", place + 1), value);
        client.describe(&mut set);
    }
    describe_imagin(at, secrets, &mut overrides);
    let settings = config::parse(ACADEMY, "config/lyon.toml", &folder, overrides.0.clone())?;
    for_commands(data, &folder, &overrides)
        .map_err(|source| DemoError::Folder { path: data.to_owned(), source })?;
    Ok(settings)
}

/// The application that prints convocations, as `config/lyon.toml` has it in a comment.
fn describe_imagin(at: &Addresses, secrets: &DemoSecrets, overrides: &mut Overrides) {
    let place = try_clients(secrets).len() + 1;
    let resources = format!(r#"["{}"]"#, ResourceSettings::scim(origin(&at.guichet)).uri);
    for (key, value) in [
        ("CLIENT_ID", IMAGIN),
        ("CLIENT_NAME", "IMAGIN"),
        ("CLIENT_SECRET", secrets.imagin.expose()),
        ("TOKEN_ENDPOINT_AUTH_METHOD", "client_secret_basic"),
        ("GRANT_TYPES", r#"["client_credentials"]"#),
        ("SCOPE", SCIM_SCOPE),
        ("ID_TOKEN_SIGNED_RESPONSE_ALG", "ES256"),
        ("RESOURCES", &resources),
        ("AUTHORITY", "lyon"),
    ] {
        overrides.set(&format!("CLIENTS__{place}__{key}"), value);
    }
}

/// A client for whoever tries their own.
struct TryClient<'a> {
    id: &'static str,
    proof: Proof<'a>,
    grant_types: &'static str,
}

/// How a client proves itself.
enum Proof<'a> {
    Secret(&'static str, &'a Secret),
    Key(&'a PrivateKey),
    Nothing,
}

/// One for each way of proving oneself; the last is a device, which has no address.
fn try_clients(secrets: &DemoSecrets) -> [TryClient<'_>; 4] {
    let confidential = |id, proof| TryClient {
        id,
        proof,
        grant_types: r#"["authorization_code", "refresh_token", "client_credentials"]"#,
    };
    [
        confidential("essai", Proof::Secret("client_secret_basic", &secrets.try_basic)),
        confidential("essai-post", Proof::Secret("client_secret_post", &secrets.try_post)),
        confidential(KEY_CLIENT, Proof::Key(&secrets.try_key)),
        TryClient {
            id: "essai-appareil",
            proof: Proof::Nothing,
            grant_types: r#"["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]"#,
        },
    ]
}

impl TryClient<'_> {
    /// Sets each key of its registration.
    fn describe(&self, set: &mut impl FnMut(&str, &str)) {
        set("CLIENT_ID", self.id);
        set("CLIENT_NAME", r#"{ fr = "Application d’essai", en = "Trial application" }"#);
        match self.proof {
            Proof::Secret(method, secret) => {
                set("TOKEN_ENDPOINT_AUTH_METHOD", method);
                set("CLIENT_SECRET", secret.expose());
            }
            Proof::Key(key) => {
                set("TOKEN_ENDPOINT_AUTH_METHOD", "private_key_jwt");
                set("JWKS", &key.public_set().to_string());
            }
            Proof::Nothing => set("TOKEN_ENDPOINT_AUTH_METHOD", "none"),
        }
        set("GRANT_TYPES", self.grant_types);
        set("SCOPE", "openid profile email phone address offline_access imagin");
        set("ID_TOKEN_SIGNED_RESPONSE_ALG", "RS256");
        set("FIRST_PARTY", "true");
        if !matches!(self.proof, Proof::Nothing) {
            set("REDIRECT_URIS", &format!(r#"["{TRY_ORIGIN}/callback"]"#));
            set("POST_LOGOUT_REDIRECT_URIS", &format!(r#"["{TRY_ORIGIN}/", "{TRY_ORIGIN}/signed-out"]"#));
            set("BACKCHANNEL_LOGOUT_URI", &format!("{TRY_ORIGIN}/backchannel-logout"));
        }
    }
}

/// Leaves what a shell reads so that the operators' commands find the demo's Guichet.
fn for_commands(data: &Path, folder: &Path, overrides: &Overrides) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let configuration = std::path::absolute(folder.join("guichet.toml"))?;
    std::fs::write(&configuration, ACADEMY)?;
    let mut text = format!("GUICHET_CONFIG={}\n", quoted(&configuration.display().to_string()));
    for (key, value) in &overrides.0 {
        let _ = writeln!(text, "{key}={}", quoted(value));
    }
    let path = data.join(COMMANDS);
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// ARENA: identifier and password of the academic mailbox, and claims with the names of the federation.
pub(super) fn arena(data: &Path, at: &Addresses, secrets: &DemoSecrets) -> Result<Settings, DemoError> {
    let folder = data.join("arena");
    let mut overrides = Overrides::at(&folder, &at.arena);
    overrides.set("CLIENTS__0__CLIENT_SECRET", secrets.arena.expose());
    let callback = format!(r#"["{}federation/arena/callback"]"#, at.guichet);
    overrides.set("CLIENTS__0__REDIRECT_URIS", &callback);
    let returned = format!(r#"["{}logout/returned"]"#, at.guichet);
    overrides.set("CLIENTS__0__POST_LOGOUT_REDIRECT_URIS", &returned);
    let word = format!("{}federation/arena/backchannel-logout", at.guichet);
    overrides.set("CLIENTS__0__BACKCHANNEL_LOGOUT_URI", &word);
    overrides.set("CLIENTS__0__BACKCHANNEL_LOGOUT_SESSION_REQUIRED", "true");
    // Guichet sends the browser on to the application at once, and form-action governs that too.
    let onward = format!(r#"["{}", "{TRY_ORIGIN}"]"#, origin(&at.expense_app));
    overrides.set("CLIENTS__0__ONWARD_ORIGINS", &onward);
    Ok(config::parse(ARENA, "the demo's ARENA", &folder, overrides.0)?)
}

struct Overrides(Vec<(String, String)>);

impl Overrides {
    fn at(folder: &Path, public_url: &url::Url) -> Self {
        let mut overrides = Self(Vec::new());
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        overrides.set("DATA_DIRECTORY", &folder.display().to_string());
        overrides.set("SERVER__PUBLIC_URL", origin(public_url));
        overrides.set("SERVER__LISTEN", origin(public_url).trim_start_matches("http://"));
        overrides.set("SERVER__DRAIN", "2 s");
        overrides
    }

    fn set(&mut self, key: &str, value: &str) {
        self.0.push((format!("GUICHET__{key}"), value.to_owned()));
    }
}

fn origin(url: &url::Url) -> &str {
    url.as_str().trim_end_matches('/')
}
