/** Where in a rule file somebody is typing: enough of TOML to know what could stand there. Pure. */

export interface Context {
  /** The header above: `score_rule`, `trigger.invitation`; empty before the first. */
  header: string;
  place: 'header' | 'key' | 'value' | 'comment';
  /** The keys that lead here from the header: `['all', 'at_least']`. */
  path: string[];
  /** Where the word begins that is being typed, and the word so far. */
  from: number;
  word: string;
  /** The quote that the word stands in. */
  quote: '"' | "'" | '';
  /** Keys of this table so far, with their values as they are written. */
  siblings: Record<string, string>;
}

interface Frame {
  kind: 'top' | 'inline' | 'array';
  key: string;
  siblings: Record<string, string>;
  /** Where the value of `key` begins. */
  value: number;
  isValue: boolean;
}

const HEADER = /^[ \t]*\[{1,2}[ \t]*([A-Za-z0-9_.-]+)[ \t]*\]{1,2}[ \t]*(?:#.*)?$/gm;
const frame = (kind: Frame['kind']): Frame => ({ kind, key: '', siblings: {}, value: 0, isValue: false });

/** Strips the quotes of a text and the blanks around anything. */
const plain = (text: string): string => text.trim().replace(/^(["'])(.*)\1$/, '$2');

export function contextAt(text: string, at: number): Context {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1;
  const line = text.slice(lineStart, at);
  const header = headerAbove(text, lineStart);
  if (/^[ \t]*\[{1,2}[ \t]*[A-Za-z0-9_.-]*$/.test(line) && isTopLevel(text, header.end, lineStart)) {
    const word = /[A-Za-z0-9_.-]*$/.exec(line)?.[0] ?? '';
    return { header: header.name, place: 'header', path: [], from: at - word.length, word, quote: '', siblings: {} };
  }
  return scan(text, header.end, at, header.name);
}

function headerAbove(text: string, lineStart: number): { name: string; end: number } {
  let found = { name: '', end: 0 };
  for (const one of text.slice(0, lineStart).matchAll(HEADER)) found = { name: one[1] ?? '', end: one.index + one[0].length };
  return found;
}

const isTopLevel = (text: string, from: number, at: number): boolean => scan(text, from, at, '').path.length === 0;

function scan(text: string, from: number, at: number, header: string): Context {
  const stack: Frame[] = [frame('top')];
  let word = from;
  let quote: Context['quote'] = '';
  let i = from;
  const top = () => stack.at(-1) ?? frame('top');
  const close = (end: number) => {
    const here = top();
    if (here.key !== '' && here.isValue && here.kind !== 'array') here.siblings[here.key] = plain(text.slice(here.value, end));
  };
  while (i < at) {
    const c = text[i] ?? '';
    if (c === '#') {
      const end = text.indexOf('\n', i);
      if (end === -1 || end >= at) return { header, place: 'comment', path: [], from: at, word: '', quote: '', siblings: {} };
      i = end;
    } else if (c === '"' || c === "'") {
      const end = endOfText(text, i, at);
      if (end === -1) {
        const long = text.startsWith(c.repeat(3), i) ? 3 : 1;
        quote = c;
        word = i + long;
        break;
      }
      word = i;
      i = end;
      continue;
    } else if (c === '=') {
      const here = top();
      here.key = plain(text.slice(word, i));
      here.isValue = true;
      here.value = i + 1;
      word = i + 1;
    } else if (c === '{' || c === '[') {
      stack.push(frame(c === '{' ? 'inline' : 'array'));
      word = i + 1;
    } else if (c === '}' || c === ']') {
      close(i);
      if (stack.length > 1) stack.pop();
      word = i + 1;
    } else if (c === ',' || (c === '\n' && top().kind === 'top')) {
      close(i);
      const here = top();
      here.isValue = false;
      here.key = '';
      word = i + 1;
    } else if (/\s/.test(c)) {
      // A word ends at a blank, unless it has not begun.
      if (/^\s*$/.test(text.slice(word, i))) word = i + 1;
    }
    i++;
  }
  return told(text, at, header, stack, word, quote);
}

function told(text: string, at: number, header: string, stack: readonly Frame[], word: number, quote: Context['quote']): Context {
  const here = stack.at(-1) ?? frame('top');
  const path = stack.filter((one) => one.key !== '' && one.isValue).map((one) => one.key);
  // Inside an array the value belongs to the key of the table around it.
  const place = here.kind === 'array' || here.isValue ? 'value' : 'key';
  const typed = text.slice(word, at);
  const lead = quote === '' ? (/^\s*/.exec(typed)?.[0].length ?? 0) : 0;
  return { header, place, path, from: word + lead, word: typed.slice(lead), quote, siblings: enclosing(stack) };
}

/** The table that a list of values stands in, or this very one. */
function enclosing(stack: readonly Frame[]): Record<string, string> {
  const found = stack.findLast((one) => one.kind !== 'array');
  return found?.siblings ?? {};
}

/** The index after a text that begins at `i`; -1 when it does not end before `at`. */
function endOfText(text: string, i: number, at: number): number {
  const c = text[i] ?? '"';
  const mark = text.startsWith(c.repeat(3), i) ? c.repeat(3) : c;
  for (let j = i + mark.length; j < at; j++) {
    if (c === '"' && text[j] === '\\') j++;
    else if (text.startsWith(mark, j) && j + mark.length <= at) return j + mark.length;
    else if (mark.length === 1 && text[j] === '\n') return j;
  }
  return -1;
}
