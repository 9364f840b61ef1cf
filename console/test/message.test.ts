import assert from 'node:assert/strict';
import test from 'node:test';
import { render } from '../src/lib/message';

test('a plural follows the rules of its language', () => {
  const visitors = { zero: 'لا زوّار', one: 'زائر واحد', two: 'زائران', few: '{n} زوّار', many: '{n} زائرًا', other: '{n} زائر' };
  const said = [0, 1, 2, 3, 11, 100].map((n) => render(visitors, 'ar-u-nu-latn', { n }));
  assert.deepEqual(said, ['لا زوّار', 'زائر واحد', 'زائران', '3 زوّار', '11 زائرًا', '100 زائر']);
  assert.equal(render({ one: '{n} visitor', other: '{n} visitors' }, 'en', { n: 1234 }), '1,234 visitors');
});

test('words from elsewhere are isolated, so that they cannot turn the line around', () => {
  const said = render('Banned by {name}', 'en', { name: '\u202eevil' });
  assert.equal(said, 'Banned by \u2068\u202eevil\u2069');
});

test('a name that nothing was given for stays visible', () => {
  assert.equal(render('Hello {name}', 'en'), 'Hello {name}');
});
