//! `guichet account issue-letter`

use std::path::PathBuf;
use std::slice;

use clap::Args;

use super::super::import::{LettersFile, format_of};
use super::super::{ConfigFile, Failure};
use super::{AccountName, name_of, open};
use crate::accounts::Mandate;
use crate::accounts::letters::{IssuedLetter, Replacing};
use crate::config::AuthorityId;

#[derive(Debug, Args)]
pub struct IssueArguments {
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    account: AccountName,
    /// The desk whose contact the letter bears; the authority's only one by default
    #[arg(long, value_name = "ID")]
    desk: Option<String>,
    /// Write the letter into a new file, .html (a page) or .csv (for a mail merge)
    #[arg(long, value_name = "FILE")]
    letters: PathBuf,
    /// Put a temporary password in the place of a personal one, and end all that it opened
    #[arg(long)]
    with_password: bool,
}

/// Issues a letter, which voids the one before, and writes it to be printed.
pub async fn issue_letter(arguments: IssueArguments) -> Result<(), Failure> {
    let settings = arguments.config.load()?;
    let format = format_of(&arguments.letters)?;
    let rooms = open(&settings).await?;
    let account = arguments.account.find(&rooms).await?;
    let authority = account.authority.as_ref().map(AuthorityId::as_str);
    let sender = rooms.accounts.sender(authority, arguments.desk.as_deref());
    let sender = sender.map_err(|error| Failure::other(&error))?;
    // The file first: a password that cannot be written down must not void the one before.
    let mut file = LettersFile::create(&arguments.letters, &settings, &rooms, &sender, format)?;
    let replacing = if arguments.with_password { Replacing::Personal } else { Replacing::OnlyTemporary };
    let issued =
        match rooms.accounts.issue_letter(&account.id, &sender, replacing, &Mandate::operator()).await {
            Ok(issued) => issued,
            Err(error) => {
                file.end()?;
                return Err(Failure::other(&error));
            }
        };
    let path = arguments.letters.display();
    let number = &issued.letter.number;
    let unwritten = |error: &dyn std::fmt::Display| {
        Failure::Other(format!(
            "letter {number} was issued, but {path} could not be written: {error}; issue another"
        ))
    };
    file.write(slice::from_ref(&issued)).map_err(|error| unwritten(&error))?;
    file.end()?;
    let printed = rooms.accounts.mark_letters_printed(slice::from_ref(number)).await;
    printed.map_err(|error| Failure::other(&error))?;
    rooms.database.close().await;
    let IssuedLetter { password, .. } = &issued;
    let kind = if password.is_some() {
        "with a temporary password"
    } else {
        "without a password, as the person has a personal one"
    };
    println!("letter {number} for account {} written to {path}, {kind}", name_of(&account));
    Ok(())
}
