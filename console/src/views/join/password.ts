/** What the service asks of passwords, so far as it can be said while one types. Pure. */

/** The fewest characters. */
export const SHORTEST = 12;

/** How many characters are missing. */
export const missing = (password: string): number => Math.max(0, SHORTEST - [...password].length);
