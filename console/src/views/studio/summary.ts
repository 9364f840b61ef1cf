/** An entry in one line: what sets it off, where, and what comes of it. */
import { list } from '$lib/format';
import { pageType, scoreName, toneName } from '$lib/terms';
import type { Entry, Value, Values } from '$wire/studio';
import { isMap, texts, type PartName } from './model';
import { wordOf } from './labels';
import { t } from './words';

function pages(values: Values): string {
  const types = texts(values['page_type']);
  return types.length === 0 ? t('sum.any.page') : t('sum.on.pages', { pages: list(types.map(pageType)) });
}

/** How many questions are asked, however they are joined. */
function questions(value: Value | undefined): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + questions(one), 0);
  if (!isMap(value)) return 0;
  if ('field' in value || 'segment' in value) return 1;
  return questions(value['all']) + questions(value['any']) + questions(value['not']);
}

function scoreRule(values: Values): string[] {
  const on = String(values['on'] ?? '');
  const after = typeof values['after'] === 'string' ? ` (${values['after']})` : '';
  const event = typeof values['event'] === 'string' ? `: ${values['event']}` : '';
  const asks = questions(values);
  return [`${wordOf('on', on)}${after}${event}`, ...(values['page_type'] === undefined ? [] : [pages(values)]), ...(asks > 0 ? [t('sum.conditions', { n: asks })] : [])];
}

function trigger(values: Values): string[] {
  const invitation = values['invitation'];
  const tone = isMap(invitation) && typeof invitation['tone'] === 'string' ? [toneName(invitation['tone'])] : [];
  return [pages(values), t('sum.conditions', { n: questions(values) }), ...tone];
}

export function summaryOf(part: PartName, { values }: Entry): string {
  return piecesOf(part, values).filter((piece) => piece !== '').join(' · ');
}

function piecesOf(part: PartName, values: Values): string[] {
  switch (part) {
    case 'page_type':
      return [texts(values['match']).map((one) => `\u2066${one}\u2069`).join('  ')];
    case 'score':
      return [t('sum.to', { n: Number(values['max'] ?? 100) }), ...(isMap(values['stages']) ? Object.entries(values['stages']).map(([name, from]) => `${scoreName(name)} ${String(from)}`) : [])];
    case 'score_rule':
      return scoreRule(values);
    case 'segment':
      return [String(values['says'] ?? ''), t('sum.conditions', { n: questions(values) })];
    case 'trigger':
      return trigger(values);
    case 'test':
      return [t('sum.moments', { n: Array.isArray(values['visit']) ? values['visit'].length : 0 })];
    case 'group':
    case 'matrix':
    case 'policy':
    case 'hours':
    case 'measure':
      return [];
  }
}

/** What stands at the end of the line: a rule's points, a trigger's priority. */
export function figureOf(part: PartName, { values }: Entry): { text: string; tone: 'good' | 'bad' | 'plain' } | null {
  if (part === 'score_rule') {
    const score = scoreName(String(values['score'] ?? ''));
    const points = values['points'];
    if (typeof points !== 'number') return { text: t('sum.points.from', { score }), tone: 'plain' };
    return { text: `\u2066${points > 0 ? '+' : points < 0 ? '−' : ''}${Math.abs(points)}\u2069 ${score}`, tone: points < 0 ? 'bad' : 'good' };
  }
  if (part === 'trigger') return { text: t('sum.priority', { n: Number(values['priority'] ?? 0) }), tone: 'plain' };
  return null;
}
