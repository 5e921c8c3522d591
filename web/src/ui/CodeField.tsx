/** A text of JSON or JavaScript with colours and brackets, as one labelled field. */
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { json } from "@codemirror/lang-json";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { Input } from "@mantine/core";
import { useEffect, useId, useRef } from "react";
import { codeTheme, highlighting } from "./codeTheme.ts";
import { completeScope, type Scope } from "./completeScope.ts";

export interface CodeFieldProps {
  label: string;
  description?: string;
  error?: string | null;
  value: string;
  onChange: (text: string) => void;
  minHeight?: number;
  language?: "json" | "javascript";
  /** Names that the code has, offered as it is written. */
  scope?: Scope;
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
          language === "json" ? json() : javascript(),
          highlighting,
          codeTheme,
          autocompletion({ override: [completeScope(() => names.current ?? {})], icons: false }),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label, "aria-describedby": id }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label, id, language]);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
    }
  }, [value]);

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
