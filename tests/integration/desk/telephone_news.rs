//! What the page of a call at the desk asks for again and again: a word that changes whenever something happened.

use super::people::{of_lyon, screen};
use super::telephone::{PAGE, alone, spoken, type_code};
use super::{MANAGER, signed_in};
use crate::on_both_engines;
use crate::recovery::ask;

on_both_engines! {
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
}
