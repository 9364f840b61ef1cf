/** An answer that comes line by line, one JSON object in each (NDJSON). Pure but for [`readLines`]. */

/** Cuts a text that comes in pieces into its lines. */
export class Lines {
  #rest = '';

  /** The lines that this piece completes; empty ones are none. */
  feed(piece: string): string[] {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.filter((line) => line.trim() !== '');
  }

  /** What came after the last line's end. */
  end(): string[] {
    const rest = this.#rest.trim();
    this.#rest = '';
    return rest === '' ? [] : [rest];
  }
}

/** Hands over each object as soon as its line is there. */
export async function readLines<T>(answer: Response, take: (line: T) => void): Promise<void> {
  if (answer.body === null) return;
  const lines = new Lines();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    for (const line of done ? lines.end() : lines.feed(value)) take(JSON.parse(line) as T);
    if (done) return;
  }
}
