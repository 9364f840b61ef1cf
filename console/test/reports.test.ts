import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { near } from './like';
import arabic from '../src/i18n/ar';
import english from '../src/i18n/en';
import { language } from '../src/lib/lang.svelte';
import type { ArmFigures, EffectVerdict, Funnel, RuleWorth, StaffingHour } from '../src/wire/effect';
import { funnelSteps, heat, inAll, isChange, measureOf, perHundred, tellingOf, week, withheldShare, worthLooking } from '../src/views/reports/report';
import { adviceSays, courtesySays, interval, verdictSays } from '../src/views/reports/says';

const arm = (visitors: number, converted: number): ArmFigures => ({
  visitors, converted, rate: visitors ? converted / visitors : 0, goals: converted, value: 0, invitations: visitors, shown: 0, accepted: 0, dismissed: 0, dismissed_after_ms: null,
  ignored: 0, expired: 0, revoked: 0, chats: 0, missed_chats: 0,
});
const better: EffectVerdict = { verdict: 'better', difference: { estimate: 0.04, low: 0.012, high: 0.07 }, ratio: { estimate: 1.6, low: 1.1, high: 2.3 } };
const worse: EffectVerdict = { verdict: 'worse', difference: { estimate: -0.02, low: -0.031, high: -0.004 }, ratio: { estimate: 0.8, low: 0.7, high: 0.96 } };
const early: EffectVerdict = { verdict: 'too_early', days: 9 };
const bare = (text: string): string => text.replace(/[\u2068\u2069]/g, '');
const of = (verdict: EffectVerdict | null, holdout = 0.1, visitors = 100) => ({ verdict, holdout, visitors });

beforeEach(() => {
  [language.code, language.texts] = ['en', english];
});

describe('what may be said of a trigger', () => {
  it('is no number before there is one', () => {
    assert.equal(tellingOf(of(early)), 'early');
    assert.equal(perHundred(early), null);
    assert.equal(perHundred({ verdict: 'broken_split' }), null);
    assert.equal(interval(early), '');
    assert.equal(bare(verdictSays(of(early))), 'Not enough data yet — about 9 days at this traffic.');
    assert.match(verdictSays(of({ verdict: 'too_early', days: null })), /cannot be told from chance/);
    assert.doesNotMatch(verdictSays(of({ verdict: 'broken_split' })), /\d/);
  });

  it('is what it changes for a hundred eligible visitors, with the interval', () => {
    assert.equal(bare(verdictSays(of(better))), 'Of 100 eligible visitors, 4 more reach a goal than without the invitation: between 1.2 and 7 more.');
    assert.equal(bare(verdictSays(of(worse))), 'Of 100 eligible visitors, 2 fewer reach a goal than without the invitation: between 0.4 and 3.1 fewer.');
    assert.equal(bare(interval(better)), '+1.2 to +7');
    assert.deepEqual(inAll(better, arm(1_000, 90)), { n: 40, low: 12, high: 70 });
    assert.deepEqual(inAll(worse, arm(1_000, 90)), { n: 20, low: 4, high: 31 });
    assert.equal(inAll(early, arm(1_000, 90)), null);
    assert.equal(inAll({ ...better, verdict: 'alike' }, arm(1_000, 90)), null, 'nothing is summed up that may as well be nothing');
  });

  it('says why nothing can be told', () => {
    assert.equal(tellingOf(of(null, 0)), 'none');
    assert.equal(tellingOf(of(better, 0)), 'none', 'a holdout that is no more');
    assert.equal(tellingOf(of(null, 0.1, 0)), 'nobody');
    assert.match(verdictSays(of(null, 0)), /holdout/);
  });

  it('is said in Arabic with its own plural', () => {
    [language.code, language.texts] = ['ar', arabic];
    assert.equal(bare(verdictSays(of({ verdict: 'too_early', days: 2 }))), 'البيانات لا تكفي بعد — نحو يومين بهذه الحركة.');
  });
});

describe('figures', () => {
  it('lead from the eligible to a goal, each step a share of the one before', () => {
    const funnel: Funnel = { eligible: 200, withheld: 20, suppressed: {}, offered: 180, shown: 160, accepted: 40, dismissed: 60, ignored: 60, expired: 20, revoked: 0, chats: 30, missed_chats: 10, goals: 12, value: 0 };
    const steps = funnelSteps(funnel, 9);
    assert.deepEqual(steps.map((step) => [step.stage, step.n, step.share]), [['eligible', 200, null], ['offered', 180, 0.9], ['shown', 160, 160 / 180], ['accepted', 40, 0.25], ['chats', 30, 0.75], ['converted', 9, 0.05]]);
    assert.equal(steps[1]?.width, 0.9);
    assert.deepEqual(funnelSteps({ ...funnel, eligible: 0, offered: 0, shown: 0, accepted: 0, chats: 0 }, 0).map((step) => step.share), [null, null, null, null, null, null]);
  });

  it('tell which share was withheld', () => {
    near(withheldShare({ invited: arm(90, 0), withheld: arm(10, 0) }), 0.1);
    assert.equal(withheldShare({ invited: arm(0, 0), withheld: arm(0, 0) }), null);
  });

  it('of an hour are those of a usual week', () => {
    const hour: StaffingHour = { weekday: 'mon', hour: 9, weeks: 4, open: true, offers: 10, held_for_capacity: 2, no_agent: 0, chats: 3, missed_chats: 0, slots_mean: 1.5, reply_p75_s: null, short: false };
    assert.equal(measureOf(hour, 'offers'), 2.5);
    assert.equal(measureOf(hour, 'slots_mean'), 1.5);
    assert.equal(measureOf(hour, 'reply_p75_s'), null);
    assert.equal(measureOf({ ...hour, weeks: 0 }, 'offers'), null);
    assert.deepEqual([heat(null, 5), heat(0, 5), heat(0.1, 5), heat(3, 5), heat(5, 5), heat(3, 0)], [0, 0, 1, 3, 5, 0]);
    assert.deepEqual(week('sun'), ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']);
  });

  it('of points put what is sure and far off first, and propose nothing that cannot be written', () => {
    const rule = (id: string, points: number, suggested: number, confident: boolean): RuleWorth => ({ id, name: id, score: 'buy', points, suggested, low: 0, high: 0, fired: 1, fired_converted: 0, confident });
    const rules = [rule('unsure', 5, 50, false), rule('small', 10, 11, true), rule('great', 10, 30, true)];
    assert.deepEqual(worthLooking(rules).map((one) => one.id), ['great', 'small', 'unsure']);
    assert.deepEqual([rule('a', 5, 5, true), rule('a', 5, 0, true), rule('a', 5, 6, true), rule('a', 5.4, 5, true)].map(isChange), [false, false, true, false]);
  });
});

describe('courtesy', () => {
  it('is said with what could be changed', () => {
    const remark = { kind: 'fast_dismissals' as const, count: 41, of: 100, share: 0.41, low: 0.3, high: 0.5, advice: null, says: 'x' };
    assert.equal(courtesySays(remark), 'of those who say no do so within two seconds: it comes before they have begun.');
    assert.equal(bare(adviceSays({ part: 'trigger', id: 'a', key: 'delay', from: null, to: '10s' })), 'Try a delay of 10 sec?');
    assert.equal(bare(adviceSays({ part: 'trigger', id: 'a', key: 'cooldown', from: '1d', to: '7d' })), 'Try a rest of 7 days between two? (now 1 day)');
    assert.equal(bare(adviceSays({ part: 'policy', id: null, key: 'unheard_of', from: 1, to: true })), 'Try unheard_of = true? (now 1)');
  });

  it('says what it does not know in the words of the service', () => {
    assert.equal(courtesySays({ kind: 'new_kind' as never, count: 1, of: 2, share: 0.5, low: 0, high: 1, advice: null, says: '50 % of something' }), 'of something');
  });
});
