//! Questions and changes of one kind that come at once, put to the database together.
//!
//! For one row, the way to the database and back costs more than what is done there. So whoever asks while others are
//! being answered waits with those who do the same, and one statement answers them all. Nothing is remembered: what is
//! told was read after it was asked for, and a change that is told of is on disk.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{iter, mem};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sqlx::Row;
use sqlx::any::AnyRow;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::unbroken::Unbroken;
use super::{Connection, Database, Engine, Reader};

/// So many questions one statement answers at the most.
const MOST: usize = 32;

/// How long an answer may take: those who ask next wait for it too.
const PATIENCE: Duration = Duration::from_secs(3);

/// Puts questions, as many as a [`Statement`] takes, and gives their answers in the same order.
pub type Put<Q, A> = for<'c> fn(&'c mut Connection, &'c [Q]) -> BoxFuture<'c, sqlx::Result<Vec<A>>>;

/// Those who ask one kind of question, or want one kind of change.
pub struct Together<Q, A>(Arc<Inner<Q, A>>);

struct Inner<Q, A> {
    database: Database,
    purpose: Purpose,
    put: Put<Q, A>,
    queue: Mutex<Queue<Q, A>>,
}

#[derive(Clone, Copy, Debug)]
enum Purpose {
    Read,
    Change,
}

struct Queue<Q, A> {
    waiting: Vec<(Q, Answer<A>)>,
    /// Whether somebody is at the database for them.
    is_served: bool,
}

/// Where an answer goes.
type Answer<A> = oneshot::Sender<sqlx::Result<A>>;

impl<Q: Send + Sync + 'static, A: Send + 'static> Together<Q, A> {
    /// Questions that are put to a database by `put`, which only reads.
    #[must_use]
    pub fn reading(database: Database, put: Put<Q, A>) -> Self {
        Self::of(database, Purpose::Read, put)
    }

    /// Changes that are made in a database by `put`, in one statement: so they happen all or not at all.
    #[must_use]
    pub fn changing(database: Database, put: Put<Q, A>) -> Self {
        Self::of(database, Purpose::Change, put)
    }

    fn of(database: Database, purpose: Purpose, put: Put<Q, A>) -> Self {
        let queue = Mutex::new(Queue { waiting: Vec::new(), is_served: false });
        Self(Arc::new(Inner { database, purpose, put, queue }))
    }

    /// The answer to a question, read after it was asked; of a change, once it is on disk.
    ///
    /// An error of the database itself (a constraint, a text that it does not take) is that of this very question: what
    /// fails in company is tried again alone.
    pub async fn ask(&self, question: Q) -> sqlx::Result<A> {
        let (answer, mut told) = oneshot::channel();
        let begins = {
            let mut queue = lock(&self.0.queue);
            queue.waiting.push((question, answer));
            !mem::replace(&mut queue.is_served, true)
        };
        if !begins {
            return told.await.unwrap_or(Err(sqlx::Error::WorkerCrashed));
        }
        // Whoever asked may leave at any moment, once they were told at the latest, and the others still wait.
        let service = Service { of: Arc::clone(&self.0), connection: None, is_over: false };
        // When it breaks off, everybody hears of it in the same way.
        let mut service = Unbroken::new(Handle::current(), AssertUnwindSafe(service.run()).catch_unwind());
        let told = tokio::select! {
            biased;
            told = &mut told => told,
            _ = &mut service => told.await,
        };
        told.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}

/// Whether it may be one question among others at which a statement failed, or its answer: not the connection.
const fn may_be_of_one(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Somebody at the database for those who wait.
struct Service<Q, A> {
    of: Arc<Inner<Q, A>>,
    /// At which it is, from one statement to the next.
    connection: Option<Reader>,
    is_over: bool,
}

impl<Q: Send + Sync + 'static, A: Send + 'static> Service<Q, A> {
    async fn run(mut self) {
        while let Some((questions, answers)) = self.next() {
            match self.answers_to(&questions).await {
                Ok(told) => {
                    for (answer, told) in answers.into_iter().zip(told) {
                        // Whoever is gone asked for nothing more.
                        let _ = answer.send(Ok(told));
                    }
                }
                Err(error) => self.tell_fault(error, &questions, answers).await,
            }
        }
    }

    /// Tells those who asked together of an error; what may be the fault of one of them is tried again for each alone.
    async fn tell_fault(&mut self, error: sqlx::Error, questions: &[Q], mut answers: Vec<Answer<A>>) {
        if questions.len() == 1 {
            let _ = answers.pop().map(|answer| answer.send(Err(error)));
        } else if may_be_of_one(&error) {
            for (question, answer) in questions.chunks(1).zip(answers) {
                let told = self.answers_to(question).await;
                let _ = answer
                    .send(told.and_then(|told| told.into_iter().next().ok_or(sqlx::Error::RowNotFound)));
            }
        } else {
            let cause = error.to_string();
            for answer in answers {
                let _ = answer.send(Err(sqlx::Error::Protocol(cause.clone())));
            }
        }
    }

    /// Those who wait by now; when there is nobody, the service is over.
    fn next(&mut self) -> Option<(Vec<Q>, Vec<Answer<A>>)> {
        let mut queue = lock(&self.of.queue);
        let many = queue.waiting.len().min(MOST);
        if many == 0 {
            queue.is_served = false;
            drop(queue);
            self.is_over = true;
            return None;
        }
        Some(queue.waiting.drain(..many).unzip())
    }

    async fn answers_to(&mut self, questions: &[Q]) -> sqlx::Result<Vec<A>> {
        if let (Purpose::Change, Engine::Sqlite) = (self.of.purpose, self.of.database.engine()) {
            let mut turn = self.of.database.write().await?;
            let told = (self.of.put)(&mut turn, questions).await?;
            turn.commit().await?;
            return Ok(told);
        }
        let mut connection = self.connection().await?;
        connection.went_well(false);
        if let Ok(told) = tokio::time::timeout(PATIENCE, (self.of.put)(&mut connection, questions)).await {
            connection.went_well(told.is_ok());
            self.connection = told.is_ok().then_some(connection);
            return told;
        }
        // Whatever it still waits for, nobody else shall.
        connection.give_up();
        Err(sqlx::Error::PoolTimedOut)
    }

    /// The connection that it is at, or one to be at. A change on PostgreSQL is one statement, a transaction by itself.
    async fn connection(&mut self) -> sqlx::Result<Reader> {
        match (self.connection.take(), self.of.purpose) {
            (Some(connection), _) => Ok(connection),
            (None, Purpose::Read) => self.of.database.read().await,
            (None, Purpose::Change) => self.of.database.writers.acquire().await.map(Reader::from),
        }
    }
}

impl<Q, A> Drop for Service<Q, A> {
    /// When it breaks off, those who wait hear of it, and the next one who asks sends another.
    fn drop(&mut self) {
        if !self.is_over {
            let mut queue = lock(&self.of.queue);
            queue.is_served = false;
            queue.waiting.clear();
        }
    }
}

/// One question's statement, worded for as many as are put together.
///
/// It reads from a table `asked` of the questions: a column `place`, which counts them from 0 on, and those that it
/// names. Some of its rows may be of nobody, at the end: all that they hold but the place is NULL, which equals nothing.
#[derive(Debug)]
pub struct Statement {
    columns: usize,
    /// For 1, 2, 4, … questions: each wording is one that a connection prepares.
    texts: Vec<String>,
}

impl Statement {
    /// The statement that `select` makes of a table `asked` with these columns.
    #[must_use]
    pub fn new(columns: &[&str], select: &str) -> Self {
        let sizes = (0..=MOST.ilog2()).map(|power| 1_usize << power);
        let worded = |size| {
            let row = |place: usize| {
                let first = place * columns.len() + 1;
                (first..first + columns.len())
                    .fold(place.to_string(), |row, number| format!("{row}, ${number}"))
            };
            let rows: Vec<_> = (0..size).map(|place| format!("({})", row(place))).collect();
            format!("WITH asked (place, {}) AS (VALUES {}) {select}", columns.join(", "), rows.join(", "))
        };
        Self { columns: columns.len(), texts: sizes.map(worded).collect() }
    }

    /// Puts questions, whose columns are texts or nothing, and gives for each what is read of the row that answers it, if
    /// there is one.
    pub async fn put<'q, const N: usize, V: Into<Option<&'q str>>, A>(
        &'static self,
        connection: &mut Connection,
        questions: impl ExactSizeIterator<Item = [V; N]>,
        read: impl Fn(&AnyRow) -> sqlx::Result<A>,
    ) -> sqlx::Result<Vec<Option<A>>> {
        let many = questions.len();
        let mut answers: Vec<_> = (0..many).map(|_| None).collect();
        for row in self.rows(connection, questions).await? {
            let place: i64 = row.try_get("place")?;
            if let Some(answer) = usize::try_from(place).ok().and_then(|place| answers.get_mut(place)) {
                *answer = Some(read(&row)?);
            }
        }
        Ok(answers)
    }

    /// Puts questions, and gives all rows that come back, in whatever order.
    pub async fn rows<'q, const N: usize, V: Into<Option<&'q str>>>(
        &'static self,
        connection: &mut Connection,
        questions: impl ExactSizeIterator<Item = [V; N]>,
    ) -> sqlx::Result<Vec<AnyRow>> {
        debug_assert_eq!(N, self.columns, "a text for each column");
        let many = questions.len();
        let size = many.next_power_of_two();
        let text = self.texts.get(size.ilog2() as usize).ok_or(sqlx::Error::WorkerCrashed)?;
        let asked = questions.flatten().map(Into::into);
        let of_nobody = iter::repeat_n(None, (size - many) * N);
        let query = asked.chain(of_nobody).fold(sqlx::query(text.as_str()), sqlx::query::Query::bind);
        query.fetch_all(connection).await
    }
}
