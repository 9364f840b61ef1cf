import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { like, near } from './like';
import arabic from '../src/i18n/ar';
import english from '../src/i18n/en';
import { language } from '../src/lib/lang.svelte';
import type { Explanation, Leaf, Part, TriggerNow } from '../src/wire/explain';
import { drawText, fieldName, holdText, inOrder, leafSaid, nearness, needText, spanOf, valueText, verdictSaid, wantedText } from '../src/views/visitor/why';

/** Without the marks that keep foreign text apart. */
const bare = (text: string): string => text.replace(/[\u2068\u2069]/g, '');

const active: Leaf = {
  kind: 'leaf',
  truth: 'no',
  field: 'page.active',
  operator: 'at_least',
  wanted: '30s',
  actual: 18,
  unit: 's',
  missing: 12,
  at: 12_000,
  says: '12 s to go',
};

const trigger = (over: Partial<TriggerNow>): TriggerNow => ({
  id: 'a',
  name: 'A',
  priority: 1,
  standing: 'waits',
  says: '',
  page: { fits: true, wanted: ['pricing'], actual: 'pricing' },
  condition: active,
  rests: [],
  draws: [],
  last_at: null,
  ready_at: null,
  next: [],
  ...over,
});

function speak(code: 'en' | 'ar'): void {
  language.code = code;
  language.texts = code === 'ar' ? arabic : english;
}

beforeEach(() => speak('en'));

describe('spans', () => {
  it('are read as rules write them', () => {
    assert.deepEqual(['30s', '1h30m', '2d', '1.5h', 'soon', ''].map(spanOf), [30_000, 5_400_000, 172_800_000, 5_400_000, null, null]);
  });
});

describe('a leaf', () => {
  it('says what it asks, what is, and how far it is', () => {
    const said = leafSaid(active);
    assert.deepEqual([said.field, said.wanted, said.actual, said.distance].map(bare), [
      'Reading this page',
      'at least 30 sec',
      '18 sec',
      '12 sec to go',
    ]);
    near(said.progress, 0.6);
  });

  it('is right the other way round below a not', () => {
    assert.equal(leafSaid({ ...active, truth: 'no' }, false).right, true);
    like(leafSaid({ ...active, truth: 'yes', actual: 40, missing: 10 }, false), { right: false, progress: null });
    assert.equal(leafSaid({ ...active, truth: 'unknown' }, false).right, false);
  });

  it('speaks Arabic with its plurals', () => {
    speak('ar');
    const points: Leaf = { kind: 'leaf', truth: 'no', field: 'score.buy', operator: 'at_least', wanted: 40, actual: 37, unit: 'points', missing: 3, says: '' };
    assert.equal(bare(leafSaid(points).distance), 'تنقصه 3 نقاط');
    assert.equal(bare(fieldName('score.buy')), 'درجة الشراء');
  });

  it('keeps the words of lists and operators apart', () => {
    const types: Leaf = { kind: 'leaf', truth: 'no', field: 'page.type', operator: 'one_of', wanted: ['pricing', 'lounge'], says: '' };
    assert.equal(bare(wantedText(types)), 'one of Pricing or lounge');
    const recent: Leaf = { ...active, field: 'session.events.add', operator: 'at_least', wanted: 3, unit: 'events', in_last: '5m' };
    assert.equal(bare(wantedText(recent)), 'at least 3, in the last 5 min');
    assert.equal(bare(wantedText({ ...types, operator: 'between', wanted: [2, 5], field: 'session.page_views' })), 'between 2 and 5');
  });

  it('passes unknown fields, operators and values on as they are', () => {
    assert.equal(fieldName('moon.phase'), 'moon.phase');
    assert.equal(bare(wantedText({ ...active, operator: 'rhymes_with', wanted: 'x', field: 'moon.phase' })), 'rhymes with x');
    assert.equal(valueText('moon.phase', undefined), 'not known');
  });
});

describe('triggers', () => {
  const all = (...parts: Part[]): Part => ({ kind: 'all', truth: 'no', parts });

  it('stand in the order in which they matter', () => {
    const near = trigger({ id: 'near', condition: { ...active, actual: 29 } });
    const far = trigger({ id: 'far', condition: { ...active, actual: 1 }, priority: 90 });
    const other = trigger({ id: 'other', standing: 'elsewhere' });
    const ready = trigger({ id: 'ready', standing: 'suppressed' });
    const timed = trigger({ id: 'timed', ready_at: 9_000, condition: { ...active, actual: 0 } });
    assert.deepEqual(inOrder([other, far, near, timed, ready]).map((one) => one.id), ['ready', 'timed', 'near', 'far', 'other']);
  });

  it('are as near as the nearest of several ways', () => {
    const yes: Leaf = { ...active, truth: 'yes' };
    near(nearness(all(yes, active)), 0.8);
    near(nearness({ kind: 'any', truth: 'no', parts: [active, all(yes, active)] }), 0.8);
    near(nearness({ kind: 'not', truth: 'no', part: { kind: 'any', truth: 'yes', parts: [yes, { ...active, truth: 'no' }] } }), 0.5);
    assert.equal(nearness(all()), 1);
  });

  it('say what they need', () => {
    const need = (field: string, from: number, to: number) => bare(needText({ code: 'field', says: '', field, from, to }, null));
    assert.equal(need('page.active', 18, 30), '12 sec more on this page');
    assert.equal(need('session.page_views', 1, 3), '2 more pages');
    assert.equal(need('score.buy', 30, 60), 'Score Buy from 30 to 60');
    assert.equal(bare(needText({ code: 'page', says: '' }, trigger({}))), 'A page of type Pricing');
    assert.equal(bare(needText({ code: 'no_agent', says: '' }, null)), 'This ends: Nobody can answer now.');
    assert.equal(needText({ code: 'new', says: 'the moon rises' }, null), 'the moon rises');
  });

  it('tell their draws', () => {
    assert.equal(bare(drawText({ what: 'holdout', bucket: 1, below: 1_000, is_in: false, says: '' })), 'Not in the holdout of 10%');
  });
});

describe('the verdict', () => {
  const explained: Explanation = {
    visitor: 'v',
    versions: {},
    past: null,
    at: 0,
    rule_set: 'r',
    verdict: { decision: 'wait' },
    says: '',
    page: null,
    site: { agents_online: 0, free_slots: 0 },
    policy: [],
    open: null,
    triggers: [trigger({ ready_at: 12_000, name: 'Prices' })],
    scores: [],
  };

  it('says how soon something is ready', () => {
    assert.equal(bare(verdictSaid(explained).says), '“Prices” is ready in 12 sec if the visitor goes on reading.');
  });

  it('says everything that is in the way', () => {
    const policy = [{ code: 'session_cap', says: '', ends: '', used: 1, of: 1 }];
    const said = verdictSaid({ ...explained, policy, verdict: { decision: 'suppress', trigger: 'a', why: 'session_cap' } });
    assert.equal(said.look, 'held');
    assert.equal(bare(said.says), '“Prices” is ready. This visit has had its share of invitations (1 of 1 used).');
  });

  it('puts an open invitation first', () => {
    const open = { id: 'i', trigger: 'a', state: 'shown' as const, offered_at: 0, expires_at: 1 };
    assert.equal(verdictSaid({ ...explained, open }).title, 'An invitation is open');
  });
});

describe('a hold', () => {
  it('says until when', () => {
    assert.equal(bare(holdText({ code: 'cooldown', says: '', until: 7_200_000 }, 0)), 'It has invited lately and rests (ends in 2 hr.).');
  });

  it('that is not known is told as the service tells it', () => {
    assert.equal(holdText({ code: 'eclipse', says: 'the sun is dark' }, 0), 'the sun is dark');
  });
});
