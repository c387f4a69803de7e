//! The first sign-in: the letter's password was right, and is replaced before anything is granted.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::addresses::AddressAnswer;
use super::pages::{AddressField, NewPasswordField, NewPasswordPage};
use super::throttling::network_of;
use super::{FIRST_SIGN_IN_PATH, OpenJourney, SIGN_IN_PATH, SignIn};
use crate::accounts::{
    AcceptedPassword, Account, CheckError, NewPasswordFault, ProvenTemporary, ReplaceError,
};
use crate::config::AddressPolicy;
use crate::kit::clock::Timestamp;
use crate::kit::page::{see_other, with_cookies};
use crate::kit::parameters::Parameters;
use crate::kit::problem::Problem;
use crate::kit::secrets::Secret;
use crate::kit::visitor::Visitor;

/// The short name of the cookie that holds the proof.
const PROOF_COOKIE: &str = "first-sign-in";
/// How long somebody may take to think of a password before the letter's is asked for again.
const PROOF_LIFE: Duration = Duration::from_hours(1);

/// That this browser's person knew the temporary password, at a moment.
#[derive(Serialize, Deserialize)]
pub(super) struct Proven {
    pub at: Timestamp,
    pub temporary: ProvenTemporary,
}

/// A request that carries a journey and a proof, and the person that it is about.
struct Newcomer {
    journey: OpenJourney,
    proven: ProvenTemporary,
    account: Account,
}

/// What the form shows beyond the person.
#[derive(Default)]
struct Shown {
    fault: Option<NewPasswordFault>,
    accepted: Option<AcceptedPassword>,
    address: AddressField,
}

/// Sends a person who proved a temporary password to the page that replaces it.
pub(super) fn lead_to(sign_in: &SignIn, journey: &OpenJourney, proof: &str, remember: &str) -> Response {
    let cookie = sign_in.0.pages.cookies().set(PROOF_COOKIE, proof, Some(PROOF_LIFE));
    see_other(&journey.to(FIRST_SIGN_IN_PATH), &[cookie, remember.to_owned()])
}

/// `GET /first-sign-in`
pub async fn show(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    match sign_in.newcomer(&visitor).await {
        Ok(newcomer) => sign_in.new_password_page(&visitor, &newcomer, Shown::default()),
        Err(answer) => *answer,
    }
}

/// `POST /first-sign-in`
pub async fn submit(State(sign_in): State<SignIn>, visitor: Visitor, body: Bytes) -> Response {
    let newcomer = match sign_in.newcomer(&visitor).await {
        Ok(newcomer) => newcomer,
        Err(answer) => return *answer,
    };
    let form = Parameters::parse(&body);
    let accepted = if let Some(accepted) = sign_in.accepted_before(&newcomer, &form) {
        Ok(accepted)
    } else {
        let chosen = Secret::new(form.get("new-password").unwrap_or_default());
        sign_in.0.accounts.accept_password(&newcomer.proven.account, &chosen).await
    };
    let address = match sign_in.0.accounts.address_wanted(&newcomer.account) {
        AddressPolicy::Never => AddressAnswer::Without,
        policy => AddressAnswer::read(&form, policy == AddressPolicy::Required),
    };
    let (accepted, address) = match (accepted, address) {
        (Ok(accepted), AddressAnswer::Without) => (accepted, None),
        (Ok(accepted), AddressAnswer::Given(address)) => (accepted, Some(address)),
        // Both are told at once, and what was right of the two stays right.
        (Ok(accepted), AddressAnswer::Faulty(address)) => {
            let shown = Shown { accepted: Some(accepted), address, ..Shown::default() };
            return sign_in.new_password_page(&visitor, &newcomer, shown);
        }
        (Err(ReplaceError::Fault(fault)), address) => {
            let shown = Shown { fault: Some(fault), address: address.into_field(), ..Shown::default() };
            return sign_in.new_password_page(&visitor, &newcomer, shown);
        }
        (Err(error), _) => return sign_in.not_replaced(&visitor, &newcomer.journey, error),
    };
    let accounts = &sign_in.0.accounts;
    let from = (visitor.locale, &network_of(&visitor));
    match accounts.replace_temporary(&newcomer.proven, &accepted, address.as_ref(), from).await {
        Ok(account) => {
            tracing::info!(account = %account.id, "temporary password replaced");
            let Some(situation) = sign_in.password_situation() else {
                return see_other(&newcomer.journey.to(SIGN_IN_PATH), &[]);
            };
            // It was known with the letter's password, which counts no more.
            let identifier = &newcomer.proven.identifier;
            let mut cookies = sign_in.remember_browser(&visitor, identifier, account.epoch).await;
            cookies.push(sign_in.0.pages.cookies().clear(PROOF_COOKIE));
            let response = sign_in.enter_at_once(&visitor, &newcomer.journey, situation, account).await;
            with_cookies(response, &cookies)
        }
        Err(error) => sign_in.not_replaced(&visitor, &newcomer.journey, error),
    }
}

impl SignIn {
    /// The person that a request is about; without journey or proof, the way to the sign-in.
    async fn newcomer(&self, visitor: &Visitor) -> Result<Newcomer, Box<Response>> {
        let journey = self.open_journey(visitor)?;
        let sealed = visitor.cookies.get(&self.0.pages.cookies().name(PROOF_COOKIE)).unwrap_or_default();
        let proven = self.0.first_sign_ins.open_value::<Proven>(journey.browser.as_bytes(), sealed);
        let proven = proven.filter(|proven| self.0.clock.now().since(proven.at) < PROOF_LIFE);
        let back = || Box::new(see_other(&journey.to(SIGN_IN_PATH), &[]));
        let proven = proven.ok_or_else(back)?.temporary;
        match self.0.accounts.by_id(&proven.account).await {
            Ok(Some(account)) => Ok(Newcomer { journey, proven, account }),
            Ok(None) => Err(back()),
            Err(error) => Err(Box::new(self.broken(visitor, &error))),
        }
    }

    /// The password that this form says was accepted, if that is so.
    fn accepted_before(&self, newcomer: &Newcomer, form: &Parameters) -> Option<AcceptedPassword> {
        let sealed = form.non_empty("accepted")?;
        self.0.first_sign_ins.open_value(&newcomer.accepted_context(), sealed)
    }

    fn new_password_page(&self, visitor: &Visitor, newcomer: &Newcomer, shown: Shown) -> Response {
        let is_first = shown.fault.is_none() && shown.address.fault.is_none();
        let status = if is_first { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let journey = &newcomer.journey;
        let address = match self.0.accounts.address_wanted(&newcomer.account) {
            AddressPolicy::Never => None,
            policy => Some(AddressField {
                required: policy == AddressPolicy::Required,
                proposed: newcomer.account.proposed_email.clone(),
                ..shown.address
            }),
        };
        let seal = |accepted: AcceptedPassword| {
            self.0.first_sign_ins.seal_value(&self.0.rng, &newcomer.accepted_context(), &accepted)
        };
        let page = NewPasswordPage {
            frame: self.0.pages.frame(visitor),
            action: journey.to(FIRST_SIGN_IN_PATH),
            application: journey.application(visitor.locale),
            intro_key: "new-password-intro",
            username: newcomer.proven.identifier.clone(),
            password: NewPasswordField::of(&self.0.accounts, shown.fault),
            accepted: shown.accepted.map(seal),
            address,
        };
        let response = self.0.pages.respond(visitor, status, &page);
        response.forms_lead_to(&journey.journey.return_origins).into_response()
    }

    fn not_replaced(&self, visitor: &Visitor, journey: &OpenJourney, error: ReplaceError) -> Response {
        match error {
            ReplaceError::Stale | ReplaceError::Fault(_) => see_other(&journey.to(SIGN_IN_PATH), &[]),
            ReplaceError::Check(CheckError::Busy(busy)) => {
                tracing::warn!(%busy, "a new password could not be taken in");
                Problem::Busy.page(&self.0.pages, visitor, None).into_response()
            }
            ReplaceError::Check(CheckError::Database(error)) => self.broken(visitor, &error),
        }
    }
}

impl Newcomer {
    /// What an accepted password is sealed for: this browser and this person; a proof is sealed for less.
    fn accepted_context(&self) -> Vec<u8> {
        format!("{} accepted for {}", self.journey.browser, self.proven.account).into_bytes()
    }
}
