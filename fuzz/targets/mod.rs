//! What is fuzzed: every parser of what strangers send, through the highest public function that leads to it, with what must
//! hold of any input.
//!
//! `tests/corpora.rs` tries every input that was kept (`fuzz/corpora`) on each run of the tests; `scripts/fuzz.sh` looks for
//! new ones, steered by coverage.

mod files;
mod house;
mod oauth;
mod scim;
mod sealed;
mod texts;
mod web;

/// Something that reads input.
pub struct Target {
    /// Its name, and that of the folder with its inputs.
    pub name: &'static str,
    /// The longest input worth trying, in bytes.
    pub longest: usize,
    /// Reads an input, and panics when something does not hold that must.
    run: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "form", longest: 4_096, run: web::form },
    Target { name: "cookies", longest: 4_096, run: web::cookies },
    Target { name: "languages", longest: 1_024, run: web::languages },
    Target { name: "forwarded", longest: 1_024, run: web::forwarded },
    Target { name: "page", longest: 4_096, run: web::page },
    Target { name: "people_form", longest: 4_096, run: web::people_form },
    Target { name: "typed_codes", longest: 256, run: texts::typed_codes },
    Target { name: "identifiers", longest: 512, run: texts::identifiers },
    Target { name: "mail_addresses", longest: 512, run: texts::mail_addresses },
    Target { name: "scopes", longest: 1_024, run: texts::scopes },
    Target { name: "spreadsheet", longest: 1_024, run: texts::spreadsheet },
    Target { name: "sealed", longest: 1_024, run: sealed::sealed },
    Target { name: "settings", longest: 16_384, run: files::settings },
    Target { name: "client_metadata", longest: 8_192, run: files::client_metadata },
    Target { name: "people_list", longest: 16_384, run: files::people_list },
    Target { name: "backup", longest: 8_192, run: files::backup },
    Target { name: "authorization", longest: 8_192, run: oauth::authorization },
    Target { name: "token", longest: 8_192, run: oauth::token },
    Target { name: "signed", longest: 8_192, run: oauth::signed },
    Target { name: "registration", longest: 8_192, run: oauth::registration },
    Target { name: "scim", longest: 8_192, run: scim::scim },
];

impl Target {
    /// Tries an input; one that is too long is cut.
    pub fn try_on(&self, input: &[u8]) {
        (self.run)(&input[..input.len().min(self.longest)]);
    }
}

/// The lines into which an input is taken apart: so many, the last of which is all the rest.
fn lines<const N: usize>(input: &[u8]) -> [&[u8]; N] {
    let mut parts = input.splitn(N, |byte| *byte == b'\n');
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}
