/** Pictures of the bubble for people to judge: two languages, two themes, two sizes. */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { browser, INVITATION, World } from './support/fixture.mjs';

const OUT = fileURLToPath(new URL('../../shots/', import.meta.url));
const sizes = { desktop: { width: 1200, height: 760 }, phone: { width: 390, height: 760 } };
const invitations = {
  en: { message: 'Questions about plans? I can help you find the one that fits.' },
  ar: { lang: 'ar', dir: 'rtl', message: 'هل لديك سؤال عن الباقات؟ يسعدني أن أساعدك في اختيار الأنسب.', channel: 'phone', expected_reply_s: 1800, note: 'نعاود الاتصال بك، المدة المتوقعة: ٣٠ دقيقة' },
  mail: { message: 'We are closed right now. Leave us a line and we will answer.', channel: 'email', expected_reply_s: null, note: 'We are open again tomorrow at 09:00, and reply by e-mail' },
};

mkdirSync(OUT, { recursive: true });
for (const [language, invitation] of Object.entries(invitations))
  for (const colorScheme of ['light', 'dark'])
    for (const [size, viewport] of Object.entries(sizes)) {
      const world = await new World({ colorScheme, viewport, reducedMotion: 'reduce', deviceScaleFactor: 2 }).open();
      const page = await world.visit('/shop');
      await world.service.until(() => world.service.streams.size == 1);
      world.service.push('invitation', { ...INVITATION, ...invitation });
      await world.service.until(() => world.service.of('invitation').length == 1);
      await page.screenshot({ path: `${OUT}bubble-${language}-${colorScheme}-${size}.png` });
      await world.close();
    }
await (await browser()).close();
