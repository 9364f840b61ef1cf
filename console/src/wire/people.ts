/** Users, one-time links, tokens and the audit log. */

export type Role = 'administrator' | 'marketer' | 'agent' | 'viewer';
export const ROLES: readonly Role[] = ['administrator', 'marketer', 'agent', 'viewer'];

export type Permission =
  | 'see_visitors'
  | 'greet'
  | 'see_rules'
  | 'edit_rules'
  | 'publish_rules'
  | 'see_reports'
  | 'speak_for_chat'
  | 'read_journal'
  | 'set_up_site'
  | 'manage_people';

/** What a token may be given; tokens never manage people. */
export const SCOPES: readonly Permission[] = [
  'see_visitors',
  'greet',
  'see_reports',
  'speak_for_chat',
  'see_rules',
  'edit_rules',
  'publish_rules',
  'read_journal',
  'set_up_site',
];

/** The key `*` stands for every site. */
export type Roles = Record<string, Role>;

export interface User {
  id: string;
  email: string;
  name: string;
  roles: Roles;
  state: 'invited' | 'active' | 'disabled';
  last_seen: number | null;
}

export interface Token {
  id: string;
  name: string;
  site: string;
  scopes: Permission[];
  created_at: number;
  created_by?: string;
  expires_at: number | null;
  last_used?: number | null;
  /** The first characters, to tell tokens apart. */
  hint?: string;
}

/** The answer to a new token: the only time that it is told. */
export interface NewToken extends Token {
  token: string;
}

export interface AuditEntry {
  /** Ask with it as `before` for what is older. */
  id?: string;
  at: number;
  who: string;
  action: string;
  site: string | null;
  before: unknown;
  after: unknown;
}

export interface AuditAnswer {
  entries: AuditEntry[];
  next: string | null;
}

/** Another place where the same person is signed in. */
export interface OtherSession {
  began_at: number;
  last_seen: number;
  /** What the browser calls itself. */
  device?: string | null;
}
