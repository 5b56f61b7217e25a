//! Where everything stands in the picture of the states, chosen by hand.

use paypair_ledger::State::{self, *};

/// Where a card's upper left corner is.
pub const PLACES: [(State, i32, i32); 18] = [
    (Created, OPEN, 170),
    (Requested, OPEN, 520),
    (AwaitingDeposit, OPEN, 822),
    (PendingReview, OPEN, 1000),
    (Authenticated, OPEN, 1130),
    (Charging, RUNNING, 170),
    (Confirming, RUNNING, 1130),
    (Paid, PAID, 170),
    (Registered, PAID, 540),
    (RefundPending, BACK, 170),
    (PartiallyRefunded, BACK, 400),
    (Refunded, BACK, 540),
    (ChargedBack, BACK, 660),
    (Declined, ENDED, 166),
    (Cancelled, ENDED, 314),
    (Expired, ENDED, 462),
    (InDoubt, PAID, 1130),
    (Discrepant, BACK, 1130),
];

pub const OPEN: i32 = 48;
pub const RUNNING: i32 = 364;
pub const PAID: i32 = 680;
pub const BACK: i32 = 996;
pub const ENDED: i32 = 1312;
pub const CARD: i32 = 252;
pub const SIZE: (i32, i32) = (1612, 1386);

/// Columns and the row below: name, class, corner, size.
pub const GROUPS: [(&str, &str, [i32; 4]); 6] = [
    ("open", "open", [OPEN, 132, CARD, 1225]),
    ("our call is on its way", "run", [RUNNING, 132, CARD, 1225]),
    ("paid", "paid", [PAID, 132, CARD, 929]),
    ("given back", "back", [BACK, 132, CARD, 929]),
    ("ended, for now", "end", [ENDED, 132, CARD, 478]),
    ("doubt", "doubt", [PAID, 1092, CARD * 2 + 64, 265]),
];

/// Where a line runs.
pub type Corners = [(i32, i32)];

/// What is drawn as a line. The rest stands in the cards.
pub const ARROWS: [(State, State, &Corners); 22] = [
    (Created, Requested, &[(174, 504), (174, 520)]),
    (Requested, AwaitingDeposit, &[(174, 806), (174, 822)]),
    (
        Requested,
        PendingReview,
        &[(48, 640), (22, 640), (22, 1044), (48, 1044)],
    ),
    (
        Requested,
        Authenticated,
        &[(48, 640), (22, 640), (22, 1221), (48, 1221)],
    ),
    (Created, Charging, &[(300, 210), (364, 210)]),
    (Authenticated, Confirming, &[(300, 1164), (364, 1164)]),
    (Confirming, Authenticated, &[(364, 1214), (300, 1214)]),
    (Charging, Paid, &[(616, 200), (680, 200)]),
    (
        Requested,
        Paid,
        &[(300, 548), (648, 548), (648, 240), (680, 240)],
    ),
    (
        AwaitingDeposit,
        Paid,
        &[(300, 876), (648, 876), (648, 240), (680, 240)],
    ),
    (
        PendingReview,
        Paid,
        &[(300, 1044), (648, 1044), (648, 240), (680, 240)],
    ),
    (
        Confirming,
        Paid,
        &[(616, 1164), (648, 1164), (648, 240), (680, 240)],
    ),
    (Requested, Registered, &[(300, 585), (680, 585)]),
    (Confirming, InDoubt, &[(616, 1214), (680, 1214)]),
    (Paid, RefundPending, &[(932, 200), (996, 200)]),
    (
        RefundPending,
        PartiallyRefunded,
        &[(1122, 335), (1122, 400)],
    ),
    (PartiallyRefunded, Refunded, &[(1122, 475), (1122, 540)]),
    (
        RefundPending,
        Refunded,
        &[(1248, 300), (1280, 300), (1280, 570), (1248, 570)],
    ),
    (
        Paid,
        Discrepant,
        &[(932, 240), (964, 240), (964, 1184), (996, 1184)],
    ),
    (InDoubt, Discrepant, &[(932, 1234), (996, 1234)]),
    (
        Created,
        Declined,
        &[(174, 132), (174, 80), (1438, 80), (1438, 132)],
    ),
    (
        Declined,
        Paid,
        &[(1360, 132), (1360, 110), (806, 110), (806, 132)],
    ),
];

/// Words beside the lines: what the events mean there.
pub const WORDS: [(i32, i32, &str); 6] = [
    (
        190,
        72,
        "a browser, the gateway's refusal or the clock: no money was seen",
    ),
    (900, 102, "a capture proves it wrong"),
    (380, 540, "paid in the gateway's window"),
    (380, 577, "a card is registered"),
    (380, 868, "the deposit is there"),
    (380, 1036, "the gateway let it through"),
];

/// What stands under the last column.
pub const LEGEND: [&[&str]; 5] = [
    &[
        "<tspan class=\"paid strong\">evidence</tspan> is a signed message of the",
        "gateway, or its answer to our own",
        "question: <tspan class=\"by\">confirm_answered,</tspan>",
        "<tspan class=\"by\">charge_answered, refund_answered,</tspan>",
        "<tspan class=\"by\">refund_accepted, sighted.</tspan>",
        "Nothing else first makes it paid.",
    ],
    &[
        "Each card lists every way out of its",
        "state. Lines show the usual ones.",
    ],
    &[
        "One event may lead several ways: what",
        "the evidence says, and what stands",
        "beside the attempt, decide.",
    ],
    &["What leaves a state as it is, is left out."],
    &[
        "Drawn from a search through all that",
        "the real step can do, by the test",
        "<tspan class=\"by\">every_reachable_state.rs</tspan>",
    ],
];

/// Which group's colour it bears.
pub fn class(state: State) -> &'static str {
    match state {
        Created | Requested | Authenticated | AwaitingDeposit | PendingReview => "open",
        Confirming | Charging => "run",
        Paid | Registered => "paid",
        RefundPending | PartiallyRefunded | Refunded | ChargedBack => "back",
        Declined | Cancelled | Expired => "end",
        InDoubt | Discrepant => "doubt",
    }
}

/// Light, and dark where the reader's screen is.
pub const STYLE: &str = "
svg{font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;--page:#fff;--ink:#1f2937;--soft:#6b7280;--card:#fff}
.open{--hue:#2563eb}.run{--hue:#b45309}.paid{--hue:#15803d}.back{--hue:#7c3aed}.end{--hue:#52606d}.doubt{--hue:#dc2626}
@media(prefers-color-scheme:dark){svg{--page:#0d1117;--ink:#e6edf3;--soft:#9aa4b0;--card:#161b22}
.open{--hue:#6ea8fe}.run{--hue:#f0a04b}.paid{--hue:#4cc774}.back{--hue:#b794f6}.end{--hue:#a3b1bf}.doubt{--hue:#ff7b72}}
.page{fill:var(--page)}
.group{fill:var(--hue);fill-opacity:.06}
.card{fill:var(--card);stroke:var(--hue);stroke-width:1.5}
.head{font-size:24px;font-weight:700;fill:var(--ink)}
.name{font-size:13px;font-weight:600;fill:var(--hue)}
.state{font-size:15px;font-weight:700;fill:var(--hue)}
.row{font-size:11.5px;fill:var(--soft)}
.strong{font-weight:600;fill:var(--hue)}
.by{font-size:11px;fill:var(--soft)}
.note{font-size:13px;fill:var(--soft)}
.word{font-size:12px;font-style:italic;fill:var(--soft)}
.line{fill:none;stroke:var(--hue);stroke-width:2}
.tip{fill:var(--hue)}
";
