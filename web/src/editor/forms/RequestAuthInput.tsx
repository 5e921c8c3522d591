import { Select, Stack } from "@mantine/core";
import type { RequestAuth } from "../../api/definition.ts";
import type { VariableSource } from "../model/variables.ts";
import { VariableInput } from "../VariableInput.tsx";

interface RequestAuthInputProps {
  auth: RequestAuth | undefined;
  sources: VariableSource[];
  problemAt: (place: string) => string | undefined;
  onChange: (auth: RequestAuth | undefined, at: string | null) => void;
}

const KINDS = [
  { value: "default", label: "The account for paths, else none" },
  { value: "none", label: "None" },
  { value: "bearer", label: "Bearer token" },
  { value: "basic", label: "User name and password" },
  { value: "oauthClientCredentials", label: "OAuth client credentials" },
];

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
        label="How it says who it is"
        allowDeselect={false}
        data={KINDS}
        value={kindOf(auth)}
        onChange={(kind) => onChange(startOf(kind), null)}
      />
      {typeof auth === "object" &&
        "bearer" in auth &&
        text("Token", auth.bearer, "bearer", (bearer) => ({ bearer }))}
      {typeof auth === "object" && "basic" in auth && (
        <>
          {text("User name", auth.basic.username, "basic/username", (username) => ({
            basic: { ...auth.basic, username },
          }))}
          {text("Password", auth.basic.password, "basic/password", (password) => ({
            basic: { ...auth.basic, password },
          }))}
        </>
      )}
      {typeof auth === "object" &&
        "oauthClientCredentials" in auth &&
        CLIENT_FIELDS.map(([name, label]) => (
          <div key={name}>
            {text(
              label,
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

const CLIENT_FIELDS = [
  ["tokenUrl", "Address of the token"],
  ["clientId", "Client id"],
  ["clientSecret", "Client secret"],
  ["scope", "Scopes"],
] as const;

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
