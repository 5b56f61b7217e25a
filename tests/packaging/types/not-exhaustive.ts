import { createCheckout, isPaypairError, PaypairError } from 'paypair';
import type { ClientSecret, DecimalText, Order, OrderId, Outcome, OutcomeStatus, Won } from 'paypair';

function assertNever(value: never): never {
  throw new Error(String(value));
}

export function forgets(outcome: Outcome): string {
  switch (outcome.status) {
    case 'paid':
    case 'awaiting_deposit':
    case 'registered':
    case 'pending':
    case 'declined':
    case 'cancelled':
    case 'expired':
      return outcome.orderId;
    default:
      return assertNever(outcome); // error
  }
}

export const words: Record<OutcomeStatus, string> = { paid: '' }; // error

export function wrongKinds(orderId: OrderId, secret: ClientSecret, amount: DecimalText, won: Won): Order {
  const text: DecimalText = won; // error
  const id: OrderId = secret; // error
  const whole: Won = amount; // error
  console.log(text, id, whole);
  return { orderId: amount, clientSecret: secret }; // error
}

const checkout = createCheckout({ server: '/pay', environment: 'app' }); // error
checkout.pay({ orderId: 'a', clientSecret: 'cs_a' }, { deadline: '60s' }); // error
checkout.pay({ orderId: 'a', clientSecret: 'cs_a' }, { signal: new AbortController() }); // error
checkout.resume({ deadline: 60_000 }); // error
checkout.on('done', () => {}); // error
checkout.on('state', (state) => state === 'paid'); // error

export function caught(error: unknown): boolean {
  if (!isPaypairError(error)) return false;
  const own = new PaypairError('order_failed', 'sold out');
  own.code = 'order_failed'; // error
  const isPaid: boolean = own.code === 'paid'; // error
  return isPaid || error.code === 'card_declined'; // error
}
