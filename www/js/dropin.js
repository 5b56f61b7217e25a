// A shop's page from 2020: the manual's object, and a callback. Nothing here knows paypair.

function getResult(result) {
  window.paypairLast = result;
  document.dispatchEvent(new CustomEvent("payple:result", { detail: result }));
}

function manualObject() {
  var obj = new Object();

  obj.PCD_CPAY_VER = "1.0.1";
  obj.PCD_PAY_TYPE = "card";
  obj.PCD_PAY_WORK = "CERT";
  obj.PCD_CARD_VER = "02";
  obj.payple_auth_file = "/pg/auth";
  obj.callbackFunction = getResult;
  obj.PCD_RST_URL = "/order_result.html";
  obj.PCD_PAYER_NO = "2335";
  obj.PCD_PAYER_NAME = "홍길동";
  obj.PCD_PAYER_HP = "01012345678";
  obj.PCD_PAYER_EMAIL = "dev@payple.kr";
  obj.PCD_PAY_GOODS = "휴대폰";
  obj.PCD_PAY_TOTAL = "1000";
  obj.PCD_PAY_ISTAX = "";
  obj.PCD_PAY_TAXTOTAL = "10";
  obj.PCD_REGULER_FLAG = "N";
  obj.PCD_PAY_YEAR = "";
  obj.PCD_PAY_MONTH = "";

  return obj;
}

document.getElementById("payAction").addEventListener("click", function (event) {
  PaypleCpayAuthCheck(manualObject());

  event.preventDefault();
});
