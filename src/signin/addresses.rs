//! Mail addresses: asked of people who have none, and confirmed by the link that was sent there.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::pages::{
    AddressFault, AddressField, ConfirmAddressPage, DeadLink, DeadLinkPage, LinkDone, LinkDonePage,
    MailAddressPage,
};
use super::throttling::NotTaken;
use super::{FORGOTTEN_PATH, MAIL_ADDRESS_PATH, OpenJourney, SIGN_IN_PATH, SignIn, SignedIn};
use crate::accounts::{AddressError, CONFIRM_ADDRESS_PATH};
use crate::config::AddressPolicy;
use crate::kit::page::see_other;
use crate::kit::parameters::{Parameters, with_query};
use crate::kit::visitor::Visitor;
use crate::mail::Address;

/// For how long after a sign-in its password still stands for giving an address on the way.
const ASKED_AFTER_SIGN_IN: Duration = Duration::from_mins(30);

/// Where most people here have their mail: a name one letter away from these is a slip.
const COMMON_DOMAINS: [&str; 14] = [
    "gmail.com",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "hotmail.fr",
    "hotmail.com",
    "laposte.net",
    "sfr.fr",
    "outlook.fr",
    "outlook.com",
    "yahoo.fr",
    "yahoo.com",
    "icloud.com",
    "live.fr",
];
/// Real ones that are one letter away from a common one.
const LOOK_ALIKES: [&str; 3] = ["email.com", "mail.com", "ymail.com"];

/// What a form says of a mail address.
pub enum AddressAnswer {
    /// No address, and none is required.
    Without,
    /// A good one.
    Given(Address),
    /// One to be looked at again.
    Faulty(AddressField),
}

impl AddressAnswer {
    /// Reads `email`; a likely slip is told once: who sends the same again (`email-insists`) means it.
    pub fn read(form: &Parameters, required: bool) -> Self {
        let typed = form.non_empty("email-suggestion").or_else(|| form.get("email"));
        let typed = typed.unwrap_or_default().trim().to_owned();
        let faulty = |fault| {
            Self::Faulty(AddressField { required, typed: typed.clone(), fault: Some(fault), proposed: None })
        };
        if typed.is_empty() {
            return if required { faulty(AddressFault::Missing) } else { Self::Without };
        }
        let Some(address) = Address::parse(&typed) else { return faulty(AddressFault::Malformed) };
        let insists = form.get("email-insists") == Some(&typed);
        match likely_meant(address.as_str()).filter(|_| !insists) {
            Some(suggestion) => faulty(AddressFault::Unlikely { suggestion }),
            None => Self::Given(address),
        }
    }

    /// The field as it is shown again because of something else.
    pub fn into_field(self) -> AddressField {
        match self {
            Self::Without => AddressField::default(),
            Self::Given(address) => {
                AddressField { typed: address.as_str().to_owned(), ..AddressField::default() }
            }
            Self::Faulty(field) => field,
        }
    }
}

/// The address that was probably meant, when the domain is one slip away from a common one.
fn likely_meant(address: &str) -> Option<String> {
    let (name, domain) = address.rsplit_once('@')?;
    let domain = domain.to_lowercase();
    if COMMON_DOMAINS.contains(&domain.as_str()) || LOOK_ALIKES.contains(&domain.as_str()) {
        return None;
    }
    let near = |common: &&&str| strsim::osa_distance(&domain, common) == 1;
    COMMON_DOMAINS.iter().find(near).map(|common| format!("{name}@{common}"))
}

/// `GET /mail-address`
pub async fn show(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    match sign_in.passer_by(&visitor).await {
        Ok((journey, person)) => {
            sign_in.mail_address_page(&visitor, &journey, &person, AddressField::default())
        }
        Err(answer) => *answer,
    }
}

/// `POST /mail-address`
pub async fn submit(State(sign_in): State<SignIn>, visitor: Visitor, body: Bytes) -> Response {
    let (journey, person) = match sign_in.passer_by(&visitor).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    let form = match sign_in.sound_form(&visitor, &body) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    let policy = sign_in.0.accounts.address_wanted(&person.account);
    let is_later = form.get("later").is_some() && policy == AddressPolicy::Optional;
    // Nobody is asked for what came meanwhile.
    if is_later || policy == AddressPolicy::Never {
        return see_other(&sign_in.go_on(&journey), &[]);
    }
    // Whoever wants to go on without one has a button for it.
    let address = match AddressAnswer::read(&form, true) {
        AddressAnswer::Given(address) => address,
        other => return sign_in.mail_address_page(&visitor, &journey, &person, other.into_field()),
    };
    match sign_in.0.throttle.take_address_mail(&person.account.id, &visitor).await {
        Ok(()) => {}
        Err(NotTaken::Wait(_)) => {
            let typed = address.as_str().to_owned();
            let field =
                AddressField { typed, fault: Some(AddressFault::TooManyMails), ..AddressField::default() };
            return sign_in.mail_address_page(&visitor, &journey, &person, field);
        }
        Err(NotTaken::Database(error)) => return sign_in.broken(&visitor, &error),
    }
    match sign_in.0.accounts.give_address(&person.account.id, &address, visitor.locale).await {
        Ok(()) => see_other(&sign_in.go_on(&journey), &[]),
        Err(AddressError::NotHere) => see_other(&sign_in.begin_again(&journey), &[]),
        Err(AddressError::Database(error)) => sign_in.broken(&visitor, &error),
    }
}

/// `GET /mail-address/confirm`: a page with a button; mail scanners open links too.
pub async fn show_confirmation(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    let token = visitor.query.get("token").unwrap_or_default();
    match sign_in.0.accounts.address_to_confirm(token).await {
        Ok(Some(address)) => {
            let page = ConfirmAddressPage {
                frame: sign_in.0.pages.frame(&visitor),
                action: with_query(CONFIRM_ADDRESS_PATH, &[("token", token)]),
                address: address.as_str().to_owned(),
            };
            sign_in.0.pages.respond(&visitor, StatusCode::OK, &page).into_response()
        }
        Ok(None) => sign_in.dead_link(&visitor, DeadLink::Confirm),
        Err(error) => sign_in.broken(&visitor, &error),
    }
}

/// `POST /mail-address/confirm`
pub async fn confirm(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    let token = visitor.query.get("token").unwrap_or_default();
    match sign_in.0.accounts.confirm_address(token, visitor.locale).await {
        Ok(Some(_)) => sign_in.link_done(&visitor, LinkDone::AddressConfirmed, None),
        Ok(None) => sign_in.dead_link(&visitor, DeadLink::Confirm),
        Err(error) => sign_in.broken(&visitor, &error),
    }
}

impl SignIn {
    /// Whoever signed in on a journey that pauses here, and that journey.
    pub(super) async fn passer_by(
        &self,
        visitor: &Visitor,
    ) -> Result<(OpenJourney, SignedIn), Box<Response>> {
        let journey = self.paused_journey(visitor)?;
        let signed_in = self.signed_in(visitor).await;
        let person = signed_in.map_err(|error| Box::new(self.broken(visitor, &error)))?;
        // The sign-in that was made on this very journey, not another one.
        let made = journey.journey.made.as_deref();
        let person = person.filter(|person| made == Some(person.sign_in_id()));
        // Who comes back to this page later is asked for the password on the account's own page.
        let now = self.0.clock.now();
        if person.as_ref().is_some_and(|person| now.since(person.auth_time) > ASKED_AFTER_SIGN_IN) {
            return Err(Box::new(see_other(&self.go_on(&journey), &[])));
        }
        match person {
            Some(person) => Ok((journey, person)),
            None => Err(Box::new(see_other(&self.begin_again(&journey), &[]))),
        }
    }

    fn mail_address_page(
        &self,
        visitor: &Visitor,
        journey: &OpenJourney,
        person: &SignedIn,
        field: AddressField,
    ) -> Response {
        let status = match &field.fault {
            None => StatusCode::OK,
            Some(AddressFault::TooManyMails) => StatusCode::TOO_MANY_REQUESTS,
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let policy = self.0.accounts.address_wanted(&person.account);
        let page = MailAddressPage {
            frame: self.0.pages.frame(visitor),
            action: journey.to(MAIL_ADDRESS_PATH),
            // Nobody is kept from where they are going by mails that were sent before.
            go_on_href: (field.fault == Some(AddressFault::TooManyMails)).then(|| self.go_on(journey)),
            application: journey.application(visitor.locale),
            is_known: person.account.email.is_some(),
            address: AddressField {
                required: policy == AddressPolicy::Required,
                proposed: person.account.proposed_email.clone(),
                ..field
            },
        };
        let response = self.0.pages.respond(visitor, status, &page);
        response.forms_lead_to(&journey.journey.return_origins).into_response()
    }

    /// One page for every link that does nothing any more, with the steps that work.
    pub(super) fn dead_link(&self, visitor: &Visitor, link: DeadLink) -> Response {
        let page = DeadLinkPage {
            frame: self.0.pages.frame(visitor),
            link,
            forgotten_href: FORGOTTEN_PATH.to_owned(),
            sign_in_href: SIGN_IN_PATH.to_owned(),
        };
        self.0.pages.respond(visitor, StatusCode::GONE, &page).into_response()
    }

    /// Says what a link did, and offers the sign-in: the journey that waits in this browser, if one does.
    pub(super) fn link_done(
        &self,
        visitor: &Visitor,
        done: LinkDone,
        journey: Option<&OpenJourney>,
    ) -> Response {
        let page = LinkDonePage {
            frame: self.0.pages.frame(visitor),
            done,
            application: journey.and_then(|journey| journey.application(visitor.locale)),
            sign_in_href: self.password_door_of(journey),
        };
        self.0.pages.respond(visitor, StatusCode::OK, &page).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::likely_meant;

    #[test]
    fn a_slip_in_a_common_domain_is_told() {
        for (typed, meant) in [
            ("a.b@gmial.com", "a.b@gmail.com"),
            ("a@gmail.co", "a@gmail.com"),
            ("a@GMAIL.CON", "a@gmail.com"),
            ("a@orange.f", "a@orange.fr"),
            ("a@wanado.fr", "a@wanadoo.fr"),
            ("a@fre.fr", "a@free.fr"),
            ("a@hotmial.fr", "a@hotmail.fr"),
        ] {
            assert_eq!(likely_meant(typed).as_deref(), Some(meant), "{typed}");
        }
    }

    #[test]
    fn a_domain_of_its_own_is_left_alone() {
        for typed in
            ["a@gmail.com", "a@Orange.fr", "a@ymail.com", "a@example.org", "a@ac-paris.fr", "a@gmx.fr"]
        {
            assert_eq!(likely_meant(typed), None, "{typed}");
        }
    }
}
