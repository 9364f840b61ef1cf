import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Problem } from '../src/lib/api';
import { byField } from '../src/lib/problems';

const problem = (detail: string, more: Record<string, unknown> = {}): Problem => new Problem(400, 'bad-parameter', 'A title', detail, more);

describe('byField', () => {
  it('finds the field that the detail names', () => {
    assert.deepEqual(byField(problem('`email` is no address'), ['email', 'name']), { email: 'email is no address' });
    assert.deepEqual(byField(problem('in `departments[0].hours`: `from` is late'), ['hours']), { hours: 'in departments[0].hours: from is late' });
  });

  it('believes members that name fields before the text', () => {
    assert.deepEqual(byField(problem('`x`', { field: 'name' }), ['name', 'x']), { name: 'x' });
    const errors = [{ field: 'email', detail: 'taken' }, { field: '/roles/shop', detail: 'unknown' }, 3];
    assert.deepEqual(byField(problem('', { errors }), ['email', 'roles']), { email: 'taken', roles: 'unknown' });
  });

  it('keeps what is about no field', () => {
    assert.deepEqual(byField(problem('the disk is full'), ['email']), { '': 'the disk is full' });
    assert.deepEqual(byField(problem(''), ['email']), { '': 'A title' });
  });
});
