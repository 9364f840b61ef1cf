import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { like, near } from './like';
import type { ScoreWhy } from '../src/wire/explain';
import { bands, waterfall } from '../src/views/visitor/waterfall';

const entry = (rule: string | null, at: number, then: number, now: number, rule_set: string | null = 'a') => ({
  rule,
  rule_name: rule,
  rule_set,
  at,
  then,
  now,
});

const score = (value: number, ledger: ScoreWhy['ledger']): ScoreWhy => ({
  name: 'buy',
  value,
  max: 100,
  stage: null,
  next_stage: { name: 'warm', from: 25, missing: 25 - value },
  half_life: '3d',
  ledger,
  rules: [],
  left_out: 0,
});

describe('waterfall', () => {
  it('leads from nothing to the score, rule by rule, with what has faded as a step of its own', () => {
    const found = waterfall(score(27, [entry('open', 1, 10, 9), entry('read', 2, 20, 18)]));
    assert.deepEqual(found.steps.map(({ kind, name, from, to }) => [kind, name, from, to]), [
      ['rule', 'open', 0, 10],
      ['rule', 'read', 10, 30],
      ['decay', null, 30, 27],
    ]);
    assert.equal(found.total, 27);
  });

  it('puts what one rule gave several times into one step', () => {
    const found = waterfall(score(12, [entry('look', 1, 4, 4), entry('look', 5, 4, 4), entry('look', 9, 4, 4)]));
    assert.equal(found.steps.length, 1);
    like(found.steps[0], { times: 3, at: 9, points: 12 });
  });

  it('says what the limits of the score took away or gave back', () => {
    const found = waterfall(score(0, [entry('open', 1, 10, 10), entry('bought', 2, -10.5, -10.5)]));
    like(found.steps.at(-1), { kind: 'limit', points: 0.5, to: 0 });
  });

  it('tells earlier points and rules that are no more from the others', () => {
    const found = waterfall(score(9, [entry(null, 1, 5, 5, null), entry(null, 2, 4, 4)]));
    assert.deepEqual(found.steps.map((step) => step.kind), ['earlier', 'gone']);
  });

  it('always ends at the score', () => {
    for (const now of [0, 3.2, 50, 100]) {
      const { steps } = waterfall(score(now, [entry('a', 1, 30, 12), entry('b', 2, -4, -3.3), entry('c', 3, 90, 60)]));
      near(steps.at(-1)?.to, now);
    }
  });
});

describe('bands', () => {
  it('cover the scale and mark the one the score lies in', () => {
    const known = { ...score(30, []), stages: [{ name: 'hot', from: 60 }, { name: 'warm', from: 25 }] };
    assert.deepEqual(bands(known), [
      { name: null, from: 0, to: 25, isHere: false },
      { name: 'warm', from: 25, to: 60, isHere: true },
      { name: 'hot', from: 60, to: 100, isHere: false },
    ]);
  });

  it('know at least the next stage', () => {
    assert.deepEqual(bands(score(10, [])).map((band) => band.name), [null, 'warm']);
  });
});
