//! The page of openings.

use askama::Template;

use crate::accounts::{AccountId, Opened, Wish};
use crate::desk::Manager;
use crate::desk::pages::DeskFrame;
use crate::kit::clock::Timestamp;
use crate::kit::page::Frame;

/// What waits for a second manager, and for supervisors what was opened.
#[derive(Template)]
#[template(path = "desk/openings.html", whitespace = "minimize")]
pub struct OpeningsPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// What became of an agreement, as a text's key.
    pub done: Option<String>,
    /// Where forms go; they send `wish`.
    pub action: String,
    /// What waits.
    pub wishes: Vec<WishRow>,
    /// What was opened lately, for supervisors.
    pub opened: Option<Vec<OpenedRow>>,
}

/// An opening that waits for a second manager.
pub struct WishRow {
    /// Its name.
    pub id: String,
    /// The person's name.
    pub person: String,
    /// The person's identifier.
    pub identifier: String,
    /// The person's screen.
    pub href: String,
    /// How it is to be opened, as a text's key.
    pub way_key: String,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub asked_by: String,
    /// When they asked.
    pub asked_at: Timestamp,
    /// Until when it waits.
    pub expires_at: Timestamp,
    /// Whether it is one's own.
    pub is_own: bool,
    /// Whether a second manager agreed.
    pub is_agreed: bool,
    /// The record that would stay, where two are to be merged: its name and identifier, and its screen.
    pub other: Option<(String, String)>,
}

/// An opening that took place.
pub struct OpenedRow {
    /// The person's name.
    pub person: String,
    /// The person's screen.
    pub href: String,
    /// How it was opened, as a text's key.
    pub way_key: String,
    /// Who opened it.
    pub manager: String,
    /// Who agreed to it.
    pub agreed_by: Option<String>,
    /// When it was opened.
    pub at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// Whether it was used from the network from which it was opened.
    pub is_same_network: bool,
}

impl WishRow {
    /// A wish, as a manager sees it.
    #[must_use]
    pub fn of(wish: Wish, me: &AccountId, manager: &Manager) -> Self {
        Self {
            id: wish.id.to_string(),
            person: wish.person.display_name(),
            identifier: wish.person.identifier().unwrap_or_default().to_owned(),
            href: manager.path(&format!("/people/{}", wish.person.id)),
            way_key: format!("desk-way-{}", wish.way.word()),
            reason: wish.reason,
            is_own: wish.asked_by == *me,
            asked_by: wish.asked_by_name,
            asked_at: wish.asked_at,
            expires_at: wish.expires_at,
            is_agreed: wish.is_agreed,
            other: wish.other.map(|other| {
                let called = format!("{} · {}", other.name, other.identifier);
                (called, manager.path(&format!("/people/{}", other.id)))
            }),
        }
    }
}

impl OpenedRow {
    /// An opening, as a supervisor sees it.
    #[must_use]
    pub fn of(opened: Opened, manager: &Manager) -> Self {
        Self {
            person: opened.person.display_name(),
            href: manager.path(&format!("/people/{}", opened.person.id)),
            way_key: format!("desk-way-{}", opened.way.word()),
            manager: opened.manager,
            agreed_by: opened.agreed_by,
            at: opened.at,
            used_at: opened.used_at,
            is_same_network: opened.is_same_network,
        }
    }
}
