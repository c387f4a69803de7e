//! What became of the rows of a list, kept in words that any language can tell, and taken away as a file.

use std::collections::HashMap;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::Response;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::super::{Desk, Manager, PATH};
use super::{ListId, PeopleList, Run, store};
use crate::accounts::AccountId;
use crate::accounts::import::{self, ListedAddress, NewLetter, Refusal, RowReport};
use crate::audit::{self, Actor, Event};
use crate::config::Rank;
use crate::kit::page::Frame;
use crate::kit::problem::Problem;
use crate::kit::spreadsheet;
use crate::kit::visitor::Visitor;

/// How many rows are read and written at a time.
const STRIDE: i64 = 500;

/// What became of a row, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An account was made.
    Created,
    /// The person was known, and something changed.
    Updated,
    /// All was as it should be.
    Unchanged,
    /// Nothing was done.
    Refused,
}

impl Outcome {
    /// Each of them, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Refused, Self::Created, Self::Updated, Self::Unchanged];

    /// The word that stands for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
        }
    }

    pub(super) fn of_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word).unwrap_or(Self::Refused)
    }
}

/// What became of a row, as it is kept: it names nobody but by their account.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number in the file, from 1 on.
    pub number: u64,
    /// In a word.
    pub outcome: Outcome,
    /// Whose row it is; none while a dry run has not made it.
    pub account: Option<AccountId>,
    /// The number of the letter that was issued.
    pub letter: Option<String>,
    /// Whether a letter with a password is due, which is issued by hand alone.
    pub letter_by_hand: bool,
    /// What became of the mail address that it gives.
    pub address: ListedAddress,
    /// Why nothing was done.
    pub reason: Option<Reason>,
}

impl Line {
    pub(super) fn of(report: &RowReport) -> Self {
        let (outcome, settled) = match &report.outcome {
            import::Outcome::Created(settled) => (Outcome::Created, Ok(settled)),
            import::Outcome::Updated(settled) => (Outcome::Updated, Ok(settled)),
            import::Outcome::Unchanged(settled) => (Outcome::Unchanged, Ok(settled)),
            import::Outcome::Refused(refusal) => (Outcome::Refused, Err(refusal)),
        };
        let letter = match settled.map(|settled| &settled.letter) {
            Ok(NewLetter::Issued { number, .. }) => Some(number.to_string()),
            _ => None,
        };
        Self {
            number: report.line,
            outcome,
            account: settled.ok().and_then(|settled| settled.account.clone()),
            letter,
            letter_by_hand: settled.is_ok_and(|settled| settled.letter == NewLetter::ByHand),
            address: settled.map_or(ListedAddress::Followed, |settled| settled.address),
            reason: settled.err().map(Reason::of),
        }
    }
}

impl Line {
    /// What is to be known of the letter that did not come of it.
    #[must_use]
    pub fn letter_words(&self, frame: &Frame) -> Option<String> {
        self.letter_by_hand.then(|| frame.t("desk-row-letter-by-hand"))
    }

    /// What became of the mail address that it gives, where that is not what one expects.
    #[must_use]
    pub fn address_words(&self, frame: &Frame) -> Option<String> {
        match self.address {
            ListedAddress::Followed => None,
            ListedAddress::KeptConfirmed => Some(frame.t("desk-row-address-kept")),
            ListedAddress::Proposed => Some(frame.t("desk-row-address-proposed")),
        }
    }
}

/// Why a row was refused: a word, and what it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    word: String,
    first: String,
    second: String,
}

impl Reason {
    /// Every word.
    pub const WORDS: [&'static str; 13] = [
        "too-long",
        "encoding",
        "quotes",
        "width",
        "control",
        "long",
        "no-name",
        "no-key",
        "mail-address",
        "duplicate",
        "disagreement",
        "unavailable",
        "disabled",
    ];

    fn of(refusal: &Refusal) -> Self {
        let (word, first, second) = match refusal {
            Refusal::TooLong => ("too-long", String::new(), String::new()),
            Refusal::Encoding(name) => ("encoding", (*name).to_owned(), String::new()),
            Refusal::Quotes => ("quotes", String::new(), String::new()),
            Refusal::Width { found, expected } => ("width", found.to_string(), expected.to_string()),
            Refusal::Control(field) => ("control", field.clone(), String::new()),
            Refusal::Long { field, most } => ("long", field.clone(), most.to_string()),
            Refusal::NoName => ("no-name", String::new(), String::new()),
            Refusal::NoKey => ("no-key", String::new(), String::new()),
            Refusal::MailAddress => ("mail-address", String::new(), String::new()),
            Refusal::Duplicate(line) => ("duplicate", line.to_string(), String::new()),
            Refusal::Disagreement => ("disagreement", String::new(), String::new()),
            // Whose identifier it is or was, nobody is told here.
            Refusal::OtherAuthority(_) | Refusal::Unavailable | Refusal::Deleted(_) => {
                ("unavailable", String::new(), String::new())
            }
            Refusal::Disabled(_) => ("disabled", String::new(), String::new()),
        };
        Self { word: word.to_owned(), first, second }
    }

    pub(super) fn stored(&self) -> String {
        serde_json::json!([self.word, self.first, self.second]).to_string()
    }

    pub(super) fn read(stored: &str) -> Self {
        let [word, first, second]: [String; 3] = serde_json::from_str(stored).unwrap_or_default();
        Self { word, first, second }
    }

    /// In words.
    #[must_use]
    pub fn told(&self, frame: &Frame) -> String {
        let known = Self::WORDS.into_iter().find(|word| *word == self.word).unwrap_or("unavailable");
        frame.t2(&format!("desk-row-{known}"), "first", &self.first, "second", &self.second)
    }
}

/// `GET …/imports/{list}/report.csv`: a row for each row of the list.
pub async fn download(
    State(desk): State<Desk>,
    visitor: Visitor,
    Path((authority, list)): Path<(String, String)>,
) -> Response {
    let path = format!("{PATH}/{authority}/imports/{list}");
    let manager = match desk.visited_for(&visitor, (&authority, Rank::Manager), &path).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    match desk.begin_report(&visitor, manager, &ListId::from(list)).await {
        Ok(Some(report)) => report,
        Ok(None) => desk.problem(&visitor, Problem::NotFound),
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// A report on its way to a browser.
struct Report {
    desk: Desk,
    manager: Manager,
    frame: Frame,
    list: PeopleList,
    run: Run,
    after: u64,
    begun: bool,
}

impl Desk {
    async fn begin_report(
        &self,
        visitor: &Visitor,
        manager: Manager,
        id: &ListId,
    ) -> sqlx::Result<Option<Response>> {
        let mut transaction = self.0.database.write().await?;
        let within = &manager.authority().id;
        let Some(list) = store::by_id(&mut transaction, within, id).await? else { return Ok(None) };
        let actor = Actor::Manager(manager.acting(""));
        let (now, event) = (self.0.clock.now(), (Event::ReportTaken, id.as_str()));
        audit::record_under(&mut transaction, &self.0.rng, now, within, (None, &actor), event).await?;
        transaction.commit().await?;
        let foreseen = visitor.query.get("run") == Some(Run::Foreseen.word());
        let run = if foreseen { Run::Foreseen } else { list.run() };
        let frame = self.pages().frame(visitor);
        let name = format!("{}-{}.csv", frame.t("desk-report-file"), list.id);
        let report = Report { desk: self.clone(), manager, frame, list, run, after: 0, begun: false };
        let parts = stream::unfold(Some(report), |report| async move { report?.next().await });
        let mut response = Response::new(Body::from_stream(parts));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
            headers.insert(CONTENT_DISPOSITION, disposition);
        }
        Ok(Some(response))
    }

    /// Rows of a report after a line, with the identifiers of the people whom they name and who are there.
    pub(super) async fn rows_of(
        &self,
        manager: &Manager,
        (list, run): (&ListId, Run),
        outcome: Option<Outcome>,
        (after, most): (u64, i64),
    ) -> sqlx::Result<(Vec<Line>, HashMap<AccountId, String>)> {
        let mut connection = self.0.database.read().await?;
        let rows = store::rows(&mut connection, (list, run), outcome, (after, most)).await?;
        // A request holds one connection at a time.
        drop(connection);
        let people: Vec<AccountId> = rows.iter().filter_map(|row| row.account.clone()).collect();
        let identifiers = manager.people().identifiers(&people).await?;
        Ok((rows, identifiers))
    }
}

impl Report {
    async fn next(mut self) -> Option<(std::io::Result<Bytes>, Option<Self>)> {
        let mut out = Vec::new();
        if !self.begun {
            self.begun = true;
            // With the mark, spreadsheets read the accents.
            out.extend_from_slice("\u{feff}".as_bytes());
            let headings = self.frame.t("desk-report-headings");
            match spreadsheet::row(headings.split(';').map(str::trim)) {
                Ok(row) => out.extend_from_slice(&row),
                Err(error) => return Some((Err(std::io::Error::other(error)), None)),
            }
            return Some((Ok(Bytes::from(out)), Some(self)));
        }
        let read = self.desk.rows_of(&self.manager, (&self.list.id, self.run), None, (self.after, STRIDE));
        let (rows, identifiers) = match read.await {
            Ok(read) => read,
            Err(error) => return Some((Err(std::io::Error::other(error)), None)),
        };
        self.after = rows.last()?.number;
        for row in &rows {
            let identifier = row.account.as_ref().and_then(|id| identifiers.get(id));
            let fields = [
                row.number.to_string(),
                self.frame.t(&format!("desk-outcome-{}", row.outcome.word())),
                row.reason.as_ref().map(|reason| reason.told(&self.frame)).unwrap_or_default(),
                identifier.cloned().unwrap_or_default(),
                row.letter.clone().or_else(|| row.letter_words(&self.frame)).unwrap_or_default(),
                row.address_words(&self.frame).unwrap_or_default(),
            ];
            match spreadsheet::row(fields.iter().map(String::as_str)) {
                Ok(row) => out.extend_from_slice(&row),
                Err(error) => return Some((Err(std::io::Error::other(error)), None)),
            }
        }
        Some((Ok(Bytes::from(out)), Some(self)))
    }
}
