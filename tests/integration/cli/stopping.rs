//! SIGTERM: what is under way is finished, nothing new is begun, and the process ends well.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use super::Installation;
use super::wire::{Visitor, form, read_reply, request};

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn sigterm_lets_a_request_finish_and_ends_with_success() {
    let installation = Installation::new();
    installation.create_account("elefevre", "Correct-Horse-7");
    let mut serving = installation.serve();
    let port = installation.port;
    let mut visitor = installation.visitor();
    let action = visitor.open(&Visitor::authorization("external")).form_action();

    // Half a sign-in is on its way when the process is told to stop.
    let cookies: Vec<String> =
        visitor.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let body = form(&[("username", "elefevre"), ("password", "Correct-Horse-7")]);
    let text = request(port, "POST", &action, &[("Cookie", &cookies.join("; "))], &body);
    let (first, rest) = text.split_at(text.len() - 10);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(first.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    serving.ask_to_end();
    while TcpStream::connect(("127.0.0.1", port)).is_ok() {
        assert_eq!(serving.end(), None, "{}", serving.said());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(serving.end(), None, "it waits for the request");

    stream.write_all(rest.as_bytes()).unwrap();
    let reply = read_reply(&mut stream);
    assert_eq!(reply.status, 303, "{reply:?}");
    let began = std::time::Instant::now();
    let status = loop {
        if let Some(status) = serving.end() {
            break status;
        }
        assert!(began.elapsed() < LIMIT, "{}", serving.said());
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(0));
    assert!(serving.said().contains("stopped"), "{}", serving.said());

    // The session that was opened at the last moment is there at the next start.
    let session =
        reply.headers.iter().find(|(name, value)| name == "set-cookie" && value.contains("session"));
    let (name, value) = session.unwrap().1.split(';').next().unwrap().split_once('=').unwrap();
    visitor.cookies.insert(name.to_owned(), value.to_owned());
    let _serving = installation.serve();
    assert!(visitor.is_signed_in());
}
