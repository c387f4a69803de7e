//! The page of statistics.

use askama::Template;

use crate::desk::pages::DeskFrame;
use crate::kit::page::Frame;

/// How far back, to choose.
pub struct SpanChoice {
    /// The key of its name.
    pub key: &'static str,
    /// Where it is.
    pub href: String,
    /// Whether it is shown.
    pub is_chosen: bool,
}

/// A drawing, cut open where its name and its description go.
pub struct Drawing {
    /// The tag that opens it.
    pub open: String,
    /// All behind.
    pub rest: String,
}

/// A line of a table.
pub struct Row {
    /// Which time.
    pub label: String,
    /// How often each thing happened.
    pub numbers: Vec<i64>,
}

/// One of the things counted.
pub struct Total {
    /// What.
    pub name: String,
    /// Its colour in the drawing.
    pub colour: String,
    /// How often it happened in all.
    pub number: i64,
}

/// Something counted: as a drawing, and as its table.
pub struct Chart {
    /// Its id on the page.
    pub id: &'static str,
    /// The key of its name.
    pub title_key: String,
    /// The key of what it shows.
    pub about_key: String,
    /// What is counted.
    pub totals: Vec<Total>,
    /// The table.
    pub rows: Vec<Row>,
    /// The drawing; none where nothing happened.
    pub drawing: Option<Drawing>,
}

/// What was counted of an authority.
#[derive(Template)]
#[template(path = "desk/statistics.html", whitespace = "minimize")]
pub struct StatisticsPage {
    /// What surrounds every page.
    pub frame: Frame,
    /// What surrounds it at the desk.
    pub desk: DeskFrame,
    /// How far back, to choose.
    pub spans: Vec<SpanChoice>,
    /// The key of what a line of the tables is.
    pub unit_key: &'static str,
    /// How many cases wait now.
    pub waiting: u64,
    /// What was counted.
    pub charts: Vec<Chart>,
}
