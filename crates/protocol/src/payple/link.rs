//! Payment links: a URL that opens a window anywhere. Not in the card manual; from the vendor's documents.

use super::{Repeat, Tokens, answer};
use crate::{
    Ban, CallError, CardFlow, Currency, Error, Fault, Field, Kind, Method, Money, Table,
    proof::Answered, wire::Fields,
};

/// 링크 생성, sent to the `next_url` of an [`super::Auth`] for [`super::Purpose::Link`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRequest {
    /// From the auth answer.
    pub tokens: Tokens,
    /// 결제수단: `card`, `transfer`, or `transfer+card` for the buyer to choose.
    pub method: Method,
    /// 상품명.
    pub product_name: String,
    /// 결제금액.
    pub amount: Money,
    /// 일반/정기.
    pub card_flow: Option<CardFlow>,
    /// 과세설정; without it the gateway takes Y.
    pub taxable: Option<bool>,
    /// 복합과세 부가세.
    pub tax_amount: Option<Money>,
    /// 현금영수증 발행여부.
    pub cash_receipt: bool,
    /// 링크 만료 `yyyyMMddHH`, KST.
    pub expires_at: Option<String>,
}

/// A link that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// 링크 URL.
    pub url: String,
    /// 링크 KEY.
    pub link_id: Option<String>,
    /// 메모.
    pub memo: Option<String>,
    /// 결제수단.
    pub method: Option<Method>,
    /// 상품명.
    pub product_name: Option<String>,
    /// 결제금액.
    pub amount: Option<Money>,
    /// Monthly for which month, if it is.
    pub repeat: Option<Repeat>,
    /// 결과 메세지.
    pub gateway_message: Option<String>,
}

impl LinkRequest {
    /// What the call takes.
    pub const TABLE: Table = Table {
        fields: &[
            Tokens::ROWS[0],
            Tokens::ROWS[1],
            Tokens::ROWS[2],
            Field::new(
                "method",
                "PCD_PAY_TYPE",
                "결제수단",
                Kind::OneOf(&["card", "transfer", "transfer+card"]),
            )
            .required(),
            Field::text("product_name", "PCD_PAY_GOODS", "상품명", 2048)
                .ban(Ban::Emoji)
                .required(),
            Field::new("amount", "PCD_PAY_TOTAL", "결제금액", Kind::Won(100)).required(),
            Field::new(
                "card_flow",
                "PCD_CARD_VER",
                "일반/정기결제",
                Kind::OneOf(&["01", "02"]),
            ),
            Field::flag("taxable", "PCD_PAY_ISTAX", "과세설정"),
            Field::new(
                "tax_amount",
                "PCD_PAY_TAXTOTAL",
                "복합과세 부가세",
                Kind::Won(0),
            ),
            Field::flag("cash_receipt", "PCD_TAXSAVE_FLAG", "현금영수증 발행여부"),
            Field::new(
                "expires_at",
                "PCD_LINK_EXPIREDATE",
                "링크 만료",
                Kind::Digits(10, 10),
            ),
        ],
    };

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let flag = |yes| if yes { "Y" } else { "N" };
        let mut fields = self.tokens.fields();
        fields.push("PCD_PAY_TYPE", &self.method);
        fields.push("PCD_PAY_GOODS", &self.product_name);
        fields.push("PCD_PAY_TOTAL", self.amount);
        fields.push_some("PCD_CARD_VER", self.card_flow.map(CardFlow::to_wire));
        fields.push_some("PCD_PAY_ISTAX", self.taxable.map(flag));
        fields.push_some("PCD_PAY_TAXTOTAL", self.tax_amount);
        fields.push("PCD_TAXSAVE_FLAG", flag(self.cash_receipt));
        fields.push_some("PCD_LINK_EXPIREDATE", self.expires_at.as_ref());
        fields
    }

    /// Every row that is not kept.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        self.fields().check(&Self::TABLE)
    }

    /// Reads what a merchant sent.
    pub fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            tokens: Tokens::from_fields(fields)?,
            method: Method::from(fields.needed("PCD_PAY_TYPE", "method")?),
            product_name: fields.needed("PCD_PAY_GOODS", "product_name")?,
            amount: Money::parse(&fields.needed("PCD_PAY_TOTAL", "amount")?, &Currency::KRW)?,
            card_flow: fields
                .filled("PCD_CARD_VER")
                .and_then(|word| word.parse().ok()),
            taxable: fields
                .filled("PCD_PAY_ISTAX")
                .map(|_| fields.is_yes("PCD_PAY_ISTAX")),
            tax_amount: fields.won("PCD_PAY_TAXTOTAL"),
            cash_receipt: fields.is_yes("PCD_TAXSAVE_FLAG"),
            expires_at: fields.filled("PCD_LINK_EXPIREDATE"),
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Link>, CallError> {
        let fields = answer::open(status, body, "PCD_LINK_RST", "PCD_LINK_MSG")?;
        let url = fields.needed("PCD_LINK_URL", "url");
        Ok(Answered::new(Link {
            url: url.map_err(|error| CallError::unreadable(status, error))?,
            link_id: fields.filled("PCD_LINK_KEY"),
            memo: fields.filled("PCD_LINK_MEMO"),
            method: fields.filled("PCD_PAY_TYPE").map(Method::from),
            product_name: fields.filled("PCD_PAY_GOODS"),
            amount: fields.won("PCD_PAY_TOTAL"),
            repeat: Repeat::read(&fields),
            gateway_message: fields.filled("PCD_LINK_MSG"),
        }))
    }
}
