//! A disk that knows what was synced and what was only written, and forgets the latter when the power goes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::ffi;

use crate::dice::Dice;

/// What a disk keeps of a write that was not synced: whole sectors, each or none.
const SECTOR: usize = 512;

/// What the disk answers to whoever changes a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// It does it.
    #[default]
    Works,
    /// It has no room.
    Full,
    /// It was remounted read-only.
    ReadOnly,
}

/// What survives of the changes that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// None of them.
    All,
    /// The first so many, the last of them torn.
    FromSomePoint,
    /// Any sectors of any of them: disks write in the order they like.
    AnySectors,
}

impl Loss {
    /// All of them.
    pub const EACH: [Self; 3] = [Self::All, Self::FromSomePoint, Self::AnySectors];
}

/// When the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Instead of the n-th change or sync from now, whichever it is.
    AtStep(u64),
    /// Instead of the n-th sync from now.
    AtSync(u64),
}

/// The files of one folder. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, File>,
    mood: Mood,
    steps: u64,
    syncs: u64,
    cut: Option<Cut>,
    is_off: bool,
    never_syncs: bool,
}

/// One file: what is on the platter, and what only waits to be.
#[derive(Debug, Default)]
struct File {
    synced: Option<Vec<u8>>,
    waiting: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
    Delete,
}

/// The folders whose files are on a [`Disk`].
fn folders() -> MutexGuard<'static, BTreeMap<PathBuf, Disk>> {
    static FOLDERS: OnceLock<Mutex<BTreeMap<PathBuf, Disk>>> = OnceLock::new();
    FOLDERS
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

impl Disk {
    /// From now on the files that SQLite opens in this folder are on a disk of their own. What is there already is synced.
    pub fn mount(folder: &Path) -> std::io::Result<Self> {
        crate::vfs::install();
        let mut state = State::default();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let synced = Some(std::fs::read(entry.path())?);
            let name = entry.file_name().to_string_lossy().into_owned();
            let waiting = Vec::new();
            state.files.insert(name, File { synced, waiting });
        }
        let disk = Self(Arc::new(Mutex::new(state)));
        folders().insert(folder.canonicalize()?, disk.clone());
        Ok(disk)
    }

    /// SQLite asks the system for these files again, as for any other.
    pub fn unmount(folder: &Path) {
        if let Ok(folder) = folder.canonicalize() {
            folders().remove(&folder);
        }
    }

    /// The disk that this file is on, and its name there.
    pub(crate) fn of(file: &Path) -> Option<(Self, String)> {
        let disk = folders().get(file.parent()?)?.clone();
        Some((disk, file.file_name()?.to_str()?.to_owned()))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it answers from now on.
    pub fn set_mood(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// The power is going to go.
    pub fn cut(&self, when: Cut) {
        let mut state = self.state();
        state.cut = Some(match when {
            Cut::AtStep(n) => Cut::AtStep(state.steps + n),
            Cut::AtSync(n) => Cut::AtSync(state.syncs + n),
        });
    }

    /// The power goes now.
    pub fn turn_off(&self) {
        self.state().is_off = true;
    }

    /// Whether it went.
    pub fn is_off(&self) -> bool {
        self.state().is_off
    }

    /// Whoever opens a file here works with `synchronous=OFF`, whatever else is asked for.
    pub fn never_sync(&self) {
        self.state().never_syncs = true;
    }

    pub(crate) fn never_syncs(&self) -> bool {
        self.state().never_syncs
    }

    /// How many syncs there were.
    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// How many changes and syncs there were.
    pub fn steps(&self) -> u64 {
        self.state().steps
    }

    /// The power is gone: into this empty folder goes what a restart finds.
    pub fn restart_in(&self, folder: &Path, loss: Loss, dice: &mut Dice) -> std::io::Result<()> {
        let mut state = self.state();
        state.is_off = true;
        for (name, file) in &mut state.files {
            if let Some(bytes) = file.after_a_cut(loss, dice) {
                std::fs::write(folder.join(name), bytes)?;
            }
        }
        Ok(())
    }

    pub(crate) fn write(&self, name: &str, at: usize, bytes: &[u8]) -> Result<(), i32> {
        let change = || Change::Write {
            at,
            bytes: bytes.to_vec(),
        };
        self.change(name, change, ffi::SQLITE_IOERR_WRITE)
    }

    pub(crate) fn truncate(&self, name: &str, size: usize) -> Result<(), i32> {
        self.change(name, || Change::Truncate(size), ffi::SQLITE_IOERR_TRUNCATE)
    }

    /// Unlinks it; `lasting` if the folder is synced too.
    pub(crate) fn delete(&self, name: &str, lasting: bool) -> Result<(), i32> {
        self.change(name, || Change::Delete, ffi::SQLITE_IOERR_DELETE)?;
        if lasting {
            let mut state = self.state();
            state.files.values_mut().for_each(File::sync_name);
        }
        Ok(())
    }

    pub(crate) fn sync(&self, name: &str) -> Result<(), i32> {
        let mut state = self.state();
        state.syncs += 1;
        if !state.goes_on() {
            return Err(ffi::SQLITE_IOERR_FSYNC);
        }
        let file = state.files.entry(name.to_owned()).or_default();
        // With a new journal SQLite syncs the folder that it stands in, and so whatever was unlinked there before.
        let is_new = file.synced.is_none();
        file.sync();
        if is_new {
            state.files.values_mut().for_each(File::sync_name);
        }
        Ok(())
    }

    fn change(&self, name: &str, change: impl FnOnce() -> Change, failed: i32) -> Result<(), i32> {
        let mut state = self.state();
        if state.is_off {
            return Err(failed);
        }
        let change = change();
        let grows = matches!(change, Change::Write { .. });
        match state.mood {
            Mood::Full if grows => return Err(ffi::SQLITE_FULL),
            Mood::ReadOnly => return Err(failed),
            Mood::Works | Mood::Full => {}
        }
        // What the power interrupts may have reached the platter all the same.
        let file = state.files.entry(name.to_owned()).or_default();
        file.waiting.push(change);
        if state.goes_on() { Ok(()) } else { Err(failed) }
    }
}

impl State {
    /// Counts a step; whether there still is power.
    fn goes_on(&mut self) -> bool {
        self.steps += 1;
        self.is_off |= match self.cut {
            Some(Cut::AtStep(n)) => self.steps >= n,
            Some(Cut::AtSync(n)) => self.syncs >= n,
            None => false,
        };
        !self.is_off
    }
}

impl File {
    fn sync(&mut self) {
        let mut content = self.synced.take();
        for change in self.waiting.drain(..) {
            change.whole(&mut content);
        }
        self.synced = Some(content.unwrap_or_default());
    }

    /// Its folder is synced: if it was unlinked, it stays so.
    fn sync_name(&mut self) {
        let unlinked = |change: &Change| matches!(change, Change::Delete);
        if let Some(last) = self.waiting.iter().rposition(unlinked) {
            self.waiting.drain(..=last);
            self.synced = None;
        }
    }

    fn after_a_cut(&mut self, loss: Loss, dice: &mut Dice) -> Option<Vec<u8>> {
        let mut content = self.synced.take();
        let some = dice.below(self.waiting.len() as u64 + 1) as usize;
        for (n, change) in self.waiting.drain(..).enumerate() {
            match loss {
                Loss::All => {}
                Loss::FromSomePoint if n + 1 < some => change.whole(&mut content),
                Loss::FromSomePoint if n + 1 == some => change.torn(&mut content, dice),
                Loss::FromSomePoint => {}
                Loss::AnySectors => change.torn(&mut content, dice),
            }
        }
        content
    }
}

impl Change {
    fn whole(&self, content: &mut Option<Vec<u8>>) {
        match self {
            Self::Write { at, bytes } => put(content, *at, bytes),
            Self::Truncate(size) => content.get_or_insert_default().resize(*size, 0),
            Self::Delete => *content = None,
        }
    }

    /// Each sector of it by a coin of its own.
    fn torn(&self, content: &mut Option<Vec<u8>>, dice: &mut Dice) {
        let Self::Write { at, bytes } = self else {
            if dice.coin() {
                self.whole(content);
            }
            return;
        };
        let (mut from, end) = (*at, at + bytes.len());
        while from < end {
            let next = ((from / SECTOR + 1) * SECTOR).min(end);
            if dice.coin() {
                put(content, from, &bytes[from - at..next - at]);
            }
            from = next;
        }
    }
}

fn put(content: &mut Option<Vec<u8>>, at: usize, bytes: &[u8]) {
    let content = content.get_or_insert_default();
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}
