/** The live list on the wire: rows, windows and figures. Times are milliseconds since 1970 unless a name ends in `_s`. */

export type Presence = 'active' | 'idle' | 'left';
export type ChatState = 'none' | 'queued' | 'chatting' | 'ended';
export type InvitationWord =
  | 'none'
  | 'held'
  | 'offered'
  | 'shown'
  | 'accepted'
  | 'dismissed'
  | 'ignored'
  | 'expired'
  | 'revoked'
  | 'withheld';

export interface ScoreView {
  name: string;
  value: number;
  max: number;
  stage: string | null;
}

export interface RowPage {
  url: string;
  title: string | null;
  page_type: string | null;
  opened_at: number;
  active_ms: number;
  scroll: number;
  attended: boolean;
  closed: boolean;
}

export interface RowArrival {
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

export interface VisitorRow {
  id: string;
  user_id: string | null;
  verified: boolean;
  presence: Presence;
  chat: ChatState;
  invitation: InvitationWord;
  scores: ScoreView[];
  page: RowPage | null;
  page_views: number;
  active_ms: number;
  started_at: number | null;
  last_seen: number;
  sessions: number;
  arrival: RowArrival | null;
  tags: string[];
  /** For how long the current page had been open when this was told. */
  on_page_s: number;
  /** The latest pages, at most five, oldest first. */
  path: PathStep[];
  /** What the person and the company are called, if the site told. */
  name: string | null;
  company: string | null;
}

/** A step of the way through the site. */
export interface PathStep {
  page_type: string | null;
  path: string;
}

/** How many there are of something; `null` stands for those who have no such thing. */
export interface Count {
  name: string | null;
  n: number;
}

export interface Now {
  /** Who is here, looking or not. */
  visitors: number;
  active: number;
  idle: number;
  by_page_type: Count[];
  by_country: { code: string | null; n: number }[];
  by_channel: Count[];
  by_device: Count[];
  /** By score, the lowest stage first; `null` is below all stages. */
  by_stage: Record<string, { stage: string | null; n: number }[]>;
  /** Decided in the last hour. */
  invitations: { offered: number; shown: number; accepted: number; dismissed: number };
  /** 60 values, the latest last: how many had a page open. */
  per_minute: number[];
  agents: { online: number; free_slots: number };
}

/** The whole window; a `change` differs in that `rows` are only those that are new or changed. */
export interface WindowEvent {
  offset: number;
  total: number;
  from: number;
  order: string[];
  rows: VisitorRow[];
  /** The groups of the list in its order, with how many visitors each has; empty without groups. */
  counts: { by_group?: Count[] } | null;
  hot: { id: string; score: string; stage: string; row: VisitorRow }[];
  figures: Now | null;
}
