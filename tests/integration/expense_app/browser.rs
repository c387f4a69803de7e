//! A browser with a cookie jar, which follows redirects one by one.

use std::collections::BTreeMap;

use http::StatusCode;
use http::header::{COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use url::Url;

/// What a browser ends up looking at.
#[derive(Debug)]
pub struct Seen {
    pub status: StatusCode,
    pub url: Url,
    pub body: String,
}

/// A person's browser; its clone is another tab.
#[derive(Clone)]
pub struct Browser {
    http: reqwest::Client,
    app: Url,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub fn new(app: &Url) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { http, app: app.clone(), cookies: BTreeMap::new() }
    }

    /// Opens a page of the application and follows wherever it leads.
    pub async fn open(&mut self, path: &str) -> Seen {
        let request = self.http.get(self.app.join(path).unwrap());
        self.follow(request, 20).await
    }

    /// Opens a page and stops at its first answer: status and where it leads.
    pub async fn step(&mut self, url: &str) -> (StatusCode, Option<Url>) {
        let url = self.app.join(url).unwrap();
        let (seen, onward) = self.send(self.http.get(url)).await;
        (seen.status, onward)
    }

    /// Posts a form as the application's own page would.
    pub async fn post(&mut self, path: &str, form: &str) -> Seen {
        self.post_from(path, form, &self.app.origin().ascii_serialization()).await
    }

    /// Posts a form from another site's page.
    pub async fn post_from(&mut self, path: &str, form: &str, origin: &str) -> Seen {
        let request = self
            .http
            .post(self.app.join(path).unwrap())
            .header(ORIGIN, origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        self.follow(request, 20).await
    }

    pub fn cookie_names(&self) -> Vec<&str> {
        self.cookies.keys().map(String::as_str).collect()
    }

    async fn follow(&mut self, request: reqwest::RequestBuilder, most: usize) -> Seen {
        let (mut seen, mut onward) = self.send(request).await;
        for _ in 0..most {
            let Some(url) = onward else { return seen };
            (seen, onward) = self.send(self.http.get(url)).await;
        }
        panic!("the redirects have no end: {}", seen.url);
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> (Seen, Option<Url>) {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header(COOKIE, cookies.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let (status, url) = (answer.status(), answer.url().clone());
        let onward = answer.headers().get(LOCATION).map(|to| url.join(to.to_str().unwrap()).unwrap());
        (Seen { status, url, body: answer.text().await.unwrap() }, onward)
    }
}
