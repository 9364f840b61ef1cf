/** What the palette offers beside going places. Views add their commands while they are there. */
import { untrack } from 'svelte';
import type { Icon } from './icons';

export interface Command {
  id: string;
  label: string;
  /** Further words by which it is found. */
  words?: string;
  icon?: Icon;
  /** The key that does the same. */
  keys?: string;
  run: () => void;
}

class Commands {
  added = $state.raw<Command[]>([]);

  /** Adds until the returned function is called: `$effect(() => commands.add([...]))`. */
  add(list: Command[]): () => void {
    this.added = [...untrack(() => this.added), ...list];
    return () => {
      this.added = this.added.filter((one) => !list.includes(one));
    };
  }
}

export const commands = new Commands();
