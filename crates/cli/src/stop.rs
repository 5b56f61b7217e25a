//! How a command ends when it does not end well: one line for a person, an exit code for a script.

use std::process::ExitCode;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The command line, a file or a setting is wrong. Nothing was sent.
    Input(String),
    /// Refused or failed, for certain.
    Refused(String),
    /// Money may have moved or may still move. The text says what to do, which is never to pay again.
    Unknown(String),
}

impl Stop {
    pub(crate) fn input(text: impl Into<String>) -> Self {
        Self::Input(text.into())
    }

    /// The exit code, which scripts rely on.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Refused(_) => 1,
            Self::Input(_) => 2,
            Self::Unknown(_) => 3,
        })
    }

    /// One line, whatever stands in the text.
    pub(crate) fn line(&self) -> String {
        let (Self::Input(text) | Self::Refused(text) | Self::Unknown(text)) = self;
        format!("paypair: {}", one_line(text))
    }
}

/// Whatever has no better word is a failure.
impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Self {
        Self::Refused(format!("{error:#}"))
    }
}

/// Settings are input too.
impl From<paypair_verifier::ConfigError> for Stop {
    fn from(error: paypair_verifier::ConfigError) -> Self {
        Self::Input(error.to_string())
    }
}

/// Line breaks and what else steers a terminal become spaces; runs of spaces become one.
pub(crate) fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_one_line_that_steers_no_terminal() {
        let stop = Stop::Refused("first\n  second\u{1b}[31m".into());
        assert_eq!(stop.line(), "paypair: first second [31m");
    }
}
