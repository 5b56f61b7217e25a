//! The outcome as the page gets it.
//!
//! It is read from the server's answer key by key and written out again, so that the promise resolves with
//! these keys and nothing else, whatever a server may one day add to its answer.

use serde::Serialize;

/// What became of a payment (`Outcome` in `index.d.ts`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The merchant's order.
    pub order_id: String,
    /// What to act on.
    pub status: String,
    /// The ledger's word.
    pub state: String,
    /// Which attempt; 0 before the first.
    pub attempt: u32,
    /// What was bought.
    pub product_name: String,
    /// Decimal text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// ISO 4217.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// How it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// When it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<String>,
    /// Where to transfer the money to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_account: Option<VirtualAccount>,
    /// The card, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<Card>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Whether it will stay so.
    #[serde(rename = "final")]
    pub is_final: bool,
}

/// An account opened for one deposit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualAccount {
    /// 은행명.
    pub bank_name: String,
    /// 계좌번호.
    pub account_no: String,
    /// 예금주.
    pub holder: String,
    /// Until when.
    pub expires_at: String,
}

/// A card as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Card {
    /// Issuer or brand.
    pub name: String,
    /// Masked number.
    pub number: String,
}

/// Why it did not become a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// Our stable name.
    pub code: String,
    /// The sentence.
    pub message: Sentences,
    /// The gateway's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_code: Option<String>,
    /// The gateway's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_message: Option<String>,
}

/// One sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sentences {
    /// Korean.
    pub ko: String,
    /// English.
    pub en: String,
}

/// Looks one key up in an answer. Two kinds of value are all an outcome is made of.
pub trait Answer: Sized {
    /// Text, if the key holds some.
    fn text(&self, key: &str) -> Option<String>;
    /// An object, if the key holds one.
    fn part(&self, key: &str) -> Option<Self>;
    /// A small whole number.
    fn count(&self, key: &str) -> u32;
    /// A truth.
    fn truth(&self, key: &str) -> bool;

    /// Text, empty if there is none.
    fn words(&self, key: &str) -> String {
        self.text(key).unwrap_or_default()
    }
}

impl Outcome {
    /// Reads the server's answer.
    pub fn read(answer: &impl Answer) -> Self {
        Self {
            order_id: answer.words("orderId"),
            status: answer.words("status"),
            state: answer.words("state"),
            attempt: answer.count("attempt"),
            product_name: answer.words("productName"),
            amount: answer.text("amount"),
            currency: answer.text("currency"),
            method: answer.text("method"),
            paid_at: answer.text("paidAt"),
            virtual_account: answer.part("virtualAccount").map(|account| VirtualAccount {
                bank_name: account.words("bankName"),
                account_no: account.words("accountNo"),
                holder: account.words("holder"),
                expires_at: account.words("expiresAt"),
            }),
            card: answer.part("card").map(|card| Card {
                name: card.words("name"),
                number: card.words("number"),
            }),
            reason: answer.part("reason").map(|reason| Reason {
                code: reason.words("code"),
                message: reason
                    .part("message")
                    .map_or_else(Sentences::none, |message| Sentences {
                        ko: message.words("ko"),
                        en: message.words("en"),
                    }),
                gateway_code: reason.text("gatewayCode"),
                gateway_message: reason.text("gatewayMessage"),
            }),
            is_final: answer.truth("final"),
        }
    }
}

impl Sentences {
    const fn none() -> Self {
        Self {
            ko: String::new(),
            en: String::new(),
        }
    }
}
