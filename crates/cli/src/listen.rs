//! Opening ports, with an error a person can act on, and serving until a signal.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::rt;
use anyhow::{Context, Result, anyhow};

/// How long requests may go on after Ctrl-C. Waiting pages hold theirs for 25 s; they ask again by themselves.
pub(crate) const GRACE_SECONDS: u64 = 1;

/// How long the gateways' answers are waited for at the end. A call is given up after 15 s.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens one address; port 0 takes any free one.
pub(crate) fn open(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow!("{address} is taken by another program; end that one or choose another port")
        }
        _ => anyhow!(error).context(format!("cannot listen on {address}")),
    })
}

/// Opens `localhost`, which browsers look up as ::1 first and 127.0.0.1 second. A machine without IPv6 has only the latter.
pub(crate) fn open_localhost(port: u16) -> Result<(u16, Vec<TcpListener>)> {
    let v4 = open((Ipv4Addr::LOCALHOST, port).into())?;
    let port = port_of(&v4)?;
    let v6 = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), port);
    let mut listeners = vec![v4];
    match TcpListener::bind(v6) {
        Ok(listener) => listeners.push(listener),
        // Another program would answer half of the browsers.
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            return open(v6).map(|_| (port, listeners));
        }
        Err(_) => {}
    }
    Ok((port, listeners))
}

/// The port a listener got.
pub(crate) fn port_of(listener: &TcpListener) -> Result<u16> {
    Ok(listener
        .local_addr()
        .context("cannot read the port")?
        .port())
}

/// Runs the servers until Ctrl-C or SIGTERM. They must leave signals alone: `line` tells others that they may send one, so ours
/// are caught before it is printed.
pub(crate) async fn serve(servers: Vec<Server>, line: &str) -> Result<()> {
    let signal = end_signal().context("cannot catch signals")?;
    let handles: Vec<_> = servers.iter().map(Server::handle).collect();
    let running: Vec<_> = servers.into_iter().map(rt::spawn).collect();
    println!("{line}");
    signal.await;
    for handle in handles {
        handle.stop(true).await;
    }
    for server in running {
        server.await?.context("a server failed")?;
    }
    Ok(())
}

/// Waits for what should not be cut off, as long as a gateway may take to answer. A second signal ends that.
pub(crate) async fn wait_for(work: impl Future<Output = ()>) -> Result<()> {
    let signal = end_signal().context("cannot catch signals")?;
    tokio::select! {
        () = work => {}
        () = signal => tracing::warn!("ended before all was answered; what became of it is looked up at the next start"),
        () = tokio::time::sleep(PATIENCE) => tracing::warn!("a gateway did not answer before the end; what became of it is looked up at the next start"),
    }
    Ok(())
}

#[cfg(unix)]
fn end_signal() -> std::io::Result<impl Future<Output = ()>> {
    use rt::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn end_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = rt::signal::ctrl_c().await;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named() {
        let first = open((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let port = port_of(&first).unwrap();
        let error = open((Ipv4Addr::LOCALHOST, port).into()).unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&format!("127.0.0.1:{port} is taken")),
            "{error}"
        );
    }
}
