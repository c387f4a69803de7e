//! The form in which somebody chooses a personal password, and gives a mail address where one is wanted: after a letter's
//! password, and after a code that a manager spoke.

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::addresses::AddressAnswer;
use super::pages::{AddressField, NewPasswordField, NewPasswordPage};
use super::{OpenJourney, SignIn};
use crate::accounts::{AcceptedPassword, Account, CheckError, NewPasswordFault, ReplaceError};
use crate::config::AddressPolicy;
use crate::keys::Sealer;
use crate::kit::page::see_other;
use crate::kit::parameters::Parameters;
use crate::kit::problem::Problem;
use crate::kit::secrets::Secret;
use crate::kit::visitor::Visitor;
use crate::mail::Address;

/// Whose form it is, and where it stands.
pub(super) struct PasswordForm<'a> {
    /// Who chooses.
    pub account: &'a Account,
    /// Their identifier; told to password managers.
    pub username: String,
    /// Where the form goes.
    pub action: String,
    /// The key of what is said above it.
    pub intro_key: &'static str,
    /// Where the person goes afterwards, if they came from an application.
    pub journey: Option<&'a OpenJourney>,
    /// What seals a password that was accepted while something else was wrong, and for what.
    pub sealer: (&'a Sealer, Vec<u8>),
}

/// What the form shows beyond the person.
#[derive(Default)]
pub(super) struct Shown {
    fault: Option<NewPasswordFault>,
    accepted: Option<AcceptedPassword>,
    address: AddressField,
}

/// What a form that was sent says.
pub(super) enum Chosen {
    /// A password, and a mail address if one was given.
    Both(AcceptedPassword, Option<Address>),
    /// Something is wrong: the form is shown again with this.
    Again(Shown),
}

impl SignIn {
    /// A form that was sent, unless something in it stands twice or is no text: then nobody can say what was chosen.
    pub(super) fn sound_form(&self, visitor: &Visitor, body: &[u8]) -> Result<Parameters, Box<Response>> {
        let form = Parameters::parse(body);
        if form.repeated().is_some() || form.is_garbled() {
            return Err(Box::new(Problem::BadRequest.page(&self.0.pages, visitor, None).into_response()));
        }
        Ok(form)
    }

    /// Reads a form that was sent: both faults are told at once, and what was right of the two stays right.
    pub(super) async fn chosen(
        &self,
        about: &PasswordForm<'_>,
        form: &Parameters,
    ) -> Result<Chosen, ReplaceError> {
        let (sealer, context) = &about.sealer;
        let before = form.non_empty("accepted").and_then(|sealed| sealer.open_value(context, sealed));
        let accepted = if let Some(accepted) = before {
            Ok(accepted)
        } else {
            let typed = Secret::new(form.get("new-password").unwrap_or_default());
            self.0.accounts.accept_password(&about.account.id, &typed).await
        };
        let address = match self.0.accounts.address_wanted(about.account) {
            AddressPolicy::Never => AddressAnswer::Without,
            policy => AddressAnswer::read(form, policy == AddressPolicy::Required),
        };
        match (accepted, address) {
            (Ok(accepted), AddressAnswer::Without) => Ok(Chosen::Both(accepted, None)),
            (Ok(accepted), AddressAnswer::Given(address)) => Ok(Chosen::Both(accepted, Some(address))),
            (Ok(accepted), AddressAnswer::Faulty(address)) => {
                Ok(Chosen::Again(Shown { accepted: Some(accepted), address, ..Shown::default() }))
            }
            (Err(ReplaceError::Fault(fault)), address) => {
                let address = address.into_field();
                Ok(Chosen::Again(Shown { fault: Some(fault), address, ..Shown::default() }))
            }
            (Err(error), _) => Err(error),
        }
    }

    /// The page with the form.
    pub(super) fn password_form(
        &self,
        visitor: &Visitor,
        about: &PasswordForm<'_>,
        shown: Shown,
    ) -> Response {
        let (journey, (sealer, context)) = (about.journey, &about.sealer);
        let is_first = shown.fault.is_none() && shown.address.fault.is_none();
        let status = if is_first { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let address = match self.0.accounts.address_wanted(about.account) {
            AddressPolicy::Never => None,
            policy => Some(AddressField {
                required: policy == AddressPolicy::Required,
                proposed: about.account.proposed_email.clone(),
                ..shown.address
            }),
        };
        let page = NewPasswordPage {
            frame: self.0.pages.frame(visitor),
            action: about.action.clone(),
            application: journey.and_then(|journey| journey.application(visitor.locale)),
            intro_key: about.intro_key,
            username: about.username.clone(),
            password: NewPasswordField::of(&self.0.accounts, shown.fault),
            accepted: shown.accepted.map(|accepted| sealer.seal_value(&self.0.rng, context, &accepted)),
            address,
        };
        let onward = journey.map(|journey| journey.journey.return_origins.as_slice()).unwrap_or_default();
        self.0.pages.respond(visitor, status, &page).forms_lead_to(onward).into_response()
    }

    /// The answer when the password was not replaced; whoever may not choose one any more is led `back`.
    pub(super) fn not_chosen(&self, visitor: &Visitor, back: &str, error: &ReplaceError) -> Response {
        match error {
            ReplaceError::Stale | ReplaceError::Fault(_) => see_other(back, &[]),
            ReplaceError::Check(CheckError::Busy(busy)) => {
                tracing::warn!(%busy, "a new password could not be taken in");
                Problem::Busy.page(&self.0.pages, visitor, None).into_response()
            }
            ReplaceError::Check(CheckError::Database(error)) => self.broken(visitor, error),
        }
    }
}
