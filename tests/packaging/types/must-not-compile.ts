import { createCheckout } from 'paypair';

const checkout = createCheckout({ server: '/pay' });
createCheckout({ server: '/pay', layout: 'sideways' }); // error
createCheckout({}); // error
checkout.pay({ orderId: 'a' }); // error
checkout.pay({ orderId: 1, clientSecret: 'cs_a' }); // error
checkout.pay({ orderId: 'a', clientSecret: 'cs_a' }, { gateway: 'paypal' }); // error
checkout.resume().then((outcome) => outcome.status); // error
checkout.pay({ orderId: 'a', clientSecret: 'cs_a' }).then(({ status }) => status === 'succeeded'); // error
checkout.pay({ orderId: 'a', clientSecret: 'cs_a' }).then(({ amount }) => (amount ?? 0) * 2); // error
checkout.openReceipt({ orderId: 'a' }); // error
checkout.openReceipt({ orderId: 'a', clientSecret: 'cs_a' }, { kind: 'invoice' }); // error
checkout.openReceipt(async () => ({ orderId: 'a', clientSecret: 'cs_a' })); // error
