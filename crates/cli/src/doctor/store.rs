//! The files: do they open, can they be written, and who else can read them? Nothing is created or changed.

use std::path::Path;
use std::time::Duration;

use paypair_verifier::Config;
use rusqlite::{Connection, OpenFlags};

use super::{Finding, fail, ok, warn};

/// Looks at the store.
pub(super) fn check(config: &Config) -> Vec<Finding> {
    let file = Path::new(&config.database);
    if !file.exists() {
        return vec![folder(file)];
    }
    match opened(file) {
        Ok(()) => vec![
            ok(
                "database",
                format!("{} opens and can be written", file.display()),
            ),
            secrecy(file),
        ],
        Err(why) => vec![fail(
            "database",
            format!("{}: {why}", file.display()),
            "run the doctor as the user of `paypair serve`; that user must own the file and its folder",
        )],
    }
}

/// Before the first start there is only the place where it will be.
fn folder(file: &Path) -> Finding {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let writable = folder
        .metadata()
        .is_ok_and(|found| found.is_dir() && !found.permissions().readonly());
    if writable {
        ok(
            "database",
            format!("{} will be made at the first start", file.display()),
        )
    } else {
        fail(
            "database",
            format!(
                "there is no folder {} that can be written",
                folder.display()
            ),
            "make it, owned by the user of `paypair serve`, on a local disk",
        )
    }
}

/// Takes the write lock and lets it go again.
fn opened(file: &Path) -> Result<(), String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let tried = Connection::open_with_flags(file, flags).and_then(|connection| {
        connection.busy_timeout(Duration::from_secs(2))?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?;
        Ok(version)
    });
    match tried {
        Ok(0) => Err("is a database, but not one of ours".to_owned()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

/// Keys and orders are for one user.
#[cfg(unix)]
pub(super) fn secrecy(file: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt as _;
    const CHECK: &str = "permissions";
    let shown = file.display();
    match file.metadata() {
        Ok(found) if found.permissions().mode() & 0o077 == 0 => {
            ok(CHECK, format!("{shown} is for its owner alone"))
        }
        Ok(found) => warn(
            CHECK,
            format!(
                "{shown} is open to others (mode {:o})",
                found.permissions().mode() & 0o777
            ),
            format!("chmod 600 {shown}"),
        ),
        Err(error) => fail(CHECK, format!("{shown}: {error}"), "check the path"),
    }
}

/// Elsewhere nobody knows a mode.
#[cfg(not(unix))]
pub(super) fn secrecy(file: &Path) -> Finding {
    warn(
        "permissions",
        format!("{} cannot be checked on this system", file.display()),
        "see that only the user of `paypair serve` can read it",
    )
}
