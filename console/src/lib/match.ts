/** Path patterns such as `/sites/:site/visitors/:id`. Pure. */

/** The named parts of a path that fits the pattern; `null` when it does not. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.replace(/\/+$/, '').split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const is = given[i] ?? '';
    if (!part.startsWith(':')) {
      if (part !== is) return null;
      continue;
    }
    try {
      params[part.slice(1)] = decodeURIComponent(is);
    } catch {
      return null;
    }
    if (is === '') return null;
  }
  return params;
}
