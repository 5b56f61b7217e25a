import rows from "#apps";
import type { Row } from "#apps";
import type { Platform } from "../../package/webview.js";
import { lowerCase } from "./url-text.js";

/** An app of the table. */
export interface App {
  package: string;
  storeId: string;
  name: string;
}

/** What can be said of where an app is opened. */
export interface Place {
  package?: string;
  storeUrl?: string;
  name?: string;
}

function find(fits: (row: Row) => boolean): App | undefined {
  const row = rows.find(fits);
  return row && { package: row[1], storeId: row[2], name: row[3] };
}

/** The app of a scheme, which is compared without case. */
export function byScheme(scheme: string): App | undefined {
  const wanted = lowerCase(scheme);
  return find((row) => lowerCase(row[0]) === wanted);
}

/** The first row of a package. */
export const byPackage = (name: string | undefined) => find((row) => row[1] === name);

/** The first row of a number in the App Store. */
export const byStoreId = (id: string | undefined) => find((row) => row[2] === id);

export const playUrl = (name: string) => `https://play.google.com/store/apps/details?id=${name}`;
export const appStoreUrl = (id: string) => `https://apps.apple.com/app/id${id}`;

/** What the table knows of an app, on this platform. */
export function placeOf(app: App | undefined, platform: Platform): Place {
  if (!app) return {};
  const android = platform === "android";
  return only({
    package: android ? app.package : "",
    storeUrl: android ? app.package && playUrl(app.package) : app.storeId && appStoreUrl(app.storeId),
    name: app.name,
  });
}

/** What can be said of a package, known or not. */
export function placeOfPackage(name: string | undefined, platform: Platform): Place {
  const known = placeOf(byPackage(name), platform);
  return name && platform === "android" ? { ...known, package: name, storeUrl: playUrl(name) } : known;
}

/** Without what is empty: a name that is not there is not there. */
export function only<T extends object>(all: T): { [K in keyof T]?: Exclude<T[K], ""> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value)) as { [K in keyof T]?: Exclude<T[K], ""> };
}
