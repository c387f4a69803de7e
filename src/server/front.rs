//! What a connection asks: the router, and before it the answers that never change.
//!
//! Discovery and the keys are asked for by everyone, all the time, and are the same as long as the
//! process lives. So the router is asked for them once, guard included, and what it says is given again.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::future::Either;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use tower::{Service, ServiceExt};

use super::request_id::REQUEST_ID_HEADER;

/// A router with its unchanging answers in front.
#[derive(Clone)]
pub struct Front {
    router: Router,
    still: Arc<HashMap<&'static str, Still>>,
}

/// An answer that is the same each time.
struct Still {
    headers: HeaderMap,
    body: Bytes,
}

impl From<Router> for Front {
    /// A router all of whose answers are its own.
    fn from(router: Router) -> Self {
        Self { router, still: Arc::default() }
    }
}

impl Front {
    /// Asks the router for each of these paths, and keeps what answers 200.
    ///
    /// Only for what depends on nothing in a request but its path: no query, no header, no cookie.
    pub async fn with_still_answers(router: Router, paths: &[&'static str]) -> Self {
        let mut still = HashMap::new();
        for path in paths {
            let Ok(request) = Request::get(*path).body(Body::empty()) else { continue };
            let Ok(answer) = router.clone().oneshot(request).await;
            let (mut parts, body) = answer.into_parts();
            parts.headers.remove(REQUEST_ID_HEADER);
            if let (StatusCode::OK, Ok(body)) = (parts.status, body.collect().await) {
                still.insert(*path, Still { headers: parts.headers, body: body.to_bytes() });
            }
        }
        Self { router, still: Arc::new(still) }
    }

    /// Answers a request.
    pub(super) fn answer<B>(
        &self,
        request: Request<B>,
    ) -> Either<
        Ready<Result<Response, Infallible>>,
        impl Future<Output = Result<Response, Infallible>> + use<B>,
    >
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        if request.method() == Method::GET
            && let Some(still) = self.still.get(request.uri().path())
        {
            return Either::Left(ready(Ok(still.again())));
        }
        Either::Right(self.router.clone().call(request))
    }
}

impl Still {
    fn again(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        response.headers_mut().clone_from(&self.headers);
        response
    }
}
