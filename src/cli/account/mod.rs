//! `guichet account …`

mod change;
mod create;
mod issue;
mod list;
mod show;
mod words;

pub use list::print as print_list;

use clap::{ArgGroup, Args, Subcommand};

use super::Failure;
use crate::accounts::{Account, AccountId, Naming};
use crate::config::Settings;
use crate::kit::clock::Clock;
use crate::kit::random::Rng;
use crate::server::Rooms;

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Make an account for an external person
    Create(create::CreateArguments),
    /// Show all that is known of an account, on one screen
    Show(show::ShowArguments),
    /// List accounts, deleted ones left out
    List(list::ListArguments),
    /// Set the mail address of an account, or take it away; the previous address is told
    SetEmail(change::SetEmailArguments),
    /// Issue a letter, which voids the one before, and write it to be printed
    IssueLetter(issue::IssueArguments),
    /// Lift the waits after failed sign-ins
    Unlock(change::ChangeArguments),
    /// Disable an account: it cannot sign in, and all that it opened is closed
    Disable(change::ChangeArguments),
    /// Enable an account again
    Enable(change::ChangeArguments),
    /// Delete an account: it is anonymised, and its identifier is never given to anybody else
    Delete(change::DeleteArguments),
}

/// Does what the command says.
pub async fn run(command: AccountCommand) -> Result<(), Failure> {
    match command {
        AccountCommand::Create(arguments) => create::create(arguments).await,
        AccountCommand::Show(arguments) => show::show(arguments).await,
        AccountCommand::List(arguments) => list::list(arguments).await,
        AccountCommand::SetEmail(arguments) => change::set_email(arguments).await,
        AccountCommand::IssueLetter(arguments) => issue::issue_letter(arguments).await,
        AccountCommand::Unlock(arguments) => change::unlock(arguments).await,
        AccountCommand::Disable(arguments) => change::disable(arguments).await,
        AccountCommand::Enable(arguments) => change::enable(arguments).await,
        AccountCommand::Delete(arguments) => change::delete(arguments).await,
    }
}

/// Which account a command is about.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("account").required(true).args(["identifier", "sub", "case", "letter"])))]
pub struct AccountName {
    /// The identifier, in any spelling
    identifier: Option<String>,
    /// The sub of its tokens
    #[arg(long)]
    sub: Option<String>,
    /// The case number that the person was given on "Mot de passe oublié ?"
    #[arg(long, value_name = "NUMBER")]
    case: Option<String>,
    /// The number of a letter
    #[arg(long, value_name = "NUMBER")]
    letter: Option<String>,
}

impl AccountName {
    fn naming(&self) -> Naming {
        let given = [
            self.sub.as_deref().map(|sub| Naming::Sub(AccountId::from(sub))),
            self.case.clone().map(Naming::Case),
            self.letter.clone().map(Naming::Letter),
        ];
        let by_identifier = || Naming::Identifier(self.identifier.clone().unwrap_or_default());
        given.into_iter().flatten().next().unwrap_or_else(by_identifier)
    }

    /// The account itself; when there is none, the failure says what to try.
    async fn find(&self, rooms: &Rooms) -> Result<Account, Failure> {
        let naming = self.naming();
        let found = rooms.accounts.find(&naming).await.map_err(|error| Failure::other(&error))?;
        found.ok_or_else(|| {
            Failure::Other(match naming {
                Naming::Identifier(typed) => {
                    format!(
                        "no account has the identifier {typed:?}; guichet account list shows those there are"
                    )
                }
                Naming::Sub(sub) => format!("no account has the sub {:?}", sub.as_str()),
                Naming::Case(number) => format!(
                    "the case number {number:?} leads to no account: it is over, or was given for an unknown \
                     identifier"
                ),
                Naming::Letter(number) => format!("no letter has the number {number:?}"),
            })
        })
    }
}

/// The rooms that a command needs.
async fn open(settings: &Settings) -> Result<Rooms, Failure> {
    Rooms::open(settings, Clock::system(), Rng::system()).await.map_err(|error| Failure::other(&error))
}

/// What to call an account in an answer.
fn name_of(account: &Account) -> String {
    account
        .identifier()
        .filter(|identifier| !identifier.is_empty())
        .map_or_else(|| format!("with sub {}", account.id), ToOwned::to_owned)
}
