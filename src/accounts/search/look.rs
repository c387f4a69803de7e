//! Looking for people by what somebody types into one box.

use super::spelling::{Range, Word, pattern_of};
use super::store::{self, PATTERNS};
use super::words::{identifier_word, mail_word, names_of};
use super::{Found, MOST_HITS, Matched};
use crate::accounts::letters::LetterNumber;
use crate::accounts::{CaseNumber, Jurisdiction, LookupKey};
use crate::database::Connection;

/// More characters than these are not looked at.
const LONGEST: usize = 100;
/// How many names are looked for in any order; the others narrow nothing down.
const MOST_NAMES: usize = 1 + PATTERNS;
/// The pattern that fits everybody.
const ANYBODY: &str = "%";

impl Jurisdiction {
    /// Looks for what was typed: an identifier, the number of a letter or a case, names in any order and spelling, the
    /// beginning of any of them, or of a mail address.
    pub async fn search(&self, typed: &str) -> sqlx::Result<Found> {
        let typed: String = typed.trim().chars().take(LONGEST).collect();
        let now = self.accounts.0.clock.now();
        let mut found = Found::default();
        let key = LookupKey::of(&typed);
        if key.is_empty() {
            return Ok(found);
        }
        let mut connection = self.accounts.0.database.read().await?;
        found.take(store::by_identifier(&mut connection, &self.authority, &key, now).await?);
        if let Some(number) = LetterNumber::parse(&typed) {
            found.take(store::by_letter(&mut connection, &self.authority, &number, now).await?);
        }
        if let Some(number) = CaseNumber::parse(&typed) {
            found.take(store::by_case(&mut connection, &self.authority, &number, now).await?);
        }
        if !typed.contains('@') {
            self.look_for_names(&mut connection, &names_of(&typed), &mut found).await?;
        }
        if !typed.contains(char::is_whitespace) {
            for (matched, word) in
                [(Matched::IdentifierBegins, identifier_word(&typed)), (Matched::Email, mail_word(&typed))]
            {
                self.look_in(&mut connection, &word.range(), matched, &mut found).await?;
            }
        }
        Ok(found)
    }

    /// Names as a turn of somebody's begins with them, the last one perhaps not whole; where those are few, anybody
    /// who has a name for each, whole or not, in whatever order.
    async fn look_for_names(
        &self,
        connection: &mut Connection,
        names: &[String],
        found: &mut Found,
    ) -> sqlx::Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let begins = Word::of_names(names.iter().map(String::as_str)).range();
        self.look_in(connection, &begins, Matched::Name, found).await?;
        if names.len() < 2 || found.hits.len() >= MOST_HITS {
            return Ok(());
        }
        let mut rarest: Option<(i64, usize, Range)> = None;
        for (place, name) in names.iter().enumerate().take(MOST_NAMES) {
            let range = Word::of_names([name.as_str()]).range();
            let count = store::count(connection, &self.authority, &range).await?;
            if count == 0 {
                return Ok(());
            }
            if rarest.as_ref().is_none_or(|(least, ..)| count < *least) {
                rarest = Some((count, place, range));
            }
        }
        let Some((count, rarest, range)) = rarest else { return Ok(()) };
        let mut others: Vec<&String> =
            names.iter().enumerate().filter(|(place, _)| *place != rarest).map(|(_, name)| name).collect();
        // A row that fits nobody is seen as such by the longest name first.
        others.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let patterns = std::array::from_fn(|place| {
            others.get(place).map_or_else(|| ANYBODY.to_owned(), |name| pattern_of(name))
        });
        let hits =
            store::by_patterns(connection, &self.authority, &range, &patterns, self.accounts.0.clock.now())
                .await?;
        found.has_more |= hits.len() == store::MOST_ROWS;
        found.take(hits);
        found.has_more |= count == store::MOST_COUNTED && found.hits.len() < MOST_HITS;
        Ok(())
    }

    /// Those to whom a range of words leads.
    pub(super) async fn look_in(
        &self,
        connection: &mut Connection,
        range: &Range,
        matched: Matched,
        found: &mut Found,
    ) -> sqlx::Result<()> {
        if found.has_more {
            return Ok(());
        }
        let hits =
            store::by_range(connection, &self.authority, range, matched, self.accounts.0.clock.now()).await?;
        found.has_more |= hits.len() == store::MOST_ROWS;
        found.take(hits);
        Ok(())
    }
}
