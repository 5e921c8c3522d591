// Acme CRM: a small product whose customers connect their HubSpot. Everything that concerns Linchpin is in
// `linchpin.js`; the rest is what any product would have.
import { happened, forget } from "./happened.js";
import { addLead, leadsOf } from "./leads.js";
import { connectUser, sendLead, sdk } from "./linchpin.js";

const $ = (selector) => document.querySelector(selector);
const config = await (await fetch("api/config")).json();
const users = config.users ?? [
  { id: "ann", name: "Ann" },
  { id: "bob", name: "Bob" },
];
let user = users.find(({ id }) => id === localStorage.getItem("acme-user")) ?? users[0];

/** An element with properties and children. Text stays text. */
function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

// --- pages -----------------------------------------------------------------------------------------------------------

function showPage() {
  const page = location.hash === "#/integrations" ? "integrations" : "leads";
  for (const view of document.querySelectorAll("[data-view]")) view.hidden = view.dataset.view !== page;
  for (const link of document.querySelectorAll("[data-page]")) {
    if (link.dataset.page === page) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function showUsers() {
  $("#users").replaceChildren(
    ...users.map(({ id, name }) => {
      const radio = element("input", { type: "radio", name: "user", value: id, checked: id === user.id });
      radio.addEventListener("change", () => switchTo(id));
      return element("label", {}, radio, element("span", { className: "avatar", ariaHidden: "true" }, name.charAt(0)), name);
    }),
  );
}

// --- leads -----------------------------------------------------------------------------------------------------------

function showLeads() {
  const leads = leadsOf(user.id);
  $("#leads-count").textContent = leads.length === 1 ? "1 lead" : `${leads.length} leads`;
  $("#leads").replaceChildren(
    ...leads.map((lead) =>
      element(
        "tr",
        {},
        element("td", { className: "strong" }, `${lead.first_name} ${lead.last_name}`.trim() || "—"),
        element("td", {}, lead.company || "—"),
        element("td", {}, lead.title || "—"),
        element("td", {}, lead.email),
        element("td", { className: "muted", title: new Date(lead.addedAt).toLocaleString() }, ago(lead.addedAt)),
      ),
    ),
  );
}

function ago(time) {
  const minutes = Math.round((Date.now() - time) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 24 ? `${hours} h ago` : `${Math.round(hours / 24)} d ago`;
}

$("#lead-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const lead = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()]));
  addLead(user.id, lead);
  form.reset();
  form.elements.first_name.focus();
  showLeads();
  const status = $("#lead-status");
  status.textContent = `Added ${lead.email}.`;
  try {
    await sendLead(lead);
  } catch (error) {
    // The lead is ours and stays; only telling others about it failed.
    status.textContent = `Added ${lead.email}, but it could not be sent on: ${error.message}`;
  }
});

// --- integrations ----------------------------------------------------------------------------------------------------

function showIntegrations() {
  const { linchpin } = sdk;
  const state = linchpin?.getUser();
  if (!state?.authenticated) {
    $("#integrations").replaceChildren(element("div", { className: "panel card skeleton", ariaHidden: "true" }));
    return;
  }
  $("#integrations").replaceChildren(
    ...linchpin.getIntegrationMetadata().map(({ type, name, icon }) => {
      const mine = state.integrations[type];
      const broken = mine?.credentialStatus === "INVALID";
      const status = broken
        ? element("p", { className: "state warn" }, "Needs to be reconnected")
        : mine?.enabled
          ? element("p", { className: "state good" }, connectedAs(mine))
          : element("p", { className: "state" }, "Not connected");
      const label = mine?.enabled || broken ? "Manage" : "Connect";
      const button = element("button", { type: "button", ariaLabel: `${label} ${name}` }, label);
      button.className = label === "Connect" ? "button primary" : "button";
      button.addEventListener("click", () => open(type, button));
      const text = element("div", { className: "card-text" }, element("h2", {}, name), status);
      const image = element("img", { src: icon, alt: "", width: 40, height: 40 });
      const what = element("p", { className: "muted" }, `Every new lead becomes a contact in your ${name}.`);
      return element("article", { className: "panel card" }, element("div", { className: "card-head" }, image, text, button), what);
    }),
  );
}

function connectedAs({ providerData = {}, providerId }) {
  const who = providerData.label || (providerId && `account ${providerId}`);
  return who ? `Connected as ${who}` : "Connected";
}

async function open(type, button) {
  button.disabled = true;
  // The portal takes a moment the first time; nobody should open it twice.
  setTimeout(() => (button.disabled = false), 800);
  happened("call", `linchpin.connect("${type}")`);
  try {
    const { credentialId } = await sdk.linchpin.connect(type);
    happened("done", "connect() resolved: an account is connected", { credentialId });
  } catch (error) {
    happened(error.code === "portal_closed" ? "done" : "failed", `connect() rejected: ${error.code}`, { message: error.message });
  }
}

// --- the user's session ----------------------------------------------------------------------------------------------

async function switchTo(id) {
  user = users.find((each) => each.id === id) ?? user;
  localStorage.setItem("acme-user", user.id);
  forget();
  await start();
}

async function start() {
  const banner = $("#banner");
  banner.hidden = true;
  showLeads();
  showIntegrations();
  try {
    await connectUser(config, user, () => showIntegrations());
  } catch (error) {
    banner.querySelector("p").textContent = `Integrations are not available: ${error.message}`;
    banner.hidden = false;
  }
  showIntegrations();
}

$("#banner button").addEventListener("click", start);
if (config.simulatorUrl) Object.assign($("#simulator"), { href: config.simulatorUrl, hidden: false });
addEventListener("hashchange", showPage);
showPage();
showUsers();
await start();
