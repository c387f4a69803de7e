//! Clients told through the browser that a session ended (Front-Channel Logout 1.0).

use guichet::config::LogoutChannel;

use super::{Granted, PERSON, form_encoded, grant, grant_again};
use crate::on_both_engines;
use crate::support::App;
use crate::support::app::ISSUER;
use crate::support::browser::Page;
use crate::support::client::claims;

const BACK: &str = "https://app.example/signed-out";

/// The installation with two clients that listen through the browser: "app" wants to know which session.
async fn listening(app: &App) -> App {
    app.restarted_with(|settings| {
        for client in &mut settings.clients {
            client.frontchannel_logout = match client.client_id.as_str() {
                "app" => Some(LogoutChannel {
                    uri: "https://app.example/frame?x=1".parse().unwrap(),
                    session_required: true,
                }),
                "post" => Some(LogoutChannel {
                    uri: "https://post.example/out".parse().unwrap(),
                    session_required: false,
                }),
                _ => None,
            };
        }
    })
    .await
}

/// A session in which both clients have tokens.
async fn granted(app: &App) -> Granted {
    let mut granted = grant(app, "app", "openid").await;
    let post = app.client("post");
    let page = granted.browser.get(&post.authorization(&[])).await;
    assert_eq!(post.redeem(&page).await.status, 200);
    granted
}

fn frames(page: &Page) -> Vec<String> {
    let frames = page.body.split("<iframe").skip(1);
    let address = |frame: &str| frame.split_once("src=\"").unwrap().1.split('"').next().unwrap().to_owned();
    frames.map(|frame| address(frame).replace("&#38;", "&").replace("&amp;", "&")).collect()
}

on_both_engines! {
    async fn each_client_of_the_session_has_a_frame_and_then_the_browser_goes_on(app: App) {
        let app = listening(&app).await;
        let mut granted = granted(&app).await;
        let hint = granted.id_token();
        let sid = claims(&hint)["sid"].as_str().unwrap().to_owned();
        let query = form_encoded(&[
            ("id_token_hint", &hint),
            ("post_logout_redirect_uri", BACK),
            ("state", "a\"b;c"),
        ]);
        let page = granted.browser.get(&format!("/logout?{query}")).await;
        assert_eq!((page.status.as_u16(), page.location()), (200, None));
        let told = form_encoded(&[("iss", ISSUER), ("sid", &sid)]);
        assert_eq!(
            frames(&page),
            [format!("https://app.example/frame?x=1&{told}"), "https://post.example/out".to_owned()]
        );
        let policy = page.header("content-security-policy");
        assert!(policy.contains(" frame-src https://app.example https://post.example;"), "{policy}");
        // Without script, after a moment; by the script, when the frames have loaded; by hand at any time.
        let next = format!("{BACK}?state=a%22b%3Bc");
        assert_eq!(page.header("refresh"), format!("3;url={next}"));
        assert_eq!(page.link_to(BACK), next);
        assert!(page.body.contains("id=\"signed-out-continue\""));
        assert!(!granted.browser.cookies.contains_key("__Host-guichet-session"));
    }

    async fn a_pairwise_client_is_told_its_own_name_of_the_session(app: App) {
        let app = app.restarted_with(|settings| {
            let client = settings.clients.iter_mut().find(|client| client.client_id == "pairwise").unwrap();
            let uri = "https://pairwise.example/frame".parse().unwrap();
            client.frontchannel_logout = Some(LogoutChannel { uri, session_required: true });
        }).await;
        let mut granted = grant(&app, "pairwise", "openid").await;
        let hint = granted.id_token();
        let told = form_encoded(&[("iss", ISSUER), ("sid", claims(&hint)["sid"].as_str().unwrap())]);
        let page = granted.browser.get(&format!("/logout?id_token_hint={hint}")).await;
        assert_eq!(frames(&page), [format!("https://pairwise.example/frame?{told}")]);
    }

    async fn without_an_address_the_page_stays(app: App) {
        let app = listening(&app).await;
        let mut granted = granted(&app).await;
        let decision = granted.browser.get("/logout").await.hidden("decision");
        let page = granted.browser.post("/logout", &[("decision", &decision)]).await;
        assert_eq!(frames(&page).len(), 2);
        assert_eq!(page.header("refresh"), "");
        assert!(page.body.contains("Vous pouvez fermer cette page"));
        assert_eq!(page.header("cache-control"), "no-store");
    }

    async fn no_session_no_frames(app: App) {
        let app = listening(&app).await;
        let mut granted = granted(&app).await;
        let hint = granted.id_token();
        let address = format!("/logout?id_token_hint={hint}");
        assert_eq!(frames(&granted.browser.get(&address).await).len(), 2);
        let again = granted.browser.get(&address).await;
        assert!(frames(&again).is_empty());
        assert!(!again.header("content-security-policy").contains("frame-src"));
        // The page that asks has none either: nothing has ended yet.
        let other = grant_again(&app, "app", "openid").await.browser.get("/logout").await;
        assert!(frames(&other).is_empty());
    }

    async fn an_address_that_would_cut_the_policy_off_switches_nobody_off(app: App) {
        app.person(PERSON).await;
        for evil in ["https://x;y.example/out", "https://x;sandbox/", "https://x,y.example/out"] {
            let app = listening(&app).await.restarted_with(|settings| {
                let app = settings.clients.iter_mut().find(|client| client.client_id == "app").unwrap();
                app.frontchannel_logout.as_mut().unwrap().uri = evil.parse().unwrap();
            }).await;
            let mut granted = grant_again(&app, "app", "openid").await;
            let post = app.client("post");
            post.redeem(&granted.browser.get(&post.authorization(&[])).await).await;
            let page = granted.browser.get(&format!("/logout?id_token_hint={}", granted.id_token())).await;
            let policy = page.header("content-security-policy");
            assert!(policy.contains(" frame-src https://post.example;"), "{policy}");
            assert!(!policy.contains("sandbox") && !policy.contains(','), "{policy}");
        }
    }

    async fn a_client_without_tokens_of_the_session_has_no_frame(app: App) {
        let app = listening(&app).await;
        let mut granted = grant(&app, "app", "openid").await;
        granted.browser.get(&app.client("post").authorization(&[])).await.code();
        let hint = granted.id_token();
        let page = granted.browser.get(&format!("/logout?id_token_hint={hint}")).await;
        assert_eq!(frames(&page).len(), 1);
    }
}
