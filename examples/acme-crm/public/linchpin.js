// All that a product needs to offer integrations: load the SDK, say who the user is, send what happens.
import { happened } from "./happened.js";

/** The SDK, once it is loaded. */
export const sdk = { linchpin: undefined };

/** The SDK comes from the server itself, so it always fits it and knows where it is. */
function load(linchpinUrl) {
  if (sdk.linchpin) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${linchpinUrl}/sdk/connect.js`;
    script.onload = () => {
      sdk.linchpin = window.linchpin;
      resolve();
    };
    script.onerror = () => {
      script.remove();
      reject(new Error(`Linchpin does not answer at ${linchpinUrl}`));
    };
    document.head.append(script);
  });
}

const EVENTS = ["onIntegrationInstall", "onIntegrationUninstall", "onWorkflowChange", "onPortalOpen", "onPortalClose", "onLogout"];
let subscribed = false;

/** Starts the session of a user. `onChange` is called whenever their integrations have changed. */
export async function connectUser(config, user, onChange) {
  await load(config.linchpinUrl);
  const { linchpin } = sdk;
  if (!subscribed) {
    subscribed = true;
    linchpin.subscribe("onUserChange", onChange);
    // Only for the panel "What just happened".
    for (const name of EVENTS) linchpin.subscribe(name, ({ credential, ...event }) => happened("event", name, event));
  }
  // Whoever was here before is gone at once, not when the next user has arrived.
  if (linchpin.getUser().authenticated && linchpin.getUser().userId !== user.id) linchpin.logout();
  happened("call", `linchpin.authenticate("${config.projectId}", token of ${user.name})`);
  try {
    // A function instead of a token: the SDK asks again before the token ends.
    await linchpin.authenticate(config.projectId, () => token(user), { metadata: { Name: user.name } });
    happened("done", `${user.name} is authenticated`);
  } catch (error) {
    happened("failed", "authenticate() rejected", { code: error.code, message: error.message });
    throw error;
  }
}

async function token(user) {
  const answer = await fetch(`api/token?user=${encodeURIComponent(user.id)}`);
  if (!answer.ok) throw new Error("the backend gave no token");
  return (await answer.json()).token;
}

/** Tells Linchpin that a lead was created. Which workflows run is not our business. */
export async function sendLead({ first_name, last_name, email, company, title }) {
  const payload = { first_name, last_name, email, company, title };
  if (!sdk.linchpin) throw new Error("Linchpin is not available");
  happened("call", 'linchpin.event("Contact Created")', payload);
  try {
    const { id } = await sdk.linchpin.event("Contact Created", payload);
    happened("done", "The event is accepted", { id });
  } catch (error) {
    happened("failed", "event() rejected", { code: error.code, message: error.message });
    throw error;
  }
}
