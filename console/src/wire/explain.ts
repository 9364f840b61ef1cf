/** Why, and why not: `GET /v1/sites/{site}/visitors/{id}/explain`. */

export type Plain = boolean | number | string | Plain[];
export type Truth = 'yes' | 'no' | 'unknown';

export interface Leaf {
  kind: 'leaf';
  truth: Truth;
  field: string;
  operator: string;
  wanted: Plain;
  /** Only what happened within this span counts, such as `5m`. */
  in_last?: string;
  case_sensitive?: boolean;
  actual?: Plain;
  /** What the numbers count: `s`, `points`, `page views` … */
  unit?: string;
  missing?: Plain;
  /** When time alone makes it come right. */
  at?: number;
  says: string;
}

export type Part =
  | { kind: 'all' | 'any'; truth: Truth; parts: Part[] }
  | { kind: 'not'; truth: Truth; part: Part }
  | { kind: 'segment'; name: string; truth: Truth; part: Part }
  | Leaf;

/** What is in the way of an invitation. */
export interface Hold {
  code: string;
  says: string;
  used?: number;
  of?: number;
  until?: number;
  ends: string;
}

export interface Need {
  code: string;
  says: string;
  field?: string;
  from?: Plain;
  to?: Plain;
  at?: number;
  options?: Need[][];
}

export interface Draw {
  what: 'sample' | 'holdout' | 'variant';
  bucket: number;
  below?: number;
  is_in: boolean;
  variant?: string;
  says: string;
}

export type Standing =
  | 'invites'
  | 'withheld'
  | 'outranked'
  | 'suppressed'
  | 'rests'
  | 'waits'
  | 'elsewhere';

export interface TriggerNow {
  id: string;
  name: string;
  priority: number;
  standing: Standing;
  says: string;
  page: { fits: boolean; wanted: string[]; actual: string | null };
  condition: Part;
  rests: Hold[];
  draws: Draw[];
  last_at: number | null;
  ready_at: number | null;
  next: Need[];
}

export interface ScoreEntry {
  rule: string | null;
  rule_name: string | null;
  rule_set: string | null;
  at: number;
  then: number;
  now: number;
}

export interface RuleNow {
  id: string;
  name: string;
  on: string;
  points: number | null;
  spent: boolean;
  group: { name: string; left: number } | null;
  condition: Part;
  next: Need[];
  says: string;
}

export interface ScoreWhy {
  name: string;
  value: number;
  max: number;
  stage: string | null;
  next_stage: { name: string; from: number; missing: number } | null;
  half_life: string | null;
  ledger: ScoreEntry[];
  rules: RuleNow[];
  left_out: number;
}

export type Verdict =
  | { decision: 'invite' | 'withhold'; trigger: string }
  | { decision: 'suppress'; trigger: string; why: string }
  | { decision: 'wait' };

export interface Explanation {
  visitor: string;
  /** Numbers of rule sets by their hash. */
  versions: Record<string, number>;
  past: { records: number; begins_at: number; whole: boolean; decided: boolean } | null;
  at: number;
  rule_set: string;
  verdict: Verdict;
  says: string;
  page: { url: string; page_type: string | null; active_ms: number; attended: boolean } | null;
  site: { agents_online: number; free_slots: number };
  policy: Hold[];
  open: {
    id: string;
    trigger: string;
    state: 'offered' | 'shown' | 'withheld';
    offered_at: number;
    expires_at: number;
  } | null;
  triggers: TriggerNow[];
  scores: ScoreWhy[];
}
