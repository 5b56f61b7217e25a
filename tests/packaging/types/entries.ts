// Every other entry, as a merchant imports it. The same file is read as a module and as CommonJS.
import { createCheckout, isPaypairError, paypleObject, PaypairError } from 'paypair/slim';
import type { Checkout, CoreSource, Outcome } from 'paypair/slim';
import { loadReader } from 'paypair/server';
import type { Callback, Notice, Reader, Returned, Wrong } from 'paypair/server';
import { startSandbox } from 'paypair/sandbox';
import type { Book, FaultName, Sandbox } from 'paypair/sandbox';
import type { PaypleObject, PaypleResult } from 'paypair/cpay';

export async function slim(wasm: CoreSource): Promise<Outcome | null> {
  const checkout: Checkout = createCheckout({ server: '/pay', wasm });
  createCheckout({ server: '/pay', wasm: new URL('https://shop.example/core.wasm') });
  createCheckout({ server: '/pay', wasm: new Uint8Array(8) });
  const object: Record<string, string> = await paypleObject({ method: 'card' });
  if (object.PCD_PAY_TYPE !== 'card') throw new PaypairError('name_unknown', 'not a card');
  return checkout.resume();
}

export async function server(body: ArrayBuffer, key: string): Promise<string> {
  const reader: Reader = await loadReader();
  const wrong: Wrong[] = reader.check('payple', { method: 'card' });
  const came: Returned = reader.readReturn('payletter', body);
  if (wrong.length > 0) return wrong[0]!.message.ko;
  try {
    const callback: Callback = reader.verifyCallback(body, key);
    const notice: Notice = reader.verifyNotice('storeid=a', key, 'token_only');
    const covered: boolean = callback.proven.includes('amount');
    return `${callback.orderId}${notice.event}${covered}${came.says}`;
  } catch (error) {
    return isPaypairError(error) ? error.code : '';
  }
}

export async function sandbox(): Promise<string> {
  const running: Sandbox = await startSandbox({ seed: 7, clock: '2026-11-21T09:00:00+09:00' });
  const fault: FaultName = 'callback_twice';
  await running.script({ gateway: 'payple', faults: [fault, { name: 'slow_confirm', seconds: 3 }], times: 1 });
  const [delivery] = await running.deliver('payletter', 'o-1');
  const book: Book = await running.book();
  await running.setOptions({ private_api: false });
  await running.close();
  return `${delivery?.acknowledged}${book.payments[0]?.order_id}${running.gateways.payletter_global}`;
}

export function dropIn(): void {
  const object: PaypleObject = { payple_auth_file: '/auth', callbackFunction: (result: PaypleResult) => result.PCD_PAY_RST };
  void window.PaypleCpayAuthCheck(object);
  void PaypleCpayAuthCheck(object);
  void PaypleCpayPopup(object, 'https://gateway.example/index.php');
  MainBodyAction('close');
}
