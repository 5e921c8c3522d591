/** Code to copy, filled with what the server knows: never a placeholder for an id. */
import type { JsonObject } from "../../api/json.ts";
import { quoted } from "../runs/curl.ts";

export interface SampleFacts {
  publicUrl: string;
  projectId: string;
  eventName: string;
  payload: JsonObject;
  token?: string;
}

export function installSample(publicUrl: string): string {
  return `npm install ${publicUrl}/sdk/linchpin-connect.tgz`;
}

export function authenticateSample({ publicUrl, projectId }: SampleFacts): string {
  return `import { linchpin } from "@linchpin/connect";

linchpin.configure({ baseUrl: "${publicUrl}" });

// Your backend answers the signed-in user's token. A function, so that the SDK can renew it.
await linchpin.authenticate("${projectId}", () =>
  fetch("/api/linchpin-token").then((answer) => answer.text()),
);`;
}

export function nodeTokenSample({ projectId }: SampleFacts): string {
  return `import { readFileSync } from "node:fs";
import jwt from "jsonwebtoken";

const privateKey = process.env.LINCHPIN_PRIVATE_KEY ?? readFileSync("private-key.pem", "utf8");

export function linchpinToken(userId) {
  return jwt.sign({ sub: userId, aud: "linchpin/${projectId}" }, privateKey, {
    algorithm: "RS256",
    expiresIn: "1h", // iat is set by the library
  });
}`;
}

export function pythonTokenSample({ projectId }: SampleFacts): string {
  return `import os, time
import jwt  # pip install pyjwt[crypto]

def linchpin_token(user_id: str) -> str:
    now = int(time.time())
    claims = {"sub": user_id, "aud": "linchpin/${projectId}", "iat": now, "exp": now + 3600}
    return jwt.encode(claims, os.environ["LINCHPIN_PRIVATE_KEY"], algorithm="RS256")`;
}

export function connectSample(type: string): string {
  return `<button onclick="linchpin.connect('${type}')">Connect</button>

// or from code, in a click:
linchpin.connect("${type}");`;
}

export function sdkEventSample({ eventName, payload }: SampleFacts): string {
  return `await linchpin.event(${JSON.stringify(eventName)}, ${JSON.stringify(payload, null, 2)});`;
}

export function curlSample({ publicUrl, projectId, eventName, payload, token }: SampleFacts): string {
  const body = JSON.stringify({ name: eventName, payload });
  return `curl -X POST ${publicUrl}/projects/${projectId}/sdk/events/trigger \\
  -H "Authorization: Bearer ${token ?? "$USER_TOKEN"}" \\
  -H "Content-Type: application/json" \\
  -d ${quoted(body)}`;
}

export function nodeEventSample({ publicUrl, projectId, eventName, payload }: SampleFacts): string {
  return `await fetch("${publicUrl}/projects/${projectId}/sdk/events/trigger", {
  method: "POST",
  headers: {
    Authorization: \`Bearer \${linchpinToken(userId)}\`,
    "Content-Type": "application/json",
  },
  body: JSON.stringify({
    name: ${JSON.stringify(eventName)},
    payload: ${JSON.stringify(payload, null, 2).replaceAll("\n", "\n    ")},
  }),
});`;
}

export function pythonEventSample({ publicUrl, projectId, eventName, payload }: SampleFacts): string {
  return `import requests

requests.post(
    "${publicUrl}/projects/${projectId}/sdk/events/trigger",
    headers={"Authorization": f"Bearer {linchpin_token(user_id)}"},
    json={
        "name": ${JSON.stringify(eventName)},
        "payload": ${pythonLiteral(payload)},
    },
).raise_for_status()`;
}

/** JSON's three words are spelt differently in Python. */
function pythonLiteral(value: unknown): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value)
      .map(([name, item]) => `${JSON.stringify(name)}: ${pythonLiteral(item)}`)
      .join(", ")}}`;
  }
  return JSON.stringify(value);
}
