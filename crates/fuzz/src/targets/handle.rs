//! Whole requests, as any stranger can send them: the verifier answers each, and does nothing for it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;
use std::time::Duration;

use paypair_ledger::{SqliteStore, Timestamp};
use paypair_verifier::{
    Config, Environment, GatewayAnswer, GatewayCall, Network, NetworkError, RawRequest, Task,
    Verifier,
};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// A request as text: `METHOD PATH`, header lines, an empty line, the body.
pub(crate) fn run(data: &[u8]) {
    let world = WORLD.get_or_init(World::new);
    let Some(request) = read(data) else { return };
    let outline = format!("{request:?}");
    let answer = world.runtime.block_on(world.verifier.handle(request));
    assert!(
        answer.status < 500,
        "{outline} is answered with {}",
        answer.status
    );
    let body = String::from_utf8_lossy(&answer.body);
    assert!(
        KEYS.iter().all(|key| !body.contains(key)),
        "{outline} tells a key"
    );
    for (name, value) in answer.headers {
        assert!(
            !value.contains(['\r', '\n']),
            "{outline} breaks the header {name}"
        );
    }
    let acknowledged =
        answer.status == 200 && (body.contains(r#""code":0"#) || body.contains("<RESULT>OK"));
    assert!(
        !acknowledged,
        "{outline} was signed by nobody and is acknowledged"
    );
}

fn read(data: &[u8]) -> Option<RawRequest> {
    let mut rest = data;
    let first = line(&mut rest)?;
    let (method, path) = first.split_once(' ')?;
    let mut request = RawRequest::new(method, path);
    request.peer = Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)));
    while let Some(header) = line(&mut rest).filter(|header| !header.is_empty()) {
        if let Some((name, value)) = header.split_once(':') {
            request = request.with_header(name, value.trim());
        }
    }
    Some(request.with_body(rest))
}

fn line(rest: &mut &[u8]) -> Option<String> {
    let end = rest
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(rest.len());
    let (head, tail) = rest.split_at(end);
    let found = (!rest.is_empty()).then(|| String::from_utf8_lossy(head).into_owned());
    *rest = tail.get(1..).unwrap_or_default();
    found
}

static WORLD: OnceLock<World> = OnceLock::new();

/// One verifier over an empty store, without a network.
struct World {
    runtime: Runtime,
    verifier: Verifier<SqliteStore, Nowhere, Still>,
    _folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the store");
        let store = SqliteStore::open(folder.path().join("fuzz.db")).expect("a store");
        let config = Config::from_toml(CONFIG).expect("the configuration is right");
        let verifier = Verifier::new(config, store, Nowhere, Still).expect("a verifier");
        Self {
            runtime: Builder::new_current_thread().build().expect("a runtime"),
            verifier,
            _folder: folder,
        }
    }
}

/// There is no gateway.
struct Nowhere;

impl Network for Nowhere {
    async fn call(&self, _: GatewayCall) -> Result<GatewayAnswer, NetworkError> {
        Err(NetworkError::NotSent("there is no network".to_owned()))
    }
}

/// Time stands still, chance is always the same, and nothing runs beside the request.
struct Still;

impl Environment for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000)
    }

    fn random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }

    async fn sleep(&self, _: Duration) {}

    fn spawn(&self, _: Task) {}
}

const KEYS: [&str; 3] = [
    "abcd1234567890",
    "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=",
    "token-of-the-merchant",
];

const CONFIG: &str = r#"
public_url = "http://127.0.0.1:8080/pay"
env = "sandbox"
sandbox_url = "http://localhost:8081"
merchant_token = "token-of-the-merchant-and-no-other"
[payple]
merchant_id = "test"
merchant_key = "abcd1234567890"
[payletter]
service_name = "paypair"
[[payletter.clients]]
client_id = "pay_test"
payment_key = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA="
[payletter_global]
store_id = "PL_Merchant"
api_key = "PL_Merchant"
service_name = "paypair"
"#;
