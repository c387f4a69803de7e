//! The application's own tables: sign-ins in progress, sessions, expense sheets.

use std::path::Path;
use std::time::Duration;

use sqlx::Row;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};

use crate::kit::clock::Timestamp;
use crate::kit::secrets::{Secret, TokenHash};

use super::person::{Person, Subject, Tokens};
use super::relying_party::{Manner, Remembered};
use super::sessions::Session;
use super::sheet::{Claim, Day, Sheet, SheetId, Status};

const TABLES: [&str; 7] = [
    "CREATE TABLE IF NOT EXISTS sign_ins (
        browser_hash TEXT NOT NULL,
        state_hash TEXT NOT NULL,
        nonce TEXT NOT NULL,
        pkce_verifier TEXT NOT NULL,
        is_silent BOOLEAN NOT NULL,
        begun_at BIGINT NOT NULL,
        PRIMARY KEY (browser_hash, state_hash)
    )",
    "CREATE INDEX IF NOT EXISTS sign_ins_by_age ON sign_ins (begun_at)",
    "CREATE TABLE IF NOT EXISTS sessions (
        id_hash TEXT NOT NULL PRIMARY KEY,
        subject TEXT NOT NULL,
        name TEXT NOT NULL,
        identifier TEXT,
        situation TEXT,
        authority TEXT,
        id_token TEXT NOT NULL,
        access_token TEXT NOT NULL,
        access_token_ends_at BIGINT NOT NULL,
        refresh_token TEXT,
        signed_in_at BIGINT NOT NULL
    )",
    // The provider's name of each session, by which it says that one is over.
    "CREATE TABLE IF NOT EXISTS provider_sessions (
        id_hash TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id_hash) ON DELETE CASCADE,
        sid TEXT NOT NULL
    )",
    "CREATE INDEX IF NOT EXISTS provider_sessions_by_sid ON provider_sessions (sid)",
    "CREATE TABLE IF NOT EXISTS sheets (
        id TEXT NOT NULL PRIMARY KEY,
        subject TEXT NOT NULL,
        exam_centre TEXT NOT NULL,
        held_on TEXT NOT NULL,
        kilometres BIGINT NOT NULL,
        meals BIGINT NOT NULL,
        amount_cents BIGINT NOT NULL,
        status TEXT NOT NULL,
        written_at BIGINT NOT NULL
    )",
    "CREATE INDEX IF NOT EXISTS sheets_by_person ON sheets (subject, held_on)",
];

/// How many sheets of a person are listed.
const MOST_SHEETS: i64 = 200;

/// The application's database.
#[derive(Clone, Debug)]
pub(super) struct Store(SqlitePool);

impl Store {
    /// Opens the file, makes it when it is missing, and makes the tables that are missing in it.
    pub(super) async fn open(file: &Path) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        make_private(file)?;
        let options = SqliteConnectOptions::new()
            .filename(file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        for table in TABLES {
            sqlx::query(table).execute(&pool).await?;
        }
        Ok(Self(pool))
    }

    /// Remembers a sign-in in progress, and forgets those begun before `forgotten_before`.
    pub(super) async fn keep_sign_in(
        &self,
        browser: &TokenHash,
        state: &TokenHash,
        remembered: &Remembered,
        now: Timestamp,
        forgotten_before: Timestamp,
    ) -> sqlx::Result<()> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("DELETE FROM sign_ins WHERE begun_at < $1")
            .bind(forgotten_before.seconds())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO sign_ins (browser_hash, state_hash, nonce, pkce_verifier, is_silent, begun_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(browser.as_str())
        .bind(state.as_str())
        .bind(remembered.nonce.expose())
        .bind(remembered.pkce_verifier.expose())
        .bind(remembered.manner == Manner::Silent)
        .bind(now.seconds())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// Takes what was remembered of a sign-in, which can be done once, by the browser that began it.
    pub(super) async fn take_sign_in(
        &self,
        browser: &TokenHash,
        state: &TokenHash,
        begun_after: Timestamp,
    ) -> sqlx::Result<Option<Remembered>> {
        let row = sqlx::query(
            "DELETE FROM sign_ins WHERE browser_hash = $1 AND state_hash = $2 AND begun_at >= $3
             RETURNING nonce, pkce_verifier, is_silent",
        )
        .bind(browser.as_str())
        .bind(state.as_str())
        .bind(begun_after.seconds())
        .fetch_optional(&self.0)
        .await?;
        row.map(|row| {
            Ok(Remembered {
                nonce: Secret::new(row.try_get::<String, _>("nonce")?),
                pkce_verifier: Secret::new(row.try_get::<String, _>("pkce_verifier")?),
                manner: if row.try_get("is_silent")? { Manner::Silent } else { Manner::Asked },
            })
        })
        .transpose()
    }

    /// Keeps a new session, and forgets those that began before `forgotten_before`.
    pub(super) async fn keep_session(
        &self,
        session: &Session,
        sid: Option<&str>,
        forgotten_before: Timestamp,
    ) -> sqlx::Result<()> {
        let mut transaction = self.0.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("DELETE FROM sessions WHERE signed_in_at < $1")
            .bind(forgotten_before.seconds())
            .execute(&mut *transaction)
            .await?;
        sqlx::query(
            "INSERT INTO sessions (id_hash, subject, name, identifier, situation, authority, id_token,
                 access_token, access_token_ends_at, refresh_token, signed_in_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(session.id_hash.as_str())
        .bind(session.person.subject.as_str())
        .bind(&session.person.name)
        .bind(&session.person.identifier)
        .bind(&session.person.situation)
        .bind(&session.person.authority)
        .bind(session.tokens.id_token.expose())
        .bind(session.tokens.access_token.expose())
        .bind(session.tokens.access_token_ends_at.seconds())
        .bind(session.tokens.refresh_token.as_ref().map(Secret::expose))
        .bind(session.signed_in_at.seconds())
        .execute(&mut *transaction)
        .await?;
        if let Some(sid) = sid {
            sqlx::query("INSERT INTO provider_sessions (id_hash, sid) VALUES ($1, $2)")
                .bind(session.id_hash.as_str())
                .bind(sid)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await
    }

    /// The session of that id, if it began after `begun_after`.
    pub(super) async fn session(
        &self,
        id_hash: &TokenHash,
        begun_after: Timestamp,
    ) -> sqlx::Result<Option<Session>> {
        let row = sqlx::query(
            "SELECT subject, name, identifier, situation, authority, id_token, access_token,
                 access_token_ends_at, refresh_token, signed_in_at
             FROM sessions WHERE id_hash = $1 AND signed_in_at >= $2",
        )
        .bind(id_hash.as_str())
        .bind(begun_after.seconds())
        .fetch_optional(&self.0)
        .await?;
        row.map(|row| read_session(id_hash.clone(), &row)).transpose()
    }

    /// Replaces the tokens of a session that still exists.
    pub(super) async fn replace_tokens(&self, id_hash: &TokenHash, tokens: &Tokens) -> sqlx::Result<()> {
        sqlx::query(
            "UPDATE sessions SET id_token = $2, access_token = $3, access_token_ends_at = $4,
                 refresh_token = $5
             WHERE id_hash = $1",
        )
        .bind(id_hash.as_str())
        .bind(tokens.id_token.expose())
        .bind(tokens.access_token.expose())
        .bind(tokens.access_token_ends_at.seconds())
        .bind(tokens.refresh_token.as_ref().map(Secret::expose))
        .execute(&self.0)
        .await?;
        Ok(())
    }

    /// Ends a session.
    pub(super) async fn end_session(&self, id_hash: &TokenHash) -> sqlx::Result<()> {
        sqlx::query("DELETE FROM sessions WHERE id_hash = $1")
            .bind(id_hash.as_str())
            .execute(&self.0)
            .await?;
        Ok(())
    }

    /// Ends every session that began in a session of the provider; tells how many there were.
    pub(super) async fn end_sessions_of(&self, sid: &str) -> sqlx::Result<u64> {
        let done = sqlx::query(
            "DELETE FROM sessions WHERE id_hash IN (SELECT id_hash FROM provider_sessions WHERE sid = $1)",
        )
        .bind(sid)
        .execute(&self.0)
        .await?;
        Ok(done.rows_affected())
    }

    /// A person's sheets, the latest mission first.
    pub(super) async fn sheets(&self, subject: &Subject) -> sqlx::Result<Vec<Sheet>> {
        let rows = sqlx::query(
            "SELECT id, exam_centre, held_on, kilometres, meals, amount_cents, status FROM sheets
             WHERE subject = $1 ORDER BY held_on DESC, written_at DESC, id LIMIT $2",
        )
        .bind(subject.as_str())
        .bind(MOST_SHEETS)
        .fetch_all(&self.0)
        .await?;
        rows.iter().map(read_sheet).collect()
    }

    /// Writes a new sheet, as a draft.
    pub(super) async fn write_sheet(
        &self,
        id: &SheetId,
        subject: &Subject,
        claim: &Claim,
        now: Timestamp,
    ) -> sqlx::Result<Sheet> {
        let row = sqlx::query(
            "INSERT INTO sheets (id, subject, exam_centre, held_on, kilometres, meals, amount_cents, status,
                 written_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             RETURNING id, exam_centre, held_on, kilometres, meals, amount_cents, status",
        )
        .bind(id.as_str())
        .bind(subject.as_str())
        .bind(claim.exam_centre())
        .bind(claim.day().to_string())
        .bind(claim.kilometres())
        .bind(claim.meals())
        .bind(claim.amount())
        .bind(Status::Draft.name())
        .bind(now.seconds())
        .fetch_one(&self.0)
        .await?;
        read_sheet(&row)
    }

    /// Hands a person's own sheet in; doing it twice changes nothing. `None` when they have no such sheet.
    pub(super) async fn submit_sheet(&self, id: &SheetId, subject: &Subject) -> sqlx::Result<Option<Sheet>> {
        let row = sqlx::query(
            "UPDATE sheets SET status = $3 WHERE id = $1 AND subject = $2
             RETURNING id, exam_centre, held_on, kilometres, meals, amount_cents, status",
        )
        .bind(id.as_str())
        .bind(subject.as_str())
        .bind(Status::Submitted.name())
        .fetch_optional(&self.0)
        .await?;
        row.as_ref().map(read_sheet).transpose()
    }
}

/// The file holds tokens: nobody but its owner may read it. The engine gives its journals the same mode.
fn make_private(file: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

fn read_session(id_hash: TokenHash, row: &SqliteRow) -> sqlx::Result<Session> {
    Ok(Session {
        id_hash,
        person: Person {
            subject: row.try_get::<String, _>("subject")?.into(),
            name: row.try_get("name")?,
            identifier: row.try_get("identifier")?,
            situation: row.try_get("situation")?,
            authority: row.try_get("authority")?,
        },
        tokens: Tokens {
            id_token: Secret::new(row.try_get::<String, _>("id_token")?),
            access_token: Secret::new(row.try_get::<String, _>("access_token")?),
            access_token_ends_at: Timestamp::from_seconds(row.try_get("access_token_ends_at")?),
            refresh_token: row.try_get::<Option<String>, _>("refresh_token")?.map(Secret::new),
        },
        signed_in_at: Timestamp::from_seconds(row.try_get("signed_in_at")?),
    })
}

fn read_sheet(row: &SqliteRow) -> sqlx::Result<Sheet> {
    let unreadable = |column: &str| sqlx::Error::Decode(format!("unreadable {column}").into());
    let day: String = row.try_get("held_on")?;
    let status: String = row.try_get("status")?;
    Ok(Sheet {
        id: row.try_get::<String, _>("id")?.into(),
        exam_centre: row.try_get("exam_centre")?,
        date: Day::parse(&day).ok_or_else(|| unreadable("held_on"))?,
        kilometres: row.try_get("kilometres")?,
        meals: row.try_get("meals")?,
        amount_cents: row.try_get("amount_cents")?,
        status: Status::from_name(&status).ok_or_else(|| unreadable("status"))?,
    })
}
