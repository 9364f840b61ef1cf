/** What a problem is called in the reader's language. The service's own words stand below, for whoever can use them. */
import { Problem } from './api';
import { has, t } from './i18n';

export function problemText(problem: Problem): { title: string; detail: string } {
  const key = `problem.${problem.kind}`;
  if (has(key)) return { title: t(key), detail: problem.detail };
  if (problem.status >= 500) return { title: t('problem.internal'), detail: problem.detail };
  return { title: problem.title || t('problem.other'), detail: problem.detail };
}

/** The same in one line, for a toast. */
export function problemLine(why: unknown): string {
  const { title, detail } = problemText(Problem.of(why));
  return detail ? `${title}: ${detail}` : title;
}
