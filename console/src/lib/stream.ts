/**
 * A stream of server-sent events that mends itself: it goes on from the last id after a break, waits longer after each
 * failure, notices silence, and connects at once when the machine is online again. Built on fetch rather than
 * EventSource, which tells neither why a connection failed nor lets its last id be forgotten.
 */
import { Problem, problemOf } from './api';
import { Parser } from './sse';

/** `connecting` for the first time, `open`, `reconnecting` after a break, `offline`, or `closed` for good. */
export type StreamState = 'connecting' | 'open' | 'reconnecting' | 'offline' | 'closed';

export interface Listener {
  event(name: string, data: unknown): void;
  state?(state: StreamState): void;
  /** The service refused for good (4xx): the stream is closed. */
  refused?(why: Problem): void;
}

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** The service pings every 20 seconds or sooner; after more than twice that the connection is taken for dead. */
const SILENCE = 45_000;

class ListenerFault extends Error {}

export class Stream {
  #path = '';
  #lastId = '';
  #wait = FIRST_WAIT;
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #state: StreamState = 'connecting';
  readonly #listener: Listener;
  readonly #online = () => this.#again(0);
  readonly #offline = () => this.#say('offline');

  constructor(path: string, listener: Listener) {
    this.#listener = listener;
    addEventListener('online', this.#online);
    addEventListener('offline', this.#offline);
    this.open(path);
  }

  /**
   * Connects to another path; the old connection is dropped. `resume` goes on from the last id, where the service
   * can tell the difference between the two: another part of the same list. Else the id is forgotten.
   */
  open(path: string, how: { resume?: boolean } = {}): void {
    this.#path = path;
    if (!how.resume) this.#lastId = '';
    this.#wait = FIRST_WAIT;
    this.#again(0);
  }

  close(): void {
    removeEventListener('online', this.#online);
    removeEventListener('offline', this.#offline);
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#abort?.abort();
    this.#say('closed');
  }

  #say(state: StreamState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#listener.state?.(state);
  }

  #again(after: number): void {
    if (this.#state === 'closed') return;
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    if (after === 0) void this.#connect(abort);
    else this.#timer = setTimeout(() => void this.#connect(abort), after);
  }

  /** After a failure: wait, longer each time, and not all consoles at once. */
  #later(): void {
    this.#say(navigator.onLine ? 'reconnecting' : 'offline');
    const wait = this.#wait * (0.5 + Math.random());
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
    this.#again(wait);
  }

  #heard(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#later(), SILENCE);
  }

  async #connect(abort: AbortController): Promise<void> {
    this.#heard();
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (this.#lastId) headers['last-event-id'] = this.#lastId;
      const answer = await fetch(`/v1${this.#path}`, { headers, signal: abort.signal, cache: 'no-store' });
      if (!answer.ok || !answer.body) {
        const why = await problemOf(answer);
        if (why.status >= 400 && why.status < 500 && why.status !== 429 && why.status !== 408) {
          this.close();
          this.#listener.refused?.(why);
          return;
        }
        throw why;
      }
      const begun = performance.now();
      await this.#read(answer.body, abort);
      // The service ends streams now and then, so that rights are looked at again: that is no break.
      if (performance.now() - begun > LONGEST_WAIT && this.#abort === abort) {
        this.#again(0);
        return;
      }
    } catch (why) {
      // Broken, refused for now, or dropped on purpose; only the current connection is mended. `fetch` tells of the
      // network by a TypeError, and so does a fault of the listener, which nobody should have to guess.
      if (why instanceof ListenerFault) console.error(why.cause);
    }
    if (this.#abort === abort && !abort.signal.aborted) this.#later();
  }

  #tell(name: string, data: string): void {
    try {
      this.#listener.event(name, data ? JSON.parse(data) : null);
    } catch (cause) {
      throw new ListenerFault('the listener failed', { cause });
    }
  }

  async #read(body: ReadableStream<Uint8Array>, abort: AbortController): Promise<void> {
    const reader = body.getReader();
    const text = new TextDecoder();
    const parser = new Parser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || abort.signal.aborted) return;
      this.#heard();
      this.#wait = FIRST_WAIT;
      this.#say('open');
      for (const event of parser.feed(text.decode(value, { stream: true }))) {
        if (event.id) this.#lastId = event.id;
        this.#tell(event.event, event.data);
      }
    }
  }
}
