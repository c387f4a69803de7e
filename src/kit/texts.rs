//! The words of the pages, in Fluent files: one per language, the same keys in each.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use super::locale::Locale;

/// Every text of every page, in every language.
pub struct Texts {
    bundles: [(Locale, FluentBundle<FluentResource>); 2],
}

impl Texts {
    /// The texts that the binary carries.
    ///
    /// # Panics
    /// When a text file is malformed, which the tests would have shown.
    #[must_use]
    pub fn embedded() -> Self {
        Self::of([
            (Locale::Fr, include_str!("../../templates/texts/fr.ftl")),
            (Locale::En, include_str!("../../templates/texts/en.ftl")),
        ])
    }

    /// The texts of these Fluent sources, for a site with words of its own.
    ///
    /// # Panics
    /// When a source is malformed.
    #[must_use]
    pub fn of(sources: [(Locale, &str); 2]) -> Self {
        Self { bundles: sources.map(|(locale, source)| (locale, bundle(locale, source))) }
    }

    /// The text named `key`, or the key itself where there is none.
    #[must_use]
    pub fn get(&self, locale: Locale, key: &str, arguments: &[(&str, &str)]) -> String {
        self.format(locale, key, &arguments.iter().copied().collect())
    }

    /// The text named `key` with one number in it, which may choose between singular and plural.
    #[must_use]
    pub fn get_counted(&self, locale: Locale, key: &str, name: &str, number: u64) -> String {
        self.format(locale, key, &[(name, number)].into_iter().collect())
    }

    fn format(&self, locale: Locale, key: &str, arguments: &FluentArgs<'_>) -> String {
        let found = self.bundles.iter().find(|(known, _)| *known == locale).map(|(_, bundle)| bundle);
        let Some((bundle, pattern)) =
            found.and_then(|bundle| Some((bundle, bundle.get_message(key)?.value()?)))
        else {
            tracing::error!(key, locale = locale.tag(), "a text is missing");
            return key.to_owned();
        };
        bundle.format_pattern(pattern, Some(arguments), &mut Vec::new()).into_owned()
    }

    /// Whether a text of this name exists in a language.
    #[must_use]
    pub fn has(&self, locale: Locale, key: &str) -> bool {
        self.bundles.iter().any(|(known, bundle)| *known == locale && bundle.has_message(key))
    }
}

/// A number with its thousands apart, as a language writes it: « 12 345 » (with a narrow no-break space), "12,345".
#[must_use]
pub fn grouped(locale: Locale, number: i64) -> String {
    let between = match locale {
        Locale::Fr => '\u{202f}',
        Locale::En => ',',
    };
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::from(if number < 0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(between);
        }
        grouped.push(digit);
    }
    grouped
}

/// Writes a whole number within a text as French does.
fn in_french<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    whole(value).map(|number| grouped(Locale::Fr, number))
}

/// The same as English does.
fn in_english<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    whole(value).map(|number| grouped(Locale::En, number))
}

fn whole(value: &FluentValue<'_>) -> Option<i64> {
    match value {
        FluentValue::Number(number) => number.as_string().parse().ok(),
        _ => None,
    }
}

fn bundle(locale: Locale, source: &str) -> FluentBundle<FluentResource> {
    let language: LanguageIdentifier = locale.tag().parse().expect("a known tag");
    let resource = FluentResource::try_new(source.to_owned())
        .unwrap_or_else(|(_, faults)| panic!("{} texts: {faults:?}", locale.tag()));
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    bundle.set_use_isolating(false);
    match locale {
        Locale::Fr => bundle.set_formatter(Some(in_french)),
        Locale::En => bundle.set_formatter(Some(in_english)),
    }
    bundle.add_resource(resource).unwrap_or_else(|faults| panic!("{} texts: {faults:?}", locale.tag()));
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart_as_the_language_has_it() {
        for (number, french, english) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_000, "1\u{202f}000", "1,000"),
            (-12_345_678, "-12\u{202f}345\u{202f}678", "-12,345,678"),
        ] {
            assert_eq!(grouped(Locale::Fr, number), french);
            assert_eq!(grouped(Locale::En, number), english);
        }
        let texts =
            Texts::of([(Locale::Fr, "many = { $n } lettres\n"), (Locale::En, "many = { $n } letters\n")]);
        assert_eq!(texts.get_counted(Locale::Fr, "many", "n", 12_345), "12\u{202f}345 lettres");
        assert_eq!(texts.get_counted(Locale::En, "many", "n", 12_345), "12,345 letters");
    }
}
