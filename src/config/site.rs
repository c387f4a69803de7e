//! `[site]` and `[[situations]]`: what the pages say, and which doors they open.

use jiff::tz::TimeZone;

use super::document::Value;
use super::reader::{Names, Section};
use super::settings::{Door, SiteSettings, SituationSettings, UpstreamId};
use super::values::{Parsed, Problem, flag, folder, is_safe, page_address, text, text_that, word};
use crate::kit::locale::Locale;
use crate::kit::page::{FooterLink, Localized};

/// `[site]`
pub(super) fn read(section: &mut Section<'_>) -> Option<SiteSettings> {
    let name = section.localized("name");
    let operator = section.required("operator", text);
    let tagline = section.optional_localized("tagline");
    let logo = section.optional(
        "logo",
        text_that("an address on this site, such as \"/theme/logo.svg\"", |text| {
            is_local(text).then(|| text.to_owned())
        }),
    );
    let locales = Locale::ALL.map(|locale| (locale.tag(), locale));
    let default_locale = section.or("default_locale", Locale::default(), word(&locales));
    let telephone = section.optional("telephone", text);
    let zone =
        text_that("the name of a time zone, such as \"Europe/Paris\"", |name| TimeZone::get(name).ok());
    let time_zone = section.optional("time_zone", zone);
    let time_zone = time_zone.or_else(|| TimeZone::get("Europe/Paris").ok());
    let footer_links = section.sections("footer_links", |link| {
        let label = link.localized("label");
        let href = link.required("href", href);
        Some(FooterLink { label: label?, href: href? })
    });
    let security_contact = section.optional("security_contact", contact);
    let theme_directory = section.optional("theme_directory", folder(section.base()));
    Some(SiteSettings {
        name: name?,
        operator: operator?,
        tagline: tagline.unwrap_or_default(),
        logo,
        default_locale: default_locale?,
        telephone,
        time_zone: time_zone.unwrap_or(TimeZone::UTC),
        footer_links,
        security_contact,
        theme_directory,
    })
}

/// Whether a text is the path of an address on this very site; `//` and `/\` begin another site's.
fn is_local(text: &str) -> bool {
    text.starts_with('/')
        && !text[1..].starts_with(['/', '\\'])
        && text.chars().all(|character| character.is_ascii_graphic())
}

fn href(value: &Value) -> Parsed<String> {
    text_that("an https address, a mail address as \"mailto:…\", or a path on this site", |text| {
        let is_fine = match url::Url::parse(text) {
            Ok(url) => is_safe(&url) || (url.scheme() == "mailto" && url.path().contains('@')),
            Err(_) => is_local(text),
        };
        is_fine.then(|| text.to_owned())
    })(value)
}

/// A `Contact` of RFC 9116 §2.5.3.
fn contact(value: &Value) -> Parsed<String> {
    text_that("an https address, or a mail address as \"mailto:…\"", |text| {
        let url = url::Url::parse(text).ok()?;
        let is_fine = url.scheme() == "https" || (url.scheme() == "mailto" && url.path().contains('@'));
        (is_fine && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
    })(value)
}

/// `[[situations]]`, of which there must be one at least.
pub(super) fn read_situations(root: &mut Section<'_>, upstreams: &Names) -> Vec<SituationSettings> {
    if root.node("situations").is_none_or(|node| node.value.as_list().is_some_and(<[_]>::is_empty)) {
        root.missing("situations", "at least one [[situations]]");
    }
    let mut ids = Names::default();
    let mut password_doors = Names::default();
    root.sections("situations", |section| {
        let id = section.required("id", identifier);
        if let Some(id) = &id {
            ids.take(section, "id", id);
        }
        let title = section.localized("title");
        let description = section.optional_localized("description").unwrap_or_default();
        let people = section.localized_list("people");
        let door = read_door(section, upstreams, &mut password_doors);
        Some(SituationSettings { id: id?, title: title?, description, people: people?, door: door? })
    })
}

/// The words for [`Door`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Password,
    Upstream,
    Elsewhere,
}

fn read_door(section: &mut Section<'_>, upstreams: &Names, password_doors: &mut Names) -> Option<Door> {
    let kinds = [("password", Kind::Password), ("upstream", Kind::Upstream), ("elsewhere", Kind::Elsewhere)];
    let kind = section.required("door", word(&kinds));
    // Every key is asked for whatever the door, so that it is known; without a door none is judged.
    let is = |wanted: Kind| kind.is_none_or(|kind| kind == wanted);
    if !is(Kind::Password) {
        section.forbid("letters", "letters only with door = \"password\"");
    }
    if !is(Kind::Upstream) {
        section.forbid("upstream", "upstream only with door = \"upstream\"");
    }
    if !is(Kind::Elsewhere) {
        for key in ["url", "button", "explanation"] {
            section.forbid(key, &format!("{key} only with door = \"elsewhere\""));
        }
    }
    match kind {
        None => {
            for key in ["letters", "upstream", "url", "button", "explanation"] {
                section.node(key);
            }
            None
        }
        Some(Kind::Password) => {
            password_doors.take(section, "door", "password");
            Some(Door::Password { letters: section.or("letters", true, flag)? })
        }
        Some(Kind::Upstream) => {
            let id = section.required("upstream", text)?;
            if !upstreams.contains(&id) && !section.is_incomplete() {
                let expected = format!("the id of one of the [[upstreams]]: {}", upstreams.in_words());
                section.wrong("upstream", super::document::quoted(&id), expected);
            }
            Some(Door::Upstream(UpstreamId::from(id)))
        }
        Some(Kind::Elsewhere) => {
            let url = section.required("url", page_address);
            let button: Option<Localized> = section.localized("button");
            let explanation = section.localized_list("explanation");
            Some(Door::Elsewhere { url: url?, button: button?, explanation: explanation? })
        }
    }
}

/// A name that can stand in addresses and cookies.
pub(super) fn identifier(value: &Value) -> Parsed<String> {
    const LONGEST: usize = 64;
    let expected = "a name of lower-case letters, digits and hyphens, 64 characters at most";
    let is_plain =
        |character: u8| character.is_ascii_lowercase() || character.is_ascii_digit() || character == b'-';
    let text =
        value.as_text().filter(|text| (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_plain));
    text.map(str::to_owned).ok_or_else(|| Problem::expected(expected))
}
