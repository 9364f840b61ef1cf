/** Where the reader is, and how to get elsewhere: the address bar, nothing more. */

/** Everything lies below this. */
export const BASE = '/console';

class Place {
  /** The path below [`BASE`], such as `/sites/shop/live`. */
  path = $state('/');
  query = $state.raw(new URLSearchParams());

  constructor() {
    this.read();
    addEventListener('popstate', () => this.read());
  }

  read(): void {
    const { pathname, search } = location;
    this.path = pathname.startsWith(BASE) ? pathname.slice(BASE.length) || '/' : '/';
    this.query = new URLSearchParams(search);
  }
}

export const place = new Place();

/** The address of a path below [`BASE`], for `href`. */
export const to = (path: string) => BASE + path;

/** Goes to a path below [`BASE`]. */
export function go(path: string, how: { replace?: boolean } = {}): void {
  if (how.replace) history.replaceState(null, '', to(path));
  else history.pushState(null, '', to(path));
  place.read();
}

/** Changes the query of this place without a new entry in the history. */
export function setQuery(query: URLSearchParams): void {
  const text = query.toString();
  history.replaceState(history.state, '', to(place.path) + (text ? `?${text}` : ''));
  place.query = query;
}

/** Follows links inside the console without loading the page anew. Put on the document. */
export function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
  if (!link.pathname.startsWith(`${BASE}/`)) return;
  event.preventDefault();
  go(link.pathname.slice(BASE.length) + link.search);
}
