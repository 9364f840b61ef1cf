/** Visitors of a shop that does not exist, walking about: what the live list is developed and tested against. */
import { random } from './random.mjs';

const PLACES = [
  ['SA', 'Riyadh Region', 'Riyadh', 30], ['SA', 'Makkah Region', 'Jeddah', 16], ['SA', 'Eastern Province', 'Dammam', 8],
  ['AE', 'Dubai', 'Dubai', 16], ['AE', 'Abu Dhabi', 'Abu Dhabi', 8], ['EG', 'Cairo', 'Cairo', 14], ['EG', 'Alexandria', 'Alexandria', 5],
  ['KW', null, 'Kuwait City', 6], ['QA', null, 'Doha', 5], ['BH', null, 'Manama', 3], ['OM', null, 'Muscat', 4], ['JO', null, 'Amman', 4],
  ['DE', 'Land Berlin', 'Berlin', 7], ['DE', 'Bavaria', 'Munich', 4], ['GB', 'England', 'London', 9], ['FR', 'Île-de-France', 'Paris', 5],
  ['US', 'New York', 'New York', 10], ['US', 'California', 'San Francisco', 7], ['CA', 'Ontario', 'Toronto', 3], ['BR', 'São Paulo', 'São Paulo', 3],
  ['IN', 'Karnataka', 'Bengaluru', 6], ['SG', null, 'Singapore', 3], ['JP', 'Tokyo', 'Tokyo', 3], ['AU', 'New South Wales', 'Sydney', 2],
  ['ZA', 'Gauteng', 'Johannesburg', 2], ['TR', null, 'Istanbul', 4], ['MA', null, 'Casablanca', 2], [null, null, null, 4],
].map(([country, region, city, weight]) => [{ country, region, city }, weight]);

const PAGES = [
  ['home', '/', 'Ahlan Coffee', 16], ['products', '/products', 'All coffees', 14], ['product', '/products/jabal-beans', 'Jabal beans', 12],
  ['product', '/products/hajar-grinder', 'Hajar grinder', 10], ['product', '/products/saqi-kettle', 'Saqi kettle', 8],
  ['pricing', '/pricing', 'Subscription: plans and prices', 12], ['sales', '/offices', 'Coffee for offices', 7], ['help', '/help/brewing', 'Help: brewing', 8],
  ['help', '/help/returns', 'Help: returns', 5], ['blog', '/blog/terraces-of-jazan', 'The terraces of Jazan', 6], ['contact', '/contact', 'Contact', 4],
  ['checkout', '/checkout', 'Checkout', 4],
].map(([page_type, path, title, weight]) => [{ page_type, path, title }, weight]);

const WAYS = [
  [{ channel: 'organic_search', source: 'google', medium: 'organic', referrer_host: 'google.com', campaign: null }, 30],
  [{ channel: 'direct', source: '(direct)', medium: '(none)', referrer_host: null, campaign: null }, 24],
  [{ channel: 'paid_search', source: 'google', medium: 'cpc', referrer_host: 'google.com', campaign: 'winter-blend' }, 12],
  [{ channel: 'social', source: 'instagram', medium: 'social', referrer_host: 'instagram.com', campaign: null }, 12],
  [{ channel: 'email', source: 'newsletter', medium: 'email', referrer_host: null, campaign: 'november' }, 8],
  [{ channel: 'referral', source: 'sprudge.com', medium: 'referral', referrer_host: 'sprudge.com', campaign: null }, 7],
  [{ channel: 'ai_assistant', source: 'chatgpt.com', medium: 'referral', referrer_host: 'chatgpt.com', campaign: null }, 5],
];
const MACHINES = [
  [{ device: 'desktop', browser: 'Chrome', os: 'Windows' }, 34], [{ device: 'desktop', browser: 'Safari', os: 'macOS' }, 14],
  [{ device: 'mobile', browser: 'Safari', os: 'iOS' }, 24], [{ device: 'mobile', browser: 'Chrome', os: 'Android' }, 22],
  [{ device: 'tablet', browser: 'Safari', os: 'iPadOS' }, 5], [{ device: 'tv', browser: 'Chrome', os: 'Tizen' }, 1],
];
const NAMES = ['Layla Haddad', 'Omar Al-Farsi', 'نورة القحطاني', 'Jonas Weber', 'Priya Raman', 'سالم الدوسري', 'Emma Clarke', 'Yusuf Kaya', 'Hana Sato', 'Diego Souza'];
const COMPANIES = ['Nakheel Offices', 'Bean & Co', 'شركة المدى', 'Weber Logistik', 'Harbour Hotels', 'Mizan Consulting'];
/** What somebody might try: it has to be seen as text and do nothing. */
export const HOSTILE = {
  title: '<img src=x onerror="window.hacked=1">Sale</title><script>window.hacked=1</script>',
  url: 'https://shop.example/p?x="><svg onload=window.hacked=1>',
  name: '\u202egnp.exe <b onmouseover=window.hacked=1>Mallory</b>',
  referrer: 'evil.example"><script>window.hacked=1</script>',
};

const step = (page) => ({ page_type: page.page_type, path: new URL(page.url).pathname });
const stage = (value, warm, hot) => (value >= hot ? 'hot' : value >= warm ? 'warm' : null);

export class World {
  constructor({ seed = 7, visitors = 4000 } = {}) {
    this.r = random(seed);
    this.rows = new Map();
    this.now = Date.now();
    this.per_minute = Array.from({ length: 60 }, (_, i) => Math.round(visitors * (0.78 + 0.16 * Math.sin(i / 9) + 0.004 * i)));
    this.invitations = { offered: 214, shown: 186, accepted: 41, dismissed: 63 };
    for (let i = 0; i < visitors; i++) this.arrive(this.now - this.r.below(1_500_000));
    this.#mallory();
  }

  id() {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return Array.from({ length: 22 }, () => letters[this.r.below(64)]).join('');
  }

  page(at) {
    const { page_type, path, title } = this.r.weighed(PAGES);
    return { url: `https://shop.example${path}`, title, page_type, opened_at: at, active_ms: 0, scroll: this.r.below(100), attended: true, closed: false };
  }

  arrive(at = this.now) {
    const r = this.r;
    const known = r.chance(0.06);
    const page = this.page(Math.max(at, this.now - r.below(400_000)));
    const path = Array.from({ length: r.below(4) }, () => r.weighed(PAGES)).map(({ page_type, path }) => ({ page_type, path }));
    const buy = Math.floor(r.next() ** 4 * 100);
    const row = {
      id: this.id(), user_id: known ? `customer-${r.below(9000)}` : null, verified: known && r.chance(0.5),
      name: known ? r.pick(NAMES) : null, company: known && r.chance(0.5) ? r.pick(COMPANIES) : null, tags: r.chance(0.03) ? ['vip'] : [],
      presence: r.weighed([['active', 6], ['idle', 3], ['left', 1]]), chat: r.chance(0.01) ? 'chatting' : 'none',
      invitation: r.weighed([['none', 60], ['offered', 1], ['shown', 2], ['accepted', 1], ['dismissed', 2], ['ignored', 1], ['held', 2]]),
      scores: [
        { name: 'buy', value: buy, max: 100, stage: stage(buy, 25, 60) },
        ...[Math.floor(r.next() ** 5 * 61)].map((value) => ({ name: 'help', value, max: 100, stage: stage(value, 20, 40) })),
      ],
      page, on_page_s: Math.round((this.now - page.opened_at) / 1000), page_views: path.length + 1, active_ms: r.below(300_000), started_at: at, last_seen: this.now - r.below(20_000),
      sessions: r.weighed([[1, 6], [2, 2], [3, 1], [7, 1]]), arrival: { ...r.weighed(WAYS), ...r.weighed(PLACES), network: '198.51.100.0/24', ...r.weighed(MACHINES) },
      path: [...path, step(page)],
    };
    this.rows.set(row.id, row);
    return row;
  }

  #mallory() {
    const row = this.arrive();
    Object.assign(row, { name: HOSTILE.name, company: '<i>Evil</i>', user_id: 'mallory', presence: 'active' });
    row.path = ['/', '/<svg onload=window.hacked=1>', '/p'].map((path) => ({ page_type: null, path }));
    Object.assign(row.page, { title: HOSTILE.title, url: HOSTILE.url, page_type: 'pricing' });
    Object.assign(row.arrival, { source: HOSTILE.referrer, referrer_host: HOSTILE.referrer, channel: 'referral', city: '<script>window.hacked=1</script>' });
    row.scores[0] = { name: 'buy', value: 99, max: 100, stage: 'hot' };
    this.mallory = row.id;
  }

  /** Lets `n` things happen; tells whose rows changed and who became hot. */
  live(n) {
    this.now = Date.now();
    const r = this.r;
    const ids = [...this.rows.keys()];
    const changed = new Set();
    const hot = [];
    for (let i = 0; i < n; i++) {
      if (r.chance(0.04)) changed.add(this.arrive().id);
      const id = r.pick(ids);
      const row = this.rows.get(id);
      if (!row || id === this.mallory) continue;
      changed.add(id);
      row.last_seen = this.now;
      if (row.presence === 'left') {
        this.rows.delete(id);
        continue;
      }
      const what = r.next();
      if (what < 0.45) {
        row.page = this.page(this.now);
        row.page_views++;
        row.path = [...row.path.slice(-4), step(row.page)];
        row.presence = 'active';
      } else if (what < 0.75) {
        const score = r.pick(row.scores);
        const before = score.stage;
        score.value = Math.max(0, Math.min(score.max, score.value + (score.value > 55 && r.chance(0.75) ? -20 : 4) + r.below(12)));
        score.stage = stage(score.value, score.name === 'buy' ? 25 : 20, score.name === 'buy' ? 60 : 40);
        if (score.stage === 'hot' && before !== 'hot') hot.push({ id, score: score.name, stage: 'hot', row });
      } else if (what < 0.85) row.presence = row.presence === 'active' ? 'idle' : 'active';
      else if (what < 0.88) row.invitation = { none: 'offered', offered: 'shown', shown: r.pick(['accepted', 'dismissed']) }[row.invitation] ?? row.invitation;
      else if (what < 0.9 && row.invitation === 'accepted') row.chat = row.chat === 'none' ? 'chatting' : 'ended';
      else if (what > 0.96) row.presence = 'left';
    }
    return { changed, hot };
  }

  figures() {
    const rows = [...this.rows.values()].filter((row) => row.presence !== 'left');
    const count = (of, name = 'name') => {
      const found = new Map();
      for (const row of rows) {
        const key = of(row);
        found.set(key ?? null, (found.get(key ?? null) ?? 0) + 1);
      }
      return [...found].map(([key, n]) => ({ [name]: key, n })).sort((a, b) => b.n - a.n);
    };
    const order = [null, 'warm', 'hot'];
    const stages = (score) => count((row) => row.scores.find((one) => one.name === score)?.stage, 'stage').sort((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage));
    return {
      visitors: rows.length, active: rows.filter((row) => row.presence === 'active').length, idle: rows.filter((row) => row.presence === 'idle').length,
      by_page_type: count((row) => row.page?.page_type), by_country: count((row) => row.arrival?.country, 'code'),
      by_channel: count((row) => row.arrival?.channel), by_device: count((row) => row.arrival?.device),
      by_stage: { buy: stages('buy'), help: stages('help') }, invitations: this.invitations, per_minute: [...this.per_minute.slice(0, 59), rows.length],
      agents: { online: 4, free_slots: 5 },
    };
  }
}
