/** The one place for the keyboard. Views bind keys while they are there; the help page lists what is bound. */
import { untrack } from 'svelte';
import type { MessageKey } from './lang.svelte';

export interface Shortcut {
  /** `j`, `?`, `mod+k` (⌘ or Ctrl), or two keys in a row: `g l`. By the letter typed, whatever the layout. */
  keys: string;
  /** What it does, in the help; a function for words that came with a view. */
  label: MessageKey | (() => string);
  run: (event: KeyboardEvent) => void;
  /** Whether it works now; always, unless told. */
  when?: () => boolean;
  /** Also while somebody types. */
  typing?: boolean;
}

/** Two keys in a row come within this. */
const SEQUENCE_MS = 1_000;

export const isApple = /Mac|iPhone|iPad/.test(navigator.platform);

class Keys {
  bound = $state.raw<Shortcut[]>([]);
  #first = '';
  #at = 0;

  /** Binds until the returned function is called: `$effect(() => keys.bind([...]))`. */
  bind(shortcuts: Shortcut[]): () => void {
    // Who binds in an effect must not run again because somebody else binds.
    this.bound = [...untrack(() => this.bound), ...shortcuts];
    return () => {
      this.bound = this.bound.filter((one) => !shortcuts.includes(one));
    };
  }

  /** Runs what is bound. Put on the window. */
  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const typed = name(event);
    if (typed === '') return;
    // Inside a shadow root, such as the text editor's, the target is its host.
    const typing = isTyping(event.composedPath()[0] ?? event.target);
    const now = event.timeStamp;
    const pair = now - this.#at < SEQUENCE_MS ? `${this.#first} ${typed}` : '';
    // What was bound last lies on top.
    const found = this.bound.findLast(
      (one) => (one.keys === typed || one.keys === pair) && (!typing || one.typing) && (one.when?.() ?? true) && !isCovered(one),
    );
    this.#first = typing || found ? '' : typed;
    this.#at = now;
    if (!found) return;
    event.preventDefault();
    found.run(event);
  }
}

/** Beneath an open dialog only what is meant for it works: the dialog closes itself by Escape. */
function isCovered(shortcut: Shortcut): boolean {
  return document.querySelector('dialog[open]') !== null && !shortcut.typing;
}

/** `mod+k`, `?`, `Enter`: what was typed. On keyboards with other letters, the key's place on a Latin one. */
function name(event: KeyboardEvent): string {
  if (['Shift', 'Control', 'Alt', 'Meta', 'Dead'].includes(event.key)) return '';
  let key = event.key;
  const isLetter = /^Key[A-Z]$/.test(event.code);
  if (isLetter && !/^[a-z]$/i.test(key)) key = event.code.slice(3);
  // The question mark stands at the same place on an Arabic keyboard, as ؟.
  if (key === '؟') key = '?';
  if (key.length === 1) key = key.toLowerCase();
  if (event.altKey) return '';
  return (isApple ? event.metaKey : event.ctrlKey) ? `mod+${key}` : event.metaKey || event.ctrlKey ? '' : key;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type);
}

export const keys = new Keys();

/** How a key is written: `⌘ K`, `Ctrl K`, `G then L`. */
export function keyNames(shortcut: string): string[] {
  const names: Record<string, string> = { mod: isApple ? '⌘' : 'Ctrl', Enter: '↵', Escape: 'Esc', ArrowDown: '↓', ArrowUp: '↑', ArrowLeft: '←', ArrowRight: '→' };
  return shortcut.split(/[+ ]/).map((key) => names[key] ?? (key.length === 1 ? key.toUpperCase() : key));
}
