//! A person's own page: what is known of them, where they are signed in, what they allow, what happened.
//!
//! The room owns no table. It shows what other rooms hold and asks them for every change; a form counts
//! only for the session in which its page was shown, and what is sensitive asks for the password again.

mod consents;
mod mail_address;
mod overview;
pub mod pages;
mod password;
mod sessions;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::accounts::{Accounts, CheckError};
use crate::config::{AuthoritySettings, UpstreamId, UpstreamSettings};
use crate::database::Database;
use crate::kit::page::{Localized, Pages, see_other};
use crate::kit::parameters::{Parameters, with_query};
use crate::kit::problem::Problem;
use crate::kit::secrets::Secret;
use crate::kit::visitor::Visitor;
use crate::mail::Mailer;
use crate::oidc::Provider;
use crate::signin::throttling::NotTaken;
use crate::signin::{JOURNEY_PARAMETER, SignIn, SignedIn};
use pages::{CurrentFault, Done};

/// The page, and what every other address of the room begins with.
pub const PATH: &str = "/account";
const PASSWORD_PATH: &str = "/account/password";
const ADDRESS_PATH: &str = "/account/mail-address";
const SEND_AGAIN_PATH: &str = "/account/mail-address/send-again";
const SESSION_PATH: &str = "/account/sessions/end";
const OTHERS_PATH: &str = "/account/sessions/end-others";
const ALL_PATH: &str = "/account/sessions/end-all";
const CONSENT_PATH: &str = "/account/consents/withdraw";
const CLOSED_PATH: &str = "/account/closed";

/// The query parameter that says what was just done: one of a few words, never a text.
const DONE: &str = "done";
/// The longest password that is looked at, in characters.
const LONGEST_PASSWORD: usize = 256;
/// The field that names the session in which a form was shown; it opens nothing.
const SHOWN_IN: &str = "session";

/// The pages of people's own accounts.
#[derive(Clone)]
pub struct MyAccount(Arc<Inner>);

struct Inner {
    accounts: Accounts,
    sign_in: SignIn,
    provider: Provider,
    mailer: Mailer,
    database: Database,
    authorities: Vec<AuthoritySettings>,
    upstreams: Vec<Upstream>,
}

/// A provider at which people may have their password, as far as they need to know it.
struct Upstream {
    id: UpstreamId,
    name: String,
    help: Option<(Localized, String)>,
}

/// What the room is made of.
pub struct Parts<'a> {
    /// The people.
    pub accounts: Accounts,
    /// Who is signed in, and where.
    pub sign_in: SignIn,
    /// What they allow third parties.
    pub provider: Provider,
    /// Whether mails can be sent.
    pub mailer: Mailer,
    /// Where what happened is kept.
    pub database: Database,
    /// Who looks after them.
    pub authorities: Vec<AuthoritySettings>,
    /// Where else they may have their password.
    pub upstreams: &'a [UpstreamSettings],
}

impl MyAccount {
    /// Puts the room together.
    #[must_use]
    pub fn new(parts: Parts<'_>) -> Self {
        let Parts { accounts, sign_in, provider, mailer, database, authorities, upstreams } = parts;
        let known = |upstream: &UpstreamSettings| Upstream {
            id: upstream.id.clone(),
            name: upstream.name.clone(),
            help: upstream.help.as_ref().map(|help| (help.label.clone(), help.url.to_string())),
        };
        let upstreams = upstreams.iter().map(known).collect();
        Self(Arc::new(Inner { accounts, sign_in, provider, mailer, database, authorities, upstreams }))
    }

    /// The pages of the room.
    pub fn routes(&self) -> Router {
        // Where password managers look for the page (W3C, "A Well-Known URL for Changing Passwords").
        let well_known = async || see_other(PASSWORD_PATH, &[]);
        Router::new()
            .route(PATH, get(overview::show))
            .route(PASSWORD_PATH, get(password::show).post(password::change))
            .route(ADDRESS_PATH, get(mail_address::show).post(mail_address::change))
            .route(SEND_AGAIN_PATH, post(mail_address::send_again))
            .route(SESSION_PATH, post(sessions::end_one))
            .route(OTHERS_PATH, post(sessions::end_others))
            .route(ALL_PATH, post(sessions::end_all))
            .route(CLOSED_PATH, get(sessions::closed))
            .route(CONSENT_PATH, post(consents::withdraw))
            .route("/.well-known/change-password", get(well_known))
            .with_state(self.clone())
    }

    fn pages(&self) -> &Pages {
        self.0.sign_in.pages()
    }

    fn upstream(&self, id: &UpstreamId) -> Option<&Upstream> {
        self.0.upstreams.iter().find(|upstream| upstream.id == *id)
    }

    /// Who asks for a page of this room; nobody signed in is sent to do so, and then back to `path`.
    async fn visited(&self, visitor: &Visitor, path: &str) -> Result<SignedIn, Box<Response>> {
        let found = self.0.sign_in.signed_in(visitor).await.map_err(|error| self.broken(visitor, &error))?;
        let person = found.ok_or_else(|| self.0.sign_in.begin_towards(visitor, path))?;
        if visitor.query.get(JOURNEY_PARAMETER).is_some() {
            // The journey ends here, and leaves the address.
            return Err(Box::new(see_other(path, &[])));
        }
        Ok(person)
    }

    /// Who sends a form of this room, and the form.
    ///
    /// It must have been shown in this very session: on a page left open, somebody else may have been
    /// signed in, who would now do to this person's account what they meant for their own.
    async fn acting(
        &self,
        visitor: &Visitor,
        body: &Bytes,
        path: &str,
    ) -> Result<(SignedIn, Parameters), Box<Response>> {
        let found = self.0.sign_in.signed_in(visitor).await.map_err(|error| self.broken(visitor, &error))?;
        let person = found.ok_or_else(|| self.0.sign_in.begin_towards(visitor, path))?;
        let form = Parameters::parse(body);
        if form.repeated().is_some() || form.is_garbled() {
            let problem = Problem::BadRequest.page(self.pages(), visitor, None);
            return Err(Box::new(problem.into_response()));
        }
        if form.get(SHOWN_IN) != Some(person.sid.as_str()) {
            return Err(Box::new(done(Done::Stale)));
        }
        Ok((person, form))
    }

    /// The present password that a form brings, once it proved right: the one place where it is asked for
    /// again. What is wrong counts as a failed sign-in.
    async fn proved(
        &self,
        visitor: &Visitor,
        person: &SignedIn,
        form: &Parameters,
    ) -> Result<Secret, Unproved> {
        let broken = |error: &sqlx::Error| Unproved::Answer(Box::new(self.broken(visitor, error)));
        let typed = Secret::new(form.get("current-password").unwrap_or_default());
        if typed.expose().is_empty() {
            return Err(CurrentFault::Missing.into());
        }
        if typed.expose().chars().count() > LONGEST_PASSWORD {
            return Err(CurrentFault::Wrong.into());
        }
        let identifier = person.account.identifier().unwrap_or_default();
        let attempt = match self.0.sign_in.throttle().take(identifier, visitor).await {
            Ok(attempt) => attempt,
            Err(NotTaken::Wait(wait)) => return Err(CurrentFault::Wait { seconds: wait.seconds() }.into()),
            Err(NotTaken::Database(error)) => return Err(broken(&error)),
        };
        let checked = self.0.accounts.check_own_password(&person.account.id, &typed).await;
        let settled = match &checked {
            Ok(true) => attempt.succeeded().await,
            Ok(false) => Ok(()),
            Err(_) => attempt.give_back().await,
        };
        settled.map_err(|error| broken(&error))?;
        match checked {
            Ok(true) => Ok(typed),
            Ok(false) => {
                tracing::info!(account = %person.account.id, "present password refused");
                Err(CurrentFault::Wrong.into())
            }
            Err(error) => Err(Unproved::Answer(Box::new(self.unchecked(visitor, &error)))),
        }
    }

    /// The answer to a check that could not be made.
    fn unchecked(&self, visitor: &Visitor, error: &CheckError) -> Response {
        match error {
            CheckError::Busy(busy) => {
                tracing::warn!(%busy, "a password could not be checked");
                Problem::Busy.page(self.pages(), visitor, None).into_response()
            }
            CheckError::Database(error) => self.broken(visitor, error),
        }
    }

    /// Says that something of ours failed, and keeps the cause for the log.
    fn broken(&self, visitor: &Visitor, error: &dyn std::fmt::Display) -> Response {
        tracing::error!(%error, "an account's page failed");
        Problem::Unavailable.page(self.pages(), visitor, None).into_response()
    }
}

/// Why a present password was not proved.
enum Unproved {
    /// The form is shown again with this.
    Shown(CurrentFault),
    /// Something else is answered.
    Answer(Box<Response>),
}

impl From<CurrentFault> for Unproved {
    fn from(fault: CurrentFault) -> Self {
        Self::Shown(fault)
    }
}

/// The way back to the page, which then says what was done.
fn done(what: Done) -> Response {
    see_other(&with_query(PATH, &[(DONE, what.word())]), &[])
}
