//! Which of a gateway's worlds is spoken with, and the strict reading of URLs that keys are sent to.

use url::{Host, Url};

use crate::Error;

/// A gateway's world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Env {
    /// Real money.
    Live,
    /// The gateway's own test hosts.
    Test,
    /// `paypair sandbox` on this machine.
    Sandbox {
        /// Where it stands, with the gateway's path prefix: `http://localhost:8081/payple`.
        base: Url,
    },
}

impl Env {
    /// A sandbox at this base URL, which must be on this machine.
    pub fn sandbox(base: &str) -> Result<Self, Error> {
        let base = Url::parse(base).map_err(|_| Error::UrlMalformed)?;
        Self::Sandbox { base }.checked()
    }

    /// The stable name: `live`, `test`, `sandbox`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
            Self::Sandbox { .. } => "sandbox",
        }
    }

    pub(crate) fn checked(self) -> Result<Self, Error> {
        if let Self::Sandbox { base } = &self {
            let local = match base.host() {
                Some(Host::Domain(name)) => name == "localhost",
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                None => false,
            };
            let plain = base.username().is_empty() && base.password().is_none();
            if !(local && plain && matches!(base.scheme(), "http" | "https")) {
                return Err(Error::SandboxNotLocal);
            }
        }
        Ok(self)
    }

    /// The root of the gateway's API in this world.
    pub(crate) fn root(&self, live: &str, test: &str) -> Result<Url, Error> {
        let text = match self {
            Self::Live => live,
            Self::Test => test,
            Self::Sandbox { base } => return Ok(base.clone()),
        };
        Url::parse(text).map_err(|_| Error::UrlMalformed)
    }

    /// Reads a URL that somebody else handed us and that this world may be spoken with at.
    ///
    /// `allows` sees host and path; in the sandbox the host is not asked for and the path comes without the prefix.
    pub(crate) fn read_url(
        &self,
        text: &str,
        allows: impl Fn(Option<&str>, &str) -> bool,
    ) -> Result<Url, Error> {
        // URL parsers forgive blanks and backslashes in their own ways; a gateway never sends them.
        if text
            .bytes()
            .any(|byte| byte <= b' ' || byte == b'\\' || byte == 0x7F)
        {
            return Err(Error::UrlNotAllowed);
        }
        let url = Url::parse(text).map_err(|_| Error::UrlMalformed)?;
        let bare =
            url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let at = |scheme: &str, port: Option<u16>| {
            url.scheme() == scheme && url.port_or_known_default() == port
        };
        let fits = match self {
            Self::Live | Self::Test => at("https", Some(443)) && allows(url.host_str(), url.path()),
            Self::Sandbox { base } => {
                at(base.scheme(), base.port_or_known_default())
                    && url.host_str() == base.host_str()
                    && url
                        .path()
                        .strip_prefix(base.path().trim_end_matches('/'))
                        .is_some_and(|path| allows(None, path))
            }
        };
        if bare && fits {
            Ok(url)
        } else {
            Err(Error::UrlNotAllowed)
        }
    }
}

/// Puts a path, and perhaps a query, behind a root.
pub(crate) fn join(root: &Url, path: &str, query: Option<&str>) -> Url {
    let mut url = root.clone();
    url.set_path(&[root.path().trim_end_matches('/'), path].concat());
    url.set_query(query);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_stands_on_this_machine() {
        for base in [
            "http://localhost:8081/payple",
            "http://127.0.0.1:1",
            "https://[::1]/x",
            "http://127.9.9.9/",
        ] {
            assert!(Env::sandbox(base).is_ok(), "{base}");
        }
        for base in [
            "http://localhost.evil/",
            "http://10.0.0.1/",
            "http://0.0.0.0/",
            "http://a@localhost/",
            "ftp://localhost/",
            "https://cpay.payple.kr",
            "file:///etc",
        ] {
            assert_eq!(Env::sandbox(base), Err(Error::SandboxNotLocal), "{base}");
        }
        assert_eq!(Env::sandbox("localhost"), Err(Error::UrlMalformed));
    }
}
