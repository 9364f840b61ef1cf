import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Band, HourLoad, NowAnswer, NowRow, Report, Versus } from '../src/wire/rulesets';
import { caution, days, growth, isSame, perDay, placeOf, shares, tenthLabels, tight, triggerLines, week } from '../src/views/studio/effect/figures';
import { Lines } from '../src/views/studio/effect/lines';
import { first, heldBack, told } from '../src/views/studio/effect/now';
import { near } from './like';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Monday, 0:00 UTC. */
const MONDAY = Date.UTC(2026, 10, 23);
const two = (before: number, after = before): Versus => ({ before, after });
const made = (before: number, after = before) => ({ offered: two(before, after), withheld: two(0) });

function report(over: Partial<Report> = {}): Report {
  return {
    format: 1, site: 'shop', since: MONDAY, until: MONDAY + 7 * DAY, time_zone: 'UTC', candidate: 'c', against: null, records: 0, events: 0, visitors: 10,
    warnings: [], invited: two(0), invitations: made(0), gained: { visitors: 0, examples: [] }, lost: { visitors: 0, examples: [] },
    while_chatting: two(0), on_silent_page: two(0), triggers: [], conflicts: [], unfired: { score_rules: [], triggers: [] }, scores: [], stages: [],
    capacity: { peak: { before: null, after: null } satisfies Versus<HourLoad | null>, hours_over: two(0) }, days: [], hours: [], ...over,
  };
}

const hour = (start: number, before: number, after: number, least: number, most: number) => ({ start, ...made(before, after), free_least: least, free_most: most });

describe('invitations a day', () => {
  it('are told of the days that there is anything of', () => {
    const found = report({ invitations: made(14, 21), hours: [hour(MONDAY, 14, 21, 1, 1)] });
    assert.deepEqual(perDay(found), { before: 2, after: 3 });
    const young = report({ invitations: made(14, 21), hours: [hour(MONDAY + 5 * DAY, 14, 21, 1, 1)] });
    assert.deepEqual(perDay(young), { before: 7, after: 10.5 });
  });

  it('of a few hours are not blown up to a day', () => {
    assert.equal(days(report({ hours: [hour(MONDAY + 7 * DAY - 2 * HOUR, 1, 1, 1, 1)] })), 1);
  });

  it('grow from something only', () => {
    assert.deepEqual([growth(two(10, 12)), growth(two(0, 3))], [0.2, null]);
  });
});

describe('no difference', () => {
  const band: Band = { sessions: 1, max: 100, tenths: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], p50: 0, p75: 0, p90: 0, p99: 0 };
  it('is said only when nothing differs', () => {
    assert.equal(isSame(report({ triggers: [{ trigger: 'a', ...made(3) }], scores: [{ score: 'buy', before: band, after: { ...band } }] })), true);
    assert.equal(isSame(report({ scores: [{ score: 'buy', before: band, after: { ...band, p50: 1 } }] })), false);
    // One visitor for another leaves the sums alone.
    assert.equal(isSame(report({ gained: { visitors: 1, examples: [] }, lost: { visitors: 1, examples: [] } })), false);
    assert.equal(isSame(report({ replaced: [{ before: 'a', after: 'b', visitors: 1 }] })), false);
    assert.equal(isSame(report({ stages: [{ score: 'buy', stage: 'hot', ...two(1, 2) }] })), false);
  });
});

describe('triggers', () => {
  it('stand in the order of what changed, without the silent ones', () => {
    const lines = triggerLines(report({ triggers: [{ trigger: 'a', ...made(5) }, { trigger: 'b', ...made(9, 2) }, { trigger: 'c', ...made(0, 3) }, { trigger: 'd', ...made(0) }] }));
    assert.deepEqual(lines.map(({ trigger, change }) => [trigger, change]), [['b', -7], ['c', 3], ['a', 0]]);
  });
});

describe('scores', () => {
  it('are divided into ten parts up to their maximum', () => {
    assert.deepEqual(tenthLabels(100).slice(0, 2).concat(tenthLabels(100).slice(-1)), ['0–9', '10–19', '90–100']);
    assert.equal(tenthLabels(8).length, 10);
  });

  it('are compared by shares, since the sides may differ in number', () => {
    const band: Band = { sessions: 4, max: 100, tenths: [2, 1, 1, 0, 0, 0, 0, 0, 0, 0], p50: 0, p75: 0, p90: 0, p99: 0 };
    assert.deepEqual(shares(band).slice(0, 3), [0.5, 0.25, 0.25]);
    assert.equal(shares(null).length, 10);
  });
});

describe('the week', () => {
  it('has 168 hours from Monday on, by the clock of the site', () => {
    const hours = week(report({ time_zone: 'Asia/Riyadh', hours: [hour(MONDAY, 1, 4, 2, 4)] }));
    assert.equal(hours.length, 168);
    const at = hours[3];
    assert.deepEqual([at?.weekday, at?.hour, at?.offered, at?.slots, at?.least, at?.over], ['mon', 3, two(1, 4), 3, 2, true]);
    assert.equal(hours.filter((one) => one.offered.after > 0).length, 1);
  });

  it('is the mean of the weeks in the period', () => {
    const hours = week(report({ until: MONDAY + 14 * DAY, hours: [hour(MONDAY, 2, 4, 1, 1), hour(MONDAY + 7 * DAY, 4, 8, 3, 3)] }));
    assert.deepEqual([hours[0]?.offered, hours[0]?.slots, hours[0]?.least], [two(3, 6), 2, 1]);
  });

  it('is taken as the service tells it, where it does', () => {
    const hours = week(report({ hours_of_week: [{ weekday: 'sun', hour: 23, hours: 1, ...made(0, 7), free_least: 0, free_mean: 1.5 }] }));
    assert.equal(placeOf({ weekday: 'sun', hour: 23 }), 167);
    near(hours[167]?.offered.after, 7);
    assert.deepEqual(tight(hours).map(({ weekday }) => weekday), ['sun']);
  });

  it('calls no hour tight of which nothing is known', () => {
    const hours = week(report({ hours_of_week: [{ weekday: 'mon', hour: 0, hours: 0, ...made(0, 7), free_least: 0, free_mean: 0 }] }));
    assert.deepEqual(tight(hours), []);
  });
});

describe('warnings', () => {
  it('are understood as the service writes them, and passed on otherwise', () => {
    const said = [
      'the journal has no record of this site in this period',
      'the journal begins 3d after the beginning of the period',
      '12 visitors had been there before their first record: what was known of them by then is missing',
      'the rules da6f2eb99572045a are not kept: what was decided under them is left out',
      'something new',
    ].map(caution);
    assert.deepEqual(said, [
      { key: 'warn.nothing' },
      { key: 'warn.begins', span: '3d' },
      { key: 'warn.known', n: 12 },
      { key: 'warn.unkept', hash: 'da6f2eb99572045a' },
      { key: 'warn.other', text: 'something new' },
    ]);
  });
});

describe('lines', () => {
  it('are put together however they are cut', () => {
    const text = '{"a":1}\n\n{"b":2}\n{"c":3}';
    for (const size of [1, 2, 5, text.length]) {
      const lines = new Lines();
      const found: string[] = [];
      for (let at = 0; at < text.length; at += size) found.push(...lines.feed(text.slice(at, at + size)));
      assert.deepEqual([...found, ...lines.end()], ['{"a":1}', '{"b":2}', '{"c":3}'], `in pieces of ${size}`);
    }
  });
});

describe('now', () => {
  const row = (visitor: string, scores: NowRow['scores'] = []): NowRow => ({ visitor, name: null, country: null, page_type: null, path: '/', title: null, trigger: 't', live_trigger: null, message: null, lang: null, tone: null, channel: null, in_ms: 0, scores });
  const side = { ready: 0, withheld: 0, held: {} };
  const answer = (over: Partial<NowAnswer>): NowAnswer => ({ at: 0, visitors: 9, looked_at: 9, too_many: 0, live: side, draft: side, counts: { both: 0, gained: 0, lost: 0, soon: 0 }, both: [], gained: [], lost: [], soon: [], ...over });
  const moved = (score: string, before: number | null, after: number) => ({ score, before, after, stage_before: null, stage: null });

  it('begins with the list that has somebody', () => {
    assert.equal(first(answer({ both: [row('a')], lost: [row('b')] })), 'lost');
    assert.equal(first(answer({})), 'gained');
  });

  it('tells the scores that differ, and all when none does', () => {
    const [same, other, fresh] = [moved('help', 4, 4.2), moved('buy', 4, 9), moved('fit', null, 0)];
    assert.deepEqual(told(row('a', [same, other, fresh])), [other, fresh]);
    assert.deepEqual(told(row('a', [same])), [same]);
  });

  it('adds up whom the policy holds back', () => {
    assert.equal(heldBack(answer({ draft: { ready: 1, withheld: 2, held: { session_cap: 3, typing: 4 } } })), 7);
  });
});
