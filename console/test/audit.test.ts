/** Every action that the service writes into its audit log has words: read from the service's own source. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import ar from '../src/views/people/words.ar';
import en from '../src/views/people/words.en';

const SOURCE = new URL('../../../src/', import.meta.url);
const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.rs'));
const source = new Map(files.map((name) => [name.replaceAll('\\', '/'), readFileSync(new URL(name, SOURCE), 'utf8').split(/#\[cfg\(test\)\]\s*mod \w+ \{/)[0] ?? '']));

/** What stands between a call's brackets; enough of it to have the name. */
const calls = (text: string, call: RegExp): string[] => [...text.matchAll(call)].map((found) => text.slice(found.index, found.index + 260).split(';')[0] ?? '');

function actions(): string[] {
  const found = new Set<string>();
  for (const text of source.values()) {
    for (const call of calls(text, /\.(?:audit|note)\(|audit::Entry::new\(/g)) {
      const name = /"([a-z_]+(?:\.[a-z_]+)?)"/.exec(call)?.[1];
      if (name !== undefined) found.add(name);
    }
  }
  // Releases are named after their kind.
  const version = source.get('domain/version/mod.rs') ?? '';
  const kinds = /impl ReleaseKind \{([\s\S]*?)\n\}/.exec(version)?.[1] ?? '';
  for (const [, kind] of kinds.matchAll(/=> "([a-z_]+)"/g)) found.add(`rules.${kind}`);
  return [...found].sort();
}

test('no action of the audit log stands raw', () => {
  const written = actions();
  for (const name of ['setup', 'session.begin', 'webhook.rotate_secret', 'visitor.ban', 'draft.create', 'rules.publish', 'chat.change']) {
    assert.ok(written.includes(name), `${name} is found in the source`);
  }
  for (const [language, words] of Object.entries({ en, ar })) {
    assert.deepEqual(written.filter((name) => !(`action.${name}` in words)), [], `in ${language}`);
  }
});
