/** Expressions as chips in a text: one unit for the caret, for Backspace and for the eye. */
import { EditorState, type Extension, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, WidgetType } from "@codemirror/view";
import { expressions } from "./model/template.ts";
import { type Chip, chipFor, type VariableSource } from "./model/variables.ts";

const marks: Record<Chip["kind"], string> = {
  trigger: "⚡",
  step: "▸",
  item: "↻",
  settings: "⚙",
  user: "☺",
  secrets: "🔒",
  expression: "ƒ",
};

class ChipWidget extends WidgetType {
  readonly chip: Chip;

  constructor(chip: Chip) {
    super();
    this.chip = chip;
  }

  override eq(other: ChipWidget): boolean {
    return other.chip.title === this.chip.title && other.chip.label === this.chip.label;
  }

  override toDOM(): HTMLElement {
    const element = document.createElement("span");
    element.className = "variable-chip";
    element.title = this.chip.title;
    if (this.chip.problem) element.dataset.problem = "true";
    const mark = document.createElement("span");
    mark.setAttribute("aria-hidden", "true");
    mark.className = "variable-chip-mark";
    mark.textContent = this.chip.problem ? "!" : marks[this.chip.kind];
    const label = document.createElement("span");
    label.className = "variable-chip-label";
    label.textContent = this.chip.label;
    element.append(mark, label);
    return element;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

/** Tells the field which names exist now. */
export const setSources = StateEffect.define<VariableSource[]>();

const sourcesField = StateField.define<VariableSource[]>({
  create: () => [],
  update(sources, transaction) {
    for (const effect of transaction.effects) if (effect.is(setSources)) return effect.value;
    return sources;
  },
});

const chipsField = StateField.define<DecorationSet>({
  create: (state) => build(state),
  update(chips, transaction) {
    const changed = transaction.docChanged || transaction.effects.some((effect) => effect.is(setSources));
    return changed ? build(transaction.state) : chips;
  },
  provide: (field) => [
    EditorView.decorations.from(field),
    EditorView.atomicRanges.of((view) => view.state.field(field)),
  ],
});

function build(state: EditorState): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  const sources = state.field(sourcesField);
  for (const { from, to, source } of expressions(state.doc.toString())) {
    builder.add(from, to, Decoration.replace({ widget: new ChipWidget(chipFor(source, sources)) }));
  }
  return builder.finish();
}

export function chips(sources: VariableSource[]): Extension {
  return [sourcesField.init(() => sources), chipsField];
}

/** Keeps a field on one line, whatever is pasted. */
export const oneLine: Extension = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged || transaction.newDoc.lines === 1) return transaction;
  const text = transaction.newDoc.toString().replace(/\s*\n\s*/g, " ");
  return {
    changes: { from: 0, to: transaction.startState.doc.length, insert: text },
    selection: { anchor: Math.min(transaction.newSelection.main.head, text.length) },
  };
});
