import assert from 'node:assert/strict';
import test from 'node:test';
import { badTag, departmentOf, draftOf, faultsOf, tags } from '../src/views/chat/draft';
import { newDepartment } from '../src/views/chat/hours';

const draft = (over = {}) => ({ ...draftOf({ ...newDepartment('Asia/Riyadh', ['ar', 'en']), name: 'sales' }, 1), ...over });

test('a department that nobody edited comes back as it was', () => {
  const was = { ...newDepartment('Asia/Riyadh', ['ar']), name: 'sales', label: { en: 'Sales' }, holidays: [{ date: '2027-02-22', name: null }], expected_reply_s: 90 };
  assert.deepEqual(departmentOf(draftOf(was, 1)), was);
  assert.deepEqual(departmentOf(draftOf({ ...was, hours: null }, 1)).hours, null);
});

test('languages may be parted by commas of either script', () => {
  assert.deepEqual(tags('ar، en-GB ,fr'), ['ar', 'en-GB', 'fr']);
  assert.equal(badTag('ar, 12'), '12');
});

test('each fault is told', () => {
  assert.deepEqual(faultsOf(draft(), []), []);
  assert.deepEqual(faultsOf(draft({ name: ' ', time_zone: '', languages: 'x!', reply: '0' }), []), ['name.needed', 'zone.needed', 'languages.bad', 'reply.bad']);
  assert.deepEqual(faultsOf(draft(), [draft({ key: 2, name: 'SALES ' })]), ['name.twice']);
  assert.deepEqual(faultsOf(draft({ holidays: [{ date: '', name: null }] }), []), ['holidays.bad']);
});

test('hours that do not count are not looked at', () => {
  const week = { ...draft().week, mon: [{ from: 'x', until: 'y' }] };
  assert.deepEqual(faultsOf(draft({ week }), []), ['hours']);
  assert.deepEqual(faultsOf(draft({ week, isAlwaysOpen: true }), []), []);
});
