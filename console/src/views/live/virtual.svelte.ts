/** Only the lines that are on the screen exist: TanStack's virtual list, told and heard in Svelte's way. */
import { Virtualizer, elementScroll, observeElementOffset, observeElementRect, type VirtualItem } from '@tanstack/virtual-core';

export interface Shape {
  lines: number;
  /** The height of a line, in pixels. */
  height: (line: number) => number;
  /** Changes whenever a height may have changed without the number of lines changing. */
  shape: string;
  /** How far below the scrolled element's top the list begins. */
  margin: number;
}

export class Virtual {
  items = $state.raw<VirtualItem[]>([]);
  size = $state(0);
  readonly #list: Virtualizer<HTMLElement, HTMLElement>;
  #shape = '';

  constructor(scroller: () => HTMLElement | null) {
    this.#list = new Virtualizer<HTMLElement, HTMLElement>({
      count: 0,
      getScrollElement: scroller,
      estimateSize: () => 56,
      overscan: 5,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      onChange: () => this.#sync(),
    });
  }

  /** Watches the scrolled element until the returned function is called. */
  mount(): () => void {
    const stop = this.#list._didMount();
    this.#list._willUpdate();
    return stop;
  }

  set({ lines, height, shape, margin }: Shape): void {
    this.#list.setOptions({ ...this.#list.options, count: lines, estimateSize: height, scrollMargin: margin });
    if (shape !== this.#shape) this.#list.measure();
    this.#shape = shape;
    this.#list._willUpdate();
    this.#sync();
  }

  scrollTo(line: number): void {
    this.#list.scrollToIndex(line, { align: 'auto' });
  }

  #sync(): void {
    this.items = this.#list.getVirtualItems();
    this.size = this.#list.getTotalSize();
  }
}
