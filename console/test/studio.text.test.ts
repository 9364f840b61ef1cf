/** What the text editor knows of the place where somebody types. `|` is the cursor. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { complete, meaning } from '../src/views/studio/text/complete';
import { contextAt } from '../src/views/studio/text/context';
import type { Catalogue, Model } from '../src/wire/studio';

const key = (name: string, type = 'text', more = {}) => ({ key: name, doc: `about ${name}`, type, required: false, default: null, choices: null, unit: null, ...more });
const field = (name: string, type: string, operators: string[], values: string[] = []) => ({
  name, prefix: name.includes('<') ? name.slice(0, name.indexOf('<')) : null, type, doc: `about ${name}`, example: '', operators, values: values.map((value) => ({ value, n: 1 })), free: true, in_last: false, case_sensitive: type === 'text', needs_event: false,
});
const none = { page_types: [], countries: [], sources: [], campaigns: [], traits: [], events: [], goals: [], languages: [], tags: [], departments: [] };
const catalogue: Catalogue = {
  parts: [
    { part: 'score_rule', single: false, doc: 'gives points', keys: [key('id'), key('score', 'score'), key('on', 'words', { choices: ['page_view', 'dwell'] }), key('points'), key('once', 'true or false'), key('all', 'list of conditions')] },
    { part: 'trigger', single: false, doc: '', keys: [key('id'), key('schedule')] },
    { part: 'invitation', single: false, doc: '', keys: [key('tone', 'words', { choices: ['sales', 'help'] }), key('message')] },
  ],
  fields: [field('page.active', 'duration', ['at_least', 'at_most']), field('visitor.country', 'country', ['equals', 'one_of'], ['SA', 'AE']), field('visitor.trait.<name>', 'any', ['equals'], ['orders']), field('session.campaign', 'text', ['contains'])],
  operators: [{ name: 'at_least', doc: 'is this or more', takes: 'number' }],
  seen: { ...none, traits: [{ value: 'orders', n: 3 }] },
};
const model: Model = {
  parts: [{ part: 'score', entries: [{ file: 'a', index: 0, id: 'buy', line: 1, end_line: 2, values: {} }] }],
  broken: [], diagnostics: [], counts: { errors: 0, warnings: 0, hints: 0 },
};

const split = (marked: string): [string, number] => [marked.replace('|', ''), marked.indexOf('|')];
const offered = (marked: string) => complete(...split(marked), { catalogue, model })?.options.map((one) => one.label) ?? [];
const context = (marked: string) => contextAt(...split(marked));

test('headers are offered where one begins, and nowhere else', () => {
  assert.deepEqual(offered('x = 1\n\n[[sc|'), ['score_rule', 'trigger', 'invitation']);
  assert.equal(context('match = [\n  [|').place, 'value', 'a bracket inside a list is no header');
});

test('keys of a table are offered once', () => {
  assert.deepEqual(offered('[[score_rule]]\nid = "a"\nscore = "buy"\n|'), ['on', 'points', 'once', 'all']);
  assert.deepEqual(offered('[[trigger]]\nid = "a"\n[trigger.invitation]\n|'), ['tone', 'message']);
});

test('values fit their key', () => {
  assert.deepEqual(offered('[[score_rule]]\nscore = "|"'), ['buy']);
  assert.deepEqual(offered('[[score_rule]]\non = |'), ['page_view', 'dwell']);
  assert.deepEqual(offered('[[score_rule]]\nonce = |'), ['true', 'false']);
  assert.deepEqual(offered('[trigger.invitation]\ntone = "s|'), ['sales', 'help']);
});

test('a condition offers fields, then what may be asked of them, then what was seen', () => {
  assert.deepEqual(offered('[[score_rule]]\nall = [ { field = "|'), ['page.active', 'visitor.country', 'visitor.trait.orders', 'session.campaign']);
  assert.deepEqual(offered('[[score_rule]]\nall = [ { field = "page.active", |'), ['at_least', 'at_most']);
  assert.deepEqual(offered('[[score_rule]]\nall = [ { field = "page.active", at_least = "3s" },\n  { field = "visitor.country", one_of = ["|'), ['SA', 'AE']);
  assert.deepEqual(offered('[[score_rule]]\nall = [ { |'), ['field', 'segment', 'all', 'any', 'not']);
  assert.deepEqual(offered('[[score_rule]]\nall = [ { field = "session.campaign", |'), ['contains', 'case_sensitive']);
  assert.deepEqual(offered('[[score_rule]]\nall = [ { field = "visitor.trait.orders", equals = |'), [], 'names of a family are no values');
  assert.deepEqual(offered('[[score_rule]]\nall = [ { any = [ { field = "visitor.country", |'), ['equals', 'one_of']);
});

test('nothing is offered in a comment, and a hash in a text begins none', () => {
  assert.deepEqual(offered('[[score_rule]]\n# poi|'), []);
  assert.equal(context('[[score_rule]]\nid = "a#b"\non = "|').path.join('.'), 'on');
});

test('the word so far is replaced, quotes are added where they are missing', () => {
  const [text, at] = split('[[score_rule]]\non = "dw|');
  assert.equal(complete(text, at, { catalogue, model })?.from, at - 2);
  const bare = complete(...split('[[score_rule]]\non = dw|'), { catalogue, model });
  assert.deepEqual([bare?.from, bare?.options[0]?.insert], ['[[score_rule]]\non = '.length, '"page_view"']);
});

test('keys, fields and operators say what they mean', () => {
  const said = (marked: string) => meaning(...split(marked), { catalogue, model })?.doc ?? null;
  assert.equal(said('[[score_rule]]\npoi|nts = 3'), 'about points');
  assert.equal(said('[[score_rule]]\nall = [ { field = "page.ac|tive", at_least = "3s" } ]'), 'about page.active');
  assert.equal(said('[[score_rule]]\nall = [ { field = "page.active", at_le|ast = "3s" } ]'), 'is this or more');
  assert.equal(said('[[score_|rule]]'), 'gives points');
  assert.equal(said('[[score_rule]]\n# poi|nts'), null);
});
