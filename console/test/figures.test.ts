import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { like, near } from './like';
import type { ArmFigures, Decision, TriggerEffect } from '../src/wire/effect';
import { byPageType, funnel, medianAnswer, series, share, stepFor, whiskers } from '../src/views/overview/figures';

const of = { visitor: 'v', session: null, rule_set: 'r' };
const offered = (at: number, invitation: string, page_type?: string): Decision =>
  ({ ...of, at, kind: 'offered', invitation, ...(page_type !== undefined && { page_type }) });
const shown = (at: number, invitation: string): Decision => ({ ...of, at, kind: 'shown', invitation });
const settled = (at: number, invitation: string, how: Decision['how'], seen = true): Decision =>
  ({ ...of, at, kind: 'settled', invitation, shown: seen, ...(how && { how }) });

const arm = (over: Partial<ArmFigures>): ArmFigures => ({
  visitors: 0, converted: 0, rate: 0, goals: 0, value: 0, invitations: 0, shown: 0, accepted: 0,
  dismissed: 0, dismissed_after_ms: null, ignored: 0, expired: 0, revoked: 0, chats: 0, missed_chats: 0, ...over,
});

describe('sums', () => {
  it('count the invited of every trigger and nobody who was withheld', () => {
    const trigger = (invited: ArmFigures, withheld: ArmFigures) => ({ invited, withheld }) as TriggerEffect;
    const sum = funnel([trigger(arm({ invitations: 4, accepted: 1 }), arm({ invitations: 9 })), trigger(arm({ invitations: 2, accepted: 2 }), arm({}))]);
    like(sum, { offered: 6, accepted: 3 });
  });

  it('say nothing about parts of nothing', () => {
    assert.deepEqual([share(1, 4), share(0, 0)], [0.25, null]);
  });
});

describe('by page type', () => {
  it('adds up the triggers, and leaves out pages on which nobody was invited', () => {
    const trigger = (...parts: [string | null, ArmFigures][]) =>
      ({ by: { page_type: parts.map(([value, invited]) => ({ value, invited, withheld: arm({ invitations: 9 }) })) } }) as TriggerEffect;
    const rows = byPageType([
      trigger(['home', arm({ invitations: 1, shown: 1, dismissed: 1 })], ['pricing', arm({ invitations: 2, shown: 1, accepted: 1 })]),
      trigger(['pricing', arm({ invitations: 3, shown: 3, ignored: 2, goals: 1 })], ['blog', arm({})]),
    ]);
    assert.deepEqual(rows.map((one) => one.pageType), ['pricing', 'home']);
    like(rows[0]!, { offered: 5, shown: 4, accepted: 1, ignored: 2, goals: 1 });
    assert.deepEqual(byPageType([{} as TriggerEffect]), []);
  });

  it('lets the last word about an invitation count, in medians and plots', () => {
    const log = [settled(9_000, 'a', 'accepted'), settled(7_000, 'a', 'revoked'), settled(6_000, 'b', 'accepted'), settled(5_000, 'b', 'ignored'), shown(4_000, 'a'), shown(3_000, 'b'), offered(2_000, 'b', 'home'), offered(1_000, 'a', 'home')];
    for (const decisions of [log, log.toReversed()]) {
      assert.equal(medianAnswer(decisions), 4_000);
    }
    const twice = series([settled(9_000, 'a', 'accepted'), settled(7_000, 'a', 'dismissed')], 0, 3_600_000);
    assert.deepEqual([twice.accepted[0], twice.dismissed[0]], [1, 0]);
  });
});

describe('the median answer', () => {
  it('is the middle of the times to acceptance', () => {
    const one = (id: string, took: number): Decision[] => [offered(0, id), shown(10, id), settled(10 + took, id, 'accepted')];
    assert.equal(medianAnswer([...one('a', 5), ...one('b', 7)]), 6);
    assert.equal(medianAnswer([...one('a', 5), ...one('b', 7), ...one('c', 90)]), 7);
    assert.equal(medianAnswer([offered(0, 'a'), settled(9, 'a', 'dismissed')]), null);
  });
});

describe('whiskers', () => {
  it('stand on one scale with no effect in the middle', () => {
    const uplift = (low: number, estimate: number, high: number) => ({
      verdict: 'better' as const, difference: { low, estimate, high }, ratio: { low: 1, estimate: 1, high: null },
    });
    const [a, none, b] = whiskers([uplift(0.01, 0.03, 0.05), { verdict: 'too_early', days: 3 }, uplift(-0.1, 0, 0.1)]);
    assert.equal(none, null);
    like(b, { low: 0, estimate: 0.5, high: 1 });
    near(a?.low, 0.55);
    near(a?.high, 0.75);
  });
});

describe('series', () => {
  it('has no gaps and puts everything where it belongs', () => {
    const hour = 3_600_000;
    const found = series([offered(0, 'a'), offered(2.5 * hour, 'b'), shown(2.6 * hour, 'b'), settled(3 * hour, 'b', 'accepted')], 0, 4 * hour);
    assert.equal(found.stepMs, hour / 12);
    assert.equal(found.at.length, 48);
    assert.equal(found.offered.reduce((sum, n) => sum + n), 2);
    assert.equal(found.offered[30], 1);
    assert.equal(found.accepted[36], 1);
  });

  it('takes longer steps for longer times', () => {
    const day = 86_400_000;
    assert.deepEqual([day / 24, day, 7 * day, 90 * day].map((span) => stepFor(span) / 3_600_000), [1 / 12, 1, 6, 24]);
  });
});
