/** Requests to the service. Every failure is a [`Problem`]; one kind of it, `offline`, means that nobody answered. */

/** A refused request, or none that arrived. */
export class Problem extends Error {
  constructor(
    /** The HTTP status; 0 when nobody answered. */
    readonly status: number,
    /** The stable word, such as `not-found`; `offline` when nobody answered. */
    readonly kind: string,
    readonly title: string,
    readonly detail: string,
    /** Further members of the answer. */
    readonly more: Record<string, unknown> = {},
    /** Try again after so many seconds. */
    readonly retryAfter: number | null = null,
  ) {
    super(detail || title);
    this.name = 'Problem';
  }

  static offline(): Problem {
    return new Problem(0, 'offline', '', '');
  }

  /** What went wrong, whatever was thrown. */
  static of(why: unknown): Problem {
    if (why instanceof Problem) return why;
    return new Problem(0, 'fault', why instanceof Error ? why.message : String(why), '');
  }
}

export interface Options {
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

/** Called when an answer says that nobody is signed in any more. */
let onSignedOut: () => void = () => {};

export function whenSignedOut(run: () => void): void {
  onSignedOut = run;
}

/** Reads a problem from an answer that is not a success. */
export async function problemOf(answer: Response): Promise<Problem> {
  let body: Record<string, unknown> = {};
  try {
    body = (await answer.json()) as Record<string, unknown>;
  } catch {
    // A proxy's page, or nothing: the status has to do.
  }
  const { type, title, detail, status: _, ...more } = body;
  const kind = typeof type === 'string' ? (type.split(/[:/#]/).at(-1) ?? '') : '';
  const after = Number(answer.headers.get('retry-after'));
  return new Problem(
    answer.status,
    kind || `http-${answer.status}`,
    typeof title === 'string' ? title : answer.statusText,
    typeof detail === 'string' ? detail : '',
    more,
    Number.isFinite(after) && after > 0 ? after : null,
  );
}

/** The full answer, for whoever needs its headers (an `ETag`). Paths begin below `/v1`. */
export async function send(method: string, path: string, body?: unknown, options: Options = {}): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(`/v1${path}`, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(options.signal && { signal: options.signal }),
    });
  } catch (why) {
    if (why instanceof DOMException && why.name === 'AbortError') throw why;
    throw Problem.offline();
  }
  if (answer.ok) return answer;
  const problem = await problemOf(answer);
  if (answer.status === 401 && !path.startsWith('/session')) onSignedOut();
  throw problem;
}

async function ask<T>(method: string, path: string, body?: unknown, options?: Options): Promise<T> {
  const answer = await send(method, path, body, options);
  if (answer.status === 204) return undefined as T;
  const text = await answer.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export const get = <T>(path: string, options?: Options) => ask<T>('GET', path, undefined, options);
export const post = <T>(path: string, body?: unknown, options?: Options) => ask<T>('POST', path, body ?? {}, options);
export const put = <T>(path: string, body?: unknown, options?: Options) => ask<T>('PUT', path, body ?? {}, options);
export const patch = <T>(path: string, body?: unknown, options?: Options) => ask<T>('PATCH', path, body ?? {}, options);
export const del = <T>(path: string, body?: unknown, options?: Options) => ask<T>('DELETE', path, body, options);

/** `?a=1&b=2` of what is given; nothing for `null`, `undefined` and the empty text. */
export function query(params: Record<string, string | number | boolean | null | undefined>): string {
  const kept = Object.entries(params).filter(([, value]) => value !== null && value !== undefined && value !== '');
  const text = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return text ? `?${text}` : '';
}
