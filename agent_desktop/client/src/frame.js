/** What every page has: the theme button. */
const YEAR_S = 365 * 24 * 3600;

export function startFrame() {
  const button = document.getElementById("theme");
  button?.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    document.cookie = `desk_theme=${root.dataset.theme}; Path=/; Max-Age=${YEAR_S}; SameSite=Strict`;
  });
}
