/** The page of the tutorial's host application: what a developer would write after reading the tutorial. */

export function acmePage(linchpin: string, projectId: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8" />
<title>Acme CRM</title>
<style>
  body { font: 15px system-ui; margin: 48px auto; max-width: 560px; color: #1d2330 }
  label { display: block; margin: 8px 0 } input { width: 100%; padding: 6px; box-sizing: border-box }
  button { padding: 8px 14px; margin: 12px 8px 0 0 }
</style>
<h1>Acme CRM</h1>
<p id="state" role="status">Signing in…</p>
<button id="connect" disabled>Connect to HubSpot</button>
<form id="lead">
  <h2>Add a lead</h2>
  <label>First name <input name="first_name" required /></label>
  <label>Last name <input name="last_name" required /></label>
  <label>Email <input name="email" type="email" required /></label>
  <label>Company <input name="company" /></label>
  <label>Title <input name="title" /></label>
  <button>Add lead</button>
</form>
<ul id="happened" aria-label="What happened"></ul>
<script src="${linchpin}/sdk/connect.js"></script>
<script type="module">
  const state = document.getElementById("state");
  const connect = document.getElementById("connect");
  const note = (text) => {
    const line = document.createElement("li");
    line.textContent = text;
    document.getElementById("happened").append(line);
  };
  const show = () => {
    const hubspot = linchpin.getUser().integrations?.hubspot;
    state.textContent = hubspot?.enabled ? "HubSpot is connected" : "HubSpot is not connected";
  };
  for (const event of ["onIntegrationInstall", "onIntegrationUninstall", "onWorkflowChange"]) {
    linchpin.subscribe(event, () => { note(event); show(); });
  }
  const token = await (await fetch("/token")).text();
  await linchpin.authenticate(${JSON.stringify(projectId)}, token);
  show();
  connect.disabled = false;
  connect.onclick = () => linchpin.connect("hubspot", {}).catch((error) => note("connect failed: " + error.message));
  document.getElementById("lead").onsubmit = async (submitted) => {
    submitted.preventDefault();
    await linchpin.event("Contact Created", Object.fromEntries(new FormData(submitted.target)));
    note("event sent");
  };
</script>
</html>`;
}
