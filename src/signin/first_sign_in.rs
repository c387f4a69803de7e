//! The first sign-in: the letter's password was right, and is replaced before anything is granted.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::new_password::{Chosen, PasswordForm, Shown};
use super::throttling::network_of;
use super::{FIRST_SIGN_IN_PATH, OpenJourney, SIGN_IN_PATH, SignIn};
use crate::accounts::{Account, ProvenTemporary};
use crate::audit::ProvedBy;
use crate::kit::clock::Timestamp;
use crate::kit::page::{see_other, with_cookies};
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

/// Sends a person who proved a temporary password to the page that replaces it.
pub(super) fn lead_to(sign_in: &SignIn, journey: &OpenJourney, proof: &str, remember: &str) -> Response {
    let cookie = sign_in.0.pages.cookies().set(PROOF_COOKIE, proof, Some(PROOF_LIFE));
    see_other(&journey.to(FIRST_SIGN_IN_PATH), &[cookie, remember.to_owned()])
}

/// `GET /first-sign-in`
pub async fn show(State(sign_in): State<SignIn>, visitor: Visitor) -> Response {
    match sign_in.newcomer(&visitor).await {
        Ok(newcomer) => sign_in.password_form(&visitor, &newcomer.form(&sign_in), Shown::default()),
        Err(answer) => *answer,
    }
}

/// `POST /first-sign-in`
pub async fn submit(State(sign_in): State<SignIn>, visitor: Visitor, body: Bytes) -> Response {
    let newcomer = match sign_in.newcomer(&visitor).await {
        Ok(newcomer) => newcomer,
        Err(answer) => return *answer,
    };
    let form = match sign_in.sound_form(&visitor, &body) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    let about = newcomer.form(&sign_in);
    let (accepted, address) = match sign_in.chosen(&about, &form).await {
        Ok(Chosen::Both(accepted, address)) => (accepted, address),
        Ok(Chosen::Again(shown)) => return sign_in.password_form(&visitor, &about, shown),
        Err(error) => return sign_in.not_chosen(&visitor, &newcomer.journey.to(SIGN_IN_PATH), &error),
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
            let response = sign_in
                .enter_at_once(&visitor, &newcomer.journey, situation, account, ProvedBy::Letter)
                .await;
            with_cookies(response, &cookies)
        }
        Err(error) => sign_in.not_chosen(&visitor, &newcomer.journey.to(SIGN_IN_PATH), &error),
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
}

impl Newcomer {
    fn form<'a>(&'a self, sign_in: &'a SignIn) -> PasswordForm<'a> {
        PasswordForm {
            account: &self.account,
            username: self.proven.identifier.clone(),
            action: self.journey.to(FIRST_SIGN_IN_PATH),
            intro_key: "new-password-intro",
            journey: Some(&self.journey),
            sealer: (&sign_in.0.first_sign_ins, self.accepted_context()),
        }
    }

    /// What an accepted password is sealed for: this browser and this person; a proof is sealed for less.
    fn accepted_context(&self) -> Vec<u8> {
        format!("{} accepted for {}", self.journey.browser, self.proven.account).into_bytes()
    }
}
