//! A browser and an application over real sockets, one connection for each request.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use data_encoding::BASE64;
use serde_json::Value;

use crate::support::app::CLIENT_SECRET;
use crate::support::client::{VERIFIER, challenge};

pub const REDIRECT_URI: &str = "http://127.0.0.1:8089/callback";

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// Sends one request to a port of this machine and reads the answer to its end.
pub fn exchange(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(request(port, method, path, headers, body).as_bytes()).unwrap();
    read_reply(&mut stream)
}

/// The text of a request.
pub fn request(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    for (name, value) in headers {
        write!(text, "{name}: {value}\r\n").unwrap();
    }
    if method == "POST" {
        text += "Content-Type: application/x-www-form-urlencoded\r\n";
        write!(text, "Content-Length: {}\r\n", body.len()).unwrap();
    }
    text + "\r\n" + body
}

/// Reads an answer until its connection closes.
pub fn read_reply(stream: &mut TcpStream) -> Reply {
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    Reply { status, headers, body: body.to_owned() }
}

pub fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// Where the page's form goes.
    pub fn form_action(&self) -> String {
        let action = self.body.split("action=\"").nth(1).unwrap_or_else(|| panic!("no form: {self:?}"));
        action.split('"').next().unwrap().replace("&#38;", "&")
    }

    /// A parameter of the address that it redirects to.
    pub fn redirect_parameter(&self, name: &str) -> String {
        let location = self.header("location").unwrap_or_else(|| panic!("no redirect: {self:?}"));
        let query = location.split_once('?').map_or("", |(_, query)| query);
        let found = url::form_urlencoded::parse(query.as_bytes()).find(|(known, _)| known == name);
        found.unwrap_or_else(|| panic!("no {name} in {location}")).1.into_owned()
    }
}

/// A browser.
#[derive(Clone)]
pub struct Visitor {
    port: u16,
    pub cookies: BTreeMap<String, String>,
    /// Every secret seen on the way: cookies, journeys, codes.
    pub secrets: Vec<String>,
}

impl Visitor {
    pub fn new(port: u16) -> Self {
        Self { port, cookies: BTreeMap::new(), secrets: Vec::new() }
    }

    pub fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, "")
    }

    pub fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Reply {
        self.send("POST", path, &form(pairs))
    }

    fn send(&mut self, method: &str, path: &str, body: &str) -> Reply {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let origin = format!("http://127.0.0.1:{}", self.port);
        let headers = [("Cookie", cookies.as_str()), ("Origin", origin.as_str())];
        let reply = exchange(self.port, method, path, &headers, body);
        for (_, cookie) in reply.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
                self.secrets.push(value.to_owned());
            }
        }
        if let Some((_, query)) = reply.header("location").and_then(|location| location.split_once('?')) {
            let parameters = url::form_urlencoded::parse(query.as_bytes());
            let secret = parameters.filter(|(name, _)| matches!(name.as_ref(), "code" | "journey"));
            self.secrets.extend(secret.map(|(_, value)| value.into_owned()));
        }
        reply
    }

    /// Follows redirects as long as they stay on the site.
    pub fn follow(&mut self, mut reply: Reply) -> Reply {
        while let Some(within) = reply.header("location").filter(|location| location.starts_with('/')) {
            let within = within.to_owned();
            reply = self.get(&within);
        }
        reply
    }

    pub fn open(&mut self, path: &str) -> Reply {
        let reply = self.get(path);
        self.follow(reply)
    }

    /// Where the application sends this browser, with a door's name.
    pub fn authorization(door: &str) -> String {
        let query = form(&[
            ("client_id", "app"),
            ("redirect_uri", REDIRECT_URI),
            ("response_type", "code"),
            ("scope", "openid profile address"),
            ("state", "the-state"),
            ("code_challenge", &challenge(VERIFIER)),
            ("code_challenge_method", "S256"),
            ("idp_hint", door),
        ]);
        format!("/authorize?{query}")
    }

    /// Signs in with a personal password and gives the code that the application receives.
    pub fn sign_in(&mut self, identifier: &str, password: &str) -> String {
        let page = self.open(&Self::authorization("external"));
        let reply = self.post(&page.form_action(), &[("username", identifier), ("password", password)]);
        self.follow(reply).redirect_parameter("code")
    }

    /// Whether the site knows who this is.
    pub fn is_signed_in(&mut self) -> bool {
        self.get("/").status == 200
    }
}

/// Asks the token endpoint as the application.
pub fn token(port: u16, pairs: &[(&str, &str)]) -> Reply {
    let basic = format!("Basic {}", BASE64.encode(format!("app:{CLIENT_SECRET}").as_bytes()));
    exchange(port, "POST", "/token", &[("Authorization", &basic)], &form(pairs))
}

pub fn redeem(port: u16, code: &str) -> Reply {
    token(
        port,
        &[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ],
    )
}

pub fn refresh(port: u16, refresh_token: &str) -> Reply {
    token(port, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
}

pub fn userinfo(port: u16, access_token: &str) -> Reply {
    exchange(port, "GET", "/userinfo", &[("Authorization", &format!("Bearer {access_token}"))], "")
}
