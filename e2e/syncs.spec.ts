/** A contacts sync with the real binary: killed while it reads for the first time, and looked at by a person. */
import { expect, test } from "@playwright/test";
import { Admin } from "./src/admin.ts";
import { accessible, signIn } from "./src/dashboard.ts";
import { emptyFolder, until } from "./src/processes.ts";
import { imported, writeProject } from "./src/project-file.ts";
import { shot } from "./src/screens.ts";
import { Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { newKeyPair } from "./src/tokens.ts";

const CONTACTS = 1000;

interface Status {
  state: string;
  read: number;
  records: number;
}

test("a first reading survives kill -9, and the dashboard shows how far it is", async ({ page }) => {
  test.setTimeout(180_000);
  const simulator = await Simulator.start();
  await simulator.faults({ quota: false });
  await simulator.accept("access-0");
  const contacts = `${simulator.url}/crm/objects/2026-03/contacts`;
  const headers = { authorization: "Bearer access-0", "content-type": "application/json" };
  for (let first = 0; first < CONTACTS; first += 100) {
    const inputs = Array.from({ length: 100 }, (_, at) => ({
      objectWriteTraceId: String(at),
      properties: { email: `sync-${first + at}@example.com`, city: "Ulm" },
    }));
    const made = await fetch(`${contacts}/batch/create`, { method: "POST", headers, body: JSON.stringify({ inputs }) });
    expect(made.status).toBe(201);
  }
  const key = newKeyPair();
  const server = await Server.start({ data: emptyFolder("syncs"), allow: [simulator.host] });
  const admin = await Admin.setUp(server);
  const file = server.path("project.yaml");
  writeProject(file, {
    project: "Synced",
    publicKey: key.publicKey,
    provider: simulator.url,
    connectedUsers: { "user-0": imported(0) },
  });
  const { projectId, integrations } = server.apply(file);
  const project = `/projects/${projectId}`;
  await simulator.faults({ quota: false, latencyMs: 150 });
  const { id } = await admin.call<{ id: string }>("POST", `${project}/syncs`, {
    name: "Contacts",
    integrationId: integrations.hubspot,
    object: "contacts",
    fields: ["email", "city"],
  });
  const status = async () => {
    const found = await admin.call<{ items: Status[] }>("GET", `${project}/syncs/${id}/accounts`);
    return found.items[0];
  };
  await until("a part is read", status, (found) => (found?.read ?? 0) >= 300, 30_000);
  await server.program.kill();
  await server.restart();
  await simulator.faults({ quota: false, latencyMs: 0 });
  const done = await until("all is read", status, (found) => found?.state === "active" && found.records === CONTACTS, 60_000);
  expect(done?.read, "each record was read once").toBe(CONTACTS);

  await signIn(page, server);
  await page.goto(`${server.url}/app/p/${projectId}/integrations/${integrations.hubspot}?tab=syncs`);
  const section = page.getByRole("region", { name: "Contacts" });
  const row = section.getByRole("row", { name: /user-0/ });
  await expect(row).toContainText("1,000");
  await expect(row).toContainText("Active");
  await row.getByRole("button", { name: "Compare" }).click();
  await expect(row).toContainText("All the same");
  await row.getByRole("button", { name: "Pause" }).click();
  await expect(row).toContainText("Paused");
  await row.getByRole("button", { name: "Resume" }).click();
  await expect(row).toContainText("Active");
  await accessible(page);
  await shot(page, "syncs");

  expect(await server.program.stop()).toBe(0);
  await simulator.program.stop();
});
