/** The places that this person may go to. */
import { pathOf, routes, type Route } from '../../routes';
import { session } from '$lib/session.svelte';

export interface NavItem {
  route: Route;
  /** Below `/console`. */
  path: string;
}

export function navigation(site: string | null): NavItem[] {
  return routes.flatMap((route) => {
    if (!route.nav) return [];
    const needsSite = route.pattern.includes(':site');
    if (needsSite && site === null) return [];
    if (route.permission && !session.may(route.permission, needsSite ? (site ?? undefined) : undefined)) return [];
    return [{ route, path: pathOf(route.name, site === null ? {} : { site }) }];
  });
}
