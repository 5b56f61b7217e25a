//! Wrong command lines, in one line instead of clap's paragraph.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error};

use crate::Cli;
use crate::stop::Stop;

/// What clap found wrong. Help and version are no faults: they are printed, and the program ends.
pub(crate) fn explain(error: &Error, words: impl Iterator<Item = String>) -> Stop {
    let kind = error.kind();
    if matches!(kind, ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        error.exit();
    }
    let root = Cli::command();
    let (command, name) = addressed(&root, words);
    let text = match kind {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            let known: Vec<&str> = command
                .get_subcommands()
                .map(Command::get_name)
                .filter(|name| *name != "help")
                .collect();
            format!("say what to do: {}", known.join(", "))
        }
        _ => said(error),
    };
    Stop::Input(format!("{text}; see `{name} --help`"))
}

/// The first paragraph of clap's text, without its "error:", and its suggestion if it has one.
fn said(error: &Error) -> String {
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or_default();
    let first = first.trim().strip_prefix("error:").unwrap_or(first);
    let mut line = first.split_whitespace().collect::<Vec<_>>().join(" ");
    // Where an id is wanted, people paste the key itself.
    if let (Some(ContextValue::String(value)), Some(ContextValue::String(arg))) = (
        error.get(ContextKind::InvalidValue),
        error.get(ContextKind::InvalidArg),
    ) && arg.contains("bk_")
    {
        line = line.replace(value.as_str(), "..");
    }
    let suggested = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg]
        .into_iter()
        .find_map(|kind| error.get(kind));
    match suggested {
        Some(ContextValue::String(word)) => line.push_str(&format!(" (did you mean {word}?)")),
        Some(ContextValue::Strings(words)) => {
            line.push_str(&format!(" (did you mean {}?)", words.join(" or ")));
        }
        _ => {}
    }
    line
}

/// Which command the words speak to, as far as they name one.
fn addressed(root: &Command, words: impl Iterator<Item = String>) -> (&Command, String) {
    let mut command = root;
    let mut name = root.get_name().to_owned();
    for word in words {
        if let Some(inner) = command.find_subcommand(&word) {
            name = format!("{name} {}", inner.get_name());
            command = inner;
        }
    }
    (command, name)
}
