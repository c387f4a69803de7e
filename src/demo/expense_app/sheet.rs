//! Expense sheets (*états de frais*): what a person claims for one mission, read strictly.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id_type;
use crate::kit::clock::Timestamp;

id_type! {
    /// Which expense sheet.
    SheetId
}

/// What a kilometre is worth, in euro cents.
pub(super) const CENTS_A_KILOMETRE: u32 = 32;
/// What a meal is worth, in euro cents.
pub(super) const CENTS_A_MEAL: u32 = 2_000;
/// The longest name of an exam centre, in characters.
const LONGEST_CENTRE: usize = 120;
/// The most kilometres of one mission.
const MOST_KILOMETRES: u32 = 3_000;
/// The most meals of one mission.
const MOST_MEALS: u32 = 40;

/// A field of the form that can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Field {
    ExamCentre,
    Date,
    Kilometres,
    Meals,
}

impl Field {
    /// Its name in forms, JSON and texts.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::ExamCentre => "exam_centre",
            Self::Date => "date",
            Self::Kilometres => "kilometres",
            Self::Meals => "meals",
        }
    }
}

/// A claim as somebody typed it, nothing checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Draft {
    pub exam_centre: String,
    pub date: String,
    pub kilometres: String,
    pub meals: String,
}

/// A claim that can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    exam_centre: String,
    day: Day,
    kilometres: u32,
    meals: u32,
}

impl Claim {
    /// Reads what was typed; every field that is wrong is named.
    pub(super) fn parse(draft: &Draft, today: Day) -> Result<Self, Vec<Field>> {
        let exam_centre = parse_centre(&draft.exam_centre);
        // A claim follows the mission. The day after today's is accepted, because today ends earlier
        // in Greenwich than in Lyon.
        let day = Day::parse(draft.date.trim()).filter(|day| *day <= today.next());
        let kilometres = parse_count(&draft.kilometres, MOST_KILOMETRES);
        let meals = parse_count(&draft.meals, MOST_MEALS);
        if let (Some(exam_centre), Some(day), Some(kilometres), Some(meals)) =
            (exam_centre.clone(), day, kilometres, meals)
        {
            return Ok(Self { exam_centre, day, kilometres, meals });
        }
        let checks = [
            (Field::ExamCentre, exam_centre.is_none()),
            (Field::Date, day.is_none()),
            (Field::Kilometres, kilometres.is_none()),
            (Field::Meals, meals.is_none()),
        ];
        Err(checks.into_iter().filter_map(|(field, is_wrong)| is_wrong.then_some(field)).collect())
    }

    pub(super) fn exam_centre(&self) -> &str {
        &self.exam_centre
    }

    pub(super) const fn day(&self) -> Day {
        self.day
    }

    pub(super) const fn kilometres(&self) -> u32 {
        self.kilometres
    }

    pub(super) const fn meals(&self) -> u32 {
        self.meals
    }

    /// What it comes to, in euro cents.
    pub(super) const fn amount(&self) -> u32 {
        self.kilometres * CENTS_A_KILOMETRE + self.meals * CENTS_A_MEAL
    }
}

/// How far a sheet has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    /// Written, seen by its author only.
    Draft,
    /// Handed in for payment.
    Submitted,
}

impl Status {
    /// Its name in storage, JSON and texts.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
        }
    }

    /// The status of that name.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Draft, Self::Submitted].into_iter().find(|status| status.name() == name)
    }
}

/// A sheet as the API gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sheet {
    pub id: SheetId,
    pub exam_centre: String,
    pub date: Day,
    pub kilometres: u32,
    pub meals: u32,
    /// Euro cents.
    pub amount_cents: u32,
    pub status: Status,
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Day {
    year: u16,
    month: u8,
    number: u8,
}

impl Day {
    /// Reads `2026-06-12` (RFC 3339 full-date), from the year 2000 on.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits_and_dashes = text
            .bytes()
            .enumerate()
            .all(|(place, byte)| if place == 4 || place == 7 { byte == b'-' } else { byte.is_ascii_digit() });
        if text.len() != 10 || !digits_and_dashes {
            return None;
        }
        let year: u16 = text[..4].parse().ok()?;
        let month: u8 = text[5..7].parse().ok()?;
        let day: u8 = text[8..].parse().ok()?;
        let exists = year >= 2000 && (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
        exists.then_some(Self { year, month, number: day })
    }

    /// The day of a moment, in Greenwich.
    pub(super) fn of(moment: Timestamp) -> Self {
        let mut left = moment.seconds().div_euclid(SECONDS_A_DAY).max(DAYS_TO_2000) - DAYS_TO_2000;
        let mut day = Self { year: 2000, month: 1, number: 1 };
        while left >= days_of_year(day.year) && day.year < u16::MAX {
            left -= days_of_year(day.year);
            day.year += 1;
        }
        while left >= i64::from(days_of(day.year, day.month)) && day.month < 12 {
            left -= i64::from(days_of(day.year, day.month));
            day.month += 1;
        }
        day.number = u8::try_from(left + 1).unwrap_or(1);
        day
    }

    fn next(self) -> Self {
        if self.number < days_of(self.year, self.month) {
            Self { number: self.number + 1, ..self }
        } else if self.month < 12 {
            Self { month: self.month + 1, number: 1, ..self }
        } else {
            Self { year: self.year.saturating_add(1), month: 1, number: 1 }
        }
    }

    pub(super) const fn year(self) -> u16 {
        self.year
    }

    pub(super) const fn month(self) -> u8 {
        self.month
    }

    pub(super) const fn number(self) -> u8 {
        self.number
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.number)
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl TryFrom<String> for Day {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a day is written 2026-06-12")
    }
}

const SECONDS_A_DAY: i64 = Duration::from_hours(24).as_secs().cast_signed();
const DAYS_TO_2000: i64 = 10_957;

const fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

const fn days_of_year(year: u16) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn parse_centre(text: &str) -> Option<String> {
    let text = text.trim();
    let is_name = text.chars().any(char::is_alphabetic)
        && text.chars().count() <= LONGEST_CENTRE
        && !text.chars().any(char::is_control);
    is_name.then(|| text.to_owned())
}

fn parse_count(text: &str, most: u32) -> Option<u32> {
    let text = text.trim();
    let is_plain = !text.is_empty() && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|count| is_plain && *count <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(exam_centre: &str, date: &str, kilometres: &str, meals: &str) -> Draft {
        Draft {
            exam_centre: exam_centre.to_owned(),
            date: date.to_owned(),
            kilometres: kilometres.to_owned(),
            meals: meals.to_owned(),
        }
    }

    fn today() -> Day {
        Day::parse("2026-06-12").unwrap()
    }

    #[test]
    fn a_claim_is_worth_its_kilometres_and_its_meals() {
        let claim = Claim::parse(&draft("  Lycée du Parc ", "2026-06-11", "42", "1"), today()).unwrap();
        assert_eq!(claim.exam_centre(), "Lycée du Parc");
        assert_eq!(claim.amount(), 42 * 32 + 2_000);
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wrong = Claim::parse(&draft(" ", "2026-02-30", "-3", "1,5"), today()).unwrap_err();
        assert_eq!(wrong, [Field::ExamCentre, Field::Date, Field::Kilometres, Field::Meals]);
        let one = Claim::parse(&draft("Lycée", "2026-06-11", "3001", "0"), today()).unwrap_err();
        assert_eq!(one, [Field::Kilometres]);
    }

    #[test]
    fn a_mission_to_come_cannot_be_claimed() {
        let claim = |date| Claim::parse(&draft("Lycée", date, "0", "0"), today());
        assert!(claim("2026-06-13").is_ok());
        assert_eq!(claim("2026-06-14").unwrap_err(), [Field::Date]);
    }

    #[test]
    fn control_characters_and_endless_names_are_no_centre() {
        assert_eq!(parse_centre("Lycée\u{0}"), None);
        assert_eq!(parse_centre(&"é".repeat(LONGEST_CENTRE + 1)), None);
        assert!(parse_centre(&"é".repeat(LONGEST_CENTRE)).is_some());
    }

    #[test]
    fn only_days_that_exist_are_read() {
        for wrong in
            ["2025-02-29", "2026-13-01", "2026-00-10", "1999-12-31", "2026-6-12", "２026-06-12", "+026-06-12"]
        {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
        assert!(Day::parse("2024-02-29").is_some());
    }

    #[test]
    fn a_moment_falls_on_its_day() {
        let day = |seconds| Day::of(Timestamp::from_seconds(seconds)).to_string();
        assert_eq!(day(951_782_400), "2000-02-29");
        assert_eq!(day(1_767_225_599), "2025-12-31");
        assert_eq!(day(1_767_225_600), "2026-01-01");
        assert_eq!(Day::parse("2026-12-31").unwrap().next().to_string(), "2027-01-01");
    }
}
