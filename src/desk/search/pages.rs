//! The search box and those whom it finds.

use askama::Template;

use crate::accounts::{Access, AccountId, Hit};
use crate::kit::page::Frame;
use crate::mail::Address;

/// The box, and whom what stands in it finds.
pub struct SearchBox {
    /// Where its form leads.
    pub action: String,
    /// Where a script asks while somebody types.
    pub suggestions: String,
    /// Where a person is made by hand.
    pub new_person: String,
    /// What was typed.
    pub typed: String,
    /// Whom it finds.
    pub results: Results,
}

/// Those who were found.
pub struct Results {
    /// How many, in words; empty before anything was typed.
    pub status: String,
    /// Each of them.
    pub lines: Vec<Line>,
}

/// Somebody who was found.
#[derive(Clone, Debug)]
pub struct Line {
    /// Where their screen is.
    pub href: String,
    /// What they are called.
    pub name: String,
    /// Their identifier.
    pub identifier: String,
    /// Their mail address, as much of it as tells it from others.
    pub email: Option<String>,
    /// Their access in a word.
    pub state: State,
}

/// An access in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A password of their own.
    Personal,
    /// The password of a letter, not used so far.
    Temporary,
    /// One whose season is over.
    Expired,
    /// No password.
    None,
    /// Disabled.
    Disabled,
}

impl Line {
    /// Somebody as they are shown; `screen` says where theirs is.
    pub fn new(hit: &Hit, screen: impl Fn(&AccountId) -> String) -> Self {
        let account = &hit.account;
        let masked = |email: &str| Address::parse(email).map(|address| address.masked());
        Self {
            href: screen(&account.id),
            name: account.display_name(),
            identifier: account.identifier().unwrap_or_default().to_owned(),
            email: account.email.as_deref().and_then(masked),
            state: match hit.access {
                Access::Personal { .. } | Access::Upstream => State::Personal,
                Access::Temporary { expired: false, .. } => State::Temporary,
                Access::Temporary { expired: true, .. } => State::Expired,
                Access::NoPassword => State::None,
                Access::Disabled { .. } | Access::Deleted { .. } => State::Disabled,
            },
        }
    }
}

/// Those who were found, as a part of the page.
#[derive(Template)]
#[template(path = "desk/hits.html", whitespace = "minimize")]
pub struct HitsPage {
    /// What speaks the language of the page.
    pub frame: Frame,
    /// Those who were found.
    pub results: Results,
}
