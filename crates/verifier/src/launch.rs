//! What opens a payment window, as it is kept with the attempt and handed to the page.

use paypair_ledger::{Layout, Timestamp};
use paypair_protocol::{Secret, Session, Url};
use serde::{Deserialize, Serialize};

/// What opens the window.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Launch {
    /// The window's address.
    pub(crate) url: String,
    /// Posted there; empty means a plain GET.
    #[serde(default)]
    pub(crate) fields: Vec<(String, String)>,
    /// Whose messages the page listens to.
    #[serde(default)]
    pub(crate) message_origin: Option<String>,
}

/// A launch, what the server keeps for later, and how long both are good.
pub(crate) struct Prepared {
    pub(crate) launch: Launch,
    pub(crate) session: Secret,
    pub(crate) expires_at: Timestamp,
}

impl Prepared {
    /// Payletter's way, at home and abroad: the window is a plain address that names the session.
    pub(crate) fn of_session(session: &Session, url: Url, expires_at: Timestamp) -> Self {
        Self {
            launch: Launch {
                url: url.into(),
                fields: Vec::new(),
                message_origin: None,
            },
            session: Secret::new(session.session_token.as_str()),
            expires_at,
        }
    }
}

/// What a page asks for when it prepares.
#[derive(Clone)]
pub(crate) struct Wish {
    pub(crate) layout: Layout,
    pub(crate) device: Device,
    /// Further window fields from the page: friendly or gateway names, none of which decides about money.
    pub(crate) fields: Vec<(String, String)>,
    /// Old pages carry the billing key of a registered card; pages of the typed API have no business with one.
    pub(crate) may_name_card: bool,
}

/// What the page runs on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Device {
    #[default]
    Desktop,
    Mobile,
}

impl Device {
    /// Which of a session's two addresses fits.
    pub(crate) fn url_of(self, session: &Session) -> &str {
        match self {
            Self::Desktop => &session.desktop_url,
            Self::Mobile => &session.mobile_url,
        }
    }
}

impl Launch {
    pub(crate) fn read(launch: Option<&Secret>) -> Option<Self> {
        serde_json::from_str(launch?.expose()).ok()
    }

    pub(crate) fn to_secret(&self) -> Secret {
        Secret::new(serde_json::to_string(self).unwrap_or_default())
    }

    pub(crate) fn kind(&self) -> &'static str {
        if self.fields.is_empty() {
            "get"
        } else {
            "post"
        }
    }
}
