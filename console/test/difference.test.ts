import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { differences } from '../src/views/people/difference';

describe('differences', () => {
  it('are told path by path, in order', () => {
    const before = { name: 'Noor', roles: { shop: 'agent', cafe: 'viewer' }, tags: ['a', 'b'] };
    const after = { name: 'Noor', roles: { shop: 'marketer' }, tags: ['a', 'c'], state: 'active' };
    assert.deepEqual(differences(before, after), [
      { path: 'roles.shop', change: 'changed', before: 'agent', after: 'marketer' },
      { path: 'roles.cafe', change: 'removed', before: 'viewer', after: null },
      { path: 'tags', change: 'changed', before: '["a","b"]', after: '["a","c"]' },
      { path: 'state', change: 'added', before: null, after: 'active' },
    ]);
  });

  it('go into lists of documents', () => {
    const hours = (until: string) => ({ departments: [{ name: 'sales', until }] });
    assert.deepEqual(differences(hours('17:00'), hours('18:00')).map((one) => one.path), ['departments[0].until']);
  });

  it('tell a new document field by field', () => {
    assert.deepEqual(differences(null, { url: 'https://x', on: true }).map((one) => [one.path, one.change, one.after]), [
      ['url', 'added', 'https://x'],
      ['on', 'added', 'true'],
    ]);
    assert.deepEqual(differences({ a: 1 }, undefined), [{ path: 'a', change: 'removed', before: '1', after: null }]);
  });

  it('are none between equals', () => {
    assert.deepEqual(differences({ a: [1, { b: null }] }, { a: [1, { b: null }] }), []);
    assert.deepEqual(differences(null, undefined), []);
  });

  it('show hostile text as the text that it is', () => {
    assert.equal(differences({ name: 'x' }, { name: '<img src=x onerror=alert(1)>' })[0]?.after, '<img src=x onerror=alert(1)>');
  });
});
