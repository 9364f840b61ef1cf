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

/** A step of the way through the site. */
export interface PathStep {
  page_type: string | null;
  path: string;
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
  /** What a person is called, if the site told. */
  name?: string | null;
  company?: string | null;
  tags?: string[];
  path?: PathStep[];
}

export interface Count {
  name: string;
  n: number;
}

export interface Now {
  visitors: number;
  active: number;
  idle: number;
  by_page_type: Count[];
  by_country: { code: string; n: number }[];
  by_channel: Count[];
  by_device: Count[];
  by_stage: Record<string, { stage: string; n: number }[]>;
  invitations: { offered: number; shown: number; accepted: number; dismissed: number };
  per_minute: number[];
  agents: { online: number; free_slots: number };
}

/** The groups of the list, in its order, with how many visitors each has. */
export interface WindowCounts {
  by_group?: Count[];
}

export interface Snapshot {
  offset: number;
  total: number;
  from: number;
  rows: VisitorRow[];
  counts: WindowCounts;
  figures: Now;
}

export interface Change {
  offset: number;
  total: number;
  from: number;
  order: string[];
  rows: VisitorRow[];
  counts: WindowCounts;
  figures?: Now;
  hot: { id: string; score?: string }[];
}
