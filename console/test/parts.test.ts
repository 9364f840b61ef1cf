import assert from 'node:assert/strict';
import test from 'node:test';
import { match } from '../src/lib/match';
import { madeUpName } from '../src/lib/people';
import { rank } from '../src/lib/search';
import { Parser } from '../src/lib/sse';

test('a path fits a pattern whole, and its parts are decoded', () => {
  assert.deepEqual(match('/sites/:site/visitors/:id', '/sites/shop%20a/visitors/x'), { site: 'shop a', id: 'x' });
  assert.deepEqual(match('/people', '/people/'), {});
  assert.equal(match('/sites/:site/live', '/sites//live'), null);
  assert.equal(match('/sites/:site/live', '/sites/shop/live/more'), null);
  assert.equal(match('/sites/:site/live', '/sites/%/live'), null);
});

test('events are read however they are cut', () => {
  const stream = ': hello\r\nid: 7\r\nevent: change\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata:x\n\nid:8\n\nevent: ping\ndata\n\n';
  const wanted = [
    { event: 'change', data: '{"a":\n1}', id: '7' },
    { event: 'message', data: 'x', id: '7' },
    { event: 'ping', data: '', id: '8' },
  ];
  for (const size of [1, 2, 3, 7, stream.length]) {
    const parser = new Parser();
    const events = [];
    for (let at = 0; at < stream.length; at += size) events.push(...parser.feed(stream.slice(at, at + size)));
    assert.deepEqual(events, wanted, `in pieces of ${size}`);
  }
});

test('the palette finds what begins so first, in any spelling', () => {
  const things = [{ label: 'Go to webhooks', words: 'webhooks' }, { label: 'Webhooks' }, { label: 'الأشخاص' }];
  assert.deepEqual(rank(things, 'web').map((one) => one.label), ['Webhooks', 'Go to webhooks']);
  assert.deepEqual(rank(things, 'الاشخاص').map((one) => one.label), ['الأشخاص']);
  assert.equal(rank(things, '').length, 3);
  assert.equal(rank(things, 'zzz').length, 0);
});

test('a made-up name is always the same for one id, and spreads', () => {
  assert.equal(madeUpName('oXQAe5Mxbn4-G6lfCsKkRA', 'en'), madeUpName('oXQAe5Mxbn4-G6lfCsKkRA', 'en'));
  for (const language of ['en', 'ar'] as const) {
    const names = new Set(Array.from({ length: 2000 }, (_, i) => madeUpName(`visitor${i}`, language)));
    assert.ok(names.size > 450, `${names.size} of 512 names are used in ${language}`);
  }
});
