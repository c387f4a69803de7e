//! Letters shown to be printed: one, or a batch as one document. Each is shown once.

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};

use super::super::{Desk, Manager, PATH};
use super::letter_path;
use super::pages::{BatchFault, LetterFault};
use crate::accounts::letters::{Bar, Printer, Stationery};
use crate::accounts::{BatchId, LetterNumber, LetterOfBatch, Sender};
use crate::audit::Acting;
use crate::config::{AuthorityId, DeskId, Rank, SecondManager};
use crate::kit::page::see_other;
use crate::kit::problem::Problem;
use crate::kit::visitor::Visitor;

/// How many letters are taken and written at a time: memory holds no more of a batch.
const STRIDE: i64 = 50;
/// What browsers say when they fetch a page that nobody asked for yet (Fetch, `Sec-Purpose`).
const PURPOSE: &str = "sec-purpose";
/// The page of letters has a stylesheet and a script of ours, and leads nowhere.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
);

/// `HEAD …/sheet`: a look at the headers alone shows nothing, and so must not use the sheet up.
pub async fn not_looked_at() -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}

/// `GET …/letters/{number}/sheet`: the letter, to whoever asked for it, once and within ten minutes.
pub async fn show_once(
    State(desk): State<Desk>,
    visitor: Visitor,
    headers: HeaderMap,
    Path((authority, number)): Path<(String, String)>,
) -> Response {
    if headers.contains_key(PURPOSE) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let path = format!("{PATH}/{authority}/letters/{number}");
    let manager = match desk.visited_for(&visitor, (&authority, Rank::Manager), &path).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    let Some(parsed) = LetterNumber::parse(&number) else {
        return desk.problem(&visitor, Problem::NotFound);
    };
    let issued = match desk.0.accounts.print_letter(&parsed, &manager.acting("")).await {
        Ok(Some(issued)) => issued,
        Ok(None) => {
            return desk.letter_page(&visitor, &manager, &number, Some(LetterFault::ShownBefore)).await;
        }
        Err(error) => return desk.broken(&visitor, &error),
    };
    let back = letter_path(&manager, &parsed);
    let sender = desk.sender_of(&issued.letter.authority, &issued.letter.desk);
    let written = sender.map_err(std::io::Error::other).and_then(|sender| {
        let mut printer = desk.printer(&visitor, sender, "desk-sheet-text", back)?;
        printer.write(&issued)?;
        printer.end()
    });
    match written {
        Ok(page) => document(Body::from(page)),
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// `POST …/batches/{batch}/print`: the letters of a batch that wait, as one document.
pub async fn print_batch(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, batch)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let path = format!("{PATH}/{authority}/letters/batches/{batch}");
    let (manager, _) = match desk.submitted(&visitor, &body, (&authority, Rank::Manager), &path).await {
        Ok(both) => both,
        Err(answer) => return *answer,
    };
    match desk.begin_document(&visitor, &manager, &BatchId::from(batch)).await {
        Ok(Some(document)) => document,
        // Nothing waits any more, or there is no such batch: its page says which.
        Ok(None) => see_other(&path, &[]),
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// A document on its way to a browser.
struct Document {
    desk: Desk,
    printer: Printer<Vec<u8>>,
    batch: BatchId,
    acting: Acting,
    all: u64,
    /// Letters that were taken and are not written yet.
    taken: Vec<LetterOfBatch>,
}

impl Desk {
    async fn begin_document(
        &self,
        visitor: &Visitor,
        manager: &Manager,
        id: &BatchId,
    ) -> Result<Option<Response>, DocumentError> {
        let Some((batch, _)) = manager.people().batch(id).await? else { return Ok(None) };
        // Whoever comes before it is complete would print a part, and not know.
        if batch.complete_at.is_none() {
            return Ok(None);
        }
        // Where one manager opens nothing alone, whoever chose the people does not read their passwords.
        let is_own = batch.asked_by == manager.account().id;
        if is_own && self.0.openings.second_manager == SecondManager::Always {
            return Ok(Some(self.batch_page(visitor, manager, id, Some(BatchFault::Own)).await));
        }
        let sender = self.sender_of(&batch.authority, &batch.desk).map_err(std::io::Error::other)?;
        let back = manager.path(&format!("/letters/batches/{id}"));
        let printer = self.printer(visitor, sender, "desk-sheets-text", back)?;
        let acting = manager.acting("");
        // The first letters are taken before anything is said: a fault still has its page.
        let taken = self.0.accounts.print_some(id, STRIDE, &acting).await?;
        if taken.is_empty() {
            return Ok(None);
        }
        let pages =
            Document { desk: self.clone(), printer, batch: id.clone(), acting, all: batch.letters, taken };
        let parts = stream::unfold(Some(pages), |pages| async move { pages?.next().await });
        Ok(Some(document(Body::from_stream(parts))))
    }

    fn sender_of(
        &self,
        authority: &AuthorityId,
        desk: &DeskId,
    ) -> Result<Sender, crate::accounts::SenderError> {
        self.0.accounts.sender(Some(authority.as_str()), Some(desk.as_str()))
    }

    fn printer(
        &self,
        visitor: &Visitor,
        sender: Sender,
        text: &str,
        back_href: String,
    ) -> std::io::Result<Printer<Vec<u8>>> {
        let (pages, frame) = (self.pages(), self.pages().frame(visitor));
        let bar = Bar {
            language: visitor.locale.tag(),
            text: frame.t(text),
            print: frame.t("desk-sheet-print"),
            back: frame.t("desk-sheet-back"),
            back_href,
        };
        let stationery = Stationery::new(pages.site(), pages.texts(), &self.0.public_url, &self.0.door);
        Printer::begin_page(Vec::new(), stationery, sender, bar)
    }
}

/// Why a document was not begun.
#[derive(Debug, thiserror::Error)]
enum DocumentError {
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    #[error("the letters could not be written: {0}")]
    Written(#[from] std::io::Error),
}

impl Document {
    /// The next part of the document, and what is still to come: no letter is taken before the part that shows it is
    /// asked for, so that a browser that goes away leaves the others to be printed.
    async fn next(mut self) -> Option<(std::io::Result<Bytes>, Option<Self>)> {
        if self.taken.is_empty() {
            match self.desk.0.accounts.print_some(&self.batch, STRIDE, &self.acting).await {
                Ok(more) if more.is_empty() => return Some((self.printer.end().map(Bytes::from), None)),
                Ok(more) => self.taken = more,
                Err(error) => {
                    tracing::error!(batch = %self.batch, %error, "a batch was printed in part");
                    return Some((Err(std::io::Error::other(error)), None));
                }
            }
        }
        for letter in std::mem::take(&mut self.taken) {
            if let Err(error) = self.printer.write_at(&letter.issued, Some((letter.place, self.all))) {
                return Some((Err(error), None));
            }
        }
        let part = std::mem::take(self.printer.inner());
        Some((Ok(Bytes::from(part)), Some(self)))
    }
}

fn document(body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    response
}
