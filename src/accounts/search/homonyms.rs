//! Who may be the person that somebody is about to make once more.

use super::spelling::Word;
use super::words::{mail_word, names_of};
use super::{Found, Matched};
use crate::accounts::Jurisdiction;

impl Jurisdiction {
    /// Those who may be meant by these names or this address: the same surname, however it is cut,
    /// and the same first letter; the same names in another order; the same mail address.
    pub async fn likely_homonyms(
        &self,
        given_name: &str,
        family_name: &str,
        email: Option<&str>,
    ) -> sqlx::Result<Found> {
        let (given, family) = (names_of(given_name), names_of(family_name));
        let mut found = Found::default();
        let mut connection = self.accounts.0.database.read().await?;
        if let Some(email) = email.filter(|email| !email.is_empty()) {
            let same = mail_word(email);
            self.look_in(&mut connection, &same.clone().range(), Matched::Email, &mut found).await?;
            // A longer address that begins like it is another one.
            found.hits.retain(|hit| hit.account.email.as_deref().map(mail_word).as_ref() == Some(&same));
        }
        if !family.is_empty() {
            let surname = family.concat();
            let initial: String = given.concat().chars().take(1).collect();
            let initial = Some(initial.as_str()).filter(|initial| !initial.is_empty());
            let same_surname = Word::of_names([surname.as_str()].into_iter().chain(initial));
            let same_names = Word::of_names(family.iter().chain(&given).map(String::as_str));
            for word in [same_surname, same_names] {
                self.look_in(&mut connection, &word.range(), Matched::Name, &mut found).await?;
            }
        }
        Ok(found)
    }
}
