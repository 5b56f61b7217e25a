//! Answers as they never left the gateway: eaten by a proxy, cut, or telling something else than what happened.

use paypair_sandbox::Answered;
use paypair_verifier::GatewayAnswer;
use serde_json::{Value, json};

use crate::faults::Fault;
use crate::network::{Kind, Sent, gateway_of};
use paypair_protocol::Gateway;

/// Somebody else than the gateway answers; the gateway heard nothing.
pub(crate) fn instead(fault: Fault) -> GatewayAnswer {
    match fault {
        Fault::TooMany429 => page(429, "too many requests"),
        Fault::Redirect302 => page(302, ""),
        _ => page(500, "internal server error"),
    }
}

/// The gateway's answer, changed. None if this answer cannot be changed so.
pub(crate) fn changed(fault: Fault, sent: &Sent, answer: &Answered) -> Option<GatewayAnswer> {
    let as_is = |body: Vec<u8>| GatewayAnswer {
        status: answer.status,
        body,
    };
    match fault {
        Fault::Empty200 => Some(page_of(200, Vec::new())),
        Fault::Html200 => Some(page(200, "this network wants you to log in")),
        Fault::Processed500 => (answer.status < 400).then(|| page(500, "internal server error")),
        Fault::Truncated200 => {
            let half = answer.body.len() / 2;
            Some(as_is(answer.body[..half].to_vec()))
        }
        Fault::RefundProcessedButError => is_done(sent, answer).then(|| refusal(sent)),
        Fault::ChargeProcessedButError => is_done(sent, answer).then(|| refused_charge(sent)),
        Fault::LookupForbiddenIp => {
            let forbidden = json!({ "error": { "code": 993, "message": "You do not have authorization.",
                "detail": "Not allowed ip address.", "plcode": 993 } });
            let global = gateway_of(&sent.path) == Gateway::PayletterGlobal;
            global.then(|| page_of(403, forbidden.to_string().into_bytes()))
        }
        Fault::LookupEmpty if sent.kind == Kind::Lookup => {
            let none = json!({ "PCD_PAY_RST": "error", "PCD_PAY_CODE": "PCHK0001",
                "PCD_PAY_MSG": "결제내역이 존재하지 않습니다." });
            let payple = gateway_of(&sent.path) == Gateway::Payple;
            (payple && is_done(sent, answer)).then(|| page_of(200, none.to_string().into_bytes()))
        }
        _ => {
            let mut value: Value = serde_json::from_slice(&answer.body).ok()?;
            let done = match fault {
                Fault::StringVsNumber => respell(&mut value) > 0,
                Fault::WrongOid => rename(&mut value) > 0,
                Fault::LookupEmpty | Fault::LookupMissingDay => rows(&mut value, |rows| {
                    let some = !rows.is_empty();
                    rows.clear();
                    some
                }),
                Fault::WrongCurrency => rows(&mut value, |rows| {
                    let currencies = rows.iter_mut().filter_map(|row| row.get_mut("currency"));
                    let other = |now: &Value| if *now == "JPY" { "USD" } else { "JPY" };
                    currencies
                        .map(|currency| *currency = other(currency).into())
                        .count()
                        > 0
                }),
                Fault::LookupDuplicateRow => rows(&mut value, |rows| {
                    rows.extend(rows.clone());
                    !rows.is_empty()
                }),
                _ => false,
            };
            done.then(|| as_is(value.to_string().into_bytes()))
        }
    }
}

/// Whether the gateway did what was asked. Payple says no with a 200, too.
fn is_done(sent: &Sent, answer: &Answered) -> bool {
    let refused = || {
        let said: Option<Value> = serde_json::from_slice(&answer.body).ok();
        said.is_none_or(|said| said["PCD_PAY_RST"] != "success")
    };
    answer.status == 200 && (gateway_of(&sent.path) != Gateway::Payple || !refused())
}

fn page(status: u16, text: &str) -> GatewayAnswer {
    page_of(
        status,
        format!("<html><body>{text}</body></html>").into_bytes(),
    )
}

fn page_of(status: u16, body: Vec<u8>) -> GatewayAnswer {
    GatewayAnswer { status, body }
}

/// The gateway did it, and says no: without a word that would mean "done already".
fn refusal(sent: &Sent) -> GatewayAnswer {
    let (status, body) = match gateway_of(&sent.path) {
        Gateway::Payple => (
            200,
            json!({ "PCD_PAY_RST": "error", "PCD_PAY_CODE": "CPCA9999", "PCD_PAY_MSG": "시스템 오류" }),
        ),
        Gateway::Payletter => (
            406,
            json!({ "code": 2105, "message": "취소 처리 중 오류가 발생하였습니다." }),
        ),
        Gateway::PayletterGlobal => (
            400,
            json!({ "error": { "code": 997, "message": "The request is invalid.",
                "detail": "[2107]The refund was declined", "plcode": 997 } }),
        ),
    };
    page_of(status, body.to_string().into_bytes())
}

/// The same of a payment: with the words with which the gateway refuses one for good.
fn refused_charge(sent: &Sent) -> GatewayAnswer {
    let at_payple = |code: &str, why: &str| {
        let no = json!({ "PCD_PAY_RST": "error", "PCD_PAY_CODE": code, "PCD_PAY_MSG": why });
        (200, no)
    };
    let path = sent.path.split('?').next().unwrap_or_default();
    let (status, body) = match (gateway_of(&sent.path), path) {
        (Gateway::Payple, "/payple/php/SimplePayCardAct.php") => {
            at_payple("SPCD0009", "카드 한도가 초과하였습니다.")
        }
        (Gateway::Payple, "/payple/php/RePayCardAct.php") => {
            at_payple("RPCD1003", "카드사 승인이 거절되었습니다.")
        }
        (Gateway::Payple, _) => at_payple("CPCA0006", "한도가 초과하였습니다"),
        (Gateway::Payletter, _) => (
            406,
            json!({ "code": 3001, "message": "한도가 초과하였습니다" }),
        ),
        (Gateway::PayletterGlobal, _) => (
            400,
            json!({ "error": { "code": 997, "message": "The request is invalid.",
                "detail": REFUSED, "plcode": 997 } }),
        ),
    };
    page_of(status, body.to_string().into_bytes())
}

/// What Payletter Global says of a card that it cannot charge.
const REFUSED: &str = "Request failed.Check the customer's payment information again";

/// Numbers become strings, and amounts in strings numbers: both are seen from real gateways.
fn respell(value: &mut Value) -> usize {
    match value {
        Value::Object(fields) => fields
            .iter_mut()
            .map(|(name, value)| match value {
                Value::Number(number) => {
                    *value = Value::String(number.to_string());
                    1
                }
                Value::String(text) if name.ends_with("_TOTAL") || name.ends_with("amount") => {
                    match text.parse::<u64>() {
                        Ok(number) => {
                            *value = number.into();
                            1
                        }
                        Err(_) => 0,
                    }
                }
                value => respell(value),
            })
            .sum(),
        Value::Array(items) => items.iter_mut().map(respell).sum(),
        _ => 0,
    }
}

/// The answer to somebody else's question.
fn rename(value: &mut Value) -> usize {
    let mut renamed = 0;
    if let Value::Object(fields) = value {
        for (name, value) in fields {
            let other = match name.as_str() {
                "PCD_PAY_OID" | "order_no" | "storeorderno" => "somebody else's",
                "PCD_PAY_CARDTRADENUM" | "tid" | "paytoken" => "somebody's payment",
                _ => {
                    renamed += rename(value);
                    continue;
                }
            };
            if value.as_str().is_some_and(|text| !text.is_empty()) {
                *value = other.into();
                renamed += 1;
            }
        }
    }
    renamed
}

/// Works on the list in an answer, wherever it is.
fn rows(value: &mut Value, work: impl Fn(&mut Vec<Value>) -> bool) -> bool {
    let Value::Object(fields) = value else {
        return false;
    };
    let inside = match fields.get_mut("data") {
        Some(Value::Object(data)) => data,
        _ => fields,
    };
    ["list", "datalist"].iter().any(|name| {
        let Some(Value::Array(rows)) = inside.get_mut(*name) else {
            return false;
        };
        let (done, count) = (work(rows), rows.len());
        // The gateway believes its own list.
        if let Some(total) = inside.get_mut("total_count") {
            *total = count.into();
        }
        let total = inside.get_mut("rowcount");
        if let Some(total) = total.and_then(|counts| counts.get_mut("total")) {
            *total = count.into();
        }
        done
    })
}
