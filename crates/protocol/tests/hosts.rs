//! Where keys may go.

use paypair_protocol::{
    Env, Error, Money, Secret, Url,
    payletter::{self, Refund},
    payletter_global,
    payple::{self, Auth, AuthAnswer, Purpose},
};

fn hosts(env: Env) -> payple::Hosts {
    payple::Hosts::new(env).unwrap()
}

fn sandbox() -> Env {
    Env::sandbox("http://localhost:8081/payple").unwrap()
}

fn answer(next_url: &str) -> AuthAnswer {
    let body = format!(
        r#"{{"result":"success","cst_id":"a","custKey":"b","AuthKey":"c","return_url":"{next_url}"}}"#
    );
    let auth = Auth {
        merchant_id: "test".into(),
        merchant_key: Secret::default(),
        purpose: Purpose::Refund,
    };
    auth.read(200, body.as_bytes()).unwrap().into_inner()
}

#[test]
fn a_key_goes_to_the_gateways_confirm_doors() {
    for (env, url) in [
        (
            Env::Live,
            "https://cpay.payple.kr/php/PayCardConfirmAct.php?ACT_=PAYM",
        ),
        (Env::Live, "https://cpay.payple.kr/php/PayConfirmAct.php"),
        (
            Env::Live,
            "https://cpay.payple.kr:443/php/PayConfirmAct.php",
        ),
        (
            Env::Live,
            "https://api-v2.payple.kr/api/v1/payments/cards/approval/confirm",
        ),
        (
            Env::Test,
            "https://democpay.payple.kr/php/PayCardConfirmAct.php?ACT_=PAYM",
        ),
        (
            Env::Test,
            "https://testcpay.payple.kr/php/PayConfirmAct.php?ACT_=PAYM",
        ),
        (
            Env::Test,
            "https://demo-api-v2.payple.kr/api/v1/payments/cards/approval/confirm",
        ),
        (
            sandbox(),
            "http://localhost:8081/payple/php/PayCardConfirmAct.php?ACT_=PAYM",
        ),
    ] {
        assert!(hosts(env).confirm_url(url).is_ok(), "{url}");
    }
}

#[test]
fn a_key_goes_nowhere_else() {
    let path = "/php/PayCardConfirmAct.php?ACT_=PAYM";
    for url in [
        format!("https://evil.example{path}"),
        format!("https://cpay.payple.kr.evil{path}"),
        format!("https://cpay.payple.kr@evil.example{path}"),
        format!("https://user@cpay.payple.kr{path}"),
        format!("https://user:pass@cpay.payple.kr{path}"),
        format!("https://cpay.payple.kr:8443{path}"),
        format!("http://cpay.payple.kr{path}"),
        format!("https://democpay.payple.kr{path}"),
        format!("https://sub.cpay.payple.kr{path}"),
        format!("https://payple.kr{path}"),
        format!("https://cpay.payple.kr\\@evil.example{path}"),
        format!("https://evil.example\\.cpay.payple.kr{path}"),
        format!(" https://cpay.payple.kr{path}"),
        format!("https://cpay.payple.kr\t{path}"),
        format!("https://cpay.payple.kr.{path}"),
        format!("//cpay.payple.kr{path}"),
        format!("ftp://cpay.payple.kr{path}"),
        format!("http://localhost:8081/payple{path}"),
        format!("https://cpay.payple.kr{path}#x"),
        "https://cpay.payple.kr/".into(),
        "https://cpay.payple.kr/php/auth.php".into(),
        "https://cpay.payple.kr/redirect?to=https://cpay.payple.kr/php/PayConfirmAct.php".into(),
        "https://cpay.payple.kr/php/PayCardConfirmAct.php/../../evil.php".into(),
        "https://cpay.payple.kr/php//PayCardConfirmAct.php".into(),
        "https://cpay.payple.kr/php/%50ayCardConfirmAct.php".into(),
        "https://api-v2.payple.kr/php/PayCardConfirmAct.php".into(),
        "javascript:alert(1)".into(),
        String::new(),
    ] {
        let error = hosts(Env::Live).confirm_url(&url).unwrap_err();
        assert!(
            matches!(error, Error::UrlNotAllowed | Error::UrlMalformed),
            "{url}"
        );
    }
}

#[test]
fn a_sandbox_takes_keys_at_its_own_address_only() {
    let path = "/php/PayCardConfirmAct.php";
    for url in [
        format!("http://localhost:8082/payple{path}"),
        format!("http://127.0.0.1:8081/payple{path}"),
        format!("https://localhost:8081/payple{path}"),
        format!("http://localhost:8081{path}"),
        format!("http://localhost:8081/payplex{path}"),
        format!("https://cpay.payple.kr{path}"),
    ] {
        assert_eq!(
            hosts(sandbox()).confirm_url(&url),
            Err(Error::UrlNotAllowed),
            "{url}"
        );
    }
    assert_eq!(
        payple::Hosts::new(Env::Sandbox {
            base: Url::parse("http://shop.example/payple").unwrap()
        }),
        Err(Error::SandboxNotLocal)
    );
}

#[test]
fn the_next_url_is_followed_within_the_gateway() {
    let next = |env, url: &str| hosts(env).next_url(&answer(url)).map(String::from);
    let good = "https://cpay.payple.kr/php/account/api/cPayCAct.php";
    assert_eq!(next(Env::Live, good).as_deref(), Ok(good));
    let moved = "https://democpay.payple.kr/php/another/path.php?ACT_=X";
    assert_eq!(next(Env::Test, moved).as_deref(), Ok(moved));
    for url in [
        "https://evil.example",
        "http://cpay.payple.kr/x",
        "https://democpay.payple.kr/x",
        "https://a@cpay.payple.kr/",
    ] {
        assert_eq!(next(Env::Live, url), Err(Error::UrlNotAllowed), "{url}");
    }
}

#[test]
fn origins_and_endpoints_follow_the_world() {
    assert_eq!(hosts(Env::Live).window_origin(), "https://cpay.payple.kr");
    assert_eq!(hosts(sandbox()).window_origin(), "http://localhost:8081");
    assert_eq!(
        hosts(sandbox()).auth_url().as_str(),
        "http://localhost:8081/payple/php/auth.php"
    );
    let kr = payletter::Hosts::new(Env::Test).unwrap();
    assert_eq!(
        kr.pay_url().as_str(),
        "https://testpgapi.payletter.com/v1.0/payments/request"
    );
    let mut refund = Refund {
        method: "mobile".into(),
        merchant_id: "pay_test".into(),
        customer_id: "u".into(),
        transaction_id: "t".into(),
        amount: Money::won(1),
        partial: None,
        customer_ip: "127.0.0.1".into(),
    };
    assert!(kr.refund_url(&refund).path().ends_with("/payments/cancel"));
    refund.partial = Some(payletter::Partial::default());
    assert!(
        kr.refund_url(&refund)
            .path()
            .ends_with("/payments/cancel/partial")
    );
    assert_eq!(kr.authorization(&"k".into()).expose(), "PLKEY k");
    let global = payletter_global::Hosts::new(Env::Live).unwrap();
    assert_eq!(
        global.sales_list_url().as_str(),
        "https://api.payletter.com/payment/cpdaesalist"
    );
    assert_eq!(global.authorization(&"k".into()).expose(), "GPLKEY k");
}

#[test]
fn a_window_url_is_one_of_the_gateways() {
    let kr = payletter::Hosts::new(Env::Test).unwrap();
    assert!(
        kr.window_url("https://testpg.payletter.com/pgsvc/hub.asp?location=online&token=1")
            .is_ok()
    );
    for url in [
        "https://payletter.com.evil/",
        "https://evilpayletter.com/",
        "http://pg.payletter.com/",
        "javascript:1",
    ] {
        assert!(kr.window_url(url).is_err(), "{url}");
    }
}

#[test]
fn receipt_pages_are_asked_for_by_transaction() {
    let hosts = payletter::Hosts::new(Env::Test).unwrap();
    let mut info = payletter::ReceiptInfo {
        transaction_id: "tsktest1-202201039368273".into(),
        merchant_id: "sktest1".into(),
        amount: Money::won(50001),
        paid_on: "20220103".into(),
    };
    assert_eq!(
        hosts.receipt_url(&info).as_str(),
        "https://testpgapi.payletter.com/v1.0/receipt/info/tsktest1-202201039368273?client_id=sktest1&amount=50001&transaction_date=20220103"
    );
    info.transaction_id = "../cancel?x#".into();
    assert_eq!(
        hosts.receipt_url(&info).path(),
        "/v1.0/receipt/info/..%2Fcancel%3Fx%23"
    );
    let issue = payletter::CashReceiptIssue {
        transaction_id: "tpay_test-201904097449610".into(),
        ..Default::default()
    };
    assert_eq!(
        hosts.cash_receipt_url(&issue).as_str(),
        "https://testpgapi.payletter.com/v1.0/cashreceipt/issue/tpay_test-201904097449610"
    );
    assert_eq!(
        hosts.charge_url().as_str(),
        "https://testpgapi.payletter.com/v1.0/payments/autopay"
    );
    // The pages themselves are the gateway's windows.
    let page = "https://testpg.payletter.com/PGSVC/AllTheGate/Receipt_All.asp?id=72720c6d230e662b|001|4|32";
    assert!(hosts.window_url(page).is_ok());
    assert!(
        hosts
            .window_url("https://testpg.payletter.com.evil/")
            .is_err()
    );
}

#[test]
fn every_global_call_has_its_path() {
    let hosts = payletter_global::Hosts::new(Env::Live).unwrap();
    for (url, path) in [
        (hosts.pay_url(), "/api/payment/request"),
        (hosts.charge_url(), "/payment/recurring"),
        (hosts.refund_url(), "/payment/refund"),
        (hosts.sales_list_url(), "/payment/cpdaesalist"),
        (hosts.settlement_list_url(), "/settlement/detailslist"),
        (
            hosts.subscription_cancel_url(),
            "/paypal/subscription/cancel",
        ),
    ] {
        assert_eq!(url.as_str(), format!("https://api.payletter.com{path}"));
    }
}

#[test]
fn a_receipt_is_on_a_page_of_the_gateway_or_its_card_processor() {
    let receipt = |env: Env, url: &str| hosts(env).receipt_url(url).is_ok();
    for (env, url) in [
        (
            Env::Live,
            "https://www.danalpay.com/receipt/creditcard/view.aspx?dataType=receipt&data=1",
        ),
        (Env::Test, "https://danalpay.com/receipt"),
        (Env::Live, "https://cpay.payple.kr/receipt"),
        (sandbox(), "http://localhost:8081/payple/receipt?id=1"),
    ] {
        assert!(receipt(env, url), "{url}");
    }
    for (env, url) in [
        (Env::Live, "https://evildanalpay.com/receipt"),
        (Env::Live, "https://danalpay.com.evil.test/receipt"),
        (Env::Live, "http://www.danalpay.com/receipt"),
        (Env::Live, "https://a@www.danalpay.com/receipt"),
        (Env::Live, "http://localhost:8081/payple/receipt?id=1"),
        (sandbox(), "https://www.danalpay.com/receipt"),
        (Env::Live, "javascript:alert(1)"),
    ] {
        assert!(!receipt(env, url), "{url}");
    }
}
