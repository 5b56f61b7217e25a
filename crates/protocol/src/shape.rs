//! What dates, times, URLs and addresses look like. Only the shape: nothing here resolves or connects.

fn two_digits(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}

pub(crate) fn is_date(value: &[u8]) -> bool {
    let &[a, b, c, d, m1, m2, d1, d2] = value else {
        return false;
    };
    let year = two_digits(a, b).zip(two_digits(c, d));
    let month = two_digits(m1, m2).is_some_and(|month| (1..=12).contains(&month));
    let day = two_digits(d1, d2).is_some_and(|day| (1..=31).contains(&day));
    year.is_some() && month && day
}

pub(crate) fn is_time(value: &[u8]) -> bool {
    let &[h1, h2, m1, m2] = value else {
        return false;
    };
    two_digits(h1, h2).is_some_and(|hour| hour < 24)
        && two_digits(m1, m2).is_some_and(|minute| minute < 60)
}

pub(crate) fn is_url(value: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| {
        value.starts_with(scheme)
            && value.len() > scheme.len()
            && value.bytes().all(|byte| byte > b' ' && byte != 0x7F)
    })
}

pub(crate) fn is_email(value: &[u8]) -> bool {
    let at = value.iter().filter(|byte| **byte == b'@').count();
    at == 1
        && value.first() != Some(&b'@')
        && value.last() != Some(&b'@')
        && value.iter().all(|byte| *byte > b' ' && *byte != 0x7F)
}

pub(crate) fn is_ip(value: &[u8]) -> bool {
    let dots = value.iter().filter(|byte| **byte == b'.').count();
    let four = dots == 3
        && value
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.');
    let six = value.contains(&b':')
        && value
            .iter()
            .all(|byte| byte.is_ascii_hexdigit() || *byte == b':' || *byte == b'.');
    four || six
}
