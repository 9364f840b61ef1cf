/** A backtest that follows somebody who types: asked for anew, it waits for a moment of quiet and breaks off the last. */
import { Problem, send } from '$lib/api';
import type { BacktestLine, Report } from '$wire/rulesets';
import type { RuleFile } from '$wire/studio';
import { readLines } from './lines';

/** What is asked: rules as files or by number, beside the live version or another one. */
export interface Question {
  files?: readonly RuleFile[];
  version?: number;
  against: number | 'live';
  /** A span before now, such as `7d`. */
  since: string;
}

export type Phase = 'idle' | 'waiting' | 'running' | 'done' | 'failed';

/** Who types is left alone for this long. */
const QUIET_MS = 450;
/** Another backtest of the site is under way: ask again then. */
const BUSY_MS = 1_500;
const PATIENCE = 20;

/** What the service says when somebody has begun another run elsewhere. */
const REPLACED = /^a newer backtest of yours/;

const path = (site: string): string => `/sites/${encodeURIComponent(site)}/rulesets/backtest`;

export class Backtest {
  phase = $state<Phase>('idle');
  /** 0 to 1. */
  progress = $state(0);
  /** Events read so far. */
  records = $state(0);
  report = $state.raw<Report | null>(null);
  /** The share of the visitors that the report stands for: 1 when it is the whole. */
  share = $state(1);
  /** How long the whole took, in milliseconds. */
  took = $state<number | null>(null);
  problem = $state.raw<Problem | null>(null);
  /** How many other runs go first. */
  ahead = $state(0);
  /** Whether another run of the same person has ended this one. */
  replaced = $state(false);
  /** Whether what is shown is an answer to an earlier question. */
  stale = $state(false);
  #asked = '';
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Asks, after a moment of quiet unless told. The same question again changes nothing. */
  ask(site: string, question: Question, wait = QUIET_MS): void {
    const asked = JSON.stringify([site, question]);
    if (asked === this.#asked && this.phase !== 'failed') return;
    this.stop();
    this.replaced = false;
    this.#asked = asked;
    this.stale = this.report !== null;
    this.phase = 'waiting';
    this.#timer = setTimeout(() => void this.#run(site, question), wait);
  }

  /** Gives up what is under way; what was found stays. */
  stop = (): void => {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
    this.#asked = '';
    if (this.phase === 'waiting' || this.phase === 'running') this.phase = this.report === null ? 'idle' : 'done';
  };

  async #run(site: string, question: Question): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.phase = 'running';
    this.progress = 0;
    this.records = 0;
    this.ahead = 0;
    this.problem = null;
    const began = performance.now();
    try {
      const answer = await this.#reach(site, question, abort.signal);
      await readLines<BacktestLine>(answer, (line) => {
        if (!abort.signal.aborted) this.#take(line);
      });
      if (abort.signal.aborted) return;
      if (this.phase === 'running') throw new Problem(0, 'fault', '', '');
      if (this.phase === 'done') this.took = performance.now() - began;
    } catch (why) {
      if (abort.signal.aborted) return;
      this.problem = Problem.of(why);
      this.phase = 'failed';
    }
  }

  /** Sends the question; while another backtest of the site has its turn, again and again. */
  async #reach(site: string, question: Question, signal: AbortSignal): Promise<Response> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await send('POST', path(site), { ...question, partial: true }, { signal, headers: { accept: 'application/x-ndjson' } });
      } catch (why) {
        const busy = why instanceof Problem && why.kind === 'not-possible' && tries < PATIENCE;
        if (!busy) throw why;
        await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
        signal.throwIfAborted();
      }
    }
  }

  #take(line: BacktestLine): void {
    if (line.waiting !== undefined) this.ahead = line.waiting;
    if (line.progress) {
      this.progress = line.progress.permille / 1_000;
      this.records = line.progress.records;
    }
    if (line.partial) this.#show(line.partial, line.share ?? 1);
    if (line.report) {
      this.#show(line.report, 1);
      this.progress = 1;
      this.phase = 'done';
    }
    if (line.problem !== undefined && REPLACED.test(line.problem)) {
      this.replaced = true;
      this.stop();
    } else if (line.problem !== undefined) {
      this.problem = new Problem(0, 'backtest', line.problem, '');
      this.phase = 'failed';
    }
  }

  #show(report: Report, share: number): void {
    this.report = report;
    this.share = share;
    this.stale = false;
  }
}
