//! The log of everything at its most talkative: nothing in it opens anything.

use std::io;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use guichet::server::logs::{self, Style};
use http::header::{CONTENT_TYPE, ORIGIN, USER_AGENT};
use http::{Method, Request};
use tracing_subscriber::EnvFilter;

use super::endpoints;
use super::secrets::{Hoard, PLACES};
use crate::oidc::form_encoded;
use crate::on_both_engines;
use crate::support::app::ISSUER;

/// What was written.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl io::Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// What a stranger would like to stand at the beginning of a line of its own, or in colour.
const FORGED: &str =
    "x\n1970-01-01T00:00:00.000000Z  WARN forged\r\u{1b}[31mforged\u{85}forged\u{2028}forged\u{202e}";

on_both_engines! {
    async fn no_stranger_writes_a_line_of_the_log(app: App) {
        let app = app.restarted_with(|settings| settings.registration.enabled = true).await;
        let paper = Paper::default();
        let copy = paper.clone();
        let style = Style::Human { colour: false };
        let subscriber = logs::subscriber("guichet=trace,info", style, move || copy.clone()).unwrap();
        let listening = tracing::subscriber::set_default(subscriber);
        let segment: String = percent_encoding::utf8_percent_encode(FORGED, percent_encoding::NON_ALPHANUMERIC).to_string();
        let endless = "%0Aforged".repeat(1_000);
        for endpoint in endpoints::all() {
            let names = endpoints::names_beside(endpoint);
            let pairs: Vec<_> = names.iter().map(|name| (name.as_str(), FORGED)).collect();
            let form = form_encoded(&pairs);
            for forged in [segment.as_str(), endless.as_str()] {
                let parts = endpoint.path.split('/').map(|part| if part.starts_with('{') { forged } else { part });
                let path = parts.collect::<Vec<_>>().join("/");
                for (method, address, kind, body) in [
                    (Method::GET, format!("{path}?{form}"), "", String::new()),
                    (Method::GET, format!("{path}/{forged}?{segment}={segment}"), "", String::new()),
                    (Method::POST, path.clone(), "application/x-www-form-urlencoded", form.clone()),
                    (Method::PUT, path.clone(), "application/json", serde_json::json!({ FORGED: FORGED }).to_string()),
                    (Method::DELETE, path.clone(), "", String::new()),
                ] {
                    let request = Request::builder().method(method).uri(&address).header(CONTENT_TYPE, kind)
                        .header(ORIGIN, ISSUER).header("sec-fetch-site", "same-origin").header(USER_AGENT, "forged\tforged");
                    app.answer(request.body(Body::from(body)).unwrap()).await;
                }
            }
        }
        drop(listening);
        let said = paper.text();
        assert!(said.lines().count() > 300, "only {} lines were said", said.lines().count());
        for line in said.lines() {
            assert!(line.starts_with("20"), "a line that is not ours: {line:?}");
            let is_obeyed = |letter: char| {
                letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!line.chars().any(is_obeyed), "{line:?}");
            assert!(line.len() < 2_000, "{} bytes: {line:?}", line.len());
        }
    }

    async fn no_secret_of_any_kind_is_logged_wherever_it_was_shown(app: App) {
        let paper = Paper::default();
        let copy = paper.clone();
        // As the program has it: our own lines of every level, those of others that are fit to be read.
        let subscriber = tracing_subscriber::fmt()
            .json()
            .with_env_filter(EnvFilter::new("guichet=trace,info"))
            .with_writer(move || copy.clone())
            .finish();
        let listening = tracing::subscriber::set_default(subscriber);
        let hoard = Hoard::gather(&app).await;
        for (number, held) in hoard.held.iter().enumerate() {
            // At some places that are not its own, each time others, then at its own.
            for place in PLACES.into_iter().skip(number % 4).step_by(4).filter(|place| !held.own.contains(place)) {
                hoard.is_taken(place, &held.secret).await;
            }
        }
        for held in &hoard.held {
            for place in held.own {
                hoard.is_taken(*place, &held.secret).await;
            }
        }
        drop(listening);
        let said = paper.text();
        assert!(said.lines().count() > 300, "only {} lines were said", said.lines().count());
        for line in said.lines() {
            for held in &hoard.held {
                // Six digits may stand anywhere; a name of their own they have in the audit alone.
                let is_number = held.secret.len() == 6;
                assert!(is_number || !line.contains(&held.secret), "the {} is in the log: {line}", held.name);
                let middle = &held.secret[held.secret.len() / 3..];
                assert!(held.secret.len() < 40 || !line.contains(middle), "most of the {} is in the log: {line}", held.name);
            }
        }
    }
}
