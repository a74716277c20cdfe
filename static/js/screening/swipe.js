/* Deciding by touch: right includes, left excludes; up on the buttons is maybe. */

const NEEDED = 90;

/* work: where the finger moves; form: its buttons; press(button): what a button does. */
export function swipes(work, form, press) {
  let finger = null;

  function meant(touch) {
    const dx = touch.clientX - finger.x;
    const dy = touch.clientY - finger.y;
    if (finger.low) return dy < -NEEDED / 2 && Math.abs(dx) < NEEDED ? "maybe" : null;
    if (Math.abs(dx) < NEEDED || Math.abs(dy) > Math.abs(dx) / 2) return null;
    return dx > 0 ? "include" : "exclude";
  }

  work.addEventListener("touchstart", (event) => {
    const touch = event.touches[0];
    finger = event.touches.length > 1 ? null : { x: touch.clientX, y: touch.clientY, low: form.contains(event.target) };
  }, { passive: true });
  work.addEventListener("touchmove", (event) => {
    if (finger) work.dataset.swipe = meant(event.touches[0]) ?? "";
  }, { passive: true });
  work.addEventListener("touchend", (event) => {
    const verdict = finger && meant(event.changedTouches[0]);
    delete work.dataset.swipe;
    finger = null;
    if (verdict) press(form.querySelector(`.vote[value="${verdict}"]`));
  });
}
