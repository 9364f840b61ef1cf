import { describe, expect, it } from 'vitest';
import { differences } from './difference';

describe('differences', () => {
  it('are told path by path, in order', () => {
    const before = { name: 'Noor', roles: { shop: 'agent', cafe: 'viewer' }, tags: ['a', 'b'] };
    const after = { name: 'Noor', roles: { shop: 'marketer' }, tags: ['a', 'c'], state: 'active' };
    expect(differences(before, after)).toEqual([
      { path: 'roles.shop', change: 'changed', before: 'agent', after: 'marketer' },
      { path: 'roles.cafe', change: 'removed', before: 'viewer', after: null },
      { path: 'tags', change: 'changed', before: '["a","b"]', after: '["a","c"]' },
      { path: 'state', change: 'added', before: null, after: 'active' },
    ]);
  });

  it('go into lists of documents', () => {
    const hours = (until: string) => ({ departments: [{ name: 'sales', until }] });
    expect(differences(hours('17:00'), hours('18:00')).map((one) => one.path)).toEqual(['departments[0].until']);
  });

  it('tell a new document field by field', () => {
    expect(differences(null, { url: 'https://x', on: true }).map((one) => [one.path, one.change, one.after])).toEqual([
      ['url', 'added', 'https://x'],
      ['on', 'added', 'true'],
    ]);
    expect(differences({ a: 1 }, undefined)).toEqual([{ path: 'a', change: 'removed', before: '1', after: null }]);
  });

  it('are none between equals', () => {
    expect(differences({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toEqual([]);
    expect(differences(null, undefined)).toEqual([]);
  });

  it('show hostile text as the text that it is', () => {
    expect(differences({ name: 'x' }, { name: '<img src=x onerror=alert(1)>' })[0]?.after).toBe('<img src=x onerror=alert(1)>');
  });
});
