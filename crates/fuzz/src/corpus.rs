//! What a target starts from: its folder in `corpus/`, and recorded messages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Target;

/// Every seed of a target, in a fixed order. What once broke a promise is kept in the target's folder.
///
/// # Errors
/// A folder or file cannot be read.
pub fn seeds(target: Target) -> io::Result<Vec<Vec<u8>>> {
    let mut files = files_below(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("corpus")
            .join(target.name),
    )?;
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let recorded = files_below(&golden)?.into_iter().filter(|path| {
        let path = path.to_string_lossy();
        target.golden.iter().any(|ending| path.ends_with(ending))
    });
    files.extend(recorded);
    files.iter().map(fs::read).collect()
}

fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
