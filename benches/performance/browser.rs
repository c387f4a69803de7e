//! A browser and a client on one connection that is kept: as little as whole flows need, so that it takes as little as
//! possible of the cores that it shares with the server.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The password of everybody.
pub const PASSWORD: &str = "Correct-Horse-7";
/// The secret of the client `app`.
pub const SECRET: &str = "a-client-secret-of-the-measure-0123456789";
/// What the API of the measure is called.
pub const RESOURCE: &str = "https://api.example";
const VERIFIER: &str = "a-code-verifier-of-the-measure-0123456789-abcdefgh";
const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";

/// By what the client proves itself.
pub fn credentials() -> String {
    format!("Basic {}", BASE64.encode(format!("app:{SECRET}").as_bytes()))
}

/// The same as a header.
pub fn proof() -> String {
    format!("authorization: {}\r\n", credentials())
}

/// For what access tokens are asked: for userinfo, or for the API, which at the peer makes them JWTs.
#[derive(Clone, Copy, Debug)]
pub enum Wish {
    UserInfo,
    Api,
}

impl Wish {
    fn parameters(self) -> &'static str {
        match self {
            Self::UserInfo => "&scope=openid%20profile",
            Self::Api => "&scope=openid%20profile%20api&resource=https%3A%2F%2Fapi.example",
        }
    }
}

/// What came back.
pub struct Answer {
    pub status: u16,
    location: Option<String>,
    pub body: String,
}

/// One connection with its cookies.
pub struct Browser {
    port: u16,
    stream: TcpStream,
    cookies: BTreeMap<String, String>,
    buffer: Vec<u8>,
}

impl Browser {
    pub async fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        Self { port, stream, cookies: BTreeMap::new(), buffer: vec![0; 64 * 1024] }
    }

    /// Forgets who was signed in.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    /// Asks, and reads the whole answer.
    pub async fn ask(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let length =
            if method == "GET" { String::new() } else { format!("content-length: {}\r\n", body.len()) };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n{headers}{length}\r\n{body}",
            self.port
        );
        self.stream.write_all(request.as_bytes()).await.expect("asked");
        let mut filled = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[filled..]).await.expect("an answer");
            assert!(read > 0, "the server closed the connection");
            filled += read;
            if let Some(answer) = self.whole(filled) {
                return answer;
            }
        }
    }

    /// What came so far, once it is a whole answer.
    fn whole(&mut self, filled: usize) -> Option<Answer> {
        let bytes = &self.buffer[..filled];
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let (mut length, mut location, mut cookies) = (0, None, Vec::new());
        for (name, value) in headers {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().expect("a length"),
                "transfer-encoding" => panic!("no length: {head}"),
                "location" => location = Some(value.to_owned()),
                "set-cookie" => cookies.push(value.split(';').next().unwrap_or_default().to_owned()),
                _ => {}
            }
        }
        let body = bytes.get(end + 4..end + 4 + length)?;
        let answer = Answer {
            status: head.get(9..12)?.parse().expect("a status"),
            location,
            body: String::from_utf8_lossy(body).into_owned(),
        };
        for (name, value) in cookies.iter().filter_map(|pair| pair.split_once('=')) {
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Some(answer)
    }

    /// Follows redirects within the site; gives the last page, or the address outside it.
    async fn follow(
        &mut self,
        mut method: &str,
        mut path: String,
        mut body: String,
    ) -> Result<String, Answer> {
        let origin = format!("http://127.0.0.1:{}", self.port);
        loop {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let form = if method == "GET" { String::new() } else { format!("{FORM}origin: {origin}\r\n") };
            let headers = format!("cookie: {}\r\naccept: text/html\r\n{form}", cookies.join("; "));
            let answer = self.ask(method, &path, &headers, &body).await;
            let Some(location) = &answer.location else { return Err(answer) };
            path = location.strip_prefix(&origin).unwrap_or(location).to_owned();
            if !path.starts_with('/') {
                return Ok(path);
            }
            (method, body) = ("GET", String::new());
        }
    }

    /// Asks for a code; signs in as `who` where that is asked. One round for who is signed in already.
    pub async fn authorize(&mut self, who: &str, wish: Wish) -> String {
        let path = format!(
            "/authorize?client_id=app&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&response_type=code\
             &state=s&nonce=n&code_challenge={}&code_challenge_method=S256{}",
            BASE64URL_NOPAD.encode(digest(&SHA256, VERIFIER.as_bytes()).as_ref()),
            wish.parameters()
        );
        let mut came = self.follow("GET", path, String::new()).await;
        loop {
            let page = match came {
                Ok(back) => {
                    let code = back.split("code=").nth(1).and_then(|rest| rest.split('&').next());
                    return code.unwrap_or_else(|| panic!("no code: {back}")).to_owned();
                }
                Err(page) => page,
            };
            assert_eq!(page.status, 200, "{}", page.body);
            let action = page.body.split("action=\"").nth(1).and_then(|rest| rest.split('"').next());
            let action = action.unwrap_or_else(|| panic!("no form: {}", page.body)).replace("&#38;", "&");
            let origin = format!("http://127.0.0.1:{}", self.port);
            let action = action.strip_prefix(&origin).map_or(action.clone(), str::to_owned);
            // The peer's forms say which of its two pages they are.
            let form = if page.body.contains("value=\"consent\"") {
                "prompt=consent".to_owned()
            } else {
                format!("prompt=login&login={who}&username={who}&password={PASSWORD}")
            };
            came = self.follow("POST", action, form).await;
        }
    }

    /// Redeems a code; gives what the token endpoint answers.
    pub async fn redeem(&mut self, code: &str) -> Value {
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback\
             &code_verifier={VERIFIER}"
        );
        self.token(&form).await
    }

    /// Asks the token endpoint for something that it must give.
    pub async fn token(&mut self, form: &str) -> Value {
        let answer = self.ask("POST", "/token", &format!("{}{FORM}", proof()), form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }
}
