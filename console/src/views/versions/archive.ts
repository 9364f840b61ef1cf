/** Rule files from somebody's disk: as they are, or in a zip archive such as the one that is exported. */
import type { RuleFile } from '$wire/studio';

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;

interface Entry {
  name: string;
  method: number;
  data: Uint8Array;
}

/** The entries of a zip archive, still packed. Throws when it is none. Source: APPNOTE 6.3.3, without zip64. */
export function entries(bytes: Uint8Array): Entry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== END) end -= 1;
  if (end < 0) throw new Error('no zip archive');
  const found: Entry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
    if (view.getUint32(at, true) !== ENTRY) throw new Error('no zip archive');
    const [method, packed] = [view.getUint16(at + 10, true), view.getUint32(at + 20, true)];
    const [name, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true)) as [number, number, number];
    const local = view.getUint32(at + 42, true);
    if (view.getUint32(local, true) !== LOCAL) throw new Error('no zip archive');
    const begin = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    found.push({ name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)), method, data: bytes.subarray(begin, begin + packed) });
    at += 46 + name + extra + comment;
  }
  return found;
}

async function unpacked({ method, data }: Entry): Promise<string> {
  if (method === STORED) return new TextDecoder().decode(data);
  if (method !== DEFLATED) throw new Error('packed in an unknown way');
  const stream = new Blob([data as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Response(stream).text();
}

/** A file's name without its folders. */
const base = (name: string): string => name.split('/').at(-1) ?? name;
const isRules = (name: string): boolean => /^[\w.-]+\.toml$/.test(base(name)) && !name.startsWith('__MACOSX/');

export interface Read {
  files: RuleFile[];
  /** Names of files that are none. */
  others: string[];
}

/** The rule files among these; archives are opened. */
export async function readFiles(picked: Iterable<File>): Promise<Read> {
  const read: Read = { files: [], others: [] };
  for (const file of picked) {
    if (isRules(file.name)) read.files.push({ name: file.name, text: await file.text() });
    else if (/\.zip$/i.test(file.name)) {
      const all = entries(new Uint8Array(await file.arrayBuffer())).filter((one) => isRules(one.name));
      for (const one of all) read.files.push({ name: base(one.name), text: await unpacked(one) });
    } else read.others.push(file.name);
  }
  read.files.sort((a, b) => (a.name < b.name ? -1 : 1));
  return read;
}
