//! Payment links: made by the merchant's server, opened by anybody. Their payments are told by webhook alone.

use jiff::Timestamp;
use paypair_protocol::{Currency, Money, payple};

use super::calls::{broken, flag, granted};
use super::core::{LINK_KEY, Link, Purpose, Window};
use super::messages::Said;
use crate::core::clock::{compact, korean};
use crate::core::wire::{Form, Json};
use crate::core::{Answer, Gateway, World};

/// `POST /php/link/api/LinkRegAct.php?ACT_=LINKREG`.
pub(crate) fn register(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    world
        .book
        .note(Gateway::Payple, Purpose::Link.path(), now, None);
    if let Err((_, text)) = granted(world, now, form, Purpose::Link) {
        return refused(text);
    }
    if let Some(fault) = form.broken_rule(&payple::LinkRequest::TABLE) {
        return refused(&broken(&fault));
    }
    let expires_at = Some(form.text("PCD_LINK_EXPIREDATE")).filter(|hour| !hour.is_empty());
    let link = Link {
        form: form.clone(),
        expires_at,
    };
    if link.is_over(now) {
        return refused("PCD_LINK_EXPIREDATE: 이미 지난 시각입니다.");
    }
    let key = format!("L{}", world.seed.digits(15));
    let url = format!("{}/payple/link/{key}", world.options.base_url);
    world.payple.links.insert(key.clone(), link);
    let answer = Json::default()
        .text("PCD_LINK_RST", "success")
        .text("PCD_LINK_MSG", "링크생성완료")
        .text("PCD_PAY_TYPE", form.get("PCD_PAY_TYPE"))
        .text("PCD_PAY_GOODS", form.get("PCD_PAY_GOODS"))
        .raw("PCD_PAY_TOTAL", &total(form).to_wire())
        .text("PCD_REGULER_FLAG", flag(form, "PCD_REGULER_FLAG"))
        .text("PCD_PAY_YEAR", form.get("PCD_PAY_YEAR"))
        .text("PCD_PAY_MONTH", form.get("PCD_PAY_MONTH"))
        .text("PCD_TAXSAVE_RST", flag(form, "PCD_TAXSAVE_FLAG"))
        .text("PCD_LINK_KEY", &key)
        .text("PCD_LINK_URL", &url)
        .text("PCD_LINK_MEMO", form.get("PCD_LINK_MEMO"));
    Answer::php(answer)
}

fn refused(text: &str) -> Answer {
    let answer = Json::default()
        .text("PCD_LINK_RST", "error")
        .text("PCD_LINK_MSG", text);
    Answer::php(answer)
}

fn total(form: &Form) -> Money {
    Money::parse(form.get("PCD_PAY_TOTAL"), &Currency::KRW).unwrap_or_default()
}

impl Link {
    fn is_over(&self, now: Timestamp) -> bool {
        let hour = korean(now).strftime("%Y%m%d%H").to_string();
        self.expires_at.as_ref().is_some_and(|last| hour > *last)
    }
}

/// What somebody who opens a link sees.
pub(crate) enum Opened {
    Window(Window),
    /// Card or account: the buyer chooses first.
    Choice {
        goods: String,
        total: Money,
    },
}

/// `GET /link/{key}`. A link is good for any number of payments, each with an order id of its own.
pub(crate) fn open(
    world: &mut World,
    now: Timestamp,
    key: &str,
    chosen: &str,
) -> Result<Opened, Said> {
    let link = world.payple.links.get(key).cloned();
    let link = link.ok_or(("", "존재하지 않는 결제 링크입니다."))?;
    if link.is_over(now) {
        return Err(("", "기간이 지난 결제 링크입니다."));
    }
    let total = total(&link.form);
    let offered = link.form.get("PCD_PAY_TYPE");
    let method = if offered.contains('+') {
        chosen
    } else {
        offered
    };
    if !matches!(method, "card" | "transfer") {
        let goods = link.form.text("PCD_PAY_GOODS");
        return Ok(Opened::Choice { goods, total });
    }
    let form = [
        "PCD_PAY_GOODS",
        "PCD_PAY_TOTAL",
        "PCD_CARD_VER",
        "PCD_PAY_ISTAX",
    ]
    .into_iter()
    .chain(["PCD_PAY_TAXTOTAL", "PCD_TAXSAVE_FLAG"])
    .fold(Form::default(), |form, name| {
        form.with(name, link.form.get(name))
    })
    .with("PCD_PAY_TYPE", method)
    .with("PCD_PAY_WORK", "PAY")
    .with(LINK_KEY, key);
    let window = Window {
        id: format!("w{}{}", compact(now), world.seed.digits(12)),
        order_id: format!("test{}{}", compact(now), world.seed.digits(6)),
        total,
        origin: None,
        host: format!("{}/payple", world.options.base_url),
        auth_key: String::new(),
        authorised_at: now,
        done: false,
        form,
    };
    let id = window.id.clone();
    world.payple.windows.insert(id, window.clone());
    Ok(Opened::Window(window))
}
