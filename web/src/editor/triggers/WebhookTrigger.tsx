import { Select, TextInput } from "@mantine/core";
import type { Webhook } from "../../api/types.ts";
import type { VariableSource } from "../model/variables.ts";
import { VariableInput } from "../VariableInput.tsx";

interface WebhookTriggerProps {
  webhook: Webhook;
  sources: VariableSource[];
  problemAt: (place: string) => string | undefined;
  set: (webhook: Webhook) => void;
}

const PROOFS = [
  { value: "none", label: "Nothing: the address is the secret" },
  { value: "header", label: "A secret in a header" },
  { value: "hmac", label: "A signature of the body" },
];

/** A call from anywhere, to an address of its own for each connected account. */
export function WebhookTrigger({ webhook, sources, problemAt, set }: WebhookTriggerProps) {
  const { header, hmac } = webhook.verify ?? {};
  const secrets = sources.filter((source) => source.kind === "secrets");
  return (
    <>
      <TextInput
        label="Name"
        required
        value={webhook.name}
        error={problemAt("name")}
        onChange={(event) => set({ ...webhook, name: event.currentTarget.value })}
      />
      <Select
        label="How a call proves where it comes from"
        allowDeselect={false}
        data={PROOFS}
        value={header ? "header" : hmac ? "hmac" : "none"}
        onChange={(kind) => set(startOf(webhook.name, kind))}
      />
      {header && (
        <>
          <TextInput
            label="Header"
            required
            placeholder="X-Token"
            value={header.name}
            error={problemAt("verify/header/name")}
            onChange={(event) =>
              set({ ...webhook, verify: { header: { ...header, name: event.currentTarget.value } } })
            }
          />
          <VariableInput
            label="Secret"
            required
            description="One of the project's secrets"
            value={header.equals}
            sources={secrets}
            error={problemAt("verify/header/equals") ?? null}
            onChange={(equals) => set({ ...webhook, verify: { header: { ...header, equals } } })}
          />
        </>
      )}
      {hmac && (
        <>
          <TextInput
            label="Header"
            required
            placeholder="X-Signature"
            value={hmac.header}
            error={problemAt("verify/hmac/header")}
            onChange={(event) =>
              set({ ...webhook, verify: { hmac: { ...hmac, header: event.currentTarget.value } } })
            }
          />
          <Select
            label="Algorithm"
            allowDeselect={false}
            data={["hmac-sha256", "hmac-sha512", "hmac-sha1"]}
            value={hmac.algorithm ?? "hmac-sha256"}
            onChange={(algorithm) =>
              algorithm && set({ ...webhook, verify: { hmac: { ...hmac, algorithm } } })
            }
          />
          <Select
            label="Written as"
            allowDeselect={false}
            data={["hex", "base64"]}
            value={hmac.encoding ?? "hex"}
            onChange={(encoding) => encoding && set({ ...webhook, verify: { hmac: { ...hmac, encoding } } })}
          />
          <TextInput
            label="What stands before it"
            placeholder="sha256="
            value={hmac.prefix ?? ""}
            onChange={(event) =>
              set({ ...webhook, verify: { hmac: { ...hmac, prefix: event.currentTarget.value } } })
            }
          />
          <VariableInput
            label="Secret"
            required
            description="One of the project's secrets"
            value={hmac.secret}
            sources={secrets}
            error={problemAt("verify/hmac/secret") ?? null}
            onChange={(secret) => set({ ...webhook, verify: { hmac: { ...hmac, secret } } })}
          />
        </>
      )}
    </>
  );
}

function startOf(name: string, kind: string | null): Webhook {
  if (kind === "header") return { name, verify: { header: { name: "", equals: "" } } };
  if (kind === "hmac") return { name, verify: { hmac: { header: "", secret: "" } } };
  return { name };
}
