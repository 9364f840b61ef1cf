/** Who is signed in, and what this person may do where. */

export type Role = 'administrator' | 'marketer' | 'agent' | 'viewer';

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

export interface SiteAccess {
  site: string;
  role: Role;
  permissions: Permission[];
}

export interface SessionAnswer {
  user: { id: string; email: string; name: string };
  sites: SiteAccess[];
  installation: { version: string; demo: boolean };
}

export interface SetupAnswer {
  /** Whether nobody can sign in yet. */
  needed: boolean;
}
