/** Whether invitations helped, when agents are short, and points that goals suggest. */
import { random } from './random.mjs';

const DAY = 86400e3;

const arm = (visitors, converted, more = {}) => ({
  visitors, converted, rate: visitors ? converted / visitors : 0, goals: converted, value: converted * 40, invitations: visitors, shown: 0, accepted: 0,
  dismissed: 0, dismissed_after_ms: null, ignored: 0, expired: 0, revoked: 0, chats: 0, missed_chats: 0, ...more,
});
const interval = (low, estimate, high) => ({ low, estimate, high });
const better = { verdict: 'better', difference: interval(0.012, 0.04, 0.07), ratio: interval(1.14, 1.61, 2.3) };
const sound = { p_value: 0.8, broken: false };

/** Everything of a trigger, from its arms. */
function trigger(id, invited, withheld, more) {
  const visitors = invited.visitors + withheld.visitors;
  const funnel = {
    eligible: visitors, withheld: withheld.visitors, suppressed: {}, offered: invited.invitations, shown: invited.shown, accepted: invited.accepted,
    dismissed: invited.dismissed, ignored: invited.ignored, expired: invited.expired, revoked: invited.revoked, chats: invited.chats,
    missed_chats: invited.missed_chats, goals: invited.goals, value: invited.value, ...more.funnel,
  };
  return {
    trigger: id, in_force: true, goals: [], within_ms: 7 * DAY, since: Date.now() - 20 * DAY, pending: 12, other_splits: 0, sample_ratio: sound, says: '', variants: [],
    holdout: 0.1, visitors, invited, withheld, verdict: null, dismissed_after: { p50_ms: invited.dismissed_after_ms, within_2s: 0, of: invited.dismissed }, by: {}, courtesy: [],
    ...more, funnel,
  };
}

const part = (value, invited, withheld, verdict, more = {}) => ({ value, visitors: invited.visitors + withheld.visitors, invited, withheld, sample_ratio: sound, verdict, says: '', ...more });
const DIVIDED = {
  page_type: [
    part('pricing', arm(2_900, 330), arm(322, 21), better),
    part('sales', arm(1_000, 84), arm(112, 8), { verdict: 'too_early', days: 41 }),
    part(null, arm(60, 6), arm(6, 0), { verdict: 'too_early', days: null }),
  ],
  lang: [part('ar', arm(2_100, 240), arm(230, 14), better), part('en', arm(1_700, 170), arm(190, 14), { verdict: 'too_early', days: 12 }), part('fr', arm(160, 10), arm(20, 1), { verdict: 'too_early', days: null })],
  device: [part('mobile', arm(2_300, 190), arm(250, 20), { verdict: 'alike', difference: interval(-0.01, 0.003, 0.014), ratio: interval(0.9, 1.03, 1.18) }), part('desktop', arm(1_600, 226), arm(184, 9), better), part('tablet', arm(60, 4), arm(6, 0), { verdict: 'too_early', days: null })],
  country: [part('SA', arm(1_900, 214), arm(210, 13), better), part('AE', arm(900, 92), arm(98, 7), { verdict: 'too_early', days: 20 }), part(null, arm(1_160, 114), arm(132, 9), { verdict: 'too_early', days: 31 }, { others: true })],
  visit: [part('new', arm(2_800, 250), arm(310, 22), { verdict: 'too_early', days: 5 }), part('returning', arm(1_160, 170), arm(130, 7), better)],
};

function effect({ mind, params, response }) {
  const wanted = (params.get('by') ?? '').split(',').filter((by) => by in DIVIDED);
  const by = Object.fromEntries(wanted.map((one) => [one, DIVIDED[one]]));
  const remark = (kind, count, of, advice) => ({ kind, count, of, share: count / of, low: count / of - 0.04, high: count / of + 0.04, advice, says: `${Math.round((count / of) * 100)} %` });
  const variant = (name, share, figures, beside_holdout, beside_first) => ({ variant: name, share, ...figures, beside_holdout, beside_first });
  const triggers = mind.empty ? [] : [
    trigger('pricing-questions', arm(3_960, 420, { shown: 3_800, accepted: 1_020, dismissed: 610, dismissed_after_ms: 8_200, ignored: 2_130, expired: 112, revoked: 48, chats: 940, missed_chats: 66 }), arm(440, 29), {
      verdict: better, by, funnel: { suppressed: { session_cap: 812, no_agent: 304, after_dismissal: 96, outbid: 41 } },
      dismissed_after: { p50_ms: 8_200, within_2s: 64, of: 610 },
      courtesy: [remark('accepted_unanswered', 66, 1_020, { part: 'policy', id: null, key: 'chat_within', from: null, to: '2m' })],
    }),
    trigger('product-questions', arm(2_050, 240, { shown: 1_960, accepted: 410, dismissed: 700, dismissed_after_ms: 1_700, ignored: 820, expired: 60, revoked: 30, chats: 395, missed_chats: 6 }), arm(229, 24), {
      verdict: { verdict: 'alike', difference: interval(-0.011, 0.004, 0.019), ratio: interval(0.9, 1.04, 1.2) },
      dismissed_after: { p50_ms: 1_700, within_2s: 287, of: 700 }, by,
      courtesy: [remark('fast_dismissals', 287, 700, { part: 'trigger', id: 'product-questions', key: 'delay', from: null, to: '10s' }), remark('too_often', 120, 280, { part: 'trigger', id: 'product-questions', key: 'cooldown', from: '1d', to: '7d' })],
      variants: [
        variant('question', 0.5, arm(1_020, 112, { shown: 980, accepted: 180, dismissed: 380, dismissed_after_ms: 1_600, ignored: 400, chats: 172 }), { verdict: 'too_early', days: 30 }, null),
        variant('advice', 0.5, arm(1_030, 128, { shown: 980, accepted: 230, dismissed: 320, dismissed_after_ms: 1_900, ignored: 420, chats: 223 }), { verdict: 'too_early', days: 22 }, { verdict: 'too_early', days: 44 }),
      ],
    }),
    trigger('home-welcome', arm(117, 4, { shown: 110, accepted: 9, dismissed: 40, dismissed_after_ms: 3_100, ignored: 61 }), arm(13, 1), { verdict: { verdict: 'too_early', days: 9 }, by }),
    trigger('national-day', arm(700, 80, { shown: 690, accepted: 160, dismissed: 90, dismissed_after_ms: 6_000, ignored: 440 }), arm(160, 16), { verdict: { verdict: 'broken_split' }, sample_ratio: { p_value: 0.000012, broken: true }, in_force: false, by }),
    trigger('help-stuck', arm(210, 12, { shown: 205, accepted: 96, dismissed: 20, dismissed_after_ms: 12_000, ignored: 89 }), arm(0, 0), { holdout: 0, sample_ratio: null, by }),
  ];
  if (params.get('format') === 'csv') {
    response.writeHead(200, { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': 'attachment; filename="ahlan-effect.csv"' });
    response.end(`trigger,visitors\r\n${triggers.map((one) => `${one.trigger},${one.visitors}`).join('\r\n')}\r\n`);
    return null;
  }
  const only = params.get('trigger');
  return { since: Date.now() - 28 * DAY, until: Date.now(), rule_set: 'da6f2eb99572045a', decisions: 9000, complete: true, left_out: 0, triggers: triggers.filter((one) => !only || one.trigger === only) };
}

function staffing({ mind }) {
  const r = random(11);
  const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const hours = weekdays.flatMap((weekday, day) => Array.from({ length: 24 }, (_, hour) => {
    const busy = mind.empty ? 0 : Math.max(0, Math.sin(((hour - 7) / 16) * Math.PI)) * (day === 4 ? 0.35 : 1);
    const offers = Math.round(busy * 44 + r.below(3) * (busy > 0 ? 1 : 0));
    const evening = busy > 0 && hour >= 18 && hour <= 21 && day !== 4;
    return {
      weekday, hour, weeks: 4, open: hour >= 9 && hour < 21, offers, held_for_capacity: evening ? 6 + r.below(9) : 0, no_agent: busy > 0 && hour >= 22 ? r.below(9) : 0,
      chats: Math.round(offers / 5), missed_chats: evening ? r.below(3) : 0, slots_mean: busy === 0 ? null : Math.round((3.2 - (evening ? 2.6 : busy)) * 10) / 10,
      reply_p75_s: offers > 8 ? (evening ? 190 : 45) + r.below(20) : null, short: evening && hour >= 19,
    };
  }));
  const short = mind.empty ? [] : weekdays.filter((_, day) => day !== 4).map((weekday, at) => ({ weekday, from: 19, until: 22, ready: 118 - at, turned_away: 31 - at, chats: 22, missed_chats: at === 0 ? 5 : 0 }));
  return { since: Date.now() - 28 * DAY, until: Date.now(), time_zone: 'Asia/Riyadh', complete: true, hours, short, says: [] };
}

function suggestions({ mind, params }) {
  const goal = params.get('goal');
  const base = { since: Date.now() - 28 * DAY, until: Date.now(), rule_set: 'da6f2eb99572045a', goal, left_out: 0, edits: [] };
  if (mind.empty || goal === 'contact') return { ...base, visitors: 310, converted: 14, rules: [], refused: { why: 'converted', need: 50, have: 14, says: 'only 14 visitors have reached the goal' } };
  const rule = (id, name, score, points, suggested, low, high, fired, fired_converted, confident = true) => ({ id, name, score, points, suggested, low, high, fired, fired_converted, confident });
  return {
    ...base, refused: null, visitors: 18_400, converted: 1_210,
    rules: [
      rule('pricing-read', 'Reads the prices', 'buy', 20, 26, 21, 31, 5_210, 660),
      rule('pricing-open', 'Opens the prices', 'buy', 10, 9, 6, 12, 8_804, 790),
      rule('checkout-open', 'Goes to the checkout', 'buy', 30, 54, 46, 63, 1_940, 580),
      rule('product-open', 'Opens a product', 'buy', 4, 4, 2, 6, 9_620, 751),
      rule('blog-only', 'Reads nothing but the blog', 'buy', -5, -9, -21, 4, 3_110, 140, false),
      rule('asks-for-terms', 'Asks for terms for <b>businesses</b>', 'fit', 25, 18, -6, 39, 41, 6, false),
    ],
  };
}

export const reports = [
  ['GET', '/v1/sites/:site/effect', effect],
  ['GET', '/v1/sites/:site/staffing', staffing],
  ['GET', '/v1/sites/:site/suggestions', suggestions],
];
