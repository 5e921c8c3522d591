// The backend that Acme CRM needs: its own pages, and a user token for whoever is signed in.
// Reference code: Node alone, no packages. In a real product the user comes from your session, never from the address.
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize, sep } from "node:path";
import { fileURLToPath } from "node:url";

const { env } = process;
const PORT = Number(env.PORT ?? 4802);
const LINCHPIN_URL = (env.LINCHPIN_URL ?? "http://127.0.0.1:4800").replace(/\/+$/, "");
const SIMULATOR_URL = env.SIMULATOR_URL ?? "http://localhost:4801";
const PROJECT_ID = env.LINCHPIN_PROJECT_ID ?? fail("Set LINCHPIN_PROJECT_ID to the id of your project.");
const PUBLIC = join(dirname(fileURLToPath(import.meta.url)), "public");
const TOKEN_SECONDS = 3600;
const USERS = [
  { id: "ann", name: "Ann" },
  { id: "bob", name: "Bob" },
];

const key = signingKey();
const header = { alg: "RS256", typ: "JWT", kid: thumbprint(key) };

function signingKey() {
  const pem = env.LINCHPIN_SIGNING_KEY ?? (env.LINCHPIN_SIGNING_KEY_FILE && readFileSync(env.LINCHPIN_SIGNING_KEY_FILE, "utf8"));
  if (!pem) fail("Set LINCHPIN_SIGNING_KEY (the PEM) or LINCHPIN_SIGNING_KEY_FILE (its path) to your project's signing key.");
  // Environment files often hold the line breaks as \n.
  return createPrivateKey(pem.replaceAll("\\n", "\n"));
}

/** RFC 7638: the name under which the server knows the key. */
function thumbprint(privateKey) {
  const { e, kty, n } = createPublicKey(privateKey).export({ format: "jwk" });
  return createHash("sha256").update(JSON.stringify({ e, kty, n })).digest("base64url");
}

/** The user token: who the user is, for an hour, for this project. */
export function userToken(sub) {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { sub, aud: `linchpin/${PROJECT_ID}`, iat, exp: iat + TOKEN_SECONDS };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

function answer(request, response) {
  const url = new URL(request.url, "http://localhost");
  const json = (status, value) => {
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(value));
  };
  if (request.method !== "GET" && request.method !== "HEAD") return json(405, { message: "only GET" });
  if (url.pathname === "/api/config") {
    return json(200, { linchpinUrl: LINCHPIN_URL, projectId: PROJECT_ID, simulatorUrl: SIMULATOR_URL, users: USERS });
  }
  if (url.pathname === "/api/token") {
    const user = USERS.find(({ id }) => id === url.searchParams.get("user"));
    return user ? json(200, { token: userToken(user.id) }) : json(404, { message: "no such user" });
  }
  const name = url.pathname === "/" ? "index.html" : decodeURIComponent(url.pathname);
  const file = normalize(join(PUBLIC, name));
  if (!file.startsWith(PUBLIC + sep)) return json(404, { message: "not found" });
  try {
    const body = readFileSync(file);
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "x-content-type-options": "nosniff" });
    response.end(body);
  } catch {
    json(404, { message: "not found" });
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

createServer((request, response) => {
  try {
    answer(request, response);
  } catch {
    response.writeHead(400).end();
  }
}).listen(PORT, "127.0.0.1", () => console.log(`Acme CRM: http://localhost:${PORT}`));
