//! The authorization endpoint: is the session good enough? Then a code; otherwise the sign-in.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;

use super::authorization_request::{ClientBound, Raw, Unbound, Ungathered, Valid, Way};
use super::error::{ErrorCode, OAuthError};
use super::{Provider, consent, id_token, oxide, token};
use crate::kit::locale::Locale;
use crate::kit::page::with_cookies;
use crate::kit::parameters::Parameters;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;
use crate::signin::{Journey, OpenJourney, Resume, SignedIn};

/// The authorization endpoint.
pub const PATH: &str = "/authorize";
/// Where a journey comes back after the sign-in.
pub const RESUME_PATH: &str = "/authorize/resume";
/// The longest request that travels sealed through the sign-in, in bytes: sealed twice, on the way to an
/// upstream, it still leaves room in the headers of a browser.
pub(super) const LONGEST_REQUEST: usize = 8 * 1024;

/// `GET /authorize`
pub async fn by_get(State(provider): State<Provider>, visitor: Visitor) -> Response {
    let parameters = visitor.query.clone();
    provider.authorize(visitor, parameters).await
}

/// `POST /authorize`
pub async fn by_post(
    State(provider): State<Provider>,
    visitor: Visitor,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !token::is_form(&headers) {
        return provider.problem(&visitor, Problem::BadRequest);
    }
    if let Some(answer) = provider.asked_again(&visitor, PATH, &body) {
        return answer;
    }
    provider.authorize(visitor, Parameters::parse(&body)).await
}

/// `GET /authorize/resume`
pub async fn resume(State(provider): State<Provider>, visitor: Visitor) -> Response {
    match provider.resumed(&visitor).await {
        Ok((request, journey)) => provider.go_on(&visitor, request, Some(&journey), Consent::NotAsked).await,
        Err(answer) => *answer,
    }
}

/// Whether the person has just answered the page that asks for consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// The page was not shown on this journey.
    NotAsked,
    /// They allowed it.
    Given,
}

impl Provider {
    async fn authorize(&self, mut visitor: Visitor, outer: Parameters) -> Response {
        if outer.encode().len() > LONGEST_REQUEST {
            return self.problem(&visitor, Problem::TooLarge);
        }
        let raw = match self.gather(outer, Way::Direct).await {
            Ok(raw) => raw,
            Err(fault) => return self.not_gathered(&visitor, fault).await,
        };
        // What is written densely in a signed object may be longer as parameters.
        if raw.parameters.encode().len() > LONGEST_REQUEST {
            return self.problem(&visitor, Problem::TooLarge);
        }
        // What the application asks for counts until the person says otherwise by hand.
        if let Some(locale) = raw.parameters.get("ui_locales").and_then(Locale::from_ui_locales) {
            visitor.locale = locale;
            visitor.chosen_locale = Some(locale);
        }
        match self.validated(&visitor, raw).await {
            Ok(request) => {
                let response = self.go_on(&visitor, request, None, Consent::NotAsked).await;
                remember_language(response, self, &visitor)
            }
            Err(answer) => *answer,
        }
    }

    /// Answers a request of which nobody knows what it asks: its client, when the rest of it says where.
    async fn not_gathered(&self, visitor: &Visitor, fault: Ungathered) -> Response {
        let (outer, error) = match fault {
            Ungathered::Database(error) => return self.database_problem(visitor, &error),
            Ungathered::Unbound(fault) => return self.unbound(visitor, fault),
            Ungathered::Refused(outer, error) => (outer, error),
        };
        match ClientBound::bind(Raw::plain(outer, Way::Direct), &self.0.clients).await {
            Err(error) => self.database_problem(visitor, &error),
            Ok(Err(fault)) => self.unbound(visitor, fault),
            Ok(Ok(bound)) => {
                error.log("authorize");
                self.deliver(visitor, bound.refused(&self.0.issuer, &error))
            }
        }
    }

    /// Tells the person what nobody else can be told.
    fn unbound(&self, visitor: &Visitor, fault: Unbound) -> Response {
        tracing::info!(endpoint = "authorize", ?fault, "refused without redirect");
        let problem = match fault {
            Unbound::UnknownClient => Problem::UnknownClient,
            Unbound::DisabledClient => Problem::ApplicationDisabled,
            Unbound::UnregisteredRedirect => Problem::UnregisteredRedirect,
            Unbound::Ambiguous => Problem::BadRequest,
            Unbound::UsedUp => Problem::RequestUsed,
        };
        self.problem(visitor, problem)
    }

    async fn validated(&self, visitor: &Visitor, raw: Raw) -> Result<Valid, Box<Response>> {
        let bound = ClientBound::bind(raw, &self.0.clients).await;
        let bound = bound
            .map_err(|error| Box::new(self.database_problem(visitor, &error)))?
            .map_err(|fault| Box::new(self.unbound(visitor, fault)))?;
        bound.validate().map_err(|refused| {
            let (bound, error) = *refused;
            error.log("authorize");
            Box::new(self.deliver(visitor, bound.refused(&self.0.issuer, &error)))
        })
    }

    /// The request that a journey carries, checked anew: the client may have changed meanwhile.
    pub(super) async fn resumed(&self, visitor: &Visitor) -> Result<(Valid, OpenJourney), Box<Response>> {
        let journey = self.0.sign_in.open_journey(visitor)?;
        let raw = Raw::resumed(&journey.journey.resume.payload)
            .ok_or_else(|| Box::new(self.problem(visitor, Problem::BadRequest)))?;
        Ok((self.validated(visitor, raw).await?, journey))
    }

    /// Session, consent, code: the first that lacks decides where the person goes next.
    pub(super) async fn go_on(
        &self,
        visitor: &Visitor,
        request: Valid,
        journey: Option<&OpenJourney>,
        consent: Consent,
    ) -> Response {
        match self.decide(visitor, &request, journey, consent).await {
            Ok(response) => response,
            Err(error) => {
                error.log("authorize");
                self.deliver(visitor, request.refused(&self.0.issuer, &error))
            }
        }
    }

    async fn decide(
        &self,
        visitor: &Visitor,
        request: &Valid,
        journey: Option<&OpenJourney>,
        consent: Consent,
    ) -> Result<Response, OAuthError> {
        let signed_in = self.0.sign_in.signed_in(visitor).await?;
        let hinted = self.hinted_subject(request).await?;
        let is_expected = |person: &SignedIn| self.is_expected(request, person, hinted.as_deref());
        let is_good = |person: &SignedIn| {
            self.is_good_enough(request, person, journey)
                && (is_made_on(journey, person) || is_expected(person) && request.context.is_met_by(person))
        };
        let person = match signed_in {
            Some(person) if is_good(&person) => person,
            _ if request.prompts.none => {
                return Err(OAuthError::new(ErrorCode::LoginRequired, "the person must sign in"));
            }
            _ if !request.context.is_attainable(|acr| self.0.sign_in.may_attain(acr)) => return Err(unmet()),
            other => return Ok(self.0.sign_in.begin(visitor, &self.journey(request, other.as_ref()))),
        };
        if !is_expected(&person) {
            let error =
                OAuthError::new(ErrorCode::LoginRequired, "somebody else signed in than the hinted person");
            return Err(error);
        }
        if !request.context.is_met_by(&person) {
            return Err(unmet());
        }
        if consent == Consent::NotAsked && self.must_ask(request, &person).await? {
            if request.prompts.none {
                return Err(OAuthError::new(ErrorCode::ConsentRequired, "the person must consent"));
            }
            let mut onward = self.journey(request, None);
            if let Some(journey) = journey {
                onward.began = journey.journey.began;
                onward.made.clone_from(&journey.journey.made);
            }
            return Ok(self.0.sign_in.begin_at(visitor, &onward, consent::PATH));
        }
        let code = oxide::issue_code(self, request, &person).await?;
        Ok(self.deliver(visitor, request.granted(&self.0.issuer, code)))
    }

    /// Whether a session is as new as the request wants it.
    fn is_good_enough(&self, request: &Valid, person: &SignedIn, journey: Option<&OpenJourney>) -> bool {
        // A sign-in made on this very journey answers every wish for a new one.
        if is_made_on(journey, person) {
            return true;
        }
        let age = self.0.clock.now().since(person.auth_time).as_secs();
        !request.prompts.login
            && !request.prompts.select_account
            // Zero is a wish for a new sign-in, even within the second of the last one.
            && request.max_age.is_none_or(|max_age| max_age > 0 && age <= max_age)
    }

    /// Whether a person is the one whom the request expects, by `id_token_hint` or by a `sub` asked for
    /// (Core §3.1.2.2).
    fn is_expected(&self, request: &Valid, person: &SignedIn, hinted: Option<&str>) -> bool {
        let subject = self.subject_for(&request.client, &person.account.id);
        hinted.is_none_or(|hinted| hinted == subject)
            && request.claims.subjects().is_none_or(|subjects| subjects.contains(&subject.as_ref()))
    }

    /// The person whom the request expects, by its `id_token_hint`; an expired hint still tells.
    async fn hinted_subject(&self, request: &Valid) -> Result<Option<String>, OAuthError> {
        let Some(hint) = request.parameter("id_token_hint") else { return Ok(None) };
        let hint = id_token::read_hint(self, hint)
            .await
            .ok_or(OAuthError::invalid_request("id_token_hint is not an ID token of ours"))?;
        if hint.client() != request.client.id.as_str() {
            return Err(OAuthError::invalid_request("id_token_hint is another client's"));
        }
        Ok(Some(hint.subject))
    }

    async fn must_ask(&self, request: &Valid, person: &SignedIn) -> Result<bool, OAuthError> {
        if request.prompts.consent {
            return Ok(true);
        }
        if request.client.settings.first_party {
            return Ok(false);
        }
        let given = self.consent_of(&person.account.id, &request.client.id).await?;
        Ok(!request.permissions().is_within(&given))
    }

    /// The way to a sign-in, perhaps in the place of one that was not good enough.
    fn journey(&self, request: &Valid, instead_of: Option<&SignedIn>) -> Journey {
        let name = request.client.name();
        Journey {
            began: self.0.clock.now(),
            application: Some((name.fr.clone(), name.en.clone())),
            resume: Resume { path: RESUME_PATH.to_owned(), payload: request.carried() },
            login_hint: request.parameter("login_hint").map(|hint| hint.chars().take(256).collect()),
            // No situation has a longer name.
            idp_hint: request.parameter("idp_hint").filter(|hint| hint.len() <= 64).map(str::to_owned),
            must_be_fresh: request.prompts.login || request.prompts.select_account || instead_of.is_some(),
            max_age: request.max_age,
            acr_values: request.context.for_upstream(),
            made: None,
            return_origins: request.client.return_origins(&request.redirect_uri),
        }
    }

    /// A problem that is answered by a page of ours.
    pub(super) fn problem(&self, visitor: &Visitor, problem: Problem) -> Response {
        problem.page(self.0.sign_in.pages(), visitor, None).into_response()
    }
}

/// Whether a sign-in was made on this very journey.
fn is_made_on(journey: Option<&OpenJourney>, person: &SignedIn) -> bool {
    journey.is_some_and(|journey| journey.journey.made.as_deref() == Some(person.sign_in_id()))
}

fn unmet() -> OAuthError {
    let description = "the person cannot sign in, or did not, as strongly as the essential acr wants";
    OAuthError::new(ErrorCode::UnmetAuthenticationRequirements, description)
}

fn remember_language(response: Response, provider: &Provider, visitor: &Visitor) -> Response {
    let pages = provider.0.sign_in.pages();
    let cookie = visitor.chosen_locale.map(|locale| pages.language_cookie(locale));
    with_cookies(response, cookie.as_slice())
}
