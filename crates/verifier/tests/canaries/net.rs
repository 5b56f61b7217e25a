//! The net: everything that is printed or told, and the search for a text in it, however it is written there.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io,
    sync::{Arc, Mutex},
};

/// Everything that was printed or said, and where.
#[derive(Clone, Default)]
pub(crate) struct Net(Arc<Mutex<Vec<(String, String)>>>);

impl Net {
    /// Catches the log of the whole process from now on, and what panics print.
    pub(crate) fn listen(&self) {
        let lines = self.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(move || Line(lines.clone()))
            .init();
        let (panics, usual) = (self.clone(), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |panic| {
            panics.take("panic", panic.to_string());
            usual(panic);
        }));
    }

    pub(crate) fn take(&self, place: impl Into<String>, said: impl Into<String>) {
        self.0.lock().unwrap().push((place.into(), said.into()));
    }

    /// Where each of these texts was caught, with what stood before it. Its number is its place among them.
    pub(crate) fn search(&self, canaries: &[&[u8]]) -> Vec<Hit> {
        let forms = Forms::of(canaries);
        let mut hits = Vec::new();
        for (place, said) in self.0.lock().unwrap().iter() {
            let found = readings(said)
                .into_iter()
                .flat_map(|text| forms.find(&text));
            let mut found: Vec<(usize, String)> = found.collect();
            found.sort();
            found.dedup_by_key(|(canary, _)| *canary);
            hits.extend(found.into_iter().map(|(canary, before)| Hit {
                canary,
                place: place.clone(),
                before,
            }));
        }
        hits
    }

    /// How often one text was caught.
    pub(crate) fn caught(&self, canary: &str) -> usize {
        self.search(&[canary.as_bytes()]).len()
    }

    /// All that was said there.
    pub(crate) fn said(&self, place: &str) -> Vec<String> {
        let net = self.0.lock().unwrap();
        let of_place = net.iter().filter(|(of, _)| of.starts_with(place));
        of_place.map(|(_, said)| said.clone()).collect()
    }

    /// How many bytes, in places that begin so.
    pub(crate) fn size(&self, place: &str) -> usize {
        let net = self.0.lock().unwrap();
        let of_place = net.iter().filter(|(of, _)| of.starts_with(place));
        of_place.map(|(_, said)| said.len()).sum()
    }

    /// How often this was said there.
    pub(crate) fn count(&self, place: &str, part: &str) -> usize {
        let net = self.0.lock().unwrap();
        let fits = |(of, said): &&(String, String)| of.starts_with(place) && said.contains(part);
        net.iter().filter(fits).count()
    }
}

/// A text that was caught.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) canary: usize,
    pub(crate) place: String,
    /// What stands before it; itself it is not printed.
    pub(crate) before: String,
}

/// Every form of every text, by its beginning: all of them are looked for at once.
struct Forms {
    by_start: HashMap<[u8; SHORTEST], Vec<(usize, String)>>,
    /// Whether any form begins with these two bytes: most places in a text are passed over by that.
    pairs: Vec<bool>,
}

/// No form is shorter.
const SHORTEST: usize = 8;

impl Forms {
    fn of(canaries: &[&[u8]]) -> Self {
        let mut by_start = HashMap::<_, Vec<_>>::new();
        let mut pairs = vec![false; 1 << 16];
        for (nth, canary) in canaries.iter().enumerate() {
            for form in forms(canary) {
                let start = *form.as_bytes().first_chunk().unwrap();
                pairs[pair(&start)] = true;
                by_start.entry(start).or_default().push((nth, form));
            }
        }
        Self { by_start, pairs }
    }

    fn find(&self, text: &str) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (at, start) in text.as_bytes().windows(SHORTEST).enumerate() {
            if !self.pairs[pair(start)] {
                continue;
            }
            for (nth, form) in self.by_start.get(start).into_iter().flatten() {
                if text.as_bytes()[at..].starts_with(form.as_bytes()) {
                    let before: Vec<char> = text[..at].chars().rev().take(120).collect();
                    found.push((*nth, before.into_iter().rev().collect()));
                }
            }
        }
        found
    }
}

fn pair(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) << 8 | usize::from(bytes[1])
}

/// One line of the log at a time.
struct Line(Net);

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let said = String::from_utf8_lossy(bytes);
        // The gateways of here print where they call back, as they may; theirs is not our log.
        let of_gateways = said.contains(" paypair_sandbox::");
        let place = if of_gateways { "gateways' log" } else { "log" };
        self.0.take(place, said);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A text as it is, and as it may be written where bytes are not shown as text: base64 at each place in a longer text, both alphabets,
/// without the ends that depend on its neighbours; hexadecimal; a list of bytes.
fn forms(canary: &[u8]) -> Vec<String> {
    let mut forms = Vec::new();
    forms.extend(std::str::from_utf8(canary).ok().map(str::to_owned));
    let mut hex = String::new();
    for byte in canary {
        let _ = write!(hex, "{byte:02x}");
    }
    forms.push(hex.to_ascii_uppercase());
    forms.push(hex);
    let list = canary.iter().map(u8::to_string).collect::<Vec<_>>();
    forms.push(list.join(", "));
    forms.push(list.join(","));
    for shift in 0..3 {
        let whole = canary.len().saturating_sub((3 - shift) % 3);
        let start = canary.len() - whole;
        let core = base64(&canary[start..start + whole / 3 * 3]);
        forms.push(core.replace('+', "-").replace('/', "_"));
        forms.push(core);
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms.sort();
    forms.dedup();
    forms
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks_exact(3) {
        let bits = three
            .iter()
            .fold(0, |bits, byte| bits << 8 | u32::from(*byte));
        for shift in [18, 12, 6, 0] {
            text.push(char::from(LETTERS[(bits >> shift & 63) as usize]));
        }
    }
    text
}

/// What was said, and what it says once its escapes are undone, one within the other.
fn readings(said: &str) -> Vec<String> {
    let mut readings = vec![said.to_owned()];
    for _ in 0..2 {
        for reading in readings.clone() {
            for undo in [percent, backslash] {
                let undone = undo(&reading);
                if !readings.contains(&undone) {
                    readings.push(undone);
                }
            }
        }
    }
    readings
}

/// Without percent-encoding.
fn percent(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, others @ ..] = rest {
        let code = others
            .get(..2)
            .and_then(|two| std::str::from_utf8(two).ok());
        let code = code.and_then(|two| u8::from_str_radix(two, 16).ok());
        match code.filter(|_| *first == b'%') {
            Some(byte) => (bytes.push(byte), rest = &others[2..]).1,
            None => (bytes.push(*first), rest = others).1,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Without the escapes of JSON (`\u00e9`) and of Rust (`\u{e9}`, `\x2e`).
fn backslash(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = match part.strip_prefix("u{") {
            Some(braced) => braced.split_once('}'),
            None if part.starts_with('u') => part.get(1..5).zip(part.get(5..)),
            None if part.starts_with('x') => part.get(1..3).zip(part.get(3..)),
            None => None,
        };
        let letter = code.and_then(|(digits, rest)| {
            let code = u32::from_str_radix(digits, 16).ok()?;
            Some((char::from_u32(code)?, rest))
        });
        match letter {
            Some((letter, rest)) => {
                plain.push(letter);
                plain.push_str(rest);
            }
            None => plain.push_str(part),
        }
    }
    plain
}

/// The control: no way of writing that we know of slips through, and a neighbour is not taken for it.
#[test]
fn the_net_catches_a_text_however_it_is_written() {
    let (canary, name) = ("searchkeycanary7", "노란카나리아");
    let bytes = |around: &str| format!("{around}{canary}{around}").into_bytes();
    let escaped: String = name
        .encode_utf16()
        .map(|unit| format!("\\u{unit:04x}"))
        .collect();
    let percent: String = canary.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let in_a_form = "%EB%85%B8%EB%9E%80%EC%B9%B4%EB%82%98%EB%A6%AC%EC%95%84";
    for (what, text, said) in [
        ("as it is", canary, format!("key={canary}&")),
        ("in a form", name, format!("name={in_a_form}&a=1")),
        ("percent", canary, percent.clone()),
        ("percent twice", canary, percent.replace('%', "%25")),
        ("JSON", name, format!("{{\"name\":\"{escaped}\"}}")),
        ("JSON in JSON", name, escaped.replace('\\', "\\\\")),
        ("Debug", name, format!("\"{}\"", name.escape_unicode())),
        ("bytes", canary, format!("{:?}", bytes("a"))),
        (
            "bytes in JSON",
            canary,
            serde_json::to_string(&bytes("")).unwrap(),
        ),
        ("base64", canary, "c2VhcmNoa2V5Y2FuYXJ5Nw%3D%3D".to_owned()),
        (
            "base64, later",
            canary,
            "YXNlYXJjaGtleWNhbmFyeTdh".to_owned(),
        ),
        (
            "base64, later still",
            canary,
            "YWFzZWFyY2hrZXljYW5hcnk3YWE=".to_owned(),
        ),
        (
            "hexadecimal",
            canary,
            "7365617263686B657963616E61727937".to_owned(),
        ),
    ] {
        let net = Net::default();
        net.take("log", said.clone());
        assert_eq!(net.caught(text), 1, "{what}: {said}");
        assert_eq!(net.caught("neighbourcanary7"), 0, "{what}");
    }
}
