//! Questions of one kind that come at once, put to the database together.
//!
//! For a question of one row, the way to the database and back costs more than the answer. So whoever asks while
//! others are being answered waits with those who do the same, and one statement answers them all. Nothing is
//! remembered: what is told was read after it was asked for.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::Row;
use sqlx::any::AnyRow;
use tokio::sync::oneshot;

use super::{Connection, Database};

/// So many questions one statement answers at the most.
const MOST: usize = 32;

/// How long an answer may take: those who ask next wait for it too.
const PATIENCE: Duration = Duration::from_secs(3);

/// Puts questions, as many as a [`Statement`] takes, and gives their answers in the same order.
pub type Put<Q, A> = for<'c> fn(&'c mut Connection, &'c [Q]) -> BoxFuture<'c, sqlx::Result<Vec<A>>>;

/// Those who ask one kind of question.
pub struct Together<Q, A>(Arc<Inner<Q, A>>);

struct Inner<Q, A> {
    database: Database,
    put: Put<Q, A>,
    queue: Mutex<Queue<Q, A>>,
}

struct Queue<Q, A> {
    waiting: Vec<(Q, Answer<A>)>,
    /// Whether somebody is at the database for them.
    is_served: bool,
}

/// Where an answer goes.
type Answer<A> = oneshot::Sender<sqlx::Result<A>>;

impl<Q: Send + Sync + 'static, A: Send + 'static> Together<Q, A> {
    /// Questions that are put to a database by `put`.
    #[must_use]
    pub fn new(database: Database, put: Put<Q, A>) -> Self {
        let queue = Mutex::new(Queue { waiting: Vec::new(), is_served: false });
        Self(Arc::new(Inner { database, put, queue }))
    }

    /// The answer to a question, read after it was asked.
    pub async fn ask(&self, question: Q) -> sqlx::Result<A> {
        let (answer, told) = oneshot::channel();
        let begins = {
            let mut queue = self.0.queue();
            queue.waiting.push((question, answer));
            !mem::replace(&mut queue.is_served, true)
        };
        // Whoever asked may leave at any moment, and the others still wait: it goes on without them.
        if begins {
            tokio::spawn(Service { of: Arc::clone(&self.0), is_over: false }.run());
        }
        told.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }
}

impl<Q, A> Inner<Q, A> {
    fn queue(&self) -> MutexGuard<'_, Queue<Q, A>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody at the database for those who wait.
struct Service<Q, A> {
    of: Arc<Inner<Q, A>>,
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
                Err(error) => {
                    let cause = error.to_string();
                    for answer in answers {
                        let _ = answer.send(Err(sqlx::Error::Protocol(cause.clone())));
                    }
                }
            }
        }
    }

    /// Those who wait by now; when there is nobody, the service is over.
    fn next(&mut self) -> Option<(Vec<Q>, Vec<Answer<A>>)> {
        let mut queue = self.of.queue();
        let many = queue.waiting.len().min(MOST);
        if many == 0 {
            queue.is_served = false;
            self.is_over = true;
            return None;
        }
        Some(queue.waiting.drain(..many).unzip())
    }

    async fn answers_to(&self, questions: &[Q]) -> sqlx::Result<Vec<A>> {
        let mut connection = self.of.database.read().await?;
        if let Ok(told) = tokio::time::timeout(PATIENCE, (self.of.put)(&mut connection, questions)).await {
            return told;
        }
        // Whatever it still waits for, nobody else shall.
        drop(connection.detach());
        Err(sqlx::Error::PoolTimedOut)
    }
}

impl<Q, A> Drop for Service<Q, A> {
    /// When it breaks off, those who wait hear of it, and the next one who asks sends another.
    fn drop(&mut self) {
        if !self.is_over {
            let mut queue = self.of.queue();
            queue.is_served = false;
            queue.waiting.clear();
        }
    }
}

/// One question's statement, worded for as many as are put together.
///
/// It reads from a table `asked` of the questions: a column `place`, which counts them from 0 on, and those that it names.
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

    /// Puts questions, whose columns are texts, and gives for each the row that answers it, if there is one.
    pub async fn put<'q, const N: usize>(
        &'static self,
        connection: &mut Connection,
        questions: impl ExactSizeIterator<Item = [&'q str; N]>,
    ) -> sqlx::Result<Vec<Option<AnyRow>>> {
        debug_assert_eq!(N, self.columns, "a text for each column");
        let many = questions.len();
        let size = many.next_power_of_two();
        let text = self.texts.get(size.ilog2() as usize).ok_or(sqlx::Error::WorkerCrashed)?;
        let mut query = sqlx::query(text.as_str());
        let mut last = [""; N];
        for question in questions {
            query = question.iter().fold(query, |query, value| query.bind(*value));
            last = question;
        }
        // The places that are left ask the last question again.
        for value in last.iter().cycle().take((size - many) * N) {
            query = query.bind(*value);
        }
        let mut answers: Vec<_> = (0..many).map(|_| None).collect();
        for row in query.fetch_all(connection).await? {
            let place: i64 = row.try_get("place")?;
            if let Some(answer) = usize::try_from(place).ok().and_then(|place| answers.get_mut(place)) {
                *answer = Some(row);
            }
        }
        Ok(answers)
    }
}
