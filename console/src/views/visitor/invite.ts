/** What an invitation by hand needs before it may be sent. Pure. */
import type { TriggerNow } from '$wire/explain';
import type { Invitation, InviteBody, Suppressed, Tone } from '$wire/visitor';

export interface Draft {
  source: 'write' | 'trigger';
  message: string;
  trigger: string;
  lang: string;
  tone: Tone;
  department: string;
  override: string;
}

export const MAX_MESSAGE = 280;

/** Nobody may go against this one: there is nobody to show it to, or nobody to answer, or the visitor said no. */
export const isHard = (one: Suppressed): boolean => !one.can_be_overridden;

/** Whether there is something to say. */
export const isComplete = (draft: Draft): boolean =>
  draft.source === 'write' ? draft.message.trim() !== '' : draft.trigger !== '';

/** Whether what a trigger says fits this moment: it is for such a page, and its conditions hold. */
export const isReady = (one: TriggerNow): boolean => one.page.fits && one.condition.truth === 'yes';

/**
 * Whose words stand ready when the dialog opens: the first whose conditions hold, else the first that was made for pages
 * of this type. One for pages in general whose conditions do not hold speaks of something that has not happened.
 */
export function suggested(inOrder: readonly TriggerNow[]): TriggerNow | null {
  const ready = inOrder.find((one) => one.standing === 'invites') ?? inOrder.find(isReady);
  return ready ?? inOrder.find((one) => one.page.fits && one.page.wanted.length > 0) ?? null;
}

/** What is sent; `withReason` adds the reason against the policy. */
export function bodyOf(draft: Draft, withReason: boolean): InviteBody {
  return {
    ...(draft.source === 'write'
      ? { message: draft.message.trim(), lang: draft.lang, tone: draft.tone }
      : { trigger: draft.trigger, lang: draft.lang }),
    ...(draft.department !== '' && { department: draft.department }),
    ...(withReason && draft.override.trim() !== '' && { override: draft.override.trim() }),
  };
}

const RTL = new Set(['ar', 'fa', 'he', 'ur', 'ps', 'ckb', 'dv', 'sd', 'ug', 'yi']);

export const dirOf = (lang: string): 'ltr' | 'rtl' => (RTL.has(lang.split('-')[0] ?? '') ? 'rtl' : 'ltr');

/** What the visitor would see, from what the service says of it and what is being written this moment. */
export function previewOf(draft: Draft, answered: Invitation | null): Invitation | null {
  if (draft.source === 'trigger') return answered;
  const message = draft.message.trim();
  if (message === '') return null;
  const dir = dirOf(draft.lang);
  return {
    id: '',
    trigger: '',
    channel: answered?.channel ?? 'chat',
    expected_reply_s: answered?.expected_reply_s ?? null,
    opens_at: answered?.opens_at ?? null,
    note: answered?.note ?? '',
    expires_at: answered?.expires_at ?? 0,
    message,
    lang: draft.lang,
    dir,
    tone: draft.tone,
    position: dir === 'rtl' ? 'bottom-left' : 'bottom-right',
  };
}

export const LANGUAGES = ['en', 'ar', 'fr', 'de', 'es', 'tr', 'fa', 'ur', 'hi', 'id'] as const;
