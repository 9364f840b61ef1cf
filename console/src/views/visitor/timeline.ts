/** A visitor's history, told page by page: what was read for how long and how far, with what happened there. */
import type { Decision } from '$wire/effect';
import type { InvitationView, PageView, TimelineEntry } from '$wire/visitor';

/** Something that happened, other than looking at a page. */
export interface Happening {
  at: number;
  kind:
    | 'custom'
    | 'goal'
    | 'identify'
    | 'chat'
    | 'offered'
    | 'invitation'
    | 'settled'
    | 'suppressed'
    | 'stage'
    | 'consent'
    | 'tag'
    | 'note'
    | 'ban'
    | 'lift_ban'
    | 'invite'
    | 'known'
    | 'rescore'
    | 'other';
  name: string | null;
  data: Record<string, unknown>;
}

export interface Visited {
  at: number;
  /** When it was last heard of. */
  until: number;
  url: string;
  title: string | null;
  pageType: string | null;
  activeMs: number;
  scroll: number;
  isOpen: boolean;
  /** A number for the tab, where several were open at once. */
  tab: number | null;
  /** Newest first. */
  happenings: Happening[];
}

export interface Visit {
  startedAt: number;
  endedAt: number;
  /** Newest first. */
  pages: Visited[];
  /** What belongs to no page, newest first. */
  loose: Happening[];
}

/** Done by agents or the service: no sign of the visitor's life. */
const BY_OTHERS = new Set(['tag', 'note', 'ban', 'lift_ban', 'invite', 'rescore']);
/** A visit ends after so much silence. */
const SILENCE = 30 * 60_000;

type Entry = TimelineEntry & { page?: string | null };

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

const KINDS = new Set<string>(['custom', 'goal', 'identify', 'chat', 'invitation', 'consent', 'tag', 'note', 'ban', 'lift_ban', 'invite', 'known', 'rescore']);

const happening = (entry: Entry): Happening => ({
  at: entry.at,
  kind: (KINDS.has(entry.type) ? entry.type : 'other') as Happening['kind'],
  name: entry.name ?? (KINDS.has(entry.type) ? null : entry.type),
  data: entry.data ?? {},
});

/** The browser and the chat layer have words of their own for the same step of a conversation. */
const STEPS: Record<string, string> = { queued: 'requested', chatting: 'started' };
/** The first reply of a conversation that began so lately, in milliseconds, is its beginning. */
const AT_ONCE = 5_000;

/** One conversation: the steps that have been told. */
type Talk = Map<string, Happening>;

/** Tells of each happening, oldest first, whether it is news: what the browser and the chat layer both say is one thing. */
function chatNews(): (one: Happening) => boolean {
  const byName = new Map<string, Talk>();
  let current: Talk = new Map();
  const isOver = (talk: Talk): boolean => talk.has('ended') || talk.has('missed');
  const near = (a: Happening, b: Happening | undefined): Happening | undefined =>
    b !== undefined && Math.abs(a.at - b.at) <= AT_ONCE ? b : undefined;
  return (one) => {
    if (one.kind !== 'chat') return true;
    const told = text(one.data['state']) ?? '';
    const step = STEPS[told] ?? told;
    const name = text(one.data['chat']);
    const named = name === null ? undefined : byName.get(name);
    const begins = step === 'requested' || step === 'started';
    const isAnother = name !== null && named === undefined && [...byName.values()].includes(current);
    if (named === undefined && ((isOver(current) && begins) || isAnother)) current = new Map();
    const talk = named ?? current;
    if (name !== null) byName.set(name, talk);
    one.data = { ...one.data, state: step };
    const twin =
      talk.get(step) ??
      (step === 'ended' ? talk.get('missed') : undefined) ??
      (step === 'first_reply' ? near(one, talk.get('started')) : step === 'started' ? near(one, talk.get('first_reply')) : undefined);
    if (twin === undefined) {
      talk.set(step, one);
      return true;
    }
    twin.data = { ...one.data, ...twin.data };
    return false;
  };
}

const BY_THE_SERVICE = new Set(['ignored', 'expired', 'revoked', 'withheld']);

/** What the service did about invitations; what the visitor answered is in the timeline itself. */
export function ofInvitations(invitations: readonly InvitationView[]): Happening[] {
  return invitations.flatMap((one) => {
    const data = { invitation: one.id, trigger: one.trigger, variant: one.variant, state: one.state };
    const offered: Happening = { at: one.offered_at, kind: 'offered', name: one.trigger, data };
    // What agents made is in the timeline, with who it was.
    const begun = one.made_by === 'agent' ? [] : [offered];
    if (one.settled_at === null || !BY_THE_SERVICE.has(one.state)) return begun;
    return [...begun, { at: one.settled_at, kind: 'settled', name: one.trigger, data }];
  });
}

/** Stages that were entered, and invitations that the policy held back. */
export function ofDecisions(decisions: readonly Decision[]): Happening[] {
  return decisions.flatMap((one): Happening[] => {
    if (one.kind === 'stage') {
      const data = { score: one.score, from: one.from ?? null, to: one.to ?? null };
      return [{ at: one.at, kind: 'stage', name: one.score ?? null, data }];
    }
    if (one.kind === 'suppressed') {
      return [{ at: one.at, kind: 'suppressed', name: one.trigger ?? null, data: { why: one.why } }];
    }
    return [];
  });
}

interface Open extends Visited {
  key: string | null;
}

interface Making extends Visit {
  pages: Open[];
}

/** Reads the timeline (newest first, as it is told) into visits, newest first. */
export function visits(
  timeline: readonly TimelineEntry[],
  more: readonly Happening[],
  known: readonly PageView[],
): Visit[] {
  type Mixed = { at: number; entry?: Entry; happening?: Happening };
  // Of things at the same moment, what the service concluded comes after what led to it.
  const all: Mixed[] = [
    ...timeline.map((entry) => ({ at: entry.at, entry: entry as Entry })).toReversed(),
    ...more.map((one) => ({ at: one.at, happening: one })),
  ].toSorted((a, b) => a.at - b.at);

  const isNews = chatNews();
  const visits: Making[] = [];
  let visit: Making | undefined;
  const begin = (at: number): Making => {
    const made = { startedAt: at, endedAt: at, pages: [], loose: [] };
    visits.push(made);
    return made;
  };
  for (const { at, entry, happening: given } of all) {
    const passive = entry === undefined || BY_OTHERS.has(entry.type);
    if (visit === undefined || (!passive && at - visit.endedAt > SILENCE)) visit = begin(at);
    if (!passive) visit.endedAt = Math.max(visit.endedAt, at);
    if (entry === undefined) {
      if (given !== undefined) place(visit, given, null);
    } else {
      take(visit, entry, known, isNews);
    }
  }
  for (const one of visits) {
    number(one.pages);
    one.loose.reverse();
    one.pages.reverse();
    for (const page of one.pages) page.happenings.reverse();
  }
  // Not every browser says that a page was closed; none stays open beyond its visit.
  for (const over of visits.slice(0, -1)) for (const page of over.pages) page.isOpen = false;
  return visits.reverse();
}

function take(visit: Making, entry: Entry, known: readonly PageView[], isNews: (one: Happening) => boolean): void {
  const key = entry.page ?? null;
  if (entry.type === 'page_view') {
    const match = known.find((page) => page.opened_at === entry.at && page.url === entry.url);
    visit.pages.push({
      at: entry.at,
      until: entry.at,
      url: entry.url ?? '',
      title: text(entry.data['title']),
      pageType: text(entry.data['page_type']) ?? match?.page_type ?? null,
      activeMs: match?.active_ms ?? 0,
      scroll: match?.scroll ?? 0,
      isOpen: match !== undefined && !match.closed,
      tab: null,
      happenings: [],
      key,
    });
    return;
  }
  if (entry.type !== 'engage' && entry.type !== 'leave') {
    const one = happening(entry);
    if (isNews(one)) place(visit, one, key);
    return;
  }
  const page = pageOf(visit, key);
  if (page === undefined) return;
  // Totals only ever grow.
  page.activeMs = Math.max(page.activeMs, count(entry.data['active_ms']));
  page.scroll = Math.max(page.scroll, count(entry.data['scroll']));
  page.until = entry.at;
}

function pageOf(visit: Making, key: string | null): Open | undefined {
  const own = key === null ? undefined : visit.pages.findLast((page) => page.key === key);
  return own ?? visit.pages.at(-1);
}

function place(visit: Making, one: Happening, key: string | null): void {
  (pageOf(visit, key)?.happenings ?? visit.loose).push(one);
}

/** Numbers tabs: a page that was opened while another was still heard of later is in another tab. */
function number(pages: Open[]): void {
  const lastIn: number[] = [];
  for (const page of pages) {
    const free = lastIn.findIndex((until) => until <= page.at);
    const tab = free < 0 ? lastIn.length : free;
    lastIn[tab] = page.until;
    page.tab = tab + 1;
  }
  if (lastIn.length < 2) for (const page of pages) page.tab = null;
}
