import assert from 'node:assert/strict';
import test from 'node:test';
import { asked, changed, filtersOf, listQuery, nextSort, warmth } from '../src/views/live/filter';
import { Layout, WINDOW, windowFor } from '../src/views/live/layout';
import { Model, difference } from '../src/views/live/model';
import type { VisitorRow, WindowEvent } from '../src/wire/live';

const row = (id: string, more: Partial<VisitorRow> = {}): VisitorRow => ({
  id, user_id: null, verified: false, name: null, company: null, presence: 'active', chat: 'none', invitation: 'none', scores: [],
  page: null, page_views: 1, active_ms: 0, started_at: 0, last_seen: 0, sessions: 1, arrival: null, tags: [], on_page_s: 0, path: [],
  ...more,
});

/** An event of which only the ids that are `told` come with their rows. */
function event(ids: string, how: { from?: number; total?: number; told?: string } = {}): WindowEvent {
  const order = [...ids];
  const rows = [...(how.told ?? ids)].map((id) => row(id));
  return { offset: 1, total: how.total ?? order.length, from: how.from ?? 0, order, rows, counts: {}, hot: [], figures: null };
}

const shown = (model: Model, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => model.at(from + i)?.id ?? '.').join('');

test('the list is of who is here, unless somebody wants those who left', () => {
  const told = (list: string) => asked(new URLSearchParams(list)).get('presence');
  assert.equal(told('stage=hot'), 'here');
  assert.equal(told('presence=left'), 'left');
  assert.equal(told('presence=all'), null);
  assert.equal(changed(new URLSearchParams('presence=left&sort=user'), 'presence', 'here').toString(), 'sort=user');
});

test('a held order stands still, says how much has changed, and settles', () => {
  const model = new Model();
  model.take(event('abcd'), true);
  model.hold(true);
  assert.equal(model.take(event('dabe', { told: 'e' }), false), false);
  assert.equal(shown(model, 0, 4), 'abcd');
  assert.equal(model.waiting, 2, 'd moved up and e came');
  assert.ok(model.isGone('c'), 'c is in the list no more, and still shown');
  model.settle();
  assert.equal(shown(model, 0, 4), 'dabe');
  assert.equal(model.waiting, 0);
  model.take(event('edab', { told: '' }), false);
  assert.equal(shown(model, 0, 4), 'dabe', 'settling once does not let go');
  model.hold(false);
  assert.equal(shown(model, 0, 4), 'edab');
});

test('who comes to a list that is held stands at its end, not behind a blank line', () => {
  const model = new Model();
  model.take(event(''), true);
  model.hold(true);
  model.take(event('a'), false);
  assert.equal(shown(model, 0, 1), 'a');
  model.take(event('cba', { told: 'cb' }), false);
  assert.equal(shown(model, 0, 3), 'acb');
  assert.equal(model.waiting, 1, 'only a will move');
  model.hold(false);
  assert.equal(shown(model, 0, 3), 'cba');
});

test('rows change in place while the order is held', () => {
  const model = new Model();
  model.take(event('ab'), true);
  model.hold(true);
  model.take({ ...event('ba', { told: '' }), rows: [row('a', { page_views: 9 })] }, false);
  assert.equal(model.at(0)?.page_views, 9);
});

test('scrolling keeps what was seen, and nobody stands at two places', () => {
  const model = new Model();
  model.take(event('abcd', { total: 8 }), true);
  model.take(event('cdef', { from: 2, total: 8, told: 'ef' }), false);
  assert.equal(shown(model, 0, 8), 'abcdef..');
  // b has fallen behind the window's end meanwhile.
  model.take(event('defb', { from: 2, total: 8, told: 'b' }), false);
  assert.equal(shown(model, 0, 8), 'a.defb..');
});

test('a row that was never told is noticed', () => {
  const model = new Model();
  model.take(event('ab'), true);
  assert.equal(model.take(event('abx', { told: '' }), false), true);
});

test('what is remembered is bounded', () => {
  const model = new Model();
  const ids = Array.from({ length: 5_000 }, (_, i) => `v${i}`);
  for (let from = 0; from < 4_900; from += 100) {
    const order = ids.slice(from, from + 100);
    model.take({ ...event(''), total: 5_000, from, order, rows: order.map((id) => row(id)) }, from === 0);
  }
  const known = ids.filter((_, place) => model.at(place));
  assert.ok(known.length <= 600, `${known.length} rows`);
  assert.ok(model.at(4_850), 'the window itself is there');
  assert.equal(model.at(0), undefined);
});

test('a change counts who came and who moved past others, not everybody who was pushed along', () => {
  assert.equal(difference([...'abcdef'], [...'abcdef']), 0);
  assert.equal(difference([...'abcdef'], [...'xabcde']), 1);
  assert.equal(difference([...'abcdef'], [...'fabcde']), 1);
  assert.equal(difference([...'abcdef'], [...'fedcba']), 5);
});

test('headings take lines of their own', () => {
  const layout = new Layout(5, [{ name: 'pricing', n: 2 }, { name: null, n: 3 }]);
  assert.equal(layout.lines, 7);
  const lines = Array.from({ length: 7 }, (_, i) => {
    const item = layout.item(i);
    return item.kind === 'group' ? `(${item.group.name})` : item.place;
  });
  assert.deepEqual(lines, ['(pricing)', 0, 1, '(null)', 2, 3, 4]);
  assert.deepEqual([0, 1, 2, 3, 4].map((place) => layout.lineOf(place)), [1, 2, 4, 5, 6]);
  assert.deepEqual(layout.item(3).kind, 'group');
  assert.equal(new Layout(3, null).item(2).kind, 'row');
});

test('the window follows the screen, and not every step of it', () => {
  assert.equal(windowFor(0, 20, 0, 100_000), null, 'the top of the list');
  assert.equal(windowFor(40, 60, 0, 100_000), null, 'well inside');
  const moved = windowFor(95, 115, 0, 100_000);
  assert.ok(moved !== null && moved <= 95 && moved + WINDOW >= 115);
  assert.equal(windowFor(95, 115, moved ?? 0, 100_000), null, 'and then it stays');
  assert.equal(windowFor(99_980, 99_999, 0, 100_000), 100_000 - WINDOW, 'the end of the list');
  assert.equal(windowFor(0, 12, 0, 12), null, 'a short list needs one window');
  assert.equal(windowFor(0, 12, 500, 13), 0, 'a list that became short');
});

test('a query keeps what concerns the list, in one order', () => {
  const query = listQuery(new URLSearchParams('sort=-score.buy&x=1&country=SA&stage=hot'));
  assert.equal(query.toString(), 'stage=hot&country=SA&sort=-score.buy');
  assert.deepEqual(filtersOf(query), [{ name: 'stage', value: 'hot' }, { name: 'country', value: 'SA' }]);
  assert.equal(changed(query, 'stage', null).has('stage'), false);
  assert.deepEqual([nextSort(null, 'visits'), nextSort('-visits', 'visits'), nextSort('visits', 'visits')], ['-visits', 'visits', null]);
});

test('a stage is as warm as its place among the stages', () => {
  const stages = [null, 'warm', 'hot'];
  assert.deepEqual([null, 'warm', 'hot'].map((stage) => warmth(stage, stages)), [0, 1, 2]);
  assert.deepEqual(['low', 'middle', 'high'].map((stage) => warmth(stage, [null, 'low', 'middle', 'high'])), [0, 1, 2]);
  assert.equal(warmth('keen', [null, 'keen']), 2, 'the only stage is the highest');
});
