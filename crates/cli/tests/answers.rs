//! What the commands make of a server's answers: exit codes, one line for a person, JSON as it came. The server here says what it
//! is told to say.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

const KEY: &str = "bk_0123456789abcdef0123456789abcdef";

/// A server that gives these answers, one to a connection, and remembers what it was asked.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn saying(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/pay", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let request = read(&mut stream);
                heard.lock().unwrap().push(request);
                let _ = stream.write_all(answer.as_bytes());
            }
            // From here on nobody is listening: a second try would show.
        });
        Self { url, asked }
    }

    fn run(&self, words: &[&str]) -> Ended {
        let output = Command::new(env!("CARGO_BIN_EXE_paypair"))
            .args(words)
            .args(["--server", &self.url])
            .env("PAYPAIR_MERCHANT_TOKEN", "a-token-for-this-test")
            .env_remove("PAYPAIR_CONFIG")
            .env_remove("PAYPAIR_LANG")
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Ended::of(&output)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// How the program ended.
#[derive(Debug)]
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Ended {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            code: output.status.code().unwrap(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }
}

/// One request, body and all.
fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).unwrap();
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            })
            .unwrap_or(0);
        if count == 0 || body.len() >= length {
            return text;
        }
    }
}

fn answer(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn once(status: u16, body: &Value) -> Server {
    Server::saying(vec![answer(status, &body.to_string())])
}

fn charge<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec![
        "charge",
        "--billing-key",
        KEY,
        "--customer",
        "customer-7",
        "--amount",
        "9900",
        "--product",
        "구독",
        "--order",
        "sub-7",
    ];
    words.extend(more);
    words
}

fn outcome(status: &str, state: &str) -> Value {
    json!({ "orderId": "sub-7", "status": status, "state": state, "amount": "9900", "currency": "KRW" })
}

#[test]
fn a_paid_charge_is_shown_and_sent_once_with_the_token_in_a_header() {
    let server = once(201, &outcome("paid", "paid"));
    let ended = server.run(&charge(&["--month", "2026-12", "--phone", "01012345678"]));
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ended.out, "order   sub-7\nstatus  paid\namount  9900 KRW\n");
    assert!(ended.err.is_empty(), "{ended:?}");
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0].starts_with("POST /pay/charges HTTP/1.1\r\n"),
        "{asked:?}"
    );
    assert!(asked[0].contains("authorization: Bearer a-token-for-this-test\r\n"));
    let body: Value = serde_json::from_str(asked[0].split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert_eq!(
        body,
        json!({
            "orderId": "sub-7", "billingKeyId": KEY, "customerId": "customer-7", "amount": "9900", "currency": "KRW",
            "productName": "구독", "repeat": { "year": 2026, "month": 12 }, "customer": { "phone": "01012345678" },
        })
    );
}

#[test]
fn a_charge_without_an_id_gets_one_that_can_be_looked_up() {
    let server = once(200, &outcome("in_doubt", "in_doubt"));
    let words = [
        "charge",
        "--billing-key",
        KEY,
        "--customer",
        "c",
        "--amount",
        "9900",
        "--product",
        "p",
    ];
    let ended = server.run(&words);
    let body: Value =
        serde_json::from_str(server.asked()[0].split("\r\n\r\n").nth(1).unwrap()).unwrap();
    assert!(body["orderId"].as_str().unwrap().starts_with('C'), "{body}");
    assert_eq!(ended.code, 3, "{ended:?}");
}

#[test]
fn json_is_the_servers_own_to_the_byte() {
    let body =
        r#"{"orderId":"A",  "status":"paid","state":"paid","amount":"1","extra":{"z":1,"a":2}}"#;
    let server = Server::saying(vec![answer(200, body)]);
    let ended = server.run(&["lookup", "A", "--json"]);
    assert_eq!((ended.code, ended.out.trim_end()), (0, body));

    let refused = r#"{"error":{"code":"order_unknown","message":{"ko":"모르는 주문","en":"unknown"},"retryable":false}}"#;
    let server = Server::saying(vec![answer(404, refused)]);
    let ended = server.run(&["lookup", "A", "--json"]);
    assert_eq!((ended.code, ended.out.trim_end()), (1, refused));
    assert_eq!(ended.err, "paypair: order_unknown: unknown\n");
}

#[test]
fn what_is_not_known_is_code_3_and_says_what_to_do() {
    for (status, state) in [
        ("pending", "charging"),
        ("in_doubt", "in_doubt"),
        ("review", "pending_review"),
    ] {
        let ended = once(201, &outcome(status, state)).run(&charge(&[]));
        assert_eq!(ended.code, 3, "{ended:?}");
        assert!(ended.out.contains(status), "{ended:?}");
        assert_eq!(ended.err.lines().count(), 1);
        assert!(
            ended.err.contains("paypair lookup sub-7") && ended.err.contains("do not charge again"),
            "{ended:?}"
        );
    }
    for (status, state) in [
        ("declined", "declined"),
        ("review", "discrepant"),
        ("cancelled", "refunded"),
    ] {
        let ended = once(201, &outcome(status, state)).run(&charge(&[]));
        assert_eq!((ended.code, ended.err.lines().count()), (1, 1), "{ended:?}");
    }
}

#[test]
fn an_answer_that_does_not_come_leaves_money_in_doubt_and_is_not_asked_for_again() {
    let html = "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 4\r\nconnection: close\r\n\r\n<p/>";
    let internal = json!({ "error": { "code": "internal", "message": { "ko": "오류", "en": "internal fault" } } });
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"orderId\"";
    for said in [
        String::new(),
        html.to_owned(),
        cut.to_owned(),
        answer(200, "not json"),
        answer(500, &internal.to_string()),
    ] {
        let server = Server::saying(vec![said.clone()]);
        let ended = server.run(&charge(&[]));
        assert_eq!(
            (ended.code, ended.err.lines().count()),
            (3, 1),
            "{said:?} {ended:?}"
        );
        assert!(ended.err.contains("paypair lookup sub-7"), "{ended:?}");
        assert_eq!(server.asked().len(), 1);

        // A question moves nothing: to fail is all it can do.
        let ended = Server::saying(vec![said]).run(&[
            "sales",
            "--gateway",
            "payletter",
            "--on",
            "2026-11-20",
        ]);
        assert_eq!((ended.code, ended.err.lines().count()), (1, 1), "{ended:?}");
    }
}

#[test]
fn refusals_are_one_line_in_the_language_of_the_reader() {
    let refusal = json!({ "error": {
        "code": "fields_invalid", "message": { "ko": "값이 올바르지 않습니다", "en": "some fields are not acceptable" },
        "fields": [
            { "field": "amount", "code": "too_small", "message": { "ko": "100원 이상", "en": "at least 100 won" } },
            { "field": "customer.phone", "code": "digits", "message": { "ko": "숫자만", "en": "digits only" } },
        ],
    } });
    let ended = once(422, &refusal).run(&charge(&[]));
    assert_eq!(ended.code, 1);
    assert_eq!(
        ended.err,
        "paypair: fields_invalid: amount: at least 100 won; customer.phone: digits only\n"
    );
    let ended = once(422, &refusal).run(&charge(&["--lang", "ko"]));
    assert_eq!(
        ended.err,
        "paypair: fields_invalid: amount: 100원 이상; customer.phone: 숫자만\n"
    );

    let refusal = json!({ "error": {
        "code": "gateway_refused", "message": { "ko": "거절", "en": "the gateway refused" },
        "gatewayCode": "CPAY0202", "gatewayMessage": "이미 결제된\n월입니다",
    } });
    let ended = once(502, &refusal).run(&charge(&[]));
    assert_eq!(
        ended.err,
        "paypair: gateway_refused: the gateway refused [CPAY0202 이미 결제된 월입니다]\n"
    );

    let refusal =
        json!({ "error": { "code": "unauthorized", "message": { "ko": "인증", "en": "no" } } });
    let ended = once(401, &refusal).run(&["lookup", "A"]);
    assert!(
        ended.err.contains("check PAYPAIR_MERCHANT_TOKEN"),
        "{ended:?}"
    );

    let ended = Server::saying(vec![answer(404, "<html>")]).run(&["lookup", "A"]);
    assert!(
        ended.code == 1 && ended.err.contains("is no paypair server"),
        "{ended:?}"
    );
}

#[test]
fn the_token_does_not_follow_a_redirect() {
    let other = once(200, &outcome("paid", "paid"));
    let moved = format!(
        "HTTP/1.1 307 X\r\nlocation: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        other.url
    );
    let ended = Server::saying(vec![moved]).run(&["lookup", "A"]);
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(other.asked().is_empty());
}

#[test]
fn a_refund_in_part_is_judged_by_its_own_line() {
    let words = ["refund", "A", "--amount", "3000", "--refund-id", "r2"];
    for (state, code) in [("done", 0), ("declined", 1), ("pending", 3), ("unknown", 3)] {
        let order = json!({ "attempts": [{ "refunds": [
            { "refundId": "r1", "state": "done" }, { "refundId": "r2", "state": state },
        ] }] });
        let server = Server::saying(vec![
            answer(200, &outcome("paid", "partially_refunded").to_string()),
            answer(200, &order.to_string()),
        ]);
        let ended = server.run(&words);
        assert_eq!(ended.code, code, "{state}: {ended:?}");
        assert!(
            server.asked()[0].contains(r#"{"amount":"3000","refundId":"r2"}"#),
            "{:?}",
            server.asked()
        );
    }
    // Whether the refund was made is not known when its line cannot be read.
    for second in ["".to_owned(), answer(200, r#"{"attempts":[]}"#)] {
        let server = Server::saying(vec![
            answer(200, &outcome("paid", "partially_refunded").to_string()),
            second,
        ]);
        assert_eq!(server.run(&words).code, 3);
    }
    // A part went back before; the rest was asked for, and did not.
    for (status, state, code) in [
        ("cancelled", "refunded", 0),
        ("paid", "paid", 1),
        ("paid", "partially_refunded", 1),
        ("pending", "refund_pending", 3),
        ("in_doubt", "in_doubt", 3),
    ] {
        let ended =
            once(200, &outcome(status, state)).run(&["refund", "A", "--reason", "고객 요청"]);
        assert_eq!(ended.code, code, "{ended:?}");
    }
}

#[test]
fn a_refund_of_a_second_payment_is_judged_by_itself_and_not_by_the_order() {
    let words = ["refund", "A", "--transaction", "tid-2"];
    for (status, state, refund, code) in [
        // The order's own payment stands, whatever becomes of the second one.
        ("paid", "paid", "done", 0),
        ("paid", "paid", "declined", 1),
        ("paid", "paid", "pending", 3),
        ("paid", "paid", "unknown", 3),
        ("paid", "partially_refunded", "done", 0),
        ("cancelled", "refunded", "declined", 1),
    ] {
        let mut told = outcome(status, state);
        told["refund"] = json!({ "transactionId": "tid-2", "amount": "9900", "state": refund });
        let server = once(200, &told);
        let ended = server.run(&words);
        assert_eq!(ended.code, code, "{state} {refund}: {ended:?}");
        assert_eq!(ended.err.is_empty(), code == 0, "{ended:?}");
        let line = format!("refund  9900 KRW {refund}\n");
        assert!(ended.out.contains(&line), "{ended:?}");
        // With an id of its own it needs no second question.
        told["refund"]["refundId"] = "r2".into();
        let server = once(200, &told);
        let ended = server.run(&[&words[..], &["--refund-id", "r2"]].concat());
        assert_eq!(ended.code, code, "{state} {refund}: {ended:?}");
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn keys_and_subscriptions_end_by_their_state() {
    for (state, code) in [
        ("deleted", 0),
        ("active", 1),
        ("deleting", 3),
        ("in_doubt", 3),
    ] {
        let key = json!({ "billingKeyId": KEY, "state": state, "deletedAtGateway": true });
        let ended = once(200, &key).run(&["billing-key", "delete", KEY]);
        assert_eq!(ended.code, code, "{ended:?}");
    }
    for (state, code) in [
        ("cancelled", 0),
        ("active", 1),
        ("none", 1),
        ("cancelling", 3),
        ("in_doubt", 3),
    ] {
        let ended = once(200, &json!({ "orderId": "A", "state": state })).run(&[
            "subscription",
            "cancel",
            "A",
        ]);
        assert_eq!(ended.code, code, "{ended:?}");
    }
}

#[test]
fn lists_are_tables() {
    let sales = json!({ "gateway": "payletter", "from": "2026-11-20", "to": "2026-11-20", "count": 2, "rows": [
        { "orderId": "A-2", "ourOrderId": "A", "transactionId": "t1", "method": "creditcard", "amount": "10000", "currency": "KRW",
          "status": "paid", "paidAt": "2026-11-20T01:02:03Z", "ourState": "paid" },
        { "orderId": "strange", "transactionId": "t2", "method": "mobile", "amount": "500", "currency": "KRW", "status": "cancelled",
          "paidAt": "2026-11-20T10:02:03+09:00", "cancelledAt": "2026-11-20T11:02:03+09:00" },
    ] });
    let ended = once(200, &sales).run(&["sales", "--gateway", "payletter", "--on", "2026-11-20"]);
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines.len(), 4, "{}", ended.out);
    assert!(
        lines[0].starts_with("paid                     cancelled"),
        "{}",
        ended.out
    );
    assert!(
        lines[1].contains("2026-11-20 10:02:03 KST") && lines[1].contains("10000 KRW"),
        "{}",
        ended.out
    );
    assert!(
        lines[2].contains("  500 KRW"),
        "amounts stand to the right: {}",
        ended.out
    );
    assert_eq!(lines[3], "2 rows, payletter, 2026-11-20");
    assert!(
        !ended.out.contains("approval"),
        "a column without values is left out"
    );

    let settlement = json!({ "gateway": "payletter_global", "rows": [{ "method": "PLCreditCard", "paid": "79.99", "vat": "-0.5" }] });
    let words = [
        "settlement",
        "--gateway",
        "payletter_global",
        "--from",
        "2026-11-01",
        "--to",
        "2026-11-30",
        "--by",
        "payment",
    ];
    let server = once(200, &settlement);
    let ended = server.run(&words);
    assert!(
        ended
            .out
            .contains("method         paid   vat\nPLCreditCard  79.99  -0.5\n"),
        "{}",
        ended.out
    );
    let asked = &server.asked()[0];
    assert!(
        asked.starts_with("GET /pay/settlement?gateway=payletter_global&from=2026-11-01&to=2026-11-30&by=payment HTTP"),
        "{asked}"
    );
}
