//! Days and hours as people say them, where the installation is.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, ZonedDateTime};

use super::clock::Timestamp;
use super::locale::Locale;
use super::texts::Texts;

/// A moment as the clocks of a time zone show it.
#[must_use]
pub fn local(at: Timestamp, zone: &TimeZone) -> ZonedDateTime {
    Instant::from_second(at.seconds()).unwrap_or(Instant::UNIX_EPOCH).to_zoned_datetime(zone.clone())
}

impl Texts {
    /// The day of a moment: « 3 mars 2027 », “3 March 2027”.
    #[must_use]
    pub fn day(&self, locale: Locale, at: Timestamp, zone: &TimeZone) -> String {
        let local = local(at, zone);
        let month = self.get(locale, &format!("month-{}", local.month()), &[]);
        let key = if local.day() == 1 { "date-first-day" } else { "date" };
        let (day, year) = (local.day().to_string(), local.year().to_string());
        self.get(locale, key, &[("day", &day), ("month", &month), ("year", &year)])
    }

    /// A moment to the minute: « 3 mars 2027 à 14 h 05 », “3 March 2027 at 14:05”.
    #[must_use]
    pub fn moment(&self, locale: Locale, at: Timestamp, zone: &TimeZone) -> String {
        let clock = local(at, zone);
        let (hour, minute) = (clock.hour().to_string(), format!("{:02}", clock.minute()));
        let day = self.day(locale, at, zone);
        self.get(locale, "date-and-time", &[("date", &day), ("hour", &hour), ("minute", &minute)])
    }

    /// A duration in the largest unit that gives a whole number: « 7 jours », “an hour”.
    #[must_use]
    pub fn duration(&self, locale: Locale, duration: Duration) -> String {
        let minutes = duration.as_secs() / 60;
        let (key, number) = match minutes {
            minutes if minutes >= 1_440 && minutes % 1_440 == 0 => ("duration-days", minutes / 1_440),
            minutes if minutes >= 60 && minutes % 60 == 0 => ("duration-hours", minutes / 60),
            minutes => ("duration-minutes", minutes),
        };
        self.get_counted(locale, key, "number", number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_as_the_clocks_of_the_place_show_it() {
        let texts = Texts::embedded();
        let paris = TimeZone::get("Europe/Paris").unwrap();
        // 2027-03-01 23:05 UTC is the second of March in Paris.
        let at = Timestamp::from_seconds(1_803_942_300);
        assert_eq!(texts.day(Locale::Fr, at, &TimeZone::UTC), "1er mars 2027");
        assert_eq!(texts.moment(Locale::Fr, at, &paris), "2 mars 2027 à\u{a0}0\u{a0}h\u{a0}05");
        assert_eq!(texts.moment(Locale::En, at, &paris), "2 March 2027 at 0:05");
    }
}
