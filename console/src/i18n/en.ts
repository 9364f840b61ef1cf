/** Everything in English: one file for each view. The types of all other languages follow from it. */
import account from './account.en';
import chat from './chat.en';
import common from './common.en';
import install from './install.en';
import join from './join.en';
import live from './live.en';
import overview from './overview.en';
import people from './people.en';
import problem from './problem.en';
import reports from './reports.en';
import rewind from './rewind.en';
import setup from './setup.en';
import signin from './signin.en';
import studio from './studio.en';
import versions from './versions.en';
import visitor from './visitor.en';
import webhooks from './webhooks.en';
import words from './words.en';

const english = {
  account,
  chat,
  common,
  install,
  join,
  live,
  overview,
  people,
  problem,
  reports,
  rewind,
  setup,
  signin,
  studio,
  versions,
  visitor,
  webhooks,
  words,
};

export type English = typeof english;
export default english;
