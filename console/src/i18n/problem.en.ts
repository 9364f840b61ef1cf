/** What the service's kinds of problem are called for people. The keys are the kinds. */
import type { Catalogue } from '$lib/message';

export default {
  offline: 'The service cannot be reached',
  fault: 'Something went wrong on this page',
  other: 'That did not work',
  internal: 'The service has a fault',
  unavailable: 'The service cannot do this at the moment',
  unauthorized: 'You are signed out',
  forbidden: 'You may not do this',
  'not-found': 'Nothing is here, or not any more',
  'unknown-site': 'This site does not exist',
  'rate-limited': 'Too many requests; wait a moment',
  'not-possible': 'This cannot be done as things stand',
  'bad-parameter': 'Something in this is not valid',
  malformed: 'Something in this is not valid',
  'stale-version': 'Somebody else has changed this meanwhile',
  'stale-draft': 'Somebody else has saved this draft meanwhile',
  'bad-edit': 'This change does not fit these rules',
  'wrong-password': 'E-mail or password is wrong',
  'weak-password': 'This password is too easy to guess',
  'bad-link': 'This link is not valid any more',
  'origin-not-allowed': 'This address may not do that',
  changed: 'Somebody else has changed this meanwhile',
  suppressed: 'The policy speaks against it',
} satisfies Catalogue;
