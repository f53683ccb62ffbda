/**
 * Keys by their place on the keyboard (event.code), so that Russian and Latin layouts are the same.
 *
 * A key acts when its button can be pressed now; otherwise the page says why not. Held-down keys, input methods and
 * AltGr never cause a telephone act. The browser's own act of these keys is always stopped: F2 to F8 must not surprise.
 */
export function startKeys(acts) {
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.isComposing || event.getModifierState("AltGraph") || event.altKey) return;
      const control = event.ctrlKey || event.metaKey;
      const name = `${control ? "Ctrl+" : ""}${event.shiftKey ? "Shift+" : ""}${event.code.replace("Numpad", "")}`;
      const act = acts[name];
      if (!act) return;
      event.preventDefault();
      if (!event.repeat) act();
    },
    { capture: true },
  );
}
