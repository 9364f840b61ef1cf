/**
 * How smoothly a list of 100,000 visitors scrolls while 250 rows a second change: frame times in Chromium, without a
 * graphics card, beside those of a page that has nothing to do. Prints one line of JSON, times in milliseconds:
 * `{"bare":{"p50","p99"},"list":{"p50","p99","worst","blank"}}`; `blank` is the share of looks at which the line below
 * the middle had no row yet.
 */
import { launch, open } from '../dev/browser.mjs';
import { serve } from '../dev/mock/server.mjs';
import { World } from '../dev/mock/world.mjs';

const VISITORS = 100_000;
const SECONDS = 10;

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

/** Frame times while a wheel is turned over what is scrolled, from outside, as by a hand. */
async function measured(page, scrolled) {
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
    return { times: times.slice(5).sort((a, b) => a - b), blank: blank / looks };
  }, SECONDS);
  let turning = true;
  const turn = (async () => {
    await page.mouse.move(800, 600);
    for (let step = 0; turning; step++) {
      // Down, now and then up again, and at times a leap by the scroll bar.
      await page.mouse.wheel(0, step % 40 > 30 ? -240 : 240);
      if (step % 90 === 89) await page.evaluate((of) => document.querySelector(of).scrollTo(0, Math.random() * 5_000_000), scrolled);
    }
  })();
  const { times, blank } = await measuring;
  turning = false;
  await turn;
  const part = (share) => Number(times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1));
  return { p50: part(0.5), p99: part(0.99), worst: part(1), blank: Number(blank.toFixed(3)) };
}

const mock = await serve({ visitors: 10, changes: 0, stream: prepared() });
const browser = await launch();
const { page } = await open(browser);
await page.setContent('<main style="block-size:100vh;overflow:auto"><p style="block-size:6000000px">nothing</p></main>');
const bare = await measured(page, 'main');
await page.goto(`${mock.url}/console/sites/shop/live`);
await page.locator('[role=row][aria-selected] .name').first().waitFor();
const list = await measured(page, 'div.live');
console.log(JSON.stringify({ bare: { p50: bare.p50, p99: bare.p99 }, list }));
await browser.close();
await mock.close();
