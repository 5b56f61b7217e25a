// What the gateways' windows do by script: answer the page that opened them, and leave.
'use strict';

const { message, origin, atOnce, resizeOrigin } = document.body.dataset;
const framed = window.parent !== window;
const listener = framed ? window.parent : window.opener;

function say(text) {
  const place = document.querySelector('.word p');
  if (place) place.textContent = text;
}

function handBack() {
  const form = document.getElementById('handback');
  if (form) return form.submit();
  if (message === undefined) return;
  if (!listener) return say('이 창을 연 페이지를 찾을 수 없습니다. 창을 닫고 주문 내역을 확인해주세요.');
  listener.postMessage(JSON.parse(message), origin);
  if (!framed) setTimeout(() => window.close(), 50);
}

if (atOnce !== undefined) handBack();
document.getElementById('close')?.addEventListener('click', handBack);

// A window in a layer tells its size once.
if (framed && resizeOrigin) {
  const { scrollWidth: width, scrollHeight: height } = document.documentElement;
  window.parent.postMessage({ type: 'resize', width, height }, resizeOrigin);
}

// One press is enough. The button keeps its value until the form has been read.
for (const form of document.querySelectorAll('form')) {
  form.addEventListener('submit', () => {
    setTimeout(() => form.querySelectorAll('button').forEach((button) => (button.disabled = true)));
  });
}
// A page that comes back from the cache must be usable again.
window.addEventListener('pageshow', (event) => {
  if (event.persisted) document.querySelectorAll('button').forEach((button) => (button.disabled = false));
});
