/** The service's words by what they are about. Known ones in the reader's language, a site's own as it wrote them. */
import { t, word } from './i18n';

const known = (name: string): string => word('words', name);

/** A page without a type has one for the reader. */
export const pageType = (name: string | null): string => (name === null ? t('words.other_page') : known(name));
export const scoreName = known;
export const stageName = known;
export const channelName = known;
export const deviceName = known;
export const presenceName = known;
export const chatState = known;
export const invitationState = known;
export const toneName = known;
export const roleName = known;
