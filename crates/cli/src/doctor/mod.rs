//! `paypair doctor`: what is wrong with the settings of `paypair serve`, and what to do about it.

mod addresses;
mod keys;
mod people;
mod reach;
mod store;

use std::path::PathBuf;

use clap::Args;
use paypair_verifier::{Config, ConfigError};
use serde::Serialize;
use serde_json::json;

use crate::show::say;
use crate::stop::{Stop, one_line};

/// Checks the settings of `paypair serve`: keys, addresses, store, clock, and what the manuals ask of people.
///
/// Most of it needs no network. Only the clock and the gateways' hosts do, and without an answer it says so.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The settings, as TOML; without it everything comes from PAYPAIR_* variables.
    #[arg(long, env = "PAYPAIR_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    /// Ask nobody: leave out the clock and whether the gateways' hosts answer.
    #[arg(long)]
    offline: bool,

    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
Example:
  paypair doctor --config paypair.toml

Each line is ok, warn or fail, what was checked, what was found, and after `>` what to do.

Exit codes: 0 no fail, 1 at least one fail, 2 wrong input (no such file).";

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    level: Level,
    check: &'static str,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    Ok,
    Warn,
    Fail,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

fn ok(check: &'static str, found: impl Into<String>) -> Finding {
    finding(Level::Ok, check, found, None)
}

fn warn(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Finding {
    finding(Level::Warn, check, found, Some(fix.into()))
}

fn fail(check: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Finding {
    finding(Level::Fail, check, found, Some(fix.into()))
}

fn finding(
    level: Level,
    check: &'static str,
    found: impl Into<String>,
    fix: Option<String>,
) -> Finding {
    Finding {
        level,
        check,
        found: one_line(&found.into()),
        fix: fix.map(|fix| one_line(&fix)),
    }
}

/// Examines, and prints what it found.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    if let Some(file) = &options.config
        && !file.is_file()
    {
        return Err(Stop::Input(format!(
            "--config {}: there is no such file",
            file.display()
        )));
    }
    let mut findings = Vec::new();
    match Config::load(options.config.as_deref()) {
        Ok(config) => {
            let source = options
                .config
                .as_ref()
                .map_or_else(|| "variables".to_owned(), |file| file.display().to_string());
            findings.push(ok(
                "settings",
                format!(
                    "{source} can be read, env = \"{}\"",
                    addresses::env_word(&config)
                ),
            ));
            findings.extend(options.config.as_deref().map(store::secrecy));
            findings.extend(keys::check(&config));
            findings.extend(addresses::check(&config));
            findings.extend(store::check(&config));
            findings.extend(people::check(&config));
            findings.extend(reach::check(&config, options.offline).await);
        }
        Err(ConfigError::Invalid { field, problem }) => {
            findings.push(fail(
                "settings",
                format!("{field} is not acceptable"),
                problem,
            ));
        }
        Err(error) => findings.push(fail(
            "settings",
            error.to_string(),
            "correct the file; paypair.example.toml shows every setting",
        )),
    }
    let count = |level| {
        findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    };
    let (good, warned, failed) = (count(Level::Ok), count(Level::Warn), count(Level::Fail));
    if options.json {
        say(
            &json!({ "findings": findings, "ok": good, "warn": warned, "fail": failed })
                .to_string(),
        );
    } else {
        let widest = findings
            .iter()
            .map(|finding| finding.check.len())
            .max()
            .unwrap_or(0);
        for Finding {
            level,
            check,
            found,
            fix,
        } in &findings
        {
            let fix = fix
                .as_ref()
                .map_or_else(String::new, |fix| format!(" > {fix}"));
            say(&format!(
                "{:4}  {check:widest$}  {found}{fix}",
                level.word()
            ));
        }
    }
    if failed > 0 {
        return Err(Stop::Refused(format!(
            "{failed} of {} checks fail",
            findings.len()
        )));
    }
    Ok(())
}
