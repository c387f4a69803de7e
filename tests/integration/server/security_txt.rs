//! To whom a weakness is reported (RFC 9116).

use crate::support::App;

const PATH: &str = "/.well-known/security.txt";

#[tokio::test]
async fn the_configured_contact_is_told_with_an_end_within_a_year() {
    let contact = [("SITE__SECURITY_CONTACT", "mailto:securite@example.org")];
    let app = App::start_with(None, &contact).await;
    let page = app.browser().get(PATH).await;
    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (200, "text/plain; charset=utf-8".to_owned())
    );
    assert_eq!(
        page.body,
        "Contact: mailto:securite@example.org\nExpires: 2027-07-14T08:00:00Z\nPreferred-Languages: fr, en\n\
         Canonical: https://id.test/.well-known/security.txt\n"
    );
    app.wait(86_400);
    assert!(app.browser().get(PATH).await.body.contains("Expires: 2027-07-15T08:00:00Z"));
}

#[tokio::test]
async fn without_a_contact_there_is_no_such_file() {
    assert_eq!(App::start(None).await.browser().get(PATH).await.status, 404);
}
