//! A request of every kind with every field filled.

use paypair_protocol::{
    Currency, Fault, Money, Table, payletter as kr, payletter_global as global, payple,
    wire::Fields,
};

pub(crate) fn usd(minor: u64) -> Money {
    Money {
        minor,
        currency: Currency::USD,
    }
}

pub(crate) fn tokens() -> payple::Tokens {
    payple::Tokens {
        merchant_token: "ct".into(),
        merchant_key_token: "kt".into(),
        auth_key: "ak".into(),
    }
}

pub(crate) fn auth() -> payple::Auth {
    payple::Auth {
        merchant_id: "test".into(),
        merchant_key: "abcd1234567890".into(),
        purpose: payple::Purpose::Refund,
    }
}

pub(crate) fn confirm() -> payple::Confirm {
    payple::Confirm {
        merchant_id: "test".into(),
        merchant_key: "abcd1234567890".into(),
        auth_key: "ak".into(),
        confirm_key: "rk".into(),
        billing_key: Some("bk".into()),
    }
}

pub(crate) fn lookup() -> payple::Lookup {
    payple::Lookup {
        tokens: tokens(),
        method: "card".into(),
        order_id: "o-1".into(),
        paid_on: "20260102".into(),
    }
}

pub(crate) fn payer() -> payple::PayerLookup {
    payple::PayerLookup {
        tokens: tokens(),
        billing_key: "bk".into(),
        customer_id: Some("2335".into()),
    }
}

pub(crate) fn payer_delete() -> payple::PayerDelete {
    payple::PayerDelete {
        tokens: tokens(),
        billing_key: "bk".into(),
        customer_id: Some("2335".into()),
    }
}

pub(crate) fn payple_charge(repeat: payple::Repeat) -> payple::Charge {
    payple::Charge {
        tokens: tokens(),
        billing_key: "bk".into(),
        customer_id: Some("2335".into()),
        customer_name: Some("홍길동".into()),
        customer_phone: Some("01023456789".into()),
        customer_email: Some("dev@payple.kr".into()),
        product_name: "정기구독".into(),
        amount: Money::won(1000),
        taxable: Some(false),
        tax_amount: Some(Money::won(10)),
        order_id: "o-1".into(),
        repeat,
        custom1: Some("1".into()),
        custom2: Some("2".into()),
    }
}

pub(crate) fn transfer_charge(repeat: payple::Repeat) -> payple::TransferCharge {
    payple::TransferCharge {
        charge: payple_charge(repeat),
        receipt: Some(payple::ReceiptOrder {
            trade_use: payple::TradeUse::Company,
            holder_number: Some("01022224444".into()),
        }),
    }
}

pub(crate) fn payple_cash_receipt() -> payple::CashReceipt {
    payple::CashReceipt {
        tokens: tokens(),
        cancel: false,
        billing_key: "bk".into(),
        order_id: "o-1".into(),
        amount: Money::won(1000),
        trade_use: payple::TradeUse::Company,
        holder_number: "01000000000".into(),
    }
}

pub(crate) fn link() -> payple::LinkRequest {
    payple::LinkRequest {
        tokens: tokens(),
        method: "transfer+card".into(),
        product_name: "테스트상품".into(),
        amount: Money::won(150_000),
        card_flow: Some(paypair_protocol::CardFlow::OneTime),
        taxable: Some(true),
        tax_amount: Some(Money::won(10)),
        cash_receipt: true,
        expires_at: Some("2026123123".into()),
    }
}

pub(crate) fn monthly() -> payple::Repeat {
    payple::Repeat::Monthly {
        year: 2026,
        month: 4,
    }
}

pub(crate) fn payple_refund() -> payple::Refund {
    payple::Refund {
        tokens: tokens(),
        refund_key: "fk".into(),
        order_id: "o-1".into(),
        paid_on: "20260102".into(),
        amount: Money::won(1000),
        tax_amount: Some(Money::won(10)),
    }
}

pub(crate) fn kr_pay() -> kr::PaymentRequest {
    kr::PaymentRequest {
        method: "creditcard".into(),
        merchant_id: "pay_test".into(),
        service_name: Some("payletter".into()),
        customer_id: "test_user_id".into(),
        customer_name: Some("홍길동".into()),
        order_id: "1234567890".into(),
        amount: Money::won(1000),
        tax_free_amount: Some(Money::won(0)),
        tax_amount: Some(Money::won(91)),
        product_name: "test product".into(),
        receipt_email: Some("payletter@payletter.com".into()),
        recurring: true,
        show_cash_receipt: true,
        key_in: true,
        custom: Some("a|b".into()),
        return_url: "https://shop.example/return".into(),
        notify_url: "https://shop.example/callback".into(),
        cancel_url: Some("https://shop.example/cancel".into()),
        in_app: Some(kr::InApp {
            return_url: Some("my_app://ISPSuccess".into()),
            cancel_url: Some("my_app://ISPCancel".into()),
        }),
        expires: Some(kr::Expiry {
            on: "20261231".into(),
            time: Some("2359".into()),
        }),
        cup_deposit: Some(Money::won(300)),
    }
}

pub(crate) fn kr_charge() -> kr::Charge {
    kr::Charge {
        method: "creditcard".into(),
        merchant_id: "pay_test".into(),
        service_name: Some("payletter".into()),
        customer_id: "test_user_id".into(),
        customer_name: Some("홍길동".into()),
        order_id: "1234567890".into(),
        amount: Money::won(1000),
        tax_free_amount: Some(Money::won(0)),
        tax_amount: Some(Money::won(91)),
        product_name: "testproduct".into(),
        billing_key: "bk".into(),
        customer_ip: "127.0.0.1".into(),
        cup_deposit: Some(Money::won(300)),
    }
}

pub(crate) fn cash_receipt() -> kr::CashReceiptIssue {
    kr::CashReceiptIssue {
        transaction_id: "tpay_test-201904097449610".into(),
        merchant_id: "pay_test".into(),
        purpose: kr::CashReceiptPurpose::ProofOfExpense,
        tax_excluded: true,
        return_url: "https://shop.example/result".into(),
    }
}

pub(crate) fn receipt() -> kr::ReceiptInfo {
    kr::ReceiptInfo {
        transaction_id: "tpay_test-201904097449610".into(),
        merchant_id: "pay_test".into(),
        amount: Money::won(50001),
        paid_on: "20220103".into(),
    }
}

pub(crate) fn kr_refund(partial: bool) -> kr::Refund {
    let partial = partial.then(|| kr::Partial {
        tax_free_amount: Some(Money::won(100)),
        tax_amount: Some(Money::won(20)),
    });
    kr::Refund {
        method: "mobile".into(),
        merchant_id: "pay_test".into(),
        customer_id: "test_user_id".into(),
        transaction_id: "tpay_test2018010123595900001".into(),
        amount: Money::won(1000),
        partial,
        customer_ip: "127.0.0.1".into(),
    }
}

pub(crate) fn status() -> kr::Status {
    kr::Status {
        merchant_id: "pay_test".into(),
        order_id: "o-1".into(),
    }
}

pub(crate) fn list() -> kr::TransactionList {
    kr::TransactionList {
        merchant_id: "pay_test".into(),
        on: "20180918".into(),
        by: kr::DateType::Settle,
        method: Some("mobile".into()),
        order_id: Some("o-1".into()),
    }
}

pub(crate) fn global_pay() -> global::PaymentRequest {
    global::PaymentRequest {
        merchant_id: "PL_Merchant".into(),
        amount: Some(usd(1250)),
        order_id: "123456789".into(),
        customer_id: "tester".into(),
        customer_email: "tester@test.com".into(),
        return_url: "https://merchant.test.com/Return.aspx".into(),
        notify_url: Some("https://merchant.test.com/PaymentNoti.aspx".into()),
        service_name: Some("GPOQ".into()),
        method: Some("PaypalExpressCheckout".into()),
        extra: Some("x".into()),
        pin: false,
        recurring: true,
        custom: Some("c".into()),
        billing_address: Some(global::BillingAddress {
            city: Some("Seoul".into()),
            country: Some("410".into()),
            line1: Some("1".into()),
            postcode: Some("04524".into()),
        }),
        ispp: Some(global::Ispp {
            first_name: "G".into(),
            last_name: "H".into(),
            phone: "(042) 1123 4567".into(),
            country: "KR".into(),
            joined_at: "2023-04-09T19:14:55.277-0:00".into(),
        }),
        cancel_to_return_url: true,
        paypal: Some(global::Paypal::Subscription {
            interval: global::Interval::Month,
            every: 1,
            cycles: 12,
        }),
    }
}

pub(crate) fn global_refund() -> global::Refund {
    global::Refund {
        merchant_id: "PL_Merchant".into(),
        transaction_id: "20230214V5G503IU2OXH".into(),
        amount: usd(100),
        method: Some("PLCreditCard".into()),
    }
}

pub(crate) fn global_charge() -> global::Charge {
    global::Charge {
        merchant_id: "PL_Merchant".into(),
        billing_key: "bk".into(),
        order_id: "123456789".into(),
        amount: usd(100),
        method: "PaypalExpressCheckout".into(),
        extra: Some("x".into()),
        customer_id: Some("tester".into()),
        custom: Some("c".into()),
        ispp: global_pay().ispp,
    }
}

pub(crate) fn settlements() -> global::SettlementList {
    global::SettlementList {
        merchant_id: "PL_Merchant".into(),
        method_group: Some("PL".into()),
        method_kind: Some("CreditCard".into()),
        currency: global::SettlementCurrency::Settlement,
        by: global::SettlementBy::Detail,
        state: global::SettlementState::Held,
        from: "20230509".into(),
        to: "20230510".into(),
    }
}

pub(crate) fn subscription_cancel() -> global::SubscriptionCancel {
    global::SubscriptionCancel {
        merchant_id: "PL_Merchant".into(),
        billing_key: "bk".into(),
    }
}

pub(crate) fn sales() -> global::SalesList {
    global::SalesList {
        merchant_id: "PL_Merchant".into(),
        method_group: Some("PL".into()),
        method_kind: Some("CreditCard".into()),
        currency: Some(Currency::USD),
        from: "20230510".into(),
        to: "20230511".into(),
        search: global::Search::Cancelled,
    }
}

/// A request with every field filled: its table, what it writes, what it says of itself.
pub(crate) fn every_request() -> Vec<(&'static str, &'static Table, Fields, Vec<Fault>)> {
    macro_rules! row {
        ($name:literal, $type:path, $request:expr) => {{
            const TABLE: &Table = &<$type>::TABLE;
            let request = $request;
            ($name, TABLE, request.fields(), request.check())
        }};
    }
    let partial = kr_refund(true);
    vec![
        row!("auth", payple::Auth, auth()),
        row!("confirm", payple::Confirm, confirm()),
        row!("lookup", payple::Lookup, lookup()),
        row!("payer", payple::PayerLookup, payer()),
        row!("payer delete", payple::PayerDelete, payer_delete()),
        row!("monthly charge", payple::Charge, payple_charge(monthly())),
        row!(
            "free charge",
            payple::Charge,
            payple_charge(payple::Repeat::Freely)
        ),
        row!(
            "monthly transfer",
            payple::TransferCharge,
            transfer_charge(monthly())
        ),
        row!(
            "free transfer",
            payple::TransferCharge,
            transfer_charge(payple::Repeat::Freely)
        ),
        row!("payple refund", payple::Refund, payple_refund()),
        row!(
            "payple cash receipt",
            payple::CashReceipt,
            payple_cash_receipt()
        ),
        row!("link", payple::LinkRequest, link()),
        row!("pay", kr::PaymentRequest, kr_pay()),
        row!("refund", kr::Refund, kr_refund(false)),
        (
            "partial refund",
            partial.table(),
            partial.fields(),
            partial.check(),
        ),
        row!("charge", kr::Charge, kr_charge()),
        row!("cash receipt", kr::CashReceiptIssue, cash_receipt()),
        row!("receipt", kr::ReceiptInfo, receipt()),
        row!("status", kr::Status, status()),
        row!("list", kr::TransactionList, list()),
        row!("global pay", global::PaymentRequest, global_pay()),
        row!("global refund", global::Refund, global_refund()),
        row!("sales", global::SalesList, sales()),
        row!("global charge", global::Charge, global_charge()),
        row!("settlements", global::SettlementList, settlements()),
        row!(
            "subscription cancel",
            global::SubscriptionCancel,
            subscription_cancel()
        ),
    ]
}

/// What a page posts to Payple's window.
pub(crate) fn window() -> Fields {
    Fields::from([
        ("PCD_CPAY_VER", "1.0.1"),
        ("PCD_PAY_TYPE", "card"),
        ("PCD_PAY_WORK", "CERT"),
        ("PCD_CARD_VER", "01"),
        ("PCD_PAY_METHOD", "kakaopay"),
        ("PCD_RST_URL", "https://shop.example/result"),
        ("PCD_PAYER_NO", "2335"),
        ("PCD_PAYER_NAME", "홍길동"),
        ("PCD_PAYER_HP", "01023456789"),
        ("PCD_PAYER_EMAIL", "dev@payple.kr"),
        ("PCD_PAY_GOODS", "휴대폰"),
        ("PCD_PAY_TOTAL", "1000"),
        ("PCD_PAY_ISTAX", "Y"),
        ("PCD_PAY_TAXTOTAL", "10"),
        ("PCD_PAY_OID", "o-1"),
        ("PCD_PAYER_ID", "bk"),
        ("PCD_REGULER_FLAG", "Y"),
        ("PCD_PAY_YEAR", "2026"),
        ("PCD_PAY_MONTH", "04"),
        ("PCD_SIMPLE_FLAG", "N"),
        ("PCD_TAXSAVE_FLAG", "N"),
        ("PCD_APP_SCHEME", "shop://"),
        ("PCD_USER_DEFINE1", "1"),
        ("PCD_USER_DEFINE2", "2"),
    ])
}
