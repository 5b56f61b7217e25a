//! Payment links: an address that opens a payment window anywhere, for anybody, more than once.
//!
//! A link is no order of ours, and there is no route for it. The gateway makes up the order number of each payment that comes of a link,
//! after the fact; it names the link (`PCD_LINK_KEY`) only in its webhook, which is unsigned, and neither its confirm nor its lookup
//! repeats it. So nothing that we could believe ties such a payment to an order. Who makes links reads the payments in the gateway's
//! own books.

use paypair_ledger::Store;
use paypair_protocol::{
    CardFlow, Method, Money,
    payple::{LinkRequest, Purpose},
};

use crate::{ApiError, Verifier, environment::Environment, fault::FieldFault, network::Network};

/// A payment link as a merchant's server wants it.
#[derive(Debug, Clone)]
pub struct NewLink {
    /// `card`, `transfer`, or `transfer+card` for the buyer to choose.
    pub method: Method,
    /// What is bought.
    pub product_name: String,
    /// How much, in won.
    pub amount: Money,
    /// Cards: once, or with a billing key.
    pub card_flow: Option<CardFlow>,
    /// Whether tax is in it; the gateway takes it that there is.
    pub taxable: Option<bool>,
    /// The tax in it, if the gateway is not to compute it.
    pub tax_amount: Option<Money>,
    /// Whether a cash receipt is asked for in the window.
    pub cash_receipt: bool,
    /// The Korean hour with which it ends, `yyyyMMddHH`.
    pub expires_at: Option<String>,
}

/// A payment link that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentLink {
    /// Where the buyer pays.
    pub url: String,
    /// The gateway's name of the link.
    pub link_id: Option<String>,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Makes a payment link at Payple.
    ///
    /// What is paid by it becomes no order here, no event and no outcome: no evidence ties it to anything of ours.
    pub async fn payple_link(&self, new: NewLink) -> Result<PaymentLink, ApiError> {
        let client = self.payple()?;
        let (tokens, url) = client.auth(Purpose::Link).await?;
        let link = LinkRequest {
            tokens: tokens.tokens(),
            method: new.method,
            product_name: new.product_name,
            amount: new.amount,
            card_flow: new.card_flow,
            taxable: new.taxable,
            tax_amount: new.tax_amount,
            cash_receipt: new.cash_receipt,
            expires_at: new.expires_at,
        };
        ApiError::unless_fine(link.check().into_iter().map(FieldFault::from))?;
        let made = client.link(&link, url).await?;
        Ok(PaymentLink {
            url: made.url.clone(),
            link_id: made.link_id.clone(),
        })
    }
}
