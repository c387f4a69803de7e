//! What was counted of an authority, for supervisors: drawn, and in tables.
//!
//! It is read from the counts alone, in which nobody is named; they are exact once an event is sealed, a moment after it.

pub mod drawing;
pub mod pages;
mod span;

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use jiff::civil::Date;

use super::audit::pages::refusal_key;
use super::pages::{DeskFrame, Section};
use super::{Desk, Manager};
use crate::audit::{self, DailyCount, Event, Refusal, door_and_proof};
use crate::config::{Door, Rank};
use crate::kit::dates::local;
use crate::kit::page::Frame;
use crate::kit::parameters::with_query;
use crate::kit::visitor::Visitor;
use pages::{Chart, Row, SpanChoice, StatisticsPage, Total};
use span::{Bucket, Span};

/// In the address: how far back.
const SPAN: &str = "span";
/// The count of what waits stops here.
const MOST_WAITING: i64 = 10_000;

/// The pages of this part of the desk.
pub(super) fn routes() -> Router<Desk> {
    Router::new().route("/desk/{authority}/statistics", get(show))
}

/// `GET /desk/{authority}/statistics`
pub async fn show(State(desk): State<Desk>, visitor: Visitor, Path(authority): Path<String>) -> Response {
    let manager = match desk.visited(&visitor, (&authority, Rank::Supervisor)).await {
        Ok(manager) => manager,
        Err(answer) => return *answer,
    };
    match desk.statistics(&visitor, &manager).await {
        Ok(page) => desk.pages().respond(&visitor, StatusCode::OK, &page).into_response(),
        Err(error) => desk.broken(&visitor, &error),
    }
}

/// What one chart shows, before it is drawn.
struct Figures {
    id: &'static str,
    /// The names of what is counted, and how often it happened in each bucket.
    series: Vec<(String, Vec<i64>)>,
}

impl Desk {
    async fn statistics(&self, visitor: &Visitor, manager: &Manager) -> sqlx::Result<StatisticsPage> {
        let frame = self.pages().frame(visitor);
        let today = local(self.0.clock.now(), &frame.site.time_zone).date();
        let span = visitor.query.get(SPAN).and_then(Span::of_word).unwrap_or(Span::Days);
        let buckets = span.buckets(today, self.0.letters.season_ends);
        let first = buckets.first().map_or(today, |bucket| bucket.first).to_string();
        let mut connection = self.0.database.read().await?;
        let authority = &manager.authority().id;
        let days = (first.as_str(), &*today.to_string());
        let counts = audit::daily_counts(&mut connection, authority, days).await?;
        drop(connection);
        let waiting = manager.people().count_open_cases(MOST_WAITING).await?;
        let address = manager.path("/statistics");
        let choice = |one: Span| SpanChoice {
            key: one.text_key(),
            href: with_query(&address, &[(SPAN, one.word())]),
            is_chosen: one == span,
        };
        let counted = Counted { counts: &counts, buckets: &buckets };
        let figures = [
            self.sign_ins(&frame, &counted),
            Figures {
                id: "letters",
                series: vec![
                    (frame.t("statistics-letters-issued"), counted.of(Event::LetterIssued, None)),
                    (frame.t("statistics-letters-used"), counted.of(Event::LetterUsed, None)),
                ],
            },
            Figures {
                id: "failures",
                series: Refusal::ALL
                    .map(|refusal| {
                        let numbers = counted.of(Event::SignInFailed, Some(refusal.word()));
                        (frame.t(&refusal_key(refusal)), numbers)
                    })
                    .into(),
            },
            Figures {
                id: "cases",
                series: vec![
                    (frame.t("statistics-cases-asked"), counted.of(Event::RecoveryAsked, None)),
                    (frame.t("statistics-cases-reset"), counted.of(Event::PasswordReset, None)),
                ],
            },
        ];
        let charts = figures.into_iter().map(|figures| chart(&frame, span, &buckets, figures)).collect();
        Ok(StatisticsPage {
            desk: DeskFrame::new(manager, Section::Statistics),
            spans: Span::ALL.map(choice).into(),
            unit_key: span.unit_key(),
            waiting: u64::try_from(waiting).unwrap_or_default(),
            charts,
            frame,
        })
    }

    /// Sign-ins by door, in the order of the doors; those of before it was noted, or of doors that are no more, together.
    fn sign_ins(&self, frame: &Frame, counted: &Counted<'_>) -> Figures {
        let doors = self.0.situations.iter().filter(|door| !matches!(door.door, Door::Elsewhere { .. }));
        let mut series: Vec<_> = doors
            .map(|door| {
                let is_this = |detail: &str| door_and_proof(detail).is_some_and(|(id, _)| id == door.id);
                (door.title.get(frame.locale).to_owned(), counted.where_detail(Event::SignedIn, is_this))
            })
            .collect();
        let all = counted.of(Event::SignedIn, None);
        let known = |at: usize| series.iter().map(|(_, numbers)| numbers[at]).sum::<i64>();
        let others: Vec<i64> = all.iter().enumerate().map(|(at, all)| all - known(at)).collect();
        if others.iter().any(|number| *number > 0) {
            series.push((frame.t("statistics-other-doors"), others));
        }
        Figures { id: "sign-ins", series }
    }
}

/// The counts of a time, asked by what happened.
struct Counted<'a> {
    counts: &'a [DailyCount],
    buckets: &'a [Bucket],
}

impl Counted<'_> {
    /// How often something happened in each bucket, whatever its detail or with this one.
    fn of(&self, event: Event, detail: Option<&str>) -> Vec<i64> {
        self.where_detail(event, |known| detail.is_none_or(|detail| detail == known))
    }

    fn where_detail(&self, event: Event, fits: impl Fn(&str) -> bool) -> Vec<i64> {
        let mut by_day: BTreeMap<&str, i64> = BTreeMap::new();
        for count in self.counts.iter().filter(|count| count.kind == event.word() && fits(&count.detail)) {
            *by_day.entry(&count.day).or_default() += count.number;
        }
        let in_bucket = |bucket: &Bucket| {
            let is_in = |day: &str| day.parse::<Date>().is_ok_and(|day| bucket.holds(day));
            by_day.iter().filter(|(day, _)| is_in(day)).map(|(_, number)| number).sum()
        };
        self.buckets.iter().map(in_bucket).collect()
    }
}

fn chart(frame: &Frame, span: Span, buckets: &[Bucket], figures: Figures) -> Chart {
    let Figures { id, series } = figures;
    let labels: Vec<String> = buckets.iter().map(|bucket| span.short_label(*bucket)).collect();
    let row = |(at, bucket): (usize, &Bucket)| Row {
        label: span.label(frame, *bucket),
        numbers: series.iter().map(|(_, numbers)| numbers[at]).collect(),
    };
    let total = |(at, (name, numbers)): (usize, &(String, Vec<i64>))| Total {
        name: name.clone(),
        colour: drawing::colour(at),
        number: numbers.iter().sum(),
    };
    Chart {
        id,
        title_key: format!("statistics-{id}"),
        about_key: format!("statistics-{id}-about"),
        totals: series.iter().enumerate().map(total).collect(),
        rows: buckets.iter().enumerate().map(row).collect(),
        drawing: drawing::draw(frame.locale, id, &series, &labels),
    }
}
