//! Mail servers that misbehave: what becomes of the mail, and what is told of it.

use std::time::Duration;

use futures_util::future::join_all;
use guichet::mail::{Mailer, Patience, Round, State};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{left_at, listed, post};
use crate::support::App;

/// Enough for a busy machine, and not too long to wait for.
const PATIENCE: Patience = Patience {
    opening: Duration::from_secs(3),
    command: Duration::from_secs(3),
    text: Duration::from_secs(3),
};

/// Where in the conversation a server misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    Greeting,
    Ehlo,
    Mail,
    Rcpt,
    Data,
    /// Once the whole text is there.
    Text,
}

/// How it misbehaves there.
#[derive(Clone, Debug)]
pub enum Fault {
    Hangs,
    Dies,
    Answers(String),
}

const PUT_OFF: Round = Round { sent: 0, put_off: 1, unknown: 0, given_up: 0 };
const UNKNOWN: Round = Round { sent: 0, put_off: 1, unknown: 1, given_up: 0 };
const GIVEN_UP: Round = Round { sent: 0, put_off: 0, unknown: 0, given_up: 1 };

/// A server that behaves until it does not.
pub async fn start(at: At, fault: Fault) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(converse(stream, at, fault.clone()));
        }
    });
    port
}

async fn converse(stream: TcpStream, at: At, fault: Fault) {
    let mut stream = BufReader::new(stream);
    let mut step = At::Greeting;
    loop {
        let usual = match step {
            At::Greeting => "220 hello",
            At::Ehlo => "250 hello",
            At::Data => "354 go on",
            At::Mail | At::Rcpt | At::Text => "250 OK",
        };
        let answer = match &fault {
            _ if step != at => usual.to_owned(),
            Fault::Hangs => std::future::pending().await,
            Fault::Dies => return,
            Fault::Answers(line) => line.clone(),
        };
        if stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
        let is_text = step == At::Data && answer.starts_with("354");
        let Some(line) = read(&mut stream, is_text).await else { return };
        step = match line.split([' ', '\r']).next().unwrap_or_default() {
            _ if is_text => At::Text,
            "EHLO" => At::Ehlo,
            "MAIL" => At::Mail,
            "RCPT" => At::Rcpt,
            "DATA" => At::Data,
            // RSET and QUIT are answered with 250 like a MAIL that went well.
            _ if at == At::Mail => At::Rcpt,
            _ => At::Mail,
        };
    }
}

/// A line, or the lines of a text up to the dot.
async fn read(stream: &mut BufReader<TcpStream>, is_text: bool) -> Option<String> {
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if !is_text || line == ".\r\n" {
            return Some(line);
        }
    }
}

/// An installation with a server that works, and its mailer with little patience for one that does not.
async fn meeting(port: u16) -> (App, Mailer) {
    let app = App::start_with_mail(None).await;
    let meeting = app.restarted_with(|settings| settings.mail.as_mut().unwrap().port = port).await;
    (app, meeting.mailer.with_patience(PATIENCE))
}

/// Meets a server that misbehaves, and asserts what becomes of the mail.
async fn becomes(at: At, fault: Fault, expected: Round) {
    let told = format!("{at:?} {fault:?}");
    let (app, mailer) = meeting(start(at, fault).await).await;
    let id = post(&app, "elodie@example.org").await;
    assert_eq!(mailer.send_due().await.unwrap(), expected, "{told}");
    let mail = &listed(&app).await[0];
    let state = if expected.given_up > 0 { State::Failed } else { State::Waiting };
    assert_eq!((mail.state, mail.attempts), (state, 1), "{told}");
    let left = (expected.unknown > 0).then(|| app.clock.now().seconds());
    assert_eq!(left_at(&app, &id).await, left, "{told}");
    let reason = mail.last_error.as_deref().unwrap();
    assert!(!reason.contains("elodie") && !reason.contains('\n') && reason.len() < 300, "{told}: {reason}");
    // Whatever happened, it arrives once there is a server that works.
    if state == State::Waiting {
        app.wait(60);
        let arrived = app.mails().await;
        assert_eq!(arrived.len(), 1, "{told}");
        assert_eq!(arrived[0].message_id, format!("{id}@id.test"));
    }
}

#[tokio::test]
async fn a_server_that_hangs_costs_one_attempt() {
    let before = [At::Greeting, At::Ehlo, At::Mail, At::Rcpt, At::Data];
    join_all(before.map(|at| becomes(at, Fault::Hangs, PUT_OFF))).await;
    becomes(At::Text, Fault::Hangs, UNKNOWN).await;
}

#[tokio::test]
async fn a_server_that_dies_before_the_text_has_not_taken_the_mail() {
    let before = [At::Greeting, At::Ehlo, At::Mail, At::Rcpt, At::Data];
    join_all(before.map(|at| becomes(at, Fault::Dies, PUT_OFF))).await;
}

#[tokio::test]
async fn a_server_that_dies_after_the_text_may_have_taken_the_mail() {
    becomes(At::Text, Fault::Dies, UNKNOWN).await;
}

#[tokio::test]
async fn a_server_that_refuses_for_now_is_asked_again() {
    for at in [At::Greeting, At::Mail, At::Rcpt, At::Data, At::Text] {
        let words = "451 4.3.0 not now, <elodie@example.org>";
        becomes(at, Fault::Answers(words.to_owned()), PUT_OFF).await;
    }
    becomes(At::Rcpt, Fault::Answers("421 closing".to_owned()), PUT_OFF).await;
}

#[tokio::test]
async fn a_recipient_or_a_text_refused_for_good_is_given_up_at_once() {
    for at in [At::Rcpt, At::Text] {
        let words = "550 5.1.1 <elodie@example.org>: no such elodie@example.org";
        becomes(at, Fault::Answers(words.to_owned()), GIVEN_UP).await;
    }
}

#[tokio::test]
async fn a_server_set_up_wrong_is_asked_again_until_somebody_mends_it() {
    becomes(At::Mail, Fault::Answers("550 5.7.1 sender not allowed".to_owned()), PUT_OFF).await;
    becomes(At::Mail, Fault::Answers("530 5.7.0 authenticate first".to_owned()), PUT_OFF).await;
    becomes(At::Rcpt, Fault::Answers("554 5.7.1 relay access denied".to_owned()), PUT_OFF).await;
}

#[tokio::test]
async fn what_is_no_answer_is_taken_for_none() {
    let long = format!("220 {}", "x".repeat(5_000));
    for answer in ["HTTP/1.1 400 Bad Request", "", "\u{1}\u{2}", "999 what", "220-", long.as_str()] {
        becomes(At::Greeting, Fault::Answers(answer.to_owned()), PUT_OFF).await;
    }
    becomes(At::Rcpt, Fault::Answers("OK".to_owned()), PUT_OFF).await;
    // The text is with them, whatever they mean by it.
    becomes(At::Text, Fault::Answers("OK".to_owned()), UNKNOWN).await;
}

#[tokio::test]
async fn nobody_listening_costs_one_connection_for_a_whole_round() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let (app, mailer) = meeting(port).await;
    for number in 0..10 {
        post(&app, &format!("person{number}@example.org")).await;
    }
    assert_eq!(mailer.send_due().await.unwrap(), Round { put_off: 10, ..Round::default() });
    assert!(listed(&app).await.iter().all(|mail| mail.last_error.as_ref().unwrap().contains("connecting")));
}

#[tokio::test]
async fn one_refused_recipient_harms_no_other_mail_of_the_round() {
    let (app, mailer) = meeting(start(At::Rcpt, Fault::Answers("550 5.1.1 no".to_owned())).await).await;
    for number in 0..6 {
        post(&app, &format!("person{number}@example.org")).await;
    }
    assert_eq!(mailer.send_due().await.unwrap(), Round { given_up: 6, ..Round::default() });
    assert_eq!(app.mails().await.len(), 0);
}

#[tokio::test]
async fn starttls_is_never_left_out() {
    let app = App::start_with_mail_and(None, &[("MAIL__SECURITY", "starttls")]).await;
    let id = post(&app, "elodie@example.org").await;
    assert_eq!(app.mails().await.len(), 0);
    let reason = listed(&app).await[0].last_error.clone().unwrap();
    assert!(reason.contains("TLS"), "{reason}");
    assert_eq!(left_at(&app, &id).await, None);
}

#[tokio::test]
async fn a_server_that_talks_without_end_is_not_listened_to() {
    // One line of a megabyte is one too long, at whatever step.
    let endless = "x".repeat(1024 * 1024);
    for at in [At::Greeting, At::Ehlo, At::Mail, At::Data] {
        let listener = start(at, Fault::Answers(format!("250-{endless}"))).await;
        let (app, mailer) = meeting(listener).await;
        post(&app, "elodie@example.org").await;
        assert_eq!(mailer.send_due().await.unwrap(), PUT_OFF, "{at:?}");
        let mail = &listed(&app).await[0];
        let reason = mail.last_error.as_deref().unwrap();
        assert!(reason.contains("without end"), "{at:?}: {reason}");
    }
}
