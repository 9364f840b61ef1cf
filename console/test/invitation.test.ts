/** The preview of an invitation: its words, its promise, and what is said about them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { hints, suits, type Judged } from '../src/views/studio/message/hints';
import { WORDS, note, type Said } from '../src/views/studio/message/note';
import { deskNow, offer, type Wish } from '../src/views/studio/message/offer';
import { invites, languagesOf, remarksOn, secondsOf, wordsFor } from '../src/views/studio/message/said';
import { sample, valuesOf } from '../src/views/studio/message/samples';
import { fieldsOf, fill, tidy } from '../src/views/studio/message/template';
import type { DepartmentNow } from '../src/wire/chat';
import type { Entry, Model, Values } from '../src/wire/studio';
import type { VisitorDetail } from '../src/wire/visitor';

const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('places in a message', () => {
  it('are filled with what is known, else with what stands after the bar', () => {
    const message = 'Hi {visitor.trait.name|there}, you have {session.page_views} {{pages}}';
    assert.equal(fill(message, () => null), 'Hi there, you have  {pages}');
    assert.equal(fill(message, (field) => (field === 'session.page_views' ? 3 : 'Sara')), 'Hi Sara, you have 3 {pages}');
    assert.deepEqual(fieldsOf(message), ['visitor.trait.name', 'session.page_views']);
    assert.equal(fill('{a| b|c}', () => null), ' b|c');
    assert.equal(fill('{a|x}', () => 49.999), '50');
    assert.equal(fill('{a|x}', () => -0.001), '0');
    assert.equal(fill('{a|x}', () => Number.NaN), 'x');
  });

  it('that are broken stand as they are written', () => {
    assert.equal(fill('Hello {visitor.trait.name, hi', () => 'Sara'), 'Hello {visitor.trait.name, hi');
    assert.equal(fill('a } b', () => null), 'a } b');
  });

  it('take one short line that cannot turn the sentence', () => {
    assert.equal(tidy('Sara\nAli'), 'Sara Ali');
    assert.equal(tidy('\u202eevil\u2069\u0000'), 'evil');
    assert.equal([...tidy('x'.repeat(1_000))].length, 64);
    assert.ok(tidy('x'.repeat(1_000)).endsWith('…'));
    assert.equal(fill('{a|there}', () => ' \u200e '), 'there');
  });
});

describe('sample visitors', () => {
  it('are known, unknown, or have the longest names', () => {
    const message = 'Hi {visitor.trait.first_name|there}';
    assert.equal(fill(message, sample('stranger', 'en')), 'Hi there');
    assert.equal(fill(message, sample('known', 'en')), 'Hi Sara');
    assert.equal(fill(message, sample('known', 'ar')), 'Hi سارة');
    assert.match(fill('{visitor.trait.x|}', sample('longest', 'en')), /^.{60,63}…$/);
    assert.equal(sample('stranger', 'en')('visitor.sessions'), 1);
  });

  it('may be real ones', () => {
    const visitor = { page: { url: 'https://x.example/a?b', title: 'A', page_type: null, scroll: 3 }, arrival: { city: 'Jeddah' }, traits: { Name: 'Omar', list: [1] }, scores: [{ name: 'buy', value: 62, max: 100, stage: 'hot' }], page_views: 4, sessions: 2 };
    const values = valuesOf(visitor as unknown as VisitorDetail);
    assert.deepEqual(['visitor.trait.name', 'visitor.trait.list', 'score.buy', 'stage.buy', 'page.path', 'visitor.city', 'visitor.sessions', 'chat.free_slots', 'visitor.nothing'].map(values), ['Omar', null, 62, 'hot', '/a', 'Jeddah', 2, 3, null]);
  });
});

describe('the promise', () => {
  const said = (more: Partial<Said>): Said => ({ channel: 'chat', expectedReplyS: null, opensAt: null, isBusy: false, ...more });
  const NOW = new Date(2026, 10, 24, 9, 0).getTime();

  it('is made in the words of the service', () => {
    const theirs = file('src/engine/note/words.rs');
    for (const words of [WORDS.en, WORDS.ar]) {
      for (const text of Object.values(words).flat()) assert.ok(theirs.includes(`"${text}"`), `the service does not say "${text}"`);
    }
    assert.equal(note(said({ expectedReplyS: 120 }), 'en-GB', NOW), 'Usually replies within 2 minutes · Chat');
    assert.equal(note(said({ expectedReplyS: 20 }), 'en', NOW), 'Usually replies within 1 minute · Chat');
    assert.equal(note(said({ expectedReplyS: 120 }), 'ar-SA', NOW), 'مدة الرد المعتادة: دقيقتان · محادثة');
    assert.equal(note(said({ channel: 'phone', expectedReplyS: 1_800 }), 'ar', NOW), 'نعاود الاتصال بك، المدة المتوقعة: ٣٠ دقيقة');
    assert.equal(note(said({ channel: 'phone', expectedReplyS: 3_601 }), 'fr', NOW), 'We call you back within 2 hours');
    assert.equal(note(said({ channel: 'email', isBusy: true }), 'en', NOW), 'Nobody is free right now. We reply by e-mail');
    assert.equal(note(said({}), 'en', NOW), 'Chat');
  });

  it('tells when somebody is there again', () => {
    const opens = (day: number, lang: string) => note(said({ channel: 'email', opensAt: new Date(2026, 10, day, 9, 0).getTime() }), lang, NOW);
    assert.equal(opens(25, 'en'), 'We are open again tomorrow at 09:00, and reply by e-mail');
    assert.equal(opens(29, 'en'), 'We are open again on Sunday at 09:00, and reply by e-mail');
    assert.equal(opens(31, 'en'), 'We are open again on 1 December at 09:00, and reply by e-mail');
    assert.equal(opens(29, 'ar'), 'نعود إلى العمل يوم الأحد الساعة ٠٩:٠٠، ونرد عليك بالبريد الإلكتروني');
  });

  const department: DepartmentNow = { name: 'sales', open: true, opens_at: null, closes_at: null, agents_online: 2, free_slots: 3, queue: 0, expected_reply_s: 48, expected_reply_from: 'measured', channel: 'chat' };
  const wish: Wish = { channel: 'chat', form: false, withinS: null };

  it('is one that can be kept', () => {
    const now = deskNow(department, wish);
    assert.equal(offer('now', wish, now, NOW)?.channel, 'chat');
    assert.equal(offer('now', wish, now, NOW)?.note('en'), 'Usually replies within 1 minute · Chat');
    assert.equal(offer('call', wish, now, NOW)?.channel, 'phone');
    assert.equal(offer('closed', wish, now, NOW), null, 'nobody is invited');
    const form = offer('closed', { ...wish, form: true }, now, NOW);
    assert.equal(form?.channel, 'email');
    assert.equal(form?.expectedReplyS, null);
    assert.equal(form?.note('en'), 'We are open again tomorrow at 09:00, and reply by e-mail');
  });

  it('is none while replies take longer than the policy allows, or no place is free', () => {
    assert.equal(offer('now', wish, deskNow({ ...department, free_slots: 0 }, wish), NOW), null);
    assert.equal(offer('now', wish, deskNow(department, { ...wish, withinS: 30 }), NOW), null);
    const busy = offer('now', { ...wish, form: true }, deskNow({ ...department, free_slots: 0 }, wish), NOW);
    assert.equal(busy?.note('en'), 'Nobody is free right now. We reply by e-mail');
    assert.equal(deskNow(null, wish).isSoon, true, 'as long as nobody has told');
  });
});

describe('what a trigger says', () => {
  const entry = (values: Values): Entry => ({ file: 'triggers.toml', index: 0, id: 'a', line: 10, end_line: 20, values });
  const message = { en: 'Questions?', ar: 'أسئلة؟' };

  it('is read from the form’s model', () => {
    const said = invites(entry({ name: 'A', page_type: 'help', invitation: { message, tone: 'help', when_closed: 'email', message_closed: { en: 'Leave a line' } } }));
    assert.deepEqual(said.pageTypes, ['help']);
    assert.deepEqual(said.ways, [{ variant: null, share: 1, words: message, tone: 'help', channel: 'chat' }]);
    assert.deepEqual(said.closed, { en: 'Leave a line' });
    assert.equal(said.offersForm, true);
  });

  it('has variants that say only what differs, and broken values do no harm', () => {
    const said = invites(entry({ page_type: ['home', 'product'], invitation: { message }, variant: [{ id: 'q' }, { id: 'o', weight: 3, tone: 'sales', message: { en: 'Offer' } }, 'nonsense'] }));
    assert.deepEqual(said.ways.map((way) => [way.variant, way.share, way.tone, Object.keys(way.words).length]), [['q', 0.25, 'welcome', 2], ['o', 0.75, 'sales', 1]]);
    assert.deepEqual(invites(entry({ invitation: 'x', variant: 3, page_type: 4 })).ways[0]?.words, {});
  });

  it('is in the language of the page, else in the default one', () => {
    assert.equal(wordsFor(message, 'ar-SA', null)?.lang, 'ar');
    assert.equal(wordsFor(message, 'fr', null)?.lang, 'en', 'the first that is written');
    assert.equal(wordsFor(message, 'fr', 'ar')?.lang, 'ar');
    assert.equal(wordsFor({}, 'fr', null), null);
  });

  const remark = { severity: 'warning' as const, code: 'selling-tone', message: '"discount" sells', pointer: '', file: 'triggers.toml', line: 12, column: 1, start: 0, end: 0 };
  const model: Model = {
    parts: [{ part: 'trigger', entries: [entry({ invitation: { message } }), { ...entry({ invitation: { message: { de: 'Fragen?' } } }), index: 1, line: 30, end_line: 40 }] }],
    broken: [],
    diagnostics: [remark, { ...remark, line: 31 }, { ...remark, at: { file: 'triggers.toml', part: 'trigger', index: 0, path: [] } }],
    counts: { errors: 0, warnings: 3, hints: 0 },
  };

  it('has the languages of the other triggers as well, and the remarks of the check', () => {
    assert.deepEqual(languagesOf(model, ['ar']), ['ar', 'en', 'de']);
    const [first] = model.parts[0]?.entries ?? [];
    assert.ok(first);
    assert.equal(remarksOn(model, first).length, 2);
    assert.equal(secondsOf('1m30s'), 90);
    assert.equal(secondsOf('soon'), null);
  });
});

describe('hints', () => {
  const judged = (more: Partial<Judged>): Judged => ({ shown: 'Still stuck? Tell me what happened.', tone: 'help', pageTypes: ['help'], measured: null, selling: [], ...more });
  const said = (more: Partial<Judged>): string[] => hints(judged(more)).map((hint) => `${hint.look} ${hint.says}`);

  it('flag a tone that sells where people look for help', () => {
    assert.deepEqual(said({}), ['good tone.fits', 'good length.fits']);
    assert.deepEqual(said({ tone: 'sales' })[0], 'warn tone.sells');
    assert.deepEqual(said({ selling: ['discount'] })[0], 'warn word.sells');
    assert.deepEqual(hints(judged({ tone: 'sales', pageTypes: ['home', 'help-billing'] }))[0]?.pages, ['help-billing']);
    assert.deepEqual(said({ tone: 'welcome' })[0], 'plain tone.other');
    assert.deepEqual(said({ tone: 'help', pageTypes: ['pricing', 'help'] })[0], 'plain tone.mixed');
    assert.deepEqual(said({ pageTypes: ['somewhere'] }), ['good length.fits']);
  });

  it('know the words for help pages that the check of the rules knows', () => {
    const theirs = /HELP_WORDS[^=]*= \[([^\]]+)\]/.exec(file('src/rules/lint/tone.rs'))?.[1] ?? '';
    const words = [...theirs.matchAll(/"(\w+)"/g)].map((found) => found[1] ?? '');
    assert.ok(words.length > 3);
    for (const word of words) assert.equal(suits(`x-${word}`), 'help');
  });

  it('judge the length by the page and by what is seen of it', () => {
    const long = 'a'.repeat(130);
    assert.ok(said({ shown: long }).includes('good length.fits'), 'who looks for help reads more');
    assert.ok(said({ shown: long, tone: 'sales', pageTypes: ['pricing'] }).includes('plain length.long'));
    assert.ok(said({ shown: 'a'.repeat(281) }).includes('warn length.over'));
    assert.ok(said({ measured: { lines: 6, scrolls: true } }).includes('warn lines.scroll'));
    assert.ok(said({ measured: { lines: 5, scrolls: false } }).includes('warn lines.many'));
    assert.deepEqual(said({ shown: ' ' }), ['warn empty']);
  });

  it('hear shouting', () => {
    assert.ok(said({ shown: 'BUY SOMETHING RIGHT NOW' }).includes('plain loud'));
    assert.ok(said({ shown: 'Really?!' }).includes('plain loud'));
    assert.ok(!said({ shown: 'Is the API of SAP OK?' }).includes('plain loud'));
  });
});
