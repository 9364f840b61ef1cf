/** Two texts beside each other, in a shadow root as the editor's own: on the left theirs, on the right what will be saved. */
import { MergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { language } from '../text/mount';

export interface MergeOptions {
  parent: HTMLElement;
  theirs: string;
  result: string;
  labels: { theirs: string; result: string };
  phrases: Record<string, string>;
}

const looks = EditorView.theme({
  '&': { blockSize: 'auto' },
  '.cm-changedLine': { backgroundColor: 'var(--accent-soft)' },
  '.cm-changedText': { background: 'none', backgroundColor: 'var(--accent-soft)', textDecoration: 'underline', textDecorationColor: 'var(--accent)' },
  '.cm-collapsedLines': { background: 'var(--sunken)', color: 'var(--text-2)' },
});

/** Ends with the returned function. */
export function mount({ parent, theirs, result, labels, phrases }: MergeOptions): () => void {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: 'open' });
  const shown = (label: string) => [
    lineNumbers(), language, looks, EditorState.phrases.of(phrases), EditorView.lineWrapping, EditorState.readOnly.of(true), EditorView.editable.of(false), EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
  ];
  const view = new MergeView({
    root,
    parent: root,
    a: { doc: theirs, extensions: shown(labels.theirs) },
    b: { doc: result, extensions: shown(labels.result) },
    collapseUnchanged: { margin: 3, minSize: 6 },
    gutter: true,
  });
  return () => view.destroy();
}
