/** What a look at a page may find. Pure. */

const KINDS = ['no_script', 'other_service', 'wrong_key', 'csp', 'origin', 'redirect', 'status', 'no_html', 'private', 'unreachable'] as const;

export type PageProblemKind = (typeof KINDS)[number];

export const isKnown = (kind: string): kind is PageProblemKind => (KINDS as readonly string[]).includes(kind);

/** What a content security policy has to say so that the tracker of this snippet may load and send. */
export function policyFor(snippet: string, otherwise: string): string {
  const script = /src="([^"]+)"/.exec(snippet)?.[1] ?? '';
  const origin = URL.canParse(script) ? new URL(script).origin : otherwise;
  return `script-src ${origin}; connect-src ${origin}`;
}
