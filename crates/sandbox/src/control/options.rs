//! The switches of a running sandbox.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::{Malformed, back_to_page, is_from_page, read};
use crate::core::World;
use crate::core::wire::Form;
use crate::options::{RefererRule, Switches};
use crate::sandbox::Sandbox;

/// `GET /control/options`.
pub(super) async fn show(sandbox: Data<Sandbox>) -> HttpResponse {
    HttpResponse::Ok().json(sandbox.with(|world, _| world.options.switches()))
}

/// `POST /control/options`: what is named changes, all else stays. A name that is no switch changes nothing.
pub(super) async fn change(
    sandbox: Data<Sandbox>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Malformed> {
    let from_page = is_from_page(&request);
    let wanted: Map<String, Value> = if from_page {
        ticked(&Form::from_form(&body))
    } else {
        read(&body)?
    };
    let switches = sandbox.with(|world, _| turn(world, wanted))?;
    Ok(if from_page {
        back_to_page(&sandbox)
    } else {
        HttpResponse::Ok().json(switches)
    })
}

fn turn(world: &mut World, wanted: Map<String, Value>) -> Result<Switches, Malformed> {
    let mut all = serde_json::to_value(world.options.switches())?;
    if let Some(all) = all.as_object_mut() {
        all.extend(wanted);
    }
    let switches: Switches = serde_json::from_value(all)?;
    world.options.switch(switches.clone());
    Ok(switches)
}

/// A browser posts the boxes that are ticked and says nothing of the others.
fn ticked(form: &Form) -> Map<String, Value> {
    let webhook = Some(form.get("payple_webhook")).filter(|url| !url.is_empty());
    let rule = if form.get(STRICT) == "on" {
        RefererRule::Strict
    } else {
        RefererRule::Lax
    };
    let boxes = BOXES
        .iter()
        .filter(|(name, _)| *name != STRICT)
        .map(|(name, _)| ((*name).to_owned(), Value::from(form.get(name) == "on")));
    let others = [
        ("payple_referer".to_owned(), json!(rule)),
        ("payple_webhook".to_owned(), json!(webhook)),
    ];
    boxes.chain(others).collect()
}

/// The check boxes of the page, with what they say.
pub(super) fn boxes(switches: &Switches) -> Vec<(&'static str, &'static str, bool)> {
    let is_on = |name: &str| match name {
        STRICT => switches.payple_referer == RefererRule::Strict,
        "payple_partial_cancel" => switches.payple_partial_cancel,
        "payple_test_marks" => switches.payple_test_marks,
        "private_api" => switches.private_api,
        _ => switches.short_amounts,
    };
    BOXES
        .iter()
        .map(|(name, label)| (*name, *label, is_on(name)))
        .collect()
}

const STRICT: &str = "payple_referer_strict";

const BOXES: [(&str, &str); 5] = [
    (
        "payple_partial_cancel",
        "Payple: 부분 취소 허용 (테스트 계정은 원래 불가)",
    ),
    (STRICT, "Payple: Referer 엄격 검사 (AUTH0004, AUTH0007)"),
    ("payple_test_marks", "Payple: 결과 코드 앞에 [TEST] 표시"),
    (
        "private_api",
        "Payletter Global: 비공개 API에 등록된 IP로 취급",
    ),
    (
        "short_amounts",
        "Payletter Global: payamt 끝의 0 생략 (1.00 → 1)",
    ),
];
