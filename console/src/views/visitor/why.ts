/** An explanation in the reader's own words: built from codes and values, never from the service's sentences. */
import ar from './why.words.ar';
import en from './why.words.en';
import { ago, country, languageName, list, number as figure, percent, span as spanText } from '$lib/format';
import { channelName, chatState, deviceName, pageType, scoreName, stageName } from '$lib/terms';
import { either, isolate, words } from '$lib/words';
import type { Draw, Explanation, Hold, Leaf, Need, Part, Plain, Standing, TriggerNow } from '$wire/explain';

type Key = keyof typeof en;

export const t = words(en, ar);

const isKey = (key: string): key is Key => Object.hasOwn(en, key);

/** Fields whose last part is a name of the site's own, and how that name is shown. */
const NAMED: readonly [prefix: string, key: Key, show: (name: string) => string][] = [
  ['score.', 'field.score', scoreName],
  ['stage.', 'field.stage', scoreName],
  ['crossed_up.', 'field.crossed_up', scoreName],
  ['crossed_down.', 'field.crossed_down', scoreName],
  ['matrix.', 'field.matrix', String],
  ['page.query.', 'field.page.query', String],
  ['session.views.', 'field.session.views', pageType],
  ['session.events.', 'field.session.events.of', String],
  ['session.goals.', 'field.session.goals.of', String],
  ['session.utm.', 'field.session.utm', String],
  ['visitor.trait.', 'field.visitor.trait', String],
  ['event.props.', 'field.event.props', String],
  ['chat.free_slots_in.', 'field.chat.free_slots_in', String],
  ['chat.open_in.', 'field.chat.open_in', String],
];

/** What a rule's field is called. */
export function fieldName(field: string): string {
  const own = `field.${field}`;
  if (isKey(own)) return t(own);
  const found = NAMED.find(([prefix]) => field.startsWith(prefix));
  if (found === undefined) return field;
  const [prefix, key, show] = found;
  return t(key, { name: show(field.slice(prefix.length)) });
}

const SPAN = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A span as rules write it (`90s`, `1h30m`), in milliseconds; `null` if it is none. */
export function spanOf(text: string): number | null {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/.test(text)) return null;
  let sum = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) {
    sum += Number(count) * SPAN[unit as keyof typeof SPAN];
  }
  return sum;
}

/** Words of a field's own vocabulary, in the reader's language. */
function word(field: string, text: string): string {
  if (/^(page\.type|session\.(entry_type|previous_page_type|page_types))$/.test(field)) return pageType(text);
  if (/^(stage|crossed_up|crossed_down)\./.test(field)) return stageName(text);
  if (field === 'session.channel') return channelName(text);
  if (field === 'visitor.device') return deviceName(text);
  if (field === 'chat.state') return chatState(text);
  if (field === 'visitor.country') return country(text);
  if (field === 'page.lang') return languageName(text);
  return isolate(text);
}

function number(value: number, unit: string | undefined): string {
  if (unit === 's') return spanText(Math.ceil(value) * 1_000);
  if (unit === 'percent') return t('value.percent', { n: value });
  return figure(value, unit === 'points' ? 1 : 2);
}

const isSpanField = (field: string): boolean =>
  /^(page\.active|session\.(active|duration|idle)|chat\.expected_reply)$/.test(field);

/** A value of a field for people. */
export function valueText(field: string, value: Plain | undefined, unit?: string): string {
  if (value === undefined) return t('value.unknown');
  if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
  if (typeof value === 'number') return number(value, unit ?? (isSpanField(field) ? 's' : undefined));
  if (Array.isArray(value)) {
    if (value.length === 0) return t('value.none');
    return either(value.map((one) => valueText(field, one, unit)));
  }
  const span = isSpanField(field) ? spanOf(value) : null;
  return span === null ? word(field, value) : spanText(span);
}

/** What a leaf asks for. */
export function wantedText(leaf: Leaf): string {
  const { field, operator, wanted, unit } = leaf;
  const key = `op.${operator}`;
  let said: string;
  if (operator === 'exists') {
    said = t(wanted === false ? 'op.exists.not' : 'op.exists');
  } else if (operator === 'between' && Array.isArray(wanted) && wanted.length === 2) {
    const [a, b] = wanted.map((one) => valueText(field, one, unit)) as [string, string];
    said = t('op.between', { value: t('op.and', { a, b }) });
  } else {
    const span = operator.startsWith('within') && typeof wanted === 'string' ? spanOf(wanted) : null;
    const value = span === null ? valueText(field, wanted, unit) : spanText(span);
    said = isKey(key) ? t(key, { value }) : `${operator.replaceAll('_', ' ')} ${value}`;
  }
  const within = leaf.in_last === undefined ? null : spanOf(leaf.in_last);
  return within === null ? said : t('op.in_last', { what: said, span: spanText(within) });
}

/** How a leaf stands: what it asks, what is, and how far it is from coming right. */
export interface LeafSaid {
  field: string;
  wanted: string;
  actual: string;
  /** Whether it is as it has to be; below a `not`, that is the other way round. */
  right: boolean;
  distance: string;
  /** 0 to 1, where a number is on its way up. */
  progress: number | null;
}

const asNumber = (value: Plain | undefined): number | null => {
  if (typeof value === 'number') return value;
  const span = typeof value === 'string' ? spanOf(value) : null;
  return span === null ? null : span / 1_000;
};

/** The number that a leaf has to come to from below, if it is a matter of more. */
function goal(leaf: Leaf): number | null {
  if (leaf.operator === 'at_least' || leaf.operator === 'more_than' || leaf.operator === 'equals') {
    return asNumber(leaf.wanted);
  }
  if (leaf.operator === 'between' && Array.isArray(leaf.wanted)) return asNumber(leaf.wanted[0]);
  return null;
}

export function leafSaid(leaf: Leaf, mustHold = true): LeafSaid {
  const right = leaf.truth !== 'unknown' && (leaf.truth === 'yes') === mustHold;
  const actual = typeof leaf.actual === 'number' ? leaf.actual : null;
  const bound = mustHold ? goal(leaf) : null;
  const missing = asNumber(leaf.missing);
  const up = bound !== null && actual !== null && actual <= bound;
  return {
    field: fieldName(leaf.field),
    wanted: wantedText(leaf),
    actual: valueText(leaf.field, leaf.actual, leaf.unit),
    right,
    distance: right ? t('left.holds') : distance(leaf, missing, up),
    progress: right ? 1 : up && bound > 0 ? Math.max(0, Math.min(1, actual / bound)) : null,
  };
}

function distance(leaf: Leaf, missing: number | null, up: boolean): string {
  if (leaf.truth === 'unknown') return t('left.unknown');
  if (missing === null) return t('left.not');
  if (leaf.unit === 's') return t(up ? 'left.time' : 'left.time.over', { span: spanText(Math.ceil(missing) * 1_000) });
  if (leaf.unit === 'points') return t(up ? 'left.points' : 'left.points.over', { n: Math.ceil(missing * 10) / 10 });
  return t(up ? 'left.more' : 'left.over', { n: missing });
}

/** Every leaf of a condition. */
export function leaves(part: Part): Leaf[] {
  switch (part.kind) {
    case 'leaf':
      return [part];
    case 'all':
    case 'any':
      return part.parts.flatMap(leaves);
    case 'not':
    case 'segment':
      return leaves(part.part);
  }
}

/** How much of a condition is there, 0 to 1: of several ways, the nearest. */
export function nearness(part: Part, mustHold = true): number {
  switch (part.kind) {
    case 'leaf': {
      const { right, progress } = leafSaid(part, mustHold);
      return right ? 1 : (progress ?? 0);
    }
    case 'not':
      return nearness(part.part, !mustHold);
    case 'segment':
      return nearness(part.part, mustHold);
    case 'all':
    case 'any': {
      const each = part.parts.map((one) => nearness(one, mustHold));
      if (each.length === 0) return (part.kind === 'all') === mustHold ? 1 : 0;
      const every = (part.kind === 'all') === mustHold;
      return every ? each.reduce((sum, one) => sum + one, 0) / each.length : Math.max(...each);
    }
  }
}

const RANK: Record<Standing, number> = {
  invites: 0,
  withheld: 1,
  suppressed: 2,
  outranked: 3,
  waits: 4,
  rests: 5,
  elsewhere: 6,
};

/** Triggers as they matter: what is ready first, then what time alone brings, then what is nearest; other pages' last. */
export function inOrder(triggers: readonly TriggerNow[]): TriggerNow[] {
  const near = new Map(triggers.map((one) => [one.id, nearness(one.condition)]));
  const at = (one: TriggerNow): number => near.get(one.id) ?? 0;
  const soon = (one: TriggerNow): number => one.ready_at ?? Infinity;
  const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
  return triggers.toSorted(
    (a, b) => RANK[a.standing] - RANK[b.standing] || compare(soon(a), soon(b)) || at(b) - at(a) || b.priority - a.priority,
  );
}

export const standingText = (standing: Standing): string => t(`standing.${standing}`);

/** Something that is in the way, and until when. */
export function holdText(hold: Pick<Hold, 'code' | 'says' | 'used' | 'of' | 'until'>, now: number): string {
  const key = `hold.${hold.code}`;
  const said = [isKey(key) ? t(key) : hold.says];
  if (hold.used !== undefined && hold.of !== undefined) said.push(t('hold.used', { used: hold.used, of: hold.of }));
  if (hold.until !== undefined) said.push(t('hold.until', { when: ago(hold.until, now) }));
  const [first, ...more] = said as [string, ...string[]];
  return more.length === 0 ? first : `${first.replace(/\.$/, '')} (${list(more)}).`;
}

/** One thing that would have to happen. */
export function needText(need: Need, trigger: Pick<TriggerNow, 'page'> | null): string {
  if (need.code === 'page') {
    const wanted = trigger?.page.wanted ?? [];
    return wanted.length === 0 ? t('need.page.any') : t('need.page', { types: either(wanted.map(pageType)) });
  }
  if (need.code === 'one_of') return t('need.one_of');
  if (need.code === 'field' && need.field !== undefined) return fieldNeed(need, need.field);
  const hold = `hold.${need.code}`;
  if (isKey(hold)) return t('need.hold', { what: t(hold) });
  return need.says;
}

function fieldNeed(need: Need, field: string): string {
  const [from, to] = [asNumber(need.from), asNumber(need.to)];
  if (from !== null && to !== null && typeof need.from === 'number') {
    const span = spanText(Math.ceil(Math.abs(to - from)) * 1_000);
    if (field === 'page.active') return t('need.active', { span });
    if (field === 'session.active') return t('need.session_active', { span });
    if (field === 'session.duration') return t('need.duration', { span });
    if (isSpanField(field)) return t('need.time', { span, field: fieldName(field) });
    if (field === 'session.page_views' && to > from) return t('need.pages', { n: to - from });
    const [a, b] = [number(from, undefined), number(to, undefined)];
    return t('need.number', { field: fieldName(field), from: a, to: b });
  }
  const told = { field: fieldName(field), to: valueText(field, need.to) };
  return need.from === undefined
    ? t('need.number.unknown', told)
    : t('need.value', { ...told, from: valueText(field, need.from) });
}

export function drawText(draw: Draw): string {
  if (draw.what === 'variant') return t('draw.variant', { name: draw.variant ?? '' });
  const share = percent((draw.below ?? 0) / 10_000, 1);
  return t(`draw.${draw.what}.${draw.is_in ? 'in' : 'out'}`, { share });
}

/** What stands in place of a trigger where an agent said words of their own. */
const BY_HAND = '(by hand)';

/** The verdict in a few words, and a sentence that says why. */
export interface VerdictSaid {
  look: 'ready' | 'held' | 'waiting';
  title: string;
  says: string;
}

export function verdictSaid(explained: Explanation): VerdictSaid {
  const name = (id: string): string => explained.triggers.find((one) => one.id === id)?.name ?? id;
  const { verdict, open } = explained;
  if (open !== null && open.state !== 'withheld') {
    const says = open.trigger === BY_HAND ? t('verdict.open.hand') : t('verdict.open.says', { trigger: name(open.trigger) });
    return { look: 'waiting', title: t('verdict.open'), says };
  }
  switch (verdict.decision) {
    case 'invite':
      return { look: 'ready', title: t('verdict.invite'), says: t('verdict.invite.says', { trigger: name(verdict.trigger) }) };
    case 'withhold':
      return { look: 'held', title: t('verdict.withhold'), says: t('verdict.withhold.says', { trigger: name(verdict.trigger) }) };
    case 'suppress': {
      const why = explained.policy.map((hold) => holdText(hold, explained.at)).join(' ');
      const says = t('verdict.suppress.says', { trigger: name(verdict.trigger), why });
      return { look: 'held', title: t('verdict.suppress'), says };
    }
    case 'wait': {
      const soon = explained.triggers
        .filter((one) => one.standing === 'waits' && one.ready_at !== null)
        .toSorted((a, b) => (a.ready_at ?? 0) - (b.ready_at ?? 0))[0];
      if (soon?.ready_at == null) return { look: 'waiting', title: t('verdict.wait'), says: t('verdict.wait.says') };
      const span = spanText(Math.max(1_000, soon.ready_at - explained.at));
      return { look: 'waiting', title: t('verdict.wait'), says: t('verdict.wait.time', { trigger: soon.name, span }) };
    }
  }
}
