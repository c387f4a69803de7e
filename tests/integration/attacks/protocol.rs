//! What a certified client or a conformance suite would notice.

use axum::body::Body;
use http::Request;
use http::header::AUTHORIZATION;

use crate::on_both_engines;

on_both_engines! {
    async fn userinfo_under_another_scheme_is_asked_for_without_an_error(app: App) {
        let client = app.client("app");
        for value in ["Basic YTpi", "DPoP x", "Bearerx y"] {
            let request = Request::get("/userinfo").header(AUTHORIZATION, value);
            let answer = client.ask(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 401, "{value}");
            // RFC 6750 §3.1: no error code where no token was understood to be there.
            assert_eq!(answer.headers["www-authenticate"], "Bearer realm=\"guichet\"", "{value}");
        }
    }
}
