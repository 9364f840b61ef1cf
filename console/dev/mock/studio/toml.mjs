/**
 * Rule files as entries, and edits of them that leave the other lines alone: simple, and good enough to develop with.
 * The service does this properly.
 */
import { parse } from 'smol-toml';
import { Refusal } from '../refusal.mjs';

const SINGLE = new Set(['policy', 'hours', 'measure']);
const ID = { score_rule: 'id', trigger: 'id' };
const HEADER = /^\s*\[{1,2}\s*([\w.-]+)\s*\]{1,2}\s*(?:#.*)?$/;

/** The entries of a file by their lines, from 0: `{ part, index, from, to, comment }`; `to` is the line after the last. */
export function entriesOf(text) {
  const lines = text.split('\n');
  const found = [];
  const counts = {};
  let depth = 0;
  for (const [i, line] of lines.entries()) {
    const header = depth === 0 ? HEADER.exec(line)?.[1] : undefined;
    if (header === undefined) depth += balance(line);
    else if (!header.includes('.')) {
      const index = (counts[header] = (counts[header] ?? -1) + 1);
      let comment = i;
      while (comment > 0 && lines[comment - 1].startsWith('#')) comment--;
      found.push({ part: header, index, from: i, to: lines.length, comment });
    }
  }
  for (const [i, one] of found.entries()) {
    let to = found[i + 1]?.comment ?? lines.length;
    while (to > one.from + 1 && (lines[to - 1].trim() === '' || lines[to - 1].startsWith('#'))) to--;
    one.to = to;
  }
  return found;
}

/** How many brackets a line opens more than it closes, texts and comments left aside. */
function balance(line) {
  const plain = line.replace(/"(?:\\.|[^"\\])*"|'[^']*'/g, '').replace(/#.*$/, '');
  return (plain.match(/[[{]/g) ?? []).length - (plain.match(/[\]}]/g) ?? []).length;
}

const dates = (value) =>
  value instanceof Date ? String(value.toISOString()).slice(0, 10) : Array.isArray(value) ? value.map(dates) : typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, dates(one)])) : typeof value === 'bigint' ? Number(value) : value;

/** What an entry says. */
function valuesOf(lines, entry) {
  const found = parse(lines.slice(entry.from, entry.to).join('\n'))[entry.part];
  return dates(Array.isArray(found) ? found[0] : found);
}

const PARTS = ['page_type', 'score', 'score_rule', 'group', 'segment', 'matrix', 'trigger', 'policy', 'hours', 'measure', 'test'];

export function modelOf(files) {
  const parts = PARTS.map((part) => ({ part, single: SINGLE.has(part), entries: [] }));
  const broken = [];
  for (const file of files) {
    try {
      parse(file.text);
    } catch (why) {
      broken.push({ file: file.name, message: String(why.message).split('\n')[0], line: why.line ?? 1, column: why.column ?? 1 });
      continue;
    }
    const lines = file.text.split('\n');
    for (const entry of entriesOf(file.text)) {
      const values = valuesOf(lines, entry);
      const comment = lines.slice(entry.comment, entry.from).map((line) => line.replace(/^#\s?/, '')).join('\n');
      const id = SINGLE.has(entry.part) ? null : (values[ID[entry.part] ?? 'name'] ?? null);
      parts.find((one) => one.part === entry.part)?.entries.push({ file: file.name, index: entry.index, id, line: entry.from + 1, end_line: entry.to, values, comment });
    }
  }
  return { parts, broken };
}

const isKey = (key) => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key));

/** A value as TOML, in one line. */
export function written(value) {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[${value.map(written).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{ ${Object.entries(value).map(([key, one]) => `${isKey(key)} = ${written(one)}`).join(', ')} }`;
  return String(value);
}

/** The lines of a key at the top of lines `from` to `to`: the first, the one after the last, what stands before and behind the value. */
function keyLines(lines, from, to, key) {
  for (let i = from; i < to; i++) {
    const head = new RegExp(`^(\\s*${key}\\s*=\\s*)(.*)$`).exec(lines[i]);
    if (!head) continue;
    let [end, depth] = [i + 1, balance(lines[i])];
    while (depth > 0 && end < to) depth += balance(lines[end++]);
    const comment = /^(?:"(?:\\.|[^"\\])*"|'[^']*'|[^#"'])*?(\s*#.*)$/.exec(lines[end - 1])?.[1] ?? '';
    return { first: i, end, before: head[1], behind: comment };
  }
  return null;
}

/** Sets or takes away what lies at `path` of a plain value; `change` gets the list or table that holds it. */
function changed(value, path, change) {
  const copy = structuredClone(value);
  let here = copy;
  for (const step of path.slice(0, -1)) here = here[step];
  change(here, path.at(-1));
  return copy;
}

/** Where a key of an entry stands: its own lines, or those of a table below it such as `[trigger.invitation]`. */
function home(lines, entry, path) {
  let n = -1;
  for (let i = entry.from + 1; i < entry.to; i++) {
    const header = HEADER.exec(lines[i])?.[1];
    if (header !== `${entry.part}.${path[0]}`) continue;
    const isList = lines[i].trimStart().startsWith('[[');
    n++;
    if (isList && n !== path[1]) continue;
    let to = i + 1;
    while (to < entry.to && !HEADER.test(lines[to])) to++;
    return { from: i + 1, to, path: path.slice(isList ? 2 : 1), base: path.slice(0, isList ? 2 : 1) };
  }
  let to = entry.from + 1;
  while (to < entry.to && !HEADER.test(lines[to])) to++;
  return { from: entry.from + 1, to, path, base: [] };
}

function inEntry(lines, entry, { op, path, value, at, to }) {
  const values = valuesOf(lines, entry);
  const where = home(lines, entry, path);
  const [key, ...inner] = where.path;
  if (key === undefined) throw new Refusal(422, 'bad-edit', 'the mock sets keys, not whole tables');
  let table = values;
  for (const step of where.base) table = table[step];
  let next = table[key];
  if (op === 'set' && inner.length === 0) next = value;
  else if (op === 'unset' && inner.length === 0) next = undefined;
  else if (op === 'set') next = changed(next, inner, (here, step) => (here[step] = value));
  else if (op === 'unset') next = changed(next, inner, (here, step) => (Array.isArray(here) ? here.splice(step, 1) : delete here[step]));
  else {
    next = changed({ root: next }, ['root', ...inner, null], (here) => {
      if (op === 'insert') here.splice(at, 0, value);
      else if (op === 'remove_item') here.splice(at, 1);
      else here.splice(to, 0, ...here.splice(at, 1));
    }).root;
  }
  const found = keyLines(lines, where.from, where.to, isKey(key));
  const line = next === undefined ? [] : [`${found?.before ?? `${isKey(key)} = `}${written(next)}${found?.behind ?? ''}`];
  if (found) lines.splice(found.first, found.end - found.first, ...line);
  else {
    let end = where.to;
    while (end > where.from && lines[end - 1].trim() === '') end--;
    lines.splice(end, 0, ...line);
  }
}

function blockOf(part, values) {
  const { invitation, variant, ...plain } = values;
  const lines = [SINGLE.has(part) ? `[${part}]` : `[[${part}]]`, ...Object.entries(plain).map(([key, value]) => `${isKey(key)} = ${written(value)}`)];
  if (invitation) lines.push('', `[${part}.invitation]`, ...Object.entries(invitation).map(([key, value]) => `${key} = ${written(value)}`));
  for (const one of variant ?? []) lines.push('', `[[${part}.variant]]`, ...Object.entries(one).map(([key, value]) => `${key} = ${written(value)}`));
  return lines;
}

/** One edit; tells what was added. */
export function edit(files, one) {
  if (one.op === 'append' || one.op === 'add') {
    let file = files.find(({ name }) => name === one.file);
    if (!file) files.push((file = { name: one.file ?? `${one.part}.toml`, text: '' }));
    const lines = file.text.trimEnd() === '' ? [] : file.text.trimEnd().split('\n');
    const block = one.op === 'append' ? one.text.trimEnd().split('\n') : blockOf(one.part, one.values);
    const after = one.op === 'add' && one.after !== undefined ? entriesOf(file.text).find(({ part, index }) => part === one.part && index === one.after) : undefined;
    const at = after?.to ?? lines.length;
    lines.splice(at, 0, ...(at > 0 ? [''] : []), ...block);
    file.text = `${lines.join('\n')}\n`;
    const index = after ? one.after + 1 : entriesOf(file.text).filter(({ part }) => part === one.part).length - 1;
    return { file: file.name, part: one.part ?? 'test', index };
  }
  const file = files.find(({ name }) => name === one.file);
  const entry = file && entriesOf(file.text).find(({ part, index }) => part === one.part && index === (one.index ?? 0));
  if (!entry) throw new Refusal(422, 'bad-edit', `${one.file} has no ${one.part} number ${one.index}`, { edit: 0 });
  const lines = file.text.split('\n');
  const whole = () => lines.slice(entry.comment, entry.to);
  let added;
  if (one.op === 'remove') {
    lines.splice(entry.comment, entry.to - entry.comment + (lines[entry.to] === '' ? 1 : 0));
  } else if (one.op === 'duplicate') {
    const key = ID[one.part] ?? 'name';
    const copy = whole().map((line) => line.replace(new RegExp(`^(${key}\\s*=\\s*")([^"]*)"`), '$1$2-2"'));
    lines.splice(entry.to, 0, '', ...copy);
    added = { file: file.name, part: one.part, index: one.index + 1 };
  } else if (one.op === 'move') {
    const other = entriesOf(file.text).find(({ part, index }) => part === one.part && index === one.to);
    const [first, second] = entry.from < other.from ? [entry, other] : [other, entry];
    const [a, b] = [lines.slice(first.comment, first.to), lines.slice(second.comment, second.to)];
    lines.splice(second.comment, second.to - second.comment, ...a);
    lines.splice(first.comment, first.to - first.comment, ...b);
  } else inEntry(lines, entry, one);
  file.text = lines.join('\n');
  return added;
}
