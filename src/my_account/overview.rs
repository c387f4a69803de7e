//! `/account`: everything that a person may know of their account, on one page.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::pages::{
    AccountPage, AddressState, Contact, Done, EventRow, Home, Knowledge, Permission, SessionRow, Summary,
};
use super::{DONE, MyAccount, PATH};
use crate::accounts::{Account, Origin};
use crate::audit;
use crate::config::{AuthorityId, AuthoritySettings};
use crate::kit::devices::Device;
use crate::kit::page::Frame;
use crate::kit::visitor::Visitor;
use crate::oidc::GivenConsent;
use crate::signin::{OwnSession, SignedIn};

/// How much of what happened is shown.
const MOST_EVENTS: i64 = 10;

/// `GET /account`
pub async fn show(State(room): State<MyAccount>, visitor: Visitor) -> Response {
    let person = match room.visited(&visitor, PATH).await {
        Ok(person) => person,
        Err(answer) => return *answer,
    };
    match room.summary(&visitor, &person).await {
        Ok(summary) => {
            let done = visitor.query.get(DONE).and_then(Done::of_word);
            let page = AccountPage { frame: room.pages().frame(&visitor), done, summary };
            room.pages().respond(&visitor, StatusCode::OK, &page).into_response()
        }
        Err(error) => room.broken(&visitor, &error),
    }
}

impl MyAccount {
    /// All that the page shows; one connection at a time.
    async fn summary(&self, visitor: &Visitor, person: &SignedIn) -> sqlx::Result<Summary> {
        let account = &person.account;
        let frame = self.pages().frame(visitor);
        let password_set_at = self.0.accounts.password_set_at(&account.id).await?;
        let sessions = self.0.sign_in.sessions_of(person).await?;
        let consents = self.0.provider.consents_of(&account.id).await?;
        let mut connection = self.0.database.read().await?;
        let events = audit::recent(&mut connection, account.id.as_str(), MOST_EVENTS).await?;
        drop(connection);
        Ok(Summary {
            session: person.sid.to_string(),
            known: self.known(visitor, account),
            address: address_of(account),
            mail_works: self.0.mailer.is_configured(),
            password_set_at,
            sessions: sessions.iter().map(|session| row(&frame, session)).collect(),
            consents: consents.into_iter().map(|consent| permission(&frame, consent)).collect(),
            events: events.iter().map(|event| self.event_row(event)).collect(),
        })
    }

    /// An event; of those who act for an authority, the person learns the authority and not the name.
    fn event_row(&self, event: &audit::Entry) -> EventRow {
        let authority = event.actor_id.as_ref().and(event.authority.as_ref());
        let by =
            authority.map(|id| self.authority(id).map_or_else(|| id.to_string(), |known| known.name.clone()));
        EventRow { at: event.at, key: key_of(event), by }
    }

    fn authority(&self, id: &AuthorityId) -> Option<&AuthoritySettings> {
        self.0.authorities.iter().find(|known| known.id == *id)
    }

    fn known(&self, visitor: &Visitor, account: &Account) -> Knowledge {
        let authority = account.authority.as_ref().and_then(|id| self.authority(id));
        // Of several desks, the letter says which.
        let desk = authority.and_then(|authority| match authority.desks.as_slice() {
            [one] => Some(one),
            _ => None,
        });
        let home = match &account.origin {
            Origin::Here { .. } => Home::Here,
            Origin::Upstream { upstream, .. } => {
                let known = self.upstream(upstream);
                let help = known.and_then(|known| known.help.as_ref());
                Home::Elsewhere {
                    provider: known.map_or_else(|| upstream.to_string(), |known| known.name.clone()),
                    help: help.map(|(label, url)| (label.get(visitor.locale).to_owned(), url.clone())),
                }
            }
        };
        Knowledge {
            name: account.display_name(),
            identifier: account.identifier().map(str::to_owned),
            home,
            authority: authority.map(|authority| authority.name.clone()),
            desk: desk.map(|desk| Contact {
                name: desk.name.clone(),
                telephone: desk.telephone.clone(),
                email: desk.email.clone(),
            }),
        }
    }
}

fn address_of(account: &Account) -> AddressState {
    AddressState {
        known: account.email.clone(),
        is_confirmed: account.email_verified,
        waiting: account.pending_email.clone(),
        proposed: account.proposed_email.clone(),
    }
}

fn row(frame: &Frame, session: &OwnSession) -> SessionRow {
    SessionRow {
        device: Device::of(&session.user_agent).in_words(frame),
        sid: session.sid.to_string(),
        began_at: session.began_at,
        last_used_at: session.last_used_at,
        is_current: session.is_current,
    }
}

fn permission(frame: &Frame, consent: GivenConsent) -> Permission {
    Permission {
        client: consent.client.to_string(),
        name: frame.own(&consent.name).to_owned(),
        permissions: consent.permissions,
        api_permissions: consent.api_permissions,
        given_at: consent.given_at,
    }
}

/// The key of the text that tells an event.
fn key_of(event: &audit::Entry) -> String {
    let others = if event.detail == "others" { "-others" } else { "" };
    format!("account-event-{}{others}", event.event.word())
}
