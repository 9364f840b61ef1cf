/**
 * CodeMirror for rule files. It stands in a shadow root: there its styles are constructable sheets, which the console's
 * policy allows, while a `<style>` in the page would be refused.
 */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionContext } from '@codemirror/autocomplete';
import { defaultKeymap, indentWithTab } from '@codemirror/commands';
import { HighlightStyle, StreamLanguage, bracketMatching, codeFolding, foldGutter, foldService, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { toml } from '@codemirror/legacy-modes/mode/toml';
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic as Mark } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Annotation, EditorState, type Extension } from '@codemirror/state';
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { difference } from '../bytes';
import { complete, meaning, type Known } from './complete';

export interface Problem {
  from: number;
  to: number;
  severity: 'error' | 'warning' | 'hint';
  message: string;
  fixes: { title: string; run: () => void }[];
}

export interface TextOptions {
  parent: HTMLElement;
  text: string;
  label: string;
  readonly: boolean;
  /** The editor's own words in the reader's language, by their English ones. */
  phrases: Record<string, string>;
  known: () => Known;
  onchange: (text: string) => void;
  /** The line, from 1, in which the cursor stands. */
  oncursor: (line: number) => void;
  undo: () => void;
  redo: () => void;
}

export interface TextView {
  /** Shows another text; where it is mostly the same, the cursor stays. */
  show(text: string): void;
  mark(problems: readonly Problem[]): void;
  /** Goes to a line and column, from 1. */
  goto(line: number, column: number): void;
  focus(): void;
  destroy(): void;
}

/** Of a change that came from outside, which is no news to the outside. */
const fromOutside = Annotation.define<boolean>();

const colours = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--text-3)', fontStyle: 'italic' },
  { tag: tags.string, color: 'var(--good)' },
  { tag: [tags.number, tags.bool, tags.atom], color: 'var(--accent)' },
  { tag: tags.propertyName, color: 'var(--text)' },
  { tag: [tags.heading, tags.typeName, tags.bracket], color: 'var(--accent-strong)', fontWeight: '600' },
]);

export const looks = EditorView.theme({
  '&': { blockSize: '100%', color: 'var(--text)', backgroundColor: 'var(--surface)', fontSize: '13px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--accent)', paddingBlock: '10px' },
  '.cm-cursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--text-3)', border: 'none', borderInlineEnd: '1px solid var(--line)' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--hover)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': { backgroundColor: 'var(--accent-soft)' },
  '.cm-selectionMatch, .cm-searchMatch': { backgroundColor: 'var(--warn-soft)', outline: '1px solid var(--line-strong)' },
  '.cm-matchingBracket': { backgroundColor: 'var(--accent-soft) !important', outline: '1px solid var(--accent-line)' },
  '.cm-tooltip': { border: '1px solid var(--line)', borderRadius: '8px', backgroundColor: 'var(--raised)', color: 'var(--text)', boxShadow: 'var(--shadow-2)', fontFamily: 'var(--font)', fontSize: '13px', maxInlineSize: 'min(420px, 86vw)' },
  '.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent-soft)', color: 'var(--accent-strong)' },
  '.cm-completionDetail': { color: 'var(--text-3)', fontStyle: 'normal' },
  '.cm-completionInfo': { padding: '8px 10px' },
  '.cm-meaning': { padding: '8px 10px', display: 'grid', gap: '4px' },
  '.cm-meaning code': { fontFamily: 'var(--mono)', fontSize: '12px', color: 'var(--text-2)' },
  '.cm-diagnostic': { padding: '6px 10px', borderInlineStart: '3px solid var(--line-strong)' },
  '.cm-diagnostic-error': { borderInlineStartColor: 'var(--bad)' },
  '.cm-diagnostic-warning': { borderInlineStartColor: 'var(--warn)' },
  '.cm-diagnosticText': { display: 'block', unicodeBidi: 'plaintext' },
  '.cm-diagnosticAction': { padding: '3px 9px', margin: '6px 8px 0 0', border: '1px solid var(--accent-line)', borderRadius: '6px', backgroundColor: 'var(--accent-soft)', color: 'var(--accent-strong)', font: 'inherit', cursor: 'pointer' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--bad)', textUnderlineOffset: '3px' },
  '.cm-lintRange-warning': { backgroundImage: 'none', textDecoration: 'underline wavy var(--warn)', textUnderlineOffset: '3px' },
  '.cm-lintRange-info': { backgroundImage: 'none', textDecoration: 'underline dotted var(--text-3)', textUnderlineOffset: '3px' },
  '.cm-panels': { backgroundColor: 'var(--sunken)', color: 'var(--text)', borderColor: 'var(--line)' },
  '.cm-panel input, .cm-panel button': { font: 'inherit', color: 'inherit', backgroundColor: 'var(--surface)', backgroundImage: 'none', border: '1px solid var(--line-strong)', borderRadius: '6px' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--sunken)', border: '1px solid var(--line)', color: 'var(--text-2)' },
});

/** An entry folds from its header to the line before the next. */
const entries = foldService.of((state, start) => {
  const line = state.doc.lineAt(start);
  if (!/^\[/.test(line.text)) return null;
  let last = line.number;
  for (let n = line.number + 1; n <= state.doc.lines; n++) {
    const text = state.doc.line(n).text;
    if (/^\[/.test(text) || (/^#/.test(text) && state.doc.line(n - 1).text === '')) break;
    if (text.trim() !== '') last = n;
  }
  return last > line.number ? { from: line.to, to: state.doc.line(last).to } : null;
});

export const language: Extension = [StreamLanguage.define(toml), syntaxHighlighting(colours), bracketMatching(), looks];

function offers(known: () => Known) {
  return (context: CompletionContext) => {
    const text = context.state.doc.toString();
    const found = complete(text, context.pos, known());
    if (found === null || (!context.explicit && found.from === context.pos && !/["'[{,=]\s*$/.test(text.slice(Math.max(0, context.pos - 4), context.pos)))) return null;
    const types = { table: 'namespace', key: 'property', field: 'variable', operator: 'keyword', value: 'constant' } as const;
    return {
      from: found.from,
      validFor: /^[\w.-]*$/,
      options: found.options.map(({ label, doc, detail, kind, insert }) => ({ label, type: types[kind], ...(detail && { detail }), ...(doc && { info: doc }), ...(insert !== label && { apply: insert }) })),
    };
  };
}

const hover = (known: () => Known) =>
  hoverTooltip((view, at) => {
    const found = meaning(view.state.doc.toString(), at, known());
    if (found === null) return null;
    return {
      pos: found.from,
      end: found.to,
      create: () => {
        const dom = document.createElement('div');
        dom.className = 'cm-meaning';
        const line = (tag: string, text: string) => text !== '' && dom.appendChild(Object.assign(document.createElement(tag), { textContent: text }));
        line('strong', found.title);
        line('span', found.doc);
        line('code', found.more);
        return { dom };
      },
    };
  });

export function mount(options: TextOptions): TextView {
  const root = options.parent.shadowRoot ?? options.parent.attachShadow({ mode: 'open' });
  const { undo, redo } = options;
  const way = [
    { key: 'Mod-z', preventDefault: true, run: () => (undo(), true) },
    { key: 'Mod-y', preventDefault: true, run: () => (redo(), true) },
    { key: 'Mod-Shift-z', preventDefault: true, run: () => (redo(), true) },
  ];
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        lineNumbers(), highlightActiveLineGutter(), foldGutter(), codeFolding(), entries, drawSelection(), highlightActiveLine(), highlightSelectionMatches(),
        language, indentUnit.of('  '), EditorState.tabSize.of(2), EditorView.lineWrapping, closeBrackets(), lintGutter(), search({ top: true }),
        autocompletion({ override: [offers(options.known)], activateOnTyping: true }), hover(options.known),
        keymap.of([...way, ...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...lintKeymap, ...defaultKeymap, ...(options.readonly ? [] : [indentWithTab])]),
        EditorState.readOnly.of(options.readonly), EditorView.editable.of(!options.readonly), EditorState.phrases.of(options.phrases),
        EditorView.contentAttributes.of({ 'aria-label': options.label, tabindex: '0' }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !update.transactions.some((one) => one.annotation(fromOutside))) options.onchange(update.state.doc.toString());
          if (update.selectionSet || update.docChanged) options.oncursor(update.state.doc.lineAt(update.state.selection.main.head).number);
        }),
      ],
    }),
  });
  return handle(view);
}

function handle(view: EditorView): TextView {
  return {
    show(text) {
      const change = difference(view.state.doc.toString(), text);
      if (change) view.dispatch({ changes: change, annotations: fromOutside.of(true) });
    },
    mark(problems) {
      const length = view.state.doc.length;
      const marks: Mark[] = problems.map((one) => ({
        from: Math.min(one.from, length),
        to: Math.min(Math.max(one.to, one.from), length),
        severity: one.severity === 'hint' ? 'info' : one.severity,
        message: one.message,
        actions: one.fixes.map((fix) => ({ name: fix.title, apply: fix.run })),
      }));
      view.dispatch(setDiagnostics(view.state, marks));
    },
    goto(line, column) {
      const found = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines));
      const at = Math.min(found.from + Math.max(0, column - 1), found.to);
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}
