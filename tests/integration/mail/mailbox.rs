//! The demo's mailbox: what it shows, and what it takes.

use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;

use super::{LINK, post};
use crate::support::{App, Postbox};

async fn get(postbox: &Postbox, path: &str) -> (StatusCode, String, String) {
    let request = Request::builder().uri(path).body(Body::empty()).unwrap();
    let response = postbox.pages().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let policy = parts.headers.get("content-security-policy").map(|value| value.to_str().unwrap().to_owned());
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, policy.unwrap_or_default(), String::from_utf8_lossy(&body).into_owned())
}

/// Says these lines to the mailbox and hears all that it answers.
async fn converse(postbox: &Postbox, lines: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", postbox.port)).await.unwrap();
    stream.write_all(lines.as_bytes()).await.unwrap();
    let mut heard = String::new();
    let _ = stream.read_to_string(&mut heard).await;
    heard
}

#[tokio::test]
async fn mails_are_listed_newest_first_and_open_with_links_to_click() {
    let app = App::start_with_mail(None).await;
    let postbox = app.postbox();
    let (_, _, empty) = get(postbox, "/").await;
    assert!(empty.contains("id=\"no-mail\""), "{empty}");
    for to in ["first@example.org", "second@example.org"] {
        post(&app, to).await;
        app.mails().await;
    }
    let (status, policy, list) = get(postbox, "/").await;
    assert_eq!(status, StatusCode::OK);
    assert!(policy.starts_with("default-src 'none'"));
    assert!(list.find("second@example.org") < list.find("first@example.org"), "{list}");
    let (_, _, mail) = get(postbox, "/mails/1").await;
    assert!(mail.contains(&format!("<a href=\"{LINK}\">")) && mail.contains("sandbox="), "{mail}");
    let (_, policy, html) = get(postbox, "/mails/1/html").await;
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox "), "{policy}");
    assert!(!policy.contains("script"), "{policy}");
    assert!(html.contains("<base target=\"_top\">") && html.contains(LINK), "{html}");
    let (_, _, json) = get(postbox, "/mails.json").await;
    let mails: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(mails[1]["to"][0], "second@example.org");
    assert_eq!(mails[0]["links"][0], LINK);
    for gone in ["/mails/3", "/mails/x", "/mails/1/other", "/elsewhere"] {
        assert_eq!(get(postbox, gone).await.0, StatusCode::NOT_FOUND, "{gone}");
    }
}

#[tokio::test]
async fn what_strangers_send_is_shown_and_never_run() {
    let postbox = Postbox::start().await;
    let mail = "EHLO x\r\nMAIL FROM:<a@b.fr>\r\nRCPT TO:<\"><script>@b.fr>\r\nDATA\r\n\
                Subject: <script>alert(1)</script>\r\n\r\n..a dot\r\n<script>\r\n.\r\nQUIT\r\n";
    let heard = converse(&postbox, mail).await;
    assert!(heard.ends_with("221 goodbye\r\n"), "{heard}");
    let (_, _, list) = get(&postbox, "/").await;
    let (_, _, mail) = get(&postbox, "/mails/1").await;
    assert!(!list.contains("<script") && !mail.contains("<script"), "{list}\n{mail}");
    assert!(postbox.arrived()[0].text.starts_with(".a dot"));
}

#[tokio::test]
async fn commands_out_of_order_and_what_is_too_large_are_refused() {
    let postbox = Postbox::start().await;
    let heard = converse(&postbox, "DATA\r\nRCPT TO:<a@b.fr>\r\nMAIL a@b.fr\r\nWHAT\r\nQUIT\r\n").await;
    let codes: Vec<&str> = heard.lines().filter_map(|line| line.get(..3)).collect();
    assert_eq!(codes, ["220", "503", "503", "501", "502", "221"], "{heard}");
    let start = "MAIL FROM:<a@b.fr>\r\nRCPT TO:<a@b.fr>\r\nDATA\r\n";
    let large = format!("{start}{}.\r\nQUIT\r\n", format!("{}\r\n", "x".repeat(1_000)).repeat(1_100));
    assert!(converse(&postbox, &large).await.contains("552"));
    // A line without end is not waited for.
    assert!(converse(&postbox, &"x".repeat(20_000)).await.lines().count() <= 1);
    assert_eq!(postbox.arrived().len(), 0);
}
