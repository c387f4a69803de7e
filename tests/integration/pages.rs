//! Every page, in every language: complete, escaped, light, and sound in structure.
//!
//! With `GUICHET_PAGES_DIR` set, the pages are also written there, to be looked at in a browser.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use askama::Template;
use guichet::kit::assets;
use guichet::kit::cookies::CookiePolicy;
use guichet::kit::locale::Locale;
use guichet::kit::page::{FooterLink, Frame, Localized, Pages, Site};
use guichet::kit::problem::{Problem, ProblemPage};
use guichet::kit::texts::Texts;
use guichet::kit::visitor::Visitor;
use guichet::oidc::pages::{ConsentPage, PERMISSIONS, SignOutPage, SignedOutPage};
use guichet::signin::pages::{
    ElsewherePage, ForgottenPage, Guidance, NewPasswordFailure, NewPasswordPage, OtherDoor, PasswordFailure,
    PasswordPage, SignedInPage, SituationChoice, SituationsPage, UpstreamHint, UpstreamProblem,
    UpstreamProblemPage,
};

/// A page may weigh so much in bytes: itself, its stylesheet, its script.
const HEAVIEST: usize = 30_000;

const CSS: &str = include_str!("../templates/assets/guichet.css");
const JAVASCRIPT: &str = include_str!("../templates/assets/guichet.js");

/// Makes the pages, with the value of each text field decided by one function.
struct Catalogue {
    pages: Pages,
    visitor: Visitor,
    value: fn(&str) -> String,
}

fn as_written(text: &str) -> String {
    text.to_owned()
}

fn hostile(text: &str) -> String {
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
    fn new(locale: Locale, value: fn(&str) -> String) -> Self {
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

    fn situations(&self) -> String {
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
                    "Votre convocation porte la mention « EDITE PAR IMAGIN CENTRALE »",
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

    fn password(
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

    fn new_password(&self, failure: Option<NewPasswordFailure>) -> String {
        render(&NewPasswordPage {
            frame: self.frame(),
            action: self.link("/sign-in/new-password"),
            application: Some(self.application()),
            username: (self.value)("oloeillet"),
            minimum_length: 12,
            failure,
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
            client_uri: Some((self.value)("https://covoiturage.example")),
            account_name: (self.value)("Odile L’Œillet"),
            permissions: PERMISSIONS.iter().map(|(_, key)| *key).collect(),
        })
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

    fn signed_in(&self) -> String {
        render(&SignedInPage {
            frame: self.frame(),
            name: (self.value)("Odile L’Œillet"),
            identifier: Some((self.value)("oloeillet")),
            sign_out_action: self.link("/sign-out"),
        })
    }

    fn signed_out(&self) -> String {
        let return_to = Some((self.application(), self.link("https://app.example/")));
        render(&SignedOutPage { frame: self.frame(), return_to })
    }

    fn problem(&self, problem: Problem) -> String {
        let way_on = Some((self.text("Revenir à l’accueil", "Back to the start"), self.link("/")));
        render(&ProblemPage { frame: self.frame(), problem, way_on })
    }

    /// Every page by a name.
    fn all(&self) -> Vec<(String, String)> {
        let mut pages = vec![
            ("situations".to_owned(), self.situations()),
            ("password".to_owned(), self.password("", None, None)),
            ("password-upstream".to_owned(), self.password("e.lefevre@ac-lyon.fr", None, Some(self.hint()))),
            ("password-plain".to_owned(), self.plain_password()),
            ("new-password".to_owned(), self.new_password(None)),
            (
                "forgotten".to_owned(),
                render(&ForgottenPage { frame: self.frame(), back_href: self.link("/sign-in/external") }),
            ),
            ("elsewhere".to_owned(), self.elsewhere()),
            ("signed-in".to_owned(), self.signed_in()),
            ("consent".to_owned(), self.consent()),
            ("sign-out".to_owned(), self.sign_out()),
            ("signed-out".to_owned(), self.signed_out()),
        ];
        for failure in PasswordFailure::ALL {
            let username = if failure == PasswordFailure::Empty { "" } else { "mdurand" };
            pages.push((failure.text_key().to_owned(), self.password(username, Some(failure), None)));
        }
        for failure in NewPasswordFailure::ALL {
            pages.push((failure.text_key().to_owned(), self.new_password(Some(failure))));
        }
        for problem in UpstreamProblem::ALL {
            pages.push((problem.text_key().to_owned(), self.upstream_problem(problem)));
        }
        for problem in Problem::ALL {
            pages.push((problem.text_key().to_owned(), self.problem(problem)));
        }
        pages
    }
}

fn render(page: &impl Template) -> String {
    page.render().expect("the page renders")
}

fn each_page(check: impl Fn(Locale, &str, &str)) {
    for locale in Locale::ALL {
        for (name, html) in Catalogue::new(locale, as_written).all() {
            check(locale, &name, &html);
        }
    }
}

fn texts_of(locale: Locale) -> &'static str {
    match locale {
        Locale::Fr => include_str!("../templates/texts/fr.ftl"),
        Locale::En => include_str!("../templates/texts/en.ftl"),
    }
}

fn keys_of(locale: Locale) -> BTreeSet<&'static str> {
    let starts_message = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
    texts_of(locale)
        .lines()
        .filter(starts_message)
        .filter_map(|line| Some(line.split_once(" = ")?.0))
        .collect()
}

fn templates() -> Vec<PathBuf> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "html") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut found);
    found
}

/// The keys that a template or source names in calls such as `frame.t("key")`.
fn keys_named_in(text: &str) -> Vec<String> {
    let calls = [".t(\"", ".t1(\"", ".count(\""];
    let starts = calls.iter().flat_map(|call| text.match_indices(call).map(|(at, _)| at + call.len()));
    starts.filter_map(|start| Some(text.get(start..)?.split_once('"')?.0.to_owned())).collect()
}

fn occurrences(html: &str, what: &str) -> usize {
    html.matches(what).count()
}

#[test]
fn both_languages_have_the_same_texts() {
    assert_eq!(keys_of(Locale::Fr), keys_of(Locale::En));
    assert!(keys_of(Locale::Fr).len() > 100);
}

#[test]
fn every_text_that_a_page_asks_for_exists() {
    let texts = Texts::embedded();
    let mut keys = Vec::new();
    for path in templates() {
        keys.extend(keys_named_in(&std::fs::read_to_string(path).unwrap()));
    }
    keys.extend(keys_named_in(include_str!("../src/signin/pages.rs")));
    assert!(keys.len() > 80, "only {} keys were found", keys.len());
    keys.extend(["username-missing", "password-missing", "password-too-long-field"].map(str::to_owned));
    keys.extend(PERMISSIONS.iter().map(|(_, key)| (*key).to_owned()));
    keys.extend(NewPasswordFailure::ALL.iter().map(|failure| failure.text_key().to_owned()));
    for failure in PasswordFailure::ALL {
        keys.extend(["", "-text"].map(|part| format!("{}{part}", failure.text_key())));
    }
    let told = UpstreamProblem::ALL.iter().map(|problem| problem.text_key());
    for key in told.chain(Problem::ALL.iter().map(|problem| problem.text_key())) {
        keys.extend(["title", "text", "step"].map(|part| format!("{key}-{part}")));
    }
    for locale in Locale::ALL {
        for key in &keys {
            assert!(texts.has(locale, key), "{key} in {}", locale.tag());
        }
    }
    let unused: Vec<_> =
        keys_of(Locale::Fr).into_iter().filter(|key| !keys.iter().any(|k| k == key)).collect();
    assert!(unused.is_empty(), "nobody asks for {unused:?}");
}

#[test]
fn french_texts_keep_the_rules_of_french_typography() {
    for line in texts_of(Locale::Fr).lines().filter(|line| !line.starts_with('#')) {
        for fault in [" ?", " !", " ;", " :", " »", "« ", "'"] {
            assert!(!line.contains(fault), "{fault:?} in {line}");
        }
    }
}

#[test]
fn every_page_has_its_language_one_heading_a_title_and_a_skip_link() {
    each_page(|locale, name, html| {
        assert!(html.contains(&format!("<html lang=\"{}\"", locale.tag())), "{name}");
        assert_eq!(occurrences(html, "<h1"), 1, "{name}");
        assert_eq!(occurrences(html, "<title>"), 1, "{name}");
        assert!(!html.contains("<title></title>"), "{name}");
        assert!(html.contains("href=\"#content\"") && html.contains("id=\"content\""), "{name}");
        for landmark in ["<header", "<main", "<footer"] {
            assert_eq!(occurrences(html, landmark), 1, "{landmark} of {name}");
        }
    });
}

#[test]
fn no_id_stands_twice_on_a_page_and_every_reference_leads_to_one() {
    each_page(|_, name, html| {
        let values = |attribute: &str| -> Vec<String> {
            let parts = html.split(attribute).skip(1);
            parts.filter_map(|part| Some(part.split_once('"')?.0.to_owned())).collect()
        };
        let ids = values(" id=\"");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{name}");
        let attributes = [" for=\"", " aria-describedby=\"", " aria-labelledby=\""];
        for list in attributes.iter().flat_map(|attribute| values(attribute)) {
            for id in list.split(' ') {
                assert!(ids.iter().any(|known| known == id), "{id} on {name}");
            }
        }
    });
}

#[test]
fn stable_handles_are_where_help_texts_and_password_managers_look_for_them() {
    let catalogue = Catalogue::new(Locale::Fr, as_written);
    let pages = catalogue.all();
    let handles = [
        ("password", "username"),
        ("password", "password"),
        ("password", "login-submit"),
        ("new-password", "new-password"),
        ("consent", "consent-allow"),
        ("consent", "consent-deny"),
        ("sign-out", "logout-confirm"),
        ("situations", "situation-staff"),
    ];
    for (name, id) in handles {
        let (_, html) = pages.iter().find(|(known, _)| known == name).unwrap();
        assert!(html.contains(&format!(" id=\"{id}\"")), "{id} on {name}");
    }
}

#[test]
fn whatever_a_field_holds_is_escaped() {
    for locale in Locale::ALL {
        for (name, html) in Catalogue::new(locale, hostile).all() {
            let scripts = occurrences(&html, "<script");
            assert_eq!(scripts, 1, "only the page's own script stands on {name}");
            assert!(!html.contains("\"'>"), "a quotation mark broke out on {name}");
            assert!(html.contains("&#60;script&#62;"), "{name}");
        }
    }
}

#[test]
fn no_page_holds_a_style_a_script_or_a_handler_of_its_own() {
    each_page(|_, name, html| {
        for inline in ["<style", " style=", "javascript:", " onclick=", " onload=", " onsubmit="] {
            assert!(!html.contains(inline), "{inline} on {name}");
        }
        assert_eq!(
            occurrences(html, "<script"),
            occurrences(html, "<script type=\"module\" src=\""),
            "{name}"
        );
    });
}

#[test]
fn every_page_with_its_style_and_script_is_light() {
    assert!(JAVASCRIPT.len() < 2_000, "the script weighs {} bytes", JAVASCRIPT.len());
    each_page(|locale, name, html| {
        let weight = html.len() + CSS.len() + JAVASCRIPT.len();
        assert!(weight < HEAVIEST, "{name} in {} weighs {weight} bytes", locale.tag());
    });
}

#[test]
fn a_remembered_situation_comes_first() {
    let html = Catalogue::new(Locale::Fr, as_written).situations();
    assert!(html.find("situation-external") < html.find("situation-staff"));
    assert_eq!(occurrences(&html, "Votre choix précédent"), 1);
}

#[test]
fn a_refused_password_is_never_sent_back_and_names_no_cause() {
    let html =
        Catalogue::new(Locale::Fr, as_written).password("mdurand", Some(PasswordFailure::Refused), None);
    assert!(html.contains("value=\"mdurand\""));
    let field = html.split("id=\"password\"").nth(1).and_then(|rest| rest.split_once('>')).unwrap().0;
    assert!(!field.contains("value="));
    assert!(html.contains("<h2 class=\"fr-alert__title\">Erreur"));
    assert!(html.contains("<title>Erreur"));
}

#[test]
fn a_wait_is_worded_in_seconds_or_minutes() {
    let catalogue = Catalogue::new(Locale::Fr, as_written);
    let wait = |seconds| catalogue.password("mdurand", Some(PasswordFailure::Busy { seconds }), None);
    assert!(wait(0).contains("Attendez une seconde"));
    assert!(wait(5).contains("Attendez 5 secondes"));
    assert!(wait(121).contains("Attendez 3 minutes"));
}

#[test]
fn every_problem_gives_a_reference_and_its_status() {
    let pages = Catalogue::new(Locale::Fr, as_written);
    for problem in Problem::ALL {
        assert!(problem.status().is_client_error() || problem.status().is_server_error());
        assert!(pages.problem(problem).contains("<code>7FQK-2M4D</code>"));
    }
}

#[test]
fn the_telephone_number_can_be_called_from_the_page() {
    assert!(Catalogue::new(Locale::En, as_written).signed_out().contains("href=\"tel:0472806488\""));
}

#[test]
fn pages_are_written_where_asked() {
    let Some(directory) = std::env::var_os("GUICHET_PAGES_DIR").map(PathBuf::from) else { return };
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("guichet.css"), CSS).unwrap();
    std::fs::write(directory.join("guichet.js"), JAVASCRIPT).unwrap();
    std::fs::write(directory.join("favicon.svg"), include_str!("../templates/assets/favicon.svg")).unwrap();
    each_page(|locale, name, html| {
        let mut html = html.to_owned();
        for asset in ["guichet.css", "guichet.js", "favicon.svg"] {
            html = html.replace(&assets::href(asset), asset);
        }
        std::fs::write(directory.join(format!("{name}.{}.html", locale.tag())), html).unwrap();
    });
}
