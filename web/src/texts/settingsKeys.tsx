/** The words of Settings about keys: signing keys, test tokens, API keys and secrets. */
import { Code } from "@mantine/core";
import { commonText } from "./common.ts";

export const settingsKeysText = {
  list: {
    created: "Created",
    lastUsed: "Last used",
  },
  /** Shared by the dialogs that make a key. */
  keyName: "Key name",
  signing: {
    about:
      "Your backend signs each user's token with the private half of a signing key. Linchpin keeps the public half only, to check tokens.",
    empty: "No signing keys yet",
    emptyText: "Generate one, or add the public half of a key that you have.",
    add: "Add public key",
    columns: { id: "Key id", fingerprint: "Fingerprint" },
    copyId: (name: string) => `Copy key id of ${name}`,
    copyFingerprint: (name: string) => `Copy fingerprint of ${name}`,
    copyPublic: (name: string) => `Copy public key of ${name}`,
    end: {
      button: commonText.deleteNamed,
      title: commonText.deleteAsked,
      action: "Delete key",
      text: "Tokens that were signed with this key are refused at once. Users come back with a token that another key signed.",
    },
  },
  adding: {
    title: "Add a public key",
    key: "Public key",
    keyAbout: "RSA, 2048 bits or more, as PEM",
    keyExample: "-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----",
    isPrivate: "This is a private key. Keep it to yourself, and paste its public half here.",
  },
  generating: {
    nameAbout: "Where you will use it",
    /** What a new key is called until someone says otherwise. */
    name: "Backend",
    submit: "Generate",
  },
  privateKey: {
    title: "Your private key",
    once: "It cannot be shown again",
    onceText:
      "Linchpin does not store this private key. Download or copy it now, and keep it where your backend keeps its secrets.",
    label: "Private key",
    closing: "Close without keeping the key?",
    closingText: "You have neither downloaded nor copied it. You would have to generate another.",
    download: "Download private key",
    copy: "Copy private key",
    closeAnyway: "Close anyway",
  },
  testTokens: {
    about:
      "Signs a token for testing, in this page. The private key stays here: it is not sent and not stored.",
    noKeys: "This project has no signing key yet: generate one under Signing keys first.",
    keyAbout: "Paste it, or drop the file here",
    keyExample: "-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----",
    userIdAbout: "The user's id in your app: the token's sub",
    lifetime: "Lifetime",
    lifetimes: { 300: "5 minutes", 3600: "1 hour", 86400: "1 day", 604800: "1 week" },
    sign: "Sign token",
    copyToken: "Copy token",
    claims: "Claims",
    copyClaims: "Copy claims",
    sendEvent: "Send an App Event with it",
    copyCurl: "Copy curl",
    nothing: "The token, its claims and a ready curl appear here.",
    /** Why a key cannot sign. */
    signing: {
      isPublic: "This is a public key. Signing needs the private key that you downloaded.",
      isLocked: "This key is locked with a password. Unlock it first: openssl pkcs8 -in key.pem -nocrypt",
      notPem: "This is not a private key in PEM form: it begins with -----BEGIN PRIVATE KEY-----.",
      unreadable: "This private key cannot be read. It must be an RSA key, whole, as it was downloaded.",
    },
  },
  api: {
    about: (
      <>
        For your backend and the command line: <Code>linchpin apply --server</Code> and the management API.
        Only a hash of each key is stored.
      </>
    ),
    empty: "No API keys yet",
    emptyText: "Create one to apply a project file to this server, or to read runs from your own tools.",
    create: "Create API key",
    prefix: "Begins with",
    end: {
      button: (name: string) => `Revoke ${name}`,
      title: (name: string) => `Revoke ${name}?`,
      action: "Revoke key",
      text: "What uses this key is refused at once.",
    },
    dialog: "Create an API key",
    nameExample: "Continuous integration",
    submit: "Create key",
    made: "Your API key",
    copyNow: "Copy it now: it cannot be shown again.",
    copy: "Copy API key",
  },
  secrets: {
    about:
      "Values that workflows use and nobody reads: keys of other services, for example. They are stored sealed, and masked in Task History. A value can be replaced, never shown.",
    empty: "No secrets yet",
    emptyText: "Add one, then write {{ secrets.NAME }} in a field of a workflow.",
    add: "Add secret",
    written: "Written",
    copy: (name: string) => `Copy the expression for ${name}`,
    replace: (name: string) => `Replace ${name}`,
    draft: " (draft)",
    deletion: { what: "secret", loses: "would miss it.", text: "The value is gone for good." },
    dialog: "Add a secret",
    nameAbout: "Letters, digits and _. Workflows say {{ secrets.NAME }}.",
    nameExample: "STRIPE_KEY",
    valueAbout: "It cannot be shown again.",
    replaceValue: "Replace value",
  },
};
