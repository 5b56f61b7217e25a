// The payments that must go through: each id has to stand in the title of at least one test that passed.

/** P01 .. P16. */
export const payments = Array.from({ length: 16 }, (_, n) => `P${String(n + 1).padStart(2, '0')}`);

/** The ids that no test names, and those of which a test failed or was skipped. */
export function missingPayments(results) {
  return payments.filter((id) => {
    const own = results.filter(({ name }) => name.split(' ').includes(id));
    return own.length === 0 || own.some(({ state }) => state !== 'passed');
  });
}
