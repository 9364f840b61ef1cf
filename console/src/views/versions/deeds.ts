/** What can be done with versions, each with its question, its usual reason and its request. */
import { del, post, query } from '$lib/api';
import type { Scheduled, Versions } from '$wire/rulesets';
import { t } from './words';

export interface Deed {
  title: string;
  body: string;
  /** What the button says. */
  action: (share: number) => string;
  danger?: boolean;
  /** What stands in the field to begin with; `null`: no reason is asked for. */
  reason: ((share: number) => string) | null;
  /** Shares to choose from, in percent; none, unless told. */
  shares?: readonly number[];
  done: (share: number) => string;
  run: (reason: string, share: number) => Promise<unknown>;
}

const path = (site: string): string => `/sites/${encodeURIComponent(site)}/rulesets`;

export function rollBack(site: string, { live }: Versions, to: number): Deed {
  return {
    title: t('roll_back.title', { n: to }),
    body: t('roll_back.body'),
    action: () => t('roll_back.do'),
    reason: () => t('roll_back.reason', { n: live }),
    done: () => t('roll_back.done', { n: to }),
    run: (reason) => post(`${path(site)}/rollback`, { to, reason }),
  };
}

export function takeBack(site: string, version: number): Deed {
  return {
    title: t('take_back.title'),
    body: t('take_back.body', { n: version }),
    action: () => t('stand.take_back'),
    danger: true,
    reason: () => t('take_back.reason'),
    done: () => t('take_back.done'),
    run: (reason) => del(`${path(site)}/rollout${query({ reason })}`),
  };
}

export function complete(site: string, { live }: Versions, version: number, share: string): Deed {
  return {
    title: t('complete.title'),
    body: t('complete.body', { n: version }),
    action: () => t('stand.complete'),
    reason: () => t('complete.reason', { share }),
    done: () => t('complete.done', { n: version }),
    run: (reason) => post(`${path(site)}/${version}/publish`, { reason, expected: live }),
  };
}

export function changeShare(site: string, { live }: Versions, version: number): Deed {
  return {
    title: t('share.title'),
    body: t('share.body'),
    action: (share) => t('share.do', { share: `${share}%` }),
    reason: () => t('share.reason'),
    shares: [5, 10, 25, 50, 75],
    done: (share) => t('share.done', { n: version, share: `${share}%` }),
    run: (reason, share) => post(`${path(site)}/${version}/publish`, { reason, expected: live, share: `${share}%` }),
  };
}

export function startShadow(site: string, version: number): Deed {
  return {
    title: t('shadow.title', { n: version }),
    body: t('shadow.body'),
    action: () => t('shadow.do'),
    reason: () => t('shadow.reason'),
    done: () => t('shadow.done', { n: version }),
    run: (reason) => post(`${path(site)}/${version}/shadow`, { reason }),
  };
}

export function stopShadow(site: string): Deed {
  return {
    title: t('stop.title'),
    body: t('stop.body'),
    action: () => t('stand.stop'),
    danger: true,
    reason: () => t('stop.reason'),
    done: () => t('stop.done'),
    run: (reason) => del(`${path(site)}/shadow${query({ reason })}`),
  };
}

const BODIES = { waiting: 'unschedule.body', acting: 'unschedule.body.acting', failed: 'unschedule.body.failed' } as const;

export function unschedule(site: string, entry: Scheduled): Deed {
  return {
    title: t('unschedule.title'),
    body: t(BODIES[entry.state], { n: entry.version }),
    action: () => t('unschedule.do'),
    danger: true,
    reason: entry.state === 'failed' ? null : () => t('unschedule.reason'),
    done: () => t('unschedule.done'),
    run: (reason) => del(`${path(site)}/schedule/${entry.id}${query({ reason })}`),
  };
}
