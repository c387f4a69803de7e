//! The desk's side of a call: what its page hears, and for which request of which person a code is spoken.

use super::people::{of_lyon, screen};
use super::telephone::{PAGE, alone, spoken, type_code};
use super::{MANAGER, signed_in};
use crate::on_both_engines;
use crate::recovery::{CHOSEN, ask, case_of};

on_both_engines! {
    async fn a_code_is_spoken_for_the_request_of_this_person_and_the_codes_that_were_compared(app: App) {
        let (app, upstream) = alone(&app).await;
        let account = of_lyon(&app, "pleroux").await;
        of_lyon(&app, "odupont").await;
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        let (mut caller, mut elsewhere) = (app.browser(), app.browser());
        ask(&mut caller, "pleroux").await;
        let theirs = case_of(&ask(&mut elsewhere, "odupont").await).expect("a case");
        let page = format!("{}/telephone", screen(&account));
        let shown = manager.get(&page).await;
        let (case, attempt) = (shown.hidden("case"), shown.hidden("attempt"));
        let next = (attempt.parse::<i64>().unwrap() + 1).to_string();
        for (case, attempt) in [(&theirs, &attempt), (&case, &next), (&theirs, &next)] {
            let fields = [
                ("session", shown.hidden("session")),
                ("seen", shown.hidden("seen")),
                ("case", case.clone()),
                ("attempt", attempt.clone()),
                ("codes-match", "yes".to_owned()),
                ("identity-checked", "yes".to_owned()),
            ];
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let refused = manager.post(&shown.form_action(), &fields).await;
            assert_eq!(refused.status, 409, "{case} {attempt}: {}", refused.body);
        }
        let codes = "SELECT COUNT(*) FROM recovery_case WHERE code_expires_at IS NOT NULL";
        assert_eq!(app.count(codes).await, 0, "nobody has a code");
        spoken(&mut manager, &account).await;
        assert_eq!(app.count(codes).await, 1);
    }

    async fn each_step_of_a_call_is_news_at_the_desk_and_nothing_else_is(app: App) {
        let (app, upstream) = alone(&app).await;
        let account = of_lyon(&app, "pleroux").await;
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        let mut colleague = signed_in(&app, &upstream, "colleague", MANAGER).await;
        let page = format!("{}/telephone", screen(&account));
        let mut heard = Vec::new();
        let mut hear = async |step: &str| {
            let news = colleague.get(&format!("{page}/news")).await;
            assert_eq!((news.status.as_u16(), news.header("cache-control")), (200, "no-store".to_owned()));
            assert!(!heard.contains(&news.body), "{step}: {} after {heard:?}", news.body);
            assert_eq!(colleague.get(&format!("{page}/news")).await.body, news.body, "{step}: nothing happened");
            heard.push(news.body);
        };
        hear("nobody asked").await;
        let mut caller = app.browser();
        ask(&mut caller, "pleroux").await;
        hear("somebody waits").await;
        let code = spoken(&mut manager, &account).await;
        hear("a code was spoken, by a manager").await;
        assert_eq!(type_code(&mut caller, &code).await.status, 303);
        hear("it was typed").await;
        app.wait(3_600);
        assert_eq!(caller.get(PAGE).await.status, 200, "it is too late, and the call begins anew");
        let anew = spoken(&mut manager, &account).await;
        assert_ne!(anew, code);
        hear("the next one was spoken").await;
    }

    async fn who_chose_a_password_by_telephone_is_told_so_at_the_address_that_waits(app: App) {
        let app = app.with_mail().await;
        let (app, upstream) = alone(&app).await;
        let account = of_lyon(&app, "pleroux").await;
        app.sql("UPDATE account SET email = NULL, pending_email = 'waits@example.org' WHERE id = $1", account.id.as_str()).await;
        let mut manager = signed_in(&app, &upstream, "chantal", MANAGER).await;
        let mut caller = app.browser();
        ask(&mut caller, "pleroux").await;
        let code = spoken(&mut manager, &account).await;
        let proven = type_code(&mut caller, &code).await;
        let form = caller.follow(proven).await;
        let done = caller.submit(&form.form_action(), &[("new-password", CHOSEN)]).await;
        assert!(done.status.is_success() || done.status.is_redirection(), "{} {}", done.status, done.body);
        let mails = app.kinds_of_mails("waits@example.org").await;
        assert_eq!(mails.iter().filter(|kind| *kind == "password-changed").count(), 1, "{mails:?}");
    }
}
