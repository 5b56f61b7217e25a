//! The transition table as a picture: a card for each state that lists every way out of it, and arrows for the ways most payments go.
//! Places are chosen by hand; what the cards say, and that an arrow may be drawn at all, comes from the walk.

use std::fmt::Write as _;

use paypair_ledger::State;

use super::explore::Transitions;
use super::layout::{
    ARROWS, CARD, Corners, ENDED, GROUPS, LEGEND, OPEN, PLACES, SIZE, STYLE, WORDS, class,
};

/// The picture.
pub fn picture(transitions: &Transitions) -> String {
    let (width, height) = SIZE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"t\">\n\
         <title id=\"t\">The states of an attempt, and every way from one to another</title>\n<style>{STYLE}</style>\n<defs>"
    );
    for class in ["open", "run", "paid", "back", "end", "doubt"] {
        let _ = write!(
            svg,
            "<marker id=\"{class}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
             <path class=\"{class} tip\" d=\"M0 0 10 5 0 10z\"/></marker>"
        );
    }
    let _ = writeln!(
        svg,
        "</defs>\n<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>\n\
         <text class=\"head\" x=\"{OPEN}\" y=\"46\">The states of an attempt</text>"
    );
    for (name, class, [x, y, w, h]) in GROUPS {
        let _ = writeln!(
            svg,
            "<rect class=\"{class} group\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{h}\" rx=\"14\"/>\
             <text class=\"{class} name\" x=\"{}\" y=\"{}\">{name}</text>",
            x - 12,
            w + 24,
            x + 2,
            y + 24
        );
    }
    for (from, to, corners) in ARROWS {
        let found = transitions.contains_key(&(from.as_str(), to.as_str()));
        assert!(found, "an arrow that nothing takes: {from} to {to}");
        let class = class(to);
        let _ = writeln!(
            svg,
            "<path class=\"{class} line\" d=\"{}\" marker-end=\"url(#{class})\"/>",
            rounded(corners)
        );
    }
    let mut drawn: Vec<(State, [i32; 4])> = Vec::new();
    for (state, x, y) in PLACES {
        let (card, height) = card(state, x, y, transitions);
        let apart = |(_, [left, top, _, bottom]): &(State, [i32; 4])| {
            *left != x || y >= bottom + 10 || y + height + 10 <= *top
        };
        let over = drawn.iter().find(|other| !apart(other));
        assert!(over.is_none(), "{state} is drawn over {over:?}");
        drawn.push((state, [x, y, x + CARD, y + height]));
        svg.push_str(&card);
    }
    assert!(
        State::ALL
            .iter()
            .all(|state| drawn.iter().any(|(card, _)| card == state))
    );
    for (x, y, words) in WORDS {
        let _ = writeln!(
            svg,
            "<text class=\"word\" x=\"{x}\" y=\"{y}\">{words}</text>"
        );
    }
    let mut y = 636;
    for paragraph in LEGEND {
        for line in paragraph {
            let _ = writeln!(
                svg,
                "<text class=\"note\" x=\"{ENDED}\" y=\"{y}\">{line}</text>"
            );
            y += 18;
        }
        y += 12;
    }
    svg.push_str("</svg>\n");
    svg
}

/// A state's card, and how high it is.
fn card(state: State, x: i32, y: i32, transitions: &Transitions) -> (String, i32) {
    let rows = ways_out(state, transitions);
    let class = class(state);
    let mut text = String::new();
    let mut at = y + 46;
    for (to, by) in &rows {
        let lines = named(to);
        for (no, (names, length)) in lines.iter().enumerate() {
            let _ = write!(
                text,
                "<text class=\"row\" x=\"{}\" y=\"{at}\">{names}",
                x + 14
            );
            if no + 1 < lines.len() {
                text.push_str("</text>\n");
                at += 14;
            } else if length + by.len() < 34 {
                let _ = writeln!(text, " <tspan class=\"by\" dx=\"3\">{by}</tspan></text>");
            } else {
                text.push_str("</text>\n");
                for part in wrapped(by) {
                    at += 14;
                    let left = x + 26;
                    let _ = writeln!(
                        text,
                        "<text class=\"by\" x=\"{left}\" y=\"{at}\">{part}</text>"
                    );
                }
            }
        }
        at += 17;
    }
    if rows.is_empty() {
        let _ = writeln!(
            text,
            "<text class=\"by\" x=\"{}\" y=\"{at}\">nothing leads out</text>",
            x + 14
        );
        at += 17;
    }
    let height = at - 17 + 12 - y;
    let card = format!(
        "<rect class=\"{class} card\" x=\"{x}\" y=\"{y}\" width=\"{CARD}\" height=\"{height}\" rx=\"8\"/>\
         <text class=\"{class} state\" x=\"{}\" y=\"{}\">{state}</text>\n{text}",
        x + 14,
        y + 23
    );
    (card, height)
}

/// The ways out of a state: those by the same events in one row.
fn ways_out(state: State, transitions: &Transitions) -> Vec<(Vec<State>, String)> {
    let mut rows: Vec<(Vec<State>, String)> = Vec::new();
    for &to in State::ALL.iter().filter(|to| **to != state) {
        let Some(kinds) = transitions.get(&(state.as_str(), to.as_str())) else {
            continue;
        };
        let (proven, said): (Vec<&str>, Vec<&str>) =
            kinds.iter().partition(|kind| PROVEN.contains(kind));
        let proven = (!proven.is_empty()).then_some("evidence");
        let by = proven
            .into_iter()
            .chain(said)
            .collect::<Vec<_>>()
            .join(", ");
        match rows.iter_mut().find(|(_, known)| *known == by) {
            Some((states, _)) => states.push(to),
            None => rows.push((vec![to], by)),
        }
    }
    rows
}

/// The events that carry evidence of the payment.
const PROVEN: [&str; 5] = [
    "charge_answered",
    "confirm_answered",
    "refund_accepted",
    "refund_answered",
    "sighted",
];

/// The states' names in lines that fit a card, and how long each line is.
fn named(states: &[State]) -> Vec<(String, usize)> {
    let mut lines = vec![(String::new(), 0)];
    for (no, state) in states.iter().enumerate() {
        let comma = if no + 1 < states.len() { "," } else { "" };
        let length = state.as_str().len() + 2;
        if lines.last().is_some_and(|(_, used)| used + length > 31) {
            lines.push((String::new(), 0));
        }
        if let Some((line, used)) = lines.last_mut() {
            let gap = if *used > 0 { " " } else { "" };
            let class = class(*state);
            let _ = write!(
                line,
                "{gap}<tspan class=\"{class} strong\">{state}</tspan>{comma}"
            );
            *used += length;
        }
    }
    lines
}

/// Lines that fit a card.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let room = lines.last().map_or(0, |line| line.len() + word.len());
        if room > 37 {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// A line through these corners, each of them rounded.
fn rounded(corners: &Corners) -> String {
    let mut path = String::new();
    for (at, &(x, y)) in corners.iter().enumerate() {
        let towards = |(a, b): (i32, i32)| {
            let (dx, dy) = (a - x, b - y);
            let radius = 10.min(dx.abs().max(dy.abs()) / 2);
            (x + dx.signum() * radius, y + dy.signum() * radius)
        };
        let before = at.checked_sub(1).and_then(|at| corners.get(at));
        match (before, corners.get(at + 1)) {
            (Some(before), Some(after)) => {
                let (a, b) = (towards(*before), towards(*after));
                let _ = write!(path, "L{} {}Q{x} {y} {} {}", a.0, a.1, b.0, b.1);
            }
            (None, _) => {
                let _ = write!(path, "M{x} {y}");
            }
            (Some(_), None) => {
                let _ = write!(path, "L{x} {y}");
            }
        }
    }
    path
}
