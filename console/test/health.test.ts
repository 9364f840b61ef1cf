import assert from 'node:assert/strict';
import test from 'node:test';
import { isAddress, pretty, standing } from '../src/views/webhooks/health';
import type { Endpoint, Health } from '../src/wire/webhooks';

const endpoint = (health: Partial<Health>, over: Partial<Endpoint> = {}): Endpoint => ({
  id: 'e', url: 'https://x.example', events: '*', enabled: true, disabled_because: null, secrets: [], created_at: 0,
  health: { breaker: 'closed', waiting: 0, last_success_at: null, last_failure: null, ...health },
  ...over,
});

test('an endpoint stands as its latest delivery went', () => {
  const failed = { last_failure: { at: 5, detail: '503' } };
  assert.equal(standing(endpoint({})), 'new');
  assert.equal(standing(endpoint({ last_success_at: 9, ...failed })), 'ok');
  assert.equal(standing(endpoint({ last_success_at: 3, ...failed })), 'trouble');
  assert.equal(standing(endpoint({ last_success_at: 3, breaker: 'open' })), 'broken');
});

test('one that is off says whether a person or the service turned it off', () => {
  assert.equal(standing(endpoint({}, { enabled: false })), 'off');
  assert.equal(standing(endpoint({}, { enabled: false, disabled_because: '410' })), 'disabled');
});

test('only https is an address', () => {
  assert.deepEqual(['https://x.example/a', 'http://x.example', 'x.example', 'javascript:alert(1)', ''].map(isAddress), [true, false, false, false, false]);
});

test('what is no JSON is shown as it came', () => {
  assert.equal(pretty('<html>'), '<html>');
  assert.equal(pretty('{"a":1}'), '{\n  "a": 1\n}');
});
