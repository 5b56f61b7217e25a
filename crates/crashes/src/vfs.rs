//! Stands between SQLite and the operating system: every change of a file on a [`Disk`] is told to the disk first, which may refuse it.
//!
//! An SQLite VFS is a table of C functions, so this file, and no other, is `unsafe`. All of it rests on three rules of SQLite's:
//!
//! 1. A file is `szOsFile` bytes that SQLite allots and aligns to eight. Ours begin with `File`; the system's own file lies behind it.
//! 2. No function of a file is called before its `xOpen` or after its `xClose`, nor by two threads at once. What `xOpen` put into
//!    `File` is therefore there, and ours alone.
//! 3. A name is a C string that lives as long as the file.
//!
//! Everything that is not a change is handed on as it came.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::path::Path;
use std::sync::Once;

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};
use rusqlite::{Connection, auto_extension};

use crate::Disk;

/// What stands at the beginning of each of our files.
#[repr(C, align(8))]
struct File {
    methods: *const sqlite3_io_methods,
    /// The system's file, right behind this.
    real: *mut sqlite3_file,
    /// Which file on which disk; null for a file that is on none.
    place: *mut (Disk, String),
}

/// From now on SQLite opens files through here, in this process.
pub fn install() {
    static ONCE: Once = Once::new();
    // SAFETY: the system's VFS lives as long as the process, and ours, which is leaked, too. Its other functions do not look at the VFS
    // they are called on (os_unix.c), so they may be taken over as they are.
    ONCE.call_once(|| unsafe {
        ffi::sqlite3_initialize();
        let real = ffi::sqlite3_vfs_find(std::ptr::null());
        assert!(!real.is_null(), "SQLite has no VFS for this system");
        let ours = Box::leak(Box::new(*real));
        ours.szOsFile += size_of::<File>() as c_int;
        ours.zName = c"paypair-crashes".as_ptr();
        ours.pNext = std::ptr::null_mut();
        ours.pAppData = real.cast();
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        assert_eq!(ffi::sqlite3_vfs_register(ours, 1), ffi::SQLITE_OK);
        let registered = auto_extension::register_auto_extension(opened);
        assert!(registered.is_ok(), "SQLite takes no extension");
    });
}

/// Runs on every connection that is opened.
unsafe extern "C" fn opened(
    db: *mut ffi::sqlite3,
    error: *mut *mut c_char,
    _: *const ffi::sqlite3_api_routines,
) -> c_int {
    // SAFETY: both come from SQLite; the extension opens and closes nothing.
    unsafe { auto_extension::init_auto_extension(db, error, weaken) }
}

fn weaken(connection: Connection) -> rusqlite::Result<()> {
    let disk = connection.path().and_then(|path| Disk::of(Path::new(path)));
    if disk.is_some_and(|(disk, _)| disk.never_syncs()) {
        connection.pragma_update(None, "synchronous", "OFF")?;
    }
    Ok(())
}

/// The place of a name.
unsafe fn place(name: *const c_char) -> Option<(Disk, String)> {
    if name.is_null() {
        return None;
    }
    // SAFETY: rule 3.
    let name = unsafe { CStr::from_ptr(name) };
    Disk::of(Path::new(name.to_str().ok()?))
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: rules 1 and 3; `pAppData` is what `install` put there.
    unsafe {
        let real_vfs: *mut sqlite3_vfs = (*vfs).pAppData.cast();
        let ours: *mut File = file.cast();
        let real: *mut sqlite3_file = ours.add(1).cast();
        (*ours).methods = std::ptr::null();
        (*real).pMethods = std::ptr::null();
        let Some(open) = (*real_vfs).xOpen else {
            return ffi::SQLITE_CANTOPEN;
        };
        let code = open(real_vfs, name, real, flags, out);
        if code != ffi::SQLITE_OK {
            // SQLite closes what has methods even if it did not open.
            if let Some(close) = (*real).pMethods.as_ref().and_then(|real| real.xClose) {
                close(real);
            }
            return code;
        }
        let on =
            place(name).map_or_else(std::ptr::null_mut, |place| Box::into_raw(Box::new(place)));
        ours.write(File {
            methods: &raw const METHODS,
            real,
            place: on,
        });
        code
    }
}

unsafe extern "C" fn delete(vfs: *mut sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: as in `open`.
    unsafe {
        if let Some((disk, file)) = place(name)
            && let Err(code) = disk.delete(&file, sync != 0)
        {
            return code;
        }
        let real: *mut sqlite3_vfs = (*vfs).pAppData.cast();
        (*real)
            .xDelete
            .map_or(ffi::SQLITE_IOERR_DELETE, |delete| delete(real, name, sync))
    }
}

/// Asks the disk, if the file is on one.
unsafe fn ask(
    file: *mut sqlite3_file,
    what: impl FnOnce(&Disk, &str) -> Result<(), i32>,
) -> Result<(), i32> {
    // SAFETY: rule 2.
    let place = unsafe { (*file.cast::<File>()).place.as_ref() };
    place.map_or(Ok(()), |(disk, name)| what(disk, name))
}

/// Calls the same function of the system's file.
macro_rules! real {
    ($file:ident, $method:ident $(, $argument:expr)*) => {{
        // SAFETY: rule 2: the system's file is open as long as ours.
        unsafe {
            let real = (*$file.cast::<File>()).real;
            match (*(*real).pMethods).$method {
                Some(method) => method(real $(, $argument)*),
                None => ffi::SQLITE_IOERR,
            }
        }
    }};
}

/// Functions that hand on what they get.
macro_rules! handed_on {
    ($($name:ident = $method:ident($($argument:ident: $type:ty),*);)*) => {$(
        unsafe extern "C" fn $name(file: *mut sqlite3_file $(, $argument: $type)*) -> c_int {
            real!(file, $method $(, $argument)*)
        }
    )*};
}

handed_on! {
    read = xRead(to: *mut c_void, length: c_int, at: sqlite3_int64);
    file_size = xFileSize(size: *mut sqlite3_int64);
    lock = xLock(level: c_int);
    unlock = xUnlock(level: c_int);
    check_reserved_lock = xCheckReservedLock(held: *mut c_int);
    sector_size = xSectorSize();
    device_characteristics = xDeviceCharacteristics();
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, at: *mut *mut c_void);
    shm_lock = xShmLock(offset: c_int, n: c_int, flags: c_int);
    shm_unmap = xShmUnmap(delete: c_int);
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    let code = real!(file, xClose);
    // SAFETY: rule 2: nobody asks for the place any more; `open` made it of a box.
    unsafe {
        let place = (*file.cast::<File>()).place;
        if !place.is_null() {
            drop(Box::from_raw(place));
        }
    }
    code
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives as many bytes as it says.
    let told = unsafe {
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), length as usize);
        ask(file, |disk, name| disk.write(name, at as usize, bytes))
    };
    told.map_or_else(|code| code, |()| real!(file, xWrite, from, length, at))
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: handed on.
    let told = unsafe { ask(file, |disk, name| disk.truncate(name, size as usize)) };
    told.map_or_else(|code| code, |()| real!(file, xTruncate, size))
}

/// The real file is not synced: it only shows SQLite what it wrote, and no restart ever sees it. That makes thousands of cuts cheap.
unsafe extern "C" fn sync(file: *mut sqlite3_file, _: c_int) -> c_int {
    // SAFETY: handed on.
    let told = unsafe { ask(file, Disk::sync) };
    told.map_or_else(|code| code, |()| ffi::SQLITE_OK)
}

/// On a disk that never syncs nobody turns `synchronous` on again.
unsafe extern "C" fn file_control(file: *mut sqlite3_file, op: c_int, arg: *mut c_void) -> c_int {
    if op == ffi::SQLITE_FCNTL_PRAGMA {
        // SAFETY: for this operation SQLite gives an array of three strings: an error to fill in, the pragma's name, its value or null.
        let (name, value) = unsafe {
            let words: *const *const c_char = arg.cast();
            let text = |at: *const c_char| (!at.is_null()).then(|| CStr::from_ptr(at).to_bytes());
            (text(*words.add(1)), text(*words.add(2)))
        };
        // SAFETY: handed on.
        let never = unsafe {
            ask(
                file,
                |disk, _| if disk.never_syncs() { Err(0) } else { Ok(()) },
            )
        };
        let asks = name == Some(b"synchronous")
            && value.is_some_and(|value| !value.eq_ignore_ascii_case(b"OFF"));
        if never.is_err() && asks {
            return ffi::SQLITE_OK;
        }
    }
    real!(file, xFileControl, op, arg)
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: rule 2.
    unsafe {
        let real = (*file.cast::<File>()).real;
        if let Some(barrier) = (*(*real).pMethods).xShmBarrier {
            barrier(real);
        }
    }
}

/// Version 2: with shared memory, which WAL needs; without mapped files, whose writes nobody would see.
static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
