/** The catalogue of keys, fields and operators, read from the reference in docs/rules.md. */
import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../../../../docs/rules.md', import.meta.url), 'utf8');
const plain = (cell) => cell.replaceAll('`', '').replaceAll('**', '').trim();
/** The rows of the first table after a heading. */
function rows(heading) {
  const after = text.slice(text.indexOf(`\n${heading}\n`) + heading.length + 2);
  const table = /(?:^\|.*\n)+/m.exec(after)?.[0] ?? '';
  return table.trim().split('\n').slice(2).map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
}

const HEADS = { page_type: '### `[[page_type]]`', score: '### `[[score]]`', group: '### `[[group]]`', score_rule: '### `[[score_rule]]`', trigger: '### `[[trigger]]`', schedule: '### `schedule = { … }`', invitation: '### `[trigger.invitation]`', variant: '### `[[trigger.variant]]`', policy: '### `[policy]`', measure: '### `[measure]`', test: '### `[[test]]`', segment: '### `[[segment]]`', matrix: '### `[[matrix]]`', hours: '### `[hours]`' };

const seen = (...list) => list.map(([value, n]) => ({ value, n }));
const LATELY = {
  page_types: seen(['product', 4210], ['home', 3120], ['pricing', 1240], ['help', 980], ['blog', 720], ['sales', 310]),
  countries: seen(['SA', 5200], ['AE', 1900], ['EG', 1100], ['KW', 420], ['DE', 90], ['GB', 60]),
  sources: seen(['google', 3900], ['newsletter', 820], ['instagram', 640], ['direct', 2100]),
  campaigns: seen(['spring-roast', 410], ['national-day', 230], ['wholesale-2026', 60]),
  traits: seen(['orders', 1900], ['name', 1850], ['kind', 310]),
  events: seen(['add_to_cart', 940], ['remove_from_cart', 210], ['help_feedback', 130], ['payment_failed', 24]),
  goals: seen(['purchase', 310], ['contact', 120], ['newsletter', 75]),
  languages: seen(['ar', 6100], ['en', 3300], ['fr', 40]),
  tags: seen(['wholesale', 31], ['quiet', 12], ['vip', 9]),
  departments: seen(['sales', 0], ['support', 0]),
};
const WORDS = {
  'page.type': LATELY.page_types, 'session.page_types': LATELY.page_types, 'session.entry_type': LATELY.page_types, 'session.previous_page_type': LATELY.page_types,
  'visitor.country': LATELY.countries, 'session.source': LATELY.sources, 'session.campaign': LATELY.campaigns, 'page.lang': LATELY.languages, 'visitor.tags': LATELY.tags,
  'event.name': LATELY.events, 'visitor.device': seen(['mobile', 6800], ['desktop', 2900], ['tablet', 150]), 'session.channel': seen(['organic_search', 3100], ['direct', 2100], ['paid_search', 900], ['email', 820]),
  'chat.state': seen(['none', 9000], ['chatting', 40]), 'time.weekday': ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'].map((value) => ({ value, n: 0 })),
};

/** Of a family, the names that it is known to have. */
const NAMES = { 'session.events.<name>': LATELY.events, 'session.goals.<name>': LATELY.goals, 'visitor.trait.<name>': LATELY.traits, 'chat.free_slots_in.<department>': LATELY.departments, 'chat.open_in.<department>': LATELY.departments };

const operators = rows('## Operators').map(([name, doc]) => ({ name: plain(name), doc: plain(doc), takes: /these/.test(doc) ? 'list' : 'text' }));
const BY_TYPE = new Map();
for (const [types, list] of rows('## Operators').length ? typeRows() : []) for (const type of types) BY_TYPE.set(type, list);
function typeRows() {
  const table = text.slice(text.indexOf('| type | operators |'));
  return /(?:^\|.*\n)+/m.exec(table)[0].trim().split('\n').slice(2).map((line) => {
    const [types, list] = line.split('|').slice(1, -1);
    return [types.split(',').map((one) => one.trim()), [...list.matchAll(/`(\w+)`/g)].map((one) => one[1])];
  });
}

export const catalogue = {
  parts: Object.entries(HEADS).map(([part, heading]) => ({
    part, single: !heading.includes('[[') , doc: part.replaceAll('_', ' '),
    keys: rows(heading).map(([key, type, otherwise, doc]) => ({
      key: plain(key), doc: plain(doc), type: plain(type), required: /required/.test(otherwise), default: /\*\*required/.test(otherwise) ? null : plain(otherwise),
      choices: /^`\w+`(, `\w+`)*( or `\w+`)?(, or a list of them)?$/.test(type) ? [...type.matchAll(/`(\w+)`/g)].map((one) => one[1]) : null, unit: null,
    })),
  })),
  fields: rows('## Fields').map(([name, type, doc, example]) => {
    const plainName = plain(name);
    const at = plainName.indexOf('<');
    return { name: plainName, prefix: at < 0 ? null : plainName.slice(0, at), type: plain(type), doc: plain(doc), example: plain(example), operators: BY_TYPE.get(plain(type)) ?? ['equals', 'exists'], values: WORDS[plainName] ?? NAMES[plainName] ?? [], in_last: /^(session\.(page_views|events|goals|views)|crossed_)/.test(plainName), case_sensitive: /text|any/.test(type), needs_event: plainName.startsWith('event.'), free: !/page type|stage|word$/.test(type) };
  }),
  operators,
  seen: LATELY,
};
