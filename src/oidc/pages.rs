//! The pages of the provider: consent, the way back to an application, and signing out.

use askama::Template;

use crate::kit::page::{Frame, Localized};

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
    /// The application's home page, as people read addresses.
    pub site: Option<String>,
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
    /// The same of APIs, in their own words.
    pub api_permissions: Vec<Localized>,
}

/// Posts an answer to an application, by itself or at the press of its button (Form Post Response Mode §2).
#[derive(Template)]
#[template(path = "oidc/form_post.html", whitespace = "minimize")]
pub struct FormPostPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The application's redirect URI.
    pub action: String,
    /// The application's name.
    pub client_name: String,
    /// What the form says: names and values.
    pub fields: Vec<(&'static str, String)>,
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
    /// Where the page goes by itself, once the frames have loaded.
    pub onward: Option<String>,
    /// What applications show in frames to end their own sessions.
    pub frames: Vec<String>,
}

/// What is wrong with a device's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceFault {
    /// No device shows such a code.
    Malformed,
    /// No device waits with it.
    Unknown,
    /// Too many were tried.
    Wait {
        /// After how many minutes the next one is looked at.
        minutes: u64,
    },
}

impl DeviceFault {
    /// One of each.
    pub const ALL: [Self; 3] = [Self::Malformed, Self::Unknown, Self::Wait { minutes: 12 }];

    /// Its texts are named by this, and by this followed by `-text`.
    #[must_use]
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Malformed => "device-malformed",
            Self::Unknown => "device-unknown",
            Self::Wait { .. } => "device-wait",
        }
    }
}

/// Asks for the code that a device shows (RFC 8628 §3.3).
#[derive(Template)]
#[template(path = "oidc/device.html", whitespace = "minimize")]
pub struct DevicePage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// What was typed, or stood in the address.
    pub typed: String,
    /// What is wrong with it.
    pub fault: Option<DeviceFault>,
}

impl DevicePage {
    fn fault_text(&self, fault: &DeviceFault) -> String {
        let key = format!("{}-text", fault.text_key());
        match fault {
            DeviceFault::Wait { minutes } => self.frame.count(&key, "minutes", *minutes),
            _ => self.frame.t(&key),
        }
    }
}

/// Asks whether a device may come in, and warns of those who send codes.
#[derive(Template)]
#[template(path = "oidc/device_confirm.html", whitespace = "minimize")]
pub struct DeviceConfirmPage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where the form goes; it sends `decision=allow` or `decision=deny`.
    pub action: String,
    /// The name of the application on the device.
    pub client_name: String,
    /// Its home page.
    pub site: Option<String>,
    /// Whose account it is about.
    pub account_name: String,
    /// The code, to be compared with the one on the device.
    pub user_code: String,
    /// What the application would be allowed, as text keys.
    pub permissions: Vec<&'static str>,
    /// The same of APIs, in their own words.
    pub api_permissions: Vec<Localized>,
}

/// Says that a device was let in, or not.
#[derive(Template)]
#[template(path = "oidc/device_done.html", whitespace = "minimize")]
pub struct DeviceDonePage {
    /// What surrounds it.
    pub frame: Frame,
    /// The name of the application on the device.
    pub client_name: String,
    /// Whether it was let in.
    pub allowed: bool,
}
