import { describe, expect, it } from 'vitest';
import { Problem } from './api';
import { byField } from './problems';

const problem = (detail: string, more: Record<string, unknown> = {}): Problem => new Problem(400, 'bad-parameter', 'A title', detail, more);

describe('byField', () => {
  it('finds the field that the detail names', () => {
    expect(byField(problem('`email` is no address'), ['email', 'name'])).toEqual({ email: '`email` is no address' });
    expect(byField(problem('in `departments[0].hours`: `from` is late'), ['hours'])).toEqual({ hours: 'in `departments[0].hours`: `from` is late' });
  });

  it('believes members that name fields before the text', () => {
    expect(byField(problem('`x`', { field: 'name' }), ['name', 'x'])).toEqual({ name: '`x`' });
    const errors = [{ field: 'email', detail: 'taken' }, { field: '/roles/shop', detail: 'unknown' }, 3];
    expect(byField(problem('', { errors }), ['email', 'roles'])).toEqual({ email: 'taken', roles: 'unknown' });
  });

  it('keeps what is about no field', () => {
    expect(byField(problem('the disk is full'), ['email'])).toEqual({ '': 'the disk is full' });
    expect(byField(problem(''), ['email'])).toEqual({ '': 'A title' });
  });
});
