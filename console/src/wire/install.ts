/** Whether events arrive: `GET /v1/sites/{site}/install`. */

export interface SeenEvent {
  at: number;
  browser: string | null;
  os: string | null;
  country: string | null;
  city: string | null;
  page: string | null;
}

export type InstallProblemKind =
  | 'origin'
  | 'unknown_site'
  | 'consent'
  | 'clock'
  | 'bot'
  | 'malformed';

export interface InstallProblem {
  kind: InstallProblemKind;
  count: number;
  last_at: number;
  detail: string;
  hint: string;
}

export interface InstallAnswer {
  snippet: string;
  first_event: SeenEvent | null;
  last_event: SeenEvent | null;
  problems: InstallProblem[];
  /** Since when the node that answers counts what it refused. */
  since?: number;
}

/** What keeps a page's events away: `POST /v1/sites/{site}/install/check`. */
export interface PageProblem {
  kind: string;
  /** In words that the page may have sent. */
  detail: string;
}

export interface PageCheck {
  url: string;
  problems: PageProblem[];
}
