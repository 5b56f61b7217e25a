//! What is on the shelf. The prices here are the only ones that count.

use paypair_protocol::{Currency, Gateway};
use serde_json::{Value, json};

/// Something to buy.
pub(super) struct Product {
    pub(super) id: &'static str,
    name: [&'static str; 2],
    note: [&'static str; 2],
    won: &'static str,
    dollars: &'static str,
}

pub(super) const SHELF: [Product; 3] = [
    Product {
        id: "lamp",
        name: ["달항아리 조명", "Moon jar lamp"],
        note: [
            "보름달처럼 은은하게 켜지는 작은 조명",
            "A small lamp, soft as a full moon",
        ],
        won: "10000",
        dollars: "12.50",
    },
    Product {
        id: "cup",
        name: ["청자 찻잔 한 쌍", "Celadon tea cups"],
        note: ["손에 꼭 맞는 찻잔 두 개", "Two cups that fit the hand"],
        won: "24000",
        dollars: "18.00",
    },
    Product {
        id: "vase",
        name: ["백자 매화병", "Plum blossom vase"],
        note: [
            "매화 한 가지를 꽂는 백자",
            "White porcelain for a single branch",
        ],
        won: "38000",
        dollars: "29.90",
    },
];

impl Product {
    /// The product of this id.
    pub(super) fn find(id: &str) -> Option<&'static Self> {
        SHELF.iter().find(|product| product.id == id)
    }

    /// The name orders carry. Payletter Global's buyers are abroad.
    pub(super) const fn name(&self, gateway: Gateway) -> &'static str {
        match gateway {
            Gateway::PayletterGlobal => self.name[1],
            _ => self.name[0],
        }
    }

    /// What it costs there.
    pub(super) const fn price(&self, gateway: Gateway) -> (&'static str, Currency) {
        match gateway {
            Gateway::PayletterGlobal => (self.dollars, Currency::USD),
            _ => (self.won, Currency::KRW),
        }
    }

    /// As the page shows it.
    pub(super) fn card(&self) -> Value {
        json!({
            "id": self.id,
            "name": { "ko": self.name[0], "en": self.name[1] },
            "note": { "ko": self.note[0], "en": self.note[1] },
            "picture": format!("/img/{}.svg", self.id),
            "prices": { "KRW": self.won, "USD": self.dollars },
        })
    }
}
