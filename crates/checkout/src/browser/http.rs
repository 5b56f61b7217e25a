//! Calls to the verifier.

use alloc::string::String;

use js_sys::JSON;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::trouble::Trouble;
#[cfg(not(feature = "full"))]
use super::{ears::page, js};

/// The verifier as this page sees it.
#[derive(Debug)]
pub(crate) struct Server {
    /// Its mount, without a slash at the end.
    pub(crate) mount: String,
    /// Language of its sentences.
    pub(crate) locale: String,
}

/// An order and what opens it.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Server {
    /// Asks about one order; `body` makes it a POST.
    pub(crate) async fn about(
        &self,
        order: &Order,
        what: &str,
        body: Option<&JsValue>,
    ) -> Result<JsValue, Trouble> {
        let id: String = js_sys::encode_uri_component(&order.id).into();
        let url = [&self.mount, "/orders/", &id, what].concat();
        self.ask(&url, Some(&order.secret), body).await
    }

    /// One call, one JSON answer.
    pub(crate) async fn ask(
        &self,
        url: &str,
        secret: Option<&str>,
        body: Option<&JsValue>,
    ) -> Result<JsValue, Trouble> {
        let body = body
            .map(JSON::stringify)
            .transpose()
            .map_err(|_| Trouble::unreadable())?;
        let response = send(url, secret, body.map(JsValue::from))
            .await
            .map_err(|_| Trouble::unreachable())?;
        let answer = json(&response).await;
        match answer {
            Ok(answer) if response.ok() => Ok(answer),
            Ok(answer) => Err(Trouble::read(&answer, &self.locale)),
            // A proxy's page about a server that is down is not an answer of the server.
            Err(_) if response.status() >= 500 => Err(Trouble::unreachable()),
            Err(_) => Err(Trouble::unreadable()),
        }
    }
}

/// The body as JSON, whatever the status.
pub(crate) async fn json(response: &Response) -> Result<JsValue, JsValue> {
    JsFuture::from(response.json()?).await
}

/// The typed API's request.
#[cfg(feature = "full")]
async fn send(
    url: &str,
    secret: Option<&str>,
    body: Option<JsValue>,
) -> Result<Response, gloo_net::Error> {
    use gloo_net::http::Request;

    let request = if body.is_some() {
        Request::post(url)
    } else {
        Request::get(url)
    };
    let request = match secret {
        Some(secret) => request.header(SECRET, secret),
        None => request,
    };
    let response = match body {
        Some(body) => {
            request
                .header("content-type", "application/json")
                .body(body)?
                .send()
                .await?
        }
        None => request.send().await?,
    };
    Ok(response.into())
}

/// The drop-in's request: the same by `fetch` itself, which is four kilobytes less to download.
#[cfg(not(feature = "full"))]
async fn send(url: &str, secret: Option<&str>, body: Option<JsValue>) -> Result<Response, JsValue> {
    let headers = js::object([]);
    let init = web_sys::RequestInit::new();
    init.set_headers(&headers);
    if let Some(secret) = secret {
        js::set(&headers, SECRET, &secret.into());
    }
    if let Some(body) = body {
        js::set(&headers, "content-type", &"application/json".into());
        init.set_method("POST");
        init.set_body(&body);
    }
    JsFuture::from(page().fetch_with_str_and_init(url, &init))
        .await?
        .dyn_into()
}

const SECRET: &str = "paypair-client-secret";
