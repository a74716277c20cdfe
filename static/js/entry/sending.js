/* How what was typed goes to the server: one thing at a time. */

import { renewed, token } from "../token.js";

// So that the answers come in the order of the saves and the last count is the newest.
let line = Promise.resolve();

export function inTurn(work) {
  const turn = line.then(work);
  line = turn.catch(() => {});
  return turn;
}

/* The server's JSON; "lost" when it could not be reached or the session ended; "refused" when the
   entry takes nothing more. */
export async function post(url, payload) {
  const body = new FormData();
  for (const [name, value] of Object.entries(payload)) {
    if (name === "given") value.forEach((each) => body.append("given", each));
    else if (value !== undefined && value !== null) body.append(name, value);
  }
  try {
    const headers = { "X-CSRFToken": token(), Accept: "application/json" };
    const response = await fetch(url, { method: "POST", body, headers });
    if (response.headers.get("Content-Type")?.includes("json")) {
      return { status: response.status, ...(await response.json()) };
    }
    if (response.status === 403) return (await renewed()) ? "lost" : "refused";
    return response.redirected || response.status >= 500 ? "lost" : "refused";
  } catch (problem) {
    if (problem instanceof TypeError) return "lost";
    throw problem;
  }
}
