//! A gateway is believed to be one by its certificate, before it is told anything.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread::JoinHandle,
    time::Duration,
};

use paypair_verifier::{GatewayCall, HttpNetwork, Network, NetworkError, Reach};
use reqwest::Client;
use url::Url;

/// Of nobody: for `localhost`, signed by itself, good from 2020 to 2119. Nobody has its key any more.
const CERTIFICATE: &str = "\
3082014f3081f6a003020102020101300a06082a8648ce3d04030230143112301006035504030c096c6f63616c686f73743020170d3230\
303130313030303030305a180f32313230303130313030303030305a30143112301006035504030c096c6f63616c686f73743059301306\
072a8648ce3d020106082a8648ce3d03010703420004c441025bf8ca2e91057d5b472933002a2bc75a76c5dd257995551294d592d1cbfd\
b4fa7fa8be46ffb89f30a38d45f20d2560a17b2b9e25395588014640144feaa337303530140603551d11040d300b82096c6f63616c686f\
7374301d0603551d0e041604145bb600d12064462fc8cc77dc4489adeb73979143300a06082a8648ce3d0403020348003045022100ca79\
6ece2e47b0bb98565b6a67a89a9f32d16ca02658b4ddca6e1ff06cbf9b1002200203806bb1c0bab5df8e658db32df4cf14892e91188e95\
bc3f04a52b292dc814";

/// Kinds of TLS records.
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

/// With its length in front, in three bytes.
fn sized(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&length[1..], body].concat()
}

/// A handshake message.
fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &sized(body)].concat()
}

/// What a TLS 1.2 server says first, up to where a client has to decide whether it goes on.
fn first_flight() -> Vec<u8> {
    let certificate = hex::decode(CERTIFICATE).unwrap();
    // TLS 1.2, a random, no session, ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, and the extended master secret.
    let hello = [
        &[3, 3][..],
        &[7; 32],
        &[0, 0xc0, 0x2b, 0, 0, 4, 0, 0x17, 0, 0],
    ]
    .concat();
    // A point of x25519 and what would be its signature: who does not look at the certificate does not look at it either.
    let exchange = [&[3, 0, 0x1d, 32][..], &[9; 32], &[4, 3, 0, 4, 1, 2, 3, 4]].concat();
    let said = [
        message(2, &hello),
        message(11, &sized(&sized(&certificate))),
        message(12, &exchange),
        message(14, &[]),
    ]
    .concat();
    let length = u16::try_from(said.len()).unwrap().to_be_bytes();
    [&[HANDSHAKE, 3, 3][..], &length, &said].concat()
}

/// Reads a record and gives its kind; nothing when nothing more comes.
fn record(connection: &mut TcpStream) -> Option<u8> {
    let mut head = [0; 5];
    connection.read_exact(&mut head).ok()?;
    let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    connection.read_exact(&mut body).ok()?;
    Some(head[0])
}

/// Somebody in a gateway's place with a certificate of his own making; and what he hears after he has shown it.
fn impostor() -> (Url, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        assert_eq!(record(&mut connection), Some(HANDSHAKE), "a client's hello");
        connection.write_all(&first_flight()).unwrap();
        // Nothing more is said: a client that believes it waits here until its time is up.
        std::iter::from_fn(|| record(&mut connection)).collect()
    });
    let url = Url::parse(&format!("https://localhost:{port}/php/auth.php")).unwrap();
    (url, heard)
}

/// Attack: whoever the name leads to answers by TLS, with a certificate that nobody vouches for.
#[tokio::test]
async fn a_gateway_that_nobody_vouches_for_is_told_nothing() {
    let (url, heard) = impostor();
    let network = HttpNetwork::new(Reach::Loopback).unwrap();
    let call = GatewayCall::post(url, "text/plain", b"key".to_vec(), Duration::from_secs(5))
        .with_header("authorization", "PLKEY of-ours");
    match network.call(call).await {
        Err(NetworkError::NotSent(why)) => assert!(why.contains("certificate"), "{why}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(heard.join().unwrap(), [ALERT], "only that this is the end");

    // The control: a client that looks at no certificate goes on with the very same server.
    let (url, heard) = impostor();
    let credulous = Client::builder()
        .no_proxy()
        .tls_danger_accept_invalid_certs(true)
        .timeout(Duration::from_secs(1));
    let call = credulous.build().unwrap().post(url).send();
    assert!(call.await.is_err(), "nobody answers");
    assert_eq!(heard.join().unwrap()[0], HANDSHAKE, "its half of the key");
}
