//! `guichet account set-email|unlock|disable|enable|delete`
//!
//! Each may be repeated: what is so already is said to be, and is no failure.

use clap::{ArgGroup, Args};

use super::super::{ConfigFile, Failure};
use super::{AccountName, name_of, open};
use crate::accounts::{Account, AddressChange, Change, Mandate};
use crate::mail::Address;
use crate::server::Rooms;

#[derive(Debug, Args)]
pub struct ChangeArguments {
    #[command(flatten)]
    config: ConfigFile,
    #[command(flatten)]
    account: AccountName,
}

#[derive(Debug, Args)]
pub struct DeleteArguments {
    #[command(flatten)]
    change: ChangeArguments,
    /// Yes, for good: without this, nothing is deleted
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("email").required(true).args(["address", "none"])))]
pub struct SetEmailArguments {
    #[command(flatten)]
    config: ConfigFile,
    /// The identifier, in any spelling
    identifier: String,
    /// The address
    address: Option<String>,
    /// Take the address away
    #[arg(long)]
    none: bool,
}

impl ChangeArguments {
    async fn open(&self) -> Result<(Rooms, Account), Failure> {
        let rooms = open(&self.config.load()?).await?;
        let account = self.account.find(&rooms).await?;
        Ok((rooms, account))
    }
}

/// Disables an account.
pub async fn disable(arguments: ChangeArguments) -> Result<(), Failure> {
    let (rooms, account) = arguments.open().await?;
    let change = rooms.accounts.disable(&account.id, &Mandate::operator()).await;
    told(&rooms, change, &account, "disabled; its sessions and grants are ended", "is disabled already").await
}

/// Enables an account.
pub async fn enable(arguments: ChangeArguments) -> Result<(), Failure> {
    let (rooms, account) = arguments.open().await?;
    let change = rooms.accounts.enable(&account.id, &Mandate::operator()).await;
    told(&rooms, change, &account, "enabled; what was ended stays so", "is enabled already").await
}

/// Deletes an account.
pub async fn delete(arguments: DeleteArguments) -> Result<(), Failure> {
    let (rooms, account) = arguments.change.open().await?;
    if !arguments.yes {
        let name = name_of(&account);
        rooms.database.close().await;
        return Err(Failure::Other(format!(
            "account {name} would be anonymised for good; say --yes to do that, or disable it to keep it"
        )));
    }
    let change = rooms.accounts.delete(&account.id, &Mandate::operator()).await;
    told(&rooms, change, &account, "deleted; its identifier stays taken", "is deleted already").await
}

async fn told(
    rooms: &Rooms,
    change: sqlx::Result<Change>,
    account: &Account,
    done: &str,
    already: &str,
) -> Result<(), Failure> {
    let change = change.map_err(|error| Failure::other(&error))?;
    rooms.database.close().await;
    let name = name_of(account);
    match change {
        Change::Made => println!("account {name} {done}"),
        Change::AlreadySo => println!("account {name} {already}"),
        Change::Gone | Change::Stale => return Err(Failure::Other(format!("account {name} is deleted"))),
    }
    Ok(())
}

/// Lifts the waits of an account.
pub async fn unlock(arguments: ChangeArguments) -> Result<(), Failure> {
    let (rooms, account) = arguments.open().await?;
    let name = name_of(&account);
    let Some(identifier) = account.identifier().filter(|identifier| !identifier.is_empty()) else {
        return Err(Failure::Other(format!("account {name} has no password here, so nothing waits")));
    };
    let lifted = async {
        let mut transaction = rooms.database.write().await?;
        let lifted = rooms.throttle.unlock(&mut transaction, identifier).await?;
        if lifted {
            rooms.accounts.note_unlocked(&mut transaction, &account.id, &Mandate::operator()).await?;
        }
        transaction.commit().await?;
        Ok::<_, sqlx::Error>(lifted)
    };
    let lifted = lifted.await.map_err(|error| Failure::other(&error))?;
    rooms.database.close().await;
    if lifted {
        println!("account {name} unlocked: its failed sign-ins are forgotten");
    } else {
        println!("account {name} had no failed sign-in");
    }
    Ok(())
}

/// Sets the mail address of an account.
pub async fn set_email(arguments: SetEmailArguments) -> Result<(), Failure> {
    let address = match &arguments.address {
        None => None,
        Some(typed) => Some(Address::parse(typed).ok_or_else(|| {
            Failure::Other(format!("{typed:?} is no mail address; expected one like name@example.org"))
        })?),
    };
    let rooms = open(&arguments.config.load()?).await?;
    let named = AccountName { identifier: Some(arguments.identifier), sub: None, case: None, letter: None };
    let account = named.find(&rooms).await?;
    let name = name_of(&account);
    let change = rooms.accounts.set_email(&account.id, address.as_ref(), &Mandate::operator()).await;
    let change = change.map_err(|error| Failure::other(&error))?;
    rooms.database.close().await;
    let now = address
        .as_ref()
        .map_or_else(|| "no mail address".to_owned(), |address| format!("the mail address {address}"));
    match change {
        AddressChange::Made { previous_told, new_told } => {
            let told = match (previous_told, new_told) {
                (true, true) => "; a mail each tells the previous address and the new one",
                (true, false) => "; a mail tells the previous address",
                (false, true) => "; a mail tells it",
                (false, false) => "",
            };
            println!("account {name} has {now}{told}");
        }
        AddressChange::AlreadySo => println!("account {name} has {now} already"),
        AddressChange::Gone | AddressChange::Stale => {
            return Err(Failure::Other(format!("account {name} is deleted")));
        }
        AddressChange::Upstream => {
            return Err(Failure::Other(format!(
                "account {name} has its address from its upstream provider, at each sign-in"
            )));
        }
    }
    Ok(())
}
