import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emptyWeek, faults, hoursOf, isName, isSound, minutes, runs, weekFrom, weekOf } from '../src/views/chat/hours';

const span = (from: string, until: string) => ({ from, until });

describe('times', () => {
  it('are read strictly', () => {
    assert.deepEqual(['00:00', '09:30', '24:00', '24:01', '9:30', '12:60', ''].map(minutes), [0, 570, 1440, null, null, null, null]);
  });
});

describe('a week', () => {
  it('comes back as it was, with equal days together', () => {
    const hours = [
      { days: ['mon' as const, 'tue' as const], from: '09:00', until: '12:30' },
      { days: ['mon' as const], from: '13:30', until: '18:00' },
    ];
    const week = weekOf(hours.toReversed());
    assert.deepEqual(week.mon, [span('09:00', '12:30'), span('13:30', '18:00')]);
    assert.deepEqual(hoursOf(week), hours);
  });

  it('is sound when its spans are', () => {
    assert.equal(isSound(emptyWeek()), true);
    assert.equal(isSound({ ...emptyWeek(), fri: [span('10:00', '9')] }), false);
  });

  it('says what is wrong, at its place', () => {
    assert.deepEqual(faults([span('09:00', '12:00'), span('11:00', '13:00'), span('x', '13:00'), span('22:00', '02:00'), span('12:00', '24:00')]), [
      null, 'overlap', 'time', null, 'overlap',
    ]);
    assert.deepEqual(faults([span('09:00', '12:00'), span('12:00', '13:00')]), [null, null]);
  });

  it('begins where the reader begins it', () => {
    assert.deepEqual(weekFrom('sun'), ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']);
  });

  it('is summed up in runs', () => {
    const day = [span('09:00', '17:00')];
    const week = { ...emptyWeek(), sun: day, mon: day, tue: day, thu: day };
    assert.deepEqual(runs(week, weekFrom('sun')).map((run) => [run.first, run.last, run.spans.length]), [
      ['sun', 'tue', 1], ['wed', 'wed', 0], ['thu', 'thu', 1], ['fri', 'sat', 0],
    ]);
  });
});

describe('names', () => {
  it('are what rules may call them', () => {
    assert.deepEqual(['sales', 'Sales', ' ', 'مبيعات', 'x'.repeat(65)].map(isName), [true, true, false, true, false]);
  });
});
