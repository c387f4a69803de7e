//! How an answer to an authorization request travels: in an address, or in a form that the browser posts.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::Provider;
use super::clients::{Client, RedirectUri};
use super::pages::FormPostPage;
use crate::kit::page::see_other;
use crate::kit::parameters::with_query;
use crate::kit::visitor::Visitor;

/// How the parameters of an answer reach the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect URI (Multiple Response Types §2.1).
    #[default]
    Query,
    /// In a form that is posted to the redirect URI (Form Post Response Mode §2).
    FormPost,
}

impl ResponseMode {
    /// Every mode.
    pub const ALL: [Self; 2] = [Self::Query, Self::FormPost];

    /// Its registered name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }

    /// The mode of a registered name, if it is one of ours.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// What a client is answered, be it a code or an error; only a bound request makes one.
#[derive(Debug)]
pub struct AuthorizationResponse {
    /// Whom it is for.
    pub(super) client: Arc<Client>,
    /// Where it goes.
    pub(super) redirect_uri: RedirectUri,
    /// How it gets there.
    pub(super) mode: ResponseMode,
    /// What it says.
    pub(super) parameters: Vec<(&'static str, String)>,
}

impl Provider {
    /// Sends a browser back to its application, with an answer.
    pub(super) fn deliver(&self, visitor: &Visitor, answer: AuthorizationResponse) -> Response {
        match answer.mode {
            ResponseMode::Query => {
                let pairs: Vec<_> =
                    answer.parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
                see_other(&with_query(answer.redirect_uri.as_str(), &pairs), &[])
            }
            ResponseMode::FormPost => {
                let pages = self.0.sign_in.pages();
                let page = FormPostPage {
                    frame: pages.frame(visitor),
                    action: answer.redirect_uri.as_str().to_owned(),
                    client_name: answer.client.name().get(visitor.locale).to_owned(),
                    fields: answer.parameters,
                };
                let origins = answer.client.return_origins(&answer.redirect_uri);
                pages.respond(visitor, StatusCode::OK, &page).forms_lead_to(&origins).into_response()
            }
        }
    }
}
