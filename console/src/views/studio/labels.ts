/** What keys of the rules are called for people, and what holds while nothing is written. */
import type { Catalogue } from '$wire/studio';
import type { PartName } from './model';
import { pathOf, type Item } from './form/spec';
import { t } from './words';
import en from './words.en';

type Key = keyof typeof en;
const isKey = (key: string): key is Key => Object.hasOwn(en, key);

/** The text for a key of this part, else of any part. */
function find(kind: 'k' | 'h' | 'e', part: string, key: string): string | null {
  const [own, any] = [`${kind}.${part}.${key}`, `${kind}.${key}`];
  return isKey(own) ? t(own) : isKey(any) ? t(any) : null;
}

export const labelOf = (part: string, key: string): string => find('k', part, key) ?? key.replaceAll('_', ' ');
export const hintOf = (part: string, key: string): string | undefined => find('h', part, key) ?? undefined;

export function wordOf(key: string, value: string): string {
  const name = `c.${key}.${value}`;
  return isKey(name) ? t(name) : value;
}

/** What holds without it: in words of our own, else the catalogue's figure. */
export function defaultOf(catalogue: Catalogue | null, part: PartName, item: Item): string {
  const table = pathOf(item).length > 1 && pathOf(item)[0] === 'invitation' ? 'invitation' : part;
  const told = catalogue?.parts.find((one) => one.part === table || one.part === `${part}.${table}`)?.keys.find((one) => one.key === item.key)?.default ?? '';
  const figure = /^\d+(\.\d+)?(%|ms|s|m|h|d|w)?$/.test(told) || item.key === 'time_zone' ? told.split(',')[0] ?? '' : '';
  return figure || (find('e', part, item.key) ?? '');
}
