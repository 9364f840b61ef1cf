/** Known words in the reader's language; unknown ones as the site wrote them. */
import ar from '../i18n/terms.ar';
import en from '../i18n/terms.en';
import { words } from './words';

const t = words(en, ar);

type Group = 'page' | 'score' | 'stage' | 'channel' | 'device' | 'presence' | 'chat' | 'invitation' | 'reply' | 'tone' | 'role';

const isKnown = (key: string): key is keyof typeof en => Object.hasOwn(en, key);

/** A snake_case word of a site's own, readable. */
const plain = (word: string): string => word.replaceAll('_', ' ');

export function term(group: Group, word: string): string {
  const key = `${group}.${word}`;
  return isKnown(key) ? t(key) : plain(word);
}

export const pageType = (name: string | null): string => (name === null ? t('page.none') : term('page', name));
export const scoreName = (name: string): string => term('score', name);
export const stageName = (name: string): string => term('stage', name);
export const channelName = (name: string): string => term('channel', name);
export const deviceName = (name: string): string => term('device', name);
export const presenceName = (name: string): string => term('presence', name);
export const chatState = (name: string): string => term('chat', name);
export const invitationState = (name: string): string => term('invitation', name);
export const replyChannel = (name: string): string => term('reply', name);
export const toneName = (name: string): string => term('tone', name);
export const roleName = (name: string): string => term('role', name);
