//! Payple has no list: each payment that we know of is asked for (PAYCHK), one after the other.

use std::collections::BTreeSet;

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

/// So many failures, and the rest is not asked for: the gateway, or the way there, is down.
const MOST_FAILURES: u32 = 3;

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// What became of each of these attempts; and why some could not be asked for, if so.
    pub(crate) async fn payple_books(
        &self,
        attempts: &[Attempt],
    ) -> Result<(Looked, Option<Failure>), Failure> {
        let client = self.payple()?;
        let asked: Vec<&Attempt> = attempts.iter().filter(|one| self.is_askable(one)).collect();
        let (mut listed, mut rows, mut covered) = (Vec::new(), Vec::new(), BTreeSet::new());
        let (mut failure, mut failures) = (None, 0);
        for (nth, attempt) in asked.iter().enumerate() {
            let merchant_id = &attempt.order.merchant_id;
            self.note_step(format!(
                "payple {merchant_id}: payment {} of {}",
                nth + 1,
                asked.len()
            ));
            let name = &attempt.gateway_order_id;
            let days = lookup_days(attempt, self.now());
            let found = client.lookup(&attempt.order.method, name, &days).await;
            match found {
                Ok(Some(Read { answer, .. })) if answer.order_id != *name => {
                    (failure, failures) = (Some(Failure::OtherOrder), failures + 1);
                }
                Ok(Some(read)) => {
                    listed.push(payment(rows.len(), &read.answer, attempt));
                    rows.push(read);
                    covered.insert(name.clone());
                }
                Ok(None) => {
                    covered.insert(name.clone());
                }
                Err(error) => (failure, failures) = (Some(error), failures + 1),
            }
            if failures >= MOST_FAILURES {
                break;
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
