import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { like } from './like';
import type { PageView, TimelineEntry } from '../src/wire/visitor';
import { ofDecisions, ofInvitations, visits } from '../src/views/visitor/timeline';

const MIN = 60_000;

const view = (at: number, url: string, page?: string): TimelineEntry =>
  ({ at, type: 'page_view', url, name: null, data: { title: url }, ...(page && { page }) }) as TimelineEntry;
const engage = (at: number, active_ms: number, scroll: number, page?: string): TimelineEntry =>
  ({ at, type: 'engage', url: null, name: null, data: { active_ms, scroll }, ...(page && { page }) }) as TimelineEntry;
const custom = (at: number, name: string): TimelineEntry => ({ at, type: 'custom', url: null, name, data: {} });
const told = (...oldestFirst: TimelineEntry[]): TimelineEntry[] => oldestFirst.toReversed();

describe('visits', () => {
  it('gathers what was read on a page, whatever the order of reports', () => {
    const [visit] = visits(told(view(0, '/a'), engage(5_000, 4_000, 60), engage(9_000, 3_000, 20)), [], []);
    like(visit?.pages[0], { url: '/a', activeMs: 4_000, scroll: 60, until: 9_000, tab: null });
  });

  it('puts happenings on the page on which they happened, newest first', () => {
    const [visit] = visits(told(view(0, '/a'), custom(1, 'x'), custom(2, 'y'), view(3, '/b'), custom(4, 'z')), [], []);
    assert.deepEqual(visit?.pages.map((page) => page.url), ['/b', '/a']);
    assert.deepEqual(visit?.pages[1]?.happenings.map((one) => one.name), ['y', 'x']);
  });

  it('tells tabs apart when pages say which they are', () => {
    const [visit] = visits(
      told(view(0, '/a', 'p1'), view(1_000, '/b', 'p2'), engage(5_000, 4_000, 10, 'p1'), engage(6_000, 2_000, 20, 'p2'), view(9_000, '/c', 'p3')),
      [],
      [],
    );
    assert.deepEqual(visit?.pages.map(({ url, tab, activeMs }) => [url, tab, activeMs]), [
      ['/c', 1, 0],
      ['/b', 2, 2_000],
      ['/a', 1, 4_000],
    ]);
  });

  it('tells each step of a conversation once, whoever told of it', () => {
    const chat = (at: number, state: string, more: Record<string, unknown> = {}): TimelineEntry => ({ at, type: 'chat', url: null, name: null, data: { state, ...more } });
    const steps = (...oldestFirst: TimelineEntry[]) =>
      visits(told(view(0, '/a'), ...oldestFirst), [], [])[0]?.pages[0]?.happenings.toReversed().map(({ data }) => data);
    assert.deepEqual(
      steps(
        chat(1_000, 'queued'), chat(1_200, 'requested', { chat: 'c1' }), chat(8_000, 'chatting'),
        chat(9_000, 'first_reply', { chat: 'c1', agent: 'noor', first_response_ms: 7_800 }), chat(60_000, 'ended'),
        chat(61_000, 'ended', { chat: 'c1' }), chat(70_000, 'rated', { chat: 'c1', rating: 5 }),
      ),
      [
        { state: 'requested', chat: 'c1' },
        { state: 'started', chat: 'c1', agent: 'noor', first_response_ms: 7_800 },
        { state: 'ended', chat: 'c1' },
        { state: 'rated', chat: 'c1', rating: 5 },
      ],
    );
    // A reply that comes later than the beginning is told by itself, and so is another conversation.
    const two = steps(chat(0, 'started', { chat: 'a' }), chat(20_000, 'first_reply', { chat: 'a' }), chat(30_000, 'missed', { chat: 'a' }), chat(31_000, 'ended'), chat(40_000, 'queued'), chat(50_000, 'started', { chat: 'b' }));
    assert.deepEqual(two?.map((data) => data['state']), ['started', 'first_reply', 'missed', 'requested', 'started']);
  });

  it('begins another visit after half an hour of silence', () => {
    const found = visits(told(view(0, '/a'), view(31 * MIN, '/b'), engage(50 * MIN, 1, 1), view(70 * MIN, '/c')), [], []);
    assert.deepEqual(found.map((visit) => visit.pages.map((page) => page.url)), [['/c', '/b'], ['/a']]);
  });

  it('takes no note or tag for a visit', () => {
    const note: TimelineEntry = { at: 90 * MIN, type: 'note', url: null, name: null, data: { by: 'noor', text: 'called' } };
    const found = visits(told(view(0, '/a'), note), [], []);
    assert.equal(found.length, 1);
    assert.equal(found[0]?.endedAt, 0);
    like(found[0]?.pages[0]?.happenings[0], { kind: 'note', data: { by: 'noor', text: 'called' } });
  });

  it('knows the page types of the pages that are still known', () => {
    const known: PageView = { url: '/a', title: null, page_type: 'pricing', opened_at: 0, active_ms: 700, scroll: 9, attended: true, closed: false };
    const [visit] = visits(told(view(0, '/a')), [], [known]);
    like(visit?.pages[0], { pageType: 'pricing', isOpen: true, activeMs: 700 });
  });
});

describe('what is woven in', () => {
  it('says of invitations what the visitor did not', () => {
    const base = { id: 'i', trigger: 't', variant: null, offered_at: 1 };
    const kinds = (state: 'ignored' | 'accepted', made_by?: 'agent'): string[] =>
      ofInvitations([{ ...base, state, settled_at: 5, ...(made_by && { made_by }) }]).map((one) => one.kind);
    assert.deepEqual(kinds('ignored'), ['offered', 'settled']);
    assert.deepEqual(kinds('accepted'), ['offered']);
    assert.deepEqual(kinds('ignored', 'agent'), ['settled']);
  });

  it('takes stages and suppressions from the decision log', () => {
    const of = { visitor: 'v', session: null, rule_set: 'r' };
    const found = ofDecisions([
      { ...of, at: 1, kind: 'stage', score: 'buy', to: 'warm' },
      { ...of, at: 2, kind: 'suppressed', trigger: 't', why: 'no_agent' },
      { ...of, at: 3, kind: 'offered', trigger: 't' },
    ]);
    assert.deepEqual(found.map((one) => one.kind), ['stage', 'suppressed']);
  });
});
