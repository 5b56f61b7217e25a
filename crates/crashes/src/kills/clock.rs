//! A wall clock that is off by two hours, and jumps while the program runs. Linux alone: the loader puts `libclock.so`
//! (`examples/clock.rs`) between the program and the C library.

use std::path::Path;
use std::process::Command;

use crate::dice::Dice;

/// Two hours, either way.
const OFF: [i64; 3] = [-7200, 0, 7200];
/// Ahead of all that was put off while the clock was ahead.
const PAST_ALL: i64 = 3 * 3600;
/// The jump comes within so many milliseconds.
const WITHIN: u64 = 300;

/// How a life's clock goes: seconds off at first, and from a moment on, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    before: i64,
    at: u64,
    after: i64,
}

impl Clock {
    /// Off, and off otherwise later.
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let mut off = || OFF[usize::try_from(dice.below(3)).unwrap_or(0)];
        let (before, after) = (off(), off());
        Self {
            before,
            at: dice.below(WITHIN),
            after,
        }
    }

    /// So far ahead that everything that was put off comes due.
    pub(super) const fn ahead() -> Self {
        Self {
            before: PAST_ALL,
            at: 0,
            after: PAST_ALL,
        }
    }

    /// Gives it to a program.
    pub(super) fn wind(self, command: &mut Command, library: &Path) {
        let Self { before, at, after } = self;
        command
            .env("LD_PRELOAD", library)
            .env("CRASHES_CLOCK", format!("{before},{at},{after}"));
    }
}

/// The time by the clock of a chapter's last process, in milliseconds.
pub(super) fn last_now(is_off: bool) -> i64 {
    let ahead = if is_off { PAST_ALL * 1000 } else { 0 };
    jiff::Timestamp::now().as_millisecond() + ahead
}

/// What no event says, in milliseconds, unless the clock was ahead.
pub(super) fn in_an_hour() -> i64 {
    jiff::Timestamp::now().as_millisecond() + 3_600_000
}
