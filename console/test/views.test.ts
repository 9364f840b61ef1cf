/** The words that come with the views, under the same rules as the catalogue. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Message } from '../src/lib/message';
import accountAr from '../src/views/account/words.ar';
import accountEn from '../src/views/account/words.en';
import chatAr from '../src/views/chat/words.ar';
import chatEn from '../src/views/chat/words.en';
import installAr from '../src/views/install/words.ar';
import installEn from '../src/views/install/words.en';
import joinAr from '../src/views/join/words.ar';
import joinEn from '../src/views/join/words.en';
import overviewAr from '../src/views/overview/words.ar';
import overviewEn from '../src/views/overview/words.en';
import peopleAr from '../src/views/people/words.ar';
import peopleEn from '../src/views/people/words.en';
import reportsAr from '../src/views/reports/words.ar';
import reportsEn from '../src/views/reports/words.en';
import rewindAr from '../src/views/rewind/words.ar';
import rewindEn from '../src/views/rewind/words.en';
import setupAr from '../src/views/setup/words.ar';
import setupEn from '../src/views/setup/words.en';
import signinAr from '../src/views/signin/words.ar';
import signinEn from '../src/views/signin/words.en';
import messageAr from '../src/views/studio/message/words.ar';
import messageEn from '../src/views/studio/message/words.en';
import studioAr from '../src/views/studio/words.ar';
import studioEn from '../src/views/studio/words.en';
import whyAr from '../src/views/visitor/why.words.ar';
import whyEn from '../src/views/visitor/why.words.en';
import effectAr from '../src/views/studio/effect/words.ar';
import effectEn from '../src/views/studio/effect/words.en';
import publishAr from '../src/views/studio/publish/words.ar';
import publishEn from '../src/views/studio/publish/words.en';
import changesAr from '../src/views/versions/changes.words.ar';
import changesEn from '../src/views/versions/changes.words.en';
import versionsAr from '../src/views/versions/words.ar';
import versionsEn from '../src/views/versions/words.en';
import visitorAr from '../src/views/visitor/words.ar';
import visitorEn from '../src/views/visitor/words.en';
import webhooksAr from '../src/views/webhooks/words.ar';
import webhooksEn from '../src/views/webhooks/words.en';

type Words = Record<string, Message>;
const views: Record<string, [Words, Words]> = {
  account: [accountEn, accountAr],
  changes: [changesEn, changesAr],
  chat: [chatEn, chatAr],
  effect: [effectEn, effectAr],
  install: [installEn, installAr],
  join: [joinEn, joinAr],
  message: [messageEn, messageAr],
  overview: [overviewEn, overviewAr],
  people: [peopleEn, peopleAr],
  publish: [publishEn, publishAr],
  reports: [reportsEn, reportsAr],
  rewind: [rewindEn, rewindAr],
  setup: [setupEn, setupAr],
  signin: [signinEn, signinAr],
  studio: [studioEn, studioAr],
  versions: [versionsEn, versionsAr],
  visitor: [visitorEn, visitorAr],
  webhooks: [webhooksEn, webhooksAr],
  why: [whyEn, whyAr],
};

const forms = (message: Message): string[] => (typeof message === 'string' ? [message] : Object.values(message));
const names = (message: Message): string[] => [...new Set(forms(message).flatMap((text) => text.match(/\{\w+\}/g) ?? []))].toSorted();

test('both languages say everything, with the same particulars', () => {
  const faults: string[] = [];
  for (const [view, [en, ar]] of Object.entries(views)) {
    for (const [key, message] of Object.entries(en)) {
      const other = ar[key];
      if (other === undefined) faults.push(`${view} ${key} is not in Arabic`);
      else {
        // A number may be in the word itself: زائران says two without a figure.
        const lost = names(message).filter((name) => name !== '{n}' && !names(other).includes(name));
        const made = names(other).filter((name) => !names(message).includes(name));
        if (lost.length + made.length > 0) faults.push(`${view} ${key}: ${[...lost, ...made].join(' ')}`);
      }
    }
    for (const key of Object.keys(ar)) if (!(key in en)) faults.push(`${view} ${key} is not in English`);
  }
  assert.deepEqual(faults, []);
});

test('an Arabic plural has all the forms that Arabic counts by', () => {
  const wanted = ['one', 'two', 'few', 'many', 'other'];
  const faults = Object.entries(views).flatMap(([view, [, ar]]) =>
    Object.entries(ar).flatMap(([key, message]) =>
      typeof message === 'string' ? [] : wanted.filter((form) => !(form in message)).map((form) => `${view} ${key}: ${form}`),
    ),
  );
  assert.deepEqual(faults, []);
});

test('no text is empty or left in English', () => {
  const faults = Object.entries(views).flatMap(([view, [, ar]]) =>
    Object.entries(ar).flatMap(([key, message]) =>
      forms(message)
        .filter((text) => text === '' || (!/[\u0600-\u06ff]/.test(text) && /[a-z]/i.test(text.replace(/\{\w+\}/g, ''))))
        .map((text) => `${view} ${key}: ${text}`),
    ),
  );
  assert.deepEqual(faults, []);
});
