//! Until when a temporary password lasts.

use std::time::Duration;

use jiff::civil::{Date, time};
use jiff::tz::TimeZone;

use crate::config::LetterSettings;
use crate::kit::clock::Timestamp;
use crate::kit::dates::local;

/// The end of the season in which a letter issued now is used: midnight after its last day, where the
/// installation is. A letter issued shortly before lasts until the end of the next season.
pub fn season_end(settings: &LetterSettings, zone: &TimeZone, now: Timestamp) -> Timestamp {
    let least = now + settings.shortest;
    let year = local(now, zone).year();
    let ends = (year..=year + 2).filter_map(|year| end_in(settings, zone, year));
    // Within two years there is always one; the fallback is for years that no calendar has.
    ends.into_iter().find(|end| *end >= least).unwrap_or(now + Duration::from_hours(365 * 24))
}

fn end_in(settings: &LetterSettings, zone: &TimeZone, year: i16) -> Option<Timestamp> {
    let last = Date::new(year, settings.season_ends.month, settings.season_ends.day).ok()?;
    let after = last.tomorrow().ok()?.to_datetime(time(0, 0, 0, 0));
    let midnight = after.to_zoned_datetime(zone.clone()).ok()?;
    Some(Timestamp::from_seconds(midnight.timestamp().as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MonthDay;

    fn day(text: &str) -> Timestamp {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let date: Date = text.parse().unwrap();
        let noon = date.to_datetime(time(12, 0, 0, 0)).to_zoned_datetime(zone).unwrap();
        Timestamp::from_seconds(noon.timestamp().as_second())
    }

    #[test]
    fn a_letter_lasts_to_the_end_of_its_season_or_of_the_next() {
        let settings = LetterSettings {
            season_ends: MonthDay { month: 8, day: 31 },
            shortest: Duration::from_hours(60 * 24),
        };
        let zone = TimeZone::get("Europe/Paris").unwrap();
        let last_day = |now: &str| {
            let end = season_end(&settings, &zone, day(now));
            let before = Timestamp::from_seconds(end.seconds() - 1);
            local(before, &zone).date().to_string()
        };
        assert_eq!(last_day("2027-03-03"), "2027-08-31");
        assert_eq!(last_day("2027-07-01"), "2027-08-31");
        assert_eq!(last_day("2027-07-10"), "2028-08-31");
        assert_eq!(last_day("2027-12-31"), "2028-08-31");
    }
}
