// Rows of the tree carried by mouse, pen or finger: a line shows where they would go.

const SLACK = 5; // pixels before a press becomes a drag
const EDGE = 36; // pixels from the edge of the list at which it scrolls

/** Rows of the tree can be dragged within it; `desk.takes` says what may go where, `desk.drop` puts it there. */
export function dragging(tree, scroller, desk) {
    let drag = null;

    tree.addEventListener("pointerdown", (event) => {
        const row = event.target.closest(".fd-row");
        const isByHandle = event.target.closest(".fd-handle");
        if (!row || row.parentElement.classList.contains("is-fixed") || event.button !== 0 || (event.pointerType !== "mouse" && !isByHandle)) return;
        drag = { id: row.parentElement.dataset.id, pointer: event.pointerId, x: event.clientX, y: event.clientY, isOn: false, goal: null };
    });
    addEventListener("pointermove", (event) => {
        if (!drag || event.pointerId !== drag.pointer) return;
        if (!drag.isOn) {
            if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < SLACK) return;
            drag.isOn = true;
            tree.classList.add("is-dragging");
            tree.querySelector(`[data-id="${drag.id}"]`)?.classList.add("is-carried");
        }
        event.preventDefault();
        scroll(event.clientY);
        show(goalAt(event.clientX, event.clientY));
    });
    addEventListener("pointerup", (event) => {
        if (!drag || event.pointerId !== drag.pointer) return;
        const { isOn, goal, id } = drag;
        end();
        if (!isOn) return;
        const swallow = (click) => click.stopPropagation(); // the press was a drag, not a choice
        addEventListener("click", swallow, { capture: true, once: true });
        setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
        if (goal) desk.drop(id, goal.row.dataset.id, goal.side);
    });
    addEventListener("pointercancel", end);
    addEventListener("keydown", (event) => event.key === "Escape" && drag?.isOn && end());
    tree.addEventListener("touchmove", (event) => drag?.isOn && event.preventDefault(), { passive: false });

    function end() {
        drag = null;
        show(null);
        tree.classList.remove("is-dragging");
        for (const row of tree.querySelectorAll(".is-carried")) row.classList.remove("is-carried");
    }

    function scroll(y) {
        const box = scroller.getBoundingClientRect();
        if (y < box.top + EDGE) scroller.scrollTop -= 12;
        if (y > box.bottom - EDGE) scroller.scrollTop += 12;
    }

    /** Where it would go: the row that is pointed at, and whether before, after or into it. */
    function goalAt(x, y) {
        const box = tree.getBoundingClientRect();
        const over = document.elementFromPoint(Math.min(Math.max(x, box.left + 4), box.right - 4), y);
        const carried = tree.querySelector(`[data-id="${drag.id}"]`);
        if (!carried) return null;
        const isPart = (item) => item.classList.contains("fd-part");
        let item = over?.closest?.(".fd-item");
        if (item && isPart(carried) && !isPart(item)) item = item.parentElement.closest(".fd-part");
        if (!item || !tree.contains(item) || item === carried || !desk.takes(drag.id, item.dataset.id)) return null;
        if (isPart(item) && !isPart(carried)) return { row: item, side: "into" };
        const extent = (isPart(carried) ? item : item.firstElementChild).getBoundingClientRect();
        return { row: item, side: y < extent.top + extent.height / 2 ? "before" : "after" };
    }

    function show(goal) {
        for (const row of tree.querySelectorAll("[data-drop]")) delete row.dataset.drop;
        if (goal) goal.row.dataset.drop = goal.side;
        if (drag) drag.goal = goal;
    }
}
