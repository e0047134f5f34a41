// The structure of the document as a tree: chosen, folded and moved by keyboard, dragged by mouse or finger.

import { fill, h, icon } from "./dom.js";
import { dragging } from "./dragging.js";

/**
 * `nodes` gives what stands in the tree now: `{ id, name, text, label, facts, row, children, none, isFixed }`. `text` is
 * what a search looks through, `label` what is heard, `row` draws what is seen, anew only when one of `facts` is another;
 * `children` makes it a part that can be folded, `none` is said in an empty one; what `isFixed` is not carried.
 */
export class Tree {
    constructor(root, desk, { label, placeholder, empty, nothing, nodes }) {
        Object.assign(this, { desk, empty, nothing, nodes });
        this.folded = new Set();
        this.rows = new Map(); // id → what is drawn, as long as nothing of it changes
        this.query = "";
        this.tree = h("ul", { role: "tree", class: "fd-tree", "aria-label": label, on: { keydown: (event) => this.press(event) } });
        this.found = h("p", { class: "op-help", role: "status" });
        const search = h("input", {
            type: "search", class: "op-input", placeholder: `在${placeholder}中查找名称或代码`, "aria-label": `在${placeholder}中查找`,
            on: { input: () => { this.query = search.value.trim().toLowerCase(); this.render(); } },
        });
        this.search = search;
        this.scroller = h("div", { class: "fd-scroll" }, this.tree);
        root.append(h("div", { class: "fd-search" }, search, this.found), this.scroller);
        this.tree.addEventListener("click", (event) => this.click(event));
        this.tree.addEventListener("focusin", (event) => {
            const row = event.target.closest("[role=treeitem]");
            if (row && row.dataset.id !== desk.selected) desk.select(row.dataset.id);
        });
        if (desk.mayEdit) dragging(this.tree, this.scroller, desk);
    }

    render() {
        const all = this.nodes();
        const fits = (node) => !this.query || node.text.toLowerCase().includes(this.query);
        let count = 0;
        const tally = (node) => { const fit = fits(node); count += fit; return fit; };
        const items = [];
        this.homes = new Map();
        for (const node of all) {
            const isFit = tally(node);
            if (!node.children) {
                if (isFit) items.push(this.leaf(node, 1, items.length + 1, all.length));
                continue;
            }
            for (const child of node.children) this.homes.set(child.id, node.id);
            const inside = node.children.filter((child) => tally(child) || isFit);
            if (isFit || inside.length) items.push(this.part(node, inside));
        }
        const focused = this.tree.contains(document.activeElement) ? document.activeElement.dataset.id : null;
        fill(this.tree, items);
        if (!items.length) fill(this.tree, h("li", { class: "fd-none", role: "none" }, this.query ? this.nothing : this.empty));
        const text = this.query ? `找到 ${count} 处` : "";
        if (this.found.textContent !== text) this.found.textContent = text;
        const entries = this.entries();
        const current = entries.find((row) => row.dataset.id === this.desk.selected) ?? entries[0];
        for (const row of entries) {
            row.tabIndex = row === current ? 0 : -1;
            row.setAttribute("aria-selected", String(row.dataset.id === this.desk.selected)); // in place: a row being pressed stays
        }
        if (focused && focused === this.desk.selected && !this.tree.contains(document.activeElement)) current.focus({ preventScroll: true }); // it was drawn anew
    }

    handle(node) {
        return this.desk.mayEdit && !node.isFixed ? h("span", { class: "fd-handle material-symbols-outlined", "aria-hidden": "true", title: "拖动" }, "drag_indicator") : null;
    }

    leaf(node, level, place, size) {
        return this.kept(node.id, [...node.facts, level, place, size], () =>
            h("li", {
                role: "treeitem", class: "fd-item", data: { id: node.id }, tabindex: -1, "aria-level": level, "aria-posinset": place, "aria-setsize": size,
                "aria-selected": "false", "aria-label": node.label,
            }, h("div", { class: "fd-row" }, this.handle(node), node.row())),
        );
    }

    part(node, inside) {
        const expanded = Boolean(this.query) || !this.folded.has(node.id);
        const leaves = expanded ? inside.map((child, place) => this.leaf(child, 2, place + 1, inside.length)) : [];
        return this.kept(node.id, [...node.facts, expanded, inside.length, ...leaves], () =>
            h("li", {
                role: "treeitem", class: `fd-item fd-part${node.isFixed ? " is-fixed" : ""}`, data: { id: node.id }, tabindex: -1, "aria-level": 1,
                "aria-expanded": String(expanded), "aria-selected": "false", "aria-label": node.label,
            }, h("div", { class: "fd-row" }, this.handle(node),
                h("span", { class: "fd-fold material-symbols-outlined", "aria-hidden": "true" }, expanded ? "expand_more" : "chevron_right"),
                node.row(), h("span", { class: "fd-count" }, String(inside.length)),
            ), expanded ? (leaves.length ? h("ul", { role: "group" }, leaves) : h("p", { class: "fd-none" }, node.none)) : null),
        );
    }

    /** What was drawn before, as long as the facts it was drawn from are the same. */
    kept(id, facts, draw) {
        const held = this.rows.get(id);
        if (held && held.facts.length === facts.length && held.facts.every((fact, place) => fact === facts[place])) return held.row;
        const row = draw();
        this.rows.set(id, { facts, row });
        return row;
    }

    entries() {
        return [...this.tree.querySelectorAll("[role=treeitem]")];
    }

    /** The row of the element has the focus and can be seen. */
    focus(id) {
        if (this.folded.delete(this.homes.get(id))) this.render();
        const row = this.tree.querySelector(`[data-id="${id}"]`) ?? this.entries()[0];
        row?.focus({ preventScroll: true });
        row?.firstElementChild.scrollIntoView({ block: "nearest" });
    }

    /** The row that is chosen can be seen. */
    reveal() {
        this.tree.querySelector('[aria-selected="true"] > .fd-row')?.scrollIntoView({ block: "nearest" });
    }

    click(event) {
        const row = event.target.closest("[role=treeitem]");
        if (!row) return;
        if (event.target.closest(".fd-fold")) this.fold(row.dataset.id, !this.folded.has(row.dataset.id));
        this.desk.select(row.dataset.id);
        this.focus(row.dataset.id);
        if (!event.target.closest(".fd-fold")) this.desk.open("panel");
    }

    fold(id, isFolded) {
        if (isFolded) this.folded.add(id);
        else this.folded.delete(id);
        this.render();
    }

    press(event) {
        const row = event.target.closest("[role=treeitem]");
        if (!row) return;
        const { desk } = this;
        const { id } = row.dataset;
        const rows = this.entries();
        const place = rows.indexOf(row);
        const go = (target) => target && this.focus(target.dataset.id);
        const isPart = row.hasAttribute("aria-expanded");
        const isOpen = row.getAttribute("aria-expanded") === "true";
        const steps = {
            ArrowDown: () => go(rows[place + 1]), ArrowUp: () => go(rows[place - 1]), Home: () => go(rows[0]), End: () => go(rows.at(-1)),
            ArrowRight: () => (isPart && !isOpen ? (this.fold(id, false), this.focus(id)) : isPart && go(row.querySelector("[role=treeitem]"))),
            ArrowLeft: () => (isPart && isOpen ? (this.fold(id, true), this.focus(id)) : go(row.parentElement.closest("[role=treeitem]"))),
            Enter: () => { desk.open("panel"); desk.focusPanel(); },
            " ": () => { desk.open("panel"); desk.focusPanel(); },
            Delete: () => desk.remove(id),
        };
        const moves = { ArrowUp: () => desk.step(id, -1), ArrowDown: () => desk.step(id, 1) };
        const copies = { d: () => desk.double(id) };
        const table = event.altKey ? moves : event.ctrlKey || event.metaKey ? copies : steps;
        const act = table[event.key];
        const isChange = table !== steps || event.key === "Delete";
        if (!act || (isChange && (!desk.mayEdit || row.classList.contains("is-fixed")))) return;
        event.preventDefault();
        act();
    }
}

const isBlocking = (problem) => problem.severity === "blocking";

/** The problems as one text, which is another when one of them is. */
export const told = (problems) => problems.map((problem) => `${problem.severity} ${problem.sentence}`).join("\n");

/** The mark of an element that has problems. */
export const problemMark = (problems) => (problems.length
    ? h("span", { class: `fd-mark ${problems.some(isBlocking) ? "fd-bad" : "fd-warn"}`, title: problems.map((one) => one.sentence).join("\n") }, icon("error"))
    : null);
