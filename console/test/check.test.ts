import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InstallAnswer, InstallProblem } from '../src/wire/install';
import { check, nextLook } from '../src/views/install/check';

const NOW = 1_000_000_000_000;
const seen = (at: number) => ({ at, browser: 'Chrome', os: null, country: 'SA', city: 'Riyadh', page: '/' });
const problem = (kind: InstallProblem['kind'], ago: number): InstallProblem => ({ kind, count: 1, last_at: NOW - ago, detail: '', hint: '' });
const answer = (over: Partial<InstallAnswer>): InstallAnswer => ({ snippet: '', first_event: null, last_event: null, problems: [], ...over });

describe('check', () => {
  it('waits while nothing arrives', () => {
    assert.deepEqual(check(answer({}), NOW), { state: 'waiting', problems: [] });
    assert.ok(nextLook('waiting') < nextLook('works'));
  });

  it('says what was refused, what keeps everybody out first', () => {
    const found = check(answer({ problems: [problem('bot', 5), problem('origin', 900), problem('unknown_site', 5_000)] }), NOW);
    assert.equal(found.state, 'refused');
    assert.deepEqual(found.problems.map((one) => one.kind), ['unknown_site', 'origin', 'bot']);
  });

  it('is content with the first event, whatever else was refused', () => {
    assert.equal(check(answer({ first_event: seen(NOW - 1), problems: [problem('origin', 5)] }), NOW).state, 'works');
  });

  it('forgets what was refused long ago and notices silence', () => {
    const day = 86_400_000;
    const found = check(answer({ first_event: seen(NOW - day), last_event: seen(NOW - 2 * 3_600_000), problems: [problem('origin', day)] }), NOW);
    assert.deepEqual(found, { state: 'quiet', problems: [] });
  });
});
