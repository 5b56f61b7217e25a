// The environments that a payment must end well in: environment x layout x result. Each cell is one real payment, and the title
// of one test in tests/browser/environments.test.mjs; from the tests' results comes the table that `npm test` prints.

const every = { popup: ['paid', 'declined', 'cancelled', 'closed'], layer: ['paid', 'declined', 'cancelled', 'closed'],
  redirect: ['paid', 'declined', 'cancelled'] };
const answers = ['paid', 'declined', 'cancelled'];

/** Each row: a browser, what is special about it, and what is done in it. */
export const environments = [
  { name: 'Chromium', browser: 'Chromium', layouts: every },
  { name: 'Chromium as iPhone 13', browser: 'Chromium', device: 'iphone', layouts: every },
  { name: 'Chromium as Pixel 7', browser: 'Chromium', device: 'pixel', layouts: every },
  { name: 'Firefox', browser: 'Firefox', layouts: every },
  { name: 'WebKitGTK', browser: 'WebKitGTK', layouts: every },
  // Apps that open no windows, whatever the page asks for.
  { name: 'KakaoTalk on iPhone 13', browser: 'Chromium', device: 'iphone', app: 'KAKAOTALK/25.4.2 (INAPP)', layouts: { popup: answers } },
  { name: 'NAVER on Pixel 7', browser: 'Chromium', device: 'pixel', app: 'NAVER(inapp; search; 2100; 12.12.60)', layouts: { popup: answers } },
  // Chromium's own tests of COOP and of a late or refused core stand in hardships.test.mjs.
  { name: 'Firefox, COOP', browser: 'Firefox', coop: true, layouts: { popup: answers, layer: ['paid'] } },
  { name: 'WebKitGTK, COOP', browser: 'WebKitGTK', coop: true, layouts: { popup: answers, layer: ['paid'] } },
  { name: 'Chromium, slow network', browser: 'Chromium', slow: true, layouts: { popup: ['paid'], layer: ['paid'], redirect: ['paid'] } },
  { name: 'Firefox, slow network', browser: 'Firefox', slow: true, layouts: { popup: ['paid'], layer: ['paid'], redirect: ['paid'] } },
  { name: 'WebKitGTK, slow network', browser: 'WebKitGTK', slow: true, layouts: { popup: ['paid'], layer: ['paid'], redirect: ['paid'] } },
];

/** The title of a cell's test. */
export const title = (environment, layout, result) => `${environment} | ${layout} | ${result}`;

/** How a test tells the way its payment went, as a diagnostic line. */
export const wayLine = (cell, way) => `${cell}: ${way}`;

/** Every cell there has to be. */
export const cells = environments.flatMap((environment) =>
  Object.entries(environment.layouts).flatMap(([layout, results]) =>
    results.map((result) => ({ environment, layout, result, title: title(environment.name, layout, result) }))));

/** The cells that no test was run for, or more than one. */
export function missingCells(results) {
  return cells.map(({ title }) => title).filter((title) => results.filter(({ name }) => name === title).length !== 1);
}

/** The table, made from what the tests gave: `passed` or not, and the way the payment went. */
export function environmentTable(results, diagnostics) {
  const rows = environments.flatMap(({ name, layouts }) =>
    Object.keys(layouts).map((layout) => [name, layout, ...RESULTS.map((result) => {
      if (!layouts[layout].includes(result)) return '-';
      const cell = title(name, layout, result);
      const state = results.find((it) => it.name === cell)?.state ?? 'missing';
      const told = diagnostics.find((line) => line.startsWith(wayLine(cell, '')));
      return told ? `${state}: ${told.slice(wayLine(cell, '').length)}` : state;
    })]));
  return aligned([['environment', 'layout', ...RESULTS], ...rows]);
}

const RESULTS = ['paid', 'declined', 'cancelled', 'closed'];

function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((text, column) => text.padEnd(widths[column])).join('  ').trimEnd()).join('\n');
}
