//! `[passwords]`, `[sessions]`, `[tokens]`: how strong, how long.

use std::num::NonZero;
use std::time::Duration;

use super::reader::Section;
use super::settings::{
    LONGEST_TOKEN_LIFE, PasswordRule, PasswordSettings, RetentionSettings, SessionSettings, TokenSettings,
};
use super::values::{days, duration, duration_in_words, hours, minutes, seconds, whole, word};

/// `[passwords]`
pub(super) fn read_passwords(section: &mut Section<'_>) -> Option<PasswordSettings> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    // CNIL (2022-100) accepts 8 characters with throttling; more than 64 would exclude passphrases.
    let minimum_length = section.or("minimum_length", 12, whole(8..=64));
    let rules = [("with-throttling", PasswordRule::WithThrottling), ("alone", PasswordRule::Alone)];
    let rule = section.or("rule", PasswordRule::WithThrottling, word(&rules));
    // Each one remembered costs a hash when a password is chosen.
    let remembered = section.or("remembered", 5, whole(0..=24));
    // The least that OWASP's table of Argon2id parameters accepts; the most, what a server can spare.
    let argon2_memory = section.or("argon2_memory", 19_456, whole(7_168..=1_048_576));
    let argon2_passes = section.or("argon2_passes", 2, whole(1..=100));
    let concurrency = section.or("concurrency", cores, whole(1..=1_024));
    let queue = section.or("queue", 200, whole(1..=100_000));
    Some(PasswordSettings {
        minimum_length: minimum_length?,
        rule: rule?,
        remembered: remembered?,
        argon2_memory: argon2_memory?,
        argon2_passes: argon2_passes?,
        concurrency: concurrency?,
        queue: queue?,
    })
}

/// `[sessions]`
pub(super) fn read_sessions(section: &mut Section<'_>) -> Option<SessionSettings> {
    let absolute = section.or("absolute", hours(12), duration(seconds(1)..=days(90)));
    let idle = idle(section, ("idle", hours(2)), ("absolute", absolute));
    Some(SessionSettings { idle: idle?, absolute: absolute? })
}

/// `[tokens]`
pub(super) fn read_tokens(section: &mut Section<'_>) -> Option<TokenSettings> {
    let life = duration(seconds(1)..=LONGEST_TOKEN_LIFE);
    let access_token = section.or("access_token", minutes(10), &life);
    let id_token = section.or("id_token", minutes(10), &life);
    // RFC 6749 §4.1.2: ten minutes at most.
    let code = section.or("code", seconds(60), duration(seconds(1)..=minutes(10)));
    // RFC 9126 §2.2: from a few seconds to ten minutes.
    let pushed_request = section.or("pushed_request", seconds(60), duration(seconds(5)..=minutes(10)));
    let refresh_absolute = section.or("refresh_absolute", days(90), duration(seconds(1)..=days(800)));
    let refresh_idle = idle(section, ("refresh_idle", days(14)), ("refresh_absolute", refresh_absolute));
    let refresh_grace = section.or("refresh_grace", seconds(30), duration(seconds(0)..=minutes(5)));
    Some(TokenSettings {
        access_token: access_token?,
        id_token: id_token?,
        code: code?,
        pushed_request: pushed_request?,
        refresh_idle: refresh_idle?,
        refresh_absolute: refresh_absolute?,
        refresh_grace: refresh_grace?,
    })
}

/// `[retention]`
pub(super) fn read_retention(section: &mut Section<'_>) -> Option<RetentionSettings> {
    let expired = section.or("expired", days(30), duration(hours(1)..=days(400)));
    // The CNIL asks for 6 to 12 months of logs.
    let events = section.or("events", days(365), duration(days(1)..=days(400)));
    let mails = section.or("mails", days(30), duration(days(2)..=days(400)));
    let unused_accounts = section.or("unused_accounts", days(1_095), duration(days(30)..=days(3_700)));
    let notice = section.or("notice", days(30), duration(days(0)..=days(400)));
    Some(RetentionSettings {
        expired: expired?,
        events: events?,
        mails: mails?,
        unused_accounts: unused_accounts?,
        notice: notice?,
    })
}

/// An idle limit, which is never longer than the absolute one beside it.
fn idle(
    section: &mut Section<'_>,
    (key, default): (&str, Duration),
    (absolute_key, absolute): (&str, Option<Duration>),
) -> Option<Duration> {
    let longest = absolute.unwrap_or(days(800));
    let idle = section.or(key, default.min(longest), duration(seconds(1)..=days(800)))?;
    if idle > longest {
        let found = duration_in_words(idle);
        section.wrong(key, found, format!("at most {}, as {absolute_key} says", duration_in_words(longest)));
    }
    Some(idle)
}
