/** The tutorial from the first start to the contact in HubSpot without a mouse: Tab, arrows, Enter, Space and letters. */
import { readFileSync } from "node:fs";
import { expect, type Locator, type Page, test } from "@playwright/test";
import { acmePage } from "./src/acme-page.ts";
import { HostApp } from "./src/host-app.ts";
import { emptyFolder, until } from "./src/processes.ts";
import { EXAMPLE } from "./src/project-file.ts";
import { Server } from "./src/server.ts";
import { Simulator } from "./src/simulator.ts";
import { userToken } from "./src/tokens.ts";

let simulator: Simulator;
let host: HostApp;
let server: Server;

test.beforeAll(async () => {
  simulator = await Simulator.start();
  host = await HostApp.start();
  server = await Server.start({ data: emptyFolder("tutorial-keyboard"), allow: [simulator.host] });
});

test.afterAll(async () => {
  await host?.stop();
  await server?.program.stop();
  await simulator?.program.stop();
});

/** Nobody needs more stops than this on a page of ours. */
const FAR = 90;

/** A person at a keyboard. */
class Hands {
  constructor(private readonly page: Page) {}

  press(key: string): Promise<void> {
    return this.page.keyboard.press(key);
  }

  type(text: string): Promise<void> {
    return this.page.keyboard.type(text);
  }

  /** Goes on with Tab until the focus is there, as somebody does who sees where it is. */
  async to(target: Locator): Promise<void> {
    await expect(target).toBeVisible();
    for (let stop = 0; stop <= FAR; stop++) {
      if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`Tab does not come to ${target}`);
  }

  async enter(target: Locator): Promise<void> {
    await this.to(target);
    await this.press("Enter");
  }

  async fill(target: Locator, text: string): Promise<void> {
    await this.to(target);
    await this.press("Control+a");
    await this.type(text);
  }

  /** The palette: a page or a command by its name. */
  async go(name: string): Promise<void> {
    await this.press("Control+k");
    await expect(this.page.getByRole("dialog", { name: "Go to" })).toBeVisible();
    await this.type(name);
    await this.press("Enter");
    await expect(this.page.getByRole("dialog", { name: "Go to" })).toBeHidden();
  }

  /** Opens a list, walks down to an option and takes it. */
  async choose(list: Locator, option: string | RegExp): Promise<void> {
    await this.to(list);
    await this.press("ArrowDown");
    const wanted = this.page.getByRole("option", { name: option }).first();
    await expect(wanted).toBeVisible();
    for (let step = 0; step < 60; step++) {
      if ((await wanted.getAttribute("data-combobox-selected")) !== null) {
        await this.press("Enter");
        return;
      }
      await this.press("ArrowDown");
    }
    throw new Error(`the arrows do not come to ${option}`);
  }

  /** From one tab of a list to another. */
  async tab(from: Locator, to: Locator, key: "ArrowLeft" | "ArrowRight"): Promise<void> {
    await this.to(from);
    for (let step = 0; step < 10 && (await to.getAttribute("aria-selected")) !== "true"; step++) await this.press(key);
    await expect(to).toHaveAttribute("aria-selected", "true");
  }
}

test("I do the whole tutorial by keyboard alone", async ({ page, context }) => {
  test.setTimeout(300_000);
  const hands = new Hands(page);
  let projectId = "";
  let privateKey = "";

  await test.step("the first member and the first project", async () => {
    await page.goto(server.setupLink);
    await hands.fill(page.getByLabel("Name"), "Ada Lovelace");
    await hands.fill(page.getByLabel("Email"), "ada@example.com");
    await hands.fill(page.getByRole("textbox", { name: "Password" }), "correct horse battery staple");
    await hands.press("Enter");
    await hands.fill(page.getByLabel("Project name"), "Acme CRM");
    await hands.press("Enter");
    await expect(page.getByRole("heading", { name: "Getting started" })).toBeVisible();
    projectId = /\/p\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? "";
  });

  await test.step("1. HubSpot credentials, tested", async () => {
    await hands.enter(page.getByRole("navigation", { name: "Project" }).getByRole("link", { name: "Integrations" }));
    await hands.enter(page.getByRole("button", { name: "Set up HubSpot" }));
    await hands.fill(page.getByLabel("Client ID"), "acme-client");
    await hands.fill(page.getByRole("textbox", { name: "Client secret" }), "acme-secret");
    await hands.enter(page.getByRole("button", { name: "Advanced" }));
    await hands.fill(page.getByLabel("Base URL: api"), simulator.url);
    await hands.fill(page.getByLabel("Base URL: authorize"), simulator.url);
    await hands.enter(page.getByRole("button", { name: "Save" }));
    await expect(page.getByText("HubSpot is active.")).toBeVisible();
    await hands.enter(page.getByRole("button", { name: "Test these credentials" }));
    await expect(page.getByText("HubSpot knows this client id and secret")).toBeVisible();
  });

  await test.step("2. a workflow with a new App Event as its trigger", async () => {
    const tab = (name: string) => page.getByRole("tab", { name });
    await hands.tab(tab("Credentials"), tab("Workflows"), "ArrowLeft");
    await hands.enter(page.getByRole("button", { name: "Create workflow" }));
    await hands.fill(page.getByRole("dialog").getByLabel("Workflow name"), "Sync contacts");
    await hands.press("Enter");
    const chooser = page.getByRole("combobox", { name: "Choose an App Event" });
    await hands.choose(chooser, "Create new App Event");
    const dialog = page.getByRole("dialog", { name: "Create an App Event" });
    await hands.fill(dialog.getByLabel("Event name"), "Contact Created");
    await hands.fill(dialog.getByRole("textbox", { name: "Event schema" }), JSON.stringify(EXAMPLE));
    await hands.enter(dialog.getByRole("button", { name: "Create App Event" }));
    await expect(dialog).toBeHidden();
    await expect(chooser).toHaveValue("Contact Created");
  });

  await test.step("3. a step with the event's fields as variables", async () => {
    await hands.press("Escape");
    await hands.press("a");
    const inspector = page.getByRole("complementary", { name: "Inspector" });
    await expect(inspector.getByText("steps.new_step")).toBeVisible();
    await hands.choose(inspector.getByRole("combobox", { name: "Action" }), /^Create contact/);
    for (const [field, variable] of [
      ["Email", "email"],
      ["First name", "first_name"],
      ["Last name", "last_name"],
      ["Company name", "company"],
      ["Job title", "title"],
    ] as const) {
      const input = inspector.getByRole("textbox", { name: field, exact: true });
      await hands.to(input);
      await hands.type(`{{${variable}`);
      await expect(page.getByRole("listbox", { name: "Variables" })).toBeVisible();
      await hands.press("Enter");
      await expect(input).toContainText(variable);
    }
    await expect(page.getByRole("status").filter({ hasText: /^Saved$/ })).toBeVisible();
  });

  await test.step("4. deploy", async () => {
    await hands.go("Deploy");
    const sheet = page.getByRole("dialog", { name: "Deploy Sync contacts" });
    await hands.enter(sheet.getByRole("button", { name: "Deploy" }));
    await expect(page.getByText("Deployed version 1")).toBeVisible();
  });

  await test.step("5. a signing key", async () => {
    await hands.go("Signing keys");
    await hands.enter(page.getByRole("button", { name: "Generate key" }));
    await hands.enter(page.getByRole("dialog").getByRole("button", { name: "Generate" }));
    const dialog = page.getByRole("dialog", { name: "Your private key" });
    const downloads = page.waitForEvent("download");
    await hands.enter(dialog.getByRole("button", { name: "Download private key" }));
    privateKey = readFileSync(await (await downloads).path(), "utf8");
    await hands.enter(dialog.getByRole("button", { name: "Done" }));
    await expect(page.getByRole("cell", { name: "Backend", exact: true })).toBeVisible();
  });

  await test.step("6. a test token", async () => {
    const tab = (name: string) => page.getByRole("tab", { name });
    await hands.tab(tab("Signing keys"), tab("Test tokens"), "ArrowRight");
    await hands.to(page.getByRole("textbox", { name: "Private key" }));
    // A key is pasted, not typed.
    await page.keyboard.insertText(privateKey);
    await hands.fill(page.getByLabel("User id"), "user-1");
    await hands.enter(page.getByRole("button", { name: "Sign token" }));
    await expect(page.getByText("Claims", { exact: true })).toBeVisible();
  });

  const acme = await context.newPage();
  const there = new Hands(acme);
  host.html("/", () => acmePage(server.url, projectId));
  host.serve("/token", "text/plain", () => userToken(privateKey, "user-1"));
  const portal = acme.frameLocator("iframe");

  await test.step("7. connect in the portal, turn the workflow on", async () => {
    await acme.goto(host.origin);
    await there.enter(acme.getByRole("button", { name: "Connect to HubSpot" }));
    const opened = context.waitForEvent("page");
    await there.enter(portal.getByRole("button", { name: "Connect HubSpot" }));
    const popup = await opened;
    const consent = new Hands(popup);
    const allow = popup.getByRole("button", { name: "Allow access" });
    const goOn = popup.getByRole("button", { name: /^(Continue|Go on)/ });
    await expect(allow.or(goOn)).toBeVisible();
    if (await goOn.isVisible()) await consent.enter(goOn);
    const closed = popup.waitForEvent("close");
    await consent.to(allow);
    await consent.press("Enter");
    await closed;
    const tab = (name: string) => portal.getByRole("tab", { name });
    await expect(tab("Configuration")).toBeVisible();
    await acme.bringToFront();
    if ((await tab("Configuration").getAttribute("aria-selected")) !== "true") {
      await there.tab(tab("Overview"), tab("Configuration"), "ArrowRight");
    }
    const toggle = portal.getByRole("switch", { name: /Sync contacts/ });
    await there.to(toggle);
    await there.press("Space");
    await expect(toggle).toBeChecked();
    await there.press("Escape");
    await expect(toggle).toBeHidden();
  });

  await test.step("8. an App Event, and the contact is in HubSpot", async () => {
    for (const [label, value] of [
      ["First name", "Buddha"],
      ["Last name", "Samuel"],
      ["Email", "buddha@example.com"],
      ["Company", "Acme"],
      ["Title", "Dog"],
    ] as const) {
      await there.fill(acme.getByLabel(label, { exact: true }), value);
    }
    await there.press("Enter");
    const contacts = await until("the contact is there", () => simulator.contacts(), (all) => all.length === 1);
    expect(contacts[0]?.properties).toMatchObject({ email: "buddha@example.com", jobtitle: "Dog" });
  });

  await test.step("9. Task History shows what happened", async () => {
    await page.bringToFront();
    await hands.go("Task History");
    const table = page.getByRole("table", { name: "Runs" });
    await expect(table.getByText("Succeeded")).toHaveCount(1);
    await hands.enter(table.getByRole("link", { name: "Sync contacts" }));
    const path = page.getByRole("list", { name: "Path of the run" });
    await hands.enter(path.getByRole("button", { name: /App Event/ }));
    await expect(page.locator("pre")).toContainText('"first_name": "Buddha"');
  });
});
