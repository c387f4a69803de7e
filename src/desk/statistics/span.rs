//! How far back statistics go, and in what pieces.

use jiff::ToSpan;
use jiff::civil::{Date, time};

use crate::config::MonthDay;
use crate::kit::clock::Timestamp;
use crate::kit::page::Frame;

/// How far back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Thirty days, one by one.
    Days,
    /// From the season's first day, by weeks.
    Season,
    /// Twelve months, one by one.
    Months,
}

/// Some days in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The first of them.
    pub first: Date,
    /// The last of them.
    pub last: Date,
}

impl Bucket {
    /// Whether a day is one of them.
    pub fn holds(self, day: Date) -> bool {
        (self.first..=self.last).contains(&day)
    }
}

impl Span {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Days, Self::Season, Self::Months];

    /// The word for it in the page's address.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Days => "days",
            Self::Season => "season",
            Self::Months => "months",
        }
    }

    /// What a word stands for.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|span| span.word() == word)
    }

    /// The key of its name.
    pub const fn text_key(self) -> &'static str {
        match self {
            Self::Days => "statistics-span-days",
            Self::Season => "statistics-span-season",
            Self::Months => "statistics-span-months",
        }
    }

    /// The key of what one of its pieces is called.
    pub const fn unit_key(self) -> &'static str {
        match self {
            Self::Days => "statistics-unit-day",
            Self::Season => "statistics-unit-week",
            Self::Months => "statistics-unit-month",
        }
    }

    /// Its pieces, the oldest first, the last one with today in it.
    pub fn buckets(self, today: Date, season_ends: MonthDay) -> Vec<Bucket> {
        let mut buckets = Vec::new();
        match self {
            Self::Days => {
                for back in (0..30).rev() {
                    let day = today.saturating_sub(back.days());
                    buckets.push(Bucket { first: day, last: day });
                }
            }
            Self::Season => {
                let mut first = season_begins(today, season_ends);
                while first <= today {
                    // Weeks begin on Mondays; the first one may be short.
                    let to_sunday = 7 - i64::from(first.weekday().to_monday_one_offset());
                    let last = first.saturating_add(to_sunday.days()).min(today);
                    buckets.push(Bucket { first, last });
                    first = last.saturating_add(1.day());
                }
            }
            Self::Months => {
                let this = today.first_of_month();
                for back in (0..12).rev() {
                    let first = this.saturating_sub(back.months());
                    buckets.push(Bucket { first, last: first.last_of_month().min(today) });
                }
            }
        }
        buckets
    }

    /// What a piece is called below a drawing.
    pub fn short_label(self, bucket: Bucket) -> String {
        let first = bucket.first;
        match self {
            Self::Days | Self::Season => format!("{:02}/{:02}", first.day(), first.month()),
            Self::Months => format!("{:02}/{}", first.month(), first.year()),
        }
    }

    /// What a piece is called in a table.
    pub fn label(self, frame: &Frame, bucket: Bucket) -> String {
        let first = bucket.first;
        match self {
            Self::Days | Self::Season => {
                let noon =
                    first.to_datetime(time(12, 0, 0, 0)).to_zoned_datetime(frame.site.time_zone.clone());
                noon.map_or_else(
                    |_| first.to_string(),
                    |noon| frame.day(Timestamp::from_seconds(noon.timestamp().as_second())),
                )
            }
            Self::Months => {
                format!("{}\u{a0}{}", frame.t(&format!("month-{}", first.month())), first.year())
            }
        }
    }
}

/// The first day of the season in which a day is.
fn season_begins(today: Date, ends: MonthDay) -> Date {
    let begins_in = |year: i16| {
        let last = Date::new(year, ends.month, ends.day).ok()?;
        last.tomorrow().ok()
    };
    let candidates = [today.year(), today.year() - 1];
    let begun = candidates.into_iter().filter_map(begins_in).find(|begin| *begin <= today);
    begun.unwrap_or_else(|| today.first_of_year())
}

#[cfg(test)]
mod tests {
    use super::*;

    const END_OF_AUGUST: MonthDay = MonthDay { month: 8, day: 31 };

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn every_span_ends_today_and_leaves_no_day_out() {
        for today in ["2027-01-01", "2027-03-31", "2027-08-31", "2027-09-01", "2028-02-29"].map(day) {
            for span in Span::ALL {
                let buckets = span.buckets(today, END_OF_AUGUST);
                assert_eq!(buckets.last().unwrap().last, today, "{span:?} {today}");
                for pair in buckets.windows(2) {
                    assert_eq!(pair[0].last.tomorrow().unwrap(), pair[1].first, "{span:?} {today}");
                }
            }
        }
    }

    #[test]
    fn a_season_begins_after_the_last_one_and_goes_by_weeks() {
        let buckets = Span::Season.buckets(day("2027-09-15"), END_OF_AUGUST);
        let firsts: Vec<_> = buckets.iter().map(|bucket| bucket.first.to_string()).collect();
        assert_eq!(firsts, ["2027-09-01", "2027-09-06", "2027-09-13"]);
        assert_eq!(Span::Season.buckets(day("2027-08-31"), END_OF_AUGUST).len(), 53);
    }
}
