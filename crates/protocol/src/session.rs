//! What both Payletter gateways share: the payment session, and how answers are told from refusals.

use url::Url;

use crate::{CallError, Env, Error, Secret, wire::Fields};

/// A payment window that waits for its buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// 결제 인증 토큰. Domestic ones exceed 2^53, so this is text, in every language.
    pub session_token: String,
    /// Where to send a desktop browser.
    pub desktop_url: String,
    /// Where to send a phone.
    pub mobile_url: String,
}

impl Session {
    pub(crate) fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            session_token: fields.needed("token", "session_token")?,
            desktop_url: fields.needed("online_url", "desktop_url")?,
            mobile_url: fields.needed("mobile_url", "mobile_url")?,
        })
    }

    /// Writes the answer, for the sandbox: the token as a bare number, as the gateways do.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.push("token", crate::wire::Value::number(&self.session_token));
        fields.push("online_url", &self.desktop_url);
        fields.push("mobile_url", &self.mobile_url);
        fields
    }
}

/// Does a list tell of more rows than it has?
pub(crate) fn is_cut_short(total: Option<u64>, rows: usize) -> bool {
    let has_all = |total| usize::try_from(total).is_ok_and(|total| total <= rows);
    !total.is_none_or(has_all)
}

/// Opens an answer of either gateway.
///
/// Refusals were seen in four shapes: an error status with `{code, message}`, an error status with `{error: {..}}`, a
/// 200 with `{error: {..}}`, and a 200 with a code that is not zero.
pub(crate) fn open(status: u16, body: &[u8]) -> Result<Fields, CallError> {
    let unreadable = |error| CallError::unreadable(status, error);
    let fields = Fields::from_json(body).map_err(unreadable)?;
    let said = fields
        .object("error")
        .or_else(|| fields.object("data"))
        .unwrap_or(&fields);
    let code = said.any(&["code", "plcode"]);
    let good_code = code
        .as_deref()
        .is_none_or(|code| code.trim_start_matches('0').is_empty());
    let good_status = (200..300).contains(&status);
    if good_status && good_code && fields.object("error").is_none() {
        return Ok(fields);
    }
    if code.is_none() && said.filled("message").is_none() {
        return Err(unreadable(Error::FieldMissing {
            field: "gateway_code",
        }));
    }
    Err(CallError::Refused {
        status,
        gateway_code: code.unwrap_or_default(),
        gateway_message: said.or_empty("message"),
        detail: said.filled("detail"),
    })
}

/// The value of the `Authorization` header.
pub(crate) fn authorization(scheme: &str, key: &Secret) -> Secret {
    Secret::new([scheme, " ", key.expose()].concat())
}

/// A payment window's URL, as the gateway gave it: anywhere under payletter.com, for its window hosts are not fixed.
pub(crate) fn window_url(env: &Env, text: &str) -> Result<Url, Error> {
    env.read_url(text, |host, _| {
        host.is_none_or(|host| host.ends_with(".payletter.com"))
    })
}
