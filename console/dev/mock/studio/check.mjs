/** A few of the service's diagnostics, at their places, with their fixes. */
import { modelOf } from './toml.mjs';

const bytes = (text) => Buffer.byteLength(text);

/** The place of the first `needle` within lines `from` to `to`, by bytes as the service tells it. */
function place(file, from, to, needle) {
  const lines = file.text.split('\n');
  for (let n = from; n <= Math.min(to, lines.length); n++) {
    const at = lines[n - 1].indexOf(needle);
    if (at < 0) continue;
    const start = bytes(lines.slice(0, n - 1).join('\n')) + (n > 1 ? 1 : 0) + bytes(lines[n - 1].slice(0, at));
    return { file: file.name, line: n, column: at + 1, start, end: start + bytes(needle) };
  }
  return { file: file.name, line: from, column: 1, start: 0, end: 0 };
}

function near(word, known) {
  const distance = (a, b) => [...a].filter((c, i) => c !== b[i]).length + Math.abs(a.length - b.length);
  return [...known].sort((a, b) => distance(word, a) - distance(word, b))[0];
}

const words = (value) => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

function* found(files, { parts, broken }) {
  for (const one of broken) {
    const file = files.find(({ name }) => name === one.file);
    const start = bytes(file.text.split('\n').slice(0, one.line - 1).join('\n'));
    yield { severity: 'error', code: 'syntax', message: one.message, file: one.file, line: one.line, column: one.column, start, end: start + 1, pointer: '', at: null };
  }
  const entries = (part) => parts.find((one) => one.part === part).entries;
  const names = new Set(entries('page_type').map((one) => one.id));
  const scores = new Set(entries('score').map((one) => one.id));
  const told = (entry, part, path, word, code, message, best) => {
    const at = place(files.find(({ name }) => name === entry.file), entry.line, entry.end_line, `"${word}"`);
    const fixes = best === undefined ? undefined : [{ title: `Write "${best}"`, edits: [{ file: at.file, start: at.start, end: at.end, text: `"${best}"` }] }];
    return { severity: 'error', code, message, ...at, pointer: `/${part}/${entry.index}/${path.join('/')}`, fixes, at: { file: entry.file, part, index: entry.index, path } };
  };
  for (const part of ['score_rule', 'trigger']) {
    for (const entry of entries(part)) {
      for (const type of words(entry.values.page_type)) {
        if (!names.has(type)) yield told(entry, part, ['page_type'], type, 'unknown-page-type', `there is no page type \`${type}\``, near(type, names));
      }
      for (const [i, condition] of words(entry.values.all).entries()) {
        if (condition.field !== 'page.type') continue;
        for (const type of words(condition.equals ?? condition.one_of)) {
          if (!names.has(type)) yield told(entry, part, ['all', i, 'equals' in condition ? 'equals' : 'one_of'], type, 'unknown-page-type', `there is no page type \`${type}\``, near(type, names));
        }
      }
      const { score } = entry.values;
      if (score !== undefined && !scores.has(score)) yield told(entry, part, ['score'], score, 'unknown-score', `there is no score \`${score}\``, near(score, scores));
    }
  }
  for (const entry of entries('trigger')) {
    const { invitation, page_type } = entry.values;
    if (invitation?.tone === 'sales' && words(page_type).some((type) => ['help', 'docs', 'contact'].includes(type))) {
      yield { ...told(entry, 'trigger', ['invitation', 'tone'], 'sales', 'selling-tone', 'this sells to people who look for help', 'help'), severity: 'warning' };
    }
    const seconds = words(entry.values.all).find((one) => one.field === 'page.active')?.at_least;
    if (seconds === '0s') yield { ...told(entry, 'trigger', ['all', 0, 'at_least'], '0s', 'pops-at-once', 'this appears the moment a page opens', '15s'), severity: 'warning' };
  }
}

export function read(files) {
  const model = modelOf(files);
  const diagnostics = [...found(files, model)];
  const count = (severity) => diagnostics.filter((one) => one.severity === severity).length;
  return { ...model, diagnostics, counts: { errors: count('error'), warnings: count('warning'), hints: count('hint') } };
}
