//! Payple has no list: each payment that we know of is asked for (PAYCHK), one after the other.

use std::collections::{BTreeSet, VecDeque};

use paypair_ledger::{Attempt, Evidence, Store};
use paypair_protocol::{Work, payple::Payment, proof::Answered};

use crate::{
    Verifier,
    days::{filed_on, lookup_days},
    environment::Environment,
    failure::{Failure, Read},
    network::Network,
    reconcile::{Back, Covered, Listed, Looked, PAUSE, is_in_hand},
};

/// So many failures one after the other, and the rest is not asked for: the gateway, or the way there, is down.
const MOST_FAILURES: u32 = 3;

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// What became of each of these attempts; and why some could not be asked for, if so.
    pub(crate) async fn payple_books(
        &self,
        attempts: &[Attempt],
    ) -> Result<(Looked, Option<Failure>), Failure> {
        let client = self.payple()?;
        let (mut listed, mut rows, mut covered) = (Vec::new(), Vec::new(), BTreeSet::new());
        let asked = attempts.iter().filter(|one| self.is_askable(one));
        // Of many calls some are lost: what they were about waits at the end, and is asked once more.
        let mut waiting: VecDeque<_> = asked.map(|attempt| (attempt, false)).collect();
        let (mut failure, mut failures) = (None, 0);
        while let Some((attempt, is_again)) = waiting.pop_front() {
            let merchant_id = &attempt.order.merchant_id;
            let left = waiting.len();
            self.note_step(format!(
                "payple {merchant_id}: {left} payments to ask for after this"
            ));
            let name = &attempt.gateway_order_id;
            let days = lookup_days(attempt, self.now());
            let found = match client.lookup(&attempt.order.method, name, &days).await {
                Ok(Some(Read { answer, .. })) if answer.order_id != *name => {
                    Err(Failure::OtherOrder)
                }
                found => found,
            };
            match found {
                Ok(found) => {
                    failures = 0;
                    covered.insert(name.clone());
                    if let Some(read) = found {
                        listed.push(payment(rows.len(), &read.answer, attempt));
                        rows.push(read);
                    }
                }
                Err(error) => {
                    failures += 1;
                    let is_down = failures >= MOST_FAILURES;
                    if is_again || is_down {
                        failure = Some(error);
                    } else {
                        waiting.push_back((attempt, true));
                    }
                    if is_down {
                        break;
                    }
                }
            }
            self.environment().sleep(PAUSE).await;
        }
        let evidence = move |row: usize| {
            let Read { answer, body } = rows.get(row)?;
            Some(Evidence::payple_lookup(answer, body))
        };
        let looked = Looked {
            listed,
            covered: Covered::Orders(covered),
            evidence: Box::new(evidence),
        };
        Ok((looked, failure))
    }

    /// Only a payment can be asked for, and only when it is not being decided just now.
    fn is_askable(&self, attempt: &Attempt) -> bool {
        let began = attempt.paid_at.unwrap_or(attempt.created_at);
        attempt.order.work != Work::Register
            && !attempt.state.is_live()
            && !is_in_hand(attempt)
            && self.now().since(began) >= self.lag()
    }
}

fn payment(nth: usize, answer: &Answered<Payment>, attempt: &Attempt) -> Listed {
    let refunded = answer.refunded.filter(|refunded| !refunded.is_zero());
    Listed {
        order_id: answer.order_id.clone(),
        transaction_id: answer.transaction_id.clone().unwrap_or_default(),
        amount: answer.amount,
        back: match refunded {
            None => Back::Nothing,
            Some(all) if Some(all) == answer.amount => Back::Whole,
            Some(part) => Back::Part(Some(part)),
        },
        day: filed_on(attempt),
        // It was asked for because it is old enough.
        paid_at: Some(attempt.paid_at.unwrap_or(attempt.created_at)),
        back_at: None,
        row: nth,
    }
}
