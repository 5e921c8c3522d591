import { Select, Stack } from "@mantine/core";
import type { RequestAuth } from "../../api/definition.ts";
import { commonText } from "../../texts/common.ts";
import { stepFormsText } from "../../texts/stepForms.tsx";
import type { VariableSource } from "../model/variables.ts";
import { VariableInput } from "../VariableInput.tsx";

const texts = stepFormsText.auth;

interface RequestAuthInputProps {
  auth: RequestAuth | undefined;
  sources: VariableSource[];
  problemAt: (place: string) => string | undefined;
  onChange: (auth: RequestAuth | undefined, at: string | null) => void;
}

const KINDS = Object.entries(texts.kinds).map(([value, label]) => ({ value, label }));

export function RequestAuthInput({ auth, sources, problemAt, onChange }: RequestAuthInputProps) {
  const text = (label: string, value: string, at: string, next: (text: string) => RequestAuth) => (
    <VariableInput
      label={label}
      value={value}
      sources={sources}
      error={problemAt(at) ?? null}
      onChange={(typed) => onChange(next(typed), at)}
    />
  );
  return (
    <Stack gap="sm">
      <Select
        label={texts.label}
        allowDeselect={false}
        data={KINDS}
        value={kindOf(auth)}
        onChange={(kind) => onChange(startOf(kind), null)}
      />
      {typeof auth === "object" &&
        "bearer" in auth &&
        text(commonText.token, auth.bearer, "bearer", (bearer) => ({ bearer }))}
      {typeof auth === "object" && "basic" in auth && (
        <>
          {text(texts.userName, auth.basic.username, "basic/username", (username) => ({
            basic: { ...auth.basic, username },
          }))}
          {text(commonText.password, auth.basic.password, "basic/password", (password) => ({
            basic: { ...auth.basic, password },
          }))}
        </>
      )}
      {typeof auth === "object" &&
        "oauthClientCredentials" in auth &&
        CLIENT_FIELDS.map((name) => (
          <div key={name}>
            {text(
              texts.client[name],
              auth.oauthClientCredentials[name] ?? "",
              `oauthClientCredentials/${name}`,
              (typed) => ({
                oauthClientCredentials: { ...auth.oauthClientCredentials, [name]: typed },
              }),
            )}
          </div>
        ))}
    </Stack>
  );
}

const CLIENT_FIELDS = ["tokenUrl", "clientId", "clientSecret", "scope"] as const;

function kindOf(auth: RequestAuth | undefined): string {
  if (auth === undefined) return "default";
  return typeof auth === "string" ? auth : (Object.keys(auth)[0] ?? "default");
}

function startOf(kind: string | null): RequestAuth | undefined {
  switch (kind) {
    case "none":
      return "none";
    case "bearer":
      return { bearer: "" };
    case "basic":
      return { basic: { username: "", password: "" } };
    case "oauthClientCredentials":
      return { oauthClientCredentials: { tokenUrl: "", clientId: "", clientSecret: "" } };
    default:
      return undefined;
  }
}
