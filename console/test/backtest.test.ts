/** A backtest that follows somebody who types: what is asked, what is broken off, what is shown meanwhile. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { Backtest, type Question } from '../src/views/studio/effect/backtest.svelte';
import type { BacktestLine, Report } from '../src/wire/rulesets';

const question = (since: string): Question => ({ files: [], against: 'live', since });
const report = (visitors: number): Report => ({ visitors }) as Report;

/** A request that is under way: what was asked, and a way to answer it line by line. */
interface Asked {
  body: Record<string, unknown>;
  signal: AbortSignal;
  say: (line: BacktestLine) => void;
  end: () => void;
}

let asked: Asked[] = [];
let refusals: number;
const before = globalThis.fetch;

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] });
  asked = [];
  refusals = 0;
  globalThis.fetch = (_, how) => {
    if (refusals > 0) {
      refusals -= 1;
      return Promise.resolve(new Response(JSON.stringify({ type: 'urn:ahlan:problem:not-possible', title: 'busy' }), { status: 409 }));
    }
    const stream = new TransformStream<Uint8Array, Uint8Array>();
    const writer = stream.writable.getWriter();
    const bytes = (text: string) => new TextEncoder().encode(text);
    asked.push({
      body: JSON.parse(String(how?.body)) as Record<string, unknown>,
      signal: how?.signal as AbortSignal,
      say: (line) => void writer.write(bytes(`${JSON.stringify(line)}\n`)),
      end: () => void writer.close(),
    });
    return Promise.resolve(new Response(stream.readable));
  };
});

afterEach(() => {
  mock.timers.reset();
  globalThis.fetch = before;
});

/** Lets everything that is ready happen. */
async function settle(until: () => boolean): Promise<void> {
  for (let turns = 0; turns < 200 && !until(); turns += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(until(), 'it never came to it');
}

describe('somebody who types', () => {
  it('is answered once, after a moment of quiet', async () => {
    const backtest = new Backtest();
    for (const since of ['1d', '2d', '3d']) {
      backtest.ask('shop', question(since));
      mock.timers.tick(100);
    }
    assert.equal(asked.length, 0);
    mock.timers.tick(450);
    await settle(() => asked.length > 0);
    assert.deepEqual(asked.map(({ body }) => body), [{ files: [], against: 'live', since: '3d', partial: true }]);
  });

  it('breaks off what is under way, and what it still says counts for nothing', async () => {
    const backtest = new Backtest();
    backtest.ask('shop', question('1d'), 0);
    mock.timers.tick(0);
    await settle(() => asked.length === 1);
    backtest.ask('shop', question('2d'), 0);
    mock.timers.tick(0);
    await settle(() => asked.length === 2);
    assert.deepEqual(asked.map(({ signal }) => signal.aborted), [true, false]);
    asked[0]?.say({ report: report(1) });
    asked[1]?.say({ report: report(2) });
    asked[1]?.end();
    await settle(() => backtest.phase === 'done');
    assert.equal(backtest.report?.visitors, 2);
  });

  it('asks nothing anew when nothing has changed', async () => {
    const backtest = new Backtest();
    backtest.ask('shop', question('1d'), 0);
    mock.timers.tick(0);
    await settle(() => asked.length === 1);
    backtest.ask('shop', question('1d'), 0);
    mock.timers.tick(1_000);
    assert.deepEqual([asked.length, asked[0]?.signal.aborted, backtest.phase], [1, false, 'running']);
  });
});

describe('what is shown', () => {
  it('is a share first, then the whole; older figures stay until then', async () => {
    const backtest = new Backtest();
    backtest.ask('shop', question('1d'), 0);
    mock.timers.tick(0);
    await settle(() => asked.length === 1);
    asked[0]?.say({ partial: report(5), share: 0.05 });
    await settle(() => backtest.report !== null);
    assert.deepEqual([backtest.share, backtest.phase], [0.05, 'running']);
    asked[0]?.say({ progress: { records: 10, moment: 0, permille: 500 } });
    await settle(() => backtest.progress === 0.5);
    asked[0]?.say({ report: report(100) });
    asked[0]?.end();
    await settle(() => backtest.phase === 'done');
    assert.deepEqual([backtest.share, backtest.report?.visitors, backtest.stale], [1, 100, false]);
    backtest.ask('shop', question('2d'), 0);
    assert.deepEqual([backtest.report?.visitors, backtest.stale], [100, true]);
  });

  it('is why there is no report', async () => {
    const backtest = new Backtest();
    backtest.ask('shop', question('1d'), 0);
    mock.timers.tick(0);
    await settle(() => asked.length === 1);
    asked[0]?.say({ problem: 'the journal cannot be read' });
    asked[0]?.end();
    await settle(() => backtest.phase === 'failed');
    assert.equal(backtest.problem?.message, 'the journal cannot be read');
  });

  it('is that another run has taken its place, and what there was', async () => {
    const backtest = new Backtest();
    backtest.ask('shop', question('1d'), 0);
    mock.timers.tick(0);
    await settle(() => asked.length === 1);
    asked[0]?.say({ waiting: 2 });
    await settle(() => backtest.ahead === 2);
    asked[0]?.say({ problem: 'a newer backtest of yours has taken the place of this one' });
    await settle(() => backtest.replaced);
    assert.deepEqual([backtest.problem, backtest.phase], [null, 'idle']);
    // The same question may be asked again.
    backtest.ask('shop', question('1d'), 0);
    mock.timers.tick(0);
    await settle(() => asked.length === 2);
  });

  it('is a failure when the answer breaks off', async () => {
    const backtest = new Backtest();
    backtest.ask('shop', question('1d'), 0);
    mock.timers.tick(0);
    await settle(() => asked.length === 1);
    asked[0]?.end();
    await settle(() => backtest.phase === 'failed');
  });
});

describe('another backtest of the site', () => {
  it('is waited for', async () => {
    refusals = 2;
    const backtest = new Backtest();
    backtest.ask('shop', question('1d'), 0);
    mock.timers.tick(0);
    for (let turns = 0; turns < 200 && asked.length === 0; turns += 1) {
      mock.timers.tick(1_500);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await settle(() => asked.length === 1);
    assert.equal(backtest.phase, 'running');
  });
});
