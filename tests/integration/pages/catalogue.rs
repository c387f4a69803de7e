//! One of each page, with plausible or hostile values in every field.

#[path = "desk_pages.rs"]
mod desk_pages;

use askama::Template;
use guichet::accounts::NewPasswordFault;
use guichet::accounts::{BatchCounts, LetterState};
use guichet::audit::Event;
use guichet::config::PasswordRule;
use guichet::desk::audit::pages::{AuditPage, Choice, EventLine, Typed as AuditChoice, actor_key, event_key};
use guichet::desk::imports::ListState;
use guichet::desk::imports::pages::{
    ImportPage, ImportsPage, ListRow, Outcome as RowOutcome, Progress, RowView, Tally, UploadFault,
};
use guichet::desk::letters::pages::{
    AskFault, AskPage, BatchFault, BatchPage, BatchRow, LetterFault, LetterPage, LetterRow, LettersPage,
    Share,
};
use guichet::desk::managers::pages::{ConfirmPage, DismissPage, JoinPage, ManagerRow, ManagersPage, Outcome};
use guichet::desk::new_person::pages::{HomonymsPage, NewPersonFault, NewPersonPage, Typed};
use guichet::desk::pages::{ChoicePage, DeskFrame, HomePage, Place};
use guichet::desk::search::pages::{Line, Results, SearchBox, State};
use guichet::desk::statistics::drawing;
use guichet::desk::statistics::pages::{Chart, Row, SpanChoice, StatisticsPage, Total};
use guichet::kit::assets;
use guichet::kit::clock::Timestamp;
use guichet::kit::cookies::CookiePolicy;
use guichet::kit::locale::Locale;
use guichet::kit::page::{FooterLink, Frame, Localized, Pages, Site};
use guichet::kit::problem::{Problem, ProblemPage};
use guichet::kit::visitor::Visitor;
use guichet::my_account::pages::{
    AccountPage, AddressFault as OwnAddressFault, AddressPage, AddressState, ChangePasswordPage, ClosedPage,
    Contact, CurrentFault, Done, EventRow, Home, Knowledge, Permission, SessionRow, Summary,
};
use guichet::oidc::pages::{
    ConsentPage, DeviceConfirmPage, DeviceDonePage, DeviceFault, DevicePage, FormPostPage, SignOutPage,
    SignedOutPage,
};
use guichet::oidc::scopes::Scope;
use guichet::signin::pages::{
    AddressFault, AddressField, ConfirmAddressPage, DeadLink, DeadLinkPage, ElsewherePage, ForgottenAnswer,
    ForgottenAnswerPage, ForgottenPage, Guidance, LinkDone, LinkDonePage, MailAddressPage, NewPasswordField,
    NewPasswordPage, OtherDoor, PasswordFailure, PasswordPage, ResetPasswordPage, SignedInPage,
    SituationChoice, SituationsPage, UpstreamHint, UpstreamProblem, UpstreamProblemPage,
};
use jiff::tz::TimeZone;

#[path = "telephone.rs"]
mod telephone;

/// Makes the pages, with the value of each text field decided by one function.
pub struct Catalogue {
    pages: Pages,
    visitor: Visitor,
    value: fn(&str) -> String,
}

/// Values as they would be.
pub fn as_written(text: &str) -> String {
    text.to_owned()
}

/// Values that try to break out of text and attributes.
pub fn hostile(text: &str) -> String {
    format!("\"'><script>{text}</script>")
}

fn both(value: fn(&str) -> String, fr: &str, en: &str) -> Localized {
    Localized { fr: value(fr), en: value(en) }
}

fn visitor(locale: Locale) -> Visitor {
    let (parts, ()) = http::Request::get("/sign-in?x=%22%3E%3Cscript%3E").body(()).unwrap().into_parts();
    Visitor { locale, request_id: "7FQK-2M4D".into(), ..Visitor::of(&parts) }
}

impl Catalogue {
    pub fn new(locale: Locale, value: fn(&str) -> String) -> Self {
        let link = |fr: &str, en: &str| FooterLink {
            label: both(value, fr, en),
            href: value(&format!("/about/{}", en.to_lowercase().replace(' ', "-"))),
        };
        let site = Site {
            name: both(value, "Guichet des examens", "Exams counter"),
            operator: value("Académie de Lyon"),
            tagline: both(value, "Connexion des intervenants", "Sign-in for people serving in exams"),
            logo: None,
            telephone: Some(value("04 72 80 64 88")),
            time_zone: TimeZone::get("Europe/Paris").unwrap(),
            footer_links: vec![
                link("Accessibilité : non conforme", "Accessibility: not compliant"),
                link("Mentions légales", "Legal notice"),
                link("Données personnelles", "Personal data"),
            ],
            stylesheets: assets::stylesheets(None),
            scripts: assets::scripts(None),
        };
        let cookies = CookiePolicy::for_public_url(&"https://id.example".parse().unwrap());
        Self { pages: Pages::new(site, cookies), visitor: visitor(locale), value }
    }

    fn frame(&self) -> Frame {
        self.pages.frame(&self.visitor)
    }

    fn text(&self, fr: &str, en: &str) -> String {
        (self.value)(if self.visitor.locale == Locale::Fr { fr } else { en })
    }

    fn link(&self, href: &str) -> String {
        (self.value)(href)
    }

    fn application(&self) -> String {
        self.text("États de frais", "Expense claims")
    }

    fn situation(&self, id: &str, words: [(&str, &str); 2], people: &[(&str, &str)]) -> SituationChoice {
        SituationChoice {
            id: self.link(id),
            title: self.text(words[0].0, words[0].1),
            description: self.text(words[1].0, words[1].1),
            people: people.iter().map(|(fr, en)| self.text(fr, en)).collect(),
            href: self.link("/sign-in/door"),
            remembered: id == "external",
        }
    }

    pub fn situations(&self) -> String {
        let staff = self.situation(
            "staff",
            [
                ("Personnel de l’académie de Lyon", "Staff of the academy of Lyon"),
                (
                    "Votre traitement principal est géré par l’académie",
                    "Your main pay is managed by the academy",
                ),
            ],
            &[
                (
                    "Enseignant du premier ou du second degré, public ou privé sous contrat",
                    "Teacher of the first or second degree, public or private under contract",
                ),
                (
                    "Personnel administratif, d’inspection ou de direction",
                    "Administrative, inspection or management staff",
                ),
            ],
        );
        let external = self.situation(
            "external",
            [
                ("Intervenant extérieur", "External person"),
                (
                    "Votre identifiant est imprimé sur votre convocation",
                    "Your identifier is printed on your letter",
                ),
            ],
            &[
                (
                    "Enseignant public ou privé sous contrat d’une autre académie",
                    "Teacher of another academy, public or private under contract",
                ),
                ("Enseignant des universités", "University teacher"),
                ("Enseignant du privé hors contrat", "Teacher of a private school without contract"),
                ("Enseignant dans un établissement agricole", "Teacher of an agricultural school"),
                ("Professionnel, retraité, étudiant", "Professional, pensioner, student"),
            ],
        );
        let centrale = self.situation(
            "centrale",
            [
                ("Jury d’un concours national", "Jury of a national competition"),
                (
                    "Votre convocation porte la mention « EDITE PAR IMAGIN CENTRALE »",
                    "Your letter says “EDITE PAR IMAGIN CENTRALE”",
                ),
            ],
            &[
                ("Concours enseignants du second degré", "Second-degree teachers’ competitions"),
                ("Concours administratifs centralisés", "Centralised administrative competitions"),
            ],
        );
        let application = Some(self.application());
        render(&SituationsPage { frame: self.frame(), application, choices: vec![staff, external, centrale] })
    }

    pub fn password(
        &self,
        username: &str,
        failure: Option<PasswordFailure>,
        belongs_upstream: Option<UpstreamHint>,
    ) -> String {
        let door =
            |fr: &str, en: &str| OtherDoor { title: self.text(fr, en), href: self.link("/sign-in/door") };
        render(&PasswordPage {
            frame: self.frame(),
            action: self.link("/sign-in/external"),
            application: Some(self.application()),
            username: (self.value)(username),
            failure,
            belongs_upstream,
            back_href: Some(self.link("/sign-in")),
            forgotten_href: self.link("/sign-in/forgotten"),
            other_doors: vec![
                door("Personnel de l’académie de Lyon", "Staff of the academy of Lyon"),
                door("Jury d’un concours national", "Jury of a national competition"),
            ],
            guidance: Guidance::Letter,
        })
    }

    fn plain_password(&self) -> String {
        render(&PasswordPage {
            frame: self.frame(),
            action: self.link("/sign-in/staff"),
            application: None,
            username: String::new(),
            failure: None,
            belongs_upstream: None,
            back_href: None,
            forgotten_href: self.link("/sign-in/forgotten"),
            other_doors: Vec::new(),
            guidance: Guidance::Plain,
        })
    }

    fn hint(&self) -> UpstreamHint {
        UpstreamHint { name: (self.value)("ARENA"), href: self.link("/sign-in/arena") }
    }

    fn new_password(&self, fault: Option<NewPasswordFault>, address: Option<AddressField>) -> String {
        render(&NewPasswordPage {
            frame: self.frame(),
            action: self.link("/sign-in/new-password"),
            application: Some(self.application()),
            intro_key: "new-password-intro",
            username: (self.value)("oloeillet"),
            password: new_password_field(PasswordRule::WithThrottling, fault),
            accepted: None,
            address,
        })
    }

    fn accepted_password(&self, address: AddressField) -> String {
        render(&NewPasswordPage {
            frame: self.frame(),
            action: self.link("/sign-in/new-password"),
            application: Some(self.application()),
            intro_key: "new-password-intro",
            username: (self.value)("oloeillet"),
            password: new_password_field(PasswordRule::WithThrottling, None),
            accepted: Some((self.value)("sealed")),
            address: Some(address),
        })
    }

    fn address(&self, required: bool, fault: Option<AddressFault>) -> AddressField {
        AddressField {
            required,
            typed: (self.value)("odile@exmaple.org"),
            fault,
            proposed: (!required).then(|| (self.value)("o.loeillet@example.org")),
        }
    }

    fn mail_address(&self, required: bool, fault: Option<AddressFault>) -> String {
        render(&MailAddressPage {
            frame: self.frame(),
            action: self.link("/mail-address"),
            application: Some(self.application()),
            is_known: !required,
            go_on_href: (fault == Some(AddressFault::TooManyMails)).then(|| self.link("/authorize/resume")),
            address: self.address(required, fault),
        })
    }

    fn address_faults(&self) -> [AddressFault; 3] {
        let suggestion = (self.value)("odile@example.org");
        [AddressFault::Missing, AddressFault::Malformed, AddressFault::Unlikely { suggestion }]
    }

    fn confirm_address(&self) -> String {
        render(&ConfirmAddressPage {
            frame: self.frame(),
            action: self.link("/mail-address/confirm?token=x"),
            address: (self.value)("odile@example.org"),
        })
    }

    fn link_done(&self, done: LinkDone) -> String {
        render(&LinkDonePage {
            frame: self.frame(),
            done,
            application: Some(self.application()),
            sign_in_href: self.link("/sign-in/external"),
        })
    }

    fn dead_link(&self, link: DeadLink) -> String {
        render(&DeadLinkPage {
            frame: self.frame(),
            link,
            forgotten_href: self.link("/forgotten-password"),
            sign_in_href: self.link("/sign-in"),
        })
    }

    fn reset_password(&self, rule: PasswordRule, fault: Option<NewPasswordFault>) -> String {
        render(&ResetPasswordPage {
            frame: self.frame(),
            action: self.link("/reset-password?token=x"),
            username: (self.value)("oloeillet"),
            password: new_password_field(rule, fault),
        })
    }

    fn forgotten(&self, is_missing: bool, belongs_upstream: Option<UpstreamHint>) -> String {
        render(&ForgottenPage {
            frame: self.frame(),
            action: self.link("/forgotten-password"),
            username: if is_missing { String::new() } else { (self.value)("oloeillet") },
            is_missing,
            belongs_upstream,
            wait_minutes: None,
            back_href: self.link("/sign-in/external"),
        })
    }

    fn forgotten_too_often(&self) -> String {
        render(&ForgottenPage {
            frame: self.frame(),
            action: self.link("/forgotten-password"),
            username: (self.value)("oloeillet"),
            is_missing: false,
            belongs_upstream: None,
            wait_minutes: Some(14),
            back_href: self.link("/sign-in/external"),
        })
    }

    fn forgotten_answer(&self, answer: ForgottenAnswer) -> String {
        let frame = self.frame();
        render(&ForgottenAnswerPage {
            answer,
            link_life: frame.duration(std::time::Duration::from_hours(1)),
            back_href: self.link("/sign-in/external"),
            frame,
        })
    }

    fn upstream_problem(&self, problem: UpstreamProblem) -> String {
        render(&UpstreamProblemPage {
            frame: self.frame(),
            provider: (self.value)("ARENA"),
            problem,
            retry_href: self.link("/sign-in/arena"),
            help: Some((
                self.text("Retrouver mes identifiants (AIDA)", "Find my identifiers (AIDA)"),
                self.link("https://assistance.example/aida/"),
            )),
            back_href: self.link("/sign-in"),
        })
    }

    fn elsewhere(&self) -> String {
        render(&ElsewherePage {
            frame: self.frame(),
            title: "IMAGIN Centrale".to_owned(),
            paragraphs: vec![
                self.text(
                    "Les convocations des concours gérés par la DGRH, au ministère, ne sont pas gérées par \
                     l’académie, mais par une autre application : IMAGIN Centrale.",
                    "Letters for the competitions run by the DGRH, at the ministry, are not managed by the \
                     academy but by another application: IMAGIN Centrale.",
                ),
                self.text(
                    "En cas de difficulté, contactez le gestionnaire DGRH indiqué sur votre convocation.",
                    "If something goes wrong, contact the DGRH manager named on your letter.",
                ),
            ],
            button: self.text("Aller sur IMAGIN Centrale", "Go to IMAGIN Centrale"),
            href: self.link("https://ministry.example/imagin"),
            back_href: self.link("/sign-in"),
        })
    }

    fn consent(&self) -> String {
        render(&ConsentPage {
            frame: self.frame(),
            action: self.link("/consent"),
            client_name: self.text("Covoiturage des jurys", "Jury car-sharing"),
            site: Some((self.value)("covoiturage.example")),
            logo_uri: Some((self.value)("https://covoiturage.example/logo.svg")),
            host: Some((self.value)("covoiturage.example")),
            policy_uri: Some((self.value)("https://covoiturage.example/donnees")),
            tos_uri: Some((self.value)("https://covoiturage.example/conditions")),
            account_name: (self.value)("Odile L’Œillet"),
            permissions: Scope::ALL.map(Scope::permission_key).to_vec(),
            api_permissions: vec![both(self.value, "consulter vos trajets", "see your journeys")],
        })
    }

    fn form_post(&self) -> String {
        render(&FormPostPage {
            frame: self.frame(),
            action: self.link("https://app.example/callback"),
            client_name: self.application(),
            fields: vec![
                ("code", (self.value)("SplxlOBeZQQYbYS6WxSbIA")),
                ("state", (self.value)("af0ifjsldkj")),
            ],
        })
    }

    fn device(&self, fault: Option<DeviceFault>) -> String {
        let typed = (self.value)("WDJB-MJHT");
        render(&DevicePage { frame: self.frame(), action: self.link("/device"), typed, fault })
    }

    fn device_confirm(&self) -> String {
        render(&DeviceConfirmPage {
            frame: self.frame(),
            action: self.link("/device/confirm"),
            client_name: self.text("Écran de la salle des jurys", "Screen of the jury room"),
            site: Some((self.value)("ecrans.example")),
            account_name: (self.value)("Odile L’Œillet"),
            user_code: (self.value)("WDJB-MJHT"),
            permissions: Scope::ALL.map(Scope::permission_key).to_vec(),
            api_permissions: vec![both(self.value, "consulter vos trajets", "see your journeys")],
        })
    }

    fn device_done(&self, allowed: bool) -> String {
        let client_name = self.text("Écran de la salle des jurys", "Screen of the jury room");
        render(&DeviceDonePage { frame: self.frame(), client_name, allowed })
    }

    fn sign_out(&self) -> String {
        render(&SignOutPage {
            frame: self.frame(),
            action: self.link("/sign-out"),
            client_name: Some(self.application()),
            account_name: Some((self.value)("Odile L’Œillet")),
            hidden: vec![((self.value)("request"), (self.value)("sealed"))],
        })
    }

    pub fn account(&self, done: Option<Done>, elsewhere: bool) -> String {
        let at = |day: i64| Timestamp::from_seconds(1_803_942_300 + day * 86_400);
        let session = |sid: &str, user_agent: &str, is_current| SessionRow {
            sid: (self.value)(sid),
            device: (self.value)(user_agent),
            began_at: at(1),
            last_used_at: at(2),
            is_current,
        };
        let ours = (!elsewhere).then_some(());
        let summary = Summary {
            session: (self.value)("sid-1"),
            known: Knowledge {
                name: (self.value)("Odile L’Œillet"),
                identifier: ours.map(|()| (self.value)("oloeillet")),
                home: if elsewhere {
                    let help = self.text("Retrouver mes identifiants (AIDA)", "Find my identifiers (AIDA)");
                    let help = Some((help, self.link("https://assistance.example/aida/")));
                    Home::Elsewhere { provider: (self.value)("ARENA"), help }
                } else {
                    Home::Here
                },
                authority: ours.map(|()| (self.value)("Académie de Lyon")),
                desk: ours.map(|()| Contact {
                    name: (self.value)("Division des examens"),
                    telephone: Some((self.value)("04 72 80 00 01")),
                    email: Some((self.value)("dec@ac-lyon.example")),
                }),
            },
            address: AddressState {
                known: Some((self.value)("odile@example.org")),
                is_confirmed: !elsewhere,
                waiting: ours.map(|()| (self.value)("odile.loeillet@example.org")),
                proposed: ours.map(|()| (self.value)("o.loeillet@example.org")),
            },
            mail_works: true,
            password_set_at: ours.map(|()| at(0)),
            sessions: vec![
                session("sid-1", "Firefox – Windows", true),
                session("sid-2", "Safari – iPhone", false),
            ],
            consents: vec![Permission {
                client: (self.value)("covoiturage"),
                name: self.text("Covoiturage des jurys", "Jury car-sharing"),
                permissions: vec![Scope::Profile.permission_key(), Scope::Email.permission_key()],
                api_permissions: vec![both(self.value, "consulter vos trajets", "see your journeys")],
                given_at: at(0),
            }],
            events: ["signed-in", "password-changed", "letter-used"]
                .map(|word| EventRow {
                    at: at(1),
                    key: format!("account-event-{word}"),
                    by: (word == "letter-used").then(|| (self.value)("Académie de Lyon")),
                })
                .into(),
        };
        render(&AccountPage { frame: self.frame(), done, summary })
    }

    fn change_password(&self, current: Option<CurrentFault>, fault: Option<NewPasswordFault>) -> String {
        render(&ChangePasswordPage {
            frame: self.frame(),
            session: (self.value)("sid-1"),
            username: (self.value)("oloeillet"),
            current,
            password: new_password_field(PasswordRule::WithThrottling, fault),
        })
    }

    fn own_address(&self, fault: Option<OwnAddressFault>) -> String {
        render(&AddressPage {
            frame: self.frame(),
            session: (self.value)("sid-1"),
            username: (self.value)("oloeillet"),
            current: Some((self.value)("odile@example.org")),
            email: fault.map(|_| (self.value)("odile.loeillet@")).unwrap_or_default(),
            fault,
        })
    }

    fn my_account(&self) -> Vec<(String, String)> {
        let mut pages = vec![
            ("account".to_owned(), self.account(None, false)),
            ("account-elsewhere".to_owned(), self.account(None, true)),
            ("account-closed".to_owned(), render(&ClosedPage { frame: self.frame() })),
            ("account-password".to_owned(), self.change_password(None, None)),
            ("account-address".to_owned(), self.own_address(None)),
            ("account-address-fault".to_owned(), self.own_address(Some(OwnAddressFault::NoAddress))),
        ];
        for done in Done::ALL {
            pages.push((done.text_key(), self.account(Some(done), false)));
        }
        for (number, fault) in CurrentFault::ALL.into_iter().enumerate() {
            let password = self.change_password(Some(fault), None);
            pages.push((format!("account-password-current-{number}"), password));
            let address = self.own_address(Some(OwnAddressFault::Current(fault)));
            pages.push((format!("account-address-current-{number}"), address));
        }
        for fault in NewPasswordFault::ALL {
            let page = self.change_password(None, Some(fault));
            pages.push((format!("account-{}", fault.text_key()), page));
        }
        pages
    }

    fn signed_in(&self) -> String {
        render(&SignedInPage {
            frame: self.frame(),
            name: (self.value)("Odile L’Œillet"),
            identifier: Some((self.value)("oloeillet")),
            sign_out_action: self.link("/sign-out"),
        })
    }

    pub fn signed_out(&self) -> String {
        let return_to = Some((self.application(), self.link("https://app.example/")));
        render(&SignedOutPage { frame: self.frame(), return_to, onward: None, frames: Vec::new() })
    }

    fn signing_out(&self) -> String {
        render(&SignedOutPage {
            frame: self.frame(),
            return_to: None,
            onward: Some(self.link("https://app.example/signed-out")),
            frames: vec![self.link("https://app.example/frame")],
        })
    }

    pub fn problem(&self, problem: Problem) -> String {
        let way_on = Some((self.text("Revenir à l’accueil", "Back to the start"), self.link("/")));
        render(&ProblemPage { frame: self.frame(), problem, way_on })
    }

    /// Every page by a name.
    pub fn all(&self) -> Vec<(String, String)> {
        let mut pages = vec![
            ("situations".to_owned(), self.situations()),
            ("password".to_owned(), self.password("", None, None)),
            ("password-upstream".to_owned(), self.password("e.lefevre@ac-lyon.fr", None, Some(self.hint()))),
            ("password-plain".to_owned(), self.plain_password()),
            ("new-password".to_owned(), self.new_password(None, Some(self.address(false, None)))),
            ("new-password-alone".to_owned(), self.new_password(None, None)),
            ("mail-address".to_owned(), self.mail_address(false, None)),
            ("mail-address-required".to_owned(), self.mail_address(true, None)),
            ("mail-address-too-many".to_owned(), self.mail_address(true, Some(AddressFault::TooManyMails))),
            ("confirm-address".to_owned(), self.confirm_address()),
            ("reset-password".to_owned(), self.reset_password(PasswordRule::WithThrottling, None)),
            ("reset-password-strict".to_owned(), self.reset_password(PasswordRule::Alone, None)),
            (
                "reset-password-fault".to_owned(),
                self.reset_password(PasswordRule::Alone, Some(NewPasswordFault::CommonWord)),
            ),
            ("forgotten".to_owned(), self.forgotten(false, None)),
            ("forgotten-missing".to_owned(), self.forgotten(true, None)),
            ("forgotten-wait".to_owned(), self.forgotten_too_often()),
            ("forgotten-upstream".to_owned(), self.forgotten(false, Some(self.hint()))),
            ("elsewhere".to_owned(), self.elsewhere()),
            ("signed-in".to_owned(), self.signed_in()),
            ("consent".to_owned(), self.consent()),
            ("form-post".to_owned(), self.form_post()),
            ("device".to_owned(), self.device(None)),
            ("device-confirm".to_owned(), self.device_confirm()),
            ("device-allowed".to_owned(), self.device_done(true)),
            ("device-denied".to_owned(), self.device_done(false)),
            ("sign-out".to_owned(), self.sign_out()),
            ("signed-out".to_owned(), self.signed_out()),
            ("signing-out".to_owned(), self.signing_out()),
        ];
        pages.extend(self.my_account());
        pages.extend(self.desk_papers());
        pages.extend(self.people_at_the_desk());
        pages.extend(self.desk());
        for failure in PasswordFailure::ALL {
            let username = if failure == PasswordFailure::Empty { "" } else { "mdurand" };
            pages.push((failure.text_key().to_owned(), self.password(username, Some(failure), None)));
        }
        for fault in NewPasswordFault::ALL {
            pages.push((fault.text_key().to_owned(), self.new_password(Some(fault), None)));
        }
        for fault in self.address_faults() {
            let key = fault.text_key();
            pages.push((key.to_owned(), self.mail_address(false, Some(fault.clone()))));
            let field = self.address(true, Some(fault));
            pages.push((format!("new-password-{key}"), self.accepted_password(field.clone())));
            let both = self.new_password(Some(NewPasswordFault::TooShort), Some(field));
            pages.push((format!("new-password-too-short-{key}"), both));
        }
        for done in LinkDone::ALL {
            pages.push((done.text_key().to_owned(), self.link_done(done)));
        }
        for link in DeadLink::ALL {
            pages.push((link.text_key().to_owned(), self.dead_link(link)));
        }
        for answer in [ForgottenAnswer::Mailed, ForgottenAnswer::MailedLately] {
            pages.push((answer.text_key().to_owned(), self.forgotten_answer(answer)));
        }
        for fault in DeviceFault::ALL {
            pages.push((fault.text_key().to_owned(), self.device(Some(fault))));
        }
        for problem in UpstreamProblem::ALL {
            pages.push((problem.text_key().to_owned(), self.upstream_problem(problem)));
        }
        pages.extend(self.of_telephone());
        for problem in Problem::ALL {
            pages.push((problem.text_key().to_owned(), self.problem(problem)));
        }
        pages
    }
}

/// The managers' desk.
impl Catalogue {
    fn desk(&self) -> Vec<(String, String)> {
        let mut pages = vec![
            ("desk-choice".to_owned(), self.desk_choice()),
            ("desk-home".to_owned(), self.desk_home("", &[])),
            ("desk-found".to_owned(), self.desk_home("lefèvre", &self.people())),
            ("desk-nobody-found".to_owned(), self.desk_home("wxyz", &[])),
            ("desk-homonyms".to_owned(), self.homonyms()),
            ("desk-new-person".to_owned(), self.new_person(None)),
        ];
        for fault in NewPersonFault::ALL {
            pages.push((fault.text_key().to_owned(), self.new_person(Some(fault))));
        }
        pages.extend(self.supervision());
        pages
    }

    pub(super) fn desk_frame(&self) -> DeskFrame {
        let place = |key: &'static str, href: &str, is_here| Place { key, href: self.link(href), is_here };
        DeskFrame {
            authority: (self.value)("Académie de Lyon"),
            manager: (self.value)("Chantal Garnier"),
            rank_key: "desk-rank-manager",
            session: (self.value)("sid-1"),
            root: self.link("/desk/lyon"),
            places: vec![
                place("desk-people", "/desk/lyon", true),
                place("desk-cases", "/desk/lyon/cases", false),
                place("desk-openings", "/desk/lyon/openings", false),
            ],
        }
    }

    fn desk_choice(&self) -> String {
        let choices = [("/desk/lyon", "Académie de Lyon"), ("/desk/dgrh", "DGRH")];
        let choices = choices.map(|(href, name)| (self.link(href), (self.value)(name))).into();
        render(&ChoicePage { frame: self.frame(), choices })
    }

    fn people(&self) -> Vec<Line> {
        let line = |name: &str, identifier: &str, email: Option<&str>, state| Line {
            href: self.link(&format!("/desk/lyon/people/{identifier}")),
            name: (self.value)(name),
            identifier: (self.value)(identifier),
            email: email.map(self.value),
            state,
        };
        vec![
            line("Élodie Lefèvre", "elefevre", Some("e•••@example.org"), State::Personal),
            line("Eric Lefèvre", "elefevre1", None, State::Temporary),
            line("Marie-Sophie Lefèvre-Kervella", "mlefevrekervella", None, State::Expired),
            line("Paul Lefèvre", "plefevre", None, State::None),
            line("Zoé Lefèvre", "zlefevre", Some("z•••@example.org"), State::Disabled),
        ]
    }

    fn desk_home(&self, typed: &str, people: &[Line]) -> String {
        let status = match (typed, people) {
            ("", _) => String::new(),
            (_, []) => self.frame().t("desk-search-none"),
            (_, people) => self.frame().count("desk-search-count", "number", people.len() as u64),
        };
        let search = SearchBox {
            action: self.link("/desk/lyon"),
            suggestions: self.link("/desk/lyon/search"),
            new_person: self.link("/desk/lyon/people/new"),
            typed: (self.value)(typed),
            results: Results { status, lines: people.to_vec() },
        };
        let waiting = self.waiting(if typed.is_empty() { 2 } else { 0 });
        render(&HomePage { frame: self.frame(), desk: self.desk_frame(), search, waiting })
    }

    fn typed(&self) -> Typed {
        Typed {
            form: (self.value)("form-1"),
            given_name: (self.value)("Élodie"),
            family_name: (self.value)("Lefèvre"),
            identifier: (self.value)("elefevre"),
            email: (self.value)("elodie@example.org"),
            reason: (self.value)("remplace un juré"),
        }
    }

    fn new_person(&self, fault: Option<NewPersonFault>) -> String {
        render(&NewPersonPage {
            frame: self.frame(),
            desk: self.desk_frame(),
            action: self.link("/desk/lyon/people/new"),
            typed: self.typed(),
            fault,
        })
    }

    fn homonyms(&self) -> String {
        render(&HomonymsPage {
            frame: self.frame(),
            desk: self.desk_frame(),
            action: self.link("/desk/lyon/people/new"),
            typed: self.typed(),
            shown: (self.value)("a b"),
            lines: self.people(),
            has_more: true,
        })
    }
}

/// What supervisors see.
impl Catalogue {
    fn supervision(&self) -> Vec<(String, String)> {
        let mut pages = vec![
            ("desk-audit".to_owned(), self.desk_audit(true)),
            ("desk-audit-empty".to_owned(), self.desk_audit(false)),
            ("desk-statistics".to_owned(), self.desk_statistics()),
            ("desk-managers".to_owned(), self.desk_managers(None)),
            ("desk-manager-confirm".to_owned(), self.manager_confirm(false)),
            ("desk-manager-confirm-fault".to_owned(), self.manager_confirm(true)),
            ("desk-manager-dismiss".to_owned(), self.manager_dismiss(false)),
            ("desk-manager-dismiss-fault".to_owned(), self.manager_dismiss(true)),
            ("desk-join".to_owned(), self.join(None)),
            ("desk-join-code".to_owned(), self.join(Some("BCDF-GHJK"))),
        ];
        for outcome in Outcome::ALL {
            pages.push((outcome.text_key(), self.desk_managers(Some(outcome))));
        }
        pages
    }

    fn supervisor_frame(&self) -> DeskFrame {
        let place = |key: &'static str, href: &str, is_here| Place { key, href: self.link(href), is_here };
        DeskFrame {
            rank_key: "desk-rank-supervisor",
            places: vec![
                place("desk-people", "/desk/lyon", false),
                place("desk-statistics", "/desk/lyon/statistics", false),
                place("desk-audit", "/desk/lyon/audit", true),
                place("desk-managers", "/desk/lyon/managers", false),
            ],
            ..self.desk_frame()
        }
    }

    fn desk_audit(&self, has_any: bool) -> String {
        let line = |kind: &str, detail: Option<&str>, actor: Option<&str>, reason: Option<&str>| EventLine {
            at: Timestamp::from_seconds(1_804_078_800),
            key: event_key(kind),
            detail: detail.map(self.value),
            person: Some(((self.value)("Élodie Lefèvre (elefevre)"), self.link("/desk/lyon/audit?person=1"))),
            actor_key: actor_key(if actor.is_some() { "manager" } else { "person" }),
            actor: actor.map(self.value),
            reason: reason.map(self.value),
            seq: Some(12),
        };
        let lines = vec![
            line("disabled", None, Some("Chantal Garnier"), Some("demande de l’intéressée")),
            line("sign-in-failed", Some("mot de passe erroné"), None, None),
            line("signed-in", Some("external"), None, None),
            line("letter-issued", Some("7FQK2M4D"), Some("Chantal Garnier"), Some("dossier 123 456")),
        ];
        let choice = |value: &str, label: &str| Choice {
            value: (self.value)(value),
            label: (self.value)(label),
            is_chosen: value == "id-1",
        };
        render(&AuditPage {
            frame: self.frame(),
            desk: self.supervisor_frame(),
            typed: AuditChoice {
                person: (self.value)("elefevre"),
                by: (self.value)("id-1"),
                kind: String::new(),
                from: "2027-03-01".to_owned(),
                to: String::new(),
            },
            managers: vec![choice("id-1", "Chantal Garnier"), choice("id-2", "Solange Roche")],
            kinds: Event::all()
                .map(|event| Choice {
                    value: event.word().to_owned(),
                    label: event_key(event.word()),
                    is_chosen: false,
                })
                .collect(),
            lines: if has_any { lines } else { Vec::new() },
            older: Some(self.link("/desk/lyon/audit?behind=1.x")),
            is_first: has_any,
            action: self.link("/desk/lyon/audit"),
            export_action: self.link("/desk/lyon/audit/export"),
        })
    }

    fn desk_statistics(&self) -> String {
        let chart = |id: &'static str, names: &[&str]| {
            let months = ["01/2027", "02/2027", "03/2027"];
            let numbers = [vec![120, 0, 310], vec![40, 80, 15]];
            let series: Vec<_> =
                names.iter().zip(numbers).map(|(name, numbers)| ((self.value)(name), numbers)).collect();
            Chart {
                id,
                title_key: format!("statistics-{id}"),
                about_key: format!("statistics-{id}-about"),
                totals: series
                    .iter()
                    .enumerate()
                    .map(|(at, (name, numbers))| Total {
                        name: name.clone(),
                        colour: drawing::colour(at),
                        number: numbers.iter().sum(),
                    })
                    .collect(),
                rows: (0..months.len())
                    .map(|at| Row {
                        label: months[at].to_owned(),
                        numbers: series.iter().map(|(_, numbers)| numbers[at]).collect(),
                    })
                    .collect(),
                drawing: drawing::draw(self.visitor.locale, id, &series, &months.map(str::to_owned)),
            }
        };
        let span = |key, is_chosen| SpanChoice { key, href: self.link("/desk/lyon/statistics"), is_chosen };
        render(&StatisticsPage {
            frame: self.frame(),
            desk: self.supervisor_frame(),
            spans: vec![
                span("statistics-span-days", false),
                span("statistics-span-season", false),
                span("statistics-span-months", true),
            ],
            unit_key: "statistics-unit-month",
            waiting: 3,
            charts: vec![
                chart("sign-ins", &["Intervenant extérieur", "Personnel de l’académie"]),
                chart("letters", &["Convocations éditées", "Premières connexions"]),
                chart("failures", &["mot de passe erroné", "compte désactivé"]),
                Chart { drawing: None, ..chart("cases", &["Demandes"]) },
            ],
        })
    }

    fn desk_managers(&self, outcome: Option<Outcome>) -> String {
        let row = |name: &str, is_self: bool| ManagerRow {
            name: (self.value)(name),
            email: Some((self.value)("cgarnier@ac-lyon.fr")),
            rank_key: "desk-rank-manager",
            named: Some((Timestamp::from_seconds(1_804_078_800), Some((self.value)("Solange Roche")))),
            claimed_at: is_self.then(|| (self.value)("ARENA")),
            is_self,
            is_disabled: !is_self,
            dismiss_href: (!is_self).then(|| self.link("/desk/lyon/managers/1/dismiss")),
            audit_href: self.link("/desk/lyon/audit?by=1"),
        };
        let by_operator = ManagerRow {
            named: Some((Timestamp::from_seconds(1_804_078_800), None)),
            ..row("Jean Dupont", false)
        };
        render(&ManagersPage {
            frame: self.frame(),
            desk: self.supervisor_frame(),
            outcome,
            managers: vec![row("Solange Roche", true), row("Chantal Garnier", false), by_operator],
            code_action: self.link("/desk/lyon/managers/code"),
            join_address: (self.value)("https://id.example/desk/join"),
        })
    }

    fn manager_confirm(&self, lacks_reason: bool) -> String {
        render(&ConfirmPage {
            frame: self.frame(),
            desk: self.supervisor_frame(),
            name: (self.value)("Jean Dupont"),
            email: Some((self.value)("jdupont@ac-lyon.fr")),
            provider: (self.value)("ARENA"),
            code: (self.value)("BCDF-GHJK"),
            action: self.link("/desk/lyon/managers/name"),
            back_href: self.link("/desk/lyon/managers"),
            lacks_reason,
        })
    }

    fn manager_dismiss(&self, lacks_reason: bool) -> String {
        render(&DismissPage {
            frame: self.frame(),
            desk: self.supervisor_frame(),
            name: (self.value)("Jean Dupont"),
            keeps_claim: true,
            action: self.link("/desk/lyon/managers/1/dismiss"),
            back_href: self.link("/desk/lyon/managers"),
            lacks_reason,
        })
    }

    fn join(&self, code: Option<&str>) -> String {
        render(&JoinPage {
            frame: self.frame(),
            session: (self.value)("sid-1"),
            name: (self.value)("Jean Dupont"),
            code: code.map(self.value),
        })
    }
}

fn new_password_field(rule: PasswordRule, fault: Option<NewPasswordFault>) -> NewPasswordField {
    NewPasswordField { minimum_length: 12, rule, fault }
}

fn render(page: &impl Template) -> String {
    page.render().expect("the page renders")
}

/// The papers of the managers' desk: letters, batches, lists.
impl Catalogue {
    fn desk_papers(&self) -> Vec<(String, String)> {
        let mut pages = vec![
            ("desk-letters".to_owned(), self.letters(true)),
            ("desk-letters-none".to_owned(), self.letters(false)),
            ("desk-ask".to_owned(), self.ask(None)),
            ("desk-letter".to_owned(), self.letter(None)),
            ("desk-batch".to_owned(), self.batch(true, None)),
            ("desk-batch-in-work".to_owned(), self.batch(false, None)),
            ("desk-imports".to_owned(), self.imports(None)),
            ("desk-import-going".to_owned(), self.import(ListState::Importing)),
            ("desk-import-foreseen".to_owned(), self.import(ListState::Foreseen)),
            ("desk-import-failed".to_owned(), self.import(ListState::Failed)),
            ("desk-import-done".to_owned(), self.import(ListState::Imported)),
        ];
        pages.extend(AskFault::ALL.map(|fault| (format!("ask-{}", fault.text_key()), self.ask(Some(fault)))));
        pages.extend(
            LetterFault::ALL.map(|fault| (format!("letter-{}", fault.text_key()), self.letter(Some(fault)))),
        );
        pages.extend(
            BatchFault::ALL
                .map(|fault| (format!("batch-{}", fault.text_key()), self.batch(true, Some(fault)))),
        );
        pages.extend(
            UploadFault::all()
                .into_iter()
                .map(|fault| (fault.text_key().to_owned(), self.imports(Some(fault)))),
        );
        pages
    }

    fn papers_frame(&self) -> DeskFrame {
        let place = |key: &'static str, href: &str, is_here| Place { key, href: self.link(href), is_here };
        DeskFrame {
            authority: (self.value)("Académie de Lyon"),
            manager: (self.value)("Chantal Garnier"),
            rank_key: "desk-rank-manager",
            session: (self.value)("sid-1"),
            root: self.link("/desk/lyon"),
            places: vec![
                place("desk-people", "/desk/lyon", false),
                place("desk-papers", "/desk/lyon/letters", true),
                place("desk-imports", "/desk/lyon/imports", false),
            ],
        }
    }

    fn letter_row(&self, place: Option<u64>, state: LetterState) -> LetterRow {
        LetterRow {
            number: (self.value)("ABCD-2345"),
            href: self.link("/desk/lyon/letters/ABCD-2345"),
            place,
            name: (self.value)("Élodie Lefèvre"),
            identifier: (self.value)("elefevre"),
            person_href: self.link("/desk/lyon/people/1"),
            state,
        }
    }

    fn letter_rows(&self) -> Vec<LetterRow> {
        let at = Timestamp::from_seconds(1_804_000_000);
        let states = [
            LetterState::Issued,
            LetterState::Printed { at },
            LetterState::Used { at },
            LetterState::Expired { at },
            LetterState::Voided { at },
        ];
        (1..).zip(states).map(|(place, state)| self.letter_row(Some(place), state)).collect()
    }

    fn batch_row(&self, is_complete: bool) -> BatchRow {
        BatchRow {
            href: self.link("/desk/lyon/letters/batches/b"),
            reason: self.text("Jurys de juin", "Juries of June"),
            asked_at: Timestamp::from_seconds(1_804_000_000),
            letters: 1_200,
            is_complete,
        }
    }

    fn letters(&self, any: bool) -> String {
        let batches = vec![self.batch_row(true), self.batch_row(false)];
        render(&LettersPage {
            frame: self.frame(),
            desk: self.papers_frame(),
            action: self.link("/desk/lyon/letters"),
            typed: (self.value)(if any { "" } else { "ABCD-9999" }),
            batches: if any { batches } else { Vec::new() },
            letters: if any { self.letter_rows() } else { Vec::new() },
        })
    }

    fn ask(&self, fault: Option<AskFault>) -> String {
        render(&AskPage {
            frame: self.frame(),
            desk: self.papers_frame(),
            action: self.link("/desk/lyon/people/1/letter"),
            person_href: self.link("/desk/lyon/people/1"),
            name: (self.value)("Élodie Lefèvre"),
            identifier: (self.value)("elefevre"),
            has_personal: true,
            latest: Some(self.letter_row(None, LetterState::Issued)),
            seen: (self.value)("seen-1"),
            desks: vec![
                ((self.value)("dec"), (self.value)("Division des examens")),
                ((self.value)("dos"), (self.value)("Division de l’organisation scolaire")),
            ],
            reason: self.text("convocation perdue", "lost letter"),
            refused: (fault == Some(AskFault::Reason)).then(|| self.text("À deux", "By two")),
            fault,
        })
    }

    fn letter(&self, fault: Option<LetterFault>) -> String {
        let at = Timestamp::from_seconds(1_804_000_000);
        render(&LetterPage {
            frame: self.frame(),
            desk: self.papers_frame(),
            row: self.letter_row(None, LetterState::Printed { at }),
            issued_at: at,
            with_password: fault.is_none(),
            batch_href: Some(self.link("/desk/lyon/letters/batches/b")),
            person_href: self.link("/desk/lyon/people/1"),
            new_letter_href: self.link("/desk/lyon/people/1/letter"),
            seen: (self.value)("seen-1"),
            can_be_voided: true,
            fault,
        })
    }

    fn batch(&self, is_complete: bool, fault: Option<BatchFault>) -> String {
        let counts = BatchCounts { waiting: 200, printed: 640, used: 310, expired: 10, voided: 40 };
        render(&BatchPage {
            frame: self.frame(),
            desk: self.papers_frame(),
            batch: self.batch_row(is_complete),
            shares: Share::all(&counts),
            waiting: counts.waiting,
            all: counts.all(),
            letters: self.letter_rows(),
            next_href: Some(self.link("/desk/lyon/letters/batches/b?after=5")),
            source_href: Some(self.link("/desk/lyon/letters/batches/a")),
            own_href: self.link("/desk/lyon/letters/batches/b"),
            print_action: self.link("/desk/lyon/letters/batches/b/print"),
            anew_action: self.link("/desk/lyon/letters/batches/b/anew"),
            form: (self.value)("form-1"),
            fault,
        })
    }

    fn list_row(&self, state: ListState) -> ListRow {
        ListRow {
            href: self.link("/desk/lyon/imports/l"),
            reason: self.text("Jurys de juin", "Juries of June"),
            name: (self.value)("jurys.csv"),
            brought_at: Timestamp::from_seconds(1_804_000_000),
            lines: 2_001,
            state,
        }
    }

    fn imports(&self, fault: Option<UploadFault>) -> String {
        let states = [
            ListState::Foreseeing,
            ListState::Foreseen,
            ListState::Importing,
            ListState::Imported,
            ListState::Failed,
            ListState::Withdrawn,
        ];
        render(&ImportsPage {
            frame: self.frame(),
            desk: self.papers_frame(),
            action: self.link("/desk/lyon/imports"),
            form: (self.value)("form-1"),
            most_bytes: 20 * 1024 * 1024,
            columns: (self.value)("NUMERO;NOM;PRENOM;MEL"),
            reason: self.text("Jurys de juin", "Juries of June"),
            past: states.map(|state| self.list_row(state)).into(),
            fault,
        })
    }

    fn import(&self, state: ListState) -> String {
        let tally = |(outcome, count)| Tally {
            outcome,
            count,
            href: self.link("/desk/lyon/imports/l?shown=x"),
            is_shown: outcome == RowOutcome::Refused,
        };
        let row = |line, outcome: RowOutcome, reason: Option<String>| RowView {
            line,
            outcome_key: format!("desk-outcome-{}", outcome.word()),
            person: reason.is_none().then(|| ((self.value)("elefevre"), self.link("/desk/lyon/people/1"))),
            letter: reason
                .is_none()
                .then(|| ((self.value)("ABCD-2345"), self.link("/desk/lyon/letters/ABCD-2345"))),
            remarks: vec![self.text(
                "L’adresse confirmée par la personne est conservée.",
                "The address that the person confirmed is kept.",
            )],
            reason,
        };
        let counts = [1_960_u64, 0, 0, 40].map(|count| 2_000 - count);
        let progress = state.is_in_work().then(|| Progress {
            done: 900,
            all: 2_001,
            words: self.text("900 lignes traitées sur 2001", "900 of 2001 lines done"),
            events: self.link("/desk/lyon/imports/l/progress"),
        });
        render(&ImportPage {
            frame: self.frame(),
            desk: self.papers_frame(),
            list: self.list_row(state),
            progress,
            is_foreseen: state == ListState::Foreseen,
            can_be_withdrawn: state == ListState::Foreseen,
            is_of_import: state != ListState::Foreseen,
            imports_href: self.link("/desk/lyon/imports"),
            tallies: RowOutcome::ALL.into_iter().zip(counts).map(tally).collect(),
            all_href: self.link("/desk/lyon/imports/l?shown=all"),
            rows: vec![
                row(12, RowOutcome::Refused, Some(self.text("le nom manque", "the family name is missing"))),
                row(13, RowOutcome::Created, None),
                row(14, RowOutcome::Unchanged, None),
            ],
            next_href: Some(self.link("/desk/lyon/imports/l?shown=all&after=14")),
            report_href: self.link("/desk/lyon/imports/l/report.csv"),
            batch_href: (state == ListState::Imported).then(|| self.link("/desk/lyon/letters/batches/b")),
            desks: vec![
                ((self.value)("dec"), (self.value)("Division des examens")),
                ((self.value)("dos"), (self.value)("Division de l’organisation scolaire")),
            ],
            start_action: self.link("/desk/lyon/imports/l/start"),
            withdraw_action: self.link("/desk/lyon/imports/l/withdraw"),
            own_href: self.link("/desk/lyon/imports/l"),
        })
    }
}
