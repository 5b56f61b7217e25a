// What `#apps` is: the build writes it from crates/protocol/src/webview/apps.tsv.

/** Scheme, package, number in the App Store, name; empty where there is none. */
export type Row = readonly [scheme: string, packageName: string, storeId: string, name: string];

declare const rows: readonly Row[];
export default rows;
