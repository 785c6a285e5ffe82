// A button that acts when it was held: by the pointer, Enter or Space. Letting go early does nothing.
const HOLD_MS = 1500;

/** Call `run` once `button` was held for 1.5 s. The fill of the button shows how far it is. */
export function hold(button, run) {
  let timer = 0;
  const begin = () => {
    if (timer || button.disabled) return;
    button.classList.add("holding");
    timer = setTimeout(() => {
      end();
      run();
    }, HOLD_MS);
  };
  const end = () => {
    clearTimeout(timer);
    timer = 0;
    button.classList.remove("holding");
  };
  button.addEventListener("pointerdown", (event) => event.button === 0 && begin());
  for (const name of ["pointerup", "pointerleave", "pointercancel", "blur"]) button.addEventListener(name, end);
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    begin();
  });
  button.addEventListener("keyup", (event) => (event.key === "Enter" || event.key === " ") && end());
}
