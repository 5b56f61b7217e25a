//! Notices that were sent for the first time and whose courier heard nothing: how many of them a kill left in the file.

use std::collections::HashMap;

use paypair_ledger::Digest;

/// Notices on their way for the first time, by the digest of what they say.
#[derive(Debug, Default)]
pub(super) struct Unanswered {
    away: HashMap<Digest, Away>,
    counted: u64,
}

/// The kill, the look at what it left, and the courier that learns of it come in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Away {
    /// Nobody knows.
    OnItsWay,
    /// The courier heard nothing.
    CutOff,
    /// The process it was sent to is dead, and the file knows it or does not.
    Looked { is_kept: bool },
}

impl Unanswered {
    /// It is sent to a process that can be talked to.
    pub(super) fn leaves(&mut self, body: Digest) {
        self.away.insert(body, Away::OnItsWay);
    }

    /// The courier is back: it was answered, whatever that was, or waited in vain for a process that lives; or it was cut off.
    pub(super) fn is_back(&mut self, body: Digest, was_answered: bool) {
        match self.away.remove(&body) {
            _ if was_answered => {}
            Some(Away::Looked { is_kept }) => self.counted += u64::from(is_kept),
            // A resend may put it in the file later: the look after this life's end decides.
            Some(Away::OnItsWay) => drop(self.away.insert(body, Away::CutOff)),
            Some(Away::CutOff) | None => {}
        }
    }

    /// A life is over, and this is what its kill left.
    pub(super) fn look<E>(
        &mut self,
        mut keeps: impl FnMut(Digest) -> Result<bool, E>,
    ) -> Result<(), E> {
        let mut left = HashMap::new();
        for (body, away) in std::mem::take(&mut self.away) {
            match away {
                Away::OnItsWay => {
                    let is_kept = keeps(body)?;
                    left.insert(body, Away::Looked { is_kept });
                }
                Away::CutOff => self.counted += u64::from(keeps(body)?),
                Away::Looked { .. } => drop(left.insert(body, away)),
            }
        }
        self.away = left;
        Ok(())
    }

    /// How many were in the file, and their courier had heard nothing.
    pub(super) const fn counted(&self) -> u64 {
        self.counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is counted after a kill that left it in the file or not, the look before or after the courier's return.
    fn counted(is_kept: bool, was_answered: bool, is_looked_first: bool) -> u64 {
        let body = Digest::of("a");
        let mut unanswered = Unanswered::default();
        unanswered.leaves(body);
        if !is_looked_first {
            unanswered.is_back(body, was_answered);
        }
        unanswered.look(|_| Ok::<_, ()>(is_kept)).unwrap();
        if is_looked_first {
            unanswered.is_back(body, was_answered);
        }
        // Sent again, it was taken; and there is another kill.
        unanswered.look(|_| Ok::<_, ()>(true)).unwrap();
        unanswered.counted()
    }

    #[test]
    fn only_what_its_own_kill_left_in_the_file_unanswered_is_counted() {
        for is_looked_first in [false, true] {
            assert_eq!(counted(true, false, is_looked_first), 1);
            assert_eq!(counted(false, false, is_looked_first), 0, "never written");
            assert_eq!(counted(true, true, is_looked_first), 0, "acknowledged");
        }
        let mut unanswered = Unanswered::default();
        unanswered.is_back(Digest::of("a"), false);
        unanswered.look(|_| Ok::<_, ()>(true)).unwrap();
        assert_eq!(unanswered.counted(), 0, "there was nobody to send it to");
    }
}
