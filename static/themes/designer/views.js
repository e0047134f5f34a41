// The middle of the page: the rules as sentences, as a table, and the flow as a picture; one of them at a time.

import { button, h } from "../../console/designer/dom.js";

export class Views {
    /** `views`: name → { title, view }; the first is open. A view has `render`, and may have `reveal` and `tellProblems`. */
    constructor(root, desk, make) {
        this.open = Object.keys(make)[0];
        this.panels = {};
        this.views = {};
        this.tabs = h("div", { class: "gd-tabs", role: "tablist", "aria-label": "怎样看", on: { keydown: (event) => this.press(event) } });
        this.root = desk.root;
        this.wide = button("放大", { picture: "open_in_full", isBare: true, "aria-pressed": "false", press: () => this.widen(!this.root.classList.contains("is-wide")) });
        root.append(h("div", { class: "gd-head" }, this.tabs, this.wide));
        for (const [name, { title, View }] of Object.entries(make)) {
            this.tabs.append(h("button", { type: "button", class: "gd-tab", role: "tab", id: `gd-tab-${name}`, "aria-controls": `gd-view-${name}`, data: { view: name }, on: { click: () => this.show(name) } }, title));
            this.panels[name] = h("div", { class: `gd-view gd-view-${name}`, role: "tabpanel", id: `gd-view-${name}`, "aria-labelledby": `gd-tab-${name}`, tabindex: 0 });
            root.append(this.panels[name]);
            this.views[name] = new View(this.panels[name], desk);
        }
        this.show(this.open, { isFirst: true });
    }

    show(name, { isFirst = false } = {}) {
        this.open = name;
        for (const [one, panel] of Object.entries(this.panels)) panel.hidden = one !== name;
        for (const tab of this.tabs.children) {
            tab.setAttribute("aria-selected", String(tab.dataset.view === name));
            tab.tabIndex = tab.dataset.view === name ? 0 : -1;
        }
        if (!isFirst) this.render();
    }

    /** The middle alone takes the whole width, or stands between structure and properties. */
    widen(isWide) {
        this.root.classList.toggle("is-wide", isWide);
        this.wide.setAttribute("aria-pressed", String(isWide));
    }

    press(event) {
        const tabs = [...this.tabs.children];
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
        next.focus();
        this.show(next.dataset.view);
    }

    render() {
        this.views[this.open].render();
    }

    tellProblems() {
        this.views[this.open].tellProblems?.();
    }

    reveal(id) {
        this.views[this.open].reveal?.(id);
    }
}
