/** One visitor in full, as `GET /v1/sites/{site}/visitors/{id}` tells it. Times are milliseconds since 1970. */

export type Presence = 'active' | 'idle' | 'left';
export type ChatState = 'none' | 'queued' | 'chatting' | 'ended';
export type Outcome =
  | 'accepted'
  | 'dismissed'
  | 'ignored'
  | 'expired'
  | 'revoked'
  | 'withheld';
export type InvitationWord = 'none' | 'held' | 'offered' | 'shown' | Outcome;
export type Channel = 'chat' | 'phone' | 'email';
export type Tone = 'sales' | 'welcome' | 'help';

export interface ScoreView {
  name: string;
  /** Points, rounded. */
  value: number;
  max: number;
  stage: string | null;
}

export interface PageView {
  url: string;
  title: string | null;
  page_type: string | null;
  opened_at: number;
  active_ms: number;
  /** The deepest scroll, in percent. */
  scroll: number;
  attended: boolean;
  closed: boolean;
}

export interface Arrival {
  channel: string;
  source: string;
  medium: string;
  campaign: string | null;
  referrer_host: string | null;
  country: string | null;
  region: string | null;
  city: string | null;
  network: string | null;
  device: string;
  browser: string | null;
  os: string | null;
}

/** What a rule gave. */
export interface LedgerEntry {
  score: string;
  /** Empty for what was folded together. */
  rule: string;
  rule_name: string;
  rule_set: string;
  at: number;
  points: number;
  now: number;
}

export interface InvitationView {
  id: string;
  trigger: string;
  variant: string | null;
  state: InvitationWord;
  offered_at: number;
  settled_at: number | null;
  /** Whether a trigger invited, or an agent by hand. */
  made_by?: 'trigger' | 'agent';
}

export interface TimelineEntry {
  at: number;
  type: string;
  url: string | null;
  name: string | null;
  /** The page view on which it happened. */
  page?: string | null;
  data: Record<string, unknown>;
}

export interface Note {
  at: number;
  by: string;
  text: string;
}

export interface EarlierVisit {
  started_at: number;
  ended_at: number;
  page_views: number;
  source: string | null;
  landing_path: string | null;
}

export interface Ban {
  at: number;
  by: string;
  reason: string;
}

export interface VisitorDetail {
  id: string;
  user_id: string | null;
  verified: boolean;
  presence: Presence;
  chat: ChatState;
  invitation: InvitationWord;
  scores: ScoreView[];
  page: PageView | null;
  page_views: number;
  active_ms: number;
  started_at: number | null;
  last_seen: number;
  sessions: number;
  arrival: Arrival | null;
  first_seen: number;
  traits: Record<string, unknown>;
  tags: string[];
  pages: PageView[];
  ledger: LedgerEntry[];
  invitations: InvitationView[];
  timeline: TimelineEntry[];
  notes?: Note[];
  banned?: Ban | null;
  /** The latest first. */
  earlier_visits?: EarlierVisit[];
}

/** What the visitor's browser is given to show. */
export interface Invitation {
  id: string;
  trigger: string;
  message: string;
  lang: string;
  dir: 'ltr' | 'rtl';
  tone: Tone;
  channel: Channel;
  expected_reply_s: number | null;
  /** When somebody is there again; `null` while somebody is, or nobody can say. */
  opens_at: number | null;
  /** What to expect of the channel, in one line. */
  note: string;
  position: 'bottom-right' | 'bottom-left';
  expires_at: number;
}

/** An invitation by hand. */
export interface InviteBody {
  message?: string;
  lang?: string;
  tone?: Tone;
  trigger?: string;
  department?: string;
  /** The reason for going against the policy. */
  override?: string;
  /** Makes a retry harmless. */
  id?: string;
}

export interface Suppressed {
  kind: string;
  text: string;
  can_be_overridden: boolean;
  until?: number;
}

export interface InviteAnswer {
  /** `null` when there is no page to show it on. */
  invitation: Invitation | null;
  suppressions?: Suppressed[];
}
