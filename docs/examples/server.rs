use actix_web::{App, HttpServer, Responder, web};
use paypair_protocol::Gateway;
use paypair_verifier::{ApiError, NewCustomer, NewOrder, Verifier, scope};

async fn order(verifier: web::Data<Verifier>) -> Result<impl Responder, ApiError> {
    let buyer = NewCustomer::of("customer-7");
    let lamp = NewOrder::payment(Gateway::Payple, "card", "10000", "달항아리 조명", buyer);
    Ok(web::Json(verifier.register(lamp).await?)) // order id and client secret, for the page
}

pub async fn run(verifier: Verifier, port: u16) -> std::io::Result<()> {
    let app = move || {
        let shop = App::new().app_data(web::Data::new(verifier.clone()));
        shop.service(scope("/pay", verifier.clone()))
            .route("/api/orders", web::post().to(order))
    };
    HttpServer::new(app).bind(("127.0.0.1", port))?.run().await
}
