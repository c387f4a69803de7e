//! The pages of the provider: consent, and signing out.

use askama::Template;

use crate::kit::page::Frame;

/// Asks whether an application that is not the academy's own may know who signed in.
#[derive(Template)]
#[template(path = "oidc/consent.html", whitespace = "minimize")]
pub struct ConsentPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes; it sends `decision=allow` or `decision=deny`.
    pub action: String,
    /// The application's name.
    pub client_name: String,
    /// The application's home page.
    pub client_uri: Option<String>,
    /// The application's logo.
    pub logo_uri: Option<String>,
    /// The host to which the person goes back.
    pub host: Option<String>,
    /// What the application does with what it learns.
    pub policy_uri: Option<String>,
    /// The application's terms.
    pub tos_uri: Option<String>,
    /// Whose account it is about.
    pub account_name: String,
    /// What the application would be allowed, as text keys (see [`permission_key`]).
    pub permissions: Vec<&'static str>,
}

/// Asks whether the person wants to sign out (`OpenID` Connect RP-Initiated Logout §2).
#[derive(Template)]
#[template(path = "oidc/sign_out.html", whitespace = "minimize")]
pub struct SignOutPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// The application that asks for it, when that is certain.
    pub client_name: Option<String>,
    /// Who is signed in.
    pub account_name: Option<String>,
    /// What the form sends along: names and values.
    pub hidden: Vec<(String, String)>,
}

/// Says that the session has ended.
#[derive(Template)]
#[template(path = "oidc/signed_out.html", whitespace = "minimize")]
pub struct SignedOutPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The application to go back to: name and address.
    pub return_to: Option<(String, String)>,
}
