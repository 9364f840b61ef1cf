/** Verdicts and advice as sentences, in the reader's language. */
import { number, span } from '$lib/format';
import { language, t as common } from '$lib/i18n';
import type { Advice, Courtesy, EffectVerdict, TriggerEffect } from '$wire/effect';
import { spanOf } from '../visitor/why';
import { perHundred, tellingOf, type Telling } from './report';
import type en from './words.en';
import { t } from './words';

export const TONES: Record<Telling, 'good' | 'bad' | 'plain' | 'warn' | 'quiet'> = {
  better: 'good',
  worse: 'bad',
  alike: 'plain',
  early: 'plain',
  broken: 'warn',
  none: 'quiet',
  nobody: 'quiet',
};

/** +4.0 */
export const signed = (value: number, digits = 1): string =>
  new Intl.NumberFormat(language.locale, { maximumFractionDigits: digits, signDisplay: 'exceptZero' }).format(value);

/** "+1.2 to +7.0" */
export function interval(verdict: EffectVerdict | null): string {
  const found = perHundred(verdict);
  return found === null ? '' : t('uplift.interval', { low: signed(found.low), high: signed(found.high ?? 100) });
}

/** What is known of a trigger, in one sentence. */
export function verdictSays(one: Pick<TriggerEffect, 'verdict' | 'holdout' | 'visitors'>): string {
  const telling = tellingOf(one);
  const found = perHundred(one.verdict);
  switch (telling) {
    case 'better':
      return t('says.better', { n: number(found?.estimate ?? 0, 1), low: number(found?.low ?? 0, 1), high: number(found?.high ?? 100, 1) });
    case 'worse':
      return t('says.worse', { n: number(-(found?.estimate ?? 0), 1), low: number(-(found?.high ?? 0), 1), high: number(-(found?.low ?? 0), 1) });
    case 'alike':
      return t('says.alike', { low: signed(found?.low ?? 0), high: signed(found?.high ?? 0) });
    case 'early': {
      const days = one.verdict?.verdict === 'too_early' ? one.verdict.days : null;
      return days === null ? t('says.early') : t('says.early.days', { n: days });
    }
    case 'broken':
    case 'none':
    case 'nobody':
      return t(`says.${telling}`);
  }
}

const isKey = (key: string): key is keyof typeof en => t(key as keyof typeof en) !== key;

/** A remark on manners, to be read after its share. */
export function courtesySays({ kind, says }: Courtesy): string {
  const key = `courtesy.${kind}`;
  return isKey(key) ? t(key) : says.replace(/^\d+ % /, '');
}

/** A value of a rule for people: spans as spans, words as words. */
function value(key: string, raw: string | number | boolean): string {
  if (typeof raw === 'boolean') return common(raw ? 'common.yes' : 'common.no');
  if (typeof raw === 'number') return number(raw, 1);
  const found = spanOf(raw);
  if (found !== null) return span(found);
  const once = `once.${raw}`;
  return key === 'once_per' && isKey(once) ? t(once) : raw;
}

/** What might be changed. */
export function adviceSays({ key, from, to }: Advice): string {
  const own = `advice.${key}`;
  const what = isKey(own) ? t(own, { to: value(key, to) }) : t('advice.other', { key, to: String(to) });
  const said = t('advice', { what });
  return from === null ? said : `${said} ${t('advice.from', { from: value(key, from) })}`;
}
