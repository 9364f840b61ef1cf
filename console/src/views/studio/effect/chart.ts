/** One line, or one side of bars, of a chart. */
export interface Line {
  label: string;
  values: readonly (number | null)[];
  /** A colour of the theme, by its name. */
  colour: string;
  /** Bars, before or after their place. */
  side?: -1 | 1;
  stepped?: boolean;
  thin?: boolean;
  dash?: number[];
}
