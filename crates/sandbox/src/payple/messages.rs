//! What the window says to the page that opened it.

use super::core::{Payment, Window};
use super::means::Means;
use crate::core::handback::Handback;
use crate::core::wire::{Json, owned};
use crate::core::{Answer, Gateway, World};

/// The keys that every success carries, in the order of the vendor's example. All values are strings on this path.
pub(super) fn result(
    window: &Window,
    (code, message): (&str, &str),
    billing_key: &str,
) -> Vec<(String, String)> {
    let posted = |name: &'static str| (name, window.form.get(name));
    let or = |name: &'static str, default: &'static str| {
        (
            name,
            Some(window.form.get(name))
                .filter(|value| !value.is_empty())
                .unwrap_or(default),
        )
    };
    let total = window.total.to_wire();
    let mut fields = owned([
        ("PCD_PAY_RST", "success"),
        ("PCD_PAY_CODE", code),
        ("PCD_PAY_MSG", message),
        or("PCD_PAY_TYPE", "card"),
        posted("PCD_CARD_VER"),
        posted("PCD_PAY_WORK"),
        ("PCD_AUTH_KEY", &window.auth_key),
        ("PCD_PAY_HOST", &window.host),
        ("PCD_PAY_URL", ""),
        ("PCD_PAYER_ID", billing_key),
        posted("PCD_PAYER_NO"),
        posted("PCD_PAYER_NAME"),
        posted("PCD_PAYER_HP"),
        posted("PCD_PAYER_EMAIL"),
        posted("PCD_PAY_YEAR"),
        posted("PCD_PAY_MONTH"),
        ("PCD_PAY_OID", &window.order_id),
        posted("PCD_PAY_GOODS"),
    ]);
    if window.work() != "AUTH" {
        fields.extend(owned([
            ("PCD_PAY_AMOUNT", &total),
            ("PCD_PAY_DISCOUNT", ""),
            ("PCD_PAY_AMOUNT_REAL", &total),
            ("PCD_PAY_TOTAL", &total),
            or("PCD_PAY_TAXTOTAL", "0"),
        ]));
    }
    fields.extend(owned([
        or("PCD_PAY_ISTAX", "Y"),
        or("PCD_REGULER_FLAG", "N"),
        or("PCD_SIMPLE_FLAG", "N"),
        posted("PCD_RST_URL"),
        posted("PCD_USER_DEFINE1"),
        posted("PCD_USER_DEFINE2"),
    ]));
    fields
}

/// What a payment by card says when it is done; a transfer always says the same.
pub(super) const PAID: Said = ("0000", "카드승인완료");

pub(crate) type Said = (&'static str, &'static str);

pub(super) fn done_by(means: &Means, by_card: Said) -> Said {
    if means.method() == "transfer" {
        ("BILL0000", "출금이체완료")
    } else {
        by_card
    }
}

/// What is known of the card or the account of a payment, as the newer documents name it.
pub(super) fn means_block(payment: &Payment) -> Vec<(String, String)> {
    let Means { name, number, .. } = &payment.means;
    if let Some(bank_code) = payment.means.bank_code {
        let receipt = payment.cash_receipt.as_ref();
        let flag = super::calls::flag(&payment.form, "PCD_TAXSAVE_FLAG");
        return owned([
            ("PCD_PAY_BANKACCTYPE", "personal"),
            ("PCD_PAY_BANK", bank_code),
            ("PCD_PAY_BANKNAME", name),
            ("PCD_PAY_BANKNUM", number),
            ("PCD_TAXSAVE_FLAG", flag),
            ("PCD_TAXSAVE_RST", if receipt.is_some() { "Y" } else { "N" }),
            (
                "PCD_TAXSAVE_MGTNUM",
                receipt.map_or("", |receipt| &receipt.no),
            ),
        ]);
    }
    owned([
        ("PCD_PAY_CARDNAME", name),
        ("PCD_PAY_CARDNUM", number),
        ("PCD_PAY_CARDQUOTA", "00"),
        ("PCD_PAY_CARDTRADENUM", &payment.transaction_id),
        ("PCD_PAY_CARDAUTHNO", &payment.approval_no),
        ("PCD_PAY_CARDRECEIPT", &payment.receipt_url),
    ])
}

pub(super) fn failed(
    world: &mut World,
    window: &Window,
    (code, message): (&str, &str),
) -> Handback {
    if world.struck(Gateway::Payple, &window.order_id, "bare_error") {
        let order_id = window.order_id.as_str();
        return hand_back(
            window,
            owned([
                ("PCD_PAY_RST", "error"),
                ("PCD_PAY_MSG", message),
                ("PCD_PAY_OID", order_id),
            ]),
        );
    }
    let mut fields = result(window, (code, message), "");
    "error".clone_into(&mut fields[0].1);
    hand_back(window, fields)
}

pub(super) fn closed(window: &Window) -> Handback {
    if window.is_of_link() {
        return Handback::stay("결제 취소", "결제를 종료하였습니다. 이 창을 닫아주세요.");
    }
    if window.result_url().is_none() {
        return message(window, Json::default().text("type", "close").end());
    }
    let mut fields = result(window, ("", "결제를 종료하였습니다."), "");
    "close".clone_into(&mut fields[0].1);
    fields.remove(1); // a close has no code
    hand_back(window, fields)
}

pub(super) fn hand_back(window: &Window, fields: Vec<(String, String)>) -> Handback {
    if window.is_of_link() {
        let said = |name: &str| fields.iter().find(|(known, _)| known == name);
        let text = said("PCD_PAY_MSG").map_or("", |(_, text)| text);
        let well = said("PCD_PAY_RST").is_some_and(|(_, outcome)| outcome == "success");
        return Handback::stay(
            if well {
                "결제 완료"
            } else {
                "결제 실패"
            },
            text,
        );
    }
    if let Some(url) = window.result_url() {
        return Handback::Post {
            url: url.to_owned(),
            fields,
        };
    }
    let data = fields
        .iter()
        .fold(Json::default(), |json, (name, value)| {
            json.text(name, value)
        })
        .end();
    message(
        window,
        Json::default()
            .text("type", "pay_result")
            .raw("data", &data)
            .end(),
    )
}

const CODE: &str = "PCD_PAY_CODE";

/// What merchants saw before the code on the test server.
const TEST_MARK: &str = "[TEST]";

fn mark(json: &str) -> String {
    let code = format!("\"{CODE}\":\"");
    json.replace(&code, &format!("{code}{TEST_MARK}"))
}

impl Answer {
    /// With the test mark before the code.
    pub(super) fn marked(self) -> Self {
        Self {
            body: mark(&self.body),
            ..self
        }
    }
}

impl Handback {
    /// With the test mark before the code.
    pub(super) fn marked(self) -> Self {
        match self {
            Self::Message {
                message,
                target_origin,
            } => Self::Message {
                message: mark(&message),
                target_origin,
            },
            Self::Post { url, mut fields } => {
                for (_, code) in fields.iter_mut().filter(|(name, _)| name == CODE) {
                    code.insert_str(0, TEST_MARK);
                }
                Self::Post { url, fields }
            }
            other => other,
        }
    }
}

fn message(window: &Window, message: String) -> Handback {
    match &window.origin {
        Some(origin) => Handback::Message {
            message,
            target_origin: origin.clone(),
        },
        // As the vendor's FAQ has it: no Referer at auth.php, and the window can neither answer nor close.
        None => Handback::stay(
            "결과를 전달할 수 없습니다",
            "가맹점 인증 요청에 Referer 가 없어 결제 결과를 전달할 곳을 알 수 없습니다.",
        ),
    }
}
