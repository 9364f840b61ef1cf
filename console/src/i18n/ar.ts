/** Everything in Arabic. */
import account from './account.ar';
import chat from './chat.ar';
import common from './common.ar';
import install from './install.ar';
import join from './join.ar';
import live from './live.ar';
import overview from './overview.ar';
import people from './people.ar';
import problem from './problem.ar';
import reports from './reports.ar';
import rewind from './rewind.ar';
import setup from './setup.ar';
import signin from './signin.ar';
import studio from './studio.ar';
import versions from './versions.ar';
import visitor from './visitor.ar';
import webhooks from './webhooks.ar';
import words from './words.ar';

export default {
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
