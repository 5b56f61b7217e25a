//! Comparisons made up by hand, and what is held against them.

use paypair_ledger::{
    Customer, Digest, Layout, NewAttempt, Order, RefundLine, RefundState, Timestamp,
};
use paypair_protocol::Work;

use super::*;
use crate::world::Rates;

const MORNING: Timestamp = Timestamp::from_millis(1_795_258_800_000);

/// An attempt that nobody paid, as far as we know.
fn begun() -> Attempt {
    let order = Order {
        id: "a".to_owned(),
        gateway: Gateway::Payletter,
        merchant_id: "pay_test".to_owned(),
        method: "creditcard".into(),
        work: Work::PayNow,
        card_flow: None,
        money: Some(Money::won(10_000)),
        product_name: "조명".to_owned(),
        customer: Customer::default(),
        charge: None,
        renews: None,
        extra: BTreeMap::new(),
        result_page: None,
        client_secret: Digest::of("cs_"),
        seed: None,
        created_at: MORNING,
    };
    let new = NewAttempt {
        nonce: Digest::of("nonce"),
        channel: "channel".to_owned(),
        ticket: "ticket".to_owned(),
        layout: Layout::Popup,
        order_id_size: 40,
        expires_at: MORNING,
    };
    let begun = Attempt::new(Arc::new(order), 1, "a".to_owned(), new, MORNING);
    Attempt {
        state: State::Expired,
        next_check_at: None,
        ..begun
    }
}

fn paid() -> Attempt {
    Attempt {
        state: State::Paid,
        captured: Some(Money::won(10_000)),
        transaction_id: Some("t".to_owned()),
        paid_at: Some(MORNING),
        ..begun()
    }
}

fn refunded(part: u64) -> Attempt {
    let line = RefundLine {
        no: 1,
        id: None,
        transaction_id: Some("t".to_owned()),
        money: Money::won(part),
        state: RefundState::Done,
        asked_at: MORNING,
        ended_at: Some(MORNING),
        not_sent: false,
        never_left: false,
    };
    Attempt {
        state: match part {
            10_000 => State::Refunded,
            _ => State::PartiallyRefunded,
        },
        refunds: vec![line],
        ..paid()
    }
}

/// Of this and of some more, nobody knows how much.
fn unclear(part: u64) -> Attempt {
    Attempt {
        refunds_unclear: true,
        ..refunded(part)
    }
}

fn booked(refunded: u64) -> Booked {
    Booked {
        gateway: Gateway::Payletter,
        order_id: "a".to_owned(),
        transaction_id: "t".to_owned(),
        amount: Money::won(10_000),
        refunded: Money::won(refunded),
        standing: Booking::Captured,
        confirms: 0,
        refunds: 0,
        at: jiff::Timestamp::UNIX_EPOCH,
    }
}

fn at_global(refunded: u64) -> Booked {
    Booked {
        gateway: Gateway::PayletterGlobal,
        ..booked(refunded)
    }
}

/// All three books were read, and these breaks are open.
fn said(breaks: &[(&str, &str)]) -> Said {
    let breaks = breaks
        .iter()
        .map(|(kind, name)| ((*kind).to_owned(), (*name).to_owned()));
    Said {
        read: Gateway::ALL.map(|one| one.as_str().to_owned()).to_vec(),
        unread: Vec::new(),
        breaks: breaks.collect(),
    }
}

/// The two books before a comparison, and after it.
struct Both<'b> {
    book: &'b [Booked],
    attempts: &'b [Attempt],
}

/// Who was misled by a comparison between these two, and what it tells of that we do not count.
fn held(before: &Both<'_>, said: &Said, after: &Both<'_>) -> (Vec<String>, Vec<String>) {
    let world = World::new(
        0,
        1,
        Rates::NONE,
        None,
        None,
        Box::new(|_, _| unreachable!("nobody is started")),
    );
    let merchant = Merchant::default();
    let missing = Before::note(before.book, before.attempts).judge(
        said,
        &world,
        &merchant,
        after.book,
        after.attempts,
    );
    let misled = merchant.misled().into_iter().collect();
    (misled, missing.into_iter().collect())
}

/// The same, if nothing became another by it.
fn misled_by(said: &Said, book: &[Booked], attempts: &[Attempt]) -> bool {
    let both = Both { book, attempts };
    let (misled, _) = held(&both, said, &both);
    assert!(misled.is_empty() || misled == ["a"], "{misled:?}");
    !misled.is_empty()
}

#[test]
fn books_that_agree_have_no_break() {
    for (book, attempt) in [
        (&[][..], begun()),
        (&[booked(0)], paid()),
        (&[booked(300)], refunded(300)),
        (&[booked(10_000)], refunded(10_000)),
    ] {
        let attempts = [attempt];
        assert!(agrees(&attempts[0], book));
        assert!(!misled_by(&said(&[]), book, &attempts));
        let wrong = said(&[("state_differs", "a")]);
        assert!(misled_by(&wrong, book, &attempts), "{:?}", attempts[0]);
    }
}

#[test]
fn what_differs_must_be_named() {
    let of_900 = Booked {
        amount: Money::won(900),
        ..booked(0)
    };
    for (line, attempt) in [
        (booked(0), begun()),
        (booked(300), begun()),
        (of_900, paid()),
        (booked(300), paid()),
        (booked(10_000), paid()),
        (booked(0), refunded(300)),
        (booked(600), refunded(300)),
        (booked(0), refunded(10_000)),
        (at_global(300), paid()),
        (at_global(10_000), refunded(300)),
        // More of it is left than we believe, whatever of the parts is known.
        (booked(300), unclear(10_000)),
    ] {
        let (book, attempts) = ([line], [attempt]);
        assert!(!agrees(&attempts[0], &book));
        let shown = format!("{book:?} {:?}", attempts[0]);
        assert!(misled_by(&said(&[]), &book, &attempts), "{shown}");
        assert!(
            misled_by(&said(&[("missing_here", "b")]), &book, &attempts),
            "{shown}"
        );
        let named = said(&[("state_differs", "a")]);
        assert!(!misled_by(&named, &book, &attempts), "{shown}");
    }
}

#[test]
fn what_no_list_shows_need_not_be_named() {
    let of = |gateway, standing| Booked {
        gateway,
        standing,
        ..booked(0)
    };
    for (line, attempt) in [
        (of(Gateway::Payple, Booking::Captured), begun()),
        (of(Gateway::PayletterGlobal, Booking::ChargedBack), begun()),
        (of(Gateway::Payletter, Booking::NoMoney), paid()),
        // It came and went.
        (booked(10_000), begun()),
        // In part, and not how much.
        (at_global(600), refunded(300)),
        (booked(600), unclear(300)),
        // The parts of a payment were never told apart, and all of it went.
        (booked(10_000), unclear(10_000)),
    ] {
        let (book, attempts) = ([line], [attempt]);
        assert!(!misled_by(&said(&[]), &book, &attempts), "{book:?}");
    }
    // What moves by itself is left to that.
    let astir = [Attempt {
        next_check_at: Some(MORNING),
        ..begun()
    }];
    assert!(!misled_by(&said(&[]), &[booked(0)], &astir));
}

#[test]
fn a_comparison_reads_all_books_moves_no_money_and_changes_nothing_that_is_right() {
    let (book, attempts) = ([booked(0)], [paid()]);
    let before = Both {
        book: &book,
        attempts: &attempts,
    };
    let misled = |said: &Said, book: &[Booked], attempts: &[Attempt]| {
        held(&before, said, &Both { book, attempts }).0
    };
    let none = Vec::<String>::new();
    assert_eq!(misled(&said(&[]), &book, &attempts), none);
    let unread = Said {
        unread: vec!["payletter".to_owned()],
        ..said(&[])
    };
    assert_eq!(misled(&unread, &book, &attempts), ["order0"]);
    let none_read = Said::default();
    assert_eq!(misled(&none_read, &book, &attempts), ["order0"]);
    // All of it went back, and we know.
    let back = ([booked(10_000)], [refunded(10_000)]);
    assert_eq!(misled(&said(&[]), &back.0, &attempts), ["a"]);
    assert_eq!(
        misled(&said(&[("state_differs", "a")]), &book, &back.1),
        ["a"]
    );
    // A payment that was not there.
    let new = [booked(0), booked(0)].map(|line| Booked {
        transaction_id: "u".to_owned(),
        ..line
    });
    assert_eq!(misled(&said(&[]), &new, &attempts), ["a"]);
}

#[test]
fn what_we_do_not_count_is_known_by_the_comparison_alone() {
    let nothing = Both {
        book: &[],
        attempts: &[],
    };
    let breaks = [
        ("missing_here", "PP7"),
        ("missing_there", "b"),
        ("duplicate", "c"),
    ];
    let (misled, missing) = held(&nothing, &said(&breaks), &nothing);
    assert_eq!((misled, missing), (Vec::new(), vec!["PP7".to_owned()]));
}
