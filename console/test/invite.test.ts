/** Inviting by hand, and the invitations there were. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { like } from './like';
import type { Decision } from '../src/wire/effect';
import type { Standing, TriggerNow, Truth } from '../src/wire/explain';
import type { InvitationView, TimelineEntry } from '../src/wire/visitor';
import { suggested } from '../src/views/visitor/invite';
import { past } from '../src/views/visitor/past';
import { inOrder } from '../src/views/visitor/why';

describe('words that stand ready', () => {
  const trigger = (id: string, priority: number, standing: Standing, truth: Truth, wanted: string[], fits = true): TriggerNow => ({
    id, name: id, priority, standing, says: '', page: { fits, wanted, actual: 'home' },
    condition: { kind: 'all', truth, parts: [] }, rests: [], draws: [], last_at: null, ready_at: null, next: [],
  });
  const general = trigger('payment-trouble', 90, 'waits', 'no', []);
  const ofPage = trigger('home-hello', 10, 'waits', 'no', ['home']);
  const elsewhere = trigger('help-stuck', 99, 'elsewhere', 'yes', ['help'], false);
  const best = (...triggers: TriggerNow[]) => suggested(inOrder(triggers))?.id;

  it('are those of a trigger whose conditions hold', () => {
    assert.equal(best(general, ofPage, trigger('ready', 1, 'suppressed', 'yes', [])), 'ready');
    assert.equal(best(ofPage, trigger('ready', 1, 'rests', 'yes', []), trigger('now', 1, 'invites', 'yes', [])), 'now');
  });

  it('else those that were made for such a page, and never those of a general trigger that waits', () => {
    assert.equal(best(general, elsewhere, ofPage), 'home-hello');
    assert.equal(best(general, elsewhere), undefined);
    assert.equal(best(trigger('unknown', 9, 'waits', 'unknown', [])), undefined);
    assert.equal(best(), undefined);
  });
});

describe('invitations there were', () => {
  const view = (id: string, more: Partial<InvitationView>): InvitationView =>
    ({ id, trigger: 'pricing', variant: null, state: 'accepted', offered_at: 10_000, settled_at: null, made_by: 'trigger', ...more });
  const decision = (more: Partial<Decision>): Decision => ({ at: 0, kind: 'offered', visitor: 'v', session: null, rule_set: 'r', ...more }) as Decision;

  it('say who made them, with which words, and what became of them', () => {
    const deed: TimelineEntry = { at: 50_400, type: 'invite', url: null, name: null, data: { by: 'noor', message: 'May I help?', override: 'a friend' } };
    const found = past(
      [view('a', { settled_at: 15_000 }), view('b', { trigger: '(by hand)', made_by: 'agent', state: 'offered', offered_at: 50_000 })],
      [decision({ invitation: 'a', page_type: 'pricing' }), decision({ kind: 'shown', invitation: 'a', at: 11_000 })],
      [deed],
    );
    assert.deepEqual(found.map((one) => one.id), ['b', 'a']);
    like(found[0], { trigger: null, by: 'noor', message: 'May I help?', reason: 'a friend', seenAfterMs: null, endedAfterMs: null });
    like(found[1], { trigger: 'pricing', by: null, message: null, pageType: 'pricing', seenAfterMs: 1_000, endedAfterMs: 4_000 });
  });
});
