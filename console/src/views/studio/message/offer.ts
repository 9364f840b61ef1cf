/** Which channel an invitation offers, and what it promises: as `src/engine/channel.rs` decides. Pure. */
import type { DepartmentNow } from '$wire/chat';
import type { Channel } from '$wire/visitor';
import { note } from './note';

/** When it is shown: as things stand now, or in one of the cases that a rule has words for. */
export type When = 'now' | 'free' | 'call' | 'closed';

/** What a rule wants. */
export interface Wish {
  channel: Channel;
  /** A form may be offered while nobody can answer. */
  form: boolean;
  /** A chat is offered only while a first reply usually comes within so many seconds. */
  withinS: number | null;
}

/** How the desk stands; unknown is `null`. */
export interface Desk {
  isSoon: boolean;
  isOpen: boolean | null;
  expectedReplyS: number | null;
  opensAt: number | null;
}

export interface Offer {
  channel: Channel;
  expectedReplyS: number | null;
  opensAt: number | null;
  note: (lang: string) => string;
  /** Nobody can answer soon: words for that time are said, if there are any. */
  isClosed: boolean;
}

/** The desk at this moment, as the service tells it; `null` while nobody has told. */
export function deskNow(department: DepartmentNow | null, wish: Wish): Desk {
  if (department === null) return { isSoon: true, isOpen: null, expectedReplyS: null, opensAt: null };
  const reply = department.expected_reply_s;
  const inTime = wish.withinS === null || reply === null || reply <= wish.withinS;
  return {
    isSoon: department.open && department.free_slots > 0 && inTime,
    isOpen: department.open,
    expectedReplyS: reply,
    opensAt: department.opens_at,
  };
}

/** The desk in the case that is looked at. */
export function desk(when: When, now: Desk, at: number): Desk {
  switch (when) {
    case 'now':
      return now;
    case 'free':
    case 'call':
      return { ...now, isSoon: true, isOpen: true, opensAt: null };
    case 'closed':
      return { ...now, isSoon: false, isOpen: false, opensAt: now.opensAt ?? nextMorning(at) };
  }
}

/** Nine o'clock tomorrow: something has to stand there while nothing is closed. */
function nextMorning(at: number): number {
  const day = new Date(at);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1, 9).getTime();
}

/** What would be offered; `null`: nobody is invited then. */
export function offer(when: When, wish: Wish, now: Desk, at: number): Offer | null {
  const { isSoon, isOpen, expectedReplyS, opensAt } = desk(when, now, at);
  const channel: Channel | null = isSoon ? (when === 'call' ? 'phone' : wish.channel) : wish.form ? 'email' : null;
  if (channel === null) return null;
  const opens = channel === 'chat' ? null : opensAt;
  const reply = channel !== 'email' && opens === null ? expectedReplyS : null;
  const said = { channel, expectedReplyS: reply, opensAt: opens, isBusy: !isSoon && isOpen !== false };
  return { channel, expectedReplyS: reply, opensAt: opens, isClosed: !isSoon, note: (lang) => note(said, lang, at) };
}
