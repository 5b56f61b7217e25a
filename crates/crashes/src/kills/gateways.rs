//! The gateways: the sandbox's core behind real HTTP, in the harness's own process, so that it sees each call come in and go out.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use paypair_sandbox::{Answered, Call};

use super::point::{Op, Point, Progress};
use super::world::{World, lock};

/// How long a gateway takes, at most, in milliseconds.
const LATENCY: u64 = 8;

/// Gateways that serve until they are dropped.
pub(super) struct Gateways {
    server: ServerHandle,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Gateways {
    /// Serves on a thread of its own.
    pub(super) fn serve(world: Arc<World>, listener: TcpListener) -> std::io::Result<Self> {
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let work = async move {
                let world = Data::from(world);
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(world.clone())
                        .default_service(web::to(answer))
                });
                let server = server
                    .workers(1)
                    .disable_signals()
                    .shutdown_timeout(0)
                    .listen(listener)?
                    .run();
                let _ = tell.send(server.handle());
                server.await
            };
            // What it ends with, the calls that find nobody tell.
            let _ = actix_web::rt::System::new().block_on(work);
        });
        let server = told.recv().map_err(std::io::Error::other)?;
        Ok(Self {
            server,
            thread: Some(thread),
        })
    }
}

impl Drop for Gateways {
    fn drop(&mut self) {
        // The command is sent by this call; its future only waits for the end, and so does the thread.
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One call of the program.
async fn answer(world: Data<World>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let path = request.uri().to_string();
    let op = Op::of(&path);
    let reached = |progress| {
        if let Some(op) = op {
            world.killer.reached(Point::Call(op, progress));
        }
    };
    let caller = world.killer.number();
    if op.is_some_and(|op| op != Op::LookUp) {
        world.calls.fetch_add(1, Relaxed);
    }
    reached(Progress::Arrived);
    let latency = world.dice().below(LATENCY);
    actix_web::rt::time::sleep(Duration::from_millis(latency / 2)).await;
    // The caller may be dead by now. Then the request was on the wire, and arrives or does not.
    if world.killer.is_over(caller) && world.dice().coin() {
        return HttpResponse::BadGateway().finish();
    }
    let answered = act(&world, &request, &path, &body);
    note_deletion(&world, op, &body, &answered);
    reached(Progress::Done);
    actix_web::rt::time::sleep(Duration::from_millis(latency.div_ceil(2))).await;
    reached(Progress::Answered);
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::BAD_GATEWAY);
    HttpResponse::build(status)
        .content_type("application/json")
        .body(answered.body)
}

fn act(world: &World, request: &HttpRequest, path: &str, body: &[u8]) -> Answered {
    let header = |name: &str| request.headers().get(name)?.to_str().ok();
    let (mut machine, now) = world.machine();
    machine.call(
        now,
        &Call {
            method: request.method().as_str(),
            path,
            referer: header("referer"),
            authorization: header("authorization").unwrap_or_default(),
            content_type: header("content-type").unwrap_or_default(),
            body,
        },
    )
}

/// Remembers which order's billing key is gone: the money book does not hold it.
fn note_deletion(world: &World, op: Option<Op>, body: &[u8], answered: &Answered) {
    let answer = String::from_utf8_lossy(&answered.body);
    if op == Some(Op::DeleteKey) && answer.contains("\"success\"") {
        let asked = String::from_utf8_lossy(body);
        let keys = lock(&world.keys);
        let of = keys.iter().find(|(_, key)| asked.contains(key.as_str()));
        lock(&world.keys_gone).extend(of.map(|(order, _)| order.clone()));
    }
}
