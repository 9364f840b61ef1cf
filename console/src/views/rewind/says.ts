/** What happened at a moment, in the reader's words: from its kind and its particulars. */
import { percent, span } from '$lib/format';
import { chatState } from '$lib/terms';
import type { Moment } from '$wire/rewind';
import { pathOf } from '../visitor/name';
import { t as timeline } from '../visitor/words';
import { t } from './words';

const text = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
const count = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** Steps of a conversation and signs of the page, in the words of the visitor's timeline. */
const CHATS = ['requested', 'started', 'first_reply', 'ended', 'missed', 'rated'] as const;
const SIGNALS = ['form_focus', 'form_blur', 'exit_intent'] as const;

/** What happened. `name` says what a trigger is called. */
export function happened(moment: Moment, name: (trigger: string) => string): string {
  const { kind, invitation } = moment;
  // What reading on or waiting has led to says more than that it went on.
  const isQuiet = kind === 'engage' || kind === 'wake';
  if (isQuiet && invitation !== null) return t(invitation.withheld ? 'did.withheld' : 'did.invited', { trigger: name(invitation.trigger) });
  return did(moment);
}

function did({ kind, label }: Moment): string {
  const data = label?.data ?? {};
  switch (kind) {
    case 'page_view':
      return t('did.page', { page: text(data['title']) || pathOf(label?.url ?? '') });
    case 'engage': {
      const [active, scroll] = [count(data['active_ms']), count(data['scroll'])];
      if (active === null) return t('did.reads');
      const read = t('did.read', { span: span(active) });
      return scroll === null || scroll === 0 ? read : `${read} · ${t('did.scrolled', { share: percent(scroll / 100) })}`;
    }
    case 'custom': {
      const signal = SIGNALS.find((one) => one === label?.name);
      return signal === undefined ? t('did.event', { name: label?.name ?? '' }) : timeline(`time.${signal}`);
    }
    case 'goal':
      return t('did.goal', { name: label?.name ?? '' });
    case 'chat': {
      const step = CHATS.find((one) => one === data['state']);
      return step === undefined ? t('did.chat', { state: chatState(text(data['state'])) }) : timeline(`time.chat.${step}`);
    }
    case 'invitation':
    case 'known':
      switch (data['outcome']) {
        case 'shown':
        case 'accepted':
        case 'dismissed':
          return t(`did.${data['outcome']}`);
        default:
          return t('did.answer');
      }
    case 'identify':
    case 'leave':
    case 'wake':
    case 'end':
    case 'rescore':
    case 'consent':
    case 'tag':
    case 'note':
    case 'ban':
    case 'lift_ban':
    case 'invite':
      return t(`did.${kind}`);
    default:
      return label?.name ?? kind.replaceAll('_', ' ');
  }
}
