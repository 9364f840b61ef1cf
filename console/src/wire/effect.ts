/** What triggers achieve (`GET …/effect`) and what was decided (`GET …/decisions`). */

export interface Interval {
  estimate: number;
  low: number;
  /** `null`: no bound above. */
  high: number | null;
}

export interface Uplift {
  /** The treated rate less the control's, 0 to 1. */
  difference: Interval;
  /** The treated rate in proportion to the control's. */
  ratio: Interval;
}

export type EffectVerdict =
  | ({ verdict: 'better' | 'worse' | 'alike' } & Uplift)
  | { verdict: 'too_early'; days: number | null }
  | { verdict: 'broken_split' };

export interface ArmFigures {
  visitors: number;
  converted: number;
  /** 0 to 1. */
  rate: number;
  goals: number;
  value: number;
  invitations: number;
  shown: number;
  accepted: number;
  dismissed: number;
  dismissed_after_ms: number | null;
  ignored: number;
  expired: number;
  revoked: number;
  /** Conversations that those visitors asked for in time, whoever began them. */
  chats: number;
  missed_chats: number;
}

export interface VariantEffect extends ArmFigures {
  variant: string;
  share: number;
  beside_holdout: EffectVerdict | null;
  beside_first: EffectVerdict | null;
}

/** In invitations, but for `goals` and `value`. */
export interface Funnel {
  eligible: number;
  withheld: number;
  /** In the whole period, by the word of the reason. */
  suppressed: Record<string, number>;
  offered: number;
  shown: number;
  accepted: number;
  dismissed: number;
  ignored: number;
  expired: number;
  revoked: number;
  /** Accepted ones that led to a conversation. */
  chats: number;
  missed_chats: number;
  goals: number;
  value: number;
}

export type Division = 'page_type' | 'lang' | 'device' | 'country' | 'visit';

export interface PartEffect {
  /** `null`: it is not known, or these are the `others`. */
  value: string | null;
  others?: true;
  visitors: number;
  invited: ArmFigures;
  withheld: ArmFigures;
  sample_ratio: { p_value: number; broken: boolean } | null;
  verdict: EffectVerdict | null;
  says: string;
}

export type Trouble =
  | 'fast_dismissals'
  | 'dismissed'
  | 'ignored'
  | 'accepted_unanswered'
  | 'too_often';

export interface Advice {
  part: 'trigger' | 'policy';
  id: string | null;
  key: string;
  from: string | number | boolean | null;
  to: string | number | boolean;
}

export interface Courtesy {
  kind: Trouble;
  count: number;
  of: number;
  share: number;
  low: number;
  high: number;
  advice: Advice | null;
  says: string;
}

export interface TriggerEffect {
  trigger: string;
  in_force: boolean;
  /** The planned share of the withheld, 0 to 1. */
  holdout: number;
  goals: string[];
  within_ms: number;
  since: number | null;
  visitors: number;
  pending: number;
  other_splits: number;
  invited: ArmFigures;
  withheld: ArmFigures;
  sample_ratio: { p_value: number; broken: boolean } | null;
  verdict: EffectVerdict | null;
  says: string;
  variants: VariantEffect[];
  funnel: Funnel;
  dismissed_after: { p50_ms: number | null; within_2s: number; of: number };
  /** What `by` asked for. */
  by: Partial<Record<Division, PartEffect[]>>;
  courtesy: Courtesy[];
}

/** `GET …/staffing`. */
export interface StaffingHour {
  weekday: string;
  hour: number;
  weeks: number;
  open: boolean | null;
  offers: number;
  held_for_capacity: number;
  no_agent: number;
  chats: number;
  missed_chats: number;
  slots_mean: number | null;
  reply_p75_s: number | null;
  short: boolean;
}

export interface ShortSpan {
  weekday: string;
  from: number;
  until: number;
  ready: number;
  turned_away: number;
  chats: number;
  missed_chats: number;
}

export interface StaffingAnswer {
  since: number;
  until: number;
  time_zone: string;
  complete: boolean;
  hours: StaffingHour[];
  short: ShortSpan[];
  says: string[];
}

/** `GET …/suggestions`. */
export interface RuleWorth {
  id: string;
  name: string;
  score: string;
  points: number;
  suggested: number;
  low: number;
  high: number;
  fired: number;
  fired_converted: number;
  confident: boolean;
}

export interface SuggestionsAnswer {
  since: number;
  until: number;
  rule_set: string;
  goal: string | null;
  refused: {
    why: 'converted' | 'not_converted' | 'rules';
    need: number;
    have: number;
    says: string;
  } | null;
  visitors: number;
  converted: number;
  left_out: number;
  rules: RuleWorth[];
  /** As `POST …/rulesets/edit` takes them, for the files of the version in force. */
  edits: {
    op: 'set';
    file: string;
    part: 'score_rule';
    index: number;
    path: ['points'];
    value: number;
  }[];
}

export interface EffectAnswer {
  since: number;
  until: number;
  rule_set: string;
  decisions: number;
  complete: boolean;
  left_out: number;
  triggers: TriggerEffect[];
}

export type DecisionKind =
  | 'offered'
  | 'withheld'
  | 'suppressed'
  | 'shown'
  | 'settled'
  | 'stage'
  | 'goal'
  | 'chat';

export interface Decision {
  at: number;
  kind: DecisionKind;
  visitor: string;
  session: string | null;
  rule_set: string;
  trigger?: string;
  invitation?: string;
  variant?: string;
  page_type?: string;
  scores?: Record<string, number>;
  lang?: string;
  country?: string;
  device?: string;
  returning?: boolean;
  free_slots?: number;
  why?: string;
  how?: 'accepted' | 'dismissed' | 'ignored' | 'expired' | 'revoked' | 'withheld';
  shown?: boolean;
  after_ms?: number;
  score?: string;
  from?: string;
  to?: string;
  name?: string;
  value?: number;
  /** Who invited by hand. */
  by?: string;
  /** Why that went against the policy. */
  reason?: string;
  turn?: 'requested' | 'taken' | 'answered' | 'missed';
}

export interface DecisionsAnswer {
  decisions: Decision[];
  next: string | null;
}
