/** A page of a host application that opens the Connect Portal as a test says. */

export function portalPage(linchpin: string, projectId: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>Acme CRM</title>
<style>body { font: 15px system-ui; margin: 48px auto; max-width: 560px; padding: 0 16px; color: #1d2330 }</style>
<h1>Acme CRM</h1>
<p id="state" role="status">Signing in…</p>
<script src="${linchpin}/sdk/connect.js"></script>
<script type="module">
  const state = document.getElementById("state");
  const show = () => {
    state.textContent = linchpin.getUser().integrations?.hubspot?.enabled ? "HubSpot is connected" : "HubSpot is not connected";
  };
  for (const event of ["onIntegrationInstall", "onIntegrationUninstall"]) linchpin.subscribe(event, show);
  const token = await (await fetch("/token" + location.search)).text();
  await linchpin.authenticate(${JSON.stringify(projectId)}, token);
  show();
  window.openPortal = (options) => void linchpin.connect("hubspot", options ?? {}).catch(() => {});
</script>
</html>`;
}
