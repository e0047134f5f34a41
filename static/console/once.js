// A second press of a button while the answer to the first is on its way sends nothing: it would be refused as stale.
const PAUSE = 5000; // ms after which a button that was answered by a file, or not at all, may be pressed again

const pressed = new Set();

document.addEventListener("submit", (event) => {
    const by = event.submitter ?? event.target;
    if (event.defaultPrevented || event.target.method !== "post") return;
    if (pressed.has(by)) {
        event.preventDefault();
        return;
    }
    pressed.add(by);
    setTimeout(() => pressed.delete(by), PAUSE);
});
addEventListener("pageshow", () => pressed.clear());
