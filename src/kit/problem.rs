//! The pages for when something is wrong: what happened, a step that helps, a reference for support.

use askama::Template;
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};

use super::page::{Frame, PageResponse, Pages};
use super::visitor::Visitor;

/// What is wrong, as the person needs to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing stands at this address.
    NotFound,
    /// The address exists, but not for this method.
    MethodNotAllowed,
    /// The request cannot be understood.
    BadRequest,
    /// The request is larger than anything a form here sends.
    TooLarge,
    /// A file is larger than any list of people may be.
    FileTooLarge,
    /// A form of another site led here.
    CrossSite,
    /// An application that is not known here sent the person.
    UnknownClient,
    /// An application asked to send the person back to an address that it has not registered.
    UnregisteredRedirect,
    /// A sign-in in progress was opened in another browser than the one that began it.
    RequestFromElsewhere,
    /// A sign-in in progress is too old to be finished.
    RequestExpired,
    /// A request that an application left here was used, or has waited too long.
    RequestUsed,
    /// Too many people at once; it will pass.
    Busy,
    /// A fault of ours.
    Unavailable,
    /// The application that sent the person has been switched off here.
    ApplicationDisabled,
}

/// After how many seconds a browser may try again what could not be done now.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("5");

impl Problem {
    /// Every problem.
    pub const ALL: [Self; 14] = [
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::BadRequest,
        Self::TooLarge,
        Self::FileTooLarge,
        Self::CrossSite,
        Self::UnknownClient,
        Self::UnregisteredRedirect,
        Self::RequestFromElsewhere,
        Self::RequestExpired,
        Self::RequestUsed,
        Self::Busy,
        Self::Unavailable,
        Self::ApplicationDisabled,
    ];

    /// The status of the response (RFC 9110 §15).
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BadRequest
            | Self::UnknownClient
            | Self::UnregisteredRedirect
            | Self::RequestFromElsewhere
            | Self::RequestExpired
            | Self::RequestUsed => StatusCode::BAD_REQUEST,
            Self::TooLarge | Self::FileTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::CrossSite | Self::ApplicationDisabled => StatusCode::FORBIDDEN,
            Self::Busy | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The texts of its page are named by this, followed by `-title`, `-text` and `-step`.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::NotFound => "problem-not-found",
            Self::MethodNotAllowed => "problem-method-not-allowed",
            Self::BadRequest => "problem-bad-request",
            Self::TooLarge => "problem-too-large",
            Self::FileTooLarge => "problem-file-too-large",
            Self::CrossSite => "problem-cross-site",
            Self::UnknownClient => "problem-unknown-client",
            Self::UnregisteredRedirect => "problem-unregistered-redirect",
            Self::RequestFromElsewhere => "problem-request-from-elsewhere",
            Self::RequestExpired => "problem-request-expired",
            Self::RequestUsed => "problem-request-used",
            Self::Busy => "problem-busy",
            Self::Unavailable => "problem-unavailable",
            Self::ApplicationDisabled => "problem-application-disabled",
        }
    }

    /// The page that tells it, with a link onward (label, address) where there is one.
    #[must_use]
    pub fn page(self, pages: &Pages, visitor: &Visitor, way_on: Option<(String, String)>) -> PageResponse {
        let page = ProblemPage { frame: pages.frame(visitor), problem: self, way_on };
        let response = pages.respond(visitor, self.status(), &page);
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            response.header(RETRY_AFTER, RETRY_AFTER_SECONDS)
        } else {
            response
        }
    }
}

/// The page of a [`Problem`].
#[derive(Template)]
#[template(path = "problem.html", whitespace = "minimize")]
pub struct ProblemPage {
    /// What surrounds it.
    pub frame: Frame,
    /// What is wrong.
    pub problem: Problem,
    /// A link onward: label and address.
    pub way_on: Option<(String, String)>,
}

impl ProblemPage {
    fn text(&self, part: &str) -> String {
        self.frame.t(&format!("{}-{part}", self.problem.text_key()))
    }
}
