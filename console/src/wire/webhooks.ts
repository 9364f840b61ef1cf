/** Webhook endpoints and what was delivered to them. */

export const EVENTS = [
  'invitation.offered',
  'invitation.shown',
  'invitation.accepted',
  'invitation.dismissed',
  'invitation.expired',
  'invitation.withheld',
  'visitor.stage_changed',
  'visitor.identified',
  'chat.requested',
  'session.ended',
] as const;
export type WebhookEvent = (typeof EVENTS)[number];

export interface SecretView {
  /** The last characters. */
  hint: string;
  created_at: number;
  expires_at: number | null;
}

export interface Health {
  breaker: 'closed' | 'open' | 'half_open';
  /** Deliveries that wait. */
  waiting: number;
  last_success_at: number | null;
  last_failure: { at: number; detail: string } | null;
}

export interface Endpoint {
  id: string;
  url: string;
  events: WebhookEvent[] | '*';
  enabled: boolean;
  disabled_because: string | null;
  secrets: SecretView[];
  created_at: number;
  health: Health;
}

/** With the secret, which is told once. */
export interface NewEndpoint extends Endpoint {
  secret: string;
}

/** `failed` is tried again. */
export type DeliveryState = 'delivered' | 'failed' | 'given_up' | 'gone';

/** One try of a delivery. */
export interface Delivery {
  /** The same for all of its tries. */
  id: string;
  /** The `webhook-id` that was sent. */
  message?: string;
  event: string;
  at: number;
  state: DeliveryState;
  attempts: number;
  status: number | null;
  took_ms: number;
  /** The beginning of the answer, as text. */
  response: string;
  error: string | null;
  next_at: number | null;
  body?: unknown;
}

export interface DeliveriesAnswer {
  deliveries: Delivery[];
  next: string | null;
}
