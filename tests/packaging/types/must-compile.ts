import { createCheckout, isPaypairError } from 'paypair';
import type { Outcome } from 'paypair';

const checkout = createCheckout({ server: '/pay', locale: 'ko', layout: 'auto' });

export async function buy(): Promise<string> {
  try {
    const outcome: Outcome = await checkout.pay(
      async () => ({ orderId: 'a', clientSecret: 'cs_a' }),
      { gateway: 'payletter_global', layout: 'popup', onResult: (result) => console.log(result.status) },
    );
    switch (outcome.status) {
      case 'paid':
      case 'registered':
        return outcome.orderId;
      case 'awaiting_deposit':
        return outcome.virtualAccount?.accountNo ?? '';
      default:
        return outcome.reason?.message.ko ?? outcome.status;
    }
  } catch (error) {
    if (isPaypairError(error)) return error.code;
    throw error;
  }
}

export async function back(): Promise<string | undefined> {
  await checkout.preload();
  const outcome = await checkout.resume();
  return outcome?.amount;
}

export async function receipts(): Promise<void> {
  const order = { orderId: 'a', clientSecret: 'cs_a' };
  await checkout.openReceipt(order);
  await checkout.openReceipt(order, { kind: 'cash_receipt', purpose: 'tax_deduction', taxExcluded: true });
}
