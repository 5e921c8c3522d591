// Node.js, without packages. With the package jsonwebtoken it is one call: see docs/user-tokens.md.
import { createSign } from "node:crypto";

const project = process.env.LINCHPIN_PROJECT_ID;
const key = process.env.LINCHPIN_SIGNING_KEY.replaceAll("\\n", "\n");
const userId = process.argv[2];

const encode = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");
const now = Math.floor(Date.now() / 1000);
const claims = { sub: userId, aud: `linchpin/${project}`, iat: now, exp: now + 3600 };
const content = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
console.log(`${content}.${createSign("RSA-SHA256").update(content).sign(key, "base64url")}`);
