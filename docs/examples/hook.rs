//! The hook of docs/delivery.md.

use paypair_ledger::{Hook, HookError, HookTx, Publication, Published};

/// Notes what is to be shipped, in a table of the shop's own in the same file.
pub struct Shipments;

impl Hook for Shipments {
    fn on_event(&self, event: &Published, tx: &HookTx<'_>) -> Result<(), HookError> {
        if event.publication != Publication::Paid {
            return Ok(());
        }
        let sql = "INSERT INTO shipment (order_id, amount) VALUES (?1, ?2)";
        let amount = event.data()["amount"].as_str().map(str::to_owned);
        tx.connection()?
            .execute(sql, (&event.key.order_id, amount))?;
        Ok(())
    }
}
