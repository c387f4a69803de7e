//! Where things are on the pages: every selector and address that the journeys rely on, and no other file has any.

/// The three doors of « Quelle est votre situation ? », as `config/lyon.toml` names them.
#[derive(Clone, Copy, Debug)]
pub enum Door {
    /// Staff of the academy, by ARENA.
    Staff,
    /// External people, by identifier and password.
    External,
    /// Juries of the ministry, told to go elsewhere.
    Centrale,
}

impl Door {
    /// Its link on the choice page.
    pub const fn link(self) -> &'static str {
        match self {
            Self::Staff => "main a[href*='/sign-in/academy-staff']",
            Self::External => "main a[href*='/sign-in/external']",
            Self::Centrale => "main a[href*='/sign-in/imagin-centrale']",
        }
    }
}

/// The links of the choice page, whichever door they lead to.
pub const DOORS: &str = "main a[href*='/sign-in/']";
/// The identifier, on Guichet's sign-in page as on ARENA's.
pub const USERNAME: &str = "#username";
/// The password beside it.
pub const PASSWORD: &str = "#password";
/// The button that sends both.
pub const LOGIN_SUBMIT: &str = "#login-submit";
/// The personal password that replaces a temporary one.
pub const NEW_PASSWORD: &str = "#new-password";
/// The button that sends it.
pub const NEW_PASSWORD_SUBMIT: &str = "form:has(#new-password) button[type='submit']";
/// What went wrong, above the fields.
pub const ERROR: &str = ".fr-alert--error[role='alert']";
/// « Mot de passe oublié ? », below the password.
pub const FORGOTTEN: &str = "#password-forgotten";
/// The button that asks for help with it.
pub const FORGOTTEN_SUBMIT: &str = "#forgotten-submit";
/// The number under which a manager finds the request.
pub const CASE_NUMBER: &str = "#case-number";
/// What the caller reads to the manager, on the pages of both.
pub const CALLER_CODE: &str = "#caller-code";
/// What the manager answers, on the pages of both.
pub const MANAGER_CODE: &str = "#manager-code";
/// Where the caller types the code that the manager speaks.
pub const SPOKEN_CODE_FIELD: &str = "input#spoken-code";
/// The button that sends it.
pub const SPOKEN_CODE_SUBMIT: &str = "#spoken-code-submit";
/// From there to the cases that wait.
pub const OPEN_CASES: &str = "#open-cases";
/// From a case to help by telephone.
pub const CASE_TELEPHONE: &str = "main a.fr-btn[href*='/telephone?case=']";
/// The boxes that a manager ticks before a code is made.
pub const CALL_BOXES: [&str; 2] = ["#codes-match", "#identity-checked"];
/// The button that makes it.
pub const CALL_SPEAK: &str = "#call-speak";
/// What the manager speaks.
pub const SPOKEN_CODE: &str = "p#spoken-code";
/// Where accesses wait for a second manager.
pub const OPENINGS: &str = ".guichet-desk-nav a[href$='/openings']";
/// The button by which one agrees.
pub const AGREE: &str = "form:has(input[name='wish']) button";
/// The mail address, beside the new password or by itself.
pub const EMAIL: &str = "#email";
/// « Plus tard », where only the address is asked for.
pub const EMAIL_LATER: &str = "#email-later";
/// The button that confirms an address.
pub const CONFIRM_ADDRESS: &str = "#confirm-address";
/// The way on, once a link has done its work.
pub const GO_TO_SIGN_IN: &str = "#go-to-sign-in";
/// The path of a person's own page.
pub const ACCOUNT_PATH: &str = "/account";
/// From there to the form of a new password.
pub const CHANGE_PASSWORD: &str = "#change-password";
/// From there to the form of the mail address.
pub const CHANGE_ADDRESS: &str = "#change-address";
/// The present password, asked for again before anything that matters.
pub const CURRENT_PASSWORD: &str = "input[autocomplete='current-password']";
/// The page where it leads.
pub const FORGOTTEN_PATH: &str = "/forgotten-password";
/// The way back from a page that is beside the way.
pub const BACK: &str = "main a[href*='/sign-in']";
/// A number that a telephone can call.
pub const TELEPHONE: &str = "main a[href^='tel:']";
/// The box that shows the password, where scripts run.
pub const SHOW_PASSWORD: &str = ".fr-password__checkbox input";
/// What tells that an identifier belongs to ARENA.
pub const UPSTREAM_HINT: &str = "#upstream-hint";
/// The way there from it.
pub const UPSTREAM_CONTINUE: &str = "#upstream-continue";
/// « Réessayer », when ARENA failed.
pub const UPSTREAM_RETRY: &str = "#upstream-retry";
/// The page of the academy that helps with identifiers, named when ARENA failed.
pub const UPSTREAM_HELP: &str = "#upstream-help";
/// Where it leads.
pub const UPSTREAM_HELP_ADDRESS: &str = "https://assistance.ac-lyon.fr/aida/";
/// « Autoriser », on the page of consent.
pub const CONSENT_ALLOW: &str = "#consent-allow";
/// « Refuser », beside it.
pub const CONSENT_DENY: &str = "#consent-deny";
/// The button that posts an answer to the application, where no script does.
pub const POST_ANSWER: &str = "#form-post-continue";
/// The button on the page of IMAGIN Centrale.
pub const ELSEWHERE: &str = "main a.fr-btn";
/// Where it leads.
pub const ELSEWHERE_ADDRESS: &str = "https://ecc.orion.education.fr/imagin/intervenant";
/// The button that confirms a sign-out.
pub const LOGOUT_CONFIRM: &str = "#logout-confirm";
/// The one heading of every page.
pub const HEADING: &str = "h1";

/// The link to the same page in English.
pub const IN_ENGLISH: &str = "a[hreflang='en']";

/// The path of Guichet's own page of an open session.
pub const SESSION_PATH: &str = "/";
/// The path where Guichet is asked to sign somebody out.
pub const SIGN_OUT_PATH: &str = "/logout";
/// The path to which ARENA sends people back; without a sign-in that began, nothing there makes sense.
pub const ARENA_CALLBACK_PATH: &str = "/federation/arena/callback";
/// An authorization request of nobody.
pub const FOREIGN_REQUEST_PATH: &str = "/authorize?client_id=nobody&response_type=code";

/// « Se connecter », on the expense app's home page.
pub const APP_SIGN_IN: &str = "#sign-in";
/// « Se déconnecter », on its other pages.
pub const APP_SIGN_OUT: &str = "form[action$='/sign-out'] button";
/// The identifier under which the app knows the person, on the page of their sheets.
pub const APP_IDENTIFIER: &str = "#identifier";
/// Where the app calls the person by name, on the page of their sheets.
pub const APP_GREETING: &str = "#greeting";
/// The name of the app's session cookie, before its port.
pub const APP_SESSION_COOKIE: &str = "expenses-session";
/// The path to which the app has its answers sent.
pub const APP_CALLBACK_PATH: &str = "/callback";
/// The path of the app's page after a sign-out.
pub const APP_SIGNED_OUT_PATH: &str = "/signed-out";
/// The path of a person's expense sheets.
pub const SHEETS_PATH: &str = "/sheets";
/// Where staff get the code by which they are named.
pub const JOIN_PATH: &str = "/desk/join";
/// The button that draws it.
pub const JOIN_SUBMIT: &str = "#join-submit";
/// The code.
pub const NAMING_CODE: &str = "#naming-code";
/// Where a supervisor sees who looks after the people.
pub const MANAGERS_PATH: &str = "/desk/lyon/managers";
/// The field of the code.
pub const CODE_FIELD: &str = "#code";
/// The button beside it.
pub const CODE_SUBMIT: &str = "#code-submit";
/// Whom the code leads to.
pub const NAMED_NAME: &str = "#named-name";
/// Why they are named, or dismissed.
pub const REASON_FIELD: &str = "#reason";
/// The button that names them.
pub const NAME_SUBMIT: &str = "#name-submit";
/// The button that dismisses them.
pub const DISMISS_SUBMIT: &str = "#dismiss-submit";
/// The link that leads to it.
pub const DISMISS: &str = "main a[href$='/dismiss']";
/// What was just done.
pub const MANAGERS_OUTCOME: &str = "#managers-outcome";
/// Where supervisors read what was done.
pub const AUDIT_PATH: &str = "/desk/lyon/audit";
/// The events there.
pub const AUDIT_EVENTS: &str = "#events";
/// Where supervisors see what was counted.
pub const STATISTICS_PATH: &str = "/desk/lyon/statistics";
/// A drawing there.
pub const DRAWING: &str = "svg.guichet-chart";

/// Where lists are brought, at the desk of the demo's academy.
pub const IMPORTS_PATH: &str = "/desk/lyon/imports";
/// What a list is for.
pub const LIST_REASON: &str = "#reason";
/// Its file.
pub const LIST_FILE: &str = "#file";
/// The button that brings it.
pub const LIST_UPLOAD: &str = "#upload";
/// What is done with it.
pub const LIST_STATE: &str = "#list-state";
/// « N’en émettre aucune », where it is started.
pub const LIST_WITHOUT_LETTERS: &str = "#letters-without";
/// The button that starts it.
pub const LIST_START: &str = "#start";
/// How many rows became what.
pub const LIST_TALLIES: &str = ".guichet-tallies";
/// From a list to its letters.
pub const LIST_LETTERS: &str = "a#letters";
/// The button that prints a batch.
pub const BATCH_PRINT: &str = "#print-batch";
/// The drawing of what became of a batch.
pub const BATCH_BAR: &str = ".guichet-bar";
/// The button that prints, above letters on the screen.
pub const SHEET_PRINT: &str = "#print";
/// The last letter of a document.
pub const SHEET_LAST: &str = "article.letter:last-of-type .number";
/// Where the managers' desk begins.
pub const DESK_PATH: &str = "/desk";
/// The box that finds people.
pub const SEARCH_FIELD: &str = "#search-field";
/// How many were found, in words.
pub const FOUND_STATUS: &str = "#search-status";
/// Those who were found, each a link.
pub const FOUND: &str = ".guichet-people a";
/// The way to the form that makes a person.
pub const NEW_PERSON: &str = "#new-person";
/// Its fields, and the button that sends it.
pub const NEW_PERSON_GIVEN: &str = "#given-name";
/// The family name.
pub const NEW_PERSON_FAMILY: &str = "#family-name";
/// Why.
pub const NEW_PERSON_REASON: &str = "#reason";
/// The button that sends it.
pub const NEW_PERSON_SUBMIT: &str = "#new-person-submit";
/// Why nobody was made.
pub const NEW_PERSON_ERROR: &str = "#new-person-error";
/// « Ce n’est aucune d’elles », below those who may be meant.
pub const HOMONYMS_NONE: &str = "#none-of-them";
