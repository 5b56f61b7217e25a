//! Who is at the till: a random cookie. `SameSite=Lax`, as shops have it, so that the gateways' form posts arrive without it.

use actix_web::HttpRequest;
use actix_web::http::header;

const NAME: &str = "shop_session";

/// One browser.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Session(String);

impl Session {
    /// The session of a request, if it has one.
    pub(super) fn of(request: &HttpRequest) -> Option<Self> {
        let cookies = request.headers().get(header::COOKIE)?.to_str().ok()?;
        let value = cookies
            .split("; ")
            .find_map(|cookie| cookie.strip_prefix(NAME)?.strip_prefix('='))?;
        let ours = value.len() == 32 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        ours.then(|| Self(value.to_owned()))
    }

    /// A new browser.
    pub(super) fn new() -> Self {
        Self(random_text(32))
    }

    /// The header that makes the browser remember.
    pub(super) fn cookie(&self) -> (header::HeaderName, String) {
        (
            header::SET_COOKIE,
            format!("{NAME}={}; Path=/; HttpOnly; SameSite=Lax", self.0),
        )
    }

    /// The shop's number for this customer: digits only, ten of them, which every gateway takes.
    pub(super) fn customer_id(&self) -> String {
        let number = u64::from_str_radix(&self.0[..12], 16).unwrap_or_default();
        format!("1{:09}", number % 1_000_000_000)
    }
}

/// Unguessable hexadecimal digits.
pub(super) fn random_text(digits: usize) -> String {
    let mut bytes = vec![0; digits.div_ceil(2)];
    // Without random bytes there are no sessions; a demo may stop at that.
    getrandom::fill(&mut bytes).expect("the system has random bytes");
    let mut text = hex::encode(bytes);
    text.truncate(digits);
    text
}
