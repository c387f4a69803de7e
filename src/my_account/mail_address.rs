//! `/account/mail-address`: a mail address given, given again, or taken away.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::pages::{AddressFault, AddressPage, Done};
use super::{ADDRESS_PATH, MyAccount, PATH, Unproved, done};
use crate::accounts::AddressError;
use crate::kit::page::see_other;
use crate::kit::visitor::Visitor;
use crate::mail::Address;
use crate::signin::SignedIn;
use crate::signin::throttling::NotTaken;

/// `GET /account/mail-address`
pub async fn show(State(room): State<MyAccount>, visitor: Visitor) -> Response {
    match room.visited(&visitor, ADDRESS_PATH).await {
        Ok(person) => room.address_page(&visitor, &person, "", None),
        Err(answer) => *answer,
    }
}

/// `POST /account/mail-address`: takes in the address, or takes it away, for whoever knows the password.
pub async fn change(State(room): State<MyAccount>, visitor: Visitor, body: Bytes) -> Response {
    let (person, form) = match room.acting(&visitor, &body, ADDRESS_PATH).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    if person.account.identifier().is_none() {
        return room.address_page(&visitor, &person, "", None);
    }
    let typed = form.get("email").unwrap_or_default();
    let again = |fault| room.address_page(&visitor, &person, typed, Some(fault));
    let removes = form.get("decision") == Some("remove");
    let address = Address::parse(typed);
    if !removes && address.is_none() {
        return again(AddressFault::NoAddress);
    }
    match room.proved(&visitor, &person, &form).await {
        Ok(_) => match address.filter(|_| !removes) {
            Some(address) => room.give_address(&visitor, &person, &address).await,
            None => room.remove_address(&visitor, &person).await,
        },
        Err(Unproved::Shown(fault)) => again(AddressFault::Current(fault)),
        Err(Unproved::Answer(answer)) => *answer,
    }
}

/// `POST /account/mail-address/send-again`: the same address, a new link.
pub async fn send_again(State(room): State<MyAccount>, visitor: Visitor, body: Bytes) -> Response {
    let (person, _) = match room.acting(&visitor, &body, PATH).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    match person.account.pending_email.as_deref().and_then(Address::parse) {
        Some(address) => room.give_address(&visitor, &person, &address).await,
        None => done(Done::Nothing),
    }
}

impl MyAccount {
    async fn give_address(&self, visitor: &Visitor, person: &SignedIn, address: &Address) -> Response {
        match self.0.sign_in.throttle().take_address_mail(&person.account.id, visitor).await {
            Ok(()) => {}
            Err(NotTaken::Wait(_)) => return done(Done::TooManyMails),
            Err(NotTaken::Database(error)) => return self.broken(visitor, &error),
        }
        let given = self.0.accounts.give_address(&person.account.id, address, visitor.locale).await;
        self.told(visitor, given, Done::AddressGiven)
    }

    async fn remove_address(&self, visitor: &Visitor, person: &SignedIn) -> Response {
        let removed = self.0.accounts.remove_address(&person.account.id, visitor.locale).await;
        self.told(visitor, removed, Done::AddressRemoved)
    }

    fn told(&self, visitor: &Visitor, outcome: Result<(), AddressError>, what: Done) -> Response {
        match outcome {
            Ok(()) => done(what),
            Err(AddressError::NotHere) => done(Done::Stale),
            Err(AddressError::Database(error)) => self.broken(visitor, &error),
        }
    }

    /// The form; people whose address comes from elsewhere are told so on their page.
    fn address_page(
        &self,
        visitor: &Visitor,
        person: &SignedIn,
        typed: &str,
        fault: Option<AddressFault>,
    ) -> Response {
        let account = &person.account;
        let Some(username) = account.identifier() else {
            return see_other(&format!("{PATH}#mail-address"), &[]);
        };
        if !self.0.mailer.is_configured() && account.email.is_none() && account.pending_email.is_none() {
            return see_other(&format!("{PATH}#mail-address"), &[]);
        }
        let status = if fault.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let page = AddressPage {
            frame: self.pages().frame(visitor),
            session: person.sid.to_string(),
            username: username.to_owned(),
            current: account.pending_email.clone().or_else(|| account.email.clone()),
            email: typed.to_owned(),
            fault,
        };
        self.pages().respond(visitor, status, &page).into_response()
    }
}
