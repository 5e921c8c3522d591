/**
 * A text field that may hold variables. `{{` opens the menu at the caret; what is chosen stands in the
 * text as a chip.
 */
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { EditorState, Prec, Transaction } from "@codemirror/state";
import { EditorView, keymap, placeholder as placeholderText } from "@codemirror/view";
import { ActionIcon, Button, Input, Tooltip } from "@mantine/core";
import { Braces, Wand } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import type { Json } from "../api/json.ts";
import { variablesText } from "../texts/variables.tsx";
import { afterPress } from "../ui/afterPress.ts";
import { codeTheme } from "../ui/codeTheme.ts";
import { useReadOnly } from "../ui/readOnly.ts";
import { chips, oneLine, setSources } from "./chips.ts";
import { completeJson } from "./completeJson.ts";
import { Evaluation } from "./Evaluation.tsx";
import { suggestionFor, withSuggestion } from "./model/suggest.ts";
import { expressions, openAt, writeExpression, writeReference } from "./model/template.ts";
import { chipFor, type VariableSource } from "./model/variables.ts";
import classes from "./VariableInput.module.css";
import { type MenuKey, VariableMenu } from "./VariableMenu.tsx";

const texts = variablesText.field;

interface VariableInputProps {
  label: string;
  value: string;
  sources: VariableSource[];
  onChange: (text: string) => void;
  required?: boolean;
  description?: string | null;
  placeholder?: string | null;
  error?: string | null;
  multiline?: boolean;
  mono?: boolean;
  /** What the field holds as JSON, for example: its names are offered. */
  jsonExample?: Json | undefined;
  /** The label is the field's name for screen readers alone. */
  hideLabel?: boolean;
}

/** Longer than a pause in typing, the autosave and its answer take together. */
const CHECKED_AFTER_MS = 1200;

interface OpenMenu {
  from: number;
  typed: string;
  left: number;
  top: number;
  bottom: number;
}

export function VariableInput(props: VariableInputProps) {
  const { label, value, sources, multiline = false, mono = false } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const [menu, setMenu] = useState<OpenMenu | null>(null);
  const [typing, setTyping] = useState(false);
  const [focused, setFocused] = useState(false);
  const pause = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const dismissed = useRef<number | null>(null);
  const pressKey = useRef<((key: MenuKey) => boolean) | null>(null);
  const changed = useRef(props.onChange);
  changed.current = props.onChange;
  const example = useRef(props.jsonExample);
  example.current = props.jsonExample;
  const initial = useRef({ value, sources, placeholder: props.placeholder });
  const id = useId();
  const readOnly = useReadOnly();

  useEffect(() => {
    if (!host.current) return;
    const press = (key: MenuKey) => () => pressKey.current?.(key) ?? false;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: initial.current.value,
        extensions: [
          Prec.highest(
            keymap.of([
              { key: "ArrowDown", run: press("down") },
              { key: "ArrowUp", run: press("up") },
              { key: "ArrowLeft", run: press("left") },
              { key: "ArrowRight", run: press("right") },
              { key: "Enter", run: press("choose") },
              { key: "Tab", run: press("choose") },
              { key: "Escape", run: press("close") },
            ]),
          ),
          history(),
          mono
            ? [
                autocompletion({ override: [completeJson(() => example.current)], icons: false }),
                keymap.of(completionKeymap),
              ]
            : [],
          chips(initial.current.sources),
          multiline ? [] : [oneLine, Prec.high(keymap.of([{ key: "Enter", run: () => true }]))],
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorView.lineWrapping,
          codeTheme,
          EditorState.readOnly.of(readOnly),
          EditorView.editable.of(!readOnly),
          initial.current.placeholder ? placeholderText(initial.current.placeholder) : [],
          EditorView.contentAttributes.of({
            "aria-label": label,
            "aria-multiline": String(multiline),
            "aria-describedby": `${id}-error`,
            ...(readOnly && { "aria-readonly": "true", tabindex: "0" }),
          }),
          EditorView.updateListener.of((update) => {
            const theirs = update.transactions.some((transaction) =>
              transaction.annotation(Transaction.remote),
            );
            if (update.docChanged && !theirs) {
              changed.current(update.state.doc.toString());
              setTyping(true);
              clearTimeout(pause.current);
              pause.current = setTimeout(() => setTyping(false), CHECKED_AFTER_MS);
            }
            if (update.focusChanged) afterPress(() => setFocused(update.view.hasFocus));
            if (update.docChanged || update.selectionSet || update.focusChanged) {
              setMenu(menuAt(update.view, dismissed));
            }
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      clearTimeout(pause.current);
      editor.destroy();
      view.current = null;
    };
  }, [label, multiline, mono, id, readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) {
      editor.dispatch({
        changes: { from: 0, to: editor.state.doc.length, insert: value },
        annotations: [Transaction.remote.of(true), Transaction.addToHistory.of(false)],
      });
    }
  }, [value]);

  useEffect(() => {
    view.current?.dispatch({ effects: setSources.of(sources) });
  }, [sources]);

  function insert(path: (string | number)[]) {
    const editor = view.current;
    if (!editor || !menu) return;
    const head = editor.state.selection.main.head;
    const after = editor.state.sliceDoc(head, head + 3);
    const closed = /^\s?\}\}/.exec(after)?.[0].length ?? 0;
    const text = writeExpression(path);
    editor.dispatch({
      changes: { from: menu.from, to: head + closed, insert: text },
      selection: { anchor: menu.from + text.length },
      userEvent: "input.complete",
    });
    editor.focus();
  }

  function close() {
    dismissed.current = menu?.from ?? null;
    setMenu(null);
  }

  function openMenu() {
    const editor = view.current;
    if (!editor) return;
    // Who was not writing in the field means its end.
    if (!editor.hasFocus) editor.dispatch({ selection: { anchor: editor.state.doc.length } });
    editor.focus();
    editor.dispatch(editor.state.replaceSelection("{{"));
  }

  // What the server found is about the text before: it waits until the new one has been checked.
  const error = (typing ? null : props.error) ?? (menu ? null : unknownName(value, sources));
  const suggestion = menu ? null : suggestionFor(value, sources);

  return (
    <Input.Wrapper
      label={props.hideLabel ? undefined : label}
      labelElement="div"
      withAsterisk={props.required ?? false}
      description={props.description}
      error={error}
      errorProps={{ id: `${id}-error` }}
    >
      <div
        className={`${classes.field} variable-field`}
        data-described={props.description ? true : undefined}
        data-invalid={error ? true : undefined}
        data-multiline={multiline || undefined}
        data-mono={mono || undefined}
      >
        <div ref={host} className={classes.editor} />
        <Tooltip label={texts.insert}>
          <ActionIcon
            className={classes.insert}
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={texts.insert}
            onClick={openMenu}
          >
            <Braces size={14} />
          </ActionIcon>
        </Tooltip>
      </div>
      {suggestion && (
        <Button
          size="compact-xs"
          variant="light"
          mt={4}
          leftSection={<Wand size={12} />}
          onClick={() => props.onChange(withSuggestion(value, suggestion))}
        >
          {texts.correct(writeReference(suggestion.path))}
        </Button>
      )}
      {focused && !menu && !error && expressions(value).length > 0 && (
        <Evaluation text={value} sources={sources} />
      )}
      {menu && (
        <VariableMenu
          sources={sources}
          typed={menu.typed}
          place={menu}
          pressKey={pressKey}
          onChoose={insert}
          onClose={close}
        />
      )}
    </Input.Wrapper>
  );
}

/** Says in words what a red chip means. */
function unknownName(text: string, sources: VariableSource[]): string | null {
  for (const { source } of expressions(text)) {
    const { problem } = chipFor(source, sources);
    if (problem) return `{{ ${source} }}: ${problem}`;
  }
  return null;
}

function menuAt(editor: EditorView, dismissed: { current: number | null }): OpenMenu | null {
  if (!editor.hasFocus) return null;
  const selection = editor.state.selection.main;
  const open = selection.empty ? openAt(editor.state.doc.toString(), selection.head) : null;
  if (!open) {
    dismissed.current = null;
    return null;
  }
  if (dismissed.current === open.from) return null;
  const box = editor.dom.getBoundingClientRect();
  return { ...open, left: box.left, top: box.top, bottom: box.bottom };
}
