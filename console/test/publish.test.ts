import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Plan, bodyOf, faults, inZone, localOf, momentOf, plain } from '../src/views/studio/publish/plan';
import { entries, readFiles } from '../src/views/versions/archive';
import { sides } from '../src/views/versions/rollout';
import { inOrder, previous, shareOf, stateOf } from '../src/views/versions/stand';
import type { Decision } from '../src/wire/effect';
import type { Release, Scheduled, Version, Versions } from '../src/wire/rulesets';

const now = Date.UTC(2026, 10, 22, 12);
const plan = (over: Partial<Plan>): Plan => ({ ...plain(), reason: ' why ', ...over });

describe('a plan', () => {
  it('is sent as little as it says', () => {
    assert.deepEqual(bodyOf(plan({}), 5, false), { reason: 'why', expected: 5 });
    assert.deepEqual(bodyOf(plan({ how: 'share', share: 25 }), 5, true), { reason: 'why', expected: 5, share: '25%', skip_tests: true });
  });

  it('names its moments with their zone, and forgets those that do not count', () => {
    const at = localOf(now + 3_600_000);
    const until = localOf(now + 7_200_000);
    assert.equal(momentOf(at), now + 3_600_000);
    assert.deepEqual(bodyOf(plan({ later: true, ends: true, at, until }), 5, false), { reason: 'why', expected: 5, at: '2026-11-22T13:00:00.000Z', until: '2026-11-22T14:00:00.000Z' });
    assert.deepEqual(bodyOf(plan({ at, until }), 5, false), { reason: 'why', expected: 5 });
  });

  it('says what is wrong with its moments', () => {
    const [past, soon, late] = [-1, 1, 2].map((hours) => localOf(now + hours * 3_600_000)) as [string, string, string];
    assert.deepEqual(faults(plan({ later: true }), now), { at: 'when.wanted' });
    assert.deepEqual(faults(plan({ later: true, at: past }), now), { at: 'when.past' });
    assert.deepEqual(faults(plan({ later: true, ends: true, at: late, until: soon }), now), { until: 'when.order' });
    assert.deepEqual(faults(plan({ ends: true }), now), { until: 'when.wanted.end' });
    assert.deepEqual(faults(plan({ later: true, ends: true, at: soon, until: late }), now), {});
    assert.deepEqual(faults(plan({ how: 'shadow', later: true }), now), {});
  });

  it('knows what another clock shows', () => {
    assert.equal(inZone(now, 'Asia/Riyadh'), '2026-11-22T15:00');
    assert.equal(inZone(now, 'Nowhere/At_All'), null);
  });
});

const version = (n: number, over: Partial<Version> = {}): Version => ({ version: n, hash: `h${n}`, parent: n - 1, author: 'a', reason: 'r', created_at: n, origin: 'draft', released: true, ...over });
const release = (number: number, kind: Release['kind'], from: number, to: number): Release => ({ number, at: number, author: 'a', reason: 'r', kind, from, to, share: null, untested: false });
const versions = (over: Partial<Versions> = {}): Versions => ({
  live: 3, rollout: null, shadow: null, schedule: [], versions: [4, 3, 2, 1].map((n) => version(n, { released: n < 4 })),
  history: [release(4, 'shadow', 3, 4), release(3, 'publish', 2, 3), release(2, 'publish', 1, 2)], ...over,
});

describe('the stand', () => {
  it('leads back to what was live before the live version', () => {
    assert.equal(previous(versions()), 2);
    // After a roll-back to 2, the way back leads to what was live before 2 was made live again.
    assert.equal(previous(versions({ live: 2, history: [release(5, 'rollback', 3, 2), ...versions().history] })), 3);
    assert.equal(previous(versions({ live: 1, history: [] })), null);
    assert.equal(previous(versions({ versions: [version(3)] })), null);
  });

  it('says what each version is', () => {
    const waiting = { version: 4, state: 'waiting' } as Scheduled;
    assert.deepEqual([3, 2, 4].map((n) => stateOf(versions(), n)), ['live', 'released', 'kept']);
    assert.equal(stateOf(versions({ schedule: [waiting] }), 4), 'scheduled');
    assert.equal(stateOf(versions({ rollout: { version: 4, share: '10%', since: 0 }, schedule: [waiting] }), 4), 'rollout');
  });

  it('reads shares and orders what is scheduled', () => {
    assert.deepEqual(['10%', '2.5%', ''].map(shareOf), [0.1, 0.025, 0]);
    const entry = (id: number, state: Scheduled['state'], at: number) => ({ id, state, at }) as Scheduled;
    assert.deepEqual(inOrder([entry(1, 'failed', 0), entry(2, 'waiting', 9), entry(3, 'waiting', 4), entry(4, 'acting', 1)]).map(({ id }) => id), [4, 3, 2, 1]);
  });
});

describe('a roll-out', () => {
  const of = (rule_set: string, kind: Decision['kind'], more: Partial<Decision> = {}): Decision => ({ at: 0, visitor: 'v', session: null, rule_set, kind, ...more });
  it('is summed up by the version that decided', () => {
    const found = sides([
      of('new', 'offered'), of('new', 'shown'), of('new', 'settled', { how: 'accepted' }), of('old', 'offered'), of('old', 'settled', { how: 'dismissed' }),
      of('older', 'offered'), of('new', 'goal'), of('new', 'goal'), of('new', 'goal', { visitor: 'w' }),
    ], 'old', 'new');
    assert.deepEqual(found.rollout, { invited: 1, shown: 1, accepted: 1, dismissed: 0, converted: 2 });
    assert.deepEqual(found.live, { invited: 1, shown: 0, accepted: 0, dismissed: 1, converted: 0 });
  });
});

/** A zip archive of a stored file in a folder, a deflated one, and one that is no rule file. */
const ARCHIVE =
  'UEsDBBQAAAAAAAAAIQBo2i+vBgAAAAYAAAAQAAAAcnVsZXMvcGFnZXMudG9tbGEgPSAxClBLAwQUAAAACAAAACEAzw3HlRkAAAByAAAADQAAAHRyaWdnZXJz' +
  'LnRvbWxTVrix+Gb7zZab3TeWcyUp2CoYcSnTVggAUEsDBBQAAAAAAAAAIQCDFtyMAQAAAAEAAAAJAAAAUkVBRE1FLm1keFBLAQIUAxQAAAAAAAAAIQBo2i+v' +
  'BgAAAAYAAAAQAAAAAAAAAAAAAACAAQAAAABydWxlcy9wYWdlcy50b21sUEsBAhQDFAAAAAgAAAAhAM8Nx5UZAAAAcgAAAA0AAAAAAAAAAAAAAIABNAAAAHRy' +
  'aWdnZXJzLnRvbWxQSwECFAMUAAAAAAAAACEAgxbcjAEAAAABAAAACQAAAAAAAAAAAAAAgAF4AAAAUkVBRE1FLm1kUEsFBgAAAAADAAMAsAAAAKAAAAAAAA==';

describe('files from disk', () => {
  it('are taken as they are, in the order of their names, and others are named', async () => {
    const read = await readFiles([new File(['b = 1'], 'b.toml'), new File(['a = 1'], 'a.toml'), new File(['x'], 'notes.txt')]);
    assert.deepEqual(read, { files: [{ name: 'a.toml', text: 'a = 1' }, { name: 'b.toml', text: 'b = 1' }], others: ['notes.txt'] });
  });

  it('come out of an archive, packed or not', async () => {
    const read = await readFiles([new File([Buffer.from(ARCHIVE, 'base64')], 'rules.zip')]);
    assert.deepEqual(read, { files: [{ name: 'pages.toml', text: 'a = 1\n' }, { name: 'triggers.toml', text: '# أهلًا\nb = 2\n'.repeat(6) }], others: [] });
  });

  it('that are no archive are refused', async () => {
    await assert.rejects(readFiles([new File([Buffer.from(ARCHIVE, 'base64').subarray(0, 90)], 'cut.zip')]));
    assert.throws(() => entries(new Uint8Array(30)));
  });
});
