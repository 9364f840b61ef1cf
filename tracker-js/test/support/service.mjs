/** A stand-in for the service: serves the scripts, records what it is told, answers as told. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const DIST = new URL('../../dist/', import.meta.url);
const DEADLINE_MS = 10_000;

export const listen = (server) =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
  });

const bodyOf = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

export class Service {
  /** Every request but those for scripts, in order: {method, path, type, cookie, body}. */
  requests = [];
  /** The scripts that were asked for. */
  scripts = [];
  /** Answers given once each before the usual one: {status, headers, json}. */
  replies = [];
  invitation = null;
  /** What was pushed last and not taken back. */
  #pushed = null;
  streaming = true;
  pingAfterMs = 15_000;
  streams = new Set();
  #tickets = 0;
  #changed = new Set();
  #server = createServer((request, response) => this.#serve(request, response));

  async open() {
    this.origin = await listen(this.#server);
    return this;
  }

  close() {
    for (const stream of this.streams) stream.end();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get collects() {
    return this.requests.filter(({ path }) => path == '/v1/collect').map(({ body }) => body);
  }

  get events() {
    return this.collects.flatMap(({ events }) => events);
  }

  get types() {
    return this.events.map(({ type }) => type);
  }

  of(type) {
    return this.events.filter((event) => event.type == type);
  }

  /** What was asked, as one line a request: `POST /v1/collect page_view goal`. */
  get log() {
    return this.requests.map(({ method, path, body }) =>
      [method, path.replace(/stream.*/, 'stream'), ...(body?.events ?? []).map(({ type }) => type)].join(' '),
    );
  }

  /** Sends one server-sent event to every open stream. What is pushed is open, for whoever asks. */
  push(event, data) {
    if (event == 'invitation') this.#pushed = data;
    else if (this.#pushed?.id == data.id) this.#pushed = null;
    for (const stream of this.streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  /** Waits until `condition` holds; it is looked at whenever a request comes or goes. */
  until(condition, what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#changed.delete(look);
        reject(new Error(`waited in vain: ${what ?? condition}\n${this.log.join('\n')}`));
      }, DEADLINE_MS);
      const look = () => {
        if (!condition()) return;
        clearTimeout(timer);
        this.#changed.delete(look);
        resolve();
      };
      this.#changed.add(look);
      look();
    });
  }

  #change() {
    for (const look of [...this.#changed]) look();
  }

  async #serve(request, response) {
    const path = new URL(request.url, 'http://x').pathname;
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-expose-headers', 'retry-after');
    if (/^\/(adapters\/)?[\w.]+js$/.test(path)) return this.#script(path, response);
    const text = await bodyOf(request);
    this.requests.push({
      method: request.method,
      path,
      type: request.headers['content-type'],
      cookie: request.headers.cookie,
      body: text ? JSON.parse(text) : undefined,
    });
    if (path.startsWith('/v1/stream/')) this.#stream(response);
    else this.#answer(path, response);
    this.#change();
  }

  async #script(path, response) {
    this.scripts.push(path);
    this.#change();
    try {
      const source = await readFile(new URL('.' + path, DIST));
      response.setHeader('content-type', 'text/javascript').end(source);
    } catch {
      response.writeHead(404).end();
    }
  }

  #stream(response) {
    if (!this.streaming) return response.writeHead(410).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': hello\n\n');
    this.streams.add(response);
    response.on('close', () => {
      this.streams.delete(response);
      this.#change();
    });
  }

  #answer(path, response) {
    const reply = path == '/v1/collect' ? this.replies.shift() : undefined;
    const json = reply?.json ?? {
      visitor: 'v',
      session: 's',
      accepted: 1,
      duplicates: 0,
      rejected: [],
      invitation: path == '/v1/invitation' ? (this.#pushed ?? this.invitation) : this.invitation,
      ...(path == '/v1/collect' && {
        stream: `/v1/stream/${++this.#tickets}`,
        ping_after_ms: this.pingAfterMs,
      }),
    };
    response.writeHead(reply?.status ?? (path == '/v1/collect' ? 202 : 200), reply?.headers);
    response.end(JSON.stringify(json));
  }
}
