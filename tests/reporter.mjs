// A node:test reporter for tests/run.mjs: one JSON line per finished test (a failed one says why), and one per line that a test tells of itself.

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type === 'test:diagnostic') yield `${JSON.stringify({ told: data.message })}\n`;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    const skipped = data.skip !== undefined || data.todo !== undefined;
    const state = skipped ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed';
    const { error } = data.details ?? {};
    const why = state === 'failed' ? String(error?.cause?.stack ?? error?.cause ?? error) : undefined;
    yield `${JSON.stringify({ name: data.name, state, why })}\n`;
  }
}
