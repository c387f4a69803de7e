//! The languages of the pages.

use serde::{Deserialize, Serialize};

/// A language in which every page exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// French, the language of the people served.
    #[default]
    Fr,
    /// English.
    En,
}

impl Locale {
    /// Every language, the default first.
    pub const ALL: [Self; 2] = [Self::Fr, Self::En];

    /// Its tag (RFC 5646).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// Its own name for itself, as the language switch shows it.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Fr => "Français",
            Self::En => "English",
        }
    }

    /// The language that a tag such as `fr`, `fr-CA` or `EN_us` asks for, if it exists here.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|locale| primary.eq_ignore_ascii_case(locale.tag()))
    }

    /// The first language of a space-separated `ui_locales` list that exists here (`OpenID` Connect
    /// Core §3.1.2.1).
    #[must_use]
    pub fn from_ui_locales(list: &str) -> Option<Self> {
        list.split(' ').take(MOST_CONSIDERED).find_map(Self::from_tag)
    }

    /// The language that an `Accept-Language` header prefers among those that exist here (RFC 9110
    /// §12.5.4).
    #[must_use]
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for part in header.split(',').take(MOST_CONSIDERED) {
            let mut pieces = part.split(';');
            let Some(locale) = pieces.next().and_then(Self::from_tag) else { continue };
            let weight = pieces
                .find_map(|piece| piece.trim().strip_prefix("q="))
                .map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
            if weight > 0.0 && best.is_none_or(|(_, least)| weight > least) {
                best = Some((locale, weight));
            }
        }
        best.map(|(locale, _)| locale)
    }
}

/// How many entries of a list from outside are looked at.
const MOST_CONSIDERED: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_known_language_wins() {
        assert_eq!(Locale::from_accept_language("de, en;q=0.5, fr;q=0.8"), Some(Locale::Fr));
        assert_eq!(Locale::from_accept_language("en-GB,en;q=0.9,fr;q=0.8"), Some(Locale::En));
        assert_eq!(Locale::from_accept_language("fr;q=0, en;q=0.1"), Some(Locale::En));
        assert_eq!(Locale::from_accept_language("de, *;q=0.5"), None);
    }

    #[test]
    fn ui_locales_are_tried_in_their_order() {
        assert_eq!(Locale::from_ui_locales("de-DE en-US fr"), Some(Locale::En));
        assert_eq!(Locale::from_ui_locales(""), None);
    }
}
