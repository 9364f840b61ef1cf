/** What an agent says of themselves. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { like } from './like';
import { HOLDS_S, agentOf, revived, within } from '../src/lib/availability.svelte';

describe('a word that was kept', () => {
  const kept = (more: object) => JSON.stringify({ shop: { status: 'online', places: 4, chats: 1, departments: ['sales'], toldAt: 1_000, ...more } });

  it('goes on after the page was loaded anew, as long as the service believes it', () => {
    like(revived(kept({}), 1_000 + HOLDS_S * 1_000 - 1)['shop'], { status: 'online', places: 4, chats: 1, departments: ['sales'] });
  });

  it('is no promise any more once it has lapsed, though places are remembered', () => {
    like(revived(kept({}), 1_000 + HOLDS_S * 1_000)['shop'], { status: null, places: 4 });
  });

  it('that cannot be read is none', () => {
    assert.deepEqual(revived('{', 0), {});
    assert.deepEqual(revived('[1]', 0), {});
    like(revived(kept({ status: 'root', places: 'many', departments: [7, 'x'] }), 1_000)['shop'], { status: null, places: 0, departments: ['x'] });
  });
});

describe('an agent', () => {
  it('is called by the e-mail address, unless that is too long for the service', () => {
    assert.equal(agentOf({ id: 'u1', email: 'noor@shop.example' }), 'noor@shop.example');
    assert.equal(agentOf({ id: 'u1', email: `${'n'.repeat(60)}@x.example` }), 'u1');
  });

  it('has a whole number of places within bounds', () => {
    assert.deepEqual([within('3', 0, 100), within('-1', 0, 100), within('1e9', 0, 100), within('', 0, 100), within('2.9', 0, 100)], [3, 0, 100, 0, 2]);
  });
});
