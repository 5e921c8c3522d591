/** Signs test tokens in the page with WebCrypto. The private key goes nowhere else. */
import { settingsKeysText } from "../../texts/settingsKeys.tsx";

const { signing: refusals } = settingsKeysText.testTokens;

export interface TokenRequest {
  privateKey: string;
  projectId: string;
  userId: string;
  lifetimeSeconds: number;
  kid?: string;
  now: number;
}

export interface SignedToken {
  token: string;
  header: Record<string, string>;
  claims: Record<string, string | number>;
}

/** RS256 over `sub`, `iat`, `exp` and the project as audience. */
export async function signToken(request: TokenRequest): Promise<SignedToken> {
  const key = await importPrivateKey(request.privateKey);
  const iat = Math.floor(request.now / 1000);
  const header: Record<string, string> = { alg: "RS256", typ: "JWT" };
  if (request.kid) header.kid = request.kid;
  const claims = {
    sub: request.userId,
    aud: `linchpin/${request.projectId}`,
    iat,
    exp: iat + request.lifetimeSeconds,
  };
  const signed = `${encodeJson(header)}.${encodeJson(claims)}`;
  const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, new TextEncoder().encode(signed));
  return { token: `${signed}.${encodeBytes(new Uint8Array(signature))}`, header, claims };
}

async function importPrivateKey(pem: string): Promise<CryptoKey> {
  // Keys out of environment variables carry their line breaks as two characters.
  const text = pem.replaceAll("\\n", "\n").trim();
  if (/BEGIN PUBLIC KEY/.test(text)) {
    throw new Error(refusals.isPublic);
  }
  if (/BEGIN ENCRYPTED PRIVATE KEY/.test(text)) {
    throw new Error(refusals.isLocked);
  }
  const body = /-----BEGIN (RSA )?PRIVATE KEY-----([\s\S]+?)-----END (?:RSA )?PRIVATE KEY-----/.exec(text);
  if (!body?.[2]) {
    throw new Error(refusals.notPem);
  }
  try {
    const bytes = decodeBase64(body[2]);
    return await crypto.subtle.importKey(
      "pkcs8",
      body[1] ? wrapPkcs1(bytes) : bytes,
      { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
      false,
      ["sign"],
    );
  } catch {
    throw new Error(refusals.unreadable);
  }
}

/** PKCS#8 around an older `RSA PRIVATE KEY`: browsers import nothing else. */
function wrapPkcs1(key: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const version = [0x02, 0x01, 0x00];
  const algorithm = [
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
  ];
  const octets = [0x04, ...derLength(key.length), ...key];
  const inner = [...version, ...algorithm, ...octets];
  return new Uint8Array([0x30, ...derLength(inner.length), ...inner]);
}

function derLength(length: number): number[] {
  if (length < 128) return [length];
  if (length < 256) return [0x81, length];
  return [0x82, length >> 8, length & 255];
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replace(/\s+/g, ""));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function encodeJson(value: object): string {
  return encodeBytes(new TextEncoder().encode(JSON.stringify(value)));
}

function encodeBytes(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
