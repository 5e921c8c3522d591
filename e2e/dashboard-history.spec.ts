/**
 * Task History as a support person uses it: find what went wrong, see why and who can mend it, do it again. The real
 * binary, the simulator, no test double of ours.
 */
import { expect, type Page, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { accessible, signIn } from "./src/dashboard.ts";
import { emptyFolder, until } from "./src/processes.ts";
import { EXAMPLE, imported, syncContacts, writeProject } from "./src/project-file.ts";
import { shot } from "./src/screens.ts";
import { type Applied, Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair, userToken } from "./src/tokens.ts";

const keys = newKeyPair();
let simulator: Simulator;
let server: Server;
let admin: Admin;
let applied: Applied;

const branching = {
  trigger: { appEvent: "Contact Created" },
  steps: [
    {
      is_big: {
        title: "Is it a big company?",
        if: { any: [{ all: [{ left: "{{ trigger.company }}", operator: "$stringExactlyMatches", right: "Acme" }] }] },
        then: [{ big: { title: "Note the big one", function: { code: "return 1", parameters: {} } } }],
        else: [{ small: { title: "Note the small one", function: { code: "return 2", parameters: {} } } }],
      },
    },
  ],
};

test.beforeAll(async () => {
  simulator = await Simulator.start();
  server = await Server.start({ data: emptyFolder("history"), allow: [simulator.host] });
  admin = await Admin.setUp(server);
  const on = { workflows: { "Sync contacts": { enabled: true }, "Sort leads": { enabled: true } } };
  const user = (number: number, name: string) => {
    const account = imported(number);
    return {
      metadata: { name },
      credentials: { hubspot: { ...account.credentials.hubspot, ...on } },
    };
  };
  const file = server.path("project.yaml");
  writeProject(file, {
    project: "Acme CRM",
    publicKey: keys.publicKey,
    provider: simulator.url,
    workflows: { "Sync contacts": syncContacts(), "Sort leads": branching },
    connectedUsers: { ann: user(1, "Ann Example"), bob: user(2, "Bob Example") },
  });
  await simulator.accept("access-1");
  await simulator.accept("access-2");
  applied = server.apply(file);
  await send("ann", "Contact Created", EXAMPLE);
  await send("bob", "Contact Created", { ...EXAMPLE, email: "no-address", company: "Tiny" });
  const over = () => admin.call<{ items: { state: string }[] }>("GET", `/projects/${applied.projectId}/runs`);
  const ends = ["succeeded", "failed"];
  await until("four runs are over", over, ({ items }) => items.filter((run) => ends.includes(run.state)).length === 4);
});

test.afterAll(async () => {
  await server?.program.stop();
  await simulator?.program.stop();
});

async function send(sub: string, name: string, payload: object): Promise<void> {
  const answer = await fetch(`${server.url}/projects/${applied.projectId}/sdk/events/trigger`, {
    method: "POST",
    headers: { authorization: `Bearer ${userToken(keys.privateKey, sub)}`, "content-type": "application/json" },
    body: JSON.stringify({ name, payload }),
  });
  expect(answer.status).toBe(201);
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(`${server.url}/app/p/${applied.projectId}${path}`);
}

const rows = (page: Page) => page.getByRole("table", { name: "Runs" }).getByRole("row");

test("each list of Task History says what it holds and how long", async ({ page }) => {
  await signIn(page, server);
  await open(page, "/task-history");
  const kept = "Kept for 90 days after a run is done.";
  for (const [tab, about] of [
    ["Runs", `What every trigger led to: which steps ran, for whom, and what the provider answered. ${kept}`],
    ["Events", `Everything that arrived, also what started nothing, and why. ${kept}`],
    ["Webhook inbox", "kept for 30 days, to be sent again once an account is connected."],
  ] as const) {
    await page.getByRole("tab", { name: tab }).click();
    await expect(page.getByText(about)).toBeVisible();
  }
  await open(page, "/settings/general");
  await expect(page.getByRole("textbox", { name: "Task History" })).toHaveValue(kept);
});

test("as a support person I find the lead that did not arrive, see why, and replay it", async ({ page }) => {
  await signIn(page, server);
  await open(page, "/task-history");
  await expect(rows(page)).toHaveCount(5);
  const top = async () => (await page.getByRole("table", { name: "Runs" }).boundingBox())?.y;
  const before = await top();
  // The address he typed is found in the payload; what I see can be sent to a colleague.
  await page.getByRole("textbox", { name: "Search runs" }).fill("no-address");
  await expect(rows(page)).toHaveCount(3);
  await expect(page).toHaveURL(/text=no-address/);
  await page.getByRole("combobox", { name: "State" }).click();
  await page.getByRole("option", { name: "Failed" }).click();
  await expect(rows(page)).toHaveCount(2);
  await shot(page, "40-history-filtered");
  await expect(page.getByRole("button", { name: "Clear filters" })).toBeVisible();
  expect(await top(), "the list stays where it is").toBe(before);
  const link = page.url();
  await page.goto("about:blank");
  await page.goto(link);
  await expect(rows(page)).toHaveCount(2);
  await expect(page.getByRole("textbox", { name: "Search runs" })).toHaveValue("no-address");

  await page.getByRole("link", { name: "Sync contacts" }).click();
  const notice = page.getByRole("status").filter({ hasText: "did not work" });
  await expect(notice).toContainText("“Create contact” did not work");
  await expect(notice).toContainText("You, or your customer:");
  await expect(notice.getByRole("link", { name: "Open the workflow" })).toBeVisible();
  await expect(page.getByText("Why it is not tried again:")).toBeVisible();
  await shot(page, "41-history-failed-run");
  await accessible(page);
  await page.getByRole("button", { name: "Replay", exact: true }).click();
  await expect(page.getByRole("link", { name: "replay of another run" })).toBeVisible();
  await page.goBack();
  await page.goBack();
  await expect(page).toHaveURL(link);
});

test("the path shows the branch that was taken, and faintly the other one", async ({ page }) => {
  await signIn(page, server);
  await open(page, "/task-history");
  await page.getByRole("link", { name: "Sort leads" }).first().click();
  const taken = page.getByRole("list", { name: "No of Is it a big company?", exact: true });
  await expect(taken.getByRole("button", { name: /Note the small one/ })).toBeVisible();
  const other = page.getByRole("list", { name: "Yes of Is it a big company?, not taken" });
  await expect(other).toContainText("Note the big one");
  await expect(other.getByRole("button")).toHaveCount(0);
  await shot(page, "42-history-path");
});

test("many failed runs are replayed at once, after I have seen how many", async ({ page }) => {
  for (let i = 0; i < 3; i++) await send("bob", "Contact Created", { ...EXAMPLE, email: `wrong-${i}` });
  const failed = () =>
    admin.call<{ items: unknown[] }>("GET", `/projects/${applied.projectId}/runs?state=failed&text=wrong-`);
  await until("three runs have failed", failed, ({ items }) => items.length === 3);
  await signIn(page, server);
  await open(page, "/task-history?text=wrong-");
  await page.getByRole("button", { name: "Replay failed runs" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("The filters find 3 runs");
  // Nothing has happened yet.
  expect((await failed()).items).toHaveLength(3);
  await shot(page, "43-history-bulk-replay");
  await accessible(page);
  await dialog.getByRole("button", { name: "Replay 3 runs" }).click();
  await expect(dialog.getByRole("status")).toContainText("Replayed 3 of 3 runs.");
  await until("three more have failed", failed, ({ items }) => items.length === 6);
});

test("an event that nobody listens to is found with its reason", async ({ page }) => {
  await send("ann", "contact created", EXAMPLE);
  await send("carl", "Contact Created", EXAMPLE);
  await signIn(page, server);
  await open(page, "/task-history");
  await page.getByRole("tab", { name: "Events" }).click();
  await expect(page.getByRole("table", { name: "Events" })).toBeVisible();
  await page.getByRole("switch", { name: "Started nothing" }).click();
  const table = page.getByRole("table", { name: "Events" });
  await expect(table.getByRole("row")).toHaveCount(3);
  await expect(table.getByRole("row", { name: /contact created/ }).first()).toContainText("No App Event has this name");
  await expect(table.getByRole("row", { name: /carl/ })).toContainText("has not connected an account");
  await shot(page, "44-history-events");
  await accessible(page);
  await page.getByRole("tab", { name: "Webhook inbox" }).click();
  await expect(page.getByRole("heading", { name: "Nothing waits here" })).toBeVisible();
  await accessible(page);
});

test("a run appears by itself while I look", async ({ page }) => {
  await signIn(page, server);
  await open(page, "/task-history?text=while-i-look");
  await expect(page.getByText("No run matches")).toBeVisible();
  await send("ann", "Contact Created", { ...EXAMPLE, email: "while-i-look@example.com" });
  await expect(rows(page)).toHaveCount(3);
});

test("events that a lost account missed are replayed once it works again, each once", async ({ page }) => {
  const give = (accessToken: string) =>
    admin.call("POST", `/projects/${applied.projectId}/credentials/import`, [
      { userId: "dora", integration: "hubspot", accessToken, workflows: { "Sync contacts": true } },
    ]);
  const contacts = async () => (await simulator.contacts()).filter(({ properties }) => properties.company === "Dora");
  const lead = (email: string) => send("dora", "Contact Created", { ...EXAMPLE, company: "Dora", email });
  await give("nobody-knows-it");
  await lead("first@dora.example");
  const lost = () =>
    admin.call<{ items: unknown[] }>("GET", `/projects/${applied.projectId}/runs?state=failed&text=first@dora`);
  await until("the account is lost", lost, ({ items }) => items.length === 1);
  await lead("second@dora.example");
  await lead("third@dora.example");

  await signIn(page, server);
  await open(page, "/task-history/events");
  await expect(page.getByText("Skipped: the account must be reconnected.")).toHaveCount(2);
  await page.getByRole("button", { name: "Replay skipped events" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("2 events arrived while an account had to be reconnected");
  await shot(page, "45-history-skipped");
  await accessible(page);
  await dialog.getByRole("button", { name: "Replay 2 events" }).click();
  await expect(dialog.getByRole("status")).toContainText("2 could not be replayed");
  await dialog.getByRole("button", { name: "Close" }).last().click();
  expect(await contacts()).toEqual([]);

  await simulator.accept("known-again");
  await give("known-again");
  await page.getByRole("button", { name: "Replay skipped events" }).click();
  await dialog.getByRole("button", { name: "Replay 2 events" }).click();
  await expect(dialog.getByRole("status")).toContainText("Replayed 2 of 2 events.");
  const emails = async () => (await contacts()).map(({ properties }) => properties.email).sort();
  await until("both are in HubSpot", emails, (all) => all.length === 2);
  expect(await emails()).toEqual(["second@dora.example", "third@dora.example"]);
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await page.getByRole("button", { name: "Replay skipped events" }).click();
  await expect(dialog).toContainText("No event waits");
});

test("while the provider does not answer, a lead says why it waits, and goes on by itself when it is back", async ({
  page,
}) => {
  test.slow();
  await simulator.faults({ next: [{ kind: "status", status: 503, count: 1000, path: "contacts" }] });
  let number = 0;
  const sent = async () => {
    const email = `away.${number++}@example.com`;
    await send("ann", "Contact Created", { ...EXAMPLE, company: "Tiny", email });
    // Another workflow listens, too.
    const { items } = await admin.call<{ items: { id: string; workflowName: string }[] }>(
      "GET",
      `/projects/${applied.projectId}/runs?text=${encodeURIComponent(email)}`,
    );
    const run = items.find(({ workflowName }) => workflowName === "Sync contacts");
    if (!run) throw new Error(`no run for ${email}`);
    return run.id;
  };
  const state = async (id: string) =>
    (await admin.call<{ state: string }>("GET", `/projects/${applied.projectId}/runs/${id}`)).state;
  for (let tries = 0; tries < 2; tries++) {
    const id = await sent();
    await until("the run waits", () => state(id), (now) => now === "waiting");
  }
  await signIn(page, server);
  // One after another tries, less and less often: the last of them waits for long.
  for (let tries = 0; tries < 4; tries++) await sent();
  const id = await sent();
  await open(page, `/task-history/${id}`);
  const notice = page.getByRole("status").filter({ hasText: "does not answer" });
  await expect(notice).toContainText("The provider does not answer on this account");
  await expect(page.getByText("App Event Contact Created · accepted")).toBeVisible();
  await expect(notice).toContainText("use up no retries while one after another tries");
  await expect(notice).toContainText(/\d+ runs of this user go before it/);
  await accessible(page);
  await shot(page, "42-history-provider-away");

  await simulator.faults({ next: [] });
  await expect(page.getByText("Succeeded").first()).toBeVisible({ timeout: 60_000 });
  await expect(notice).toHaveCount(0);
});
