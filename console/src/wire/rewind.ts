/** A recorded visit, moment by moment (`POST …/visitors/{id}/rewind`), and the test that it makes. */
import type { Need, Part, Verdict } from './explain';
import type { TimelineEntry } from './visitor';

/** A visit of which the journal has records. */
export interface RecordedVisit {
  session: string;
  started_at: number;
  /** `null` while it goes on. */
  ended_at: number | null;
  events: number;
  page_views: number;
  landing_path: string | null;
  invited: boolean;
  /** The journal has it from its beginning. */
  complete: boolean;
}

export interface VisitsAnswer {
  visitor: string;
  /** The latest first. */
  visits: RecordedVisit[];
  /** The journal reaches back to the visitor's beginning. */
  whole: boolean;
}

/** A page and when it was in front of the visitor, since the visit began. */
export interface RewindPage {
  page: string;
  page_type: string | null;
  path: string;
  title: string | null;
  from_ms: number;
  until_ms: number;
}

export interface ScoreThen {
  score: string;
  value: number;
  max: number;
  stage: string | null;
}

export interface Given {
  rule: string;
  name: string;
  score: string;
  points: number;
  value_after: number;
}

export type TriggerState = 'off_page' | 'waiting' | 'ready' | 'held' | 'withheld' | 'invited';

export interface TriggerThen {
  id: string;
  name: string;
  state: TriggerState;
  /** The single conditions that do not hold as they should: one below a `not` holds. */
  missing: Part[];
  needs: Need[];
  /** What is in the way beside its conditions, by its codes. */
  suppressed: string[];
  ready_at: number | null;
}

export interface InvitationThen {
  id: string;
  trigger: string;
  made_by: 'trigger' | 'agent' | 'instead';
  variant: string | null;
  at: number;
  offset_ms: number;
  /** The visitor is in the holdout: nobody sees it. */
  withheld: boolean;
  message: string;
  lang: string;
  tone: string;
  channel: string;
  shown_at: number | null;
  ended_at: number | null;
  ended: string | null;
}

export interface Moment {
  at: number;
  /** Since the visit began. */
  offset_ms: number;
  /** The type of the chief event, or `wake`, `end`, `rescore`. */
  kind: string;
  label: TimelineEntry | null;
  /** What else the same request told. */
  also: TimelineEntry[];
  /** The page in front, by its place among the pages. */
  page: number | null;
  active_ms: number;
  attended: boolean;
  scores: ScoreThen[];
  given: Given[];
  verdict: Verdict;
  policy: string[];
  /** At the first moment all of them, then those that have changed. */
  triggers: TriggerThen[];
  invitation: InvitationThen | null;
  ends: boolean;
}

export type RewindWarning = 'earlier_unknown' | 'beginning_unknown' | 'rules_changed' | 'answer_to_other' | 'never_answered';

/** A score's scale: where its stages begin, the lowest first. */
export interface ScoreBands {
  score: string;
  max: number;
  stages: { name: string; from: number }[];
}

export interface Rewind {
  visitor: string;
  session: string;
  from: number;
  until: number;
  ruleset: { recorded: boolean; draft: boolean; hash: string | null; version: number | null; all: { hash: string; version: number | null }[] };
  warnings: RewindWarning[];
  score_bands: ScoreBands[];
  /** What people call each trigger, by its id. */
  trigger_names: Record<string, string>;
  pages: RewindPage[];
  moments: Moment[];
  /** Some moments were left out: there were too many. */
  thinned: boolean;
  left_out: number;
  invitations: InvitationThen[];
}

export interface RewindBody {
  session?: string;
  version?: number;
  files?: { name: string; text: string }[];
}

/** What of a visit a test cannot say. */
export type LeftOut = 'answers' | 'by_agent' | 'consent' | 'cut' | 'earlier_points' | 'earlier_invitations' | 'tabs' | 'tags';

export interface TestAnswer {
  name: string;
  toml: string;
  passes: boolean;
  /** How what happens differs from what the test expects. */
  differs: string | null;
  left_out: LeftOut[];
}
