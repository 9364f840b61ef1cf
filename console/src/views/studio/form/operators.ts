/** What comparisons are called, without their value. */
import { t } from '../words';
import type { typeOf } from './conditions';

const NAMES = {
  equals: 'op.equals', one_of: 'op.one_of', none_of: 'op.none_of', contains: 'op.contains', starts_with: 'op.starts_with', ends_with: 'op.ends_with',
  matches: 'op.matches', matches_regex: 'op.matches_regex', at_least: 'op.at_least', at_most: 'op.at_most', between: 'op.between', more_than: 'op.more_than',
  less_than: 'op.less_than', any_of: 'op.any_of', all_of: 'op.all_of', before: 'op.before', after: 'op.after', on: 'op.on', within: 'op.within',
  within_next: 'op.within_next', exists: 'op.exists',
} as const;

const isKnown = (operator: string): operator is keyof typeof NAMES => Object.hasOwn(NAMES, operator);

export function operatorName(operator: string, type: ReturnType<typeof typeOf>): string {
  if (operator === 'contains' && type === 'list') return t('op.has');
  if (operator === 'one_of' && type === 'list') return t('op.any_of');
  return isKnown(operator) ? t(NAMES[operator]) : operator.replaceAll('_', ' ');
}
