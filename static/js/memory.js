/* What this browser keeps from page to page, and the key under which what is sent counts once. */

export function read(name, otherwise) {
  return JSON.parse(localStorage.getItem(name) ?? "null") ?? otherwise;
}

export function write(name, value) {
  localStorage.setItem(name, JSON.stringify(value));
}

// randomUUID exists on https and localhost only; hospitals also serve plain http inside their walls.
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
