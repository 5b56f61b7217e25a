//! What the drop-in page's order costs. The page says what it sells; the price is ours.

use paypair_verifier::{ApiError, Expected, ExpectedOrder, OrderQuestion, OrderSource};

/// The price tags of the script-tag page.
pub(super) struct PriceTags;

const TAGS: [(&str, u64); 1] = [("휴대폰", 1_000)];

impl OrderSource for PriceTags {
    fn expected(&self, question: OrderQuestion) -> Expected<'_> {
        let goods = question
            .fields
            .iter()
            .find(|(name, _)| name == "PCD_PAY_GOODS");
        let tag = goods.and_then(|(_, goods)| TAGS.iter().find(|(name, _)| name == goods));
        let answer = tag.map(|(name, won)| ExpectedOrder {
            order_id: None,
            amount: Some((*won).into()),
            product_name: Some((*name).to_owned()),
            customer_id: None,
        });
        Box::pin(async move { answer.ok_or(ApiError::OrderUnknown) })
    }
}
