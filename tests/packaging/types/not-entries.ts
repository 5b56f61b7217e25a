import { createCheckout } from 'paypair/slim';
import { loadReader } from 'paypair/server';
import { startSandbox } from 'paypair/sandbox';
import { loadCore } from 'paypair/core'; // error

createCheckout({ server: '/pay' }); // error
createCheckout({ server: '/pay', wasm: 7 }); // error
loadReader('https://shop.example/server.wasm'); // error
loadReader().then((reader) => reader.check('paypal', {})); // error
loadReader().then((reader) => reader.verifyCallback({}, 'key')); // error
loadReader().then((reader) => reader.verifyNotice('', 'key', 'refund')); // error
loadReader().then((reader) => reader.verifyCallback('', 'key').amount * 2); // error
loadReader().then((reader) => reader.readReturn('payple', '').says === 'paid'); // error
loadReader().then((reader) => reader.confirm('payple')); // error
startSandbox({ port: 'any' }); // error
startSandbox().then((sandbox) => sandbox.script({ gateway: 'payple', faults: ['rain'] })); // error
startSandbox().then((sandbox) => sandbox.deliver('payletter')); // error
startSandbox().then((sandbox) => sandbox.setOptions({ private_api: 'often' })); // error
void loadCore;
