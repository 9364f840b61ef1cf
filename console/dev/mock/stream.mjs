/** The windowed stream: a snapshot, then at most four changes a second. */
import { list } from './list.mjs';

export function stream(world, request, response, params) {
  const from = Number(params.get('from') ?? 0);
  const count = Math.min(200, Number(params.get('rows') ?? 60));
  let offset = 1;
  let known = new Map();
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const say = (event, data) => response.write(`id: ${offset}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const look = () => {
    const all = list(world, params);
    return { ...all, window: all.rows.slice(from, from + count) };
  };
  const note = (window) => (known = new Map(window.map((row) => [row.id, JSON.stringify(row)])));
  let figuresAt = Date.now();

  const first = look();
  note(first.window);
  say('snapshot', { offset, total: first.rows.length, from, order: first.window.map((row) => row.id), rows: first.window, counts: first.counts, hot: [], figures: world.figures() });

  const tick = ({ hot }) => {
    const next = look();
    const rows = next.window.filter((row) => known.get(row.id) !== JSON.stringify(row));
    note(next.window);
    offset++;
    const due = Date.now() - figuresAt > 1_000;
    if (due) figuresAt = Date.now();
    say('change', { offset, total: next.rows.length, from, order: next.window.map((row) => row.id), rows, counts: next.counts, hot: hot.slice(0, 8), figures: due ? world.figures() : null });
  };
  world.watchers.add(tick);
  request.on('close', () => world.watchers.delete(tick));
}
