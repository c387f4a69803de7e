//! A browser and an application over real sockets, which take it that an answer may not come.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use data_encoding::BASE64;
use serde_json::Value;

use crate::support::app::{CLIENT_SECRET, PASSWORD};
use crate::support::client::{VERIFIER, challenge};

/// For how long an answer is waited for; what takes longer has come to a standstill.
pub const PATIENCE: Duration = Duration::from_mins(1);
pub const REDIRECT_URI: &str = "http://127.0.0.1:8089/callback";
pub const SIGNED_OUT_URI: &str = "http://127.0.0.1:8089/bye";

/// No answer that tells what happened: none at all, half of one, or one that says "not now". What was asked may have been
/// done, or not.
#[derive(Debug)]
pub struct Unsure;

impl From<io::Error> for Unsure {
    fn from(error: io::Error) -> Self {
        assert!(
            !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut),
            "no answer after {PATIENCE:?}"
        );
        Self
    }
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// A member of a JSON answer that is a text.
    pub fn text(&self, member: &str) -> String {
        self.json()[member].as_str().unwrap_or_else(|| panic!("no {member}: {self:?}")).to_owned()
    }

    fn quoted_after(&self, before: &str) -> String {
        let rest = self.body.split(before).nth(1).unwrap_or_else(|| panic!("no {before}: {self:?}"));
        rest.split('"').next().unwrap_or_default().replace("&#38;", "&")
    }

    /// Where the page's form goes.
    pub fn form_action(&self) -> String {
        self.quoted_after("action=\"")
    }

    /// The session that the page's forms go with.
    pub fn session(&self) -> String {
        self.quoted_after("name=\"session\" value=\"")
    }

    /// The code that it brings to the application.
    pub fn code(&self) -> Option<String> {
        let query = self.header("location")?.split_once('?')?.1;
        let mut parameters = url::form_urlencoded::parse(query.as_bytes());
        parameters.find(|(name, _)| name == "code").map(|(_, code)| code.into_owned())
    }

    /// The answer, if it says what happened.
    fn sure(self) -> Result<Self, Unsure> {
        let told =
            self.header("location").is_some_and(|location| location.contains("temporarily_unavailable"));
        match self.status {
            503 => Err(Unsure),
            _ if told => Err(Unsure),
            status if status >= 500 => panic!("a fault: {self:?}"),
            _ => Ok(self),
        }
    }
}

pub fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Sends one request over a connection of its own and reads the whole answer.
pub fn exchange(
    port: u16,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Reply> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if method == "POST" {
        text += "Content-Type: application/x-www-form-urlencoded\r\n";
        let _ = write!(text, "Content-Length: {}\r\n", body.len());
    }
    stream.write_all((text + "\r\n" + body).as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    whole(&bytes).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// An answer, if all of it is there.
fn whole(bytes: &[u8]) -> Option<Reply> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let reply = Reply { status, headers, body: body.to_owned() };
    let length = reply.header("content-length").map_or(0, |length| length.parse().unwrap_or(usize::MAX));
    (body.len() == length).then_some(reply)
}

/// A browser.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The port that everybody knows.
    known: u16,
    pub cookies: BTreeMap<String, String>,
}

impl Visitor {
    pub fn new(known: u16) -> Self {
        Self { known, cookies: BTreeMap::new() }
    }

    pub fn get(&mut self, port: u16, path: &str) -> Result<Reply, Unsure> {
        self.send(port, "GET", path, "")
    }

    pub fn post(&mut self, port: u16, path: &str, pairs: &[(&str, &str)]) -> Result<Reply, Unsure> {
        self.send(port, "POST", path, &form(pairs))
    }

    /// Follows redirects on the site, and takes what it finds there for an answer even if it tells of trouble.
    pub fn open_whatever(&mut self, port: u16, path: &str) -> Reply {
        let mut reply = self.send_whatever(port, "GET", path, "").expect("an answer");
        while let Some(within) = reply.header("location").filter(|location| location.starts_with('/')) {
            let within = within.to_owned();
            reply = self.send_whatever(port, "GET", &within, "").expect("an answer");
        }
        reply
    }

    fn send(&mut self, port: u16, method: &str, path: &str, body: &str) -> Result<Reply, Unsure> {
        self.send_whatever(port, method, path, body)?.sure()
    }

    fn send_whatever(&mut self, port: u16, method: &str, path: &str, body: &str) -> Result<Reply, Unsure> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let origin = format!("http://127.0.0.1:{}", self.known);
        let headers = [("Cookie", cookies.as_str()), ("Origin", origin.as_str())];
        let reply = exchange(port, method, path, &headers, body)?;
        for (_, cookie) in reply.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a named cookie");
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(reply)
    }

    /// Follows redirects as long as they stay on the site.
    fn follow(&mut self, port: u16, mut reply: Reply) -> Result<Reply, Unsure> {
        while let Some(within) = reply.header("location").filter(|location| location.starts_with('/')) {
            let within = within.to_owned();
            reply = self.get(port, &within)?;
        }
        Ok(reply)
    }

    pub fn open(&mut self, port: u16, path: &str) -> Result<Reply, Unsure> {
        let reply = self.get(port, path)?;
        self.follow(port, reply)
    }

    /// Where the application sends this browser.
    pub fn authorization() -> String {
        let query = form(&[
            ("client_id", "app"),
            ("redirect_uri", REDIRECT_URI),
            ("response_type", "code"),
            ("scope", "openid profile"),
            ("state", "the-state"),
            ("code_challenge", &challenge(VERIFIER)),
            ("code_challenge_method", "S256"),
            ("idp_hint", "external"),
        ]);
        format!("/authorize?{query}")
    }

    /// Sends identifier and password from the form; what comes after, with redirects followed.
    pub fn try_password(&mut self, port: u16, person: &str, password: &str) -> Result<Reply, Unsure> {
        let page = self.open(port, &Self::authorization())?;
        let reply = self.post(port, &page.form_action(), &[("username", person), ("password", password)])?;
        self.follow(port, reply)
    }

    /// Signs in; the code that the application receives.
    pub fn sign_in(&mut self, port: u16, person: &str, password: &str) -> Result<String, Unsure> {
        let reply = self.try_password(port, person, password)?;
        Ok(reply.code().unwrap_or_else(|| panic!("{person} is not let in: {reply:?}")))
    }

    /// Whether the site knows who this is.
    pub fn is_signed_in(&mut self, port: u16) -> Result<bool, Unsure> {
        let reply = self.get(port, "/")?;
        assert!(matches!(reply.status, 200 | 303), "{reply:?}");
        Ok(reply.status == 200)
    }

    /// Signs out by the application's request.
    pub fn sign_out(&mut self, port: u16, id_token: &str) -> Result<(), Unsure> {
        let query = form(&[("id_token_hint", id_token), ("post_logout_redirect_uri", SIGNED_OUT_URI)]);
        let reply = self.open(port, &format!("/logout?{query}"))?;
        assert!(reply.header("location").is_some_and(|back| back.starts_with(SIGNED_OUT_URI)), "{reply:?}");
        Ok(())
    }

    /// Changes the password on the person's own page; whether the session goes on, which another node may have ended first.
    pub fn change_password(&mut self, port: u16, current: &str, chosen: &str) -> Result<bool, Unsure> {
        let before = self.cookies.clone();
        let session = self.get(port, "/account/password")?.session();
        let fields = [("session", session.as_str()), ("current-password", current), ("new-password", chosen)];
        let reply = self.post(port, "/account/password", &fields)?;
        assert_eq!(reply.header("location"), Some("/account?done=password"), "{reply:?}");
        Ok(self.cookies != before)
    }
}

/// Asks an endpoint as a client; an answer that says what happened.
fn ask(port: u16, path: &str, client: &str, pairs: &[(&str, &str)]) -> Result<Reply, Unsure> {
    let basic = format!("Basic {}", BASE64.encode(format!("{client}:{CLIENT_SECRET}").as_bytes()));
    exchange(port, "POST", path, &[("Authorization", &basic)], &form(pairs))?.sure()
}

pub fn redeem(port: u16, code: &str) -> Result<Reply, Unsure> {
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    ask(port, "/token", "app", &pairs)
}

pub fn refresh(port: u16, token: &str) -> Result<Reply, Unsure> {
    ask(port, "/token", "app", &[("grant_type", "refresh_token"), ("refresh_token", token)])
}

pub fn revoke(port: u16, token: &str) -> Result<Reply, Unsure> {
    ask(port, "/revoke", "app", &[("token", token)])
}

pub fn is_active(port: u16, token: &str) -> Result<bool, Unsure> {
    let reply = ask(port, "/introspect", "app", &[("token", token)])?;
    Ok(reply.json()["active"] == true)
}

/// A token of the application that acts for itself.
pub fn client_credentials(port: u16) -> Result<Reply, Unsure> {
    ask(port, "/token", "service", &[("grant_type", "client_credentials")])
}

/// What a person makes of a password that a test gives everybody, so that two differ.
pub fn numbered_password(number: u32) -> String {
    if number == 0 { PASSWORD.to_owned() } else { format!("Lampadaire-Tortue-{number}") }
}
