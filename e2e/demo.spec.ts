/** What a newcomer sees first: `linchpin demo`, its host application, two users whose accounts are separate. */
import { expect, type Page, test } from "@playwright/test";
import { emptyFolder, freePort, Program, until } from "./src/processes.ts";
import { consent } from "./src/paragon-page.ts";
import { shot } from "./src/screens.ts";

interface Demo {
  url: string;
  projectId: string;
  simulatorUrl: string;
  hostAppUrl: string;
  signingKeyFile: string;
  dashboard: { email: string; password: string };
}

test("the demo: connect, turn on, add a lead; the other user sees nothing of it", async ({ page, context }) => {
  const port = await threePorts();
  const args = ["demo", "--port", String(port), "--data", emptyFolder("demo"), "--json"];
  const program = Program.start("linchpin demo", args);
  await program.ready(`http://127.0.0.1:${port}/readyz`);
  const line = await until("the first line", async () => program.output.split("\n").find((each) => each.startsWith("{")), Boolean);
  const demo = JSON.parse(line ?? "") as Demo;
  expect(demo.url).toBe(`http://127.0.0.1:${port}`);
  expect(demo.hostAppUrl).toBe(`http://localhost:${port + 2}`);

  await page.goto(`${demo.hostAppUrl}/#/integrations`);
  await expect(page.getByText("Not connected")).toBeVisible();
  await shot(page, "30-demo-host-application");
  await page.getByRole("button", { name: "Connect HubSpot" }).click();
  const portal = page.frameLocator("iframe");
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    portal.getByRole("button", { name: "Connect HubSpot" }).click(),
  ]);
  await consent(popup);
  await portal.getByRole("tab", { name: "Configuration" }).click();
  const toggle = portal.getByRole("switch", { name: /Sync contacts/ });
  await expect(toggle).not.toBeChecked();
  await toggle.click();
  await expect(toggle).toBeChecked();
  await portal.getByRole("button", { name: "Close" }).click();
  await expect(page.getByText(/^Connected as/)).toBeVisible();
  await addLead(page, "ann@lead.example");
  await until("Ann's lead is in HubSpot", () => emails(demo), (all) => all.includes("ann@lead.example"));
  await shot(page, "31-demo-lead");

  await page.getByRole("radio", { name: "Bob" }).check();
  await page.getByRole("link", { name: "Integrations" }).click();
  await expect(page.getByText("Not connected")).toBeVisible();
  await addLead(page, "bob@lead.example");
  await expect(page.getByText("Added bob@lead.example.")).toBeVisible();

  await page.goto(`${demo.url}/app/`);
  await page.getByLabel("Email").fill(demo.dashboard.email);
  await page.getByRole("textbox", { name: "Password" }).fill(demo.dashboard.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: "Task History" }).click();
  await expect(page.getByRole("table", { name: "Runs" }).getByRole("row")).toHaveCount(2);
  await shot(page, "32-demo-task-history");
  expect(await emails(demo)).not.toContain("bob@lead.example");
  expect(await program.stop()).toBe(0);
});

async function addLead(page: Page, email: string): Promise<void> {
  await page.getByRole("link", { name: "Leads" }).click();
  await page.getByLabel("First name").fill("Buddha");
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Add lead" }).click();
}

async function emails(demo: Demo): Promise<(string | null | undefined)[]> {
  const answer = await fetch(`${demo.simulatorUrl}/_simulator/records/contacts`);
  const { results } = (await answer.json()) as { results: { properties: Record<string, string | null> }[] };
  return results.map((contact) => contact.properties.email);
}

/**
 * Three free ports in a row. They lie below those that the system gives to outgoing connections, one of which
 * could otherwise take the second or third before the demo does.
 */
async function threePorts(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    try {
      for (const port of [first, first + 1, first + 2]) await freePort(port);
      return first;
    } catch {
      // One of them is taken.
    }
  }
  throw new Error("no three free ports in a row were found");
}
