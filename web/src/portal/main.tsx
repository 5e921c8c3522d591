import { createRoot } from "react-dom/client";
import { Portal } from "./Portal";
import { Page } from "./page";
import "./portal.css";
import "./fields.css";
import "./accounts.css";

const root = document.getElementById("root");
// Opened by itself, not in a frame, the portal has nobody to speak with.
if (root && window.parent !== window) createRoot(root).render(<Portal page={new Page(window)} />);
else if (root) root.textContent = "This page belongs in the Connect Portal’s frame.";
