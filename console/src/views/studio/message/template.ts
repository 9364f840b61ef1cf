/**
 * Messages with places for what is known of a visitor, as `src/rules/message.rs` reads and fills them. Pure.
 */

/** A piece of a message: words, or a place for a value. */
export type Piece = { text: string } | { field: string; fallback: string | null };

/** A value in a message has at most so many characters. */
const MAX_VALUE = 64;

/** Reads a message; what is broken in it stands as it is written. */
export function read(message: string): Piece[] {
  const pieces: Piece[] = [];
  let words = '';
  let rest = message.trim();
  for (;;) {
    const at = rest.search(/[{}]/);
    if (at < 0) break;
    words += rest.slice(0, at);
    const brace = rest.charAt(at);
    const after = rest.slice(at + 1);
    const end = brace === '{' ? after.indexOf('}') : -1;
    if (after.startsWith(brace)) {
      words += brace;
      rest = after.slice(1);
    } else if (end < 0) {
      words += brace;
      rest = after;
    } else {
      if (words !== '') pieces.push({ text: words });
      words = '';
      const [name = '', ...fallback] = after.slice(0, end).split('|');
      pieces.push({ field: name.trim(), fallback: fallback.length === 0 ? null : fallback.join('|') });
      rest = after.slice(end + 1);
    }
  }
  words += rest;
  if (words !== '') pieces.push({ text: words });
  return pieces;
}

/** The fields that a message reads, each once. */
export const fieldsOf = (message: string): string[] => [
  ...new Set(read(message).flatMap((piece) => ('field' in piece ? [piece.field] : []))),
];

/** The message as the visitor reads it. */
export const fill = (message: string, value: (field: string) => string | number | null): string =>
  read(message)
    .map((piece) => ('text' in piece ? piece.text : (plain(value(piece.field)) ?? piece.fallback ?? '')))
    .join('');

function plain(value: string | number | null): string | null {
  if (value === null) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? String(Math.round(value * 100) / 100 || 0) : null;
  const text = tidy(value);
  return text === '' ? null : text;
}

/** Control characters and marks of direction. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Text from outside as it may stand in a message: one line, nothing that turns the direction, and not long. */
export function tidy(text: string): string {
  const kept = text.replace(/\s/g, ' ').replace(UNSEEN, '').trim();
  const letters = [...kept];
  return letters.length <= MAX_VALUE ? kept : `${letters.slice(0, MAX_VALUE - 1).join('').trimEnd()}…`;
}
