/** One-line notices at the foot of the page: what happened, what is kept, what to do. One strip a subject. */
const place = document.getElementById("strips");

export function strip(subject, text, act = null) {
  let row = place.querySelector(`[data-subject="${subject}"]`);
  if (!row) {
    row = document.createElement("div");
    row.className = "strip";
    row.dataset.subject = subject;
    row.append(document.createElement("span"));
    place.append(row);
  }
  const words = row.firstChild;
  if (words.textContent !== text) words.textContent = text;
  let button = row.querySelector("button");
  if (!act) return void button?.remove();
  if (!button) {
    button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    row.append(button);
  }
  if (button.textContent !== act.label) button.textContent = act.label;
  button.onclick = act.run;
}

export function unstrip(subject) {
  place.querySelector(`[data-subject="${subject}"]`)?.remove();
}
