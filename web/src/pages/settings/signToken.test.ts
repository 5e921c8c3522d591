// @vitest-environment node
import { createVerify, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { signToken } from "./signToken.ts";

const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
const pkcs8 = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const pkcs1 = pair.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
const now = Date.parse("2026-05-01T12:00:00.900Z");

const request = { privateKey: pkcs8, projectId: "p1", userId: "ann ü", lifetimeSeconds: 3600, now };

function decode(part: string | undefined): unknown {
  return JSON.parse(Buffer.from(part ?? "", "base64url").toString());
}

describe("a test token", () => {
  it.each([
    ["as it was downloaded", pkcs8],
    ["out of an environment variable", pkcs8.replaceAll("\n", "\\n")],
    ["in the older form", pkcs1],
  ])("is an RS256 token that the public key verifies, with a key %s", async (_, privateKey) => {
    const { token } = await signToken({ ...request, privateKey });
    const [header, claims, signature] = token.split(".");
    expect(decode(header)).toEqual({ alg: "RS256", typ: "JWT" });
    const iat = Math.floor(now / 1000);
    expect(decode(claims)).toEqual({ sub: "ann ü", aud: "linchpin/p1", iat, exp: iat + 3600 });
    const verifier = createVerify("RSA-SHA256").update(`${header}.${claims}`);
    expect(verifier.verify(publicKey, signature ?? "", "base64url")).toBe(true);
    const forged = createVerify("RSA-SHA256").update(`${header}.${claims}x`);
    expect(forged.verify(publicKey, signature ?? "", "base64url")).toBe(false);
  });

  it.each([
    ["a public key", publicKey, "public key"],
    ["something else", "hello", "not a private key"],
    ["a cut key", `${pkcs8.slice(0, 400)}\n-----END PRIVATE KEY-----`, "cannot be read"],
  ])("is refused for %s, saying why", async (_, privateKey, reason) => {
    await expect(signToken({ ...request, privateKey })).rejects.toThrow(reason);
  });
});
