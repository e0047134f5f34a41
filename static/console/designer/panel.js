// The side panel: everything about the chosen element, or the document as a whole where nothing is chosen.

import { button, h, icon, said } from "./dom.js";
import { part } from "./controls.js";

/** Whoever extends it draws an element (`element`) and the whole (`overview`), and applies changes (`patched`). */
export class Panel {
    constructor(root, desk) {
        this.root = root;
        this.desk = desk;
        this.shownId = undefined;
        this.folds = new Map([["more", false]]);
        root.addEventListener("focusout", () => desk.seal());
        root.addEventListener("keydown", (event) => {
            if (event.key === "Escape" && this.shownId && !event.defaultPrevented) desk.focusOutline(this.shownId);
        });
        root.addEventListener("toggle", (event) => { if (event.target.dataset?.part) this.folds.set(event.target.dataset.part, event.target.open); }, true);
    }

    /** Drawn for what is chosen; typing does not draw it anew, `isForced` does. */
    render({ isForced = false, focus = null } = {}) {
        const { desk } = this;
        const element = desk.find(desk.document, desk.selected);
        if (!isForced && this.shownId === (element?.id ?? null)) {
            if (this.title && element) this.title.replaceChildren(said(desk.nameOf(element)));
            this.showProblems();
            return;
        }
        const openColumns = this.shownId === element?.id ? [...this.root.querySelectorAll(".fd-column[open]")].map((one) => one.dataset.column) : [];
        const { scrollTop } = this.root;
        const isSame = this.shownId === (element?.id ?? null);
        this.shownId = element?.id ?? null;
        this.root.replaceChildren(...(element ? this.element(element) : this.overview()).filter(Boolean));
        for (const number of openColumns) this.root.querySelector(`.fd-column[data-column="${number}"]`)?.setAttribute("open", "");
        this.root.scrollTop = isSame ? scrollTop : 0;
        this.showProblems();
        if (focus) this.focus(focus);
    }

    /** The control of the property has the focus; the first one where there is none of that name. */
    focus(property = "") {
        const steps = property.split("/");
        let place = null;
        while (steps.length && !place) {
            place = this.root.querySelector(`[data-property="${CSS.escape(steps.join("/"))}"]`);
            steps.pop();
        }
        for (let fold = place?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
        const inside = "input, select, textarea, button";
        const control = place?.matches(inside) ? place : (place ?? this.root).querySelector(place ? inside : ".op-field input, .op-field select, .op-field textarea");
        control?.focus();
        if (control?.select && control.type === "text") control.select();
    }

    showProblems() {
        const found = this.shownId ? this.desk.problemsOf(this.shownId) : [];
        const places = [...this.root.querySelectorAll("[data-property]")];
        const by = new Map();
        for (const problem of found) {
            const fits = places.filter((place) => place.dataset.property === problem.property || problem.property.startsWith(`${place.dataset.property}/`));
            const place = fits.sort((one, other) => other.dataset.property.length - one.dataset.property.length)[0] ?? null;
            by.set(place, [...(by.get(place) ?? []), problem]);
        }
        for (const place of places) {
            const errors = place.querySelector(":scope > .fd-errors");
            if (!errors) continue;
            const own = [errors.dataset.typed, ...(by.get(place) ?? []).map((one) => one.sentence)].filter(Boolean);
            const words = own.join("；");
            if (errors.textContent !== words) errors.textContent = words;
            place.classList.toggle("has-errors", own.length > 0);
        }
        const rest = by.get(null) ?? [];
        this.general?.replaceChildren(...rest.map((one) => h("p", { class: one.severity === "blocking" ? "op-error" : "fd-advice" }, one.sentence)));
    }

    // --- the parts -------------------------------------------------------------------------------------------------

    /** Its name, with what can be done with it as a whole: nothing where that `isFixed`. */
    head(element, picture, { isFixed = false } = {}) {
        const { desk } = this;
        const acts = desk.mayEdit && !isFixed ? h("div", { class: "fd-acts" },
            button("上移", { picture: "arrow_upward", isBare: true, press: () => desk.step(element.id, -1) }),
            button("下移", { picture: "arrow_downward", isBare: true, press: () => desk.step(element.id, 1) }),
            button("复制", { picture: "content_copy", isBare: true, press: () => desk.double(element.id) }),
            button("删除", { picture: "delete", isBare: true, press: () => desk.remove(element.id) })) : null;
        this.title = h("span", {}, said(desk.nameOf(element)));
        this.general = h("div", { class: "fd-general" });
        return [h("div", { class: "fd-panel-head" }, h("h2", {}, icon(picture), this.title), acts), this.general];
    }

    body(parts) {
        return h("fieldset", { class: "fd-stack fd-plain", disabled: !this.desk.mayEdit }, h("legend", { class: "fd-hidden" }, "属性"), parts);
    }

    fold(title, name, children, isOpen = true) {
        return part(title, children, { name, isOpen: this.folds.get(name) ?? isOpen });
    }

    /** Applies changes to the element; typing in one place is one step back. */
    patcher(id) {
        return (changes, what, key = what) => {
            const element = this.desk.find(this.desk.document, id);
            this.desk.change(this.patched(this.desk.document, id, changes), { what: `修改“${this.desk.nameOf(element)}”的${what}`, selected: id, key: `${id} ${key}` });
        };
    }
}
