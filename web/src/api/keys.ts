/** Shapes of signing keys and API keys. */

export interface SigningKey {
  id: string;
  name: string;
  kid: string;
  fingerprint: string;
  publicKey: string;
  createdAt: string;
  lastUsedAt?: string | null;
}

export interface NewSigningKey extends SigningKey {
  privateKey?: string | null;
}

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  createdAt: string;
  lastUsedAt?: string | null;
}

export interface NewApiKey extends ApiKey {
  key: string;
}
