//! The merchant's own server: it is told of events and asked for prices.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

/// Everything that came.
#[derive(Clone)]
pub(crate) struct Merchant {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
}

#[derive(Clone)]
pub(crate) struct Heard {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Heard {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(HeaderValue::to_str);
        value.unwrap_or(Ok("")).unwrap()
    }
}

impl Merchant {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let merchant = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            heard: Arc::default(),
        };
        let server = merchant.clone();
        std::thread::spawn(move || {
            let server = HttpServer::new(move || {
                let server = server.clone();
                let take = move |request: HttpRequest, body: String| {
                    server.take(&request, body);
                    let price = json!({ "amount": "10000", "customerId": "1001" });
                    async move { HttpResponse::Ok().json(price) }
                };
                App::new().default_service(web::to(take))
            });
            let server = server.workers(1).disable_signals().listen(listener);
            actix_web::rt::System::new().block_on(server.unwrap().run())
        });
        merchant
    }

    fn take(&self, request: &HttpRequest, body: String) {
        let pair = |(name, value): (
            &actix_web::http::header::HeaderName,
            &actix_web::http::header::HeaderValue,
        )| {
            let name = HeaderName::from_bytes(name.as_str().as_bytes()).unwrap();
            (name, HeaderValue::from_bytes(value.as_bytes()).unwrap())
        };
        self.heard.lock().unwrap().push(Heard {
            path: request.uri().to_string(),
            headers: request.headers().iter().map(pair).collect(),
            body,
        });
    }

    /// What came to paths that begin so, oldest first.
    pub(crate) fn heard(&self, path: &str) -> Vec<Heard> {
        let heard = self.heard.lock().unwrap();
        let fits = |one: &&Heard| one.path.starts_with(path);
        heard.iter().filter(fits).cloned().collect()
    }
}
