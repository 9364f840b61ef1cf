import { beforeEach, describe, expect, it } from 'vitest';
import { setLang } from '../../lib/i18n.svelte';
import type { Explanation, Leaf, Part, TriggerNow } from '$wire/explain';
import { drawText, fieldName, holdText, inOrder, leafSaid, nearness, needText, spanOf, valueText, verdictSaid, wantedText } from './why';

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

beforeEach(() => setLang('en'));

describe('spans', () => {
  it('are read as rules write them', () => {
    expect(['30s', '1h30m', '2d', '1.5h', 'soon', ''].map(spanOf)).toEqual([30_000, 5_400_000, 172_800_000, 5_400_000, null, null]);
  });
});

describe('a leaf', () => {
  it('says what it asks, what is, and how far it is', () => {
    const said = leafSaid(active);
    expect([said.field, said.wanted, said.actual, said.distance].map(bare)).toEqual([
      'Reading this page',
      'at least 30 sec',
      '18 sec',
      '12 sec to go',
    ]);
    expect(said.progress).toBeCloseTo(0.6);
  });

  it('is right the other way round below a not', () => {
    expect(leafSaid({ ...active, truth: 'no' }, false).right).toBe(true);
    expect(leafSaid({ ...active, truth: 'yes', actual: 40, missing: 10 }, false)).toMatchObject({ right: false, progress: null });
    expect(leafSaid({ ...active, truth: 'unknown' }, false).right).toBe(false);
  });

  it('speaks Arabic with its plurals', () => {
    setLang('ar');
    const points: Leaf = { kind: 'leaf', truth: 'no', field: 'score.buy', operator: 'at_least', wanted: 40, actual: 37, unit: 'points', missing: 3, says: '' };
    expect(bare(leafSaid(points).distance)).toBe('تنقصه 3 نقاط');
    expect(bare(fieldName('score.buy'))).toBe('درجة الشراء');
  });

  it('keeps the words of lists and operators apart', () => {
    const types: Leaf = { kind: 'leaf', truth: 'no', field: 'page.type', operator: 'one_of', wanted: ['pricing', 'lounge'], says: '' };
    expect(bare(wantedText(types))).toBe('one of Pricing or lounge');
    const recent: Leaf = { ...active, field: 'session.events.add', operator: 'at_least', wanted: 3, unit: 'events', in_last: '5m' };
    expect(bare(wantedText(recent))).toBe('at least 3, in the last 5 min');
    expect(bare(wantedText({ ...types, operator: 'between', wanted: [2, 5], field: 'session.page_views' }))).toBe('between 2 and 5');
  });

  it('passes unknown fields, operators and values on as they are', () => {
    expect(fieldName('moon.phase')).toBe('moon.phase');
    expect(bare(wantedText({ ...active, operator: 'rhymes_with', wanted: 'x', field: 'moon.phase' }))).toBe('rhymes with x');
    expect(valueText('moon.phase', undefined)).toBe('not known');
  });
});

describe('triggers', () => {
  const all = (...parts: Part[]): Part => ({ kind: 'all', truth: 'no', parts });

  it('stand in the order in which they matter', () => {
    const near = trigger({ id: 'near', condition: { ...active, actual: 29 } });
    const far = trigger({ id: 'far', condition: { ...active, actual: 1 }, priority: 90 });
    const other = trigger({ id: 'other', standing: 'elsewhere' });
    const ready = trigger({ id: 'ready', standing: 'suppressed' });
    expect(inOrder([other, far, near, ready]).map((one) => one.id)).toEqual(['ready', 'near', 'far', 'other']);
  });

  it('are as near as the nearest of several ways', () => {
    const yes: Leaf = { ...active, truth: 'yes' };
    expect(nearness(all(yes, active))).toBeCloseTo(0.8);
    expect(nearness({ kind: 'any', truth: 'no', parts: [active, all(yes, active)] })).toBeCloseTo(0.8);
    expect(nearness({ kind: 'not', truth: 'no', part: { kind: 'any', truth: 'yes', parts: [yes, { ...active, truth: 'no' }] } })).toBeCloseTo(0.5);
    expect(nearness(all())).toBe(1);
  });

  it('say what they need', () => {
    const need = (field: string, from: number, to: number) => bare(needText({ code: 'field', says: '', field, from, to }, null));
    expect(need('page.active', 18, 30)).toBe('12 sec more on this page');
    expect(need('session.page_views', 1, 3)).toBe('2 more pages');
    expect(need('score.buy', 30, 60)).toBe('Score Buy from 30 to 60');
    expect(bare(needText({ code: 'page', says: '' }, trigger({})))).toBe('A page of type Pricing');
    expect(needText({ code: 'no_agent', says: '' }, null)).toBe('This ends: Nobody can answer now.');
    expect(needText({ code: 'new', says: 'the moon rises' }, null)).toBe('the moon rises');
  });

  it('tell their draws', () => {
    expect(bare(drawText({ what: 'holdout', bucket: 1, below: 1_000, is_in: false, says: '' }))).toBe('Not in the holdout of 10%');
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
    expect(bare(verdictSaid(explained).says)).toBe('“Prices” is ready in 12 sec if the visitor goes on reading.');
  });

  it('says everything that is in the way', () => {
    const policy = [{ code: 'session_cap', says: '', ends: '', used: 1, of: 1 }];
    const said = verdictSaid({ ...explained, policy, verdict: { decision: 'suppress', trigger: 'a', why: 'session_cap' } });
    expect(said.look).toBe('held');
    expect(bare(said.says)).toBe('“Prices” is ready. This visit has had its share of invitations. (1 of 1 used)');
  });

  it('puts an open invitation first', () => {
    const open = { id: 'i', trigger: 'a', state: 'shown' as const, offered_at: 0, expires_at: 1 };
    expect(verdictSaid({ ...explained, open }).title).toBe('An invitation is open');
  });
});

describe('a hold', () => {
  it('says until when', () => {
    expect(bare(holdText({ code: 'cooldown', says: '', until: 7_200_000 }, 0))).toBe('It has invited lately and rests. (ends in 2 hr)');
  });

  it('that is not known is told as the service tells it', () => {
    expect(holdText({ code: 'eclipse', says: 'the sun is dark' }, 0)).toBe('the sun is dark');
  });
});
