//! Every page, in every language: complete, escaped, light, and sound in structure.
//!
//! With `GUICHET_PAGES_DIR` set, the pages are also written there, to be looked at in a browser.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use guichet::accounts::{BatchCounts, NewPasswordFault, NotOne, Way};
use guichet::audit::{Event, Refusal};
use guichet::desk::audit::pages::{actor_key, event_key, refusal_key};
use guichet::desk::imports::ListState;
use guichet::desk::imports::pages::{Outcome as RowOutcome, Reason, UploadFault};
use guichet::desk::letters::pages::{AskFault, BatchFault, LetterFault, Share};
use guichet::desk::managers::pages::Outcome;
use guichet::desk::new_person::pages::NewPersonFault;
use guichet::desk::pages::Section;
use guichet::desk::people::{Action, Done as DeskDone, WhyNot, pages as people};
use guichet::kit::assets;
use guichet::kit::locale::Locale;
use guichet::kit::problem::Problem;
use guichet::kit::texts::Texts;
use guichet::mail::Message;
use guichet::my_account::pages::Done;
use guichet::oidc::pages::DeviceFault;
use guichet::oidc::scopes::Scope;
use guichet::signin::pages::{
    CodeFault, DeadLink, ForgottenAnswer, LinkDone, PasswordFailure, UpstreamProblem,
};

mod catalogue;

use catalogue::{Catalogue, as_written, hostile};

/// A page may weigh so much in bytes: itself, its stylesheet, its script.
const HEAVIEST: usize = 30_000;
/// The same for the desk, whose pages show more at once to people who have them open all day.
const HEAVIEST_AT_THE_DESK: usize = 60_000;

const COLOURS: &str = include_str!("../../../templates/assets/colours.css");
const CSS: &str = include_str!("../../../templates/assets/guichet.css");
const JAVASCRIPT: &str = include_str!("../../../templates/assets/guichet.js");

fn each_page(check: impl Fn(Locale, &str, &str)) {
    for locale in Locale::ALL {
        for (name, html) in Catalogue::new(locale, as_written).all() {
            check(locale, &name, &html);
        }
    }
}

fn texts_of(locale: Locale) -> &'static str {
    match locale {
        Locale::Fr => include_str!("../../../templates/texts/fr.ftl"),
        Locale::En => include_str!("../../../templates/texts/en.ftl"),
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
            if path.ends_with("demo") {
                // The demo's application is another site, with texts of its own.
            } else if path.is_dir() {
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
    let calls = [".t(\"", ".t1(\"", ".t2(\"", ".count(\""];
    let starts = calls.iter().flat_map(|call| text.match_indices(call).map(|(at, _)| at + call.len()));
    starts.filter_map(|start| Some(text.get(start..)?.split_once('"')?.0.to_owned())).collect()
}

/// The keys of texts about a person at the desk that are chosen by what is so.
fn keys_of_the_desk() -> Vec<String> {
    let mut keys = people::standing_keys().into_iter().map(str::to_owned).collect::<Vec<_>>();
    keys.extend(people::timeline_keys());
    keys.extend(people::LetterFact::KEYS.map(str::to_owned));
    keys.extend(
        Action::ALL.iter().flat_map(|action| {
            ["", "-text", "-submit"].map(|part| format!("desk-act-{}{part}", action.word()))
        }),
    );
    keys.extend(DeskDone::ALL.map(DeskDone::text_key));
    keys.extend(WhyNot::ALL.map(|why| why.text_key().to_owned()));
    keys.extend(NotOne::ALL.map(|reason| people::not_one_key(reason).to_owned()));
    keys.extend(crate::mail::every_message().iter().map(|message| format!("desk-mail-{}", message.kind())));
    keys.extend(
        ["desk-merge-nobody", "desk-rank-manager", "desk-rank-supervisor", "desk-people"].map(str::to_owned),
    );
    keys
}

fn occurrences(html: &str, what: &str) -> usize {
    html.matches(what).count()
}

#[test]
fn both_languages_have_the_same_texts() {
    assert_eq!(keys_of(Locale::Fr), keys_of(Locale::En));
    assert!(keys_of(Locale::Fr).len() > 100);
}

/// What the pages of letters and lists ask for by keys that they put together.
fn papers_of_the_desk() -> Vec<String> {
    let mut keys: Vec<String> = Section::ALL.map(|section| section.text_key().to_owned()).into();
    keys.extend(["desk-rank-manager", "desk-rank-supervisor"].map(str::to_owned));
    keys.extend(
        ["issued", "printed", "used", "expired", "voided"].map(|state| format!("desk-paper-{state}")),
    );
    keys.extend(Share::all(&BatchCounts::default()).into_iter().map(|share| share.key.to_owned()));
    keys.extend(AskFault::ALL.map(|fault| fault.text_key().to_owned()));
    keys.extend(LetterFault::ALL.map(|fault| fault.text_key().to_owned()));
    keys.extend(BatchFault::ALL.map(|fault| fault.text_key().to_owned()));
    keys.extend(UploadFault::all().iter().map(|fault| fault.text_key().to_owned()));
    keys.extend(ListState::ALL.map(|state| format!("desk-list-{}", state.word())));
    keys.extend(RowOutcome::ALL.map(|outcome| format!("desk-outcome-{}", outcome.word())));
    keys.extend(Reason::WORDS.map(|word| format!("desk-row-{word}")));
    keys.extend(["text", "print", "back"].map(|part| format!("desk-sheet-{part}")));
    keys.push("desk-sheets-text".to_owned());
    keys
}

#[test]
fn every_text_that_a_page_asks_for_exists() {
    let texts = Texts::embedded();
    let mut keys = Vec::new();
    for path in templates() {
        keys.extend(keys_named_in(&std::fs::read_to_string(path).unwrap()));
    }
    keys.extend(Done::ALL.map(Done::text_key));
    keys.extend(Event::all().map(|event| format!("account-event-{}", event.word())));
    keys.push("account-event-session-ended-others".to_owned());
    keys.extend(keys_of_the_desk());
    for source in [
        include_str!("../../../src/signin/pages.rs"),
        include_str!("../../../src/signin/pages/passwords.rs"),
        include_str!("../../../src/signin/pages/forgotten.rs"),
        include_str!("../../../src/my_account/pages.rs"),
        include_str!("../../../src/kit/devices.rs"),
        include_str!("../../../src/desk/people/pages.rs"),
        include_str!("../../../src/desk/people/standing.rs"),
        include_str!("../../../src/desk/people/timeline.rs"),
        include_str!("../../../src/desk/imports/report.rs"),
        include_str!("../../../src/desk/imports/watch.rs"),
        include_str!("../../../src/desk/search/mod.rs"),
        include_str!("../../../src/desk/statistics/mod.rs"),
        include_str!("../../../src/desk/openings/mod.rs"),
        include_str!("../../../src/desk/telephone/pages.rs"),
        include_str!("../../../src/signin/pages/telephone.rs"),
    ] {
        keys.extend(keys_named_in(source));
    }
    keys.extend(Way::ALL.map(|way| format!("desk-way-{}", way.word())));
    // Merging two records opens nothing of which a person would be told.
    let openings = Way::ALL.into_iter().filter(|way| *way != Way::Merge);
    keys.extend(openings.map(|way| format!("opening-notice-{}", way.word())));
    keys.extend(["taken", "released", "anothers", "gone"].map(|word| format!("desk-case-{word}")));
    keys.extend(["new-password-intro", "telephone-password-intro"].map(str::to_owned));
    keys.extend(
        CodeFault::ALL
            .iter()
            .flat_map(|fault| ["", "-title"].map(|part| format!("{}{part}", fault.text_key()))),
    );
    keys.extend(["desk-people", "desk-rank-manager", "desk-rank-supervisor"].map(str::to_owned));
    keys.extend(["given", "own", "over"].map(|word| format!("desk-agreement-{word}")));
    assert!(keys.len() > 80, "only {} keys were found", keys.len());
    keys.extend(["username-missing", "password-missing", "password-too-long-field"].map(str::to_owned));
    let on_letters = ["file-title", "csv-headings", "in-english", "own-in-english"];
    keys.extend(on_letters.map(|part| format!("sheet-{part}")));
    keys.extend(supervision_keys());
    keys.extend(papers_of_the_desk());
    keys.extend(NewPersonFault::ALL.map(|fault| fault.text_key().to_owned()));
    keys.extend(Scope::ALL.map(|scope| scope.permission_key().to_owned()));
    keys.push("password-letter-slip-field".to_owned());
    keys.extend(NewPasswordFault::ALL.iter().map(|fault| fault.text_key().to_owned()));
    keys.extend(["email-missing", "email-malformed", "email-unlikely", "email-rejected"].map(str::to_owned));
    keys.extend(["email-too-many", "email-too-many-title"].map(str::to_owned));
    keys.extend(["new-password-rejected", "new-password-and-email-rejected"].map(str::to_owned));
    keys.extend(
        ForgottenAnswer::ALL
            .iter()
            .flat_map(|answer| ["title", "text"].map(|part| format!("{}-{part}", answer.text_key()))),
    );
    let links =
        LinkDone::ALL.map(LinkDone::text_key).into_iter().chain(DeadLink::ALL.map(DeadLink::text_key));
    keys.extend(links.flat_map(|key| ["title", "text", "step"].map(|part| format!("{key}-{part}"))));
    for fault in DeviceFault::ALL {
        keys.extend(["", "-text"].map(|part| format!("{}{part}", fault.text_key())));
    }
    for failure in PasswordFailure::ALL {
        keys.extend(["", "-text"].map(|part| format!("{}{part}", failure.text_key())));
    }
    let told = UpstreamProblem::ALL.iter().map(|problem| problem.text_key());
    for key in told.chain(Problem::ALL.iter().map(|problem| problem.text_key())) {
        keys.extend(["title", "text", "step"].map(|part| format!("{key}-{part}")));
    }
    keys.extend(crate::mail::every_message().iter().flat_map(Message::text_keys));
    keys.extend(["date", "date-first-day", "date-and-time"].map(str::to_owned));
    keys.extend((1..=12).map(|month| format!("month-{month}")));
    keys.extend(["minutes", "hours", "days"].map(|unit| format!("duration-{unit}")));
    for locale in Locale::ALL {
        for key in &keys {
            assert!(texts.has(locale, key), "{key} in {}", locale.tag());
        }
    }
    let unused: Vec<_> =
        keys_of(Locale::Fr).into_iter().filter(|key| !keys.iter().any(|k| k == key)).collect();
    assert!(unused.is_empty(), "nobody asks for {unused:?}");
}

/// What the pages of supervisors ask for by names that they make.
fn supervision_keys() -> Vec<String> {
    let charts = ["sign-ins", "letters", "failures", "cases"];
    let actors = ["person", "operator", "import", "retention", "manager", "application"];
    let parts = ["statistics", "audit", "managers"].map(|part| format!("desk-{part}"));
    let spans = ["span-days", "span-season", "span-months", "unit-day", "unit-week", "unit-month"];
    let mut keys: Vec<String> = Event::all().map(|event| event_key(event.word())).collect();
    keys.extend(actors.map(actor_key));
    keys.extend(Refusal::ALL.map(refusal_key));
    keys.extend(Outcome::ALL.map(Outcome::text_key));
    keys.extend(charts.iter().flat_map(|id| ["", "-about"].map(|part| format!("statistics-{id}{part}"))));
    keys.extend(spans.map(|part| format!("statistics-{part}")));
    keys.extend(parts);
    keys
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
        ("new-password", "email"),
        ("mail-address", "email"),
        ("reset-password", "new-password"),
        ("forgotten", "username"),
        ("consent", "consent-allow"),
        ("consent", "consent-deny"),
        ("device", "user-code"),
        ("device", "device-submit"),
        ("device-confirm", "consent-allow"),
        ("device-confirm", "consent-deny"),
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
            let own = occurrences(&html, "<script type=\"module\" src=\"/assets/");
            assert_eq!(scripts, own, "only scripts of ours stand on {name}");
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
    assert!(JAVASCRIPT.len() < 2_600, "the script weighs {} bytes", JAVASCRIPT.len());
    each_page(|locale, name, html| {
        let weight = html.len() + COLOURS.len() + CSS.len() + JAVASCRIPT.len();
        let heaviest = if name.starts_with("desk-") { HEAVIEST_AT_THE_DESK } else { HEAVIEST };
        assert!(weight < heaviest, "{name} in {} weighs {weight} bytes", locale.tag());
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
    std::fs::write(directory.join("colours.css"), COLOURS).unwrap();
    std::fs::write(directory.join("guichet.css"), CSS).unwrap();
    std::fs::write(directory.join("guichet.js"), JAVASCRIPT).unwrap();
    std::fs::write(directory.join("desk.css"), include_str!("../../../templates/assets/desk.css")).unwrap();
    std::fs::write(directory.join("desk.js"), include_str!("../../../templates/assets/desk.js")).unwrap();
    std::fs::write(directory.join("favicon.svg"), include_str!("../../../templates/assets/favicon.svg"))
        .unwrap();
    each_page(|locale, name, html| {
        let mut html = html.to_owned();
        for asset in ["colours.css", "guichet.css", "guichet.js", "desk.css", "desk.js", "favicon.svg"] {
            html = html.replace(&assets::href(asset), asset);
        }
        std::fs::write(directory.join(format!("{name}.{}.html", locale.tag())), html).unwrap();
    });
}
