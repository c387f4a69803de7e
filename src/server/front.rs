//! What a connection asks: the router, and before it the answers that are the same for everyone.
//!
//! Discovery and the keys are asked for by everyone, all the time, and depend on nothing that a request holds. So
//! the router is asked for them once, guard included, and what it says is given again: as it is, or with the
//! body of the moment, where that can change while the process lives (the keys do, when they rotate).

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body as ResponseBody, Bytes};
use axum::response::Response;
use futures_util::future::Either;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use tower::{Service, ServiceExt};

use super::request_id::REQUEST_ID_HEADER;

/// A router with the answers in front that it need not be asked for again.
#[derive(Clone)]
pub struct Front {
    router: Router,
    still: Arc<HashMap<&'static str, Still>>,
}

/// A path whose answer depends on nothing in a request but that path: no query, no header, no cookie.
pub struct StillPath {
    path: &'static str,
    current: Option<CurrentBody>,
}

/// What gives the body of the moment, without waiting for anything.
type CurrentBody = Box<dyn Fn() -> Bytes + Send + Sync>;

/// An answer that is the same for everyone.
struct Still {
    headers: HeaderMap,
    body: Body,
}

enum Body {
    Unchanging(Bytes),
    Current(CurrentBody),
}

impl StillPath {
    /// One whose answer never changes while the process lives.
    #[must_use]
    pub const fn unchanging(path: &'static str) -> Self {
        Self { path, current: None }
    }

    /// One whose headers never change, and whose body is at each moment what `current` gives.
    pub fn current(path: &'static str, current: impl Fn() -> Bytes + Send + Sync + 'static) -> Self {
        Self { path, current: Some(Box::new(current)) }
    }
}

impl From<Router> for Front {
    /// A router all of whose answers are its own.
    fn from(router: Router) -> Self {
        Self { router, still: Arc::default() }
    }
}

impl Front {
    /// Asks the router for each of these paths, and keeps what answers 200.
    pub async fn with_still_answers(router: Router, paths: impl IntoIterator<Item = StillPath>) -> Self {
        let mut still = HashMap::new();
        for StillPath { path, current } in paths {
            let Ok(request) = Request::get(path).body(ResponseBody::empty()) else { continue };
            let Ok(answer) = router.clone().oneshot(request).await;
            let (mut parts, body) = answer.into_parts();
            parts.headers.remove(REQUEST_ID_HEADER);
            let (StatusCode::OK, Ok(body)) = (parts.status, body.collect().await) else { continue };
            let body = match current {
                None => Body::Unchanging(body.to_bytes()),
                Some(current) => {
                    // The length of that one; each gets its own where it is written out.
                    parts.headers.remove(CONTENT_LENGTH);
                    Body::Current(current)
                }
            };
            still.insert(path, Still { headers: parts.headers, body });
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
        let body = match &self.body {
            Body::Unchanging(body) => body.clone(),
            Body::Current(current) => current(),
        };
        let mut response = Response::new(ResponseBody::from(body));
        response.headers_mut().clone_from(&self.headers);
        response
    }
}
