//! Conversations in SQLite: the store behind [`agent::memory::SessionStore`] that outlives the process.
//!
//! One file in WAL mode, so that reads go on while a turn is written. A conversation is keyed by (subject, session id):
//! the same id under another subject is another conversation. What was not used for `session_days` is forgotten.

use std::{path::Path, sync::Arc, time::Duration};

use agent::memory::{SessionError, SessionStore, SessionSummary, StoredTurn};
use async_trait::async_trait;
use sqlx::{
    Row, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::error::ServerError;

/// The schema written by this build, kept in the file's `user_version`.
const SCHEMA_VERSION: i64 = 1;

/// The tables of [`SCHEMA_VERSION`].
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS sessions (
  subject TEXT NOT NULL, session_id TEXT NOT NULL, title TEXT NOT NULL, last_at_ms INTEGER NOT NULL,
  PRIMARY KEY (subject, session_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sessions_by_use ON sessions (last_at_ms);
CREATE TABLE IF NOT EXISTS turns (
  id INTEGER PRIMARY KEY, subject TEXT NOT NULL, session_id TEXT NOT NULL, turn TEXT NOT NULL,
  FOREIGN KEY (subject, session_id) REFERENCES sessions (subject, session_id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS turns_of_session ON turns (subject, session_id, id);
";

/// Writers wait for each other this long; a write takes milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Readers at the same time; SQLite has one writer whatever we ask for.
const MAX_CONNECTIONS: u32 = 4;

/// How often old conversations are swept out.
const SWEEP_INTERVAL: Duration = Duration::from_secs(3_600);

const MS_PER_DAY: i64 = 86_400_000;

/// The store.
#[derive(Debug, Clone)]
pub struct SqliteSessions {
    pool: SqlitePool,
    session_days: u32,
}

impl SqliteSessions {
    /// Opens or creates the file. Only its owner may read it: conversations are personal data.
    pub async fn open(path: &Path, session_days: u32) -> Result<Self, ServerError> {
        let unusable = |source| ServerError::SessionsFile { path: path.to_owned(), source };
        create_private(path).map_err(|error| unusable(error.into()))?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new().max_connections(MAX_CONNECTIONS).connect_with(options).await;
        let pool = pool.map_err(unusable)?;
        let found: i64 =
            sqlx::query_scalar("PRAGMA user_version").fetch_one(&pool).await.map_err(unusable)?;
        if found > SCHEMA_VERSION {
            let path = path.to_owned();
            return Err(ServerError::SessionsSchema { path, found, known: SCHEMA_VERSION });
        }
        sqlx::raw_sql(SCHEMA).execute(&pool).await.map_err(unusable)?;
        // The version of 1 is written out: a pragma takes no bound parameter.
        sqlx::raw_sql("PRAGMA user_version = 1").execute(&pool).await.map_err(unusable)?;
        Ok(Self { pool, session_days })
    }

    /// Forgets conversations that were not used for `session_days`; returns how many.
    pub async fn sweep(&self) -> Result<u64, SessionError> {
        let now_ms =
            i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX);
        let oldest = now_ms - i64::from(self.session_days) * MS_PER_DAY;
        let swept =
            sqlx::query("DELETE FROM sessions WHERE last_at_ms < ?").bind(oldest).execute(&self.pool).await;
        swept.map(|result| result.rows_affected()).map_err(store)
    }

    /// Sweeps now and every hour until cancelled.
    pub async fn sweep_until(self: Arc<Self>, cancel: CancellationToken) {
        let mut ticks = tokio::time::interval(SWEEP_INTERVAL);
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                _ = ticks.tick() => match self.sweep().await {
                    Ok(0) => {}
                    Ok(sessions) => tracing::info!(sessions, "old conversations forgotten"),
                    Err(error) => tracing::error!(%error, "old conversations could not be swept out"),
                },
            }
        }
    }

    async fn exists(&self, subject: &str, session_id: &str) -> Result<(), SessionError> {
        let found = sqlx::query("SELECT 1 FROM sessions WHERE subject = ? AND session_id = ?")
            .bind(subject)
            .bind(session_id)
            .fetch_optional(&self.pool)
            .await
            .map_err(store)?;
        found.map(drop).ok_or_else(|| SessionError::NotFound(session_id.to_owned()))
    }
}

#[async_trait]
impl SessionStore for SqliteSessions {
    async fn load(
        &self,
        subject: &str,
        session_id: &str,
        turns: usize,
    ) -> Result<Vec<StoredTurn>, SessionError> {
        self.exists(subject, session_id).await?;
        let newest_first = sqlx::query_scalar::<_, String>(
            "SELECT turn FROM turns WHERE subject = ? AND session_id = ? ORDER BY id DESC LIMIT ?",
        )
        .bind(subject)
        .bind(session_id)
        .bind(i64::try_from(turns).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await
        .map_err(store)?;
        newest_first.iter().rev().map(|turn| serde_json::from_str(turn).map_err(store)).collect()
    }

    async fn append(&self, subject: &str, session_id: &str, turn: StoredTurn) -> Result<(), SessionError> {
        let text = serde_json::to_string(&turn).map_err(store)?;
        // Immediate: a transaction that reads first and writes then can be refused when another writes in between.
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(store)?;
        sqlx::query(
            "INSERT INTO sessions (subject, session_id, title, last_at_ms) VALUES (?, ?, ?, ?)
             ON CONFLICT (subject, session_id) DO UPDATE SET last_at_ms = excluded.last_at_ms",
        )
        .bind(subject)
        .bind(session_id)
        .bind(&turn.message)
        .bind(turn.at_ms)
        .execute(&mut *transaction)
        .await
        .map_err(store)?;
        sqlx::query("INSERT INTO turns (subject, session_id, turn) VALUES (?, ?, ?)")
            .bind(subject)
            .bind(session_id)
            .bind(text)
            .execute(&mut *transaction)
            .await
            .map_err(store)?;
        transaction.commit().await.map_err(store)
    }

    async fn list(&self, subject: &str, limit: usize) -> Result<Vec<SessionSummary>, SessionError> {
        let rows = sqlx::query(
            "SELECT session_id, title, last_at_ms,
                    (SELECT count(*) FROM turns
                     WHERE turns.subject = sessions.subject AND turns.session_id = sessions.session_id) AS turns
             FROM sessions WHERE subject = ? ORDER BY last_at_ms DESC, session_id LIMIT ?",
        )
        .bind(subject)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await
        .map_err(store)?;
        let summary = |row: &sqlx::sqlite::SqliteRow| -> Result<SessionSummary, sqlx::Error> {
            Ok(SessionSummary {
                session_id: row.try_get("session_id")?,
                title: row.try_get("title")?,
                turns: usize::try_from(row.try_get::<i64, _>("turns")?).unwrap_or_default(),
                last_at_ms: row.try_get("last_at_ms")?,
            })
        };
        rows.iter().map(|row| summary(row).map_err(store)).collect()
    }

    async fn delete(&self, subject: &str, session_id: &str) -> Result<(), SessionError> {
        let deleted = sqlx::query("DELETE FROM sessions WHERE subject = ? AND session_id = ?")
            .bind(subject)
            .bind(session_id)
            .execute(&self.pool)
            .await
            .map_err(store)?;
        if deleted.rows_affected() == 0 { Err(SessionError::NotFound(session_id.to_owned())) } else { Ok(()) }
    }
}

fn store(error: impl std::fmt::Display) -> SessionError {
    SessionError::Store(error.to_string())
}

fn create_private(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use agent::memory::contract;

    use super::*;

    async fn store_in(folder: &tempfile::TempDir) -> SqliteSessions {
        SqliteSessions::open(&folder.path().join("s/sessions.sqlite"), 30).await.unwrap()
    }

    fn now_ms() -> i64 {
        i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap()
    }

    #[tokio::test]
    async fn the_store_in_sqlite_keeps_the_contract() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(contract::run(&store_in(&folder).await).await, Ok(()));
    }

    #[tokio::test]
    async fn a_conversation_outlives_the_process() {
        let folder = tempfile::tempdir().unwrap();
        store_in(&folder).await.append("ann", "s", contract::turn(1, "hello")).await.unwrap();
        let turns = store_in(&folder).await.load("ann", "s", 10).await.unwrap();
        assert_eq!(turns[0].message, "hello");
    }

    #[tokio::test]
    async fn what_was_not_used_for_the_configured_days_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = store_in(&folder).await;
        sessions.append("ann", "old", contract::turn(now_ms() - 31 * MS_PER_DAY, "old")).await.unwrap();
        sessions.append("ann", "new", contract::turn(now_ms() - 29 * MS_PER_DAY, "new")).await.unwrap();
        assert_eq!(sessions.sweep().await.unwrap(), 1);
        assert!(matches!(sessions.load("ann", "old", 1).await, Err(SessionError::NotFound(_))));
        assert_eq!(sessions.load("ann", "new", 1).await.unwrap().len(), 1);
        let left: i64 =
            sqlx::query_scalar("SELECT count(*) FROM turns").fetch_one(&sessions.pool).await.unwrap();
        assert_eq!(left, 1, "the turns go with their session");
    }

    #[tokio::test]
    async fn turns_written_side_by_side_are_all_kept() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = store_in(&folder).await;
        let writes = (0..20).map(|at| {
            let sessions = sessions.clone();
            async move { sessions.append("ann", "s", contract::turn(at, "hello")).await }
        });
        for written in futures::future::join_all(writes).await {
            written.unwrap();
        }
        assert_eq!(sessions.load("ann", "s", 100).await.unwrap().len(), 20);
    }

    #[tokio::test]
    async fn a_file_of_a_newer_binary_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let sessions = store_in(&folder).await;
        sqlx::raw_sql("PRAGMA user_version = 99").execute(&sessions.pool).await.unwrap();
        let path = folder.path().join("s/sessions.sqlite");
        assert!(matches!(
            SqliteSessions::open(&path, 30).await,
            Err(ServerError::SessionsSchema { found: 99, .. })
        ));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        drop(store_in(&folder).await);
        let mode = std::fs::metadata(folder.path().join("s/sessions.sqlite")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
}
