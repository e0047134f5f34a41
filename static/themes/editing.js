/* The editing form with less waiting: rows move in place, Enter in the search searches, unsaved changes are guarded.
   Without this file every button still works by way of the server. */
document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("[data-editing]");
    if (!form) return;
    let isDirty = "dirty" in form.dataset;
    const soil = () => { isDirty = true; };
    form.addEventListener("input", (event) => { if (event.target.name !== "search") soil(); });
    form.addEventListener("submit", () => { isDirty = false; });
    window.addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });

    form.addEventListener("click", (event) => {
        const button = event.target.closest("[data-move]");
        if (!button) return;
        event.preventDefault();
        const row = button.closest("[data-row]");
        const other = button.dataset.move === "up" ? row.previousElementSibling : row.nextElementSibling;
        if (!other || !other.matches("[data-row]")) return;
        if (button.dataset.move === "up") other.before(row); else other.after(row);
        button.focus();
        row.scrollIntoView({ block: "nearest" });
        soil();
    });

    form.addEventListener("keydown", (event) => {
        const target = event.target;
        if (event.key !== "Enter" || target.tagName !== "INPUT" || target.type === "checkbox") return;
        event.preventDefault();
        if (target.dataset.enter) form.requestSubmit(document.getElementById(target.dataset.enter));
    });

    form.querySelectorAll("[data-sortable]").forEach((list) => new MutationObserver(soil).observe(list, { childList: true }));
});
