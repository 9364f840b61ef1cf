/** Versions of a site's rules: what acts, what was released, what differs, and what rules would have done. */
import type { Step, Value } from './studio';

export interface Version {
  version: number;
  hash: string;
  parent: number | null;
  author: string;
  reason: string;
  created_at: number;
  origin: 'seed' | 'directory' | 'draft';
  released: boolean;
}

/** A version with its files. */
export interface VersionFiles extends Version {
  files: { name: string; text: string }[];
}

export type ReleaseKind =
  | 'publish'
  | 'rollout'
  | 'stop_rollout'
  | 'rollback'
  | 'shadow'
  | 'stop_shadow'
  | 'rescore'
  | 'schedule'
  | 'unschedule'
  | 'end'
  | 'lapse'
  | 'miss';

export interface Release {
  /** Its number in the history, by which it is asked for; counts up from 1. */
  number: number;
  at: number;
  author: string;
  reason: string;
  kind: ReleaseKind;
  from: number | null;
  to: number;
  share: string | null;
  untested: boolean;
  /** Whether the schedule did it, in the name of whoever had wanted it. */
  scheduled?: boolean;
}

/** A release, and what it changed; `null` where a version is not remembered any more. */
export interface HistoryEntry extends Release {
  changes: Change[] | null;
  files: FileDiff[] | null;
}

/** A release that waits for its moment, that will end by itself, or that could not be made. */
export interface Scheduled {
  id: number;
  version: number;
  at: number;
  until: number | null;
  share: string | null;
  reason: string;
  author: string;
  state: 'waiting' | 'acting' | 'failed';
  /** Why it failed. */
  why: string | null;
}

export interface Stand {
  live: number;
  rollout: { version: number; share: string; since: number } | null;
  shadow: { version: number; since: number } | null;
  schedule?: Scheduled[];
}

export interface Versions extends Stand {
  versions: Version[];
  history: Release[];
}

/** One value of a part that differs. */
export interface ChangeDetail {
  /** The keys that lead to it, with dots between them and without places in lists, such as `stages.warm`. */
  key: string;
  path: Step[];
  /** `null` where it was not there. */
  before: Value | null;
  after: Value | null;
  /** The entry of a list that it lies in, such as the condition, as it is now; `null` outside of lists. */
  within: Value | null;
}

/** What became of one rule, score, trigger or other part. */
export interface Change {
  /** The kind of table, such as `score_rule`. */
  part: string;
  /** Its id or name; empty for what there is only once. */
  id: string;
  /** What people read, for a part that has an id and a name. */
  name: string | null;
  change: 'added' | 'removed' | 'changed' | 'moved';
  /** In one line of English. */
  says: string;
  details: ChangeDetail[];
  /** The types of pages and the languages that it touches. */
  where: { page_types: string[]; languages: string[] };
}

export interface ChangesAnswer {
  /** `null` for files. */
  from: number | null;
  changes: Change[];
  files: FileDiff[];
  /** Files that are no TOML at this moment: what differs in them is not told. */
  unreadable: string[];
}

export interface FileDiff {
  file: string;
  change: 'added' | 'removed' | 'changed';
  /** As `diff -u` tells it: lines begin with a blank, `-`, `+` or `@@`. */
  diff: string;
}

/** The further members of `409 stale-version`. */
export interface StaleVersion {
  live: VersionFiles;
  since_parent: FileDiff[];
  from_live: FileDiff[];
}

export interface TestPlace {
  file: string;
  line: number;
}

export interface TestOutcome extends TestPlace {
  name: string;
  passed: boolean;
  difference?: TestPlace & { at_ms: number; expected: string; actual: string; why: string[] };
}

export interface CheckAnswer {
  usable: boolean;
  hash: string | null;
  errors: number;
  warnings: number;
  hints: number;
  diagnostics: (TestPlace & { severity: 'error' | 'warning' | 'hint'; message: string; code: string })[];
  failed_test: string | null;
  tests: { passed: number; failed: number; tests: TestOutcome[] } | null;
}

/** One figure of both sides. */
export interface Versus<T = number> {
  before: T;
  after: T;
}

export interface Made {
  offered: Versus;
  withheld: Versus;
}

/** Where a score stood at the end of sessions, in whole points. */
export interface Band {
  sessions: number;
  max: number;
  /** Sessions in each tenth of the maximum. */
  tenths: number[];
  p50: number;
  p75: number;
  p90: number;
  p99: number;
}

/** A visitor whom one side invited and the other did not. */
export interface Example {
  visitor: string;
  at: number;
  trigger: string;
  scores: Record<string, number>;
}

export interface HourLoad {
  start: number;
  offered: number;
  free_most: number;
}

export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** An hour of the week: all of its kind in the period together. */
export interface WeekHour extends Made {
  weekday: Weekday;
  /** 0 to 23, by the site's clock. */
  hour: number;
  /** How many such hours had a record: of others it is not known who was free. */
  hours: number;
  /** Free slots seen in them. */
  free_least: number;
  free_mean: number;
}

/** What a backtest found. */
export interface Report {
  format: number;
  site: string;
  since: number;
  until: number;
  time_zone: string;
  candidate: string;
  against: string | null;
  records: number;
  events: number;
  visitors: number;
  warnings: string[];
  invited: Versus;
  invitations: Made;
  gained: { visitors: number; examples: Example[] };
  lost: { visitors: number; examples: Example[] };
  while_chatting: Versus;
  on_silent_page: Versus;
  triggers: ({ trigger: string; variants?: ({ variant: string } & Made)[] } & Made)[];
  conflicts: ({ trigger: string; silenced: string } & Versus)[];
  /** Visitors who are first invited by another trigger than before; most first. */
  replaced?: { before: string; after: string; visitors: number }[];
  unfired: { score_rules: string[]; triggers: string[] };
  scores: ({ score: string } & Versus<Band | null>)[];
  /** How often each stage was entered. */
  stages: ({ score: string; stage: string } & Versus)[];
  capacity: { peak: Versus<HourLoad | null>; hours_over: Versus };
  days: ({ day: string } & Made)[];
  hours: ({ start: number; free_least: number; free_most: number } & Made)[];
  hours_of_week?: WeekHour[];
}

/** A line of a backtest's answer; one of the five. */
export interface BacktestLine {
  /** How many other runs go first; the first line, if any do. */
  waiting?: number;
  progress?: { records: number; moment: number; permille: number };
  /** The report of a share of the visitors, scaled to all of them. */
  partial?: Report;
  share?: number;
  report?: Report;
  problem?: string;
}

/** What a version that is tried without acting has seen. */
export interface ShadowAnswer {
  shadow: Stand['shadow'];
  comparison: { watching_since: number; dropped: number; following: number; report: Report } | null;
}

/** A score under the live rules and under those on trial. */
export interface ScoreMoved {
  score: string;
  /** `null` when the live rules do not know it. */
  before: number | null;
  after: number;
  stage_before: string | null;
  stage: string | null;
}

/** A visitor on the site who is or would be invited. */
export interface NowRow {
  visitor: string;
  name: string | null;
  country: string | null;
  page_type: string | null;
  path: string | null;
  title: string | null;
  trigger: string | null;
  live_trigger: string | null;
  message: string | null;
  lang: string | null;
  tone: string | null;
  channel: string | null;
  /** In how long, if nothing else happens; 0: now. */
  in_ms: number;
  scores: ScoreMoved[];
}

/** Whom one version invites. */
export interface NowSide {
  ready: number;
  /** Ready, and in the holdout. */
  withheld: number;
  /** Ready, and held back: by the first reason. */
  held: Record<string, number>;
}

export interface NowAnswer {
  at: number;
  /** Visitors who have a page open, and those of them who look at it. */
  visitors: number;
  looked_at: number;
  too_many: number;
  live: NowSide;
  draft: NowSide;
  /** How many each list has in all. */
  counts: { both: number; gained: number; lost: number; soon: number };
  /** At most 50 rows each. */
  both: NowRow[];
  gained: NowRow[];
  lost: NowRow[];
  soon: NowRow[];
}
