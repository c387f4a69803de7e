//! The words of the pages, in Fluent files: one per language, the same keys in each.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
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

fn bundle(locale: Locale, source: &str) -> FluentBundle<FluentResource> {
    let language: LanguageIdentifier = locale.tag().parse().expect("a known tag");
    let resource = FluentResource::try_new(source.to_owned())
        .unwrap_or_else(|(_, faults)| panic!("{} texts: {faults:?}", locale.tag()));
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).unwrap_or_else(|faults| panic!("{} texts: {faults:?}", locale.tag()));
    bundle
}
