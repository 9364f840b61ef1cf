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
}

export interface VariantEffect extends ArmFigures {
  variant: string;
  share: number;
  beside_holdout: EffectVerdict | null;
  beside_first: EffectVerdict | null;
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
  | 'goal';

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
  why?: string;
  how?: 'accepted' | 'dismissed' | 'ignored' | 'expired' | 'revoked' | 'withheld';
  shown?: boolean;
  after_ms?: number;
  score?: string;
  from?: string;
  to?: string;
  name?: string;
  value?: number;
}

export interface DecisionsAnswer {
  decisions: Decision[];
  next: string | null;
}
