/** Commands to the server. A click is a wish: the answer says whether it was taken, the state comes by the stream. */
const WAIT_MS = 6000;

export async function post(path, body = {}) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(WAIT_MS),
    });
    let data = {};
    try {
      data = await answer.json();
    } catch {
      data = {};
    }
    return { ok: answer.ok, status: answer.status, data };
  } catch {
    return { ok: false, status: 0, data: {} };
  }
}
