//! `libclock.so`: the program into which the loader puts it (`LD_PRELOAD`) sees a wall clock that is off, and that jumps once.
//!
//! `CRASHES_CLOCK=before,at,after`: so many seconds off at first, after `at` milliseconds `after` seconds off. Only the wall clock;
//! what measures pauses goes on as it did, as when somebody sets a machine's clock.

#![cfg(target_os = "linux")]
#![allow(unsafe_code)] // a C function in front of the C library's own

use std::ffi::c_int;
use std::sync::OnceLock;

struct Plan {
    before: i64,
    at: i64,
    after: i64,
    began: i64,
}

/// In front of the C library's `clock_gettime`.
///
/// # Safety
///
/// As that one's: `time` points to a place for the answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(id: libc::clockid_t, time: *mut libc::timespec) -> c_int {
    // SAFETY: the kernel is asked what the caller asked, with the caller's own place for the answer.
    let answer = unsafe { libc::syscall(libc::SYS_clock_gettime, id, time) };
    if answer != 0 {
        return -1;
    }
    if id == libc::CLOCK_REALTIME {
        // SAFETY: the kernel has just written there.
        unsafe { (*time).tv_sec += seconds_off() };
    }
    0
}

fn seconds_off() -> i64 {
    static PLAN: OnceLock<Plan> = OnceLock::new();
    let plan = PLAN.get_or_init(|| {
        let text = std::env::var("CRASHES_CLOCK").unwrap_or_default();
        let mut numbers = text.split(',').map(|part| part.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        Plan {
            before: next(),
            at: next(),
            after: next(),
            began: steady_millis(),
        }
    });
    if steady_millis() - plan.began < plan.at {
        plan.before
    } else {
        plan.after
    }
}

fn steady_millis() -> i64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is ours.
    unsafe {
        libc::syscall(
            libc::SYS_clock_gettime,
            libc::CLOCK_MONOTONIC,
            &raw mut time,
        )
    };
    time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}
