//! The box that finds people.

use guichet::accounts::{Account, InitialPassword, Mandate, NewAccount, NewIdentifier, Replacing};
use guichet::config::AuthorityId;
use guichet::kit::secrets::Secret;
use serde_json::Map;

use super::people::with_letter;
use super::{MANAGER, OTHER_MANAGER, OTHER_SUPERVISOR, STAFF, SUPERVISOR, signed_in, with_arena};
use crate::on_both_engines;
use crate::support::App;
use crate::support::app::{PASSWORD, SEASON};

/// Somebody of the académie de Lyon.
pub async fn somebody(app: &App, given: &str, family: &str) -> Account {
    let new = NewAccount {
        identifier: NewIdentifier::FromName,
        given_name: Some(given.to_owned()),
        family_name: Some(family.to_owned()),
        email: Some(format!("{}@example.org", given.to_lowercase())),
        claims: Map::new(),
        authority: Some(AuthorityId::from("lyon")),
        source_key: None,
        password: InitialPassword::Personal(Secret::new(PASSWORD)),
    };
    app.accounts.create(new).await.expect("an account").0
}

/// What the audit has of searches: who, under which authority, and the detail.
pub async fn searches(app: &App) -> Vec<(String, String, String)> {
    let mut connection = app.database.read().await.unwrap();
    sqlx::query_as(
        "SELECT account.upstream_subject, audit_event.authority, audit_event.detail FROM audit_event \
         JOIN account ON account.id = audit_event.actor_id \
         WHERE kind = 'searched' AND account_id IS NULL AND actor = 'manager' ORDER BY detail",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap()
}

fn screen(account: &Account) -> String {
    format!("/desk/lyon/people/{}", account.id)
}

on_both_engines! {
    async fn each_who_is_found_has_a_word_on_how_the_access_stands(app: App) {
        let (app, upstream) = with_arena(&app).await;
        somebody(&app, "Jean", "Dupont").await;
        let (none, disabled) = (somebody(&app, "Anne", "Durand").await, somebody(&app, "Luc", "Petit").await);
        app.sql("DELETE FROM password WHERE account_id = $1", none.id.as_str()).await;
        app.accounts.disable(&disabled.id, &Mandate::operator()).await.unwrap();
        with_letter(&app, "andiaye").await;
        let word = async |typed: &str, word: &str| {
            let mut browser = signed_in(&app, &upstream, typed, MANAGER).await;
            let body = browser.get(&format!("/desk/lyon/search?q={typed}")).await.body;
            let all = [
                "mot de passe personnel", "mot de passe temporaire", "mot de passe temporaire expiré",
                "pas encore de mot de passe", "accès désactivé",
            ];
            let said: Vec<_> = all.iter().filter(|one| body.contains(**one)).max_by_key(|one| one.len()).into_iter().collect();
            assert_eq!(said, [&word], "{typed}: {body}");
        };
        word("dupont", "mot de passe personnel").await;
        word("durand", "pas encore de mot de passe").await;
        word("petit", "accès désactivé").await;
        word("andiaye", "mot de passe temporaire").await;
        app.wait(SEASON);
        word("andiaye", "mot de passe temporaire expiré").await;
    }

    async fn a_manager_finds_people_on_the_page_and_while_typing(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let elodie = somebody(&app, "Élodie", "Lefèvre").await;
        somebody(&app, "Jean-Pierre", "Dupont").await;
        for function in [MANAGER, SUPERVISOR] {
            let mut browser = signed_in(&app, &upstream, function, function).await;
            for address in ["/desk/lyon?q=lefevre+elo", "/desk/lyon/search?q=lefevre+elo"] {
                let page = browser.get(address).await;
                assert_eq!((page.status.as_u16(), page.header("cache-control").as_str()), (200, "no-store"));
                assert!(page.body.contains(&screen(&elodie)), "{address}: {}", page.body);
                assert!(page.body.contains("Élodie Lefèvre") && page.body.contains("Une personne trouvée"));
                assert!(page.body.contains("@example.org") && !page.body.contains("élodie@"), "{}", page.body);
                assert!(!page.body.contains("Dupont"));
            }
        }
        let one = |who: &str| (who.to_owned(), "lyon".to_owned(), "name 1".to_owned());
        let mut noted = searches(&app).await;
        noted.sort();
        assert_eq!(noted, [one(MANAGER), one(MANAGER), one(SUPERVISOR), one(SUPERVISOR)]);
    }

    async fn what_was_typed_is_kept_nowhere_and_who_finds_nobody_is_not_noted(app: App) {
        let (app, upstream) = with_arena(&app).await;
        somebody(&app, "Élodie", "Lefèvre").await;
        let mut browser = signed_in(&app, &upstream, "m", MANAGER).await;
        for address in ["/desk/lyon", "/desk/lyon?q=", "/desk/lyon?q=wxyz", "/desk/lyon/search", "/desk/lyon/search?q=wxyz"] {
            assert_eq!(browser.get(address).await.status, 200, "{address}");
        }
        assert!(searches(&app).await.is_empty());
        browser.get("/desk/lyon/search?q=LeFeVr").await;
        assert_eq!(searches(&app).await.len(), 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE LOWER(detail) LIKE '%lefevr%'").await, 0);
    }

    async fn a_number_or_an_identifier_leads_straight_to_the_person(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let elodie = somebody(&app, "Élodie", "Lefèvre").await;
        somebody(&app, "Eric", "Lefèvre").await;
        let sender = app.accounts.sender(Some("lyon"), None).expect("a sender");
        let mandate = Mandate::operator();
        let issued = app.accounts.issue_letter(&elodie.id, &sender, Replacing::OnlyTemporary, &mandate);
        let letter = issued.await.expect("a letter").letter.number;
        let case = app.case_for("elefevre").await;
        let mut browser = signed_in(&app, &upstream, "m", MANAGER).await;
        let (first, last) = case.as_str().split_at(3);
        for typed in ["ELEFEVRE", letter.as_str(), &format!("{first}+{last}"), case.as_str()] {
            let page = browser.get(&format!("/desk/lyon?q={typed}")).await;
            assert_eq!(page.location(), Some(screen(&elodie)), "{typed}");
            // While typing, people are shown, and nobody is led away.
            let part = browser.get(&format!("/desk/lyon/search?q={typed}")).await;
            assert!(part.status == 200 && part.body.contains(&screen(&elodie)), "{typed}");
        }
        let shown = browser.get("/desk/lyon?q=lefevre").await;
        assert_eq!(shown.status, 200, "a name is nobody's alone");
    }

    async fn another_authority_finds_nobody_and_is_told_nothing(app: App) {
        let (app, upstream) = with_arena(&app).await;
        somebody(&app, "Élodie", "Lefèvre").await;
        let case = app.case_for("elefevre").await;
        let unknown = app.case_for("nobody").await;
        let free = (0..3).map(|digit| format!("{digit}12345"));
        let free = free.into_iter().find(|free| *free != case.as_str() && *free != unknown.as_str()).unwrap();
        let mut browser = signed_in(&app, &upstream, "d", OTHER_MANAGER).await;
        for address in ["/desk/dgrh?q=", "/desk/dgrh/search?q="] {
            let mut answers = Vec::new();
            for (typed, nowhere) in [("lefevre", "wxyzwxy"), ("elefevre", "wxyzwxyz"), ("elodie", "wxyzwx")] {
                let page = browser.get(&format!("{address}{typed}")).await;
                let nobody = browser.get(&format!("{address}{nowhere}")).await;
                assert_eq!(page.status, 200);
                answers.push((plain(&page.body, typed), plain(&nobody.body, nowhere)));
            }
            for number in [case.as_str(), unknown.as_str()] {
                let page = browser.get(&format!("{address}{number}")).await;
                let nobody = browser.get(&format!("{address}{free}")).await;
                assert!(page.body.contains("Aucune demande en cours"), "{}", page.body);
                answers.push((plain(&page.body, number), plain(&nobody.body, &free)));
            }
            for (of_another, of_nobody) in answers {
                assert_eq!(of_another, of_nobody);
            }
        }
        assert!(searches(&app).await.is_empty());
    }

    async fn who_has_no_rank_finds_no_box(app: App) {
        let (app, upstream) = with_arena(&app).await;
        somebody(&app, "Élodie", "Lefèvre").await;
        let mut staff = signed_in(&app, &upstream, "teacher", STAFF).await;
        let mut other = signed_in(&app, &upstream, "d", OTHER_SUPERVISOR).await;
        let mut external = app.browser();
        external.sign_in(&app.client("app").authorization(&[]), "elefevre").await.code();
        for browser in [&mut staff, &mut other, &mut external] {
            for address in ["/desk/lyon?q=lefevre", "/desk/lyon/search?q=lefevre", "/desk/nowhere/search?q=lefevre"] {
                let page = browser.get(address).await;
                assert_eq!(page.status, 404, "{address}");
                assert!(!page.body.contains("Lefèvre"));
            }
        }
        let nobody = app.browser().get("/desk/lyon/search?q=lefevre").await;
        assert_eq!(nobody.status, 303);
        assert!(searches(&app).await.is_empty());
    }

    async fn hostile_text_finds_nobody_and_comes_back_as_text(app: App) {
        let (app, upstream) = with_arena(&app).await;
        somebody(&app, "Élodie", "Lefèvre").await;
        let mut browser = signed_in(&app, &upstream, "m", MANAGER).await;
        let long = "a".repeat(5_000);
        for typed in ["%25", "_", "%27+OR+1%3D1", "%22%3E%3Cscript%3E", "%F0%9F%98%80", "%E2%80%8B", "--", long.as_str()] {
            for address in ["/desk/lyon?q=", "/desk/lyon/search?q="] {
                let page = browser.get(&format!("{address}{typed}")).await;
                assert_eq!(page.status, 200, "{typed}");
                assert!(!page.body.contains("Lefèvre") && !page.body.contains("\"><script>"), "{typed}");
            }
        }
    }
}

/// A page without what differs between any two: what was typed, the reference, the session.
fn plain(body: &str, typed: &str) -> String {
    let body = body.replace(typed, "");
    body.split("<code>").map(|part| part.split_once("</code>").map_or(part, |(_, rest)| rest)).collect()
}
