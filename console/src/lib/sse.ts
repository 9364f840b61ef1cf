/** Server-sent events, read piece by piece as the standard says (HTML, section 9.2.6). Pure. */

export interface ServerEvent {
  event: string;
  data: string;
  /** The last id that the stream named, for going on from there. */
  id: string;
}

/** Takes text as it arrives and gives the events that are complete. */
export class Parser {
  #rest = '';
  #data: string[] = [];
  #event = '';
  #id = '';
  /** How long to wait before connecting again, if the stream said so. */
  retry: number | null = null;

  feed(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    this.#rest += text;
    for (;;) {
      const end = this.#rest.search(/[\r\n]/);
      // A CR at the very end may be the first half of CR LF.
      if (end < 0 || (this.#rest[end] === '\r' && end === this.#rest.length - 1)) return events;
      const line = this.#rest.slice(0, end);
      const step = this.#rest[end] === '\r' && this.#rest[end + 1] === '\n' ? 2 : 1;
      this.#rest = this.#rest.slice(end + step);
      const event = this.#line(line);
      if (event) events.push(event);
    }
  }

  #line(line: string): ServerEvent | null {
    if (line === '') {
      const done = this.#data.length > 0;
      const event = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id };
      this.#data = [];
      this.#event = '';
      return done ? event : null;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#event = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retry = Number(value);
    return null;
  }
}
