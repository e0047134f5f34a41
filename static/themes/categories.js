/* Categories are dragged and moved by keys; either way the form of the row is sent, as its buttons send it.
   The address that the page comes back to names the link of the row, so the browser gives it the focus again. */
document.addEventListener("DOMContentLoaded", () => {
    const tree = document.querySelector("[data-tree]");
    if (!tree) return;
    const nodes = () => [...tree.querySelectorAll(".ca-node")];
    const nodeOf = (target) => target.closest && target.closest(".ca-node");
    const keys = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "out", ArrowRight: "in" };

    tree.addEventListener("keydown", (event) => {
        const act = event.altKey && keys[event.key];
        const node = act && nodeOf(event.target);
        if (!node) return;
        event.preventDefault();
        const button = node.querySelector(`button[value="${act}"]`);
        if (button.disabled) document.querySelector(".ca-said").textContent = "已经在这个方向的尽头。";
        else button.click();
    });

    let dragged = null;
    let place = null;
    const clear = () => nodes().forEach((node) => node.classList.remove("is-before", "is-within"));
    const isWithin = (node, above) => {
        for (let one = node; one; one = tree.querySelector(`[data-code="${CSS.escape(one.dataset.parent)}"]`)) {
            if (one === above) return true;
            if (!one.dataset.parent) return false;
        }
        return false;
    };

    tree.addEventListener("dragstart", (event) => {
        if (!event.target.matches(".ca-grip")) return;
        dragged = nodeOf(event.target);
        dragged.classList.add("is-dragged");
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", dragged.dataset.code);
        event.dataTransfer.setDragImage(dragged, 20, 20);
    });
    tree.addEventListener("dragover", (event) => {
        const over = dragged && nodeOf(event.target);
        clear();
        place = null;
        if (!over || isWithin(over, dragged)) return;
        event.preventDefault();
        const box = over.getBoundingClientRect();
        const isUpper = event.clientY - box.top < box.height / 2;
        over.classList.add(isUpper ? "is-before" : "is-within");
        place = isUpper ? { parent: over.dataset.parent, before: over.dataset.code } : { parent: over.dataset.code, before: "" };
    });
    tree.addEventListener("dragend", () => {
        if (dragged) dragged.classList.remove("is-dragged");
        clear();
        dragged = null;
    });
    tree.addEventListener("drop", (event) => {
        if (!dragged || !place) return;
        event.preventDefault();
        const form = dragged.querySelector("form");
        form.elements.parent.value = place.parent;
        form.elements.before.value = place.before;
        const act = document.createElement("input");
        Object.assign(act, { type: "hidden", name: "do", value: "place" });
        form.append(act);
        form.submit();
    });
});
