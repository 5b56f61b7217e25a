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
        Some(after) if !decides => differ_in(&before, &after, ours),
        _ => Ok(()),
    }
}

/// Is the difference of two values, as `Debug` lays them out, inside the field of this name? Secrets look alike, so
/// of a difference that cannot be seen the field must be a secret.
fn differ_in(before: &str, after: &str, name: &str) -> Result<(), String> {
    let (before, after) = (lines(before), lines(after));
    let within = |line: &&(Vec<String>, String)| line.0.iter().any(|part| part == name);
    let unlike: Vec<_> = before.symmetric_difference(&after).collect();
    let hidden = unlike.is_empty()
        && before
            .iter()
            .filter(within)
            .any(|(_, line)| line.contains("[redacted]"));
    if hidden || unlike.iter().any(within) {
        return Ok(());
    }
    let elsewhere: Vec<String> = unlike.iter().map(|(path, _)| path.join("/")).collect();
    Err(format!(
        "changes something else than `{name}`: {}",
        elsewhere.join(", ")
    ))
}

/// Each line with the names of the fields that it lies in; the same line again is another.
fn lines(shown: &str) -> BTreeSet<(Vec<String>, String)> {
    let mut path: Vec<String> = Vec::new();
    let mut all = BTreeSet::new();
    for line in shown.lines() {
        let text = line.trim_start();
        path.truncate((line.len() - text.len()) / 4);
        path.push(text.split(':').next().unwrap_or_default().to_owned());
        let mut line = (path.clone(), text.to_owned());
        while !all.insert(line.clone()) {
            line.1.push(' ');
        }
    }
    all
}
