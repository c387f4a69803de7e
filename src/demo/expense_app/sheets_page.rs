//! The page of a person's expense sheets, and its forms.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;

use crate::kit::page::see_other;
use crate::kit::parameters::Parameters;
use crate::kit::visitor::Visitor;

use super::App;
use super::api_client::CallError;
use super::browser::Cookie;
use super::pages::{Forms, Frame, Notice, respond};
use super::sessions::{NoLiveToken, Session};
use super::sheet::{CENTS_A_KILOMETRE, CENTS_A_MEAL, Claim, Day, Draft, Field, Sheet, Status};
use super::sign_in::SILENT_SIGN_IN;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/sheets", get(show_sheets).post(write_sheet))
        .route("/sheets/{id}/submit", post(submit_sheet))
}

#[derive(Template)]
#[template(path = "demo/sheets.html")]
struct SheetsPage {
    frame: Frame,
    sheets: Vec<Sheet>,
    /// What all sheets come to, in euro cents.
    total: u32,
    /// What was typed, when it was refused.
    draft: Draft,
    faults: Vec<Field>,
    today: Day,
}

impl SheetsPage {
    fn is_wrong(&self, field: Field) -> bool {
        self.faults.contains(&field)
    }

    /// Whether this field is where the person should go on.
    fn is_next(&self, field: Field) -> bool {
        self.faults.first() == Some(&field)
    }
}

/// Why a page of sheets cannot be shown.
enum Obstacle {
    /// The browser has no session, or its grant has ended.
    NotSignedIn,
    /// Something to be told.
    Told(Notice),
}

async fn show_sheets(State(app): State<Arc<App>>, visitor: Visitor) -> Response {
    let shown = async {
        let session = app.signed_in(&visitor).await?;
        app.sheets_page(&visitor, &session, Draft::default(), Vec::new()).await
    };
    app.or_obstacle(&visitor, shown.await)
}

async fn write_sheet(State(app): State<Arc<App>>, visitor: Visitor, body: Bytes) -> Response {
    let written = async {
        let session = app.signed_in(&visitor).await?;
        let draft = read_draft(&Parameters::parse(&body));
        match Claim::parse(&draft, Day::of(app.clock.now())) {
            Ok(claim) => {
                app.api.write(&session.tokens.access_token, &claim).await?;
                Ok(see_other("/sheets", &[]))
            }
            Err(faults) => app.sheets_page(&visitor, &session, draft, faults).await,
        }
    };
    app.or_obstacle(&visitor, written.await)
}

async fn submit_sheet(State(app): State<Arc<App>>, Path(id): Path<String>, visitor: Visitor) -> Response {
    let submitted = async {
        let session = app.signed_in(&visitor).await?;
        app.api.submit(&session.tokens.access_token, &id.into()).await?;
        Ok(see_other("/sheets", &[]))
    };
    app.or_obstacle(&visitor, submitted.await)
}

impl App {
    /// The session of a browser, its access token renewed when it is about to end.
    async fn signed_in(self: &Arc<Self>, visitor: &Visitor) -> Result<Session, Obstacle> {
        let id = self.cookies.read(visitor, Cookie::Session);
        let session = self.sessions.find(id).await.map_err(NoLiveToken::Store)?;
        let session = session.ok_or(Obstacle::NotSignedIn)?;
        if !session.needs_renewal(self.clock.now()) {
            return Ok(session);
        }
        // On a task of its own: if the browser leaves meanwhile, the renewed tokens are stored all the same.
        let app = Arc::clone(self);
        let renewal =
            tokio::spawn(async move { app.sessions.renew(&app.relying_party, &session.id_hash).await });
        Ok(renewal.await.map_err(|_| Obstacle::Told(Notice::AppUnavailable))??)
    }

    async fn sheets_page(
        &self,
        visitor: &Visitor,
        session: &Session,
        draft: Draft,
        faults: Vec<Field>,
    ) -> Result<Response, Obstacle> {
        let sheets = self.api.sheets(&session.tokens.access_token).await?;
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let page = SheetsPage {
            frame: self.pages.frame(visitor, Some(&session.person)),
            total: sheets.iter().fold(0, |total: u32, sheet| total.saturating_add(sheet.amount_cents)),
            sheets,
            draft,
            faults,
            today: Day::of(self.clock.now()),
        };
        Ok(respond(visitor.locale, Forms::LeadAway, status, &page))
    }

    fn or_obstacle(&self, visitor: &Visitor, outcome: Result<Response, Obstacle>) -> Response {
        match outcome {
            Ok(response) => response,
            // Once: whoever the provider does not know lands on the home page, which asks nothing by itself.
            Err(Obstacle::NotSignedIn) => see_other(SILENT_SIGN_IN, &[self.cookies.clear(Cookie::Session)]),
            Err(Obstacle::Told(notice)) => self.notice(visitor, notice),
        }
    }
}

impl From<NoLiveToken> for Obstacle {
    fn from(reason: NoLiveToken) -> Self {
        match reason {
            NoLiveToken::SignInAgain => Self::NotSignedIn,
            NoLiveToken::ProviderUnavailable(error) => {
                tracing::warn!(%error, "a session could not be renewed");
                Self::Told(Notice::ProviderUnavailable)
            }
            NoLiveToken::Store(error) => {
                tracing::error!(%error, "the sessions could not be read");
                Self::Told(Notice::AppUnavailable)
            }
        }
    }
}

impl From<CallError> for Obstacle {
    fn from(error: CallError) -> Self {
        tracing::warn!(%error, "a call to the API failed");
        match error {
            // Not back to the sign-in by itself: if a fresh token is refused too, that would never end.
            CallError::TokenRefused => Self::Told(Notice::TokenRefused),
            CallError::NoSuchSheet => Self::Told(Notice::NotFound),
            CallError::Unexpected(_) | CallError::NoAnswer(_) | CallError::Unreadable(_) => {
                Self::Told(Notice::AppUnavailable)
            }
        }
    }
}

fn read_draft(form: &Parameters) -> Draft {
    // What is shown again is cut: no form of ours sends more.
    let field = |field: Field| form.get(field.name()).unwrap_or_default().chars().take(200).collect();
    Draft {
        exam_centre: field(Field::ExamCentre),
        date: field(Field::Date),
        kilometres: field(Field::Kilometres),
        meals: field(Field::Meals),
    }
}
