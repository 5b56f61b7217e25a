// A small merchant as they are out there: the page of Payple's manual of 2020, an auth route and a confirm of its own.
// paypair has no part in it but the script that the page loads.

import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/shell.mjs';

/**
 * Starts the merchant; `received` is what its page's callback posted for confirmation. `pages` are more pages by path.
 * Any other path takes results as forms, as a `PCD_RST_URL` does: `returned` holds them.
 */
export async function merchant(gateways, { attributes = '' } = {}) {
  const it = { received: [], confirmed: [], auths: [], called: [], returned: [], pages: {} };
  const server = createServer((request, response) => {
    answer(it, gateways, attributes, request).then(
      // Some merchants have their API on another host.
      ({ type, body }) => response.writeHead(200, { 'content-type': type, 'access-control-allow-origin': '*' }).end(body),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  it.url = `http://127.0.0.1:${server.address().port}`;
  it.api = it.url.replace('127.0.0.1', 'localhost');
  it.auth = () => authenticate(it, gateways);
  it.close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return it;
}

async function answer(it, gateways, attributes, request) {
  const html = 'text/html; charset=utf-8';
  const json = 'application/json';
  if (request.url === '/jquery.js') {
    return { type: 'text/javascript', body: readFileSync(join(root, 'node_modules/jquery/dist/jquery.min.js')) };
  }
  if (AUTH_FILES.includes(request.url)) {
    it.auths.push(await text(request));
    return { type: json, body: JSON.stringify(await it.auth()) };
  }
  if (request.url === '/pg/called') {
    it.called.push(JSON.parse(await text(request)));
    return { type: json, body: '{}' };
  }
  if (request.url === '/pg/confirm') {
    const result = JSON.parse(await text(request));
    it.received.push(result);
    return { type: json, body: JSON.stringify(await confirm(it, result)) };
  }
  if (it.pages[request.url]) return { type: html, body: it.pages[request.url] };
  if (request.method === 'POST') {
    const result = Object.fromEntries(new URLSearchParams(await text(request)));
    it.returned.push({ path: request.url, result });
    if (result.PCD_PAY_REQKEY) await confirm(it, result);
    return { type: html, body: '<!doctype html><title>결과</title><p id="returned">결과</p>' };
  }
  return { type: html, body: page(gateways, attributes) };
}

async function authenticate(it, gateways) {
  const auth = await fetch(`${gateways}/payple/php/auth.php`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', referer: `${it.url}/` },
    body: JSON.stringify({ cst_id: 'test', custKey: 'abcd1234567890' }),
  });
  return auth.json();
}

async function confirm(it, result) {
  const answer = await fetch(result.PCD_PAY_COFURL, {
    method: 'POST',
    headers: { 'content-type': 'application/json', referer: `${it.url}/` },
    body: JSON.stringify({
      PCD_CST_ID: 'test',
      PCD_CUST_KEY: 'abcd1234567890',
      PCD_AUTH_KEY: result.PCD_AUTH_KEY,
      PCD_PAY_REQKEY: result.PCD_PAY_REQKEY,
      PCD_PAYER_ID: result.PCD_PAYER_ID ?? '',
    }),
  });
  const confirmed = await answer.json();
  it.confirmed.push(confirmed);
  return confirmed;
}

/** What merchants called the file; the second is the name that the script falls back to. */
const AUTH_FILES = ['/pg/auth', '/cPayPayple/payple_payAuth.html', '/auth.php', '/payple/auth', '/payple-auth-file/'];

async function text(request) {
  let body = '';
  for await (const part of request.setEncoding('utf8')) body += part;
  return body;
}

/** The manual's page; between the marks nothing but the script's host differs from it. */
function page(gateways, attributes) {
  return `<!doctype html>
<html lang="ko">
<meta charset="utf-8">
<title>주문</title>
<script src="/jquery.js"></script>
<button id="payAction">결제하기</button>
<p id="result"></p>
<script>
var calls = [];
function getResult(res) {
    calls.push(res);
    if (res.PCD_PAY_RST !== 'success') { $('#result').text(res.PCD_PAY_RST); return; }
    $.ajax({ type: 'POST', url: '/pg/confirm', contentType: 'application/json', data: JSON.stringify(res), dataType: 'json',
        success: function (data) { $('#result').text(data.PCD_PAY_RST + ' ' + data.PCD_PAY_OID); } });
}
</script>
<!-- manual: begin -->
<script src="${gateways}/payple/js/cpay.payple.1.0.1.js"${attributes}></script> <!-- 테스트 -->

<!-- 가맹점 주문페이지 '결제하기' 버튼 액션 -->
<script>
$(document).ready( function () {
    $('#payAction').on('click', function (event) {

        var pay_work = "CERT";
        var payple_payer_id = "d0toSS9sT084bVJSNThScnFXQm9Gdz09";
        var buyer_no = "2335";
        var buyer_name = "홍길동";
        var buyer_hp = "01012345678";
        var buyer_email = "dev@payple.kr";
        var buy_goods = "휴대폰";
        var buy_total = "1000";
	var pay_istax = "";
	var pay_taxtotal = "10";
        var order_num = "test0553941001540967923";
        var is_reguler = "N";
        var pay_year = "";
        var pay_month = "";

        var obj = new Object();

        obj.PCD_CPAY_VER = "1.0.1";
        obj.PCD_PAY_TYPE = 'card';
        obj.PCD_PAY_WORK = pay_work;
	obj.PCD_CARD_VER = "02"
	/* (필수) 가맹점 인증요청 파일 (Node.JS : auth => [app.js] app.post('/pg/auth', ...) */
        obj.payple_auth_file = '/pg/auth'; // 절대경로 포함 파일명 (예: /절대경로/payple_auth_file)
	/* End : 가맹점 인증요청 파일 */

	/* 결과를 콜백 함수로 받고자 하는 경우 함수 설정 추가 */
        obj.callbackFunction = getResult;  // getResult : 콜백 함수명
        /* End : 결과를 콜백 함수로 받고자 하는 경우 함수 설정 추가 */

	/* 결과를 콜백 함수가 아닌 URL로 받고자 하는 경우 */
	obj.PCD_RST_URL = '/order_result.html';
	/* End : 결과를 콜백 함수가 아닌 URL로 받고자 하는 경우 */

        obj.PCD_PAYER_NO = buyer_no;
	obj.PCD_PAYER_NAME = buyer_name;
        obj.PCD_PAYER_HP = buyer_hp;
        obj.PCD_PAYER_EMAIL = buyer_email;
        obj.PCD_PAY_GOODS = buy_goods;
        obj.PCD_PAY_TOTAL = buy_total;
	obj.PCD_PAY_ISTAX = pay_istax;
	obj.PCD_PAY_TAXTOTAL = pay_taxtotal;
        obj.PCD_PAY_OID = order_num;
        obj.PCD_REGULER_FLAG = is_reguler;
        obj.PCD_PAY_YEAR = pay_year;
        obj.PCD_PAY_MONTH = pay_month;

        PaypleCpayAuthCheck(obj);

        event.preventDefault();
    });
});
</script>
<!-- manual: end -->
</html>`;
}
