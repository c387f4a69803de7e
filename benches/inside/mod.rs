//! An installation driven in process, for measures in which a network would only blur what is looked for.

pub mod desk;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use guichet::accounts::Accounts;
use guichet::config::{self, Settings};
use guichet::database::Database;
use guichet::kit::clock::Clock;
use guichet::kit::random::Rng;
use guichet::server::Installation;
use http::header::{CONTENT_TYPE, COOKIE, HeaderName, LOCATION, SET_COOKIE};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};
use tower::ServiceExt;

/// The cheapest hash that the settings allow: what is looked for is the time beside it.
const CONFIGURATION: &str = r#"
data_directory = "."
[server]
listen = "127.0.0.1:0"
public_url = "https://id.example"
[site]
name = "Guichet"
operator = "Académie"
[[situations]]
id = "external"
title = "Intervenant"
door = "password"
[passwords]
argon2_memory = 7168
argon2_passes = 1
[throttling]
network_per_hour = 1000000
"#;

/// An installation in a folder of its own, removed with it.
pub struct House {
    pub accounts: Accounts,
    pub database: Database,
    router: Router,
    folder: PathBuf,
}

impl House {
    pub async fn build(name: &str) -> Self {
        Self::build_with(name, "", None).await
    }

    /// One with more in its configuration, on a PostgreSQL database or on a SQLite file of its own.
    pub async fn build_with(name: &str, more: &str, postgres: Option<&str>) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let url = postgres.map(|url| ("GUICHET__DATABASE__URL".to_owned(), url.to_owned()));
        let settings: Settings = config::parse(&format!("{CONFIGURATION}{more}"), name, &folder, url)
            .unwrap_or_else(|faults| panic!("{faults}"));
        if postgres.is_some() {
            let database = Database::open(&settings.database).await.expect("the database opens");
            database.migrate().await.expect("migrated");
            database.close().await;
        }
        let installation = Installation::assemble(&settings, Clock::system(), Rng::system())
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        Self {
            accounts: installation.accounts,
            database: installation.database,
            router: installation.router,
            folder,
        }
    }

    /// A browser at the password form, on a journey of its own.
    pub async fn at_the_form(&self) -> Visitor {
        let answer = self.answer(Asked::form("GET", "/sign-in").request()).await;
        let location = answer.headers()[LOCATION].to_str().expect("a location").to_owned();
        let cookie = answer.headers()[SET_COOKIE].to_str().expect("a cookie");
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let journey = location.split_once('?').expect("a journey").1;
        Visitor { action: format!("/sign-in/external?{journey}"), cookie }
    }

    /// Sends the form, and tells how long the whole answer took.
    pub async fn send(&self, visitor: &Visitor, identifier: &str, password: &str) -> (StatusCode, Duration) {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("username", identifier)
            .append_pair("password", password)
            .finish();
        let asked = Asked {
            headers: &[(COOKIE, &visitor.cookie)],
            body: Some(&form),
            ..Asked::form("POST", &visitor.action)
        };
        let (status, time, _) = self.ask(&asked).await;
        (status, time)
    }

    /// Asks for a page with a cookie, and tells how long the whole answer took, and what it was.
    pub async fn get(&self, address: &str, cookie: &str) -> (StatusCode, Duration, String) {
        self.ask(&Asked { headers: &[(COOKIE, cookie)], ..Asked::form("GET", address) }).await
    }

    /// Asks, and tells how long the whole answer took, and what it was.
    pub async fn ask(&self, asked: &Asked<'_>) -> (StatusCode, Duration, String) {
        let request = asked.request();
        let began = Instant::now();
        let answer = self.answer(request).await;
        let status = answer.status();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, began.elapsed(), String::from_utf8_lossy(&body).into_owned())
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.expect("the router always answers")
    }
}

/// Runs statements that make one row for each `i` from 1 to so many, read from `n`, in one transaction.
pub async fn fill(database: &Database, many: u32, statements: &[&str]) {
    let mut transaction = database.write().await.expect("a transaction");
    for statement in statements {
        let numbered = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many}) {statement}"
        );
        sqlx::query(AssertSqlSafe(numbered)).execute(&mut *transaction).await.expect("filled");
    }
    transaction.commit().await.expect("committed");
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A browser on its way.
pub struct Visitor {
    action: String,
    cookie: String,
}

/// A request.
#[derive(Clone)]
pub struct Asked<'a> {
    pub method: &'a str,
    pub address: &'a str,
    pub content: &'a str,
    pub headers: &'a [(HeaderName, &'a str)],
    pub body: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// One of a browser, without a cookie or a form yet.
    pub const fn form(method: &'a str, address: &'a str) -> Self {
        Self { method, address, content: "application/x-www-form-urlencoded", headers: &[], body: None }
    }

    fn request(&self) -> Request<Body> {
        let request = Request::builder()
            .method(self.method)
            .uri(self.address)
            .header("host", "id.example")
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, self.content);
        let request =
            self.headers.iter().fold(request, |request, (name, value)| request.header(name, *value));
        request
            .body(self.body.map_or_else(Body::empty, |body| Body::from(body.to_owned())))
            .expect("a request")
    }
}

/// A database of its own on the server where `GUICHET_TEST_POSTGRES` points.
pub struct OwnDatabase {
    admin: AnyConnection,
    name: String,
    pub url: String,
}

impl OwnDatabase {
    /// An empty one, if the server is named.
    pub async fn make(what: &str) -> Option<Self> {
        let server = std::env::var("GUICHET_TEST_POSTGRES").ok()?;
        let name = format!("{what}_{}", std::process::id());
        guichet::database::install_drivers();
        let admin = AnyConnection::connect(&server).await.expect("it answers");
        let url = format!("{}/{name}", server.rsplit_once('/').expect("an address").0);
        let mut own = Self { admin, name, url };
        own.order("CREATE DATABASE", "").await;
        Some(own)
    }

    /// Has the server do something with it.
    pub async fn order(&mut self, what: &str, how: &str) {
        let statement = format!("{what} {} {how}", self.name);
        self.admin.execute(AssertSqlSafe(statement)).await.expect("done");
    }

    /// Takes it away.
    pub async fn remove(mut self) {
        self.order("DROP DATABASE", "WITH (FORCE)").await;
    }
}

/// The value in the middle.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
