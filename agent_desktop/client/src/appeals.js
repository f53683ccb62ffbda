/** Appeals: one is closed by a word in a window of its own, so that no slip of the hand closes it. */
import { startFrame } from "./frame.js";

const dialog = document.getElementById("closing");

document.getElementById("known")?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close]");
  if (!button) return;
  dialog.querySelector("form").action = `/appeals/${encodeURIComponent(button.dataset.close)}`;
  document.getElementById("closing-what").textContent = button.dataset.what;
  document.getElementById("word").value = "";
  dialog.showModal();
  document.getElementById("word").focus();
});
document.getElementById("leave").addEventListener("click", () => dialog.close());
startFrame();
