//! Where a browser goes once its session has ended: through the upstream provider, then back to the client.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::super::clients::Client;
use super::super::pages::SignedOutPage;
use super::super::{ClientId, Provider};
use super::Frame;
use crate::kit::page::{see_other, with_cookies};
use crate::kit::visitor::Visitor;
use crate::signin::LeftUpstream;

/// Where browsers come back to from an upstream's own sign-out.
pub const RETURNED_PATH: &str = "/logout/returned";
/// The short name of the cookie that knows where a browser goes after that.
const ONWARD_COOKIE: &str = "farewell";
/// How long a sign-out upstream may take.
const LONGEST_FAREWELL: std::time::Duration = std::time::Duration::from_hours(1);
/// How long the frames have before the page goes on without them.
const FRAMES_HAVE_SECONDS: u32 = 3;

const REFRESH: HeaderName = HeaderName::from_static("refresh");

/// Where a person goes after signing out, as far as it could be verified.
#[derive(Default, Serialize, Deserialize)]
pub struct Destination {
    /// The client that asked.
    pub client: Option<ClientId>,
    /// Its address, as it is registered.
    pub registered: Option<String>,
    /// The same with `state`.
    pub return_to: Option<String>,
    /// Where to go when there is none; a page of ours without either.
    pub otherwise: Option<String>,
}

/// How the browser came to sign out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// By an address, or a form of another site.
    FromOutside,
    /// By the form of our own page, whose `form-action` knows the client and no upstream.
    ByOurForm,
}

impl Provider {
    /// Leads a browser on once its session is over: past the frames, through the upstream, back to the client.
    pub(in crate::oidc) async fn lead_on(
        &self,
        visitor: &Visitor,
        destination: Destination,
        frames: Vec<Frame>,
        left: Option<LeftUpstream>,
        came: Came,
    ) -> Result<Response, sqlx::Error> {
        let mut cookies = Vec::new();
        let mut next = destination.return_to.clone().or_else(|| destination.otherwise.clone());
        let mut may_redirect = came == Came::FromOutside || destination.return_to.is_some();
        if let Some(left) = left {
            let state = self.0.rng.token();
            let back = format!("{}{RETURNED_PATH}", self.0.issuer);
            if let Some(url) = self.0.sign_in.way_out(&left, &back, &state, visitor.locale).await {
                let sealed = self.0.decisions.seal_value(&self.0.rng, &context_of(&state), &destination);
                let policy = self.0.sign_in.pages().cookies();
                cookies = policy.set_in_parts(&visitor.cookies, ONWARD_COOKIE, &sealed, LONGEST_FAREWELL);
                next = Some(url.into());
                may_redirect = came == Came::FromOutside;
            }
        }
        if let (Some(next), true) = (&next, may_redirect && frames.is_empty()) {
            return Ok(see_other(next, &cookies));
        }
        let client = match &destination.client {
            Some(id) => self.0.clients.find(id.as_str()).await?,
            None => None,
        };
        Ok(with_cookies(self.goodbye(visitor, client.as_deref(), &frames, next), &cookies))
    }

    /// Whether the client still has the address: the way through the upstream may have taken long.
    async fn may_still_return(&self, destination: &Destination) -> sqlx::Result<bool> {
        let (Some(id), Some(address)) = (&destination.client, &destination.registered) else {
            return Ok(false);
        };
        let client = self.0.clients.find(id.as_str()).await?;
        Ok(client.is_some_and(|client| client.may_return_to(address)))
    }

    /// The page that says goodbye; where there is more to do, it goes on by itself.
    fn goodbye(
        &self,
        visitor: &Visitor,
        client: Option<&Client>,
        frames: &[Frame],
        onward: Option<String>,
    ) -> Response {
        let pages = self.0.sign_in.pages();
        let home =
            client.and_then(|client| Some((client.name().get(visitor.locale).to_owned(), client.home()?)));
        let seconds = if frames.is_empty() { 0 } else { FRAMES_HAVE_SECONDS };
        let refresh = onward.as_ref().map(|address| format!("{seconds};url={address}"));
        let page = SignedOutPage {
            frame: pages.frame(visitor),
            return_to: home.filter(|_| onward.is_none()),
            onward,
            frames: frames.iter().map(|frame| frame.address.clone()).collect(),
        };
        let origins: Vec<String> = frames.iter().map(|frame| frame.origin.clone()).collect();
        let mut page = pages.respond(visitor, StatusCode::OK, &page).frames_show(&origins);
        if let Some(value) = refresh.and_then(|text| HeaderValue::from_str(&text).ok()) {
            page = page.header(REFRESH, value);
        }
        page.into_response()
    }
}

/// `GET /logout/returned`: a browser comes back from an upstream's own sign-out.
pub async fn returned(State(provider): State<Provider>, visitor: Visitor) -> Response {
    let policy = provider.0.sign_in.pages().cookies();
    let sealed = policy.get_in_parts(&visitor.cookies, ONWARD_COOKIE);
    let forget = policy.clear_parts(&visitor.cookies, ONWARD_COOKIE, 0);
    // Only the browser that departed has the cookie, and only its own way back the state.
    let state = visitor.query.non_empty("state").filter(|_| visitor.query.repeated().is_none());
    let destination = state.and_then(|state| provider.0.decisions.open_value(&context_of(state), &sealed));
    let answer = async {
        // A link to here must not make anybody believe that they are signed out.
        if destination.is_none() && provider.0.sign_in.signed_in(&visitor).await?.is_some() {
            return Ok(see_other("/", &forget));
        }
        let mut destination: Destination = destination.unwrap_or_default();
        if !provider.may_still_return(&destination).await? {
            destination.return_to = None;
        }
        let response = provider.lead_on(&visitor, destination, Vec::new(), None, Came::FromOutside).await?;
        Ok(with_cookies(response, &forget))
    };
    answer.await.unwrap_or_else(|error: sqlx::Error| provider.database_problem(&visitor, &error))
}

fn context_of(state: &str) -> Vec<u8> {
    format!("farewell {state}").into_bytes()
}
