/** What the two sides of a comparison are called. */
export interface Sides {
  before: string;
  after: string;
}

/** Opens a rule by its kind and its id, where something can. */
export type OpenRule = (part: 'score_rule' | 'trigger' | 'score', id: string) => void;
