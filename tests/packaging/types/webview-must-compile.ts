import { appReturnPage, escapeUrl, inAppBrowser, resolveNavigation } from 'paypair/webview';
import type { BlockedReason, InAppBrowserId, Navigation } from 'paypair/webview';

function never(value: never): never {
  throw new Error(String(value));
}

export function follow(url: string): string | undefined {
  const link: Navigation = resolveNavigation(url, { platform: 'android' });
  switch (link.kind) {
    case 'web':
      return undefined;
    case 'app':
      return link.package ?? link.storeUrl ?? link.fallbackUrl ?? link.name ?? link.url;
    case 'fallback':
      return link.url;
    case 'blocked':
      return told(link.reason);
    default:
      return never(link);
  }
}

function told(reason: BlockedReason): string {
  switch (reason) {
    case 'malformed':
    case 'unsafe_scheme':
    case 'intent_component':
    case 'other_platform':
      return reason;
    default:
      return never(reason);
  }
}

export const page: string | null = appReturnPage('shop://ISPSuccess/', 'shop://', { domains: ['localhost'] });
export const id: InAppBrowserId | undefined = inAppBrowser('agent')?.id;
export const out: string | null = escapeUrl('https://shop.example/', 'agent');
