//! The three gateways on a port: `cargo run -p paypair-sandbox --example sandbox -- 8081`.

use std::net::TcpListener;

use paypair_sandbox::{Options, Sandbox, run};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind(format!(
        "127.0.0.1:{}",
        std::env::args().nth(1).as_deref().unwrap_or("8081")
    ))?;
    let base_url = format!("http://localhost:{}", listener.local_addr()?.port());
    println!("paypair sandbox: {base_url}/control/");
    run(
        Sandbox::new(Options {
            base_url,
            ..Options::default()
        }),
        listener,
    )?
    .await
}
