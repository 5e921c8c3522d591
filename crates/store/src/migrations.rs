//! Migrations: append-only pairs of the same name for both databases.
//!
//! They are listed here instead of read by a macro: sqlx's macros would bring a second build of both
//! drivers into every compilation.

use std::borrow::Cow;

use sqlx::AnyPool;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use crate::dialect::Dialect;
use crate::error::{Error, Result};

macro_rules! migrations {
    ($($number:literal $name:literal),* $(,)?) => {
        [$((
            $number,
            $name,
            include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        )),*]
    };
}

/// Number, name, text for SQLite, text for PostgreSQL.
const ALL: &[(i64, &str, &str, &str)] = &migrations![1 "0001_begin", 2 "0002_permissions", 3 "0003_triggers", 4 "0004_hooks", 5 "0005_versions", 10 "0010_retention", 11 "0011_token_issuers", 12 "0012_ways", 13 "0013_task_history", 14 "0014_hook_registrations", 15 "0015_connect_links", 23 "0023_team", 24 "0024_skipped_events", 40 "0040_pins", 41 "0041_journal_in_order", 44 "0044_event_destinations", 45 "0045_rollouts", 46 "0046_releases", 52 "0052_connect_links_account", 53 "0053_syncs", 62 "0062_poll_places", 63 "0063_trigger_subscriptions", 64 "0064_event_destination_payload"];

/// Brings the tables up to date.
pub(crate) async fn run(pool: &AnyPool, dialect: Dialect) -> Result<()> {
    let migrations = ALL
        .iter()
        .map(|(number, name, sqlite, postgres)| {
            let statements = dialect.pick(sqlite, postgres);
            Migration::new(
                *number,
                Cow::Borrowed(*name),
                MigrationType::Simple,
                sqlx::SqlStr::from_static(statements),
                false,
            )
        })
        .collect::<Vec<_>>();
    let migrator = Migrator { migrations: Cow::Owned(migrations), ..Migrator::DEFAULT };
    migrator.run(pool).await.map_err(|source| Error::Migrate { source })
}

/// The names of all migrations, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(_, name, ..)| *name)
}

/// Number and name of all migrations, in order.
pub(crate) fn numbered() -> impl Iterator<Item = (i64, &'static str)> {
    ALL.iter().map(|(number, name, ..)| (*number, *name))
}
