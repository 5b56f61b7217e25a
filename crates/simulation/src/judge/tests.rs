//! Days made up by hand, and what the judge says of them.

use paypair_protocol::Currency;

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
        money: Some(Money::won(10_000)),
        transaction: Some("t".to_owned()),
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
        told_of: None,
        doubts: Doubts::AreOver,
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
    let verdict = |told_of| {
        judge(&Case {
            intents: &intents,
            book: &[booked(0)],
            merchant: &Merchant::default(),
            attempts: &[],
            told_of,
            doubts: Doubts::AreOver,
            end: 0,
        })
        .orders()
    };
    assert_eq!(verdict(Some("a")), BTreeMap::new());
    assert_eq!(verdict(Some("b")), is("lost"));
    assert_eq!(verdict(None), is("lost"));
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

#[test]
fn of_two_payments_under_one_name_each_is_told_once() {
    let other = Booked {
        transaction_id: "u".to_owned(),
        ..booked(10_000)
    };
    let intents = BTreeMap::from([("a".to_owned(), wanted(None))]);
    let paid = |transaction: &str| Told {
        transaction: Some(transaction.to_owned()),
        ..told("a", "paid", "")
    };
    let verdict = |log: Vec<Told>| {
        let merchant = Merchant::told(log);
        merchant.wants_back("a", all_of_it());
        verdict_of(&intents, &[booked(0), other.clone()], &merchant)
    };
    // It was given back, and paid again.
    assert_eq!(verdict(vec![paid("u"), paid("t")]), BTreeMap::new());
    let second = told("a", "discrepant", "second_capture");
    assert_eq!(verdict(vec![paid("t"), second.clone()]), BTreeMap::new());
    assert_eq!(verdict(vec![paid("t"), second, paid("t")]), is("double"));
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
fn what_is_in_doubt_at_the_end_was_settled_by_nobody() {
    let asked = [("paid", ""), ("in_doubt", "no_answer")];
    assert_eq!(verdict(&[booked(0)], &asked), is("lost"));
    let settled = [("paid", ""), ("in_doubt", "no_answer"), ("restored", "")];
    assert_eq!(verdict(&[booked(0)], &settled), BTreeMap::new());
    // Of a payment that never was, too.
    assert_eq!(verdict(&[], &[("in_doubt", "no_answer")]), is("lost"));
    let said = [("in_doubt", "no_answer"), ("unproven", "")];
    assert_eq!(verdict(&[], &said), is("lost"));
    // Nor does it end by waiting for a person.
    let waits = [("in_doubt", "no_answer"), ("pending", "")];
    assert_eq!(verdict(&[], &waits), is("lost"));
    let absent = [("in_doubt", "no_answer"), ("declined", "absent")];
    assert_eq!(verdict(&[], &absent), BTreeMap::new());
}

#[test]
fn a_doubt_may_last_for_a_day() {
    let intents = BTreeMap::from([("a".to_owned(), wanted(None))]);
    let log = [("paid", ""), ("in_doubt", "no_answer")];
    let merchant = Merchant::told(log.map(|(kind, why)| told("a", kind, why)).to_vec());
    let verdict = |book: &[Booked], doubts| {
        judge(&Case {
            intents: &intents,
            book,
            merchant: &merchant,
            attempts: &[],
            told_of: None,
            doubts,
            end: 0,
        })
        .lost
        .len()
    };
    for book in [&[booked(0)][..], &[]] {
        assert_eq!(verdict(book, Doubts::MayBeOpen), 0);
        assert_eq!(verdict(book, Doubts::AreOver), 1);
    }
}

/// Of money that did move one look is enough.
#[test]
fn a_refund_that_was_made_is_in_doubt_for_no_day() {
    let intents = BTreeMap::from([("a".to_owned(), wanted(None))]);
    let lost = |gateway, refunded, already| {
        let log = vec![
            told("a", "paid", ""),
            last_word("in_doubt", "in_doubt", already),
        ];
        let merchant = Merchant::told(log);
        merchant.wants_back("a", all_of_it());
        let book = [Booked {
            gateway,
            ..booked(refunded)
        }];
        let verdict = judge(&Case {
            intents: &intents,
            book: &book,
            merchant: &merchant,
            attempts: &[],
            told_of: None,
            doubts: Doubts::MayBeOpen,
            end: 0,
        });
        verdict.lost.len()
    };
    let (payple, global) = (Gateway::Payple, Gateway::PayletterGlobal);
    for (gateway, refunded, already, blamed) in [
        (payple, 10_000, "", 1),
        (payple, 300, "", 1),
        (payple, 600, "300", 1),
        (global, 10_000, "", 1),
        // What went back was known; of what is in doubt nothing happened.
        (payple, 0, "", 0),
        (payple, 300, "300", 0),
        // How much of it, its list does not say.
        (global, 300, "", 0),
    ] {
        let shown = format!("{gateway:?} {refunded} {already}");
        assert_eq!(lost(gateway, refunded, already), blamed, "{shown}");
    }
}

#[test]
fn two_verdicts_blame_whom_either_blames() {
    let of = |lost: &str, stuck: &str| Verdict {
        lost: BTreeSet::from([lost.to_owned()]),
        stuck: BTreeSet::from([stuck.to_owned()]),
        ..Verdict::default()
    };
    let mut both = of("a", "b");
    both.unite(of("c", "b"));
    let lost = ["a", "c"].map(str::to_owned).into();
    let stuck = BTreeSet::from(["b".to_owned()]);
    assert_eq!((both.lost, both.stuck), (lost, stuck));
}

#[test]
fn of_parts_at_payletter_global_alone_nobody_may_know_how_much() {
    let asked = [("paid", ""), ("in_doubt", "no_answer")];
    let asked = asked.map(|(kind, reason)| told("a", kind, reason));
    let verdict = |lines: &[Booked]| {
        let merchant = Merchant::told(asked.to_vec());
        merchant.wants_back("a", all_of_it());
        let intents = BTreeMap::from([("a".to_owned(), wanted(None))]);
        verdict_of(&intents, lines, &merchant)
    };
    let global = |refunded| Booked {
        gateway: Gateway::PayletterGlobal,
        ..booked(refunded)
    };
    assert_eq!(verdict(&[global(300)]), BTreeMap::new());
    // The list says that all of it went, and that nothing did.
    assert_eq!(verdict(&[global(10_000)]), is("lost"));
    assert_eq!(verdict(&[global(0)]), is("lost"));
    // The other gateways say how much.
    assert_eq!(verdict(&[booked(300)]), is("lost"));
    let two = BTreeMap::from([("a".to_owned(), vec!["lost", "double"])]);
    assert_eq!(verdict(&[global(300), global(0)]), two);
}

/// A refund of all that is left.
fn all_of_it() -> Refund {
    Refund {
        id: None,
        amount: None,
    }
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
fn the_one_payment_of_an_order_is_no_contradiction() {
    let turned = [("discrepant", "second_capture"), ("refunded", "")];
    assert_eq!(verdict(&[booked(10_000)], &turned), is("lost"));
    let turned_in_part = [("discrepant", "amount_differs"), ("partially_refunded", "")];
    assert_eq!(verdict(&[booked(300)], &turned_in_part), is("lost"));
    // It stands, and a person looks at it.
    assert_eq!(verdict(&[booked(0)], &turned[..1]), BTreeMap::new());
    // It was told as paid: the contradiction is another one, and who asked for it is asked elsewhere.
    let both = [
        ("paid", ""),
        ("discrepant", "second_capture"),
        ("refunded", ""),
    ];
    assert_eq!(verdict(&[booked(10_000)], &both), is("double"));
    // Two payments, and one of them goes back.
    let two = [booked(0), booked(10_000)];
    assert_eq!(
        verdict(&two, &[("discrepant", "second_capture")]),
        BTreeMap::new()
    );
}

#[test]
fn what_the_merchant_gives_back_it_gives_back() {
    let intents = BTreeMap::from([("a".to_owned(), wanted(None))]);
    let turned = [("discrepant", "second_capture"), ("refunded", "")];
    let turned = turned.map(|(kind, reason)| told("a", kind, reason));
    let merchant = Merchant::told(turned.to_vec());
    merchant.wants_back("a", all_of_it());
    let verdict = verdict_of(&intents, &[booked(10_000)], &merchant);
    assert_eq!(verdict, BTreeMap::new());
}

/// Without an id each asking is one of its own, for what is left by then.
#[test]
fn what_is_asked_back_again_without_an_id_goes_back_too() {
    let intents = BTreeMap::from([("a".to_owned(), wanted(None))]);
    let book = [booked(10_000), booked(10_000)];
    let verdict = |askings: &[Refund]| {
        let merchant = Merchant::told(vec![told("a", "paid", ""), told("a", "refunded", "")]);
        for asking in askings {
            merchant.wants_back("a", asking.clone());
        }
        verdict_of(&intents, &book, &merchant)
    };
    assert_eq!(verdict(&[all_of_it()]), is("double"));
    assert_eq!(verdict(&[all_of_it(), all_of_it()]), BTreeMap::new());
}

#[test]
fn of_a_month_that_was_paid_twice_one_payment_goes_back() {
    let month = |id: &str| (id.to_owned(), wanted(Some("key")));
    let intents = BTreeMap::from([month("a-c1"), month("a-c2")]);
    let log = vec![
        told("a-c1", "paid", ""),
        told("a-c2", "discrepant", "second_capture"),
        told("a-c2", "refunded", ""),
    ];
    let book = [under("a-c1", booked(0)), under("a-c2", booked(10_000))];
    let merchant = Merchant::told(log);
    assert_eq!(verdict_of(&intents, &book, &merchant), BTreeMap::new());
    assert_eq!(
        verdict_of(&intents, &book[1..], &merchant)["a"],
        ["lost", "forged"]
    );
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
fn what_is_told_as_paid_is_what_was_captured() {
    let intents = BTreeMap::from([("a".to_owned(), wanted(None))]);
    let verdict = |log: Vec<Told>| verdict_of(&intents, &[booked(0)], &Merchant::told(log));
    let paid = told("a", "paid", "");
    assert_eq!(verdict(vec![paid.clone()]), BTreeMap::new());
    let of = |money: Option<Money>| Told {
        money,
        ..paid.clone()
    };
    assert_eq!(verdict(vec![of(Some(Money::won(9_999)))]), is("forged"));
    let dollars = Money::parse("10000", &Currency::USD).unwrap();
    assert_eq!(verdict(vec![of(Some(dollars))]), is("forged"));
    assert_eq!(verdict(vec![of(None)]), is("forged"));
    let other = |transaction: Option<&str>| Told {
        transaction: transaction.map(str::to_owned),
        ..paid.clone()
    };
    assert_eq!(verdict(vec![other(Some("other"))]), is("forged"));
    assert_eq!(verdict(vec![other(None)]), is("forged"));
    // An answer to a charge may have been another's: then its name is mended.
    let mended = |transaction| Told {
        state: "paid".to_owned(),
        ..Told {
            kind: "payment.restored".to_owned(),
            ..other(transaction)
        }
    };
    let log = vec![other(Some("other")), mended(Some("t"))];
    assert_eq!(verdict(log), BTreeMap::new());
    let log = vec![other(Some("other")), mended(Some("another"))];
    assert_eq!(verdict(log), is("forged"));
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
    merchant.wants_back("PP7", all_of_it());
    assert_eq!(verdict_of(&intents, &[back], &merchant), BTreeMap::new());
}
