/** A text of JSON or JavaScript with colours and brackets, as one labelled field. */
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState, type Text } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { Input } from "@mantine/core";
import { useEffect, useId, useRef } from "react";
import { codeTheme, highlighting } from "./codeTheme.ts";
import { completeScope, type Scope } from "./completeScope.ts";
import { useReadOnly } from "./readOnly.ts";

export interface CodeProblem {
  line: number;
  column: number;
  message: string;
}

export interface CodeFieldProps {
  label: string;
  description?: string;
  error?: string | null;
  value: string;
  onChange: (text: string) => void;
  minHeight?: number;
  language?: "json" | "javascript" | "yaml";
  /** What a checker says, at its places; lines and columns from 1. */
  problems?: readonly CodeProblem[];
  /** Names that the code has, offered as it is written. */
  scope?: Scope;
}

const LANGUAGES = { json, javascript: () => javascript(), yaml };

/** The rest of the word at a problem's place, or of the line where there is none. */
function diagnostic(doc: Text, { line, column, message }: CodeProblem): Diagnostic {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const from = Math.min(at.from + Math.max(column - 1, 0), at.to);
  const word = /^[\w.$-]+/.exec(doc.sliceString(from, at.to))?.[0].length ?? at.to - from;
  return { from, to: Math.min(from + Math.max(word, 1), at.to), severity: "error", message };
}

export function CodeField(props: CodeFieldProps) {
  const { label, description, error, value, onChange, minHeight = 160, language = "json" } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useRef(onChange);
  changed.current = onChange;
  const names = useRef<Scope | undefined>(props.scope);
  names.current = props.scope;
  const first = useRef(value);
  const id = useId();
  const readOnly = useReadOnly();

  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          lineNumbers(),
          history(),
          bracketMatching(),
          indentOnInput(),
          LANGUAGES[language](),
          lintGutter(),
          highlighting,
          codeTheme,
          autocompletion({ override: [completeScope(() => names.current ?? {})], icons: false }),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          EditorView.lineWrapping,
          EditorState.readOnly.of(readOnly),
          EditorView.editable.of(!readOnly),
          EditorView.contentAttributes.of({
            "aria-label": label,
            "aria-describedby": id,
            ...(readOnly && { "aria-readonly": "true", tabindex: "0" }),
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label, id, language, readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value]);

  const { problems } = props;
  useEffect(() => {
    const editor = view.current;
    if (!editor || !problems) return;
    const { doc } = editor.state;
    editor.dispatch(
      setDiagnostics(
        editor.state,
        problems.map((problem) => diagnostic(doc, problem)),
      ),
    );
  }, [problems]);

  return (
    <Input.Wrapper
      label={label}
      description={description}
      error={error}
      labelElement="div"
      errorProps={{ id, role: "alert" }}
    >
      <div
        ref={host}
        data-invalid={error ? true : undefined}
        className="code-field"
        style={{ minHeight, marginTop: description ? 6 : 0 }}
      />
    </Input.Wrapper>
  );
}
