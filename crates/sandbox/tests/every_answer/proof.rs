//! What it takes for a row to be proven: sent, and read into the accessor that the registry names.

use std::collections::BTreeSet;

use crate::change::changed;
use crate::told::Told;

/// Does changing this row change what our name for it holds? `Err` says what is missing.
pub(crate) fn prove(told: &Told, wire: &str, ours: &str) -> Result<(), String> {
    let Some(mut body) = changed(&told.fields, wire) else {
        return Err("is never sent with a value".to_owned());
    };
    told.sign_again(&mut body, wire);
    // Rows whose accessor is the outcome of reading stand in backticks.
    let decides = ours.contains('`');
    let readings = told.compare(&body);
    let Some(before) = readings.before else {
        return Err("stands in a body that cannot be read".to_owned());
    };
    match readings.after {
        _ if readings.same => Err("can change, and nothing that is read changes".to_owned()),
        None if !decides => Err("makes the message unreadable when it changes".to_owned()),
        Some(after) if !decides && !differ_in(&before, &after, ours) => Err(format!(
            "changes something else than `{ours}`: {before} {after}"
        )),
        _ => Ok(()),
    }
}

/// Is the difference of two values, as `Debug` lays them out, inside the field of this name? Secrets look alike, so
/// of a difference that cannot be seen the field must be a secret.
fn differ_in(before: &str, after: &str, name: &str) -> bool {
    let (before, after) = (lines(before), lines(after));
    let within = |line: &&(Vec<String>, String)| line.0.iter().any(|part| part == name);
    if before == after {
        let mut fields = before.iter().filter(within);
        return fields.any(|(_, line)| line.contains("[redacted]"));
    }
    let unlike = before.symmetric_difference(&after).find(within);
    unlike.is_some()
}

/// Each line with the names of the fields that it lies in.
fn lines(shown: &str) -> BTreeSet<(Vec<String>, String)> {
    let mut path: Vec<String> = Vec::new();
    let mut all = BTreeSet::new();
    for line in shown.lines() {
        let text = line.trim_start();
        path.truncate((line.len() - text.len()) / 4);
        path.push(text.split(':').next().unwrap_or_default().to_owned());
        all.insert((path.clone(), text.to_owned()));
    }
    all
}
