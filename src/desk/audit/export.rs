//! What was done, as a file: read and sent piece by piece, whatever its length.

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::Chosen;
use crate::audit::{self, Cursor, Event, Filter, Noted};
use crate::config::Rank;
use crate::database::Database;
use crate::desk::{Desk, PATH};
use crate::kit::problem::Problem;
use crate::kit::spreadsheet;
use crate::kit::visitor::Visitor;

/// How many events are read at once.
const PIECE: i64 = 1_000;
/// The columns of the table.
const COLUMNS: [&str; 10] =
    ["at", "event", "account", "actor", "actor_id", "detail", "reason", "id", "seq", "seal"];

/// As what the file is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// For a spreadsheet.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl Format {
    fn of_word(word: &str) -> Option<Self> {
        match word {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::JsonLines),
            _ => None,
        }
    }

    const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::JsonLines => "application/jsonl; charset=utf-8",
        }
    }

    /// What stands before the first event. The mark tells spreadsheets that it is UTF-8.
    fn head(self) -> Result<Vec<u8>, std::io::Error> {
        match self {
            Self::Csv => Ok([b"\xef\xbb\xbf".as_slice(), &spreadsheet::row(COLUMNS)?].concat()),
            Self::JsonLines => Ok(Vec::new()),
        }
    }

    fn line(self, event: &Noted) -> Result<Vec<u8>, std::io::Error> {
        match self {
            Self::Csv => {
                let at = jiff::Timestamp::from_second(event.at).unwrap_or_default().to_string();
                let seq = event.seq.map(|seq| seq.to_string()).unwrap_or_default();
                let text = |text: &Option<String>| text.clone().unwrap_or_default();
                let (account, actor_id) = (text(&event.account_id), text(&event.actor_id));
                let (reason, seal) = (text(&event.reason), text(&event.seal));
                let fields = [
                    &at,
                    &event.kind,
                    &account,
                    &event.actor,
                    &actor_id,
                    &event.detail,
                    &reason,
                    &event.id,
                    &seq,
                    &seal,
                ];
                Ok(spreadsheet::row(fields.map(String::as_str))?)
            }
            Self::JsonLines => {
                let mut line = serde_json::to_vec(event)?;
                line.push(b'\n');
                Ok(line)
            }
        }
    }
}

/// `POST /desk/{authority}/audit/export`
///
/// That it was taken away is noted before the first byte leaves.
pub async fn export(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path(authority): Path<String>,
    body: Bytes,
) -> Response {
    let path = format!("{PATH}/{authority}/audit");
    let (manager, form) = match desk.submitted(&visitor, &body, (&authority, Rank::Supervisor), &path).await {
        Ok(submitted) => submitted,
        Err(answer) => return *answer,
    };
    let Some(format) = form.get("format").and_then(Format::of_word) else {
        return desk.problem(&visitor, Problem::BadRequest);
    };
    let chosen = match desk.chosen(&manager, &form).await {
        Ok(chosen) => chosen,
        Err(error) => return desk.broken(&visitor, &error),
    };
    let event = (Event::AuditExported, &*detail_of(format, &chosen));
    if let Err(error) = manager.note("", chosen.person.as_ref(), event).await {
        return desk.broken(&visitor, &error);
    }
    file(format, &authority, desk.0.database.clone(), chosen.filter)
}

/// Format and choice, in words that name nobody: whom it is about stands in a column of its own.
fn detail_of(format: Format, chosen: &Chosen) -> String {
    let typed = &chosen.typed;
    let parts = [format.extension(), &typed.kind, &typed.from, &typed.to];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// How far a file is.
enum Progress {
    /// Nothing of it was sent.
    Begun,
    /// It goes on behind an event.
    Behind(Cursor),
    /// All of it was sent.
    Done,
}

fn file(format: Format, authority: &str, database: Database, filter: Filter) -> Response {
    let state = (Progress::Begun, database, filter);
    let pieces = try_unfold(state, move |(progress, database, filter)| async move {
        let behind = match progress {
            Progress::Begun => None,
            Progress::Behind(cursor) => Some(cursor),
            Progress::Done => return Ok(None),
        };
        let (piece, progress) = piece(format, &database, &filter, behind).await?;
        Ok::<_, std::io::Error>(Some((piece, (progress, database, filter))))
    });
    let mut response = Body::from_stream(pieces).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let name = format!("attachment; filename=\"audit-{authority}.{}\"", format.extension());
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}

/// One piece of the file, and how far that is.
async fn piece(
    format: Format,
    database: &Database,
    filter: &Filter,
    behind: Option<Cursor>,
) -> Result<(Vec<u8>, Progress), std::io::Error> {
    let mut bytes = if behind.is_none() { format.head()? } else { Vec::new() };
    let read = async {
        let mut connection = database.read().await?;
        audit::noted(&mut connection, filter, behind.as_ref(), PIECE).await
    };
    let events = read.await.map_err(|error: sqlx::Error| {
        tracing::error!(%error, "an export of the audit broke off");
        std::io::Error::other("the audit could not be read")
    })?;
    for event in &events {
        bytes.extend(format.line(event)?);
    }
    let is_full = i64::try_from(events.len()).is_ok_and(|number| number == PIECE);
    let next = events.last().filter(|_| is_full);
    Ok((bytes, next.map_or(Progress::Done, |last| Progress::Behind(Cursor::behind(last)))))
}
