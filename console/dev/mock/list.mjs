/** Filters, order and groups of the list, as the service understands them. */

const value = {
  last_seen: (row) => row.last_seen,
  started: (row) => row.started_at ?? 0,
  page_views: (row) => row.page_views,
  visits: (row) => row.sessions,
  on_page: (row) => -(row.page?.opened_at ?? 0),
  user: (row) => row.user_id ?? '',
  page: (row) => row.path.at(-1)?.path ?? '',
  country: (row) => row.arrival?.country ?? '',
  city: (row) => row.arrival?.city ?? '',
  source: (row) => row.arrival?.source ?? '',
  chat: (row) => row.chat,
  invitation: (row) => row.invitation,
};

const compare = (a, b) => (typeof a === 'string' ? (a < b ? -1 : a > b ? 1 : 0) : a - b);

function fits(row, params) {
  const is = (name, actual) => !params.get(name) || params.get(name) === String(actual ?? '');
  const q = params.get('q')?.toLowerCase();
  return (
    (params.get('presence') === 'here' ? row.presence !== 'left' : is('presence', row.presence)) && is('chat', row.chat) && is('invitation', row.invitation) &&
    is('page_type', row.page?.page_type) && is('country', row.arrival?.country) && is('channel', row.arrival?.channel) &&
    is('device', row.arrival?.device) && is('returning', row.sessions > 1) &&
    (params.get('tag') ?? '').split(',').every((tag) => !tag || row.tags.includes(tag)) &&
    (!params.get('stage') || row.scores.some((score) => score.stage === params.get('stage'))) &&
    (!q || [row.id, row.user_id, row.name, row.company, row.page?.url, row.page?.title, row.arrival?.city].some((text) => text?.toLowerCase().includes(q)))
  );
}

const groups = {
  page_type: (row) => row.page?.page_type,
  country: (row) => row.arrival?.country,
  channel: (row) => row.arrival?.channel,
  device: (row) => row.arrival?.device,
  presence: (row) => row.presence,
  stage: (row) => row.scores[0]?.stage,
};

/** Everybody who fits, in order, and how many each group has. */
export function list(world, params) {
  const sort = params.get('sort') || '-score.buy';
  const down = sort.startsWith('-') ? -1 : 1;
  const name = sort.replace(/^-/, '');
  const of = name.startsWith('score.') ? (row) => row.scores.find((score) => `score.${score.name}` === name)?.value ?? 0 : (value[name] ?? value.last_seen);
  const rows = [...world.rows.values()].filter((row) => fits(row, params));
  const by = groups[params.get('group')];
  const sizes = new Map();
  if (by) for (const row of rows) sizes.set(by(row) ?? '', (sizes.get(by(row) ?? '') ?? 0) + 1);
  rows.sort((a, b) => {
    if (by) {
      const [x, y] = [by(a) ?? '', by(b) ?? ''];
      if (x !== y) return (sizes.get(y) ?? 0) - (sizes.get(x) ?? 0) || (x < y ? -1 : 1);
    }
    return compare(of(a), of(b)) * down || (a.id < b.id ? -1 : 1);
  });
  const by_group = [...sizes].map(([name, n]) => ({ name: name || null, n })).sort((a, b) => b.n - a.n || (a.name < b.name ? -1 : 1));
  return { rows, counts: by ? { by_group } : {} };
}
