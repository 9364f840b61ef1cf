import assert from 'node:assert/strict';
import test from 'node:test';
import arabic from '../src/i18n/ar';
import english from '../src/i18n/en';
import type { Message } from '../src/lib/message';

type Catalogues = Record<string, Record<string, Message>>;
const en: Catalogues = english;
const ar: Catalogues = arabic;

const forms = (message: Message): string[] => (typeof message === 'string' ? [message] : Object.values(message));
const names = (message: Message): string[] => [...new Set(forms(message).flatMap((text) => text.match(/\{\w+\}/g) ?? []))].sort();

test('both languages say everything, with the same particulars', () => {
  const faults: string[] = [];
  for (const [space, texts] of Object.entries(en)) {
    for (const [key, message] of Object.entries(texts)) {
      const other = ar[space]?.[key];
      if (other === undefined) faults.push(`${space}.${key} is not in Arabic`);
      else {
        // A number may be in the word itself: زائران says two without a figure.
        const lost = names(message).filter((name) => name !== '{n}' && !names(other).includes(name));
        const made = names(other).filter((name) => !names(message).includes(name));
        if (lost.length + made.length > 0) faults.push(`${space}.${key}: ${[...lost, ...made].join(' ')}`);
      }
    }
  }
  assert.deepEqual(faults, []);
});

test('an Arabic plural has all the forms that Arabic counts by', () => {
  const wanted = ['zero', 'one', 'two', 'few', 'many', 'other'];
  const faults: string[] = [];
  for (const [space, texts] of Object.entries(ar)) {
    for (const [key, message] of Object.entries(texts)) {
      if (typeof message === 'string') continue;
      const missing = wanted.filter((form) => !(form in message) && form !== 'zero');
      if (missing.length > 0) faults.push(`${space}.${key}: ${missing.join(' ')}`);
    }
  }
  assert.deepEqual(faults, []);
});

test('no text is empty or left in English', () => {
  // These are written the same in both.
  const alike = new Set(['URL', 'API', 'IP', 'ID', 'JSON', 'Webhook']);
  const faults: string[] = [];
  for (const [space, texts] of Object.entries(ar)) {
    for (const [key, message] of Object.entries(texts)) {
      for (const text of forms(message)) {
        const isArabic = /[\u0600-\u06ff]/.test(text);
        const hasWords = /[a-z]/i.test(text.replace(/\{\w+\}/g, ''));
        if (text === '' || (!isArabic && hasWords && !alike.has(text))) faults.push(`${space}.${key}: ${text}`);
      }
    }
  }
  assert.deepEqual(faults, []);
});
