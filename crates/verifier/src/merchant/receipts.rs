//! Receipt pages for the buyer: what was paid, and where to ask for a cash receipt.

use paypair_ledger::{Attempt, OrderView, State, Store};
use paypair_protocol::{Gateway, payletter::CashReceiptPurpose};
use serde::Deserialize;
use serde_json::json;

use super::body;
use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, network::Network,
};

/// Which page is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ReceiptWish {
    /// What kind.
    pub kind: ReceiptKind,
    /// What a cash receipt is for.
    pub purpose: ReceiptPurpose,
    /// Is the VAT left out of a cash receipt's amount?
    pub tax_excluded: bool,
}

/// A kind of receipt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptKind {
    /// What was paid, and how.
    #[default]
    Receipt,
    /// 현금영수증: a page where the buyer has one issued.
    CashReceipt,
}

/// What a cash receipt is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptPurpose {
    /// The buyer says, on the page.
    #[default]
    BuyerSays,
    /// 소득공제.
    TaxDeduction,
    /// 지출증빙.
    ProofOfExpense,
}

impl From<ReceiptPurpose> for CashReceiptPurpose {
    fn from(purpose: ReceiptPurpose) -> Self {
        match purpose {
            ReceiptPurpose::BuyerSays => Self::BuyerSays,
            ReceiptPurpose::TaxDeduction => Self::TaxDeduction,
            ReceiptPurpose::ProofOfExpense => Self::ProofOfExpense,
        }
    }
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The address of a page for the buyer of a paid order. It is one of the gateway's own, or it is not given out.
    pub async fn receipt_page(
        &self,
        order_id: &str,
        wish: &ReceiptWish,
    ) -> Result<String, ApiError> {
        self.page_of(&self.known_order(order_id).await?, wish).await
    }

    /// `POST /orders/{id}/receipt`, by the merchant or by the buyer's page.
    pub(crate) async fn receipt(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        // The door let in the merchant, or a page of an allowed origin: the page still has to open this order.
        let view = if self.is_merchant(request) {
            self.known_order(id).await?
        } else {
            let view = self.opened(id, request).await?;
            if self.is_drop_in(&view.order) {
                // Such a page proved nothing but that it knows the order's id: a receipt shows whose card it was.
                return Err(ApiError::ReceiptNotOffered);
            }
            view
        };
        let wish = if request.body.is_empty() {
            ReceiptWish::default()
        } else {
            body(request)?
        };
        let url = self.page_of(&view, &wish).await?;
        Ok(RawResponse::json(200, &json!({ "url": url })))
    }

    async fn page_of(&self, view: &OrderView, wish: &ReceiptWish) -> Result<String, ApiError> {
        let attempt = view.leading().filter(|attempt| has_receipt(attempt, wish));
        let attempt = attempt.ok_or(ApiError::ReceiptNotOffered)?;
        let url = match (view.order.gateway, wish.kind) {
            (Gateway::Payple, ReceiptKind::Receipt) => self.payple_receipt(attempt)?,
            (Gateway::Payletter, ReceiptKind::Receipt) => self.payletter_receipt(attempt).await?,
            (Gateway::Payletter, ReceiptKind::CashReceipt) => {
                let purpose = wish.purpose.into();
                self.payletter_cash_receipt(attempt, purpose, wish.tax_excluded)
                    .await?
            }
            (Gateway::Payple, ReceiptKind::CashReceipt) | (Gateway::PayletterGlobal, _) => {
                return Err(ApiError::ReceiptNotOffered);
            }
        };
        Ok(url.into())
    }
}

/// What was paid has a receipt, given back or not; a cash receipt is for money that was kept.
fn has_receipt(attempt: &Attempt, wish: &ReceiptWish) -> bool {
    let kept = matches!(attempt.state, State::Paid | State::PartiallyRefunded);
    attempt.paid_at.is_some() && (kept || wish.kind == ReceiptKind::Receipt)
}
