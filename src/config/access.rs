//! `[letters]`, `[[authorities]]`, `[recovery]`, `[desk]`, `[throttling]`, `[import]`: external people's access.

use std::collections::BTreeMap;

use super::document::{Node, quoted};
use super::reader::{Names, Section};
use super::settings::{
    AddressPolicy, AuthorityId, AuthoritySettings, DeskId, DeskSettings, Disclosure, ImportColumns,
    ImportSettings, LetterSettings, MonthDay, OpeningSettings, Rank, RecoverySettings, RoleSettings,
    SecondManager, ThrottlingSettings, UpstreamId, UpstreamSettings,
};
use super::site::identifier;
use super::values::{days, duration, hours, minutes, text, text_that, whole, word};

/// `[letters]`
pub(super) fn read_letters(section: &mut Section<'_>) -> Option<LetterSettings> {
    let end_of_august = MonthDay { month: 8, day: 31 };
    let day = text_that("a day of the year as month-day, such as \"08-31\"", month_day);
    let season_ends = section.or("season_ends", end_of_august, day);
    let shortest = section.or("shortest", days(60), duration(days(1)..=days(300)));
    Some(LetterSettings { season_ends: season_ends?, shortest: shortest? })
}

fn month_day(text: &str) -> Option<MonthDay> {
    let (month, day) = text.split_once('-')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !two_digits(month) || !two_digits(day) {
        return None;
    }
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    // A day that every year has.
    jiff::civil::Date::new(2027, month, day).ok()?;
    Some(MonthDay { month, day })
}

/// Words that stand below `/desk/` in the place of an authority: none has one of them for its id.
pub const WORDS_OF_THE_DESK: [&str; 1] = ["join"];

/// `[[authorities]]`, each with its `[[authorities.desks]]` and `[[authorities.roles]]`.
pub(super) fn read_authorities(
    root: &mut Section<'_>,
    (upstreams, ids): (&[UpstreamSettings], &Names),
) -> Vec<AuthoritySettings> {
    let mut names = Names::default();
    root.sections("authorities", |section| {
        let id = section.required("id", identifier);
        if let Some(id) = &id {
            names.take(section, "id", id);
            if WORDS_OF_THE_DESK.contains(&id.as_str()) {
                let expected = format!(
                    "none of the words that the desk’s addresses have: {}",
                    WORDS_OF_THE_DESK.join(", ")
                );
                section.wrong("id", quoted(id), expected);
            }
        }
        let name = section.required("name", text);
        if section.node("desks").is_none_or(|node| node.value.as_list().is_some_and(<[_]>::is_empty)) {
            section.missing("desks", "at least one [[authorities.desks]]");
        }
        let mut desk_ids = Names::default();
        let desks = section.sections("desks", |desk| {
            let id = desk.required("id", identifier);
            if let Some(id) = &id {
                desk_ids.take(desk, "id", id);
            }
            let name = desk.required("name", text);
            let telephone = desk.optional("telephone", text);
            let email = desk.optional("email", text_that("a mail address", mail_address));
            Some(DeskSettings { id: DeskId::from(id?), name: name?, telephone, email })
        });
        let ranks = [("manager", Rank::Manager), ("supervisor", Rank::Supervisor)];
        let roles = section.sections("roles", |role| {
            let rank = role.required("role", word(&ranks));
            let upstream = role.required("upstream", identifier);
            let claim = role.required("claim", text);
            let values = role.list("values", text);
            if values.as_ref().is_some_and(Vec::is_empty) {
                role.missing("values", "at least one value of the claim");
            }
            let (upstream, claim) = (UpstreamId::from(upstream?), claim?);
            let known = upstreams.iter().find(|known| known.id == upstream);
            if !ids.contains(upstream.as_str()) {
                let expected = format!("the id of one of the [[upstreams]]: {}", ids.in_words());
                role.wrong("upstream", quoted(upstream.as_str()), expected);
            } else if known.is_some_and(|known| !known.claims.others.contains_key(&claim)) {
                let expected = "a claim of that provider that is kept: a key of [upstreams.claims.others]";
                role.wrong("claim", quoted(&claim), expected);
            }
            Some(RoleSettings { rank: rank?, upstream, claim, values: values? })
        });
        Some(AuthoritySettings { id: AuthorityId::from(id?), name: name?, desks, roles })
    })
}

/// The ids of the authorities, before they are read: upstream providers name one.
pub(super) fn authority_ids(root: &mut Section<'_>) -> Vec<AuthorityId> {
    let all = root.node("authorities").and_then(|node| node.value.as_list()).unwrap_or_default();
    let id = |node: &Node| Some(AuthorityId::from(node.value.as_table()?.get("id")?.value.as_text()?));
    all.iter().filter_map(id).collect()
}

/// A text with the look of a mail address.
pub(super) fn mail_address(text: &str) -> Option<String> {
    let (local, domain) = text.split_once('@')?;
    let is_fine = !local.is_empty() && domain.contains('.') && !text.chars().any(char::is_whitespace);
    is_fine.then(|| text.to_owned())
}

/// `[recovery]`
pub(super) fn read_recovery(section: &mut Section<'_>) -> Option<RecoverySettings> {
    let disclosures = [("explicit", Disclosure::Explicit), ("uniform", Disclosure::Uniform)];
    let disclosure = section.or("disclosure", Disclosure::Explicit, word(&disclosures));
    // CNIL: 24 hours at most.
    let link_lifetime = section.or("link_lifetime", hours(1), duration(minutes(5)..=hours(24)));
    let confirmation_lifetime = section.or("confirmation_lifetime", days(7), duration(minutes(5)..=days(30)));
    let case_lifetime = section.or("case_lifetime", days(7), duration(minutes(10)..=days(30)));
    let policies = [
        ("never", AddressPolicy::Never),
        ("optional", AddressPolicy::Optional),
        ("required", AddressPolicy::Required),
    ];
    let mail_address = section.or("mail_address", AddressPolicy::Optional, word(&policies));
    Some(RecoverySettings {
        disclosure: disclosure?,
        link_lifetime: link_lifetime?,
        confirmation_lifetime: confirmation_lifetime?,
        case_lifetime: case_lifetime?,
        mail_address: mail_address?,
    })
}

/// `[desk]`
pub(super) fn read_desk(section: &mut Section<'_>) -> Option<OpeningSettings> {
    let rules = [
        ("never", SecondManager::Never),
        ("in-use", SecondManager::InUse),
        ("always", SecondManager::Always),
    ];
    let second_manager = section.or("second_manager", SecondManager::InUse, word(&rules));
    let per_hour = section.or("openings_per_hour", 30, whole(1..=10_000));
    let per_day = section.or("openings_per_day", 200, whole(1..=100_000));
    Some(OpeningSettings { second_manager: second_manager?, per_hour: per_hour?, per_day: per_day? })
}

/// `[throttling]`
pub(super) fn read_throttling(section: &mut Section<'_>) -> Option<ThrottlingSettings> {
    let network_per_hour = section.or("network_per_hour", 100, whole(10..=1_000_000));
    Some(ThrottlingSettings { network_per_hour: network_per_hour? })
}

/// `[import]`
pub(super) fn read_import(section: &mut Section<'_>) -> Option<ImportSettings> {
    let columns = section.section("columns", |columns| {
        let heading =
            |section: &mut Section<'_>, key: &str, default: &str| section.or(key, default.to_owned(), text);
        let identifier = heading(columns, "identifier", "IDENTIFIANT");
        let source_key = heading(columns, "source_key", "NUMERO");
        let given_name = heading(columns, "given_name", "PRENOM");
        let family_name = heading(columns, "family_name", "NOM");
        let email = heading(columns, "email", "MEL");
        let others = columns.section("others", |others| {
            let mut read = BTreeMap::new();
            for claim in others.keys() {
                if let Some(heading) = others.required(claim, text) {
                    read.insert(claim.to_owned(), heading);
                }
            }
            Some(read)
        });
        Some(ImportColumns {
            identifier: identifier?,
            source_key: source_key?,
            given_name: given_name?,
            family_name: family_name?,
            email: email?,
            others: others?,
        })
    });
    Some(ImportSettings { columns: columns? })
}
