/** Every place of the console: its address, its view, who may see it, and where it stands in the navigation. */
import type { Component } from 'svelte';
import {
  type Icon,
  IconChat,
  IconInstall,
  IconLive,
  IconOverview,
  IconPeople,
  IconReports,
  IconStudio,
  IconWebhooks,
} from '$lib/icons';
import type { MessageKey } from '$lib/i18n';
import { match } from '$lib/match';
import type { Permission } from '$wire/session';

export interface Route {
  name: string;
  /** Below `/console`. `:site` is handed to the view like every other named part. */
  pattern: string;
  /** Loaded when somebody goes there. */
  view: () => Promise<{ default: Component<any> }>;
  /** Anybody may come, without the frame around it: signing in and what precedes it. */
  open?: boolean;
  permission?: Permission;
  /** The place in the navigation that it belongs to, when it is not one itself. */
  within?: string;
  nav?: { label: MessageKey; icon: Icon; group: 'work' | 'setup'; keys: string };
}

export const routes: readonly Route[] = [
  {
    name: 'live',
    pattern: '/sites/:site/live',
    view: () => import('./views/live/Live.svelte'),
    permission: 'see_visitors',
    nav: { label: 'live.title', icon: IconLive, group: 'work', keys: 'g l' },
  },
  {
    name: 'visitor',
    pattern: '/sites/:site/visitors/:id',
    view: () => import('./views/visitor/Visitor.svelte'),
    permission: 'see_visitors',
    within: 'live',
  },
  {
    name: 'rewind',
    pattern: '/sites/:site/visitors/:id/rewind',
    view: () => import('./views/rewind/Rewind.svelte'),
    permission: 'see_visitors',
    within: 'live',
  },
  {
    name: 'overview',
    pattern: '/sites/:site/overview',
    view: () => import('./views/overview/Overview.svelte'),
    permission: 'see_reports',
    nav: { label: 'overview.title', icon: IconOverview, group: 'work', keys: 'g o' },
  },
  {
    name: 'studio',
    pattern: '/sites/:site/studio',
    view: () => import('./views/studio/Studio.svelte'),
    permission: 'see_rules',
    nav: { label: 'studio.title', icon: IconStudio, group: 'work', keys: 'g s' },
  },
  {
    name: 'draft',
    pattern: '/sites/:site/studio/:draft',
    view: () => import('./views/studio/Editor.svelte'),
    permission: 'see_rules',
    within: 'studio',
  },
  {
    name: 'versions',
    pattern: '/sites/:site/versions',
    view: () => import('./views/versions/Versions.svelte'),
    permission: 'see_rules',
    within: 'studio',
  },
  {
    name: 'version',
    pattern: '/sites/:site/versions/:version',
    view: () => import('./views/versions/Versions.svelte'),
    permission: 'see_rules',
    within: 'studio',
  },
  {
    name: 'reports',
    pattern: '/sites/:site/reports',
    view: () => import('./views/reports/Reports.svelte'),
    permission: 'see_reports',
    nav: { label: 'reports.title', icon: IconReports, group: 'work', keys: 'g r' },
  },
  {
    name: 'install',
    pattern: '/sites/:site/install',
    view: () => import('./views/install/Install.svelte'),
    permission: 'set_up_site',
    nav: { label: 'install.title', icon: IconInstall, group: 'setup', keys: 'g i' },
  },
  {
    name: 'chat',
    pattern: '/sites/:site/chat',
    view: () => import('./views/chat/Chat.svelte'),
    permission: 'set_up_site',
    nav: { label: 'chat.title', icon: IconChat, group: 'setup', keys: 'g c' },
  },
  {
    name: 'webhooks',
    pattern: '/sites/:site/webhooks',
    view: () => import('./views/webhooks/Webhooks.svelte'),
    permission: 'set_up_site',
    nav: { label: 'webhooks.title', icon: IconWebhooks, group: 'setup', keys: 'g w' },
  },
  {
    name: 'webhook',
    pattern: '/sites/:site/webhooks/:id',
    view: () => import('./views/webhooks/Endpoint.svelte'),
    permission: 'set_up_site',
    within: 'webhooks',
  },
  {
    name: 'people',
    pattern: '/people',
    view: () => import('./views/people/People.svelte'),
    permission: 'manage_people',
    nav: { label: 'people.title', icon: IconPeople, group: 'setup', keys: 'g p' },
  },
  {
    name: 'account',
    pattern: '/account',
    view: () => import('./views/account/Account.svelte'),
  },
  { name: 'signin', pattern: '/signin', view: () => import('./views/signin/SignIn.svelte'), open: true },
  { name: 'setup', pattern: '/setup', view: () => import('./views/setup/SetUp.svelte'), open: true },
  { name: 'join', pattern: '/join', view: () => import('./views/join/Join.svelte'), open: true },
];


/** The place that a path leads to. */
export function find(path: string): { route: Route; params: Record<string, string> } | null {
  for (const route of routes) {
    const params = match(route.pattern, path);
    if (params) return { route, params };
  }
  return null;
}

/** A route's path with its parts filled in: `pathOf('visitor', { site, id })`. */
export function pathOf(name: string, params: Record<string, string> = {}): string {
  const pattern = routes.find((route) => route.name === name)?.pattern ?? '/';
  return pattern.replace(/:(\w+)/g, (_, part: string) => encodeURIComponent(params[part] ?? ''));
}
