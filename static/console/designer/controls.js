// The labelled controls of the side panel. Each changes one property, and shows what is wrong with it.

import { button, freshId, h, said } from "./dom.js";

/** A control with its label, its help and a place for what is wrong. `property` is its place in the element. */
export function labelled(label, control, { property, help, isGroup = false } = {}) {
    const id = control.id || (control.id = freshId());
    const errors = h("div", { class: "fd-errors", id: `${id}-errors` });
    const helpLine = help ? h("p", { class: "op-help", id: `${id}-help` }, help) : null;
    control.setAttribute("aria-describedby", [help ? `${id}-help` : "", errors.id].filter(Boolean).join(" "));
    const name = isGroup ? h("p", { class: "fd-label", id: `${id}-label` }, label) : h("label", { for: id }, label);
    if (isGroup) control.setAttribute("aria-labelledby", `${id}-label`);
    return h("div", { class: "op-field", data: property ? { property } : {} }, name, control, helpLine, errors);
}

/** Says beside the control what is wrong with what was just typed there; nothing for an empty sentence. */
export function complain(control, sentence) {
    const place = control.closest(".op-field");
    const errors = place.querySelector(":scope > .fd-errors");
    errors.dataset.typed = sentence;
    errors.textContent = sentence;
    place.classList.toggle("has-errors", Boolean(sentence));
    control.setAttribute("aria-invalid", sentence ? "true" : "false");
}

/** A line or more of text; `take` gets every keystroke. */
export function text(label, value, take, { isLong = false, ...more } = {}) {
    const on = { input: () => take(control.value), change: () => more.leave?.() };
    const control = isLong ? h("textarea", { rows: 3, value: value ?? "", on }) : h("input", { type: "text", value: value ?? "", autocomplete: "off", spellcheck: "false", on });
    if (more.placeholder) control.placeholder = more.placeholder;
    return labelled(label, control, more);
}

/** A text that counts when it is left; `judge` says what is wrong with it, and then it does not count. */
export function code(label, value, take, { judge, ...more }) {
    const commit = () => {
        const typed = control.value.trim();
        const wrong = judge(typed);
        complain(control, wrong);
        if (!wrong && typed !== value) take(typed);
    };
    const on = { change: commit, input: () => complain(control, judge(control.value.trim())), keydown: (event) => event.key === "Enter" && commit() };
    const control = h("input", { type: "text", value, autocomplete: "off", spellcheck: "false", class: "fd-code", on });
    return labelled(label, control, more);
}

/** A number or nothing. `isWhole`: not negative and without decimals, as lengths and counts are. */
export function number(label, value, take, { isWhole = false, ...more } = {}) {
    const on = {
        input: () => {
            const given = numberOf(control.value);
            const fits = given === undefined || (typeof given === "number" && (!isWhole || (Number.isInteger(given) && given >= 0 && given < 1e9)));
            complain(control, fits ? "" : isWhole ? "应填写不小于 0 的整数" : "应填写数字");
            if (fits) take(given ?? null);
        },
    };
    const control = h("input", { type: "text", inputmode: isWhole ? "numeric" : "decimal", value: value ?? "", autocomplete: "off", on });
    return labelled(label, control, more);
}

/** One of several; options are pairs of value and words. */
export function select(label, value, options, take, more = {}) {
    const control = h("select", { value: value ?? "", on: { change: () => take(control.value) } }, options.map(([key, words]) => h("option", { value: key }, words)));
    return labelled(label, control, more);
}

/** A day or none. */
export function day(label, value, take, more = {}) {
    const control = h("input", { type: "date", value: value ?? "", on: { change: () => take(control.value || null) } });
    return labelled(label, control, more);
}

/** Yes or no. */
export function tick(label, value, take, { property } = {}) {
    const control = h("input", { type: "checkbox", checked: Boolean(value), on: { change: () => take(control.checked) } });
    return h("div", { class: "op-field fd-tick", data: property ? { property } : {} }, h("label", { class: "fd-option" }, control, label), h("div", { class: "fd-errors" }));
}

/** Two controls beside each other. */
export const pair = (...fields) => h("div", { class: "fd-pair" }, fields);

/** A part of the panel that can be folded away. */
export function part(title, children, { isOpen = true, name } = {}) {
    return h("details", { class: "fd-panel-part", open: isOpen, data: name ? { part: name } : {} }, h("summary", {}, title), h("div", { class: "fd-stack" }, children));
}

/** Looks something up in a register while one types: a combobox whose list is walked by arrows. */
export function picker(label, { find, pick, help, property }) {
    const listId = freshId();
    let found = [];
    let active = -1;
    let asked = 0;
    let timer = null;
    const list = h("ul", { id: listId, role: "listbox", class: "fd-found", "aria-label": label, hidden: true });
    const status = h("p", { class: "op-help", role: "status" });
    const on = {
        input: () => { clearTimeout(timer); timer = setTimeout(look, 200); },
        focus: () => { if (!found.length) look(); },
        blur: () => setTimeout(close, 150),
        keydown: (event) => {
            const steps = { ArrowDown: 1, ArrowUp: -1 };
            if (steps[event.key] && found.length) {
                event.preventDefault();
                active = (active + steps[event.key] + found.length) % found.length;
                show();
            } else if (event.key === "Enter" && found[active]) {
                event.preventDefault();
                choose(found[active]);
            } else if (event.key === "Escape" && !list.hidden) {
                event.stopPropagation();
                close();
            }
        },
    };
    const control = h("input", { type: "text", role: "combobox", "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list", autocomplete: "off", placeholder: "输入名称或代码查找", on });

    async function look() {
        const mine = (asked += 1);
        try {
            const entries = await find(control.value.trim());
            if (mine !== asked || document.activeElement !== control) return;
            found = entries;
            active = -1;
            status.textContent = found.length ? "" : "没有找到。";
            show();
        } catch {
            status.textContent = "现在查不到，请稍后再试。";
        }
    }
    function show() {
        list.replaceChildren(...found.map((entry, number) => h("li", {
            role: "option", id: `${listId}-${number}`, "aria-selected": String(number === active),
            on: { mousedown: (event) => { event.preventDefault(); choose(entry); } },
        }, said(entry.name), " ", h("code", {}, entry.code), entry.note ? h("span", { class: "op-quiet" }, ` ${entry.note}`) : null)));
        list.hidden = !found.length;
        control.setAttribute("aria-expanded", String(!list.hidden));
        if (active >= 0) control.setAttribute("aria-activedescendant", `${listId}-${active}`);
        else control.removeAttribute("aria-activedescendant");
        list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
    }
    function close() {
        list.hidden = true;
        control.setAttribute("aria-expanded", "false");
        control.removeAttribute("aria-activedescendant");
    }
    function choose(entry) {
        close();
        control.value = "";
        found = [];
        pick(entry);
    }
    const field = labelled(label, control, { help, property });
    field.classList.add("fd-picker");
    control.after(list, status);
    return field;
}

/** The buttons that move or remove one entry of a small list. */
export function entryButtons(what, place, count, change) {
    const swap = (other) => (list) => { const copy = [...list]; [copy[place], copy[other]] = [copy[other], copy[place]]; return copy; };
    return h("span", { class: "fd-buttons" },
        button(`${what}上移`, { picture: "arrow_upward", isBare: true, disabled: place === 0, press: () => change(swap(place - 1), place - 1) }),
        button(`${what}下移`, { picture: "arrow_downward", isBare: true, disabled: place === count - 1, press: () => change(swap(place + 1), place + 1) }),
        button(`删除${what}`, { picture: "close", isBare: true, press: () => change((list) => list.filter((_one, other) => other !== place), Math.max(0, place - 1)) }));
}

/** A list whose elements are changed one by one without being drawn anew: each change builds on the one before. */
export function editing(elements, commit) {
    let current = elements;
    const put = (made, told) => { current = made; commit(current, ...told); };
    return {
        all: () => current,
        put: (make, ...told) => put(make(current), told),
        set: (place, changes, ...told) => put(current.map((one, other) => (other === place ? { ...one, ...changes } : one)), told),
    };
}

/** The number a text spells; undefined for an empty one, the text itself where it spells none. */
export function numberOf(text) {
    const trimmed = text.trim();
    if (trimmed === "") return undefined;
    return /^-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/u.test(trimmed) ? Number(trimmed) : trimmed;
}
