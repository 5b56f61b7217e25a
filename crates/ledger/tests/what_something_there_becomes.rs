//! "There is something", and neither that it is paid nor that it is not: where that is the gateway's last word, nothing is told as over
//! as if nothing were there, and it is asked about daily.

use std::{sync::Arc, time::Duration};

use crate::common::*;
use paypair_ledger::{
    Attempt, Begun, Detail, Effect, Event, LOOKUP_SCHEDULE, Publication, Reason, Resolution, State,
    Store, StoreError, Suspected, Timestamp, step,
};
use paypair_protocol::{Gateway, Work};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn window() -> Attempt {
    let mut attempt = attempt(Work::PayNow);
    attempt.order = Arc::new(payletter::order("order-1"));
    step(&attempt, requested(START), START).unwrap().0
}

fn failed() -> Event {
    Event::LookupFailed {
        reason: Reason::new("no_answer"),
    }
}

/// Does what the server does until the attempt leaves the state: the lookup that is due, or the clock's word once time is over.
fn live(mut attempt: Attempt, answer: impl Fn(u32) -> Event) -> (Attempt, Vec<Effect>, Timestamp) {
    let state = attempt.state;
    let mut now = later(1);
    for lookups in 0..100 {
        let (event, at) = match attempt.next_check_at {
            Some(due) => (answer(lookups), due.max(now)),
            None => (Event::ExpireDue, attempt.expires_at.max(now)),
        };
        now = at;
        let (next, effects) = step(&attempt, event, now).unwrap();
        attempt = next;
        if attempt.state != state {
            return (attempt, effects, now);
        }
    }
    panic!("still {}", attempt.state)
}

fn returned() -> Attempt {
    step(&window(), Event::ReturnSeen, later(5)).unwrap().0
}

fn tells(effects: &[Effect], publication: Publication) -> bool {
    effects.contains(&Effect::Publish(publication))
}

#[test]
fn a_schedule_that_ends_with_it_ends_in_review_and_not_expired() {
    for attempt in [window(), returned()] {
        let (review, effects, now) = live(attempt, |_| Event::LookupOpen);
        assert_eq!(
            (review.state, reason(&review)),
            (State::PendingReview, "capture_unconfirmed")
        );
        assert!(tells(&effects, Publication::Pending) && !tells(&effects, Publication::Expired));
        assert!(effects.contains(&Effect::Alert("capture_unconfirmed")));
        assert!(!review.leaves_room());
        // Daily from here on, whatever is answered.
        let mut daily = review;
        let mut last = now;
        for answer in [Event::LookupOpen, failed(), Event::LookupAbsent, failed()] {
            let due = daily.next_check_at.unwrap();
            assert_eq!(due.since(last), DAY);
            daily = step(&daily, answer, due).unwrap().0;
            assert_eq!(daily.state, State::PendingReview);
            last = due;
        }
        let row = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
        let (paid, effects) = step(&daily, row, last.after(DAY)).unwrap();
        assert_eq!((paid.state, paid.reason), (State::Paid, None));
        assert!(tells(&effects, Publication::Paid));
    }
}

#[test]
fn failures_after_it_do_not_make_it_nothing() {
    let (review, effects, _) = live(returned(), |nth| match nth {
        0..4 => Event::LookupOpen,
        _ => failed(),
    });
    assert_eq!(review.state, State::PendingReview);
    assert!(!tells(&effects, Publication::Expired) && review.next_check_at.is_some());
    // A window that only seems closed takes the word back as little.
    let (seen, _) = step(&window(), Event::LookupOpen, later(5)).unwrap();
    let (closed, _) = step(&seen, Event::WindowClosed, later(6)).unwrap();
    let (review, _, _) = live(closed, |_| failed());
    assert_eq!(review.state, State::PendingReview);
}

#[test]
fn the_last_word_counts_and_nothing_said_is_expired_as_before() {
    let (gone, effects, _) = live(returned(), |nth| match nth {
        0..3 => Event::LookupOpen,
        _ => Event::LookupAbsent,
    });
    assert_eq!((gone.state, reason(&gone)), (State::Expired, "expired"));
    assert!(tells(&effects, Publication::Expired));
    let (unasked, _, _) = live(returned(), |_| failed());
    assert_eq!(
        (unasked.state, reason(&unasked)),
        (State::Expired, "expired_unverified")
    );
    // What was there before it was not there.
    let seen = step(&window(), Event::LookupOpen, later(5)).unwrap().0;
    let (absent, _) = step(&seen, Event::LookupAbsent, later(10)).unwrap();
    assert_eq!(absent.reason, None);
    assert_eq!(live(absent, |_| failed()).0.state, State::Expired);
}

#[test]
fn an_account_whose_time_is_over_ends_in_review_too() {
    let issued = Event::AccountIssued {
        detail: Detail::default(),
        expires_at: Some(later(5).after(3 * DAY)),
    };
    let (waiting, _) = step(&window(), issued.clone(), later(5)).unwrap();
    let (review, effects, now) = live(waiting, |_| Event::LookupOpen);
    assert_eq!(review.state, State::PendingReview);
    assert!(now >= review.expires_at && tells(&effects, Publication::Pending));
    // What was there before the account was the account.
    let seen = step(&window(), Event::LookupOpen, later(2)).unwrap().0;
    let (waiting, _) = step(&seen, issued, later(5)).unwrap();
    assert_eq!(waiting.reason, None);
    assert_eq!(live(waiting, |_| failed()).0.state, State::Expired);
}

#[test]
fn an_end_that_was_told_is_told_to_be_in_question_and_asked_about_for_a_week() {
    let left = Event::BuyerCancelled {
        reason: Reason::new("buyer_cancelled"),
    };
    let mut attempt = step(&window(), left, later(5)).unwrap().0;
    let (mut told, mut lookups, mut now) = (0, 0, later(5));
    while let Some(due) = attempt.next_check_at {
        now = due;
        let (next, effects) = step(&attempt, Event::LookupOpen, due).unwrap();
        lookups += 1;
        if tells(&effects, Publication::Discrepant) {
            told += 1;
            assert_eq!(lookups, LOOKUP_SCHEDULE.len());
        }
        attempt = next;
    }
    assert_eq!((attempt.state, told), (State::Cancelled, 1));
    assert!(now.since(attempt.expires_at) >= 6 * DAY);
    let suspicion = &attempt.suspicions[0];
    assert_eq!(
        (suspicion.what, &suspicion.transaction_id, suspicion.money),
        (Suspected::Capture, &None, None)
    );
    let row = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
    let (paid, effects) = step(&attempt, row, now).unwrap();
    assert_eq!((paid.state, paid.suspicions), (State::Paid, vec![]));
    assert!(tells(&effects, Publication::Paid));
}

#[test]
fn a_named_person_may_say_that_there_is_nothing() {
    let (review, _, now) = live(returned(), |_| Event::LookupOpen);
    let said = Event::Resolved {
        operator: "kim".to_owned(),
        resolution: Resolution::NotCaptured,
    };
    let (declined, _) = step(&review, said, now).unwrap();
    assert_eq!(
        (declined.state, reason(&declined), declined.leaves_room()),
        (State::Declined, "settled_by_operator", true)
    );
    let row = Event::Sighted(payletter::row("order-1", 10_000, "t1", 0));
    assert_eq!(step(&declined, row, now).unwrap().0.state, State::Paid);
}

fn word(resolution: Resolution) -> Event {
    Event::Resolved {
        operator: "kim".to_owned(),
        resolution,
    }
}

/// A payment's notice that may be another one raised, where no list can be asked.
fn unprovable(order_id: &str, id: &str) -> Event {
    Event::Sighted(global::notice(1, order_id, id).unwrap().unprovable())
}

#[test]
fn of_a_notice_that_nobody_can_confirm_a_person_says_what_it_is() {
    let mut fresh = attempt(Work::PayNow);
    fresh.order = Arc::new(global::order("order-1"));
    let open = step(&fresh, requested(START), START).unwrap().0;
    let why = |attempt: &Attempt| {
        let refused = step(attempt, word(Resolution::Captured), later(20)).unwrap_err();
        refused.why
    };
    assert_eq!(why(&open), "nothing_to_resolve");
    let held = Event::NoticePending {
        reason: Reason::new("gateway_reviews"),
    };
    let held = step(&open, held, later(4)).unwrap().0;
    assert_eq!(
        why(&held),
        "nothing_to_resolve",
        "nobody said that it was made"
    );
    for before in [open, held] {
        let (review, effects) = step(&before, unprovable("order-1", "t1"), later(5)).unwrap();
        assert_eq!(
            (review.state, reason(&review), review.captured),
            (State::PendingReview, "capture_unconfirmed", None)
        );
        assert!(tells(&effects, Publication::Pending));
        let (same, effects) = step(&review, unprovable("order-1", "t1"), later(6)).unwrap();
        assert!(!tells(&effects, Publication::Pending), "told once");
        let (paid, effects) = step(&same, word(Resolution::Captured), later(20)).unwrap();
        assert_eq!(
            (paid.state, paid.transaction_id.as_deref(), paid.captured),
            (State::Paid, Some("t1"), paid.order.money)
        );
        assert!(tells(&effects, Publication::Paid) && paid.suspicions.is_empty());
        // The name is not signed: of two, a person's word says neither.
        let (two, effects) = step(&review, unprovable("order-1", "t2"), later(6)).unwrap();
        assert!(tells(&effects, Publication::Pending));
        let (paid, _) = step(&two, word(Resolution::Captured), later(20)).unwrap();
        assert_eq!((paid.state, &paid.transaction_id), (State::Paid, &None));
        assert_eq!(paid.suspicions, [], "what was said of them is answered");
        its_name_is_what_a_list_says(&paid);
        // A person's no opens the order again, and the list overrules it.
        let (declined, _) = step(&review, word(Resolution::NotCaptured), later(20)).unwrap();
        assert_eq!(declined.state, State::Declined);
        let row = Event::Sighted(global::sale("order-1", "t1", 1));
        assert_eq!(
            step(&declined, row, later(30)).unwrap().0.state,
            State::Paid
        );
    }
}

/// Another resend of the same signed notice would give it the name that it bears, which is not signed, and a refund would go by it.
fn its_name_is_what_a_list_says(paid: &Attempt) {
    let notice = Event::Sighted(global::notice(1, "order-1", "t1").unwrap());
    let (asked, effects) = step(paid, notice, later(30)).unwrap();
    assert_eq!((asked.state, &asked.transaction_id), (State::Paid, &None));
    assert!(effects.contains(&Effect::Lookup(later(30))));
    let row = Event::Sighted(global::sale("order-1", "t2", 1));
    let (named, _) = step(&asked, row, later(31)).unwrap();
    assert_eq!(named.state, State::Paid);
    assert_eq!(named.transaction_id.as_deref(), Some("t2"));
}

/// A told payment of a window that had ended is no review, since another window may be on its way; and a person's no may be a mistake.
#[test]
fn a_person_may_say_it_of_an_end_too() {
    let mut fresh = attempt(Work::PayNow);
    fresh.order = Arc::new(global::order("order-1"));
    let open = step(&fresh, requested(START), START).unwrap().0;
    let said = |code| Reason::new(code);
    let ends = [
        Event::BuyerCancelled {
            reason: said("buyer_cancelled"),
        },
        Event::GatewayDeclined {
            reason: said("gateway_declined"),
        },
        Event::Superseded,
    ];
    let mut ended = Vec::new();
    for event in ends {
        let over = step(&open, event, later(7200)).unwrap().0;
        let mut beside = over.clone();
        beside.live_sibling = Some(2);
        let suspected = step(&beside, unprovable("order-1", "t1"), later(7300)).unwrap();
        ended.push((over.state, suspected.0));
    }
    let (review, _) = step(&open, unprovable("order-1", "t1"), later(5)).unwrap();
    let (declined, _) = step(&review, word(Resolution::NotCaptured), later(20)).unwrap();
    ended.push((State::Declined, declined));
    for (state, mut attempt) in ended {
        (attempt.live_sibling, attempt.undecided_sibling) = (None, None);
        assert_eq!(attempt.state, state);
        let nobody = Event::LookupFailed {
            reason: Reason::new("sales_list_not_permitted"),
        };
        let told = step(&attempt, nobody, later(7400)).unwrap().0;
        let why = |attempt: &Attempt| {
            let refused = step(attempt, word(Resolution::Captured), later(7500)).unwrap_err();
            refused.why
        };
        let beside = |with: &dyn Fn(&mut Attempt)| {
            let mut seen = told.clone();
            with(&mut seen);
            why(&seen)
        };
        assert_eq!(beside(&|it| it.rival = Some(2)), "order_already_paid");
        assert_eq!(
            beside(&|it| it.live_sibling = Some(2)),
            "other_attempt_live"
        );
        assert_eq!(
            beside(&|it| it.undecided_sibling = Some(2)),
            "other_attempt_open"
        );
        let (paid, effects) = step(&told, word(Resolution::Captured), later(7500)).unwrap();
        assert_eq!(
            (paid.state, paid.transaction_id.as_deref(), paid.captured),
            (State::Paid, Some("t1"), paid.order.money)
        );
        assert!(tells(&effects, Publication::Paid) && paid.suspicions.is_empty());
        assert_eq!(why(&paid), "nothing_to_resolve");
    }
}

fn held() -> Event {
    Event::NoticePending {
        reason: Reason::new("gateway_reviews"),
    }
}

/// Ended on somebody's word, or waiting at a bank: the buyer may still have paid in the window.
fn ended_or_waiting() -> Vec<Attempt> {
    let mut fresh = attempt(Work::PayNow);
    fresh.order = Arc::new(global::order("order-1"));
    let open = step(&fresh, requested(START), START).unwrap().0;
    let said = || Reason::new("said");
    [
        Event::BuyerCancelled { reason: said() },
        Event::GatewayDeclined { reason: said() },
        Event::AccountIssued {
            detail: Detail::default(),
            expires_at: None,
        },
    ]
    .map(|event| step(&open, event, later(5)).unwrap().0)
    .into_iter()
    .chain([live(open, |_| failed()).0])
    .collect()
}

#[test]
fn what_is_held_after_an_end_is_remembered_as_held() {
    for before in ended_or_waiting() {
        let (review, effects) = step(&before, held(), later(7200)).unwrap();
        assert_eq!(
            (review.state, reason(&review)),
            (State::PendingReview, "gateway_reviews"),
            "of {}",
            before.state
        );
        assert!(tells(&effects, Publication::Pending) && review.next_check_at.is_some());
        assert!(!review.leaves_room(), "it may be paid");
        let said = step(&review, unprovable("order-1", "t1"), later(7201));
        let said = said.unwrap().0;
        assert_eq!(said.state, State::PendingReview);
        let (paid, _) = step(&said, word(Resolution::Captured), later(7300)).unwrap();
        assert_eq!(paid.state, State::Paid);
        let (over, _) = step(&review, word(Resolution::NotCaptured), later(7300)).unwrap();
        // A person ended it: what told of it may come again.
        assert!(step(&over, held(), later(7400)).is_err());
    }
}

/// The notice of type 6 is in no inbox: who sends it again opens nothing again.
#[test]
fn what_the_gateway_let_go_is_not_held_again() {
    let mut fresh = attempt(Work::PayNow);
    fresh.order = Arc::new(global::order("order-1"));
    let open = step(&fresh, requested(START), START).unwrap().0;
    let review = step(&open, held(), later(5)).unwrap().0;
    let row = Event::Sighted(global::sale("order-1", "t1", 2));
    let gone = step(&review, row, later(60)).unwrap().0;
    assert_eq!(
        (gone.state, reason(&gone)),
        (State::Cancelled, "cancelled_by_gateway")
    );
    assert!(step(&gone, held(), later(70)).is_err());
}

#[test]
fn what_is_held_beside_another_attempt_is_told_and_remembered() {
    let beside: [fn(&mut Attempt); 3] = [
        |it| it.rival = Some(2),
        |it| it.live_sibling = Some(2),
        |it| it.undecided_sibling = Some(2),
    ];
    for mut before in ended_or_waiting() {
        assert!(!before.is_said_to_be_held());
        for beside in beside {
            (before.rival, before.live_sibling) = (None, None);
            before.undecided_sibling = None;
            beside(&mut before);
            let (after, effects) = step(&before, held(), later(7200)).unwrap();
            assert_eq!(after.state, before.state);
            assert!(tells(&effects, Publication::Discrepant), "{effects:?}");
            assert!(after.is_said_to_be_held() && after.next_check_at.is_some());
            let (again, effects) = step(&after, held(), later(7300)).unwrap();
            assert!(again.is_said_to_be_held());
            assert!(!tells(&effects, Publication::Discrepant), "told once");
        }
    }
}

#[test]
fn no_end_but_a_soft_one_is_held() {
    let mut paid = attempt(Work::PayNow);
    paid.order = Arc::new(global::order("order-1"));
    let open = step(&paid, requested(START), START).unwrap().0;
    let row = Event::Sighted(global::sale("order-1", "t1", 1));
    let paid = step(&open, row, later(5)).unwrap().0;
    assert!(step(&paid, held(), later(6)).is_err());
    // A registration takes no money.
    let card = step(&attempt(Work::Register), requested(START), START);
    let left = Event::BuyerCancelled {
        reason: Reason::new("buyer_cancelled"),
    };
    let left = step(&card.unwrap().0, left, later(5)).unwrap().0;
    assert!(step(&left, held(), later(6)).is_err());
}

/// The notice of a payment whose kind a list has to confirm, and the list cannot be reached.
#[test]
fn what_no_list_could_confirm_is_not_told_as_over() {
    let mut fresh = attempt(Work::PayNow);
    fresh.order = Arc::new(global::order("order-1"));
    let open = step(&fresh, requested(START), START).unwrap().0;
    let notice = global::notice(1, "order-1", "t1").unwrap();
    let said = Event::Sighted(notice.unconfirmed());
    let told = step(&open, said, later(5)).unwrap().0;
    assert_eq!(told.state, State::Requested);
    let (review, effects, _) = live(told.clone(), |_| failed());
    assert_eq!(
        (review.state, reason(&review)),
        (State::PendingReview, "capture_unconfirmed")
    );
    assert!(tells(&effects, Publication::Pending));
    // The list's word is the last one.
    let (gone, _, _) = live(told, |_| Event::LookupAbsent);
    assert_eq!(gone.state, State::Expired);
    // Of one that was given up the merchant is told, unless the list says that there is nothing.
    for (answer, news) in [(failed(), 1), (Event::LookupAbsent, 0)] {
        let left = Event::BuyerCancelled {
            reason: Reason::new("buyer_cancelled"),
        };
        let mut it = step(&open, left, later(5)).unwrap().0;
        let said = global::notice(1, "order-1", "t1").unwrap().unconfirmed();
        it = step(&it, Event::Sighted(said), later(6)).unwrap().0;
        let mut told = 0;
        while let Some(due) = it.next_check_at {
            let (next, effects) = step(&it, answer.clone(), due).unwrap();
            told += usize::from(tells(&effects, Publication::Discrepant));
            it = next;
        }
        assert_eq!((it.state, told), (State::Cancelled, news));
    }
}

over_both_stores! {
    what_was_paid_in_a_window_given_up_is_booked_once_no_other_is_open
    a_persons_word_makes_the_payments_name_its_own
    no_other_attempt_begins_beside_it
    the_file_and_the_event_say_what_is_in_question
}

async fn a_persons_word_makes_the_payments_name_its_own(store: impl Store) {
    let mut keys = Vec::new();
    for id in ["order-1", "order-2"] {
        store.register(global::order(id)).await.unwrap();
        let begun = store.begin(id, new_attempt(id, START), START).await;
        let Begun::New(attempt) = begun.unwrap() else {
            panic!("there is an attempt")
        };
        let key = attempt.key();
        store
            .apply(key.clone(), requested(START), START)
            .await
            .unwrap();
        // Both are told of under one name: nobody has it yet.
        let seen = store
            .apply(key.clone(), unprovable(id, "t1"), later(5))
            .await;
        assert_eq!(seen.unwrap().attempt.state, State::PendingReview);
        keys.push(key);
    }
    let said = store
        .apply(keys[0].clone(), word(Resolution::Captured), later(6))
        .await;
    assert_eq!(said.unwrap().attempt.state, State::Paid);
    let (gateway, merchant) = (Gateway::PayletterGlobal, "PL_Merchant");
    let owner = store.attempt_by_transaction(gateway, merchant, "t1").await;
    assert_eq!(owner.unwrap().unwrap().key(), keys[0]);
    let second = store
        .apply(keys[1].clone(), word(Resolution::Captured), later(7))
        .await;
    assert!(second.is_err(), "it is another order's payment");
    let kept = store.attempt(keys[1].clone()).await.unwrap().unwrap();
    assert_eq!(kept.state, State::PendingReview);
}

async fn what_was_paid_in_a_window_given_up_is_booked_once_no_other_is_open(store: impl Store) {
    let mut order = global::order("order-1");
    let terms = r#"{"subscription":{"interval":"month","every":1,"cycles":0}}"#;
    let kept = (paypair_ledger::Order::OPTIONS.to_owned(), terms.to_owned());
    order.extra.extend([kept]);
    store.register(order).await.unwrap();
    let window = async |seed: &str| {
        let begun = store.begin("order-1", new_attempt(seed, START), START);
        let Begun::New(attempt) = begun.await.unwrap() else {
            panic!("there is room")
        };
        let key = attempt.key();
        let opened = store.apply(key.clone(), requested(START), START).await;
        opened.unwrap();
        key
    };
    let cancel = async |key: &paypair_ledger::AttemptKey| {
        let left = Event::BuyerCancelled {
            reason: Reason::new("buyer_cancelled"),
        };
        store.apply(key.clone(), left, later(10)).await.unwrap();
    };
    let why = async |key: &paypair_ledger::AttemptKey| {
        let said = store.apply(key.clone(), word(Resolution::Captured), later(20));
        match said.await {
            Err(StoreError::Refused(refused)) => refused.why,
            other => panic!("not refused: {other:?}"),
        }
    };
    let first = window("sub").await;
    cancel(&first).await;
    let second = window("second").await;
    // The buyer pays in the first window while the next is open.
    let notice = global::subscription_notice(1, "order-1", "12.5", 1).unprovable();
    let nobody = Event::LookupFailed {
        reason: Reason::new("sales_list_not_permitted"),
    };
    for event in [Event::Sighted(notice), nobody] {
        store.apply(first.clone(), event, later(15)).await.unwrap();
    }
    let told = store.events_after(0, 20).await.unwrap();
    assert_eq!(told.last().unwrap().publication, Publication::Discrepant);
    assert_eq!(why(&first).await, "other_attempt_live");
    let held = Event::NoticePending {
        reason: Reason::new("gateway_reviews"),
    };
    store.apply(second.clone(), held, later(16)).await.unwrap();
    assert_eq!(why(&first).await, "other_attempt_open");
    let nothing = store.apply(second, word(Resolution::NotCaptured), later(18));
    assert_eq!(nothing.await.unwrap().attempt.state, State::Declined);
    let said = store.apply(first.clone(), word(Resolution::Captured), later(20));
    let paid = said.await.unwrap().attempt;
    assert_eq!(paid.state, State::Paid);
    assert!(paid.billing_key.is_some(), "its agreement can be ended");
    let name = paid.transaction_id.unwrap();
    let owner = store.attempt_by_transaction(Gateway::PayletterGlobal, "PL_Merchant", &name);
    assert_eq!(owner.await.unwrap().unwrap().key(), first);
}

async fn seen(store: &impl Store) -> paypair_ledger::AttemptKey {
    store.register(payletter::order("order-1")).await.unwrap();
    let begun = store.begin("order-1", new_attempt("order-1", START), START);
    let Begun::New(attempt) = begun.await.unwrap() else {
        panic!("there is an attempt")
    };
    let key = attempt.key();
    for event in [requested(START), Event::LookupOpen] {
        store.apply(key.clone(), event, later(5)).await.unwrap();
    }
    key
}

async fn no_other_attempt_begins_beside_it(store: impl Store) {
    let key = seen(&store).await;
    // The window's time is over, and the buyer comes again before any look.
    let now = later(7200);
    let begun = store.begin("order-1", new_attempt("again", now), now).await;
    let Begun::Settled(view) = begun.unwrap() else {
        panic!("it may be paid already")
    };
    assert_eq!(view.attempts.len(), 1);
    assert_eq!(view.attempts[0].state, State::PendingReview);
    let kept = store.attempt(key).await.unwrap().unwrap();
    assert!(kept.next_check_at.is_some_and(|at| at > now));
}

async fn the_file_and_the_event_say_what_is_in_question(store: impl Store) {
    let key = seen(&store).await;
    let left = Event::BuyerCancelled {
        reason: Reason::new("buyer_cancelled"),
    };
    store.apply(key.clone(), left, later(6)).await.unwrap();
    for _ in LOOKUP_SCHEDULE {
        let due = store.attempt(key.clone()).await.unwrap().unwrap();
        let due = due.next_check_at.unwrap();
        store
            .apply(key.clone(), Event::LookupOpen, due)
            .await
            .unwrap();
    }
    let told = store.events_after(0, 10).await.unwrap();
    let last = told.last().unwrap();
    assert_eq!(last.publication, Publication::Discrepant);
    let unproven = r#""unproven":[{"amount":null,"transactionId":null,"what":"capture"}]"#;
    assert!(last.data.contains(unproven), "{}", last.data);
    let kept = store.attempt(key).await.unwrap().unwrap();
    assert_eq!(kept.suspicions.len(), 1);
    assert_eq!(kept.state, State::Cancelled);
}
