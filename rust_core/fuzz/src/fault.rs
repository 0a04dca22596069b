//! Panics as findings.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Mutex;

static LAST: Mutex<String> = Mutex::new(String::new());

/// From now on panics are remembered in place of being printed.
pub fn quietly() {
    let _ = take_hook();
    set_hook(Box::new(|panic| {
        if let Ok(mut last) = LAST.lock() {
            *last = panic.to_string();
        }
    }));
}

/// Runs `work`; what it panicked with.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        let last = LAST.lock().map(|last| last.clone());
        last.unwrap_or_default()
    })
}
