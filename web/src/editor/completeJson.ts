/** Completion of names in JSON that a field expects, by the example that its connector gives. */
import type { CompletionContext, CompletionSource } from "@codemirror/autocomplete";
import type { Json } from "../api/json.ts";
import { kindOf } from "./model/example.ts";
import { namesAt } from "./model/jsonCompletion.ts";

export function completeJson(example: () => Json | undefined): CompletionSource {
  return (context: CompletionContext) => {
    const known = example();
    if (known === undefined) return null;
    const found = namesAt(context.state.sliceDoc(0, context.pos), known);
    if (!found || (!found.quoted && !context.explicit)) return null;
    const isClosed = context.state.sliceDoc(context.pos, context.pos + 1) === '"';
    return {
      from: found.from,
      options: found.names.map(({ name, example: one }) => ({
        label: name,
        type: "property",
        detail: kindOf(one),
        apply: `${found.quoted ? "" : '"'}${name}${isClosed ? "" : '": '}`,
      })),
      validFor: /^[\w$.-]*$/,
    };
  };
}
