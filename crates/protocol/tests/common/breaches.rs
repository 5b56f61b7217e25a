//! What breaks a row of a field table. The sandbox's tests break requests by the same list.
#![allow(dead_code)] // each test file uses its part

use paypair_protocol::{Ban, Field, Kind, Need, Table, When, wire::Fields};

/// Values that break a row, with the code each must give.
pub(crate) fn breaches(row: &Field) -> Vec<(String, &'static str)> {
    let long = |max: u16| ("가".repeat(usize::from(max) + 1), "field_too_long");
    let at = |value: &str, code| (value.to_owned(), code);
    match row.kind {
        Kind::Text(max, ban) => {
            let mut all = vec![long(max)];
            match ban {
                Ban::Nothing => {}
                Ban::Emoji => all.push(at("🎁", "field_has_emoji")),
                Ban::Markup => {
                    all.extend(["<", ">", "a\nb"].map(|bad| at(bad, "field_forbidden_character")))
                }
                Ban::Quotes => {
                    all.extend(["a|b", "it's"].map(|bad| at(bad, "field_forbidden_character")))
                }
                Ban::NonAscii => {
                    all.extend(["홍길동", "a b"].map(|bad| at(bad, "field_not_ascii")))
                }
            }
            all
        }
        Kind::Digits(min, max) => {
            let mut all = vec![
                at("x", "field_not_digits"),
                ("1".repeat(usize::from(max) + 1), "field_too_long"),
            ];
            if min > 1 {
                all.push(at("1", "field_too_short"));
            }
            all
        }
        Kind::OneOf(_) => vec![at("?", "field_not_allowed")],
        Kind::Won(min) => {
            let mut all = vec![
                at("-1", "amount_malformed"),
                at("1.5", "amount_too_precise"),
                at("01", "amount_malformed"),
            ];
            if min > 0 {
                all.push(((min - 1).to_string(), "amount_too_small"));
            }
            all
        }
        Kind::AmountIn(_) => {
            vec![
                at("1,000", "amount_malformed"),
                at("1.005", "amount_too_precise"),
                at("0", "amount_too_small"),
            ]
        }
        Kind::Currency => vec![
            at("usd", "currency_malformed"),
            at("WON!", "currency_malformed"),
        ],
        Kind::Date => vec![
            at("20261301", "field_not_date"),
            at("2026-01-01", "field_not_date"),
        ],
        Kind::Time => vec![at("2400", "field_not_time")],
        Kind::Url(max) => {
            let long = format!("https://{}", "a".repeat(usize::from(max)));
            vec![
                at("/relative", "field_not_url"),
                at("javascript:x", "field_not_url"),
                (long, "field_too_long"),
            ]
        }
        Kind::Email(max) => {
            vec![
                at("nobody", "field_not_email"),
                (
                    format!("a@{}", "a".repeat(usize::from(max))),
                    "field_too_long",
                ),
            ]
        }
        Kind::Ip => vec![at("localhost", "field_not_ip"), long(30)],
    }
}

/// Another good value for a row; none if the row has one value only, which makes it a constant of the message.
pub(crate) fn another(row: &Field, now: &str) -> Option<String> {
    let text = match row.kind {
        Kind::Text(..) => "z9".to_owned(),
        Kind::Digits(min, _) => "2".repeat(min.into()),
        Kind::OneOf(values) => {
            let mut others = values.iter().filter(|value| **value != now);
            return others.next().map(|value| (*value).to_owned());
        }
        Kind::Won(min) => (min + 4567).to_string(),
        Kind::AmountIn(_) => "45.67".to_owned(),
        Kind::Currency => "EUR".to_owned(),
        Kind::Date => "20250203".to_owned(),
        Kind::Time => "0102".to_owned(),
        Kind::Url(_) => "https://other.example/x".to_owned(),
        Kind::Email(_) => "other@shop.example".to_owned(),
        Kind::Ip => "10.9.8.7".to_owned(),
    };
    Some(text)
}

/// The request without this row, in every way in which the row is needed.
pub(crate) fn missed(table: &Table, row: &Field, good: &Fields) -> Vec<Fields> {
    let mut bodies = match row.need {
        Need::Required => vec![good.clone()],
        Need::Optional => Vec::new(),
        Need::When(groups) => {
            // Of rows that need each other, none is missed for its own sake.
            let of_others = |group: &&&[When]| {
                let itself = |when: &When| matches!(when, When::Present(wire) if *wire == row.wire);
                !group.iter().any(itself)
            };
            let groups: Vec<&[When]> = groups.iter().filter(of_others).copied().collect();
            held(table, &groups, good)
        }
        Need::Unless(groups) => vec![unheld(table, groups, good)],
    };
    bodies.iter_mut().for_each(|body| body.remove(row.wire));
    bodies
}

/// The request without this row, in every way in which it may be left out.
pub(crate) fn spared(table: &Table, row: &Field, good: &Fields) -> Vec<Fields> {
    let mut bodies = match row.need {
        Need::Required => Vec::new(),
        Need::Optional => vec![good.clone()],
        Need::When(groups) => vec![unheld(table, groups, good)],
        Need::Unless(groups) => held(table, groups, good),
    };
    bodies.iter_mut().for_each(|body| body.remove(row.wire));
    bodies
}

/// One body for each group of conditions, and for each word of its first list, so that the group holds.
fn held(table: &Table, groups: &[&[When]], good: &Fields) -> Vec<Fields> {
    let mut bodies = Vec::new();
    for group in groups {
        let words = match group[0] {
            When::Is(_, words) => words,
            When::Present(_) | When::Absent(_) => &[""],
        };
        for word in words {
            let mut body = good.clone();
            for (at, when) in group.iter().enumerate() {
                match when {
                    When::Is(wire, _) if at == 0 => body.set(wire, *word),
                    When::Is(wire, words) => body.set(wire, words[0]),
                    When::Present(wire) => put(table, wire, &mut body),
                    When::Absent(wire) => body.remove(wire),
                }
            }
            bodies.push(body);
        }
    }
    bodies
}

/// No group of conditions holds.
fn unheld(table: &Table, groups: &[&[When]], good: &Fields) -> Fields {
    let mut body = good.clone();
    for group in groups {
        match &group[0] {
            When::Is(wire, _) | When::Present(wire) => body.remove(wire),
            When::Absent(wire) => put(table, wire, &mut body),
        }
    }
    body
}

fn put(table: &Table, wire: &str, body: &mut Fields) {
    let row = table.field(wire).unwrap();
    let one_of = match row.kind {
        Kind::OneOf(values) => Some(values[0].to_owned()),
        _ => None,
    };
    if body.text(wire).is_none() {
        body.set(wire, one_of.or_else(|| another(row, "")).unwrap());
    }
}
