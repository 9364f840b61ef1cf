/** Which fields the form shows of each part, in which order, and how each is filled in. Pure. */
import { isMap, type PartName } from '../model';
import type { Step, Values } from '$wire/studio';

type SeenKey = keyof import('$wire/studio').Catalogue['seen'];

export type Control =
  | { kind: 'text'; long?: boolean; mono?: boolean }
  | { kind: 'number'; min?: number; max?: number }
  | { kind: 'decimal' }
  | { kind: 'duration' }
  | { kind: 'percent' }
  | { kind: 'flag'; otherwise: boolean }
  | { kind: 'choice'; values: readonly string[] }
  /** Names of entries of other parts. */
  | { kind: 'ref'; of: PartName; many?: boolean }
  /** Several texts; those seen lately are offered. */
  | { kind: 'texts'; seen?: SeenKey; mono?: boolean }
  /** One text; those seen lately are offered. */
  | { kind: 'known'; seen: SeenKey | 'fields' | 'zones'; mono?: boolean }
  | { kind: 'stages' | 'messages' | 'conditions' | 'condition' | 'schedule' | 'variants' | 'open' | 'holidays' | 'days' }
  | { kind: 'axis'; letters: boolean }
  | { kind: 'as_text' };

export interface Item {
  /** Names its words, and its diagnostics unless there is a path. */
  key: string;
  control: Control;
  path?: readonly Step[];
  needed?: boolean;
  /** Takes the whole width. */
  wide?: boolean;
  /** Shown only where it means something, or has a value already. */
  when?: (values: Values) => boolean;
}

export interface Group {
  id: string;
  items: readonly Item[];
  /** Folded away until something in it has a value. */
  more?: boolean;
}

const on = (...kinds: string[]) => (values: Values) => kinds.includes(String(values['on'] ?? ''));
const byValue = (values: Values) => 'points_from' in values;
const invitation = (key: string): readonly Step[] => ['invitation', key];
const TONES = ['sales', 'welcome', 'help'] as const;
export const CHANNELS = ['chat', 'phone', 'email'] as const;
const CONDITIONS: Group = { id: 'conditions', items: [{ key: 'conditions', control: { kind: 'conditions' }, wide: true }] };

export const FORMS: Record<PartName, readonly Group[]> = {
  page_type: [
    {
      id: 'basics',
      items: [
        { key: 'name', control: { kind: 'text', mono: true }, needed: true },
        { key: 'match', control: { kind: 'texts', mono: true }, needed: true, wide: true },
      ],
    },
  ],
  score: [
    {
      id: 'basics',
      items: [
        { key: 'name', control: { kind: 'text', mono: true }, needed: true },
        { key: 'max', control: { kind: 'number', min: 1 } },
        { key: 'half_life', control: { kind: 'duration' } },
        { key: 'stages', control: { kind: 'stages' }, wide: true },
      ],
    },
  ],
  group: [
    {
      id: 'basics',
      items: [
        { key: 'name', control: { kind: 'text', mono: true }, needed: true },
        { key: 'max_points_per_session', control: { kind: 'number', min: 1 } },
        { key: 'max_points_per_day', control: { kind: 'number', min: 1 } },
        { key: 'max_points_per_visitor', control: { kind: 'number', min: 1 } },
      ],
    },
  ],
  score_rule: [
    {
      id: 'basics',
      items: [
        { key: 'name', control: { kind: 'text' }, wide: true },
        { key: 'on', control: { kind: 'choice', values: ['page_view', 'dwell', 'session_start', 'event', 'goal', 'identify'] }, needed: true },
        { key: 'after', control: { kind: 'duration' }, when: on('dwell') },
        { key: 'event', control: { kind: 'known', seen: 'events', mono: true }, when: on('event', 'goal') },
        { key: 'page_type', control: { kind: 'ref', of: 'page_type', many: true } },
      ],
    },
    {
      id: 'points',
      items: [
        { key: 'score', control: { kind: 'ref', of: 'score' }, needed: true },
        { key: 'points', control: { kind: 'number' }, when: (values) => !byValue(values) },
        { key: 'points_from', control: { kind: 'known', seen: 'fields', mono: true }, when: byValue },
        { key: 'scale', control: { kind: 'decimal' }, when: byValue },
        { key: 'min_points', control: { kind: 'number' }, when: byValue },
        { key: 'max_points', control: { kind: 'number' }, when: byValue },
      ],
    },
    CONDITIONS,
    {
      id: 'caps',
      more: true,
      items: [
        { key: 'once', control: { kind: 'flag', otherwise: false } },
        { key: 'max_per_session', control: { kind: 'number', min: 1 } },
        { key: 'max_per_day', control: { kind: 'number', min: 1 } },
        { key: 'max_per_visitor', control: { kind: 'number', min: 1 } },
        { key: 'group', control: { kind: 'ref', of: 'group' } },
        { key: 'half_life', control: { kind: 'duration' } },
        { key: 'expires_after', control: { kind: 'duration' } },
        { key: 'id', control: { kind: 'text', mono: true }, needed: true },
      ],
    },
  ],
  segment: [
    {
      id: 'basics',
      items: [
        { key: 'name', control: { kind: 'text', mono: true }, needed: true },
        { key: 'says', control: { kind: 'text' }, wide: true },
      ],
    },
    CONDITIONS,
  ],
  matrix: [
    {
      id: 'basics',
      items: [
        { key: 'name', control: { kind: 'text', mono: true }, needed: true, wide: true },
        { key: 'rows', control: { kind: 'axis', letters: true }, needed: true },
        { key: 'columns', control: { kind: 'axis', letters: false }, needed: true },
      ],
    },
  ],
  trigger: [
    {
      id: 'basics',
      items: [
        { key: 'name', control: { kind: 'text' }, wide: true },
        { key: 'page_type', control: { kind: 'ref', of: 'page_type', many: true } },
        { key: 'priority', control: { kind: 'number' } },
      ],
    },
    CONDITIONS,
    {
      id: 'invitation',
      items: [
        { key: 'message', path: invitation('message'), control: { kind: 'messages' }, needed: true, wide: true },
        { key: 'tone', path: invitation('tone'), control: { kind: 'choice', values: TONES } },
        { key: 'channel', path: invitation('channel'), control: { kind: 'choice', values: CHANNELS } },
        { key: 'when_closed', path: invitation('when_closed'), control: { kind: 'choice', values: ['email'] } },
        { key: 'default_lang', path: invitation('default_lang'), control: { kind: 'text', mono: true }, when: (values) => has(values, invitation('default_lang')) },
        { key: 'message_closed', path: invitation('message_closed'), control: { kind: 'messages' }, wide: true, when: (values) => has(values, invitation('when_closed')) },
        { key: 'phone_if', path: invitation('phone_if'), control: { kind: 'condition' }, wide: true },
      ],
    },
    { id: 'variants', more: true, items: [{ key: 'variant', control: { kind: 'variants' }, wide: true }] },
    {
      id: 'timing',
      more: true,
      items: [
        { key: 'once_per', control: { kind: 'choice', values: ['page', 'session', 'visitor'] } },
        { key: 'delay', control: { kind: 'duration' } },
        { key: 'cooldown', control: { kind: 'duration' } },
        { key: 'expires_after', control: { kind: 'duration' } },
        { key: 'max_shows', control: { kind: 'number', min: 1 } },
        { key: 'stop_after_dismissals', control: { kind: 'number', min: 1 } },
        { key: 'stop_after_ignores', control: { kind: 'number', min: 1 } },
        { key: 'department', control: { kind: 'known', seen: 'departments' } },
        { key: 'schedule', control: { kind: 'schedule' }, wide: true },
      ],
    },
    {
      id: 'measuring',
      more: true,
      items: [
        { key: 'holdout', control: { kind: 'percent' } },
        { key: 'sample', control: { kind: 'percent' } },
        { key: 'goals', control: { kind: 'texts', seen: 'goals' } },
        { key: 'id', control: { kind: 'text', mono: true }, needed: true },
      ],
    },
  ],
  policy: [
    {
      id: 'often',
      items: [
        { key: 'max_per_session', control: { kind: 'number', min: 0 } },
        { key: 'max_per_day', control: { kind: 'number', min: 0 } },
        { key: 'max_per_visitor', control: { kind: 'number', min: 0 } },
      ],
    },
    {
      id: 'quiet',
      items: [
        { key: 'after_dismissal', control: { kind: 'duration' } },
        { key: 'after_chat', control: { kind: 'duration' } },
        { key: 'after_goal', control: { kind: 'duration' } },
        { key: 'never_on', control: { kind: 'ref', of: 'page_type', many: true }, wide: true },
        { key: 'never_while_typing', control: { kind: 'flag', otherwise: true }, wide: true },
      ],
    },
    {
      id: 'answering',
      items: [
        { key: 'require_available_agent', control: { kind: 'flag', otherwise: true }, wide: true },
        { key: 'chat_within', control: { kind: 'duration' } },
        { key: 'phone_if', control: { kind: 'condition' }, wide: true },
      ],
    },
  ],
  hours: [
    {
      id: 'basics',
      items: [
        { key: 'time_zone', control: { kind: 'known', seen: 'zones', mono: true } },
        { key: 'weekend', control: { kind: 'days' } },
        { key: 'open', control: { kind: 'open' }, wide: true },
        { key: 'holidays', control: { kind: 'holidays' }, wide: true },
      ],
    },
  ],
  measure: [
    {
      id: 'basics',
      items: [
        { key: 'goals', control: { kind: 'texts', seen: 'goals' }, wide: true },
        { key: 'within', control: { kind: 'duration' } },
      ],
    },
  ],
  test: [
    {
      id: 'basics',
      items: [
        { key: 'name', control: { kind: 'text' }, needed: true, wide: true },
        { key: 'visit', control: { kind: 'as_text' }, wide: true },
      ],
    },
  ],
};

export const pathOf = (item: Item): readonly Step[] => item.path ?? [item.key];

function has(values: Values, path: readonly Step[]): boolean {
  let here: unknown = values;
  for (const step of path) {
    if (!isMap(here as Values)) return false;
    here = (here as Values)[String(step)];
  }
  return here !== undefined;
}

const CONDITION_KEYS = ['all', 'any', 'not'];

/** Whether a field is in sight: it means something here, or it has a value that must not be hidden. */
export const isShown = (item: Item, values: Values): boolean => item.when === undefined || item.when(values) || has(values, pathOf(item));

export const isFilled = (item: Item, values: Values): boolean =>
  item.control.kind === 'conditions' ? CONDITION_KEYS.some((key) => key in values) : has(values, pathOf(item));

/** What a new entry begins with: enough to be valid, so that nothing is red before anything was typed. */
export function beginning(part: PartName, known: { scores: string[]; pageTypes: string[] }, id: string): Values {
  const score = known.scores[0] ?? 'buy';
  const page = known.pageTypes[0];
  switch (part) {
    case 'page_type':
      return { name: id, match: [`/${id}*`] };
    case 'score':
      return { name: id, max: 100, half_life: '3d', stages: { warm: 25, hot: 60 } };
    case 'group':
      return { name: id, max_points_per_session: 30 };
    case 'score_rule':
      return { id, score, on: 'page_view', ...(page !== undefined && { page_type: page }), points: 5, max_per_session: 1 };
    case 'segment':
      return { name: id, all: [{ field: 'visitor.returning', equals: true }] };
    case 'matrix':
      return { name: id, rows: { score, A: 60, B: 30, C: 0 }, columns: { score: known.scores[1] ?? score, 1: 60, 2: 25, 3: 0 } };
    case 'trigger':
      return {
        id,
        ...(page !== undefined && { page_type: page }),
        all: [{ field: 'page.active', at_least: '30s' }],
        invitation: { tone: 'welcome', message: { en: 'Can I help you?', ar: 'هل يمكنني مساعدتك؟' } },
      };
    case 'policy':
      return { max_per_session: 1 };
    case 'hours':
      return { time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone };
    case 'measure':
      return { within: '7d' };
    case 'test':
      return { name: id, visit: [{ at: '0s', url: '/', expect: { invitation: 'none' } }] };
  }
}

/** The key by which an entry is known. */
export const idKey = (part: PartName): 'id' | 'name' | null =>
  part === 'score_rule' || part === 'trigger' ? 'id' : SINGLES.has(part) ? null : 'name';
const SINGLES: ReadonlySet<string> = new Set(['policy', 'hours', 'measure']);
