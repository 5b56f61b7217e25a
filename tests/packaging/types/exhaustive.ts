// What the compiler can see through to the end: a switch that forgets a case does not compile.
import { createCheckout, isPaypairError, PaypairError } from 'paypair';
import type {
  AnswerCode,
  Checkout,
  ClientSecret,
  DecimalText,
  ErrorCode,
  FieldCode,
  Order,
  OrderId,
  Outcome,
  OutcomeStatus,
  OwnCode,
  PaymentState,
  StateListener,
  Won,
} from 'paypair';
import { isPaypairError as isSandboxError } from 'paypair/sandbox';
import { isPaypairError as isReaderError } from 'paypair/server';

function assertNever(value: never): never {
  throw new Error(String(value));
}

export function told(outcome: Outcome): string {
  switch (outcome.status) {
    case 'paid':
      return outcome.paidAt ?? '';
    case 'awaiting_deposit':
      return outcome.virtualAccount?.bankName ?? '';
    case 'registered':
      return outcome.orderId;
    case 'pending':
    case 'declined':
    case 'cancelled':
    case 'expired':
    case 'in_doubt':
    case 'review':
      return outcome.reason?.code ?? '';
    default:
      return assertNever(outcome);
  }
}

/** A table is as complete as a switch. */
export const words: Record<OutcomeStatus, string> = {
  paid: '', awaiting_deposit: '', registered: '', pending: '', declined: '', cancelled: '', expired: '', in_doubt: '', review: '',
};

export function own(code: OwnCode): string {
  switch (code) {
    case 'order_failed':
    case 'order_incomplete':
    case 'aborted':
    case 'server_unreachable':
    case 'answer_unreadable':
    case 'window_unavailable':
    case 'core_unavailable':
    case 'core_missing':
    case 'unknown_code':
      return code;
    default:
      return assertNever(code);
  }
}

/** The three groups are all there is. */
export const all = (code: ErrorCode): OwnCode | AnswerCode | FieldCode => code;

export function progress(state: PaymentState): string {
  switch (state) {
    case 'opening':
    case 'paying':
    case 'checking':
      return state;
    default:
      return assertNever(state);
  }
}

export async function everyOption(signal: AbortSignal): Promise<Outcome | null> {
  const checkout: Checkout = createCheckout({ server: '/pay', environment: 'webview' });
  const heard: StateListener = (state, { orderId }) => console.log(progress(state), orderId);
  const end: () => void = checkout.on('state', heard);
  end();
  await checkout.pay(async () => ({ orderId: 'a', clientSecret: 'cs_a' }), { signal, deadline: 60_000 });
  return checkout.resume({ signal });
}

/** Plain text is taken for what it stands for, and comes out as plain text. */
export function kinds(text: string): Order {
  const orderId: OrderId = text;
  const clientSecret: ClientSecret = `cs_${text}`;
  const amount: DecimalText = '12.50';
  const won: Won = 1000;
  const plain: string = orderId + amount + won.toFixed(0);
  return { orderId: plain, clientSecret };
}

export function caught(error: unknown): string {
  if (isPaypairError(error)) {
    const unknown: string | undefined = error.code === 'unknown_code' ? error.serverCode : error.field;
    return error.code === 'aborted' ? String(error.cause) : (unknown ?? error.message);
  }
  if (isSandboxError(error)) return error.code === 'sandbox_late' ? 'late' : '';
  if (isReaderError(error)) return error.code === 'hash_mismatch' ? 'forged' : '';
  return new PaypairError('order_failed', 'sold out', { cause: error }).code;
}
