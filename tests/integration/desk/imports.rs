//! Lists brought to a desk: looked at, read in, told of; whatever stops the work, nothing is done twice.

use std::fmt::Write as _;
use std::time::Duration;

use guichet::server::janitor::Matter;
use http::Method;
use http_body_util::BodyExt;
use tokio_util::sync::CancellationToken;

use super::letters::of_lyon;
use super::{MANAGER, OTHER_MANAGER, STAFF, signed_in, with_arena};
use crate::on_both_engines;
use crate::support::{App, Browser, browser::Page};

pub const LIST: &str = "NUMERO;NOM;PRENOM;MEL;IDENTIFIANT\n1;Dupont;Jean;;\n2;Lefèvre;Élodie;elodie@example.org;\n3;;Sans;;\n2;Encore;Elle;;\n";
const DAY: u64 = 24 * 3_600;

/// A list of so many people.
pub fn list_of(count: usize) -> String {
    let mut list = String::from("NUMERO;NOM;PRENOM\n");
    for number in 0..count {
        let _ = writeln!(list, "N{number};Dupont;Jean");
    }
    list
}

/// Brings a list from a page on which that can be done.
pub async fn send(browser: &mut Browser, page: &Page, file: (&str, &[u8])) -> Page {
    let (session, form) = (page.hidden("session"), page.hidden("form"));
    let fields = [("session", session.as_str()), ("form", &form), ("reason", "jurys de juin")];
    browser.upload(&page.form_action(), &fields, file).await
}

/// Brings a list, and gives its page once it was looked at.
pub async fn brought(app: &App, browser: &mut Browser, list: &str) -> Page {
    let page = browser.get("/desk/lyon/imports").await;
    let sent = send(browser, &page, ("liste.csv", list.as_bytes())).await;
    let own = sent.location().unwrap_or_else(|| panic!("{}", sent.body));
    app.work_at_papers().await;
    browser.get(&own).await
}

/// Brings a list and reads it in; gives its page.
pub async fn imported(app: &App, browser: &mut Browser, list: &str) -> Page {
    let page = brought(app, browser, list).await;
    start(browser, &page, "with").await;
    app.work_at_papers().await;
    browser.get(&page.address).await
}

pub async fn start(browser: &mut Browser, page: &Page, letters: &str) -> Page {
    let session = page.hidden("session");
    let address = format!("{}/start", page.address);
    browser.post(&address, &[("session", session.as_str()), ("letters", letters)]).await
}

on_both_engines! {
    async fn a_list_is_looked_at_first_then_read_in_and_tells_each_row(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let page = brought(&app, &mut manager, LIST).await;
        assert!(page.body.contains("le nom manque") && page.body.contains("la ligne 3 concerne"), "{}", page.body);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE upstream IS NULL").await, 0, "nothing is done yet");
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list WHERE state = 'foreseen'").await, 1);

        start(&mut manager, &page, "with").await;
        let mut events = manager.begin(Method::GET, &format!("{}/progress", page.address), &[]).await;
        let first = events.frame().await.expect("an event").expect("sound").into_data().expect("bytes");
        assert!(String::from_utf8_lossy(&first).contains("event: progress"), "{first:?}");
        app.work_at_papers().await;
        let told = events.collect().await.expect("the rest").to_bytes();
        assert!(String::from_utf8_lossy(&told).contains("event: over"));

        let page = manager.get(&page.address).await;
        assert!(page.body.contains("importée"), "{}", page.body);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE authority = 'lyon'").await, 2);
        let by = "SELECT COUNT(*) FROM audit_event WHERE kind = 'created' AND actor = 'manager' \
                  AND reason = 'jurys de juin' AND actor_id IS NOT NULL";
        assert_eq!(app.count(by).await, 2, "the audit names the manager");
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list_part").await, 0, "the file is of no more use");
        let report = manager.get(&format!("{}/report.csv", page.address)).await;
        assert_eq!(report.header("content-type"), "text/csv; charset=utf-8");
        assert!(report.header("content-disposition").starts_with("attachment"));
        let rows: Vec<&str> = report.body.lines().collect();
        assert_eq!(rows.len(), 5, "{rows:?}");
        assert!(rows[1].starts_with("2;créé;;jdupont;") && rows[3].starts_with("4;refusé;le nom manque;;"), "{rows:?}");
        assert_eq!(app.count("SELECT COUNT(*) FROM audit_event WHERE kind = 'report-taken'").await, 1);
        let again = imported(&app, &mut manager, LIST).await;
        assert!(again.body.contains("inchangé"), "{}", again.body);
        assert_eq!(app.count("SELECT COUNT(*) FROM letter").await, 2, "letters that wait are held to be good");
    }

    async fn what_is_no_list_is_refused_with_its_reason_and_nothing_is_kept(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let utf16: Vec<u8> = "\u{feff}NUMERO;NOM\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let many = list_of(100_001);
        let cases: [(&str, &[u8], &str); 9] = [
            ("liste.csv", b"", "vide"),
            ("liste.csv", b"PK\x03\x04\x14\0\x06\0xl/workbook.xml", "classeur"),
            ("liste.ods", b"PK\x03\x04mimetypeapplication/vnd.oasis", "classeur"),
            ("bombe.zip", &[b"PK\x03\x04".as_slice(), &vec![0; 60_000]].concat(), "classeur"),
            ("liste.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "classeur"),
            ("liste.csv", &utf16, "UTF-16"),
            ("image.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "pas un texte"),
            ("liste.csv", b"NUMERO;NAME\n1;x\n", "NOM"),
            ("liste.csv", many.as_bytes(), "100"),
        ];
        for (name, file, told) in cases {
            let page = manager.get("/desk/lyon/imports").await;
            let refused = send(&mut manager, &page, (name, file)).await;
            assert_eq!(refused.status, 422, "{name} {told}");
            assert!(refused.body.contains(told) && refused.body.contains("jurys de juin"), "{told}: {}", refused.body);
        }
        let page = manager.get("/desk/lyon/imports").await;
        let large = vec![b'x'; 20 * 1024 * 1024 + 100];
        assert_eq!(send(&mut manager, &page, ("liste.csv", &large)).await.status, 413);
        let huge = vec![b'x'; 22 * 1024 * 1024];
        let refused = send(&mut manager, &page, ("liste.csv", &huge)).await;
        assert!(refused.status == 413 && refused.body.contains("20"), "{}", refused.body);
        let plain = manager.post("/desk/lyon/imports", &[("session", &page.hidden("session"))]).await;
        assert_eq!(plain.status, 400, "not the form that was shown");
        assert_eq!(manager.upload("/desk/lyon/letters", &[], ("x", &vec![b'x'; 70_000])).await.status, 413);
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list").await, 0);
        assert_eq!(app.work_at_papers().await, 0);
    }

    async fn a_report_holds_no_formula_and_headings_are_escaped(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let list = "NUMERO;NOM;PRENOM;IDENTIFIANT\n1;Un;Anne;=cmd|' /C calc'!A0\n";
        let page = imported(&app, &mut manager, list).await;
        let report = manager.get(&format!("{}/report.csv", page.address)).await;
        assert!(report.body.contains(";'=cmd|"), "{}", report.body);
        let bad = manager.get("/desk/lyon/imports").await;
        let refused = send(&mut manager, &bad, ("<b>.csv", b"<script>;x\n1;2\n")).await;
        assert!(!refused.body.contains("<script>,") && !refused.body.contains("<b>"), "{}", refused.body);
    }

    async fn a_list_touches_nobody_of_another_authority_and_tells_nothing_of_them(app: App) {
        let (app, upstream) = with_arena(&app).await;
        for identifier in ["theirs", "nobodys", "gone"] {
            app.person(identifier).await;
        }
        app.sql("UPDATE account SET authority = 'dgrh' WHERE identifier = $1", "theirs").await;
        app.sql("UPDATE account SET lookup_key = NULL, identifier = NULL WHERE identifier = $1", "gone").await;
        of_lyon(&app, "ours").await;
        app.sql("UPDATE account SET source_key = 'K' WHERE identifier = $1", "ours").await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let list = "NUMERO;NOM;IDENTIFIANT\n;Changé;theirs\n;Changé;nobodys\n;Changé;gone\nK;Changé;theirs\nK2;Changé;theirs\n";
        let page = imported(&app, &mut manager, list).await;
        let report = manager.get(&format!("{}/report.csv", page.address)).await;
        let rows: Vec<&str> = report.body.lines().skip(1).map(|row| row.split_once(';').unwrap().1).collect();
        assert!(rows[0].contains("ne peut pas être attribué"), "{rows:?}");
        assert!(rows[1] == rows[0] && rows[2] == rows[0], "whosever it is or was: {rows:?}");
        assert!(!report.body.contains("dgrh") && !report.body.contains("DGRH"));
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE family_name = 'Changé'").await, 0);
        let kept = "SELECT COUNT(*) FROM account WHERE authority IS NULL AND identifier = 'nobodys'";
        assert_eq!(app.count(kept).await, 1, "whom nobody looks after is not taken over by a list");
    }

    async fn a_list_sent_twice_is_one_and_started_twice_is_read_in_once(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let form = manager.get("/desk/lyon/imports").await;
        let first = send(&mut manager, &form, ("liste.csv", LIST.as_bytes())).await.location();
        let second = send(&mut manager, &form, ("liste.csv", LIST.as_bytes())).await.location();
        assert_eq!(first, second);
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list").await, 1);
        app.work_at_papers().await;
        let page = manager.get(&first.unwrap()).await;
        start(&mut manager, &page, "with").await;
        start(&mut manager, &page, "with").await;
        let other = app.another_node().await;
        let (one, two) = tokio::join!(app.work_at_papers(), other.work_at_papers());
        assert_eq!(one + two, 1, "one node at a time");
        start(&mut manager, &page, "with").await;
        assert_eq!(app.work_at_papers().await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM letter_batch").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE authority = 'lyon'").await, 2);
    }

    async fn a_node_that_dies_is_followed_by_another_which_goes_on_at_the_next_row(app: App) {
        const PEOPLE: i64 = 450;
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let page = brought(&app, &mut manager, &list_of(450)).await;
        start(&mut manager, &page, "with").await;
        let stop = CancellationToken::new();
        let dying = app.desk.work_at_papers(&stop);
        let some_are_done = async {
            while app.count("SELECT COUNT(*) FROM letter").await < 100 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        // Dropped where it stands, as by `kill -9`.
        tokio::select! {
            done = dying => panic!("{done:?}: it was to die before"),
            () = some_are_done => {}
        }
        let settled = app.count("SELECT done_line FROM people_list").await;
        assert!((101..451).contains(&settled), "{settled}");
        let other = app.another_node().await;
        assert_eq!(other.work_at_papers().await, 0, "its lease still holds");
        app.wait(121);
        assert_eq!(other.work_at_papers().await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE authority = 'lyon'").await, PEOPLE);
        assert_eq!(app.count("SELECT COUNT(*) FROM letter").await, PEOPLE, "none was issued twice");
        assert_eq!(app.count("SELECT COUNT(*) FROM unprinted_letter").await, PEOPLE);
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list_row WHERE run = 'imported' AND outcome = 'created'").await, PEOPLE);
        assert_eq!(app.count("SELECT COUNT(DISTINCT place) FROM letter").await, PEOPLE);
    }

    async fn an_orderly_stop_gives_the_list_back_at_once(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let page = brought(&app, &mut manager, &list_of(300)).await;
        start(&mut manager, &page, "without").await;
        let stop = CancellationToken::new();
        let cut = async {
            while app.count("SELECT done_line FROM people_list").await == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            stop.cancel();
        };
        let (worked, ()) = tokio::join!(app.desk.work_at_papers(&stop), cut);
        worked.unwrap();
        app.another_node().await.work_at_papers().await;
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list WHERE state = 'imported'").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM account WHERE authority = 'lyon'").await, 300);
        assert_eq!(app.count("SELECT COUNT(*) FROM letter").await, 0);
    }

    async fn nobody_else_sees_or_starts_a_list(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let page = brought(&app, &mut manager, LIST).await;
        let mut other = signed_in(&app, &upstream, "other", OTHER_MANAGER).await;
        let mut staff = signed_in(&app, &upstream, "staff", STAFF).await;
        let session = other.get("/desk/dgrh/imports").await.hidden("session");
        assert!(!other.get("/desk/dgrh/imports").await.body.contains("jurys de juin"));
        let theirs = page.address.replace("/lyon/", "/dgrh/");
        for below in ["", "/progress", "/report.csv"] {
            for address in [format!("{}{below}", page.address), format!("{theirs}{below}")] {
                assert_eq!(other.get(&address).await.status, 404, "{address}");
                assert_eq!(staff.get(&address).await.status, 404, "{address}");
            }
        }
        for below in ["/start", "/withdraw"] {
            let fields = [("session", session.as_str())];
            assert_eq!(other.post(&format!("{theirs}{below}"), &fields).await.status, 404);
            assert_eq!(other.post(&format!("{}{below}", page.address), &fields).await.status, 404);
        }
        let form = manager.get("/desk/lyon/imports").await;
        assert_eq!(send(&mut staff, &form, ("x.csv", LIST.as_bytes())).await.status, 404);
        assert_eq!(send(&mut other, &form, ("x.csv", LIST.as_bytes())).await.status, 404);
        let stranger = send(&mut app.browser(), &form, ("x.csv", LIST.as_bytes())).await;
        assert_eq!(stranger.status, 303, "asked to sign in");
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list").await, 1);
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list WHERE state = 'foreseen'").await, 1);
    }

    async fn a_list_put_aside_or_forgotten_leaves_no_file_and_old_reports_go(app: App) {
        let (app, upstream) = with_arena(&app).await;
        let mut manager = signed_in(&app, &upstream, "m", MANAGER).await;
        let page = brought(&app, &mut manager, LIST).await;
        let session = page.hidden("session");
        manager.post(&format!("{}/withdraw", page.address), &[("session", &session)]).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list_part").await, 0);
        start(&mut manager, &page, "with").await;
        assert_eq!(app.work_at_papers().await, 0, "it is aside");
        brought(&app, &mut manager, LIST).await;
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list_part").await, 1);
        app.wait(31 * DAY);
        app.janitor.sweep().await.unwrap();
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list_part").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list").await, 2, "what it would have done is still told");
        app.wait(335 * DAY);
        assert!(app.janitor.sweep().await.unwrap().of(Matter::Lists) > 2);
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list").await, 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM people_list_row").await, 0);
    }
}
