//! The mailbox in a browser: a list, a mail, and the same for programs.
//!
//! A mail's HTML is somebody else's: it is shown in a frame where nothing runs and from which nothing is
//! fetched; its links open in the whole window.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use jiff::tz::TimeZone;

use super::Mailbox;
use super::mail::{Mail, Piece};
use crate::kit::clock::Timestamp;
use crate::kit::dates::local;

const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const MAIL_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
     frame-ancestors 'self'; form-action 'none'; \
     sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation";

const STYLE: &str = concat!(
    include_str!("../../../templates/demo/style.css"),
    include_str!("../../../templates/demo/mailbox/style.css")
);
const ICON: &str = include_str!("../../../templates/demo/mailbox/icon.svg");

#[derive(Template)]
#[template(path = "demo/mailbox/list.html")]
struct ListPage {
    mails: Vec<Arc<Mail>>,
}

#[derive(Template)]
#[template(path = "demo/mailbox/mail.html")]
struct MailPage {
    mail: Arc<Mail>,
}

#[derive(Template)]
#[template(path = "demo/mailbox/gone.html")]
struct GonePage;

pub(super) fn router(mailbox: Mailbox) -> Router {
    Router::new()
        .route("/", get(show_list))
        .route("/mails.json", get(list_for_programs))
        .route("/mails/{number}", get(show_mail))
        .route("/mails/{number}/html", get(show_html))
        .route("/style.css", get(|| async { asset("text/css; charset=utf-8", STYLE) }))
        .route("/icon.svg", get(|| async { asset("image/svg+xml", ICON) }))
        .fallback(|| async { page(StatusCode::NOT_FOUND, &GonePage) })
        .with_state(mailbox)
}

async fn show_list(State(mailbox): State<Mailbox>) -> Response {
    let mut mails = mailbox.mails();
    mails.reverse();
    page(StatusCode::OK, &ListPage { mails })
}

async fn list_for_programs(State(mailbox): State<Mailbox>) -> Response {
    protected(Json(mailbox.mails()).into_response(), PAGE_POLICY)
}

async fn show_mail(State(mailbox): State<Mailbox>, Path(number): Path<String>) -> Response {
    match find(&mailbox, &number) {
        Some(mail) => page(StatusCode::OK, &MailPage { mail }),
        None => page(StatusCode::NOT_FOUND, &GonePage),
    }
}

async fn show_html(State(mailbox): State<Mailbox>, Path(number): Path<String>) -> Response {
    match find(&mailbox, &number) {
        // Sites refuse to be shown in a frame: links leave it.
        Some(mail) => html(StatusCode::OK, format!("<base target=\"_top\">{}", mail.html), MAIL_POLICY),
        None => page(StatusCode::NOT_FOUND, &GonePage),
    }
}

fn find(mailbox: &Mailbox, number: &str) -> Option<Arc<Mail>> {
    mailbox.find(number.parse().ok()?)
}

fn page(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(body) => html(status, body, PAGE_POLICY),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn html(status: StatusCode, body: String, policy: &'static str) -> Response {
    let content_type = [(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
    protected((status, content_type, body).into_response(), policy)
}

fn protected(mut response: Response, policy: &'static str) -> Response {
    let headers: [(HeaderName, &'static str); 4] = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, policy),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn asset(kind: &'static str, body: &'static str) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=300")], body).into_response()
}

/// The day and the hour where the academy is.
fn moment(at: Timestamp) -> String {
    let zone = TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC);
    let at = local(at, &zone);
    let (day, month, year) = (at.day(), at.month(), at.year());
    format!("{day:02}/{month:02}/{year} à {:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}
