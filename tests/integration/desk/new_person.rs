//! People made by hand.

use futures_util::future::join;

use super::search::{searches, somebody};
use super::{MANAGER, OTHER_MANAGER, STAFF, signed_in, with_arena};
use crate::accounts::text;
use crate::on_both_engines;
use crate::support::browser::Page;
use crate::support::{App, Browser};

const FORM: &str = "/desk/lyon/people/new";

/// What the form sends, with these fields in place of the usual ones.
fn filled<'a>(page: &Page, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
    let usual = [
        ("given-name", "Élodie"),
        ("family-name", "Lefèvre"),
        ("email", ""),
        ("identifier", ""),
        ("reason", "remplace un juré"),
    ];
    let others = usual.into_iter().filter(|(name, _)| !fields.iter().any(|(known, _)| known == name));
    let mut form: Vec<_> =
        others.chain(fields.iter().copied()).map(|(name, value)| (name, value.to_owned())).collect();
    form.push(("session", page.hidden("session")));
    form.push(("form", page.hidden("form")));
    form
}

async fn send(browser: &mut Browser, form: &[(&str, String)]) -> Page {
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post(FORM, &form).await
}

async fn people(app: &App) -> i64 {
    app.count("SELECT COUNT(*) FROM account WHERE upstream IS NULL").await
}

on_both_engines! {
    async fn a_person_is_made_without_a_password_and_can_be_found(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut browser = signed_in(&app, &upstream, "m", MANAGER).await;
        let page = browser.get(FORM).await;
        let made = send(&mut browser, &filled(&page, &[("email", "elodie@example.org")])).await;
        let id = text(&app, "SELECT id FROM account WHERE upstream IS NULL").await;
        assert_eq!(made.location(), Some(format!("/desk/lyon/people/{id}")));
        assert_eq!(text(&app, "SELECT authority || ' ' || identifier FROM account WHERE upstream IS NULL").await, "lyon elefevre");
        assert_eq!(app.count("SELECT COUNT(*) FROM password").await, 0);
        let event = "SELECT kind || ' ' || actor || ' ' || authority || ' ' || reason FROM audit_event WHERE kind = 'created'";
        assert_eq!(text(&app, event).await, "created manager lyon remplace un juré");
        assert_eq!(app.count("SELECT email_verified FROM account WHERE upstream IS NULL").await, 0);
        assert!(browser.get("/desk/lyon/search?q=lefevre").await.body.contains(&id));
    }

    async fn a_form_sent_twice_makes_one_person(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut browser = signed_in(&app, &upstream, "m", MANAGER).await;
        let page = browser.get(FORM).await;
        let form = filled(&page, &[]);
        let mut other = browser.at(&app.another_node().await);
        let (one, two) = join(send(&mut browser, &form), send(&mut other, &form)).await;
        assert_eq!((one.status.as_u16(), one.location()), (303, two.location()));
        let again = send(&mut browser, &form).await;
        assert_eq!(again.location(), one.location());
        assert_eq!(people(&app).await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'created'").await, 1);
        assert!(searches(&app).await.is_empty());
        // Another name on the same form is another person.
        assert_eq!(send(&mut browser, &filled(&page, &[("family-name", "Durand")])).await.status, 303);
        assert_eq!(people(&app).await, 2);
    }

    async fn whoever_may_be_meant_is_shown_before_anybody_is_made(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let known = somebody(&app, "Eric", "Le Fèvre").await;
        let mut browser = signed_in(&app, &upstream, "m", MANAGER).await;
        let page = browser.get(FORM).await;
        let form = filled(&page, &[]);
        let asked = send(&mut browser, &form).await;
        assert_eq!(asked.status, 200);
        assert!(asked.body.contains("Eric Le Fèvre") && asked.body.contains(known.id.as_str()));
        assert_eq!((people(&app).await, searches(&app).await.len()), (1, 1));
        // Said without having been asked, or of others than those shown, it does not count.
        for shown in ["", "somebody-else"] {
            let mut unasked = form.clone();
            unasked.push(("decision", "none-of-them".to_owned()));
            unasked.push(("shown", shown.to_owned()));
            assert!(send(&mut browser, &unasked).await.body.contains("none-of-them"));
        }
        let mut sure = form.clone();
        sure.push(("shown", asked.hidden("shown")));
        sure.push(("decision", "none-of-them".to_owned()));
        // Somebody else made one meanwhile: they are shown too.
        somebody(&app, "Élodie", "Lefèvre").await;
        let asked = send(&mut browser, &sure).await;
        assert!(asked.body.contains("Élodie Lefèvre"), "{}", asked.body);
        assert_eq!(people(&app).await, 2);
        let mut sure = form.clone();
        sure.push(("shown", asked.hidden("shown")));
        sure.push(("decision", "none-of-them".to_owned()));
        assert_eq!(send(&mut browser, &sure).await.status, 303);
        assert_eq!(people(&app).await, 3);
    }

    async fn people_of_another_authority_are_no_homonyms(app: App) {
        let (app, upstream) = with_arena(&app).await;
        somebody(&app, "Élodie", "Lefèvre").await;
        let mut browser = signed_in(&app, &upstream, "d", OTHER_MANAGER).await;
        let page = browser.get("/desk/dgrh/people/new").await;
        let form: Vec<_> = filled(&page, &[("email", "élodie@example.org")]);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let made = browser.post("/desk/dgrh/people/new", &form).await;
        assert_eq!(made.status, 303, "{}", made.body);
        assert!(searches(&app).await.is_empty());
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE authority = 'dgrh'").await, 1);
    }

    async fn what_cannot_be_a_person_is_refused_and_what_was_typed_stays(app: App) {
        let (app, upstream) = with_arena(&app).await;
        somebody(&app, "Zoé", "Martin").await;
        let mut browser = signed_in(&app, &upstream, "m", MANAGER).await;
        let page = browser.get(FORM).await;
        let long = "x".repeat(201);
        for (field, value) in [
            ("family-name", ""),
            ("family-name", "   "),
            ("family-name", long.as_str()),
            ("given-name", "a\u{7}b"),
            ("email", "nowhere"),
            ("email", "a@b.fr, c@d.fr"),
            ("identifier", "ZMARTIN"),
            ("identifier", "a\nb"),
            ("reason", ""),
            ("reason", "ab"),
            ("reason", long.as_str()),
        ] {
            let refused = send(&mut browser, &filled(&page, &[(field, value)])).await;
            assert_eq!(refused.status, 422, "{field} {value:?}");
            assert_eq!(refused.hidden("form"), page.hidden("form"));
            assert!(refused.body.contains("aria-invalid"), "{field}");
        }
        assert_eq!(people(&app).await, 1);
        let given = send(&mut browser, &filled(&page, &[("identifier", "123456789")])).await;
        assert_eq!(given.status, 303);
        assert_eq!(text(&app, "SELECT family_name FROM account WHERE identifier = '123456789'").await, "Lefèvre");
    }

    async fn nobody_else_makes_people_and_no_other_form_does(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let page = manager.get(FORM).await;
        let form = filled(&page, &[]);
        let mut staff = signed_in(&app, &upstream, "teacher", STAFF).await;
        let mut other = signed_in(&app, &upstream, "d", OTHER_MANAGER).await;
        for browser in [&mut staff, &mut other] {
            assert_eq!(browser.get(FORM).await.status, 404);
            assert_eq!(send(browser, &form).await.status, 404);
        }
        assert_eq!(send(&mut app.browser(), &form).await.status, 303);
        for broken in ["session", "form"] {
            let mut form = form.clone();
            form.retain(|(name, _)| *name != broken);
            assert_eq!(send(&mut manager, &form).await.location().as_deref(), Some(FORM), "{broken}");
        }
        let mut foreign = manager.clone();
        foreign.headers.insert("sec-fetch-site", http::HeaderValue::from_static("cross-site"));
        assert_eq!(send(&mut foreign, &form).await.status, 403);
        assert_eq!(people(&app).await, 0);
    }
}
