/**
 * A draft while it is edited: its files, what the form makes of them, the way back, saving, and who else is here.
 * The files are the truth; the form's edits go through the service, which changes their text and nothing else.
 */
import { Problem, get, post, put } from '$lib/api';
import { problemLine } from '$lib/problem';
import { session } from '$lib/session.svelte';
import { toasts } from '$lib/toasts.svelte';
import type { Catalogue, Draft, Edit, EditAnswer, Fix, Here, Merged, MergedWithLive, Model, Present, RuleFile, Saved, StaleDraft } from '$wire/studio';
import type { VersionFiles, Versions } from '$wire/rulesets';
import { mended } from './bytes';
import { changed, empty, redone, undone, type History } from './history';
import type { At } from './model';
import { t } from './words';

export type SaveState = 'saved' | 'waiting' | 'saving' | 'failed' | 'conflict';

/** Two changes of one draft that have to become one. */
export interface Collision {
  /** Who made the other, in words. */
  who: string;
  theirs: RuleFile[];
  merged: Merged;
  /** What the result is saved upon. */
  upon: Draft;
}

/** How long nobody types before the text is read, and before it is saved. */
const READ_MS = 250;
const SAVE_MS = 700;
const RETRY_MS = 4_000;
/** How often others are told that one is here. */
const HERE_MS = 5_000;

/** `live` or `v12` in place of a draft: a version, to be looked at. */
export const versionOf = (id: string): 'live' | number | null =>
  id === 'live' ? 'live' : /^v\d+$/.test(id) ? Number(id.slice(1)) : null;

export class Editor {
  readonly site: string;
  readonly id: string;
  readonly base: string;
  draft = $state.raw<Draft | null>(null);
  files = $state.raw<RuleFile[]>([]);
  model = $state.raw<Model | null>(null);
  /** The files that the model was made of. */
  read = $state.raw<RuleFile[]>([]);
  catalogue = $state.raw<Catalogue | null>(null);
  others = $state.raw<Present[]>([]);
  save = $state<SaveState>('saved');
  savedAt = $state<number | null>(null);
  conflict = $state.raw<Collision | null>(null);
  /** Why it could not be loaded. */
  problem = $state.raw<Problem | null>(null);
  /** Why the last edit of the form was refused. */
  refusal = $state.raw<Problem | null>(null);
  busy = $state(0);
  live = $state<number | null>(null);
  /** Where this person is, for the others. */
  here = $state.raw<{ file: string; line: number } | null>(null);
  #history = $state.raw<History<RuleFile[]>>(empty());
  #queue: Promise<unknown> = Promise.resolve();
  #saving: Promise<void> | null = null;
  #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #reading: AbortController | null = null;
  #closed = false;

  constructor(site: string, id: string) {
    this.site = site;
    this.id = id;
    this.base = `/sites/${encodeURIComponent(site)}`;
  }

  get version(): 'live' | number | null {
    return versionOf(this.id);
  }

  get canEdit(): boolean {
    return this.version === null && session.may('edit_rules', this.site);
  }

  /** Whether the model tells of the files as they are. */
  get fresh(): boolean {
    return this.model !== null && this.read === this.files;
  }

  get canUndo(): boolean {
    return this.canEdit && this.#history.past.length > 0;
  }

  get canRedo(): boolean {
    return this.canEdit && this.#history.future.length > 0;
  }

  get isUnsaved(): boolean {
    return this.save !== 'saved';
  }

  /** Whether something else was published since the draft was begun. */
  get isStale(): boolean {
    return this.canEdit && this.live !== null && this.draft !== null && this.draft.parent < this.live;
  }

  /** Whether the rules have mistakes, so that nothing can be run with them. */
  get isBroken(): boolean {
    const model = this.model;
    return model === null || model.counts.errors > 0 || model.broken.length > 0;
  }

  get #path(): string {
    return `${this.base}/drafts/${encodeURIComponent(this.id)}`;
  }

  /** Loads everything. What fails is told in `problem`. */
  open = async (): Promise<void> => {
    this.problem = null;
    try {
      const draft = await this.#fetch();
      this.draft = draft;
      this.files = draft.files;
      this.others = draft.others;
      await this.#readNow();
    } catch (why) {
      this.problem = Problem.of(why);
      return;
    }
    void this.#learn();
    if (this.canEdit) this.#announce();
  };

  /** Ends everything that is under way; what is unsaved is saved first. */
  close = (): void => {
    if (this.save === 'waiting') void this.saveNow();
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#reading?.abort();
  };

  async #fetch(): Promise<Draft> {
    const version = this.version;
    if (version === null) return get<Draft>(this.#path);
    const kept = await get<VersionFiles>(`${this.base}/rulesets/${version === 'live' ? 'current' : version}`);
    const { version: number, files, created_at, author } = kept;
    return {
      id: this.id, title: t('version.title', { n: number }), parent: number, revision: 0, files, others: [],
      created_at, created_by: author, updated_at: created_at, updated_by: author,
    };
  }

  /** What the builder offers, and which version is live. The editor works without, only with less to offer. */
  async #learn(): Promise<void> {
    const [catalogue, versions] = await Promise.allSettled([
      get<Catalogue>(`${this.base}/rulesets/catalogue?since=7d`),
      get<Versions>(`${this.base}/rulesets`),
    ]);
    if (catalogue.status === 'fulfilled') this.catalogue = catalogue.value;
    if (versions.status === 'fulfilled') this.live = versions.value.live;
  }

  /** Changes of the form, in order. Tells what was added. */
  edit = (edits: Edit[], tag = ''): Promise<EditAnswer | null> => {
    const run = async (): Promise<EditAnswer | null> => {
      const before = this.files;
      this.busy++;
      try {
        const answer = await post<EditAnswer>(`${this.base}/rulesets/edit`, { files: before, edits });
        // Typed meanwhile, in the text: the edit is made anew, on what is there now.
        if (this.files !== before) return await run();
        this.refusal = null;
        this.#reading?.abort();
        clearTimeout(this.#timers.get('read'));
        this.#replace(joined(before, answer.files), tag);
        this.model = answer.model;
        this.read = this.files;
        return answer;
      } catch (why) {
        this.refusal = Problem.of(why);
        return null;
      } finally {
        this.busy--;
      }
    };
    const result = this.#queue.then(run, run);
    this.#queue = result;
    return result;
  };

  /** One field of one entry. `undefined` takes it away. */
  set = (at: At, path: (string | number)[], value: import('$wire/studio').Value | undefined): Promise<EditAnswer | null> => {
    const edit: Edit = value === undefined ? { op: 'unset', ...at, path } : { op: 'set', ...at, path, value };
    return this.edit([edit], JSON.stringify([at, path]));
  };

  /** The text of a file, as typed. */
  type = (name: string, text: string): void => {
    const files = this.files.map((file) => (file.name === name ? { name, text } : file));
    this.#replace(files, `text ${name}`);
    this.#soon('read', READ_MS, this.#readNow);
  };

  /** Mends a mistake as proposed. */
  fix = (fix: Fix): Promise<void> => this.put(mended(this.files, fix), '');

  /** Puts other files in place of these; undo brings them back. */
  put = async (files: RuleFile[], tag = ''): Promise<void> => {
    await this.#queue;
    this.#replace(files, tag);
    await this.#readNow();
  };

  undo = (): Promise<void> => this.#travel(undone(this.#history, this.files));
  redo = (): Promise<void> => this.#travel(redone(this.#history, this.files));

  async #travel(step: [History<RuleFile[]>, RuleFile[]] | null): Promise<void> {
    if (!step || !this.canEdit) return;
    const [history, files] = step;
    this.#history = history;
    this.files = files;
    this.#unsaved();
    await this.#readNow();
  }

  #replace(files: RuleFile[], tag: string): void {
    this.#history = changed(this.#history, this.files, tag, Date.now());
    this.files = files;
    this.#unsaved();
  }

  #readNow = async (): Promise<void> => {
    this.#reading?.abort();
    clearTimeout(this.#timers.get('read'));
    const abort = new AbortController();
    this.#reading = abort;
    const files = this.files;
    try {
      const model = await post<Model>(`${this.base}/rulesets/model`, { files }, { signal: abort.signal });
      if (abort.signal.aborted) return;
      this.model = model;
      this.read = files;
    } catch (why) {
      if (abort.signal.aborted) return;
      if (this.model === null) throw why;
      // What is on the screen stays; the next change asks again.
      this.#soon('read', RETRY_MS, this.#readNow);
    }
  };

  #soon(name: string, ms: number, run: () => unknown): void {
    clearTimeout(this.#timers.get(name));
    if (!this.#closed) this.#timers.set(name, setTimeout(() => void run(), ms));
  }

  #unsaved(): void {
    if (!this.canEdit || this.save === 'conflict') return;
    if (this.save !== 'saving') this.save = 'waiting';
    this.#soon('save', SAVE_MS, this.saveNow);
  }

  /** Saves what is there now; while one save is under way, once more after it. */
  saveNow = async (): Promise<void> => {
    if (!this.canEdit || this.draft === null || this.save === 'conflict') return;
    if (this.#saving !== null) {
      await this.#saving;
      if (this.save === 'saved') return;
    }
    clearTimeout(this.#timers.get('save'));
    this.#saving = this.#put();
    await this.#saving;
    this.#saving = null;
  };

  async #put(): Promise<void> {
    const { draft, files } = this;
    if (draft === null) return;
    this.save = 'saving';
    try {
      const { revision, updated_at } = await put<Saved>(this.#path, { revision: draft.revision, files, title: draft.title, parent: draft.parent });
      this.draft = { ...(this.draft ?? draft), revision, updated_at, updated_by: session.user?.name ?? draft.updated_by };
      this.savedAt = updated_at;
      this.save = this.files === files ? 'saved' : 'waiting';
      if (this.save !== 'waiting') return;
      // Whoever has left the editor waits for nothing more.
      if (this.#closed) void this.saveNow();
      else this.#soon('save', SAVE_MS, this.saveNow);
    } catch (why) {
      const problem = Problem.of(why);
      if (problem.kind === 'stale-draft') {
        const { draft: theirs, merged } = problem.more as unknown as StaleDraft;
        this.conflict = { who: theirs.updated_by, theirs: theirs.files, merged, upon: theirs };
        this.save = 'conflict';
      } else {
        this.save = 'failed';
        // Without the service, again and again; what it refuses for good is told.
        if (problem.status === 0 || problem.status >= 500 || problem.status === 429) this.#soon('save', RETRY_MS, this.saveNow);
        else toasts.bad(problemLine(problem));
      }
    }
  }

  /** What became of two changes: saved upon the other. */
  resolve = async (files: RuleFile[]): Promise<void> => {
    const upon = this.conflict?.upon;
    if (!upon || !this.draft) return;
    this.conflict = null;
    this.save = 'waiting';
    this.draft = upon;
    this.#history = changed(this.#history, this.files, '', Date.now());
    this.files = files;
    await Promise.all([this.#readNow(), this.saveNow()]);
  };

  /** Gives the merge up: the draft stays as it is here, unsaved until the other change is looked at. */
  later = (): void => {
    const wasSaved = this.conflict?.upon.revision === this.draft?.revision;
    this.conflict = null;
    this.save = wasSaved ? 'saved' : 'waiting';
  };

  /** What was published since the draft was begun, taken into it. */
  takeLive = async (): Promise<void> => {
    await this.saveNow();
    if (this.draft === null || this.save !== 'saved') return;
    try {
      const { revision, parent, merged } = await get<MergedWithLive>(`${this.#path}/merge`);
      const live = await get<VersionFiles>(`${this.base}/rulesets/${parent}`);
      this.conflict = { who: t('version.title', { n: parent }), theirs: live.files, merged, upon: { ...this.draft, revision, parent } };
    } catch (why) {
      toasts.bad(problemLine(why));
    }
  };

  /** It has become the live version itself. */
  restOn = async (version: number): Promise<void> => {
    if (this.draft === null) return;
    this.live = version;
    this.draft = { ...this.draft, parent: version };
    this.#unsaved();
    await this.saveNow();
  };

  rename = async (title: string): Promise<void> => {
    if (this.draft === null || title.trim() === '' || title === this.draft.title) return;
    this.draft = { ...this.draft, title: title.trim() };
    this.#unsaved();
    await this.saveNow();
  };

  /** Tells the others where one is, and learns who they are. */
  #announce = async (): Promise<void> => {
    if (this.#closed) return;
    this.#soon('here', HERE_MS, this.#announce);
    if (document.hidden || this.draft === null) return;
    try {
      const said = await post<Here>(`${this.#path}/here`, { revision: this.draft.revision, ...this.here });
      this.others = said.others;
      if (said.revision > this.draft.revision && this.save === 'saved') await this.#catchUp(said.updated_by);
    } catch {
      // Saving tells of trouble; being seen is not worth a word.
    }
  };

  /** Somebody else has saved, and there is nothing of one's own that could get lost. */
  async #catchUp(who: string): Promise<void> {
    const before = this.files;
    const draft = await get<Draft>(this.#path);
    if (this.save !== 'saved' || this.files !== before) return;
    this.draft = draft;
    this.#history = changed(this.#history, this.files, '', Date.now());
    this.files = draft.files;
    await this.#readNow();
    toasts.show(t('others.saved', { who }), 'plain', { label: t('undo'), run: () => void this.undo() });
  }
}

/** The files with some of them in a new form; new ones in their place by name. */
function joined(files: readonly RuleFile[], changed: readonly RuleFile[]): RuleFile[] {
  const by = new Map(changed.map((file) => [file.name, file]));
  const kept = files.map((file) => by.get(file.name) ?? file);
  const added = changed.filter((file) => !files.some((one) => one.name === file.name));
  return [...kept, ...added].toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
