/** Differences between versions, as people read them. */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { setLanguage } from '../src/lib/lang.svelte';
import { conditionText, said, saidAll, sentence, valueText } from '../src/views/versions/changes';
import type { Change, ChangeDetail } from '../src/wire/rulesets';

const detail = (over: Partial<ChangeDetail> & Pick<ChangeDetail, 'key'>): ChangeDetail => ({ path: over.key.split('.'), before: null, after: null, within: null, ...over });
const change = (over: Partial<Change>): Change => ({ part: 'score_rule', id: 'pricing-read', name: null, change: 'changed', says: '', details: [], where: { page_types: [], languages: [] }, ...over });
/** Without the marks that keep directions apart. */
const bare = (text: string): string => text.replace(/[\u200e\u200f\u2066-\u2069]/g, '');
const told = (over: Partial<Change>): string => bare(sentence(said(change(over))));

// A page there is none, but its language can be set.
Object.assign(globalThis, { document: { documentElement: {} } });

describe('a difference in English', () => {
  before(() => setLanguage('en'));

  it('tells old and new points', () => {
    assert.equal(told({ details: [detail({ key: 'points', before: 15, after: 20 })] }), 'pricing-read: 15 → 20 points');
    assert.equal(told({ details: [detail({ key: 'points', before: 2, after: 1 })] }), 'pricing-read: 2 → 1 point');
  });

  it('tells for which pages and in which language something is new', () => {
    const where = { page_types: ['sales'], languages: ['ar'] };
    assert.equal(told({ part: 'trigger', id: 'sales-arabic', change: 'added', where }), 'New trigger sales-arabic for Sales pages in Arabic');
    assert.equal(told({ part: 'trigger', id: 'x', change: 'added', where: { page_types: [], languages: ['en', 'ar'] } }), 'New trigger x in English and Arabic');
    assert.equal(told({ part: 'segment', id: 'x', change: 'added' }), 'New segment x');
    assert.equal(told({ part: 'policy', id: '', change: 'added' }), 'Policy is new');
    assert.equal(told({ part: 'trigger', id: 'x', change: 'removed' }), 'The trigger x is gone');
  });

  it('tells where a page type stands now', () => {
    assert.equal(told({ part: 'page_type', id: 'help', change: 'moved', details: [detail({ key: 'order', path: [], after: 'home' })] }), 'page type Help is asked after Home now');
    assert.equal(told({ part: 'page_type', id: 'help', change: 'moved', details: [detail({ key: 'order', path: [], before: 'home' })] }), 'page type Help is asked first now');
  });

  it('tells conditions by what they ask', () => {
    const within = { field: 'page.active', at_least: '20s' };
    assert.equal(told({ details: [detail({ key: 'all.at_least', path: ['all', 0, 'at_least'], before: '30s', after: '20s', within })] }), 'pricing-read: Reading this page: at least 30 sec → at least 20 sec');
    assert.equal(told({ details: [detail({ key: 'all', path: ['all', 1], after: { field: 'score.buy', at_least: 25 } })] }), 'pricing-read: asks for this as well: Score Buy: at least 25');
    assert.equal(told({ details: [detail({ key: 'not', path: ['not'], before: { segment: 'customers' } })] }), 'pricing-read: no longer asks for: segment customers');
    assert.equal(bare(conditionText({ any: [{ field: 'visitor.returning', equals: true }, { not: { field: 'visitor.country', one_of: ['SA', 'AE'] } }] })), 'Has been here before: yes or not (Country: one of Saudi Arabia or United Arab Emirates)');
  });

  it('tells words by their language, and variants by their name', () => {
    assert.equal(told({ part: 'trigger', id: 'hi', details: [detail({ key: 'invitation.message.en', before: 'Hello', after: 'Hi' })] }), 'hi: words in English: “Hello” → “Hi”');
    assert.equal(told({ part: 'trigger', id: 'hi', details: [detail({ key: 'variant.weight', path: ['variant', 1, 'weight'], before: 1, after: 2, within: { id: 'b' } })] }), 'hi: variant b, weight: 1 → 2');
    assert.equal(told({ part: 'trigger', id: 'hi', details: [detail({ key: 'variant', path: ['variant', 1], after: { id: 'b' }, within: { id: 'b' } })] }), 'hi: new variant b');
  });

  it('tells values as people say them', () => {
    assert.equal(told({ part: 'policy', id: '', details: [detail({ key: 'never_on', before: ['checkout'], after: ['checkout', 'cart'] })] }), 'Policy: never on: Checkout → Checkout and Cart');
    assert.equal(told({ part: 'trigger', id: 'x', details: [detail({ key: 'cooldown', after: '1d' })] }), 'x: rest between two: 1 day (new)');
    assert.equal(told({ part: 'score', id: 'buy', details: [detail({ key: 'stages.warm', before: 25, after: 30 })] }), 'score Buy: stage Warm from: 25 points → 30 points');
    assert.deepEqual([true, null, 1.5, [] as never[]].map((value) => bare(valueText('x', value))), ['yes', 'none', '1.5', 'none']);
    // A key that is not known is told as it is written.
    assert.equal(told({ details: [detail({ key: 'novelty', before: 1, after: 2 })] }), 'pricing-read: novelty: 1 → 2');
  });

  it('tells many values one by one, and not without end', () => {
    const details = Array.from({ length: 12 }, (_, at) => detail({ key: `key${at}`, before: 1, after: 2 }));
    const one = said(change({ details }));
    assert.equal(bare(one.title), 'pricing-read');
    assert.equal(one.items.length, 9);
    assert.equal(bare(one.items.at(-1) ?? ''), 'and 4 more');
  });

  it('puts what visitors notice before tests', () => {
    const order = saidAll([change({ part: 'test', id: 't' }), change({ part: 'score', id: 's' }), change({ part: 'trigger', id: 'g' })]);
    assert.deepEqual(order.map(({ key }) => key.split(' ')[0]), ['trigger', 'score', 'test']);
  });
});

describe('a difference in Arabic', () => {
  before(() => setLanguage('ar'));

  it('reads from right to left, in its own words', () => {
    assert.equal(told({ details: [detail({ key: 'points', before: 15, after: 20 })] }), 'pricing-read: 15 ← 20 نقطة');
    assert.equal(told({ details: [detail({ key: 'points', before: 15, after: 2 })] }), 'pricing-read: 15 ← نقطتان');
    const where = { page_types: ['sales'], languages: ['ar'] };
    assert.match(told({ part: 'trigger', id: 'x', change: 'added', where }), /^إضافة مُطلِق x لصفحات .+ باللغة العربية$/);
  });
});
