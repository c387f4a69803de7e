//! Rows on their way: read, hashed and settled at the same time, a bounded number of each.

use std::collections::HashSet;
use std::io::{BufReader, Read, Seek};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::decision::Decision;
use super::encoding::{Encoding, Form};
use super::fields::Headings;
use super::lines::{Line, Lines};
use super::person::{Listed, Seen};
use super::receiver::{Mode, Receiver, SettledRows};
use super::report::{Outcome, Refusal, RowReport, Summary};
use super::settle::{Batch, Done, Prepared};
use super::{FileFault, ImportError};
use crate::accounts::letters::{self, IssuedLetter, LetterNumber, Sender};
use crate::accounts::{Accounts, Busy, TemporaryPassword};
use crate::audit::Actor;
use crate::config::{ImportColumns, SecondManager};
use crate::kit::secrets::Secret;

/// Rows that one transaction settles.
const BATCH: usize = 100;
/// Batches that wait between two stages.
const WAITING: usize = 2;
/// How often a batch is tried that the database gave up for the sake of another.
const ATTEMPTS: u32 = 8;

/// A list whose headings were understood.
pub struct List<F> {
    lines: Lines<BufReader<F>>,
    form: Form,
    headings: Headings,
    columns: ImportColumns,
    /// Up to this line all was settled before.
    settled: u64,
    /// How far one manager alone opens accesses, where a manager brought it.
    rule: SecondManager,
}

/// A row, checked as far as that goes without the database.
struct Row {
    line: u64,
    person: Result<Listed, Refusal>,
}

/// A row with the password that is being hashed for it.
type Planned = (Row, Option<AbortOnDropHandle<Result<Prepared, Busy>>>);
/// A row with the password that was hashed for it.
type Ready = (Row, Option<Prepared>);

impl<F: Read + Seek + Send + 'static> List<F> {
    /// Looks at the whole of a file, and reads its headings.
    pub fn open(mut file: F, columns: &ImportColumns) -> Result<Self, FileFault> {
        let form = Form::of(&mut file)?;
        let mut lines = Lines::of(BufReader::with_capacity(64 * 1024, file), form.line_end);
        let headings = loop {
            let Some((_, line)) = lines.next()? else { return Err(FileFault::Empty) };
            let Line::Whole(bytes) = line else {
                return Err(FileFault::Headings(Refusal::TooLong.to_string()));
            };
            let text = form
                .encoding
                .decode(bytes)
                .ok_or_else(|| FileFault::Headings(Refusal::Encoding(form.encoding.name()).to_string()))?;
            if !text.trim().is_empty() {
                break Headings::read(&text, columns)?;
            }
        };
        Ok(Self { lines, form, headings, columns: columns.clone(), settled: 0, rule: SecondManager::InUse })
    }

    /// The same list, of which all was settled up to a line: its rows are read, so that duplicates of them are known,
    /// and nothing is done for them.
    #[must_use]
    pub fn after(self, settled: u64) -> Self {
        Self { settled, ..self }
    }

    /// The same list, brought by a manager where this rule holds: an operator's is under none.
    #[must_use]
    pub fn under(self, rule: SecondManager) -> Self {
        Self { rule, ..self }
    }

    /// How many lines the file has.
    #[must_use]
    pub const fn line_count(&self) -> u64 {
        self.form.lines
    }

    /// How the file is written.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.form.encoding
    }

    /// Reads rows until the file ends or nobody wants them any more.
    fn read(mut self, rows: &mpsc::Sender<Vec<Row>>) -> Result<(), FileFault> {
        let mut seen = Seen::default();
        let mut batch = Vec::with_capacity(BATCH);
        while let Some((line, read)) = self.lines.next()? {
            let person = match read {
                Line::TooLong => Err(Refusal::TooLong),
                Line::Whole(bytes) => match self.form.encoding.decode(bytes) {
                    None => Err(Refusal::Encoding(self.form.encoding.name())),
                    Some(text) if text.trim().is_empty() => continue,
                    Some(text) => {
                        self.headings.fields(&text).and_then(|fields| Listed::check(fields, &self.columns))
                    }
                },
            };
            let person = person.and_then(|person| match seen.note(line, &person) {
                Some(earlier) => Err(Refusal::Duplicate(earlier)),
                None => Ok(person),
            });
            if line <= self.settled {
                continue;
            }
            batch.push(Row { line, person });
            if batch.len() == BATCH {
                if rows.blocking_send(std::mem::take(&mut batch)).is_err() {
                    return Ok(());
                }
                batch.reserve(BATCH);
            }
        }
        // Whoever takes them may be gone: then they know why.
        let _ = rows.blocking_send(batch);
        Ok(())
    }
}

impl Accounts {
    /// Settles every row of a list, in its order.
    ///
    /// Interrupted at any moment, it leaves whole rows, and letters that the next run issues anew unless
    /// the receiver had them safe.
    pub async fn import<F: Read + Seek + Send + 'static>(
        &self,
        list: List<F>,
        sender: &Sender,
        mode: Mode,
        by: &Actor,
        receiver: &mut impl Receiver,
    ) -> Result<Summary, ImportError> {
        let (to_plan, mut read) = mpsc::channel(WAITING);
        let (to_settle, mut planned) = mpsc::channel(WAITING);
        let rule = list.rule;
        let reading = tokio::task::spawn_blocking(move || list.read(&to_plan));
        let ahead = Settler::new(self, sender, mode, (by, rule));
        let planning = AbortOnDropHandle::new(tokio::spawn(async move {
            while let Some(rows) = read.recv().await {
                let batch = ahead.plan(rows).await;
                let failed = batch.is_err();
                if to_settle.send(batch).await.is_err() || failed {
                    break;
                }
            }
        }));
        let mut settler = Settler::new(self, sender, mode, (by, rule));
        while let Some(batch) = planned.recv().await {
            let mut rows = Vec::with_capacity(BATCH);
            for (row, hashing) in batch? {
                let prepared = match hashing {
                    Some(hashing) => Some(hashing.await.map_err(|_| died())??),
                    None => None,
                };
                rows.push((row, prepared));
            }
            settler.settle(rows, receiver).await?;
        }
        planning.await.map_err(|_| died())?;
        reading.await.map_err(|_| died())??;
        settler.finish(receiver).await
    }
}

/// A task of the import ended without an answer.
fn died() -> ImportError {
    ImportError::Database(sqlx::Error::WorkerCrashed)
}

struct Settler {
    accounts: Accounts,
    sender: Sender,
    mode: Mode,
    by: Actor,
    rule: SecondManager,
    /// Letters that are safe and not yet noted as printed.
    unmarked: Vec<LetterNumber>,
    summary: Summary,
}

impl Settler {
    fn new(accounts: &Accounts, sender: &Sender, mode: Mode, (by, rule): (&Actor, SecondManager)) -> Self {
        Self {
            accounts: accounts.clone(),
            sender: sender.clone(),
            mode,
            by: by.clone(),
            rule,
            unmarked: Vec::new(),
            summary: Summary::default(),
        }
    }

    fn batch(&self) -> Batch<'_> {
        Batch {
            accounts: &self.accounts,
            sender: &self.sender,
            with_letters: self.mode.issues_letters(),
            by: &self.by,
            rule: self.rule,
            now: self.accounts.0.clock.now(),
            expires_at: self.accounts.season_end(),
            issued: HashSet::new(),
        }
    }

    /// Begins to hash a password for each row that will need one, as things stand.
    async fn plan(&self, rows: Vec<Row>) -> Result<Vec<Planned>, ImportError> {
        if !self.mode.issues_letters() {
            return Ok(rows.into_iter().map(|row| (row, None)).collect());
        }
        let batch = self.batch();
        let mut connection = self.accounts.0.database.read().await?;
        let mut planned = Vec::with_capacity(rows.len());
        for row in rows {
            let wants_one = match &row.person {
                Ok(person) => batch.foresee(&mut connection, person).await?.wants_password(),
                Err(_) => false,
            };
            let accounts = self.accounts.clone();
            let hashing = wants_one
                .then(|| AbortOnDropHandle::new(tokio::spawn(async move { accounts.prepare().await })));
            planned.push((row, hashing));
        }
        Ok(planned)
    }

    /// Settles a batch, hands its letters over, and tells of its rows.
    async fn settle(&mut self, rows: Vec<Ready>, receiver: &mut impl Receiver) -> Result<(), ImportError> {
        let mut rows = rows;
        let Some(last) = rows.last().map(|(row, _)| row.line) else { return Ok(()) };
        let mut reports = Vec::with_capacity(rows.len());
        while !rows.is_empty() {
            let (told, letters, wanting) = match self.mode {
                Mode::DryRun => (self.foresee(&rows).await?, Vec::new(), HashSet::new()),
                Mode::WithLetters | Mode::WithoutLetters | Mode::WithLettersToPrint => {
                    self.write(&rows, last, receiver).await?
                }
            };
            if self.mode == Mode::WithLetters && !letters.is_empty() {
                receiver.letters(&letters).map_err(ImportError::Letters)?;
                self.unmarked.extend(letters.into_iter().map(|issued| issued.letter.number));
            }
            reports.extend(told);
            // Somebody changed between the look and the lock: once more, with a password at hand.
            rows.retain(|(row, _)| wanting.contains(&row.line));
            for (_, prepared) in &mut rows {
                *prepared = Some(self.accounts.prepare().await?);
            }
        }
        reports.sort_by_key(|report| report.line);
        if self.mode == Mode::DryRun {
            receiver.foresee(&reports, last).await?;
        }
        for report in &reports {
            self.summary.count(&report.outcome);
            receiver.row(report).map_err(ImportError::Report)?;
        }
        Ok(())
    }

    async fn foresee(&self, rows: &[Ready]) -> Result<Vec<RowReport>, ImportError> {
        let batch = self.batch();
        let mut connection = self.accounts.0.database.read().await?;
        let mut reports = Vec::with_capacity(rows.len());
        for (row, _) in rows {
            let decision = match &row.person {
                Ok(person) => batch.foresee(&mut connection, person).await?,
                Err(refusal) => Decision::Refuse(refusal.clone()),
            };
            reports.push(RowReport { line: row.line, outcome: decision.foreseen() });
        }
        Ok(reports)
    }

    /// One transaction: the letters before are noted as printed, these rows are settled.
    async fn write(
        &mut self,
        rows: &[Ready],
        last: u64,
        receiver: &mut impl Receiver,
    ) -> Result<(Vec<RowReport>, Vec<IssuedLetter>, HashSet<u64>), ImportError> {
        let mut attempts = 0;
        loop {
            match self.try_to_write(rows, last, receiver).await {
                Ok((replaced, written)) => {
                    self.summary.replaced += replaced;
                    self.unmarked.clear();
                    self.accounts.0.mailer.wake();
                    return Ok(written);
                }
                Err(error) if gave_way(&error) && attempts < ATTEMPTS => {
                    attempts += 1;
                    // Longer each time, up to five seconds: whoever won needs the time to finish a batch.
                    tokio::time::sleep(Duration::from_millis(20) * 2_u32.pow(attempts)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    #[allow(clippy::type_complexity, reason = "the two parts go to one caller, which names them at once")]
    async fn try_to_write(
        &self,
        rows: &[Ready],
        last: u64,
        receiver: &mut impl Receiver,
    ) -> sqlx::Result<(u64, (Vec<RowReport>, Vec<IssuedLetter>, HashSet<u64>))> {
        let mut batch = self.batch();
        let mut transaction = self.accounts.0.database.write().await?;
        let mut replaced = 0;
        for number in &self.unmarked {
            replaced += u64::from(!letters::mark_printed(&mut transaction, number, batch.now).await?);
        }
        let (mut reports, mut issued, mut wanting) = (Vec::new(), Vec::new(), HashSet::new());
        for (row, prepared) in rows {
            let outcome = match &row.person {
                Err(refusal) => Outcome::Refused(refusal.clone()),
                Ok(person) => match batch.settle(&mut transaction, person, prepared.as_ref()).await? {
                    Done::Settled(outcome, letter) => {
                        issued.extend(letter.map(|letter| *letter));
                        outcome
                    }
                    Done::WantsPassword => {
                        wanting.insert(row.line);
                        continue;
                    }
                },
            };
            reports.push(RowReport { line: row.line, outcome });
        }
        let through = wanting.iter().min().map_or(last, |line| line - 1);
        let settled = SettledRows { reports: &reports, letters: &issued, through };
        receiver.note(&mut transaction, settled).await?;
        transaction.commit().await?;
        Ok((replaced, (reports, issued, wanting)))
    }

    /// Notes the last letters as printed.
    async fn finish(mut self, receiver: &mut impl Receiver) -> Result<Summary, ImportError> {
        if !self.unmarked.is_empty() {
            self.write(&[], 0, receiver).await?;
        }
        Ok(self.summary)
    }
}

impl Accounts {
    /// Draws a temporary password and hashes it, when its turn comes.
    pub(in crate::accounts) async fn prepare(&self) -> Result<Prepared, Busy> {
        let password = TemporaryPassword::draw(&self.0.rng);
        let canonical = Secret::new(TemporaryPassword::canonical(password.printed()));
        let hash = self.0.hasher.hash_in_turn(canonical).await?;
        Ok(Prepared { password, hash })
    }
}

/// Whether the database gave up this transaction for the sake of another: a deadlock, or a writer that
/// held on for long.
pub(in crate::accounts) fn gave_way(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("40P01" | "40001" | "5" | "261" | "517"))
}
