import type { Invitation } from './api.js';

/** The server's answer to a batch of events, as far as the tracker uses it. */
export interface Answer {
  invitation?: Invitation | null;
  /** Where invitations are pushed; the ticket in it lives shortly. */
  stream?: string;
  ping_after_ms?: number;
}
