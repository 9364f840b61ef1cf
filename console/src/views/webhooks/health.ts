/** How an endpoint stands, in one word. Pure. */
import type { Endpoint } from '$wire/webhooks';

export type Standing = 'ok' | 'new' | 'trouble' | 'broken' | 'off' | 'disabled';

export function standing(endpoint: Endpoint): Standing {
  const { health } = endpoint;
  if (!endpoint.enabled) return endpoint.disabled_because === null ? 'off' : 'disabled';
  if (health.breaker !== 'closed') return 'broken';
  if (health.last_failure !== null && health.last_failure.at > (health.last_success_at ?? 0)) return 'trouble';
  return health.last_success_at === null ? 'new' : 'ok';
}

export const TONES = { ok: 'good', new: 'plain', trouble: 'warn', broken: 'bad', off: 'plain', disabled: 'bad' } as const satisfies Record<Standing, string>;

/** Whether an address may be one: the service looks closer. */
export function isAddress(text: string): boolean {
  try {
    return new URL(text).protocol === 'https:';
  } catch {
    return false;
  }
}

/** JSON as a person reads it; anything else as it is. */
export function pretty(body: unknown): string {
  if (typeof body !== 'string') return JSON.stringify(body, null, 2) ?? '';
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
