//! The ledger's write-ahead log, read while the program writes it: so the harness knows of a commit before anybody outside is told of it,
//! and nothing but the program ever opens the ledger with SQLite.
//!
//! A page that is written holds old rows beside the new one, and rows move between pages: what counts is that a whole transaction holds
//! a word oftener than its pages did before.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::Duration;

use super::killer::Killer;
use super::point::Point;

/// How often is looked.
const ROUND: Duration = Duration::from_micros(40);

/// The kinds of the events by which a money call is written down before it is made; of a row its kind and its source stand side by side.
const INTENTS: &[&str] = &[
    "confirm_started",
    "charge_started",
    "refund_asked",
    "billing_key_delete_asked",
];
/// What was pushed to us, as an event.
const NOTICES: &[&str] = &["sightedcallback", "sightednotice"];

/// Looks until it is dropped, and tells the killer.
pub(super) struct Watch {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// None if this moment is not seen in the log.
    pub(super) fn begin(killer: &Arc<Killer>, ledger: &Path, point: Point) -> Option<Self> {
        let words = match point {
            Point::IntentWritten => INTENTS,
            Point::NoticeWritten => NOTICES,
            _ => return None,
        };
        let mut log = Log::new(ledger, words);
        let (killer, over) = (Arc::clone(killer), Arc::new(AtomicBool::new(false)));
        let is_over = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            // What stands there already is no news.
            while !is_over.load(Relaxed) && !matches!(log.read_on(), Ok(Read::All)) {
                std::thread::sleep(ROUND);
            }
            while !is_over.load(Relaxed) {
                // A log that is not there, or that is begun anew this moment, is looked at again.
                if matches!(log.read_on(), Ok(Read::News)) {
                    killer.reached(point);
                }
                std::thread::sleep(ROUND);
            }
        });
        Some(Self {
            over,
            thread: Some(thread),
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a look came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    /// A transaction holds a word that was not there before.
    News,
    /// There is nothing more, and none of what came is of interest.
    All,
}

/// A log, as far as it was read.
struct Log {
    ledger: PathBuf,
    words: &'static [&'static str],
    /// A log begins anew under other ones.
    salts: [u8; 8],
    at: u64,
    /// A frame was seen here, and may still be written.
    fresh: Option<u64>,
    /// The words on each page, as of the last transaction.
    pages: BTreeMap<u32, u64>,
    /// The pages of the transaction that is being read.
    open: BTreeMap<u32, u64>,
}

const HEADER: usize = 32;
const FRAME: usize = 24;
/// What the pages with the rows of a table such as `event` begin with.
const LEAF: u8 = 0x0d;

impl Log {
    fn new(ledger: &Path, words: &'static [&'static str]) -> Self {
        Self {
            ledger: ledger.to_owned(),
            words,
            salts: [0; 8],
            at: 0,
            fresh: None,
            pages: BTreeMap::new(),
            open: BTreeMap::new(),
        }
    }

    /// Reads what came.
    fn read_on(&mut self) -> io::Result<Read> {
        let mut name = self.ledger.clone().into_os_string();
        name.push("-wal");
        let mut log = File::open(name)?;
        let mut header = [0; HEADER];
        log.read_exact(&mut header)?;
        let page_size = number(&header[8..12]) as usize;
        if header[16..24] != self.salts {
            self.salts.copy_from_slice(&header[16..24]);
            self.at = HEADER as u64;
            self.open.clear();
        }
        let mut read = Read::All;
        let mut frame = vec![0; FRAME + page_size];
        loop {
            log.seek(SeekFrom::Start(self.at))?;
            match log.read_exact(&mut frame) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(read),
                filled => filled?,
            }
            if frame[8..16] != self.salts {
                return Ok(read);
            }
            // The page is written after the frame's head: the last one is read at the next look.
            let is_last = !self.follows(&mut log, frame.len())?;
            if is_last && self.fresh != Some(self.at) {
                self.fresh = Some(self.at);
                return Ok(read);
            }
            self.at += frame.len() as u64;
            self.open
                .insert(number(&frame[..4]), self.count(&frame[FRAME..]));
            let commits = number(&frame[4..8]) != 0;
            if commits && self.commit(page_size)? {
                read = Read::News;
            }
        }
    }

    /// Whether another frame stands behind this one.
    fn follows(&self, log: &mut File, size: usize) -> io::Result<bool> {
        log.seek(SeekFrom::Start(self.at + size as u64))?;
        let mut head = [0; FRAME];
        match log.read_exact(&mut head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            filled => filled.map(|()| head[8..16] == self.salts),
        }
    }

    /// Whether the transaction's pages hold more words than before.
    fn commit(&mut self, page_size: usize) -> io::Result<bool> {
        let (mut before, mut after) = (0, 0);
        for (page, words) in std::mem::take(&mut self.open) {
            before += match self.pages.get(&page) {
                Some(known) => *known,
                None => self.count(&self.page(page, page_size)?),
            };
            after += words;
            self.pages.insert(page, words);
        }
        Ok(after > before)
    }

    /// A page as the ledger's own file has it; nothing if it has none.
    fn page(&self, page: u32, size: usize) -> io::Result<Vec<u8>> {
        let mut ledger = File::open(&self.ledger)?;
        ledger.seek(SeekFrom::Start(
            u64::from(page.saturating_sub(1)) * size as u64,
        ))?;
        let mut bytes = Vec::new();
        ledger.take(size as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Quickly: the program goes on meanwhile.
    fn count(&self, page: &[u8]) -> u64 {
        if page.first() != Some(&LEAF) {
            return 0;
        }
        let mut times = 0;
        for (at, letter) in page.iter().enumerate() {
            let here = |word: &&str| {
                word.as_bytes().first() == Some(letter) && page[at..].starts_with(word.as_bytes())
            };
            times += u64::from(letter.is_ascii_lowercase() && self.words.iter().any(here));
        }
        times
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use paypair_ledger::{AttemptKey, Event, SqliteStore, Store, Timestamp};

    use super::*;
    use crate::orders;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    /// Twice, since the last frame is read at the next look.
    fn look(log: &mut Log) -> bool {
        (0..2).any(|_| log.read_on().unwrap() == Read::News)
    }

    #[tokio::test]
    async fn an_intent_is_news_once_whatever_is_written_around_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.sqlite");
        let store = SqliteStore::open(&file).unwrap();
        let mut log = Log::new(&file, INTENTS);
        look(&mut log);
        // So many that the rows are moved between pages, and the log is begun anew.
        for n in 0..120 {
            let id = format!("o{n}");
            let key = AttemptKey::new(id.as_str(), 1);
            store.register(orders::order(&id, NOW)).await.unwrap();
            let new = orders::new_attempt(&id, NOW);
            store.begin(&id, new, NOW).await.unwrap();
            for event in [orders::requested(NOW), orders::authenticated()] {
                store.apply(key.clone(), event, NOW).await.unwrap();
            }
            assert!(!look(&mut log), "no call yet: {id}");
            let intent = Event::ConfirmStarted;
            store.apply(key.clone(), intent, NOW).await.unwrap();
            assert!(look(&mut log), "the intent of {id}");
            let answered = Event::ConfirmAnswered(orders::confirmed(&id).unwrap());
            store.apply(key, answered, NOW).await.unwrap();
            assert!(!look(&mut log), "the record: {id}");
        }
    }
}
