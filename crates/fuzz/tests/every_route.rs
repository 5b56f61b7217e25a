//! That the target `handle` gets where it means to: a seed for every address that takes a POST, and none of them turned away at the door.

use std::fs;
use std::path::Path;

use paypair_fuzz::handle::{self, Answered, answer};
use paypair_fuzz::{corpus, find};

/// The table of addresses itself: a route that is added there needs a seed here.
const ROUTER: &str = include_str!("../../verifier/src/router.rs");

/// What is answered before anything that a route does.
const AT_THE_DOOR: [&str; 6] = [
    "not_found",
    "method_not_allowed",
    "unauthorized",
    "origin_refused",
    "too_many_requests",
    "body_too_large",
];

fn seeds() -> Vec<(String, Answered)> {
    let seeds = corpus::seeds(find("handle").unwrap()).unwrap();
    let line = |seed: &[u8]| {
        String::from_utf8_lossy(seed)
            .lines()
            .next()
            .map(str::to_owned)
    };
    let told = |seed: Vec<u8>| Some((line(&seed)?, answer(&seed)?));
    seeds.into_iter().filter_map(told).collect()
}

/// `("POST", ["orders", id, "refund"])` as `["orders", "*", "refund"]`, on however many lines it stands.
fn routes(table: &str) -> Vec<Vec<String>> {
    let lines = table.lines().map(str::trim);
    let code = lines
        .filter(|line| !line.starts_with("//"))
        .flat_map(str::chars);
    let code: String = code.filter(|letter| !letter.is_whitespace()).collect();
    let (_, arms) = code.split_once("match(method,parts.as_slice()){").unwrap();
    let (arms, _) = arms.split_once("_=>returnNone").unwrap();
    let part = |part: &str| match part.strip_prefix('"') {
        Some(word) => word.trim_end_matches('"').to_owned(),
        None => "*".to_owned(),
    };
    let mut routes = Vec::new();
    // What stands before an arrow ends with the next arm's pattern.
    for arm in arms.split("=>") {
        let pattern = arm
            .rsplit_once('(')
            .and_then(|(_, rest)| rest.split_once(",["));
        let Some((_, paths)) = pattern.filter(|(methods, _)| methods.contains(r#""POST""#)) else {
            continue;
        };
        let paths = paths.trim_end_matches([',', ')', ']']);
        for path in paths.split("]|[") {
            let parts = path.split(',').filter(|part| !part.is_empty());
            routes.push(parts.map(part).collect());
        }
    }
    routes
}

#[test]
fn a_route_is_read_however_it_is_written() {
    let table = r#"
        let find = |method: &str| lookup(method, &["not", "a", "route"]);
        Some(match (method, parts.as_slice()) {
            ("GET", ["orders", id]) => Self::ShowOrder(own(id)),
            ("POST", ["orders", id, "refund"]) => Self::RefundOrder(own(id)),
            // (Many words.)
            (
                "POST",
                ["orders", id, "cash-receipt", "cancel"],
            ) => {
                Self::CancelCashReceipt(own(id))
            }
            ("GET" | "POST", ["a"] | ["b", id]) => Self::Either(own("c")),
            _ => return None,
        })
        let others = [("POST", ["x"])];
    "#;
    let read: Vec<String> = routes(table).iter().map(|parts| parts.join("/")).collect();
    assert_eq!(
        read,
        [
            "orders/*/refund",
            "orders/*/cash-receipt/cancel",
            "a",
            "b/*"
        ]
    );
}

fn is_of(route: &[String], line: &str) -> bool {
    let Some(path) = line.strip_prefix("POST /") else {
        return false;
    };
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |(wanted, part): (&String, &&str)| wanted == "*" || wanted == part;
    parts.len() == route.len() && route.iter().zip(&parts).all(fits)
}

#[test]
fn every_route_that_takes_a_post_is_reached_by_a_seed() {
    let (seeds, routes) = (seeds(), routes(ROUTER));
    assert!(routes.len() > 25, "the table is read: {routes:?}");
    let mut missed = Vec::new();
    for route in &routes {
        let inside = |(line, answered): &&(String, Answered)| {
            let shut = answered
                .code
                .as_deref()
                .is_some_and(|code| AT_THE_DOOR.contains(&code));
            is_of(route, line) && !shut && ![401, 404, 405, 500].contains(&answered.status)
        };
        if !seeds.iter().any(|seed| inside(&seed)) {
            let tried = seeds.iter().filter(|(line, _)| is_of(route, line));
            missed.push((route.join("/"), tried.collect::<Vec<_>>()));
        }
    }
    assert!(missed.is_empty(), "no seed gets to {missed:#?}");
}

/// The answer to the seed of this name.
fn told(name: &str) -> Answered {
    let found = handle::seeds().iter().find(|(known, _)| known == name);
    let (_, seed) = found.unwrap_or_else(|| panic!("a seed {name}"));
    answer(seed).unwrap()
}

#[test]
fn the_corpus_knows_the_seals_and_secrets_of_the_shop() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/handle");
    for (name, seed) in handle::seeds() {
        let file = folder.join(name);
        if std::env::var_os("WRITE_CORPUS").is_some() {
            fs::write(&file, seed).unwrap();
        }
        let kept = fs::read(&file).unwrap_or_default();
        assert!(
            kept == *seed,
            "corpus/handle/{name} is out of date: run this test with WRITE_CORPUS=1"
        );
    }
}

#[test]
fn what_the_gateways_signed_settles_its_order_and_nothing_else_settles_any() {
    let settles = [
        ("callback", "open-payletter"),
        ("notice", "open-global"),
        ("return_card", "card-payletter"),
        ("return_card_bare", "card-payletter"),
    ];
    for (name, seed) in handle::seeds() {
        let told = answer(seed).unwrap();
        let wanted = settles.iter().find(|(known, _)| known == name);
        let wanted: Vec<_> = wanted.iter().map(|(_, order)| *order).collect();
        if name != "adopt" {
            assert_eq!(told.settled, wanted, "{name}: {told:?}");
        }
    }
}

#[test]
fn each_seed_is_answered_as_it_is_meant() {
    let differs = [
        ("order", 201),
        ("charge", 201),
        ("charge_once", 201),
        ("adopt", 201),
        ("reconcile", 202),
        ("preflight", 204),
        ("return_payple", 303),
        ("return_payletter", 303),
        ("return_card", 303),
        ("return_card_bare", 303),
        ("return_global", 303),
        ("callback_forged", 400),
        ("notice_forged", 400),
        ("stranger", 401),
        ("resolve", 409),
        // What nobody but a gateway knows.
        ("adopt_payple", 502),
        ("check_key", 502),
        ("cash_receipt", 502),
        ("cash_receipt_cancel", 502),
        ("receipt", 502),
        ("sales", 502),
        ("old_page", 502),
        ("callback_bare", 502),
        ("prepare_new", 502),
        ("start_launch_new", 502),
    ];
    for (name, _) in handle::seeds() {
        let wanted = differs.iter().find(|(known, _)| known == name);
        let wanted = wanted.map_or(200, |(_, status)| *status);
        let told = told(name);
        assert_eq!(told.status, wanted, "{name}: {told:?}");
    }
}
