// A node:test reporter for tests/run.mjs: one JSON line per finished test, and one per line that a test tells of itself.

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type === 'test:diagnostic') yield `${JSON.stringify({ told: data.message })}\n`;
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    const skipped = data.skip !== undefined || data.todo !== undefined;
    const state = skipped ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed';
    yield `${JSON.stringify({ name: data.name, state })}\n`;
  }
}
