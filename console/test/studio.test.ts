import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import test from 'node:test';
import { difference, edited, indexesOf, mended } from '../src/views/studio/bytes';
import { KNOWN_CODES } from '../src/views/studio/diagnostics';
import { changed, empty, redone, undone } from '../src/views/studio/history';
import { begin, fieldOf, kindOf, shapeOf, withOperator } from '../src/views/studio/form/conditions';
import { percentPart, spanParts, spanText } from '../src/views/studio/form/duration';
import { FORMS, beginning, idKey, isShown } from '../src/views/studio/form/spec';
import { chosen, differing } from '../src/views/studio/merge/conflict';
import { asWritten, at, entryAtLine, free, PARTS, placeOf, within } from '../src/views/studio/model';
import en from '../src/views/studio/words.en';
import type { Catalogue, CatalogueField, Diagnostic, Entry } from '../src/wire/studio';

const field = (name: string, type: string, operators: string[], more: Partial<CatalogueField> = {}): CatalogueField => ({
  name, type, operators, prefix: null, doc: '', example: '', values: [], free: true, in_last: false, case_sensitive: false, needs_event: false, ...more,
});
const catalogue: Catalogue = {
  parts: [],
  operators: [],
  fields: [
    field('page.active', 'duration', ['at_least', 'between']),
    field('visitor.country', 'country', ['equals', 'one_of'], { values: [{ value: 'SA', n: 5 }] }),
    field('session.events', 'number', ['at_least']),
    field('session.events.<name>', 'number', ['at_least'], { prefix: 'session.events.' }),
  ],
  seen: { page_types: [], countries: [], sources: [], campaigns: [], traits: [], events: [], goals: [], languages: [], tags: [], departments: [] },
};

test('places in bytes are found in texts of any script', () => {
  const text = 'ar = "أهلًا" # 👋\nx = 1';
  const bytes = new TextEncoder().encode(text);
  for (const [i] of [...text].entries()) {
    const before = [...text].slice(0, i).join('');
    assert.deepEqual(indexesOf(text, [new TextEncoder().encode(before).length]), [before.length]);
  }
  assert.deepEqual(indexesOf(text, [0, bytes.length, bytes.length + 9]), [0, text.length, text.length]);
});

test('edits are made by bytes, and only what they name changes', () => {
  const text = 'name = "سعر"\npage_type = "prising" # where\n';
  const start = new TextEncoder().encode(text.slice(0, text.indexOf('"prising"'))).length;
  assert.equal(edited(text, [{ start, end: start + 9, text: '"pricing"' }]), text.replace('prising', 'pricing'));
  assert.equal(edited('abc', [{ start: 3, end: 3, text: '!' }, { start: 0, end: 1, text: '' }]), 'bc!');
  const files = [{ name: 'a.toml', text: 'x' }, { name: 'b.toml', text: 'x' }];
  const fixed = mended(files, { title: '', edits: [{ file: 'b.toml', start: 0, end: 1, text: 'y' }] });
  assert.equal(fixed[0], files[0], 'a file without edits is the very same');
  assert.equal(fixed[1]?.text, 'y');
});

test('the smallest difference leaves what is alike on both sides', () => {
  assert.equal(difference('same', 'same'), null);
  for (const [was, is] of [['points = 15 # why', 'points = 20 # why'], ['aa', 'aaa'], ['aaa', 'aa'], ['', 'x'], ['x', '']] as const) {
    const found = difference(was, is);
    assert.ok(found);
    assert.equal(was.slice(0, found.from) + found.insert + was.slice(found.to), is);
  }
});

test('one goes back step by step, and changes of one thing in a row are one step', () => {
  let history = empty<string>();
  history = changed(history, 'a', 'x', 1_000);
  history = changed(history, 'b', 'x', 1_500);
  history = changed(history, 'c', 'y', 1_600);
  const once = undone(history, 'd');
  assert.equal(once?.[1], 'c');
  const twice = undone(once[0], once[1]);
  assert.equal(twice?.[1], 'a', 'both changes of x are gone at once');
  assert.equal(undone(twice[0], twice[1]), null);
  assert.equal(redone(twice[0], twice[1])?.[1], 'c');
  const anew = changed(twice[0], 'a', 'x', 1_700);
  assert.equal(redone(anew, 'e'), null, 'after another change there is nothing to do again');
  assert.equal(undone(anew, 'e')?.[1], 'a', 'after going back a change is a step of its own');
});

const diagnostic = (over: Partial<Diagnostic>): Diagnostic => ({
  severity: 'error', code: 'x', message: '', file: 'a.toml', line: 1, column: 1, start: 0, end: 0, pointer: '', ...over,
});

test('a diagnostic belongs to its entry and field, by its place or by its pointer', () => {
  assert.deepEqual(placeOf(diagnostic({ pointer: '/score_rule/3/all/0/at_least' })), { file: 'a.toml', part: 'score_rule', index: 3, path: ['all', 0, 'at_least'] });
  assert.deepEqual(placeOf(diagnostic({ pointer: '/policy/never_on/1' })), { file: 'a.toml', part: 'policy', index: 0, path: ['never_on', 1] });
  assert.deepEqual(placeOf(diagnostic({ pointer: '/trigger/0/invitation/message/a~1b' }))?.path, ['invitation', 'message', 'a/b']);
  assert.equal(placeOf(diagnostic({ pointer: '' })), null);
  const told = { file: 'b.toml', part: 'score', index: 2, path: ['max'] };
  assert.deepEqual(placeOf(diagnostic({ pointer: '/score_rule/3', at: told })), told);
  const found = [{ path: ['all', 0, 'at_least'] }, { path: ['all', 1] }, { path: ['name'] }];
  assert.deepEqual(within(found, ['all', 0]), [found[0]]);
  assert.deepEqual(within(found, ['all']).length, 2);
});

test('values are found by their path, and lists stay as their author wrote them', () => {
  const values = { all: [{ field: 'a', one_of: ['x', 'y'] }], invitation: { message: { en: 'Hi' } } };
  assert.equal(at(values, ['all', 0, 'one_of', 1]), 'y');
  assert.equal(at(values, ['invitation', 'message', 'ar']), undefined);
  assert.equal(at(values, ['all', 7, 'field']), undefined);
  assert.equal(asWritten(['home'], 'pricing'), 'home');
  assert.deepEqual(asWritten(['home'], ['pricing', 'home']), ['home']);
  assert.deepEqual(asWritten(['a', 'b'], 'a'), ['a', 'b']);
  assert.equal(asWritten([], ['a']), undefined);
  assert.equal(free('new', ['new', 'new-2']), 'new-3');
});

test('a line leads to the entry that spans it', () => {
  const entry = (index: number, line: number, end_line: number): Entry => ({ file: 'a.toml', index, id: null, line, end_line, values: {} });
  const parts = [{ part: 'score', entries: [entry(0, 1, 4), entry(1, 6, 9)] }];
  assert.deepEqual(entryAtLine(parts, 'a.toml', 9), { file: 'a.toml', part: 'score', index: 1 });
  assert.equal(entryAtLine(parts, 'a.toml', 5), null);
  assert.equal(entryAtLine(parts, 'b.toml', 1), null);
});

test('the builder asks of a field only what fits, and begins with what was seen', () => {
  assert.equal(fieldOf(catalogue, 'session.events.cart')?.name, 'session.events.<name>');
  assert.equal(fieldOf(catalogue, 'session.events')?.prefix, null);
  assert.equal(fieldOf(catalogue, 'session.events.'), undefined, 'a family without a name is no field');
  const country = fieldOf(catalogue, 'visitor.country');
  const active = fieldOf(catalogue, 'page.active');
  assert.ok(country && active);
  assert.deepEqual(begin(country, 'visitor.country', ['SA']), { field: 'visitor.country', one_of: ['SA'] });
  assert.deepEqual(begin(active, 'page.active', []), { field: 'page.active', at_least: '30s' });
  assert.equal(shapeOf(active, 'between'), 'durations');
  assert.equal(shapeOf(country, 'exists'), 'flag');
  assert.deepEqual(withOperator(country, { field: 'visitor.country', equals: 'AE' }, 'equals', 'one_of', []), { field: 'visitor.country', one_of: ['AE'] });
  assert.deepEqual(withOperator(active, { field: 'page.active', at_least: '20s', in_last: '5m' }, 'at_least', 'more_than', []), { field: 'page.active', more_than: '20s', in_last: '5m' });
  assert.equal(kindOf({ any: [] }), 'any');
  assert.equal(kindOf({ all: [], not: {} }), 'other');
});

test('spans and shares are read as rules write them, and nothing else is taken for one', () => {
  assert.deepEqual(spanParts('90s'), { count: 90, unit: 's' });
  assert.deepEqual(spanParts('500ms'), { count: 500, unit: 'ms' });
  assert.equal(spanParts('1h30m'), null);
  assert.equal(spanText(3, 'd'), '3d');
  assert.equal(percentPart('2.5%'), 2.5);
  assert.equal(percentPart('10'), null);
});

test('every part has a form, a beginning and its words', () => {
  const known: Record<string, unknown> = en;
  for (const part of PARTS) {
    for (const kind of ['part', 'lead', 'new', 'none']) assert.ok(known[`${kind}.${part}`], `${kind}.${part}`);
    for (const group of FORMS[part]) {
      assert.ok(known[`group.${group.id}`], group.id);
      for (const item of group.items) assert.ok(known[`k.${part}.${item.key}`] ?? known[`k.${item.key}`], `${part} ${item.key}`);
    }
    const values = beginning(part, { scores: ['buy'], pageTypes: ['pricing'] }, 'new');
    const key = idKey(part);
    if (key) assert.equal(values[key], 'new');
  }
  const after = FORMS.score_rule.flatMap((group) => group.items).find((item) => item.key === 'after');
  assert.ok(after && isShown(after, { on: 'dwell' }) && !isShown(after, { on: 'page_view' }));
  assert.ok(isShown(after, { on: 'page_view', after: '5s' }), 'what is written is never hidden');
});

test('every code of the reference has a headline in Arabic', () => {
  const reference = readFileSync(resolve('../docs/rules.md'), 'utf8');
  const codes = [...reference.slice(reference.indexOf('\n## Diagnostics')).matchAll(/^### `([\w-]+)`$/gm)].map((found) => found[1] ?? '');
  assert.ok(codes.length > 40);
  assert.deepEqual(codes.filter((code) => !KNOWN_CODES.includes(code)), []);
});

test('of lines that two have changed, those stay that were chosen, and all others of both', () => {
  const conflict = (line: number, lines: number, yours: string, theirs: string) => ({ file: 'a.toml', line, lines, base: '', yours, theirs });
  const merged = {
    files: [{ name: 'a.toml', text: 'one\nmine 1\nmine 2\nfour\nmine 5\n' }, { name: 'b.toml', text: 'b\n' }],
    conflicts: [conflict(2, 2, 'mine 1\nmine 2\n', 'theirs\n'), conflict(5, 1, 'mine 5\n', 'five\nsix\n')],
  };
  const text = (choices: ('mine' | 'theirs' | null)[]) => chosen(merged, choices)[0]?.text;
  assert.equal(text([null, null]), 'one\nmine 1\nmine 2\nfour\nmine 5\n');
  assert.equal(text(['theirs', 'theirs']), 'one\ntheirs\nfour\nfive\nsix\n');
  assert.equal(text(['mine', 'theirs']), 'one\nmine 1\nmine 2\nfour\nfive\nsix\n');
  const gone = { ...merged, conflicts: [conflict(2, 2, 'mine 1\nmine 2\n', '')] };
  assert.equal(chosen(gone, ['theirs'])[0]?.text, 'one\nfour\nmine 5\n');
  assert.deepEqual(differing([{ name: 'b.toml', text: 'b\n' }], merged.files).map((pair) => pair.name), ['a.toml']);
});
