//! Makes forgeries of a token: of its header, its key, its claims, its signature and its form.

use aws_lc_rs::hmac;
use data_encoding::BASE64;
use guichet::config::{ClientKeys, ClientSettings};
use guichet::kit::encoding::{base64url, from_base64url};
use serde_json::{Value, json};

use crate::federation::signing::{Signer, sign_hmac, unsigned};
use crate::support::App;
use crate::support::app::{CLIENT_SECRET, ISSUER, START};

/// The least that one genuine token is turned into.
pub const LEAST: usize = 200;

/// The order of P-256, big-endian: with s, order − s is as good a signature.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The letters of base64url, each at its value.
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Every type of token that there is, and what is none.
const TYPES: [&str; 16] = [
    "JWT",
    "jwt",
    "at+jwt",
    "application/at+jwt",
    "logout+jwt",
    "token-introspection+jwt",
    "oauth-authz-req+jwt",
    "dpop+jwt",
    "secevent+jwt",
    "client-authentication+jwt",
    "JOSE",
    "JOSE+JSON",
    "application/jwt",
    "",
    " ",
    "JWT ",
];

/// What a token becomes, and whether it still says the same.
pub struct Forged {
    pub name: String,
    pub token: String,
    /// What its signer signed, in another form: it may be believed, and does no more than the genuine one.
    pub says_the_same: bool,
}

/// A genuine token of a kind, and what is known to whoever would forge one.
pub struct Genuine<'a> {
    pub signer: &'a Signer,
    pub header: Value,
    /// The claims of the nth token: what counts once has a name of its own each time.
    pub claims: &'a dyn Fn(usize) -> Value,
    /// The types under which the kind comes.
    pub types: &'a [&'a str],
    /// Whether it may come without the name of its key.
    pub key_may_be_nameless: bool,
    /// Claims, each with values that it must not have.
    pub wrong: Vec<(&'static str, Vec<Value>)>,
}

/// Whether something of ours refuses a text before it is looked at as a token: it is none, no text, or too long.
pub fn is_no_parameter(token: &str) -> bool {
    token.is_empty() || token.contains('\0') || token.len() > 60_000
}

/// The installation whose client `app` signs with this key.
pub async fn signing_client(app: &App, signer: &Signer) -> App {
    let keys = ClientKeys::Inline(json!({ "keys": [signer.jwk()] }));
    with_client(app, "app", |client| client.keys = keys).await
}

/// The installation with a client changed.
pub async fn with_client(app: &App, id: &str, change: impl FnOnce(&mut ClientSettings)) -> App {
    app.restarted_with(|settings| {
        change(settings.clients.iter_mut().find(|client| client.client_id == id).expect("a client"));
    })
    .await
}

/// What is no moment.
pub fn no_moments() -> Vec<Value> {
    let texts = ["", "soon", "1800000060", "NaN", "2027-01-15T08:00:00Z"].map(Value::from);
    let others = [
        json!(null),
        json!(true),
        json!(false),
        json!([]),
        json!([START + 60]),
        json!({}),
        json!({ "at": START }),
    ];
    texts.into_iter().chain(others).collect()
}

/// Ends that are no moments, or are over.
pub fn wrong_ends() -> Vec<Value> {
    let over = [json!(-1), json!(0), json!(1.5), json!(i64::MIN), json!(START - 3_600), json!(START - 61)];
    [no_moments(), over.into()].concat()
}

/// Beginnings that are no moments, or are to come.
pub fn wrong_beginnings() -> Vec<Value> {
    [no_moments(), vec![json!(START + 3_600), json!(START + 1_000_000_000)]].concat()
}

/// What is almost a text, and not it.
pub fn almost(text: &str) -> Vec<Value> {
    let swapped: String = text
        .chars()
        .map(|one| if one.is_lowercase() { one.to_ascii_uppercase() } else { one.to_ascii_lowercase() })
        .collect();
    let mut texts = vec![
        String::new(),
        " ".to_owned(),
        format!("{text} "),
        format!(" {text}"),
        format!("{text}\u{0}"),
        format!("{text}\n"),
        format!("{text}/"),
        format!("{text}x"),
        format!("{text},{text}"),
        format!("{text}\u{200b}"),
        text[1..].to_owned(),
        text[..text.len() - 1].to_owned(),
        text.replacen('p', "\u{440}", 1).replacen('t', "\u{442}", 1),
        format!("{text}{text}"),
        "*".to_owned(),
        swapped,
    ];
    if let Some(rest) = text.strip_prefix("https://") {
        texts.extend([
            format!("http://{rest}"),
            format!("https://{rest}:443"),
            format!("https://u@{rest}"),
            rest.to_owned(),
        ]);
        texts.extend([format!("{text}/token"), format!("{text}?"), format!("{text}#"), format!("//{rest}")]);
    }
    let others =
        [json!(null), json!(7), json!(true), json!([]), json!({}), json!({ "value": text }), json!([[text]])];
    texts.into_iter().filter(|other| other != text).map(Value::from).chain(others).collect()
}

/// Audiences that do not name somebody.
pub fn wrong_audiences(right: &str) -> Vec<Value> {
    let mut wrong = almost(right);
    wrong.extend([
        json!(["https://evil.example"]),
        json!([""]),
        json!([null]),
        json!([7]),
        json!([right, 7]),
        json!([right, null]),
        json!([{ "aud": right }]),
        json!([right, [right]]),
        json!(["https://evil.example", format!("{right}/")]),
    ]);
    wrong
}

/// Every forgery of a genuine token.
pub fn forgeries(genuine: &Genuine<'_>) -> Vec<Forged> {
    let mut forger = Forger { genuine, made: Vec::new() };
    forger.leave_unsigned();
    forger.use_what_is_public_as_a_secret();
    forger.name_another_algorithm();
    forger.name_another_key();
    forger.bring_a_key_along();
    forger.demand_extensions();
    forger.name_another_type();
    forger.say_something_else();
    forger.say_things_twice();
    forger.bend_the_signature();
    forger.bend_the_form();
    forger.sign_what_is_no_claims();
    assert!(forger.made.len() >= LEAST, "only {} forgeries", forger.made.len());
    forger.made
}

struct Forger<'a> {
    genuine: &'a Genuine<'a>,
    made: Vec<Forged>,
}

impl Forger<'_> {
    fn claims(&self) -> Value {
        (self.genuine.claims)(self.made.len())
    }

    fn header(&self, member: &str, value: Value) -> Value {
        let mut header = self.genuine.header.clone();
        header[member] = value;
        header
    }

    /// A genuine token that was never used.
    fn fresh(&self) -> String {
        self.genuine.signer.sign_under(&self.genuine.header, &self.claims())
    }

    fn put(&mut self, name: impl Into<String>, token: String) {
        self.made.push(Forged { name: name.into(), token, says_the_same: false });
    }

    fn put_same(&mut self, name: impl Into<String>, token: String) {
        self.made.push(Forged { name: name.into(), token, says_the_same: true });
    }

    fn leave_unsigned(&mut self) {
        let spellings = [
            json!("none"),
            json!("None"),
            json!("NONE"),
            json!("nOnE"),
            json!("none "),
            json!(" none"),
            json!("none\u{0}"),
            json!("n\u{43e}ne"),
            json!(""),
            json!(null),
            json!(0),
            json!(false),
            json!(["none"]),
            json!({ "alg": "none" }),
            json!("NULL"),
            json!("plain"),
        ];
        for alg in spellings {
            let bare = unsigned(&self.header("alg", alg.clone()), &self.claims());
            let signature = base64url(&self.genuine.signer.signature(bare.as_bytes()));
            for (with, end) in
                [("nothing", String::new()), ("a zero", "AA".to_owned()), ("its signature", signature)]
            {
                self.put(format!("alg {alg} and {with}"), format!("{bare}.{end}"));
            }
        }
        let mut header = self.genuine.header.clone();
        header.as_object_mut().expect("an object").remove("alg");
        let token = self.genuine.signer.sign_under(&header, &self.claims());
        self.put("no alg", token);
        let bare = unsigned(&self.genuine.header, &self.claims());
        self.put("no signature", format!("{bare}."));
    }

    fn use_what_is_public_as_a_secret(&mut self) {
        let jwk = self.genuine.signer.jwk();
        let der = self.genuine.signer.public_der();
        let lines: Vec<String> = BASE64
            .encode(&der)
            .as_bytes()
            .chunks(64)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", lines.join("\n"));
        let x = jwk["x"].as_str().expect("an EC key");
        let rsa = Signer::rs256("r").jwk();
        let secrets: Vec<Vec<u8>> = vec![
            format!("{pem}\n").into(),
            pem.clone().into(),
            pem.replace('\n', "\r\n").into(),
            der.clone(),
            BASE64.encode(&der).into(),
            x.into(),
            from_base64url(x).expect("base64url"),
            jwk.to_string().into(),
            json!({ "keys": [jwk] }).to_string().into(),
            rsa["n"].as_str().expect("a modulus").into(),
            self.genuine.signer.kid.into(),
            CLIENT_SECRET.into(),
            ISSUER.into(),
            Vec::new(),
            vec![0],
            b"secret".to_vec(),
            "s3cret / \u{e9}".into(),
        ];
        for (number, secret) in secrets.iter().enumerate() {
            for (alg, hash) in
                [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
            {
                let token = sign_hmac(hash, secret, &self.header("alg", json!(alg)), &self.claims());
                self.put(format!("{alg} with what is known, {number}"), token);
            }
        }
    }

    fn name_another_algorithm(&mut self) {
        for alg in [
            "HS256",
            "RS256",
            "RS384",
            "RS512",
            "PS256",
            "PS384",
            "PS512",
            "ES384",
            "ES512",
            "ES256K",
            "EdDSA",
            "Ed25519",
            "es256",
            "ES256 ",
            "ECDH-ES",
            "RSA-OAEP",
            "dir",
            "A256GCM",
            "SHA256withECDSA",
        ] {
            let token = self.genuine.signer.sign_under(&self.header("alg", json!(alg)), &self.claims());
            self.put(format!("signed as it is, and called {alg}"), token);
        }
        for other in [Signer::rs256("o"), Signer::ps256("o"), Signer::eddsa("o"), Signer::es256("o")] {
            let token = other.sign_under(&self.header("alg", json!(other.alg)), &self.claims());
            self.put(format!("signed by a stranger with {}", other.alg), token);
        }
    }

    fn name_another_key(&mut self) {
        let stranger = Signer::es256("stranger");
        let long = "k".repeat(5_000);
        for kid in [
            "",
            " ",
            "x",
            "..",
            "../../../../../../dev/null",
            "/dev/null",
            "file:///dev/null",
            "C:\\Windows\\win.ini",
            "key.pem\u{0}.txt",
            "' OR '1'='1",
            "x' UNION SELECT 'AA' --",
            "|id",
            "$(id)",
            "https://evil.example/jwks",
            "0",
            "-1",
            long.as_str(),
            "\u{202e}",
            "constructor",
            "__proto__",
            "null",
        ] {
            let header = self.header("kid", json!(kid));
            let name = &kid[..kid.len().min(24)];
            self.put(
                format!("its key called {name:?}"),
                self.genuine.signer.sign_under(&header, &self.claims()),
            );
            self.put(
                format!("a stranger's key called {name:?}"),
                stranger.sign_under(&header, &self.claims()),
            );
        }
        for kid in [
            json!(7),
            json!(true),
            json!([self.genuine.signer.kid]),
            json!({ "kid": self.genuine.signer.kid }),
        ] {
            let token = self.genuine.signer.sign_under(&self.header("kid", kid.clone()), &self.claims());
            self.put(format!("its key called {kid}"), token);
        }
        let mut header = self.genuine.header.clone();
        header.as_object_mut().expect("an object").remove("kid");
        self.put("a stranger's key without a name", stranger.sign_under(&header, &self.claims()));
        self.put(
            "a stranger's key under its name",
            stranger.sign_under(&self.genuine.header, &self.claims()),
        );
        let nameless = self.genuine.signer.sign_under(&header, &self.claims());
        let null = self.genuine.signer.sign_under(&self.header("kid", json!(null)), &self.claims());
        for (name, token) in [("no kid", nameless), ("a kid that is null", null)] {
            let says_the_same = self.genuine.key_may_be_nameless;
            self.made.push(Forged { name: name.to_owned(), token, says_the_same });
        }
    }

    fn bring_a_key_along(&mut self) {
        let stranger = Signer::es256(self.genuine.signer.kid);
        let certificate = BASE64.encode(&stranger.public_der());
        for (member, value) in [
            ("jwk", stranger.jwk()),
            ("jwk", self.genuine.signer.jwk()),
            ("jwk", json!({ "keys": [stranger.jwk()] })),
            ("jku", json!("https://evil.example/jwks")),
            ("jku", json!(format!("{ISSUER}/jwks"))),
            ("jku", json!("http://127.0.0.1:1/")),
            ("jku", json!("file:///etc/passwd")),
            ("x5u", json!("https://evil.example/certificate")),
            ("x5c", json!([certificate])),
            ("x5t", json!("AAAAAAAAAAAAAAAAAAAAAAAAAAA")),
            ("x5t#S256", json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")),
            ("epk", stranger.jwk()),
        ] {
            let header = self.header(member, value);
            self.put(format!("a stranger's, with {member}"), stranger.sign_under(&header, &self.claims()));
            let mut nameless = header.clone();
            nameless.as_object_mut().expect("an object").remove("kid");
            self.put(
                format!("a stranger's, with {member} and no kid"),
                stranger.sign_under(&nameless, &self.claims()),
            );
            self.put_same(
                format!("its own, with {member}"),
                self.genuine.signer.sign_under(&header, &self.claims()),
            );
        }
    }

    fn demand_extensions(&mut self) {
        for crit in [
            json!(["b64"]),
            json!(["exp"]),
            json!(["exp", "b64"]),
            json!([""]),
            json!(["crit"]),
            json!(["alg"]),
            json!(["http://evil.example/"]),
            json!("b64"),
            json!([7]),
            json!({}),
            json!(true),
        ] {
            let mut header = self.header("crit", crit.clone());
            header["b64"] = json!(true);
            header["exp"] = json!(START + 60);
            self.put(format!("crit {crit}"), self.genuine.signer.sign_under(&header, &self.claims()));
        }
        for (member, value) in [
            ("b64", json!(false)),
            ("zip", json!("DEF")),
            ("cty", json!("JWT")),
            ("enc", json!("A256GCM")),
            ("crit", json!(null)),
        ] {
            let token = self.genuine.signer.sign_under(&self.header(member, value), &self.claims());
            self.put_same(format!("with {member}, which nothing makes critical"), token);
        }
        // As RFC 7797 has it: the claims stand as they are.
        let mut header = self.header("crit", json!(["b64"]));
        header["b64"] = json!(false);
        let claims = self.claims().to_string();
        let signed = format!("{}.{claims}", base64url(header.to_string().as_bytes()));
        let signature = base64url(&self.genuine.signer.signature(signed.as_bytes()));
        self.put("claims that are not encoded", format!("{signed}.{signature}"));
    }

    fn name_another_type(&mut self) {
        for typ in
            TYPES.iter().filter(|typ| !self.genuine.types.iter().any(|own| own.eq_ignore_ascii_case(typ)))
        {
            let token = self.genuine.signer.sign_under(&self.header("typ", json!(typ)), &self.claims());
            self.put(format!("of the type {typ:?}"), token);
        }
        for typ in [json!(1), json!(["JWT"]), json!({}), json!(true)] {
            let token = self.genuine.signer.sign_under(&self.header("typ", typ.clone()), &self.claims());
            self.put(format!("of the type {typ}"), token);
        }
    }

    fn say_something_else(&mut self) {
        for (claim, values) in self.genuine.wrong.clone() {
            for value in values {
                let mut claims = self.claims();
                claims[claim] = value.clone();
                let name: String = format!("{claim} {value}").chars().take(60).collect();
                self.put(name, self.genuine.signer.sign_under(&self.genuine.header, &claims));
            }
            let mut claims = self.claims();
            if claims.as_object_mut().expect("an object").remove(claim).is_some() {
                self.put(
                    format!("no {claim}"),
                    self.genuine.signer.sign_under(&self.genuine.header, &claims),
                );
            }
        }
    }

    /// Members that stand twice: which of two counts is nobody's to choose but the signer's, who chose nothing here.
    fn say_things_twice(&mut self) {
        let stranger = Signer::es256(self.genuine.signer.kid);
        let claims = self.claims();
        let header = self.genuine.header.to_string();
        for alg in ["none", "HS256"] {
            let first = format!("{{\"alg\":\"{alg}\",{}", &header[1..]);
            let last = format!("{},\"alg\":\"{alg}\"}}", &header[..header.len() - 1]);
            for (name, header) in [("first", first), ("last", last)] {
                let signed =
                    format!("{}.{}", base64url(header.as_bytes()), base64url(claims.to_string().as_bytes()));
                let signature = base64url(&stranger.signature(signed.as_bytes()));
                self.put(format!("alg {alg} {name}, by a stranger"), format!("{signed}.{signature}"));
                self.put(format!("alg {alg} {name}, unsigned"), format!("{signed}."));
                let signature = base64url(&self.genuine.signer.signature(signed.as_bytes()));
                self.put_same(format!("alg {alg} {name}, by its own"), format!("{signed}.{signature}"));
            }
        }
    }

    fn bend_the_signature(&mut self) {
        let whole = self.fresh();
        let (signed, signature) = whole.rsplit_once('.').expect("a signature");
        let bytes = from_base64url(signature).expect("base64url");
        let with = |bytes: &[u8]| format!("{signed}.{}", base64url(bytes));
        for length in [0, 1, 8, 31, 32, 33, 48, 62, 63] {
            self.put(format!("the first {length} bytes of its signature"), with(&bytes[..length]));
        }
        for more in [&[0_u8][..], &[0; 32], &bytes[..]] {
            self.put(
                format!("its signature and {} bytes more", more.len()),
                with(&[&bytes[..], more].concat()),
            );
            self.put(
                format!("{} bytes more and its signature", more.len()),
                with(&[more, &bytes[..]].concat()),
            );
        }
        for at in (0..64).step_by(4) {
            let mut bent = bytes.clone();
            bent[at] ^= 1 << (at % 8);
            self.put(format!("its signature with a bit of byte {at} turned"), with(&bent));
        }
        let (r, s) = bytes.split_at(32);
        let (zero, one) = ([0; 32], [[0; 31].as_slice(), &[1]].concat());
        for (name, pair) in [
            ("zeroes", [&zero[..], &zero]),
            ("r and zero", [r, &zero]),
            ("zero and s", [&zero, s]),
            ("ones", [&one, &one]),
            ("the order twice", [&ORDER, &ORDER]),
            ("the order and s", [&ORDER, s]),
            ("r and the order", [r, &ORDER]),
            ("s and r", [s, r]),
            ("r twice", [r, r]),
            ("all bits", [&[0xff; 32], &[0xff; 32]]),
        ] {
            self.put(format!("{name} for a signature"), with(&pair.concat()));
        }
        self.put("its signature in DER", with(&der_of(r, s)));
        let other = self.fresh();
        if !other.starts_with(signed) {
            let other = other.rsplit_once('.').expect("a signature").1;
            self.put("another token's signature", format!("{signed}.{other}"));
        }
        // Whoever has a signature has this one too: nothing may count twice by it.
        let twin = with(&[r, &order_minus(s)].concat());
        self.put_same("the other signature of the same", twin);
        // The last letter holds two bits of the last byte, and four that are of none.
        let last = signature.len() - 1;
        for (value, letter) in LETTERS.chars().enumerate() {
            let is_its_own = LETTERS.find(&signature[last..]) == Some(value);
            let says_the_same = LETTERS.find(&signature[last..]).map(|value| value >> 4) == Some(value >> 4);
            if !is_its_own && value % 5 == 0 {
                let token = format!("{signed}.{}{letter}", &signature[..last]);
                self.made.push(Forged {
                    name: format!("its signature ending in {letter}"),
                    token,
                    says_the_same,
                });
            }
        }
        for bent in [
            format!("{signature}=="),
            format!("{signature}="),
            BASE64.encode(&bytes),
            format!("{signature}\n"),
            format!(" {signature}"),
            format!("{}\n{}", &signature[..9], &signature[9..]),
            format!("{signature}%3D"),
            format!("{signature}!"),
            hex_of(&bytes),
        ] {
            self.put_same(format!("its signature written as {bent:?}"), format!("{signed}.{bent}"));
        }
    }

    fn bend_the_form(&mut self) {
        let whole = self.fresh();
        let parts: Vec<&str> = whole.split('.').collect();
        let [header, claims, signature] = parts[..] else { panic!("three parts") };
        let json = json!({ "payload": claims, "protected": header, "signature": signature });
        let general =
            json!({ "payload": claims, "signatures": [{ "protected": header, "signature": signature }] });
        for (name, token) in [
            ("nothing", String::new()),
            ("dots", "..".to_owned()),
            ("four dots", "....".to_owned()),
            ("one part", header.to_owned()),
            ("two parts", format!("{header}.{claims}")),
            ("no header", format!(".{claims}.{signature}")),
            ("no claims", format!("{header}..{signature}")),
            ("four parts", format!("{whole}.")),
            ("four parts again", format!("{whole}.x")),
            ("a dot before", format!(".{whole}")),
            ("five parts", format!("{header}.{claims}.{signature}.{claims}.{signature}")),
            (
                "an encrypted one",
                format!(
                    "{}.{}.AAAA.AAAA.AAAA",
                    base64url(br#"{"alg":"dir","enc":"A128GCM"}"#),
                    base64url(b"key")
                ),
            ),
            ("in a string", format!("\"{whole}\"")),
            ("named", format!("Bearer {whole}")),
            ("twice", format!("{whole}{whole}")),
            ("twice, with a space", format!("{whole} {whole}")),
            ("twice, with a comma", format!("{whole},{whole}")),
            ("JSON", json.to_string()),
            ("JSON, general", general.to_string()),
            ("other dots", whole.replace('.', "\u{3002}")),
            ("encoded dots", whole.replace('.', "%2e")),
            ("wide", whole.replace('.', "\u{ff0e}")),
            ("reversed", whole.chars().rev().collect()),
            ("padded header", format!("{header}=.{claims}.{signature}")),
            ("padded claims", format!("{header}.{claims}=.{signature}")),
            ("a line in it", format!("{header}.\n{claims}.{signature}")),
            ("a NUL behind it", format!("{whole}\u{0}")),
            ("a NUL in it", format!("{header}.{claims}\u{0}.{signature}")),
            ("claims of zeroes", format!("{header}.AAAA.{signature}")),
            ("the header as claims", format!("{header}.{header}.{signature}")),
            ("upper case", whole.to_ascii_uppercase()),
            ("one letter", "a".to_owned()),
            ("letters", "a.b.c".to_owned()),
            ("a mark", format!("\u{feff}{whole}")),
            ("long", "a".repeat(40_000)),
        ] {
            self.put(name, token);
        }
        let (before, after) = (format!(" {whole}"), format!("{whole} "));
        self.put_same("a space before", before);
        self.put_same("a space behind", after);
    }

    fn sign_what_is_no_claims(&mut self) {
        let claims = self.claims().to_string();
        let nested = |depth: usize| {
            format!("{},\"x\":{}{}}}", &claims[..claims.len() - 1], "[".repeat(depth), "]".repeat(depth))
        };
        let invalid = [&claims.as_bytes()[..claims.len() - 1], b",\"x\":\"\xff\xfe\xed\xa0\x80\"}"].concat();
        let no_claims: Vec<(&str, Vec<u8>)> = vec![
            ("nothing", Vec::new()),
            ("null", "null".into()),
            ("a number", "7".into()),
            ("a text", "\"x\"".into()),
            ("a list", "[]".into()),
            ("a list of them", format!("[{claims}]").into()),
            ("two", format!("{claims}{claims}").into()),
            ("a cut one", claims[..claims.len() - 1].into()),
            ("one with a comma too many", format!("{},}}", &claims[..claims.len() - 1]).into()),
            ("a mark before", format!("\u{feff}{claims}").into()),
            ("not a number", format!("{{\"exp\":NaN,{}", &claims[1..]).into()),
            ("an endless number", format!("{{\"exp\":1e400,{}", &claims[1..]).into()),
            ("a comment", format!("/**/{claims}").into()),
            (
                "a megabyte",
                format!("{},\"x\":\"{}\"}}", &claims[..claims.len() - 1], "x".repeat(1 << 20)).into(),
            ),
            ("UTF-16", claims.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            ("a NUL behind it", format!("{claims}\0").into()),
        ];
        for (name, bytes) in no_claims {
            let signed =
                format!("{}.{}", base64url(self.genuine.header.to_string().as_bytes()), base64url(&bytes));
            let signature = base64url(&self.genuine.signer.signature(signed.as_bytes()));
            self.put(format!("{name} in the place of claims"), format!("{signed}.{signature}"));
        }
        // Where nobody reads it, nobody minds.
        let half = format!("{{\"x\":\"\\ud800\",{}", &claims[1..]);
        for (name, bytes) in
            [("what is no text", invalid), ("depth", nested(10_000).into()), ("half a letter", half.into())]
        {
            let signed =
                format!("{}.{}", base64url(self.genuine.header.to_string().as_bytes()), base64url(&bytes));
            let signature = base64url(&self.genuine.signer.signature(signed.as_bytes()));
            self.put_same(
                format!("claims with {name} in a member of their own"),
                format!("{signed}.{signature}"),
            );
        }
        for header in ["", "null", "[]", "7", "{}", "{", "\"ES256\"", "\u{feff}{}"] {
            let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
            let signature = base64url(&self.genuine.signer.signature(signed.as_bytes()));
            self.put(format!("{header:?} in the place of a header"), format!("{signed}.{signature}"));
        }
        for (name, text) in [("spaces", format!(" \n{claims}\t ")), ("depth", nested(20))] {
            let signed = format!(
                "{}.{}",
                base64url(self.genuine.header.to_string().as_bytes()),
                base64url(text.as_bytes())
            );
            let signature = base64url(&self.genuine.signer.signature(signed.as_bytes()));
            self.put_same(format!("claims with {name}"), format!("{signed}.{signature}"));
        }
    }
}

/// Two numbers as ASN.1 has them.
fn der_of(r: &[u8], s: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let sign: &[u8] = if number[0] >= 0x80 { &[0] } else { &[] };
        let length = u8::try_from(number.len() + sign.len()).expect("short");
        [&[2, length], sign, number].concat()
    };
    let both = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(both.len()).expect("short")][..], &both].concat()
}

fn order_minus(s: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut difference = vec![0; 32];
    for at in (0..32).rev() {
        let digit = i16::from(ORDER[at]) - i16::from(s[at]) - borrow;
        borrow = i16::from(digit < 0);
        difference[at] = u8::try_from(digit.rem_euclid(256)).expect("a byte");
    }
    difference
}

fn hex_of(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}
