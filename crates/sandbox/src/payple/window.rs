//! What the buyer does in the window.

use jiff::Timestamp;
use paypair_protocol::Money;

use super::core::{CashReceipt, Order, Payment, Registered, Request, Window};
use super::means::Means;
use super::messages::{PAID, closed, done_by, failed, hand_back, means_block, result};
use super::request::{LATE, TAKEN, is_late, is_taken};
use super::webhook;
use crate::core::book::{self, Entry};
use crate::core::clock::compact;
use crate::core::handback::{Deed, Handback};
use crate::core::wire::{Form, owned};
use crate::core::{Gateway, World};

/// A button of the window was pressed. `Err` keeps the window open with a word to the buyer.
pub(crate) fn act(
    world: &mut World,
    now: Timestamp,
    id: &str,
    deed: Deed,
    typed: &Form,
) -> Result<Handback, &'static str> {
    let Some(window) = world.payple.windows.get(id).cloned() else {
        return Ok(Handback::stay(
            "결제창 없음",
            "결제창이 만료되었습니다. 처음부터 다시 시도해주세요.",
        ));
    };
    if window.done {
        return Ok(Handback::already_done());
    }
    let taken = is_taken(&world.payple, &window.order_id);
    let paid_anyway = deed == Deed::Cancel
        && !taken
        && world.struck(Gateway::Payple, &window.order_id, "paid_after_close");
    let means = if window.is_transfer() {
        Means::typed_account(typed)
    } else if window.takes_card_number() && !paid_anyway {
        Means::typed_card(typed, now)
    } else {
        Some(Means::of_app(typed))
    };
    let ending = match (deed, means) {
        (Deed::Pay, None) if window.is_transfer() => {
            return Err("은행과 계좌번호를 바르게 입력하세요.");
        }
        (Deed::Pay, None) => return Err("카드번호와 유효기간을 바르게 입력하세요."),
        (Deed::Cancel | Deed::Deposit | Deed::Hold, means) => {
            if let (true, Some(means)) = (paid_anyway, means) {
                settle(world, now, &window, means);
            }
            closed(&window)
        }
        (Deed::Decline, _) => {
            let declined = if window.is_transfer() {
                ("CPAY0022", "출금이체 실패!!")
            } else {
                ("CPCA0006", "한도가 초과하였습니다")
            };
            failed(world, &window, declined)
        }
        (Deed::Pay, _) if is_late(&window, now) => failed(world, &window, LATE),
        (Deed::Pay, _) if taken => failed(world, &window, TAKEN),
        (Deed::Pay, Some(means)) => {
            let result = settle(world, now, &window, means);
            hand_back(&window, result)
        }
    };
    if let Some(window) = world.payple.windows.get_mut(id) {
        window.done = true;
    }
    if deed == Deed::Pay
        && let Some(grant) = world.payple.grants.get_mut(&window.auth_key)
    {
        grant.spent = true;
    }
    let lost =
        deed != Deed::Cancel && world.struck(Gateway::Payple, &window.order_id, "return_never");
    Ok(if lost { Handback::never() } else { ending })
}

/// Does what the window was opened for; the fields of the result.
fn settle(
    world: &mut World,
    now: Timestamp,
    window: &Window,
    means: Means,
) -> Vec<(String, String)> {
    match window.work() {
        "AUTH" => register(world, now, window, means),
        "CERT" => request(world, now, window, means),
        _ => {
            let billing_key = billing_key(world, window, &means).0;
            let payment = capture(world, now, &window.order(), means, billing_key);
            let paid = done_by(&payment.means, PAID);
            webhook::paid(world, now, &payment, paid.0);
            let mut fields = result(window, paid, &payment.billing_key);
            fields.extend(owned([("PCD_PAY_TIME", compact(payment.at).as_str())]));
            fields.extend(means_block(&payment));
            fields
        }
    }
}

fn request(
    world: &mut World,
    now: Timestamp,
    window: &Window,
    means: Means,
) -> Vec<(String, String)> {
    let confirm_key = world.seed.payple_token();
    let billing_key = billing_key(world, window, &means).0;
    let confirm_url = format!("{}/payple{}", world.options.base_url, window.confirm_path());
    let said = match &means {
        // The documents' example says so, though nothing is paid yet.
        account if account.method() == "transfer" => done_by(account, PAID),
        _ if window.takes_card_number() => ("0000", "카드승인요청등록완료"),
        _ => ("0000", "카드인증완료"),
    };
    let mut fields = result(window, said, &billing_key);
    fields.extend(owned([
        ("PCD_PAY_REQKEY", confirm_key.as_str()),
        ("PCD_PAY_COFURL", confirm_url.as_str()),
    ]));
    fields.extend(shown(&means, window));
    let request = Request {
        window: window.clone(),
        means,
        billing_key,
        at: now,
        used: false,
        entry: None,
    };
    world.payple.requests.insert(confirm_key, request);
    fields
}

fn register(
    world: &mut World,
    now: Timestamp,
    window: &Window,
    means: Means,
) -> Vec<(String, String)> {
    let (billing_key, known) = billing_key(world, window, &means);
    let entry = line(
        &window.order(),
        Money::won(0),
        &billing_key,
        book::Standing::Registered,
        now,
    );
    world.book.enter(entry);
    let message = match means.method() {
        _ if known => "기 인증고객 입니다.",
        "transfer" => "계좌인증완료",
        _ => "카드인증완료",
    };
    let mut fields = result(window, ("0000", message), &billing_key);
    fields.extend(shown(&means, window));
    fields
}

/// What is told of a card or an account before money moves.
fn shown(means: &Means, window: &Window) -> Vec<(String, String)> {
    match means.bank_code {
        Some(bank_code) => owned([
            ("PCD_PAY_BANKACCTYPE", "personal"),
            ("PCD_PAY_BANK", bank_code),
            ("PCD_PAY_BANKNAME", &means.name),
            ("PCD_PAY_BANKNUM", &means.number),
            (
                "PCD_TAXSAVE_FLAG",
                super::calls::flag(&window.form, "PCD_TAXSAVE_FLAG"),
            ),
            ("PCD_TAXSAVE_RST", "N"),
            ("PCD_TAXSAVE_MGTNUM", ""),
        ]),
        None => owned([
            ("PCD_PAY_CARDNAME", &means.name),
            ("PCD_PAY_CARDNUM", &means.number),
        ]),
    }
}

/// The key of this customer's card or account, and whether it was there before. App cards have none.
fn billing_key(world: &mut World, window: &Window, means: &Means) -> (String, bool) {
    if !window.registers() {
        return (String::new(), false);
    }
    let customer_id = window.form.get("PCD_PAYER_NO");
    let same = |known: &&Registered| {
        !known.deleted && known.customer_id == customer_id && known.means == *means
    };
    if let Some(known) = world.payple.cards.iter().find(same) {
        return (known.billing_key.clone(), true);
    }
    let billing_key = world.seed.payple_token();
    world.payple.cards.push(Registered {
        billing_key: billing_key.clone(),
        customer_id: customer_id.to_owned(),
        customer_name: window.form.text("PCD_PAYER_NAME"),
        customer_phone: window.form.text("PCD_PAYER_HP"),
        means: means.clone(),
        deleted: false,
        order_id: window.order_id.clone(),
    });
    (billing_key, false)
}

/// Takes the money and writes it into the book.
pub(super) fn capture(
    world: &mut World,
    now: Timestamp,
    order: &Order<'_>,
    means: Means,
    billing_key: String,
) -> Payment {
    let order_id = order.id;
    let total = world.amount_to_capture(Gateway::Payple, order_id, order.total);
    let fresh = format!("{}{}", compact(now), world.seed.digits(10));
    let transaction_id = world.transaction_id(Gateway::Payple, order_id, fresh);
    let entry = world.book.enter(line(
        order,
        total,
        &transaction_id,
        book::Standing::Captured,
        now,
    ));
    let asks_receipt = means.method() == "transfer" && order.form.get("PCD_TAXSAVE_FLAG") == "Y";
    let cash_receipt = asks_receipt.then(|| CashReceipt {
        no: world.seed.digits(9),
        amount: total,
    });
    let base = &world.options.base_url;
    let receipt_url = format!("{base}/payple/receipt?dataType=receipt&data={transaction_id}");
    let payment = Payment {
        order_id: order_id.to_owned(),
        form: order.form.clone(),
        means,
        billing_key,
        total,
        transaction_id,
        approval_no: world.seed.digits(8),
        at: now,
        visible_at: world.visible_at(Gateway::Payple, order_id, now),
        refunded: Money::won(0),
        shows_until: (Money::won(0), now),
        entry,
        cash_receipt,
        receipt_url,
    };
    world.payple.payments.push(payment.clone());
    payment
}

fn line(
    order: &Order<'_>,
    amount: Money,
    transaction_id: &str,
    state: book::Standing,
    at: Timestamp,
) -> Entry {
    let (method, product_name) = (
        order.form.get("PCD_PAY_TYPE"),
        order.form.get("PCD_PAY_GOODS"),
    );
    Entry::new(
        (Gateway::Payple, order.id),
        transaction_id,
        amount,
        (method, product_name),
        state,
        at,
    )
}
