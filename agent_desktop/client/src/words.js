/** Labels of the page in its language, from the same catalogue as the server's. */
const labels = JSON.parse(document.getElementById("words")?.textContent || "{}");

export function t(id, values = {}) {
  const label = labels[id];
  if (label === undefined) throw new Error(`No label ${id}. Add its prefix to the page's labels.`);
  return label.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

export function has(id) {
  return labels[id] !== undefined;
}
