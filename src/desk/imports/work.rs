//! The long work: what a list would do, and doing it.

use std::io::Cursor;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::Desk;
use super::report::Line;
use super::{ListId, ListState, PeopleList, Run, store};
use crate::accounts::import::{ImportError, List, Mode, Receiver, RowReport, SettledRows};
use crate::accounts::letters::IssuedLetter;
use crate::accounts::{BatchId, IssueError, Sender};
use crate::audit::{self, Acting, Actor, Event};
use crate::database::Connection;

/// For how long a node has a list for itself; each batch of rows begins it anew.
const LEASE: Duration = Duration::from_mins(2);
/// A list at which nodes failed so often without going on is given up.
const MOST_ATTEMPTS: i64 = 10;

/// Why work at papers stopped; it is taken up again.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// A list could not be read in.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Letters could not be issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

/// A list that this node works at.
struct Work {
    list: PeopleList,
    claim: String,
    acting: Acting,
    sender: Sender,
}

/// Writes down what becomes of the rows, beside what they do.
struct Recorder<'a> {
    desk: &'a Desk,
    work: &'a Work,
    run: Run,
}

impl Desk {
    /// Does all that waits: lists that were brought or started, letters that were asked for anew. Tells how much it was.
    pub async fn work_at_papers(&self, stop: &CancellationToken) -> Result<u64, WorkError> {
        let mut done = 0;
        while !stop.is_cancelled() {
            let any = self.work_at_a_list(stop).await? || self.0.accounts.fill_a_batch(stop).await?;
            if !any {
                break;
            }
            done += 1;
        }
        Ok(done)
    }

    /// Waits until something of that is asked for at this node.
    pub async fn papers_wanted(&self) {
        self.0.wanted.notified().await;
    }

    /// Works at one list until that is done or `stop` says to end; tells whether there was one.
    async fn work_at_a_list(&self, stop: &CancellationToken) -> Result<bool, WorkError> {
        let (claim, now) = (self.0.rng.id(), self.0.clock.now());
        let mut transaction = self.0.database.write().await?;
        let found = store::claim(&mut transaction, &claim, now, now + LEASE).await?;
        transaction.commit().await?;
        let Some((list, attempts)) = found else { return Ok(false) };
        let id = list.id.clone();
        if attempts > MOST_ATTEMPTS {
            self.give_up((&id, &claim), "it failed again and again; the log says why").await?;
            return Ok(true);
        }
        let work = match self.prepare_work(list, claim.clone()) {
            Ok(work) => work,
            Err(fault) => {
                self.give_up((&id, &claim), &fault).await?;
                return Ok(true);
            }
        };
        let ended = tokio::select! {
            () = stop.cancelled() => {
                let mut transaction = self.0.database.write().await?;
                store::release(&mut transaction, &id, &claim).await?;
                transaction.commit().await?;
                return Ok(true);
            }
            ended = self.read_in(&work) => ended,
        };
        match ended {
            Ok(()) => Ok(true),
            // The headings were looked at when it was brought: the configuration was changed since.
            Err(WorkError::Import(ImportError::File(fault))) => {
                self.give_up((&id, &claim), &fault.to_string()).await?;
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    fn prepare_work(&self, list: PeopleList, claim: String) -> Result<Work, String> {
        let settings = self.0.authorities.iter().find(|known| known.id == list.authority);
        let first = settings.and_then(|settings| settings.desks.first()).map(|desk| desk.id.clone());
        let (desk, by) = match &list.start {
            Some(start) => (Some(start.desk.clone()), start.by.to_string()),
            None => (first, list.brought_by.to_string()),
        };
        let desk = desk.as_ref().map(crate::config::DeskId::as_str);
        let sender = self.0.accounts.sender(Some(list.authority.as_str()), desk);
        let acting = Acting { who: by, authority: list.authority.clone(), reason: list.reason.clone() };
        let sender = sender.map_err(|error| error.to_string())?;
        Ok(Work { list, claim, acting, sender })
    }

    async fn read_in(&self, work: &Work) -> Result<(), WorkError> {
        let list = &work.list;
        let Some(bytes) = self.file_of(&list.id).await? else {
            return Ok(self.give_up((&list.id, &work.claim), "its file cannot be opened any more").await?);
        };
        let columns = self.0.columns.clone();
        let opened = tokio::task::spawn_blocking(move || List::open(Cursor::new(bytes), &columns));
        let opened = opened.await.map_err(|_| sqlx::Error::WorkerCrashed)?.map_err(ImportError::File)?;
        let mode = match (&list.start, list.start.as_ref().and_then(|start| start.batch.as_ref())) {
            (None, _) => Mode::DryRun,
            (Some(_), None) => Mode::WithoutLetters,
            (Some(_), Some(_)) => Mode::WithLettersToPrint,
        };
        let actor = Actor::Manager(work.acting.clone());
        let mut recorder = Recorder { desk: self, work, run: list.run() };
        let rest = opened.after(list.done_line).under(self.0.openings.second_manager);
        self.0.accounts.import(rest, &work.sender, mode, &actor, &mut recorder).await?;
        self.finish(work).await?;
        Ok(())
    }

    /// Notes that all was done: with an import goes the file, which is of no more use.
    async fn finish(&self, work: &Work) -> sqlx::Result<()> {
        let (list, now) = (&work.list, self.0.clock.now());
        let state = match list.start {
            Some(_) => ListState::Imported,
            None => ListState::Foreseen,
        };
        let mut transaction = self.0.database.write().await?;
        if !store::end(&mut transaction, (&list.id, &work.claim), state, (now, None)).await? {
            return Ok(());
        }
        if let Some(start) = &list.start {
            store::forget_file(&mut transaction, &list.id).await?;
            if let Some(batch) = &start.batch {
                self.0.accounts.close_batch(&mut transaction, batch).await?;
            }
            let actor = Actor::Manager(work.acting.clone());
            let event = (Event::ListImported, list.id.as_str());
            audit::record_under(&mut transaction, &self.0.rng, now, &list.authority, (None, &actor), event)
                .await?;
        }
        transaction.commit().await
    }

    async fn give_up(&self, (id, claim): (&ListId, &str), fault: &str) -> sqlx::Result<()> {
        tracing::error!(list = %id, fault, "a list of people was given up");
        let mut transaction = self.0.database.write().await?;
        let now = self.0.clock.now();
        store::end(&mut transaction, (id, claim), ListState::Failed, (now, Some(fault))).await?;
        store::forget_file(&mut transaction, id).await?;
        transaction.commit().await
    }
}

impl Recorder<'_> {
    fn batch(&self) -> Option<&BatchId> {
        self.work.list.start.as_ref().and_then(|start| start.batch.as_ref())
    }

    async fn write(
        &self,
        connection: &mut Connection,
        reports: &[RowReport],
        through: u64,
    ) -> sqlx::Result<()> {
        let (id, claim) = (&self.work.list.id, &self.work.claim);
        let until = self.desk.0.clock.now() + LEASE;
        if !store::advance(connection, id, claim, through, until).await? {
            // Whoever has it now goes on from what is committed; nothing of this is.
            return Err(sqlx::Error::Protocol("another node works at this list now".to_owned()));
        }
        for report in reports {
            store::insert_row(connection, id, self.run, &Line::of(report)).await?;
        }
        Ok(())
    }
}

impl Receiver for Recorder<'_> {
    async fn note(&mut self, connection: &mut Connection, rows: SettledRows<'_>) -> sqlx::Result<()> {
        self.write(connection, rows.reports, rows.through).await?;
        match self.batch() {
            Some(batch) if !rows.letters.is_empty() => {
                let acting = &self.work.acting;
                self.desk.0.accounts.add_to_batch(connection, batch, rows.letters, acting).await
            }
            _ => Ok(()),
        }
    }

    async fn foresee(&mut self, reports: &[RowReport], through: u64) -> sqlx::Result<()> {
        let mut transaction = self.desk.0.database.write().await?;
        self.write(&mut transaction, reports, through).await?;
        transaction.commit().await
    }

    fn letters(&mut self, _letters: &[IssuedLetter]) -> std::io::Result<()> {
        Ok(())
    }

    fn row(&mut self, _report: &RowReport) -> std::io::Result<()> {
        Ok(())
    }
}
