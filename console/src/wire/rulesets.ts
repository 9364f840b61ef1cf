/** Versions of a site's rules: what acts, what was released, what differs. */

export interface Version {
  version: number;
  hash: string;
  parent: number | null;
  author: string;
  reason: string;
  created_at: number;
  origin: 'seed' | 'directory' | 'draft';
  released: boolean;
}

export interface Release {
  at: number;
  author: string;
  reason: string;
  kind: string;
  from: number | null;
  to: number;
  share: string | null;
  untested: boolean;
}

export interface Stand {
  live: number;
  rollout: { version: number; share: string; since: number } | null;
  shadow: { version: number; since: number } | null;
}

export interface Versions extends Stand {
  versions: Version[];
  history: Release[];
}

export interface VersionFiles extends Version {
  files: { name: string; text: string }[];
}
