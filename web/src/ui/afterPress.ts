/** Whether a finger or a button of the mouse is down. */
let isDown = false;

function follow(event: PointerEvent): void {
  isDown = event.type === "pointerdown";
}

for (const type of ["pointerdown", "pointerup", "pointercancel"] as const) {
  window.addEventListener(type, follow, true);
}

/**
 * Does it now, or once a press that is under way has become a click. What the loss of focus takes away moves what
 * stands below it: the button that somebody presses would be gone before the finger is up.
 */
export function afterPress(run: () => void): void {
  if (!isDown) {
    run();
    return;
  }
  const done = () => {
    window.removeEventListener("pointerup", done, true);
    window.removeEventListener("pointercancel", done, true);
    // The click comes right behind.
    setTimeout(run);
  };
  window.addEventListener("pointerup", done, true);
  window.addEventListener("pointercancel", done, true);
}
