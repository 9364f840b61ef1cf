import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import arabic from '../src/i18n/ar';
import english from '../src/i18n/en';
import { language } from '../src/lib/lang.svelte';
import { inOrder, indexAt, lengthOf, levelOf, lines, movedAt, nearestTo, nearness, path, standAt, step, stretches, telling, topOf } from '../src/views/rewind/rewind';
import { happened } from '../src/views/rewind/says';
import { t as timeline } from '../src/views/visitor/words';
import type { Moment, RewindPage, TriggerState, TriggerThen } from '../src/wire/rewind';

const moment = (offset_ms: number, kind: string, more: Partial<Moment> = {}): Moment => ({
  at: 1_000_000 + offset_ms,
  offset_ms,
  kind,
  label: null,
  also: [],
  page: 0,
  active_ms: 0,
  attended: true,
  scores: [],
  given: [],
  verdict: { decision: 'wait' },
  policy: [],
  triggers: [],
  invitation: null,
  ends: false,
  ...more,
});

const trigger = (id: string, state: TriggerState): TriggerThen => ({ id, name: id.toUpperCase(), state, missing: [], needs: [], suppressed: [], ready_at: null });
const score = (value: number) => [{ score: 'buy', value, max: 100, stage: null }];
const made = { id: 'i', trigger: 'a', made_by: 'trigger' as const, variant: null, at: 0, offset_ms: 0, withheld: false, message: 'Hi', lang: 'en', tone: 'sales', channel: 'chat', shown_at: null, ended_at: null, ended: null };

const visit = [
  moment(0, 'page_view', { triggers: [trigger('a', 'waiting'), trigger('b', 'off_page')], scores: score(0) }),
  moment(10_000, 'engage', { triggers: [trigger('a', 'waiting')], scores: score(0) }),
  moment(20_000, 'engage', { scores: score(20), given: [{ rule: 'r', name: 'R', score: 'buy', points: 20, value_after: 20 }] }),
  moment(25_000, 'engage', { scores: score(20) }),
  moment(30_000, 'wake', { triggers: [trigger('a', 'invited')], invitation: made, scores: score(19.9) }),
  moment(60_000, 'engage', { triggers: [trigger('a', 'held')], scores: score(19.8) }),
];

describe('a visit, step by step', () => {
  it('has at each moment the whole that its changes add up to', () => {
    const states = (at: number) => standAt(visit, at).triggers.map((one) => `${one.id} ${one.state}`);
    assert.deepEqual(states(0), ['a waiting', 'b off_page']);
    assert.deepEqual(states(4), ['a invited', 'b off_page']);
    assert.equal(standAt(visit, 3).scores[0]?.value, 20);
    assert.deepEqual([...movedAt(visit, 4)], ['a']);
    assert.deepEqual([...movedAt(visit, 1)], [], 'told anew, and as before');
    assert.deepEqual([...movedAt(visit, 0)], []);
  });

  it('steps over moments from which nothing follows, and stops at both ends', () => {
    const steps = telling(visit);
    assert.deepEqual(steps, [0, 2, 4, 5]);
    assert.equal(step(steps, 0, 1), 2);
    assert.equal(step(steps, 3, -1), 2, 'from a moment that is not listed');
    assert.equal(step(steps, 5, 1), 5);
    assert.equal(step(steps, 0, -1), 0);
  });

  it('finds the moment of a time on the line', () => {
    assert.equal(indexAt(visit, 29_999), 3);
    assert.equal(indexAt(visit, -5), 0);
    assert.equal(nearestTo(visit, 29_000), 4);
    assert.equal(nearestTo(visit, 26_000), 3);
    assert.equal(nearestTo(visit, 999_000), 5);
    assert.equal(nearestTo([], 5), 0);
  });

  it('draws a score in steps up to the end', () => {
    const [line] = lines(visit);
    assert.ok(line);
    assert.equal(topOf([line]), 20);
    assert.equal(path({ score: 'buy', points: [{ offset: 0, value: 0 }, { offset: 30_000, value: 10 }] }, 60_000, 20, 100, 10), 'M0.0 10.0H50.0V5.0H100');
    assert.equal(path({ score: 'buy', points: [] }, 1, 1, 1, 1), '');
  });

  it('warms with the stages of its score', () => {
    const bands = { score: 'buy', max: 100, stages: [{ name: 'warm', from: 25 }, { name: 'hot', from: 60 }] };
    assert.deepEqual([null, 'warm', 'hot', 'gone'].map((stage) => levelOf(bands, stage)), [0, 1, 2, 0]);
    assert.equal(levelOf(undefined, 'hot'), 0);
  });

  it('puts pages that were open at once into rows', () => {
    const page = (name: string, from_ms: number, until_ms: number): RewindPage => ({ page: name, page_type: null, path: '/', title: null, from_ms, until_ms });
    const pages = [page('c', 40_000, 60_000), page('a', 0, 30_000), page('b', 10_000, 40_000)];
    assert.equal(lengthOf(visit, pages), 60_000);
    assert.deepEqual(stretches(pages, 60_000).map((one) => [one.page.page, one.row, one.from, one.to]), [['a', 0, 0, 0.5], ['b', 1, 1 / 6, 2 / 3], ['c', 0, 2 / 3, 1]]);
    assert.equal(lengthOf([], []), 1_000, 'a line has some length');
  });

  it('shows what acts first, then what is nearest', () => {
    const order = inOrder([trigger('x', 'off_page'), trigger('far', 'waiting'), trigger('near', 'waiting'), trigger('y', 'invited')], (one) => (one.id === 'near' ? 0.9 : 0.1));
    assert.deepEqual(order.map((one) => one.id), ['y', 'near', 'far', 'x']);
    const part = { kind: 'leaf' as const, truth: 'no' as const, field: 'page.active', operator: 'at_least', wanted: '30s', says: '' };
    assert.equal(nearness({ ...trigger('a', 'waiting'), missing: [part, part] }, () => 0.5), 0.5);
    assert.equal(nearness({ ...trigger('a', 'waiting'), missing: [part, part] }, () => null), 0);
    assert.equal(nearness(trigger('a', 'ready'), () => 0), 1);
  });
});

describe('what happened', () => {
  const bare = (text: string): string => text.replace(/[\u2068\u2069]/g, '');
  const say = (one: Moment): string => bare(happened(one, (id) => `the ${id}`));
  const label = (type: string, data: Record<string, unknown>, name: string | null = null, url: string | null = null) => ({ at: 0, type, url, name, page: null, data });
  beforeEach(() => {
    [language.code, language.texts] = ['en', english];
  });

  it('is said in words', () => {
    assert.equal(say(moment(0, 'page_view', { label: label('page_view', { title: 'Prices' }) })), 'Opens Prices');
    assert.equal(say(moment(0, 'page_view', { label: label('page_view', { title: null }, null, 'https://x.example/a?b=1') })), 'Opens /a?b=1');
    assert.equal(say(moment(0, 'engage', { label: label('engage', { active_ms: 40_000, scroll: 72 }) })), 'Has read for 40 sec · down to 72%');
    assert.equal(say(moment(0, 'custom', { label: label('custom', {}, 'add_to_cart') })), 'Event add_to_cart');
    assert.equal(say(moment(0, 'invitation', { label: label('invitation', { outcome: 'dismissed' }) })), 'Says no to the invitation');
    assert.equal(say(moment(0, 'custom', { label: label('custom', {}, 'exit_intent') })), bare(timeline('time.exit_intent')));
    assert.equal(say(moment(0, 'chat', { label: label('chat', { state: 'first_reply' }) })), bare(timeline('time.chat.first_reply')));
    assert.equal(say(moment(0, 'chat', { label: label('chat', { state: 'dreaming' }) })), 'Chat: dreaming');
    assert.equal(say(moment(0, 'wake')), 'Time passes');
    assert.equal(say(moment(0, 'moon_rises')), 'moon rises');
  });

  it('is the invitation where nothing else happened', () => {
    assert.equal(say(moment(0, 'wake', { invitation: made })), 'Is invited by “the a”');
    assert.equal(say(moment(0, 'engage', { invitation: { ...made, withheld: true } })), 'Would be invited by “the a”, and is in the holdout');
    assert.equal(say(moment(0, 'page_view', { invitation: made, label: label('page_view', { title: 'Home' }) })), 'Opens Home');
  });

  it('is said in Arabic as well', () => {
    [language.code, language.texts] = ['ar', arabic];
    assert.equal(say(moment(0, 'wake')), 'يمر الوقت');
  });
});
