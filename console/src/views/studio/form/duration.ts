/** Spans as rules write them: a whole number and a unit. Pure. */

export const UNITS = ['s', 'm', 'h', 'd', 'w', 'ms'] as const;
export type Unit = (typeof UNITS)[number];

export function spanParts(text: string): { count: number; unit: Unit } | null {
  const found = /^(\d+)(ms|s|m|h|d|w)$/.exec(text.trim());
  return found ? { count: Number(found[1]), unit: found[2] as Unit } : null;
}

export const spanText = (count: number, unit: Unit): string => `${Math.max(0, Math.round(count))}${unit}`;

/** `12.5%` as 12.5. */
export function percentPart(text: string): number | null {
  const found = /^(\d+(?:\.\d{1,2})?)%$/.exec(text.trim());
  return found ? Number(found[1]) : null;
}
