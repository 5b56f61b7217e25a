import { appReturnPage, escapeUrl, inAppBrowser, resolveNavigation } from 'paypair/webview';

resolveNavigation('a:b'); // error
resolveNavigation('a:b', { platform: 'web' }); // error
resolveNavigation('a:b', { platform: 'ios' }).url; // error
resolveNavigation('a:b', { platform: 'ios' }).kind === 'store'; // error
appReturnPage('shop://'); // error
inAppBrowser('agent').id; // error
inAppBrowser('agent')?.id === 'safari'; // error
escapeUrl('https://shop.example/', 'agent').length; // error
