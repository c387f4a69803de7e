//! Stylesheet, script and icon: carried by the binary, or an operator's own theme.
//!
//! What the binary carries is linked with the start of its hash in the address, so that browsers may
//! keep it for a year and still never mix two versions. A theme directory is outside material: only
//! regular files of known kinds that truly lie inside it are served.

use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, LazyLock};

use aws_lc_rs::digest;
use axum::Router;
use axum::extract::Path as PathParameter;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, StatusCode, Uri};

use super::encoding::base64url;

/// A file that the binary carries.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    body: &'static [u8],
    version: String,
}

impl Asset {
    fn new(name: &'static str, content_type: &'static str, body: &'static [u8]) -> Self {
        Self { name, content_type, body, version: version_of(body) }
    }
}

static EMBEDDED: LazyLock<[Asset; 7]> = LazyLock::new(|| {
    [
        Asset::new("guichet.css", CSS, include_bytes!("../../templates/assets/guichet.css")),
        Asset::new("guichet.js", JAVASCRIPT, include_bytes!("../../templates/assets/guichet.js")),
        Asset::new("colours.css", CSS, include_bytes!("../../templates/assets/colours.css")),
        Asset::new("desk.css", CSS, include_bytes!("../../templates/assets/desk.css")),
        Asset::new("desk.js", JAVASCRIPT, include_bytes!("../../templates/assets/desk.js")),
        Asset::new("letters.css", CSS, include_bytes!("../../templates/assets/letters.css")),
        Asset::new("favicon.svg", SVG, include_bytes!("../../templates/assets/favicon.svg")),
    ]
});

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// What an address that names its version may be kept for: it never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// What an address without its version, or with another's, may be kept for.
const SHORTLY: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// The largest file of a theme that is served, in bytes.
const LARGEST_THEME_FILE: u64 = 4 * 1024 * 1024;

/// The address of a file that the binary carries, with its version.
#[must_use]
pub fn href(name: &str) -> String {
    match EMBEDDED.iter().find(|asset| asset.name == name) {
        Some(asset) => format!("/assets/{name}?v={}", asset.version),
        None => format!("/assets/{name}"),
    }
}

/// The addresses of the stylesheets for [`super::page::Site`]: the colours of what is ours in any case, then the theme if
/// there is one, else ours.
#[must_use]
pub fn stylesheets(theme: Option<&Path>) -> Vec<String> {
    match theme {
        Some(_) => vec![
            href("colours.css"),
            "/theme/dsfr.min.css".to_owned(),
            "/theme/utility/utility.min.css".to_owned(),
        ],
        None => vec![href("colours.css"), href("guichet.css")],
    }
}

/// The addresses of the script modules for [`super::page::Site`]: the theme's if there is one, else ours.
#[must_use]
pub fn scripts(theme: Option<&Path>) -> Vec<String> {
    match theme {
        Some(_) => vec!["/theme/dsfr.module.min.js".to_owned()],
        None => vec![href("guichet.js")],
    }
}

/// The routes `/assets/{name}` and, with a theme, `/theme/{path}`.
///
/// The directory may be the unpacked distribution or the package around it (with `dist` inside).
pub fn routes<S>(theme_directory: Option<PathBuf>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let router = Router::new().route("/assets/{name}", get(send_asset));
    let Some(directory) = theme_directory else { return router };
    let inner = directory.join("dist");
    let root: Arc<Path> = if inner.join("dsfr.min.css").is_file() { inner } else { directory }.into();
    router.route(
        "/theme/{*path}",
        get(move |PathParameter(path): PathParameter<String>, headers: HeaderMap| async move {
            match read_theme_file(&root, &path).await {
                Some((content_type, body)) => {
                    let version = version_of(&body);
                    send(&headers, content_type, &version, SHORTLY, body)
                }
                None => StatusCode::NOT_FOUND.into_response(),
            }
        }),
    )
}

async fn send_asset(PathParameter(name): PathParameter<String>, uri: Uri, headers: HeaderMap) -> Response {
    let Some(asset) = EMBEDDED.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    // During an upgrade an old node may be asked for the new version: it must not be kept for a year.
    let asked = uri.query().and_then(|query| query.strip_prefix("v="));
    let lifetime = if asked == Some(asset.version.as_str()) { FOR_EVER } else { SHORTLY };
    send(&headers, asset.content_type, &asset.version, lifetime, asset.body)
}

/// Sends a file, or 304 when the browser already has this version (RFC 9110 §13.1.2).
fn send(
    request: &HeaderMap,
    content_type: &'static str,
    version: &str,
    lifetime: HeaderValue,
    body: impl IntoResponse,
) -> Response {
    let etag = format!("\"{version}\"");
    let held = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let is_held = held.flat_map(|list| list.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.trim_start_matches("W/") == etag
    });
    let mut response = if is_held { StatusCode::NOT_MODIFIED.into_response() } else { body.into_response() };
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: HeaderValue| headers.insert(name, value);
    set(CONTENT_TYPE, HeaderValue::from_static(content_type));
    set(CACHE_CONTROL, lifetime);
    set(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        set(ETAG, etag);
    }
    response
}

/// A file of the theme with its type; `None` for whatever is not plainly inside, plain and of a known kind.
async fn read_theme_file(root: &Path, path: &str) -> Option<(&'static str, Vec<u8>)> {
    let relative = Path::new(path);
    let is_plain = |component| match component {
        Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
        _ => false,
    };
    if path.contains(['\\', '\0']) || !relative.components().all(is_plain) {
        return None;
    }
    let content_type = theme_type(relative.extension()?.to_str()?)?;
    let root = tokio::fs::canonicalize(root).await.ok()?;
    // Resolved last, so that a symbolic link cannot lead out of the directory.
    let file = tokio::fs::canonicalize(root.join(relative)).await.ok()?;
    let about = tokio::fs::metadata(&file).await.ok()?;
    if !file.starts_with(&root) || !about.is_file() || about.len() > LARGEST_THEME_FILE {
        return None;
    }
    Some((content_type, tokio::fs::read(&file).await.ok()?))
}

fn theme_type(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "css" => CSS,
        "js" | "mjs" => JAVASCRIPT,
        "svg" => SVG,
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}

/// The first 72 bits of a content's SHA-256, in base64url.
fn version_of(body: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, body);
    base64url(hash.as_ref().get(..9).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn ask(theme: Option<PathBuf>, path: &str, etag: Option<&str>) -> Response {
        let mut request = Request::get(path);
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let router: Router = routes(theme);
        router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    fn header(response: &Response, name: HeaderName) -> String {
        response.headers()[name].to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_versioned_asset_is_kept_for_a_year_and_others_shortly() {
        let response = ask(None, &href("guichet.css"), None).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, CONTENT_TYPE), CSS);
        assert_eq!(header(&response, CACHE_CONTROL), "public, max-age=31536000, immutable");
        let etag = header(&response, ETAG);
        let response = ask(None, "/assets/guichet.css?v=another", None).await;
        assert_eq!(header(&response, CACHE_CONTROL), "public, max-age=300");
        let response = ask(None, "/assets/guichet.css", Some(&etag)).await;
        assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
        assert!(response.into_body().collect().await.unwrap().to_bytes().is_empty());
    }

    #[tokio::test]
    async fn an_unknown_asset_is_not_found() {
        for path in ["/assets/other.css", "/assets/..%2f..%2fCargo.toml", "/theme/dsfr.min.css"] {
            assert_eq!(ask(None, path, None).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn a_theme_serves_what_lies_inside_it_and_nothing_else() {
        let base = std::env::temp_dir().join(format!("guichet-theme-{}", std::process::id()));
        let theme = base.join("theme");
        std::fs::create_dir_all(theme.join("dist/fonts")).unwrap();
        std::fs::write(theme.join("dist/dsfr.min.css"), "p{}").unwrap();
        std::fs::write(theme.join("dist/fonts/a.woff2"), "font").unwrap();
        std::fs::write(theme.join("dist/notes.txt"), "kept").unwrap();
        std::fs::write(theme.join("dist/.hidden.css"), "kept").unwrap();
        std::fs::write(base.join("secret.css"), "kept").unwrap();
        std::os::unix::fs::symlink(base.join("secret.css"), theme.join("dist/out.css")).unwrap();
        for path in ["/theme/dsfr.min.css", "/theme/fonts/a.woff2"] {
            assert_eq!(ask(Some(theme.clone()), path, None).await.status(), StatusCode::OK, "{path}");
        }
        let refused = [
            "out.css",
            "../../secret.css",
            "..%2f..%2fsecret.css",
            "fonts/..%2f..%2f..%2fsecret.css",
            "%2fetc%2fpasswd.css",
            "..%5c..%5csecret.css",
            ".hidden.css",
            "notes.txt",
            "fonts",
            "a%00.css",
        ];
        for path in refused {
            let response = ask(Some(theme.clone()), &format!("/theme/{path}"), None).await;
            assert_ne!(response.status(), StatusCode::OK, "{path}");
        }
        std::fs::remove_dir_all(base).unwrap();
    }
}
