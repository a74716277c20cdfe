/* The page's token against forged requests, for what a script sends by itself. */

const held = document.querySelector("meta[name=csrf-token]");

export const token = () => held.content;

/* After signing in again in another tab the token of this page is old: take the page's new one for the
   next try. Says whether the page still opens; one's own sheet opens for no other person. */
export async function renewed() {
  const answer = await fetch(location.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (answer.ok && !answer.redirected) held.content = page.querySelector("meta[name=csrf-token]").content;
  return answer.ok;
}
