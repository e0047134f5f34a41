// The rules as a decision table: a row for each rule, a column for each question and each item that rules bring or take.

import { conditionBuilder, fresh, namesOf } from "../../console/designer/condition_builder.js";
import { namesIn, sentence } from "../../console/designer/conditions.js";
import { opened } from "../../console/designer/dialogs.js";
import { button, h, said } from "../../console/designer/dom.js";
import { callingOf, effectSentence, ruleSentence } from "./sentences.js";
import { vocabularyFor } from "./vocabulary.js";

const NEXT = { "": "add_item", add_item: "remove_item", remove_item: "" };
const ITEM_WORDS = { "": "", add_item: "增加", remove_item: "去掉" };
const SIGNS = { gt: ">", ge: "≥", lt: "<", le: "≤" };

/** What the rule asks of each question, by its code; null where its condition is not one of a table: all of them, one by one. */
export function cellsOf(when) {
    const parts = when.all ?? [when];
    const cells = new Map();
    for (const part of parts) {
        const names = new Set(namesIn(part));
        if (names.size !== 1) return null;
        const [name] = names;
        cells.set(name, cells.has(name) ? { all: [...(cells.get(name).all ?? [cells.get(name)]), part] } : part);
    }
    return cells;
}

/** The condition that asks all of this. */
export function conditionOf(cells) {
    const parts = [...cells.values()].flatMap((part) => part.all ?? [part]);
    return parts.length === 1 ? parts[0] : { all: parts };
}

/** What a cell says: the answer alone where that is enough. */
export function cellText(condition, names) {
    if (!condition) return "";
    const { q, op, value } = condition;
    const several = () => value.map((one) => names.value(q, one)).join("、");
    switch (q && op) {
        case "eq": return names.value(q, value);
        case "ne": return `非 ${names.value(q, value)}`;
        case "in": return several();
        case "not_in": return `非 ${several()}`;
        case "contains": return `选了 ${names.value(q, value)}`;
        case "contains_any": return `选了 ${several()} 之一`;
        case "gt": case "ge": case "lt": case "le": return `${SIGNS[op]} ${names.value(q, value)}`;
        case "answered": return "已回答";
        default: return sentence(condition, names);
    }
}

export class TableView {
    constructor(root, desk) {
        this.desk = desk;
        this.extra = new Set(); // questions that stand in the table though no rule asks them yet
        this.bar = h("div", { class: "op-actions gd-table-bar" });
        this.box = h("div", { class: "gd-table-box", on: { keydown: (event) => this.press(event) } });
        root.append(this.bar, this.box);
    }

    render() {
        const { desk } = this;
        const held = desk.document;
        const focused = this.box.contains(document.activeElement) ? document.activeElement.dataset.cell : null;
        const rules = held.rules.map((rule) => ({ rule, cells: cellsOf(rule.when) }));
        const asked = new Set([...this.extra, ...rules.flatMap(({ cells }) => [...(cells?.keys() ?? [])])]);
        const questions = held.questions.filter((question) => asked.has(question.code));
        const brought = new Set(held.rules.flatMap((rule) => rule.effects.filter((one) => NEXT[one.type] !== undefined).map((one) => one.item)));
        const items = held.items.filter((item) => brought.has(item.code));
        const names = namesOf(vocabularyFor(held), () => this.render());
        const calling = callingOf(held, desk.facts);
        const head = h("tr", {}, h("th", { scope: "col" }, "规则"), questions.map((question) => h("th", { scope: "col" }, said(question.text || question.code))),
            items.map((item) => h("th", { scope: "col", class: "gd-result" }, said(calling.item(item.code)))), h("th", { scope: "col", class: "gd-result" }, "其他结果"));
        const rows = rules.map(({ rule, cells }, row) => {
            const cell = (column, words, label, press, more = {}) => h("button", { type: "button", class: "gd-cell", data: { cell: `${row} ${column}` }, "aria-label": label, disabled: !desk.mayEdit && !more.isLink, on: { click: press } }, said(words || "—"));
            const name = rule.name || rule.code;
            const go = (focus) => () => desk.select(rule.id, { focus });
            const conditions = cells
                ? questions.map((question, column) => {
                    const words = cellText(cells.get(question.code), names);
                    return h("td", {}, cell(column + 1, words, `${name}，${question.text}：${words || "不限"}`, () => this.ask(rule, question)));
                })
                : h("td", { colspan: Math.max(1, questions.length) }, cell(1, `当${sentence(rule.when, names)}`, `${name}，条件不能分列，到属性栏修改`, go("when"), { isLink: true }));
            const results = items.map((item, place) => {
                const type = rule.effects.findLast((one) => NEXT[one.type] !== undefined && one.item === item.code)?.type ?? "";
                const label = `${name}，事项“${calling.item(item.code)}”：${ITEM_WORDS[type] || "不变"}`;
                return h("td", { class: `gd-result gd-${type || "none"}` }, cell(questions.length + 1 + place, ITEM_WORDS[type], label, () => this.turn(rule, item.code, NEXT[type])));
            });
            const others = rule.effects.filter((one) => NEXT[one.type] === undefined).map((one) => effectSentence(one, calling)).join("；");
            return h("tr", { data: { of: rule.id }, class: rule.id === desk.selected ? "is-chosen" : "" },
                h("th", { scope: "row" }, cell(0, name, `规则“${name}”：${ruleSentence(rule, held, calling)}`, go("name"), { isLink: true })), conditions, results,
                h("td", { class: "gd-result" }, cell(questions.length + items.length + 1, others, `${name}，其他结果：${others || "没有"}`, go("effects"), { isLink: true })));
        });
        this.box.replaceChildren(rules.length ? h("table", { class: "gd-table" }, h("thead", {}, head), h("tbody", {}, rows)) : h("p", { class: "fd-none" }, "还没有规则。"));
        this.fillBar(questions, items);
        if (focused) this.box.querySelector(`[data-cell="${focused}"]`)?.focus({ preventScroll: true });
    }

    fillBar(questions, items) {
        const { desk } = this;
        if (!desk.mayEdit) return;
        const held = desk.document;
        const chooser = (label, offered, take) => {
            const control = h("select", { "aria-label": label, on: { change: () => take(control.value) } }, h("option", { value: "" }, label), offered.map(([code, name]) => h("option", { value: code }, name)));
            return offered.length ? control : null;
        };
        const shown = new Set(questions);
        const more = held.questions.filter((question) => !shown.has(question)).map((question) => [question.code, question.text || question.code]);
        const known = new Set(items.map((item) => item.code));
        const things = held.items.filter((item) => !known.has(item.code)).map((item) => [item.code, desk.facts.items[item.code] ?? item.code]);
        const rule = () => held.rules.find((one) => one.id === desk.selected) ?? held.rules.at(-1);
        this.bar.replaceChildren(...[
            button("添加规则", { picture: "add", press: () => desk.addTo("rules") }),
            chooser("加一列问题…", more, (code) => { this.extra.add(code); this.render(); }),
            held.rules.length ? chooser("加一列事项…", things, (code) => this.turn(rule(), code, "add_item")) : null,
        ].filter(Boolean));
    }

    /** What the rule asks of the question is put together in a dialog. */
    ask(rule, question) {
        const { desk } = this;
        const vocabulary = vocabularyFor(desk.document);
        const only = { ...vocabulary, offered: vocabulary.offered.filter((one) => one.code === question.code) };
        let current = cellsOf(rule.when).get(question.code) ?? null;
        const take = (condition) => {
            current = condition;
            const cells = cellsOf(rule.when);
            const inOrder = desk.document.questions.map((one) => one.code);
            if (condition) cells.set(question.code, condition);
            else cells.delete(question.code);
            const sorted = new Map([...cells].sort(([one], [other]) => inOrder.indexOf(one) - inOrder.indexOf(other)));
            const patch = { when: conditionOf(sorted) };
            desk.change(desk.panel.patched(desk.document, rule.id, patch), { what: `修改“${desk.nameOf(rule)}”的条件`, selected: rule.id, key: `${rule.id} cell ${question.code}` });
            rule = desk.find(desk.document, rule.id);
        };
        const body = h("div", { class: "fd-stack" });
        const words = { told: (text) => text, always: "不限。", begin: "加上要求", end: "不限", group: question.text, subject: "问题", nothing: "" };
        const rebuild = (focus) => {
            body.replaceChildren(conditionBuilder(current, { property: "cell", words, vocabulary: only, take, rebuild, mayEdit: true }));
            body.querySelector(`[data-property="${CSS.escape(focus ?? "")}"]`)?.focus();
        };
        if (!current) take(fresh(only));
        const dialog = opened(`“${desk.nameOf(rule)}”：${question.text}`, body, h("div", { class: "op-actions" }, button("完成", { class: "op-button op-primary", press: () => dialog.close() })));
        rebuild("cell/at/0/value");
        dialog.addEventListener("close", () => { desk.seal(); desk.panel.render({ isForced: true }); this.box.querySelector(`[data-of="${rule.id}"] [aria-label*="${CSS.escape(question.text)}"]`)?.focus(); });
    }

    /** The rule brings the item, takes it out, or leaves it as it is. */
    turn(rule, item, type) {
        const { desk } = this;
        const kept = rule.effects.filter((one) => NEXT[one.type] === undefined || one.item !== item);
        const place = rule.effects.findIndex((one) => NEXT[one.type] !== undefined && one.item === item);
        const effects = [...kept];
        if (type) effects.splice(place < 0 ? effects.length : place, 0, { type, item });
        desk.change(desk.panel.patched(desk.document, rule.id, { effects }), { what: `修改“${desk.nameOf(rule)}”的结果`, selected: rule.id });
        desk.panel.render({ isForced: true });
        desk.say(`“${desk.nameOf(rule)}”${type ? ITEM_WORDS[type] : "不再决定"}“${desk.facts.items[item] ?? item}”`);
    }

    press(event) {
        const cell = event.target.closest("[data-cell]");
        if (!cell) return;
        const [row, column] = cell.dataset.cell.split(" ").map(Number);
        const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
        if (!step) return;
        event.preventDefault();
        if (event.altKey) {
            if (step[0]) this.desk.step(this.desk.document.rules[row].id, step[0]);
            this.box.querySelector(`[data-cell="${row + step[0]} ${column}"]`)?.focus();
            return;
        }
        const cells = [...this.box.querySelectorAll("[data-cell]")].map((one) => one.dataset.cell.split(" ").map(Number));
        const beside = step[0]
            ? cells.filter(([other]) => other === row + step[0]).sort((one, other) => Math.abs(one[1] - column) - Math.abs(other[1] - column))[0]
            : cells.filter(([other, place]) => other === row && (place - column) * step[1] > 0).sort((one, other) => Math.abs(one[1] - column) - Math.abs(other[1] - column))[0];
        if (beside) this.box.querySelector(`[data-cell="${beside.join(" ")}"]`).focus();
    }
}
