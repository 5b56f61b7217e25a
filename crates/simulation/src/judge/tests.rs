//! Days made up by hand, and what the judge says of them.

use super::*;
use crate::merchant::Refund;

fn booked(refunded: u64) -> Booked {
    Booked {
        gateway: Gateway::Payple,
        order_id: "a".to_owned(),
        transaction_id: "t".to_owned(),
        amount: Money::won(10_000),
        refunded: Money::won(refunded),
        standing: Booking::Captured,
        confirms: 1,
        refunds: 0,
        at: jiff::Timestamp::UNIX_EPOCH,
    }
}

/// The same payment under another name.
fn under(name: &str, line: Booked) -> Booked {
    Booked {
        order_id: name.to_owned(),
        ..line
    }
}

fn wanted(once: Option<&str>) -> Intent {
    Intent {
        price: Money::won(10_000),
        owner: "a".to_owned(),
        once: once.map(str::to_owned),
    }
}

fn verdict(book: &[Booked], log: &[(&str, &str)]) -> BTreeMap<String, Vec<&'static str>> {
    let log = log.iter().map(|(kind, reason)| told("a", kind, reason));
    let intents = BTreeMap::from([("a".to_owned(), wanted(None))]);
    let merchant = Merchant::told(log.collect());
    verdict_of(&intents, book, &merchant)
}

fn told(gateway_order: &str, kind: &str, reason: &str) -> Told {
    Told {
        kind: format!("payment.{kind}"),
        gateway_order: gateway_order.to_owned(),
        reason: reason.to_owned(),
        state: String::new(),
        refunded: None,
        taken_back: false,
    }
}

fn verdict_of(
    intents: &BTreeMap<String, Intent>,
    book: &[Booked],
    merchant: &Merchant,
) -> BTreeMap<String, Vec<&'static str>> {
    judge(&Case {
        intents,
        book,
        merchant,
        attempts: &[],
        told_of: &BTreeSet::new(),
        end: 0,
    })
    .orders()
}

fn is(what: &'static str) -> BTreeMap<String, Vec<&'static str>> {
    BTreeMap::from([("a".to_owned(), vec![what])])
}

#[test]
fn what_is_told_and_so_is_fine() {
    let fine = BTreeMap::new();
    assert_eq!(verdict(&[booked(0)], &[("paid", "")]), fine);
    // A browser's word may be overruled.
    let log = [("declined", "gateway_declined"), ("paid", "")];
    assert_eq!(verdict(&[booked(0)], &log), fine);
    assert_eq!(verdict(&[], &[("declined", "absent")]), fine);
}

#[test]
fn money_of_which_nobody_knows_is_lost() {
    assert_eq!(verdict(&[booked(0)], &[]), is("lost"));
    let gone = [("paid", ""), ("refunded", "")];
    assert_eq!(verdict(&[booked(0)], &gone), is("lost"));
    let part = [("paid", ""), ("partially_refunded", "")];
    assert_eq!(verdict(&[booked(0)], &part), is("lost"));
    let overruled = [("declined", "absent"), ("paid", "")];
    assert_eq!(verdict(&[booked(0)], &overruled), is("lost"));
    // All went back, and the merchant still believes it is paid; nobody asked for it either.
    let both = BTreeMap::from([("a".to_owned(), vec!["lost", "double"])]);
    assert_eq!(verdict(&[booked(10_000)], &[("paid", "")]), both);
}

#[test]
fn money_that_only_the_compared_books_tell_of_is_known_by_them() {
    let intents = BTreeMap::from([("a".to_owned(), wanted(None))]);
    let verdict = |told_of: &[&str]| {
        let told_of = told_of.iter().map(|name| (*name).to_owned()).collect();
        judge(&Case {
            intents: &intents,
            book: &[booked(0)],
            merchant: &Merchant::default(),
            attempts: &[],
            told_of: &told_of,
            end: 0,
        })
        .orders()
    };
    assert_eq!(verdict(&["a"]), BTreeMap::new());
    assert_eq!(verdict(&["b"]), is("lost"));
    assert_eq!(verdict(&[]), is("lost"));
}

#[test]
fn what_counts_twice_is_double() {
    let twice = [("paid", ""), ("paid", "")];
    assert_eq!(verdict(&[booked(0)], &twice), is("double"));
    let two = [booked(0), booked(0)];
    assert_eq!(verdict(&two, &[("paid", "")]), is("double"));
    let told = [("paid", ""), ("discrepant", "second_capture")];
    assert_eq!(verdict(&two, &told), BTreeMap::new());
    // Given back, and nobody asked for it, nor was told of it.
    let both = BTreeMap::from([("a".to_owned(), vec!["lost", "double"])]);
    assert_eq!(verdict(&[booked(300)], &[("paid", "")]), both);
}

/// What the merchant is told last, and how much had gone back by that.
fn last_word(kind: &str, state: &str, refunded: &str) -> Told {
    Told {
        state: state.to_owned(),
        refunded: (!refunded.is_empty()).then(|| refunded.to_owned()),
        ..told("a", kind, "")
    }
}

#[test]
fn what_is_said_to_stand_stands() {
    let intents = BTreeMap::from([("a".to_owned(), wanted(None))]);
    let verdict = |lines: &[Booked], last: Told| {
        let merchant = Merchant::told(vec![told("a", "paid", ""), last]);
        let amount = ["300", "10000"].map(|amount| Refund {
            id: None,
            amount: Some(amount.to_owned()),
        });
        for refund in amount {
            merchant.wants_back("a", refund);
        }
        verdict_of(&intents, lines, &merchant)
    };
    let fine = BTreeMap::new();
    let part = |amount| last_word("partially_refunded", "partially_refunded", amount);
    assert_eq!(verdict(&[booked(300)], part("300")), fine);
    assert_eq!(verdict(&[booked(300)], part("600")), is("lost"));
    assert_eq!(verdict(&[booked(10_000)], part("300")), is("lost"));
    let restored = |state, amount| last_word("restored", state, amount);
    assert_eq!(verdict(&[booked(0)], restored("paid", "")), fine);
    assert_eq!(verdict(&[booked(300)], restored("paid", "")), is("lost"));
    let again = restored("partially_refunded", "300");
    assert_eq!(verdict(&[booked(300)], again.clone()), fine);
    assert_eq!(verdict(&[booked(0)], again), is("lost"));
    let gone = last_word("restored", "paid", "");
    assert_eq!(verdict(&[booked(10_000)], gone), is("lost"));
}

#[test]
fn what_a_card_holder_takes_back_must_be_told() {
    let taken_back = |refunded| Booked {
        standing: Booking::ChargedBack,
        ..booked(refunded)
    };
    let objected = Told {
        taken_back: true,
        ..told("a", "unproven", "")
    };
    let intents = BTreeMap::from([("a".to_owned(), wanted(None))]);
    let verdict = |lines: &[Booked], log: &[Told]| {
        let merchant = Merchant::told([&[told("a", "paid", "")], log].concat());
        verdict_of(&intents, lines, &merchant)
    };
    let fine = BTreeMap::new();
    assert_eq!(
        verdict(&[taken_back(0)], std::slice::from_ref(&objected)),
        fine
    );
    assert_eq!(verdict(&[taken_back(0)], &[]), is("lost"));
    // Whoever is said to have taken it back may not have: the notice's kind is not signed.
    assert_eq!(verdict(&[booked(0)], std::slice::from_ref(&objected)), fine);
    // It went, and not to where the merchant's last word says.
    let gone = [objected.clone(), told("a", "refunded", "")];
    assert_eq!(verdict(&[taken_back(0)], &gone), is("lost"));
    // Of two payments only the one that stands is kept.
    assert_eq!(verdict(&[taken_back(0), booked(0)], &[objected]), fine);
}

#[test]
fn a_contradiction_lets_go_back_what_contradicts_and_no_more() {
    let log = [
        ("paid", ""),
        ("discrepant", "second_capture"),
        ("restored", ""),
    ];
    let two = [booked(0), booked(10_000)];
    assert_eq!(verdict(&two, &log), BTreeMap::new());
    let both = [booked(10_000), booked(10_000)];
    assert_eq!(verdict(&both, &log), is("double"));
    // Never told as paid: all of it contradicts.
    let late = [("expired", ""), ("discrepant", "late_capture")];
    assert_eq!(verdict(&[booked(10_000)], &late), BTreeMap::new());
    // Another amount than was to be paid.
    let other = Booked {
        amount: Money::won(9_000),
        refunded: Money::won(9_000),
        ..booked(0)
    };
    let log = [("discrepant", "amount_differs"), ("refunded", "")];
    assert_eq!(verdict(&[other], &log), BTreeMap::new());
}

#[test]
fn who_hears_out_of_order_or_not_at_all_has_lost_something() {
    let merchant = Merchant::told(vec![told("a", "paid", "")]);
    let intents = BTreeMap::from([("a".to_owned(), wanted(None))]);
    merchant.mislead("a");
    assert_eq!(verdict_of(&intents, &[booked(0)], &merchant), is("lost"));
}

#[test]
fn paid_without_money_is_forged() {
    assert_eq!(verdict(&[], &[("paid", "")]), is("forged"));
    let short = Booked {
        amount: Money::won(9_999),
        ..booked(0)
    };
    assert_eq!(verdict(&[short], &[("paid", "")]), is("forged"));
}

#[test]
fn charges_and_renewals_are_their_own_intents() {
    let mut intents = BTreeMap::from([
        ("a-c1".to_owned(), wanted(None)),
        ("a-c2".to_owned(), wanted(None)),
        ("PP7".to_owned(), wanted(None)),
    ]);
    let book = ["a-c1", "a-c2-2", "PP7"].map(|name| under(name, booked(0)));
    let all = Merchant::told(
        ["a-c1", "a-c2-2", "PP7"]
            .map(|name| told(name, "paid", ""))
            .into(),
    );
    assert_eq!(verdict_of(&intents, &book, &all), BTreeMap::new());
    let two = Merchant::told(["a-c1", "a-c2-2"].map(|name| told(name, "paid", "")).into());
    assert_eq!(verdict_of(&intents, &book, &two), is("lost"));
    // One month of one key.
    for id in ["a-c1", "a-c2"] {
        intents.insert(id.to_owned(), wanted(Some("key")));
    }
    assert_eq!(verdict_of(&intents, &book, &all), is("double"));
    // The first was told as absent, which left its month free.
    let log = [
        ("a-c1", "declined"),
        ("a-c1", "paid"),
        ("a-c2-2", "paid"),
        ("PP7", "paid"),
    ];
    let log =
        log.map(|(name, kind)| told(name, kind, if kind == "declined" { "absent" } else { "" }));
    let late = Merchant::told(log.into());
    let blamed = BTreeMap::from([("a".to_owned(), vec!["lost", "double"])]);
    assert_eq!(verdict_of(&intents, &book, &late), blamed);
    // The second try of a charge whose first one took the money too.
    let again = ["a-c1", "a-c1-2", "PP7"].map(|name| under(name, booked(0)));
    let log = ["a-c1", "a-c1-2", "PP7"].map(|name| told(name, "paid", ""));
    intents.insert("a-c1".to_owned(), wanted(None));
    let twice = verdict_of(&intents, &again, &Merchant::told(log.into()));
    assert_eq!(twice, is("double"));
    // Given back under the name that the gateway made up.
    let back = under("PP7", booked(10_000));
    let log = vec![told("PP7", "paid", ""), told("PP7", "refunded", "")];
    let merchant = Merchant::told(log);
    assert_eq!(
        verdict_of(&intents, std::slice::from_ref(&back), &merchant),
        is("double")
    );
    let whole = Refund {
        id: None,
        amount: None,
    };
    merchant.wants_back("PP7", whole);
    assert_eq!(verdict_of(&intents, &[back], &merchant), BTreeMap::new());
}
