/**
 * How smoothly a list of 100,000 visitors scrolls while 250 rows a second change: frame times in Chromium, without a
 * graphics card. Prints one line of JSON: `{"p50","p99","worst","frames","blank"}`, times in milliseconds; `blank` is the
 * share of looks at which the line below the middle had no row yet.
 */
import { launch, open } from '../dev/browser.mjs';
import { serve } from '../dev/mock/server.mjs';
import { World } from '../dev/mock/world.mjs';

const VISITORS = 100_000;
const SECONDS = 12;

/** A list that is in order already, so that the mock takes no time from the browser beside it. */
function prepared() {
  const world = new World({ visitors: VISITORS });
  const rows = [...world.rows.values()].sort((a, b) => b.scores[0].value - a.scores[0].value);
  const figures = world.figures();
  return (request, response, params) => {
    const [from, count] = [Number(params.get('from')), Number(params.get('rows'))];
    const order = rows.slice(from, from + count).map((row) => row.id);
    const common = { total: rows.length, from, counts: {}, hot: [] };
    let offset = 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const say = (event, data) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    say('snapshot', { ...common, offset, order, rows: rows.slice(from, from + count), figures });
    const timer = setInterval(() => {
      const changed = Array.from({ length: 60 }, () => rows[from + Math.floor(Math.random() * order.length)]);
      for (const row of changed) row.page_views++;
      // Somebody goes past somebody else, and the list grows and shrinks.
      const [a, b] = [1, 2].map(() => Math.floor(Math.random() * order.length));
      [order[a], order[b]] = [order[b], order[a]];
      offset++;
      say('change', { ...common, total: rows.length - (offset % 7), offset, order, rows: [...new Set(changed)], figures: offset % 4 ? null : figures });
    }, 250);
    request.on('close', () => clearInterval(timer));
  };
}

const mock = await serve({ visitors: 10, changes: 0, stream: prepared() });
const browser = await launch();
const { page } = await open(browser);
await page.goto(`${mock.url}/console/sites/shop/live`);
await page.locator('[role=row][aria-selected] .name').first().waitFor();

/** Frame times are taken in the page; the wheel is turned from outside, as by a hand. */
const measuring = page.evaluate(async (seconds) => {
  const times = [];
  let [blank, looks] = [0, 0];
  let last = performance.now();
  const end = last + seconds * 1000;
  await new Promise((done) => {
    const frame = (now) => {
      times.push(now - last);
      last = now;
      if (times.length % 8 === 0) {
        looks++;
        const line = document.elementFromPoint(innerWidth / 2, innerHeight * 0.7)?.closest('[role=row]');
        if (line?.querySelector('.waiting')) blank++;
      }
      if (now < end) requestAnimationFrame(frame);
      else done();
    };
    requestAnimationFrame(frame);
  });
  return { times: times.slice(5), blank: blank / looks };
}, SECONDS);

let turning = true;
const turn = (async () => {
  await page.mouse.move(800, 600);
  for (let step = 0; turning; step++) {
    // Down, now and then up again, and at times a leap by the scroll bar.
    await page.mouse.wheel(0, step % 40 > 30 ? -240 : 240);
    if (step % 90 === 89) await page.evaluate(() => document.querySelector('div.live').scrollTo(0, Math.random() * 5_000_000));
  }
})();
const frames = await measuring;
turning = false;
await turn;

const sorted = frames.times.sort((a, b) => a - b);
const part = (share) => Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1));
console.log(JSON.stringify({ p50: part(0.5), p99: part(0.99), worst: part(1), frames: sorted.length, blank: Number(frames.blank.toFixed(3)) }));
await browser.close();
await mock.close();
