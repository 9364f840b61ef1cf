import { describe, expect, it } from 'vitest';
import type { InstallAnswer, InstallProblem } from '$wire/install';
import { check, nextLook } from './check';

const NOW = 1_000_000_000_000;
const seen = (at: number) => ({ at, browser: 'Chrome', os: null, country: 'SA', city: 'Riyadh', page: '/' });
const problem = (kind: InstallProblem['kind'], ago: number): InstallProblem => ({ kind, count: 1, last_at: NOW - ago, detail: '', hint: '' });
const answer = (over: Partial<InstallAnswer>): InstallAnswer => ({ snippet: '', first_event: null, last_event: null, problems: [], ...over });

describe('check', () => {
  it('waits while nothing arrives', () => {
    expect(check(answer({}), NOW)).toEqual({ state: 'waiting', problems: [] });
    expect(nextLook('waiting')).toBeLessThan(nextLook('works'));
  });

  it('says what was refused, what keeps everybody out first', () => {
    const found = check(answer({ problems: [problem('bot', 5), problem('origin', 900), problem('unknown_site', 5_000)] }), NOW);
    expect(found.state).toBe('refused');
    expect(found.problems.map((one) => one.kind)).toEqual(['unknown_site', 'origin', 'bot']);
  });

  it('is content with the first event, whatever else was refused', () => {
    expect(check(answer({ first_event: seen(NOW - 1), problems: [problem('origin', 5)] }), NOW).state).toBe('works');
  });

  it('forgets what was refused long ago and notices silence', () => {
    const day = 86_400_000;
    const found = check(answer({ first_event: seen(NOW - day), last_event: seen(NOW - 2 * 3_600_000), problems: [problem('origin', day)] }), NOW);
    expect(found).toEqual({ state: 'quiet', problems: [] });
  });
});
