// The form as a citizen sees it: filled in here to try it, kept nowhere.

import { isAnswered } from "../../console/designer/conditions.js";
import { numberOf } from "../../console/designer/controls.js";
import { button, fill, freshId, h, said } from "../../console/designer/dom.js";
import { fieldsOf, nameOf } from "./form.js";
import { codesOf, divisionLengths, hint, problems, visible } from "./judging.js";
import { divisions, entriesOf } from "../../console/designer/lookup.js";
import { answerAbove, below, outside } from "./within.js";

const MOST_ROWS = 50;

export class Preview {
    constructor(root, desk) {
        this.desk = desk;
        this.answers = {}; // by field id
        this.texts = {}; // what stands in an input, where that is not the answer itself
        this.touched = new Set();
        this.drawn = new Map(); // field id → { field, element }
        this.paper = h("div", { class: "fd-paper", role: "group", "aria-label": "市民看到的表单", on: { click: (event) => this.click(event) } });
        root.append(this.paper);
        this.entries = (code) => entriesOf(code, () => this.redraw());
    }

    /** Everything drawn anew, for a list of codes has come. */
    redraw() {
        this.drawn.clear();
        this.render();
    }

    render() {
        const { form } = this.desk;
        const parts = [null, ...form.sections].map((section) => this.section(section, fieldsOf(form, section)));
        this.verdict ??= h("p", { role: "status" });
        this.check ??= button("校验", { press: () => this.checkAll(), class: "op-button op-primary fd-check" });
        this.again ??= button("清空", { press: () => this.clear() });
        const isEmpty = !form.fields.length;
        fill(this.paper, isEmpty ? h("p", { class: "fd-none" }, "添加字段后，这里显示市民看到的表单，可以试填。") : [...parts, this.verdict, this.foot()]);
        this.react();
    }

    foot() {
        this.bottom ??= h("div", { class: "op-actions" }, this.check, this.again);
        return this.bottom;
    }

    section(section, fields) {
        const inside = fields.map((field) => this.field(field));
        if (!section) return inside;
        const held = this.drawn.get(section.id);
        if (held && held.field === section) {
            fill(held.body, inside);
            return held.element;
        }
        const body = h("div", { class: "fd-fields" }, inside);
        const element = h("fieldset", { class: "fd-group", data: { of: section.id } },
            h("legend", {}, said(nameOf(section))), section.help ? h("p", { class: "fd-hint" }, said(section.help)) : null, body);
        this.drawn.set(section.id, { field: section, element, body });
        return element;
    }

    field(field) {
        const held = this.drawn.get(field.id);
        if (held && held.field === field) return held.element;
        const { form } = this.desk;
        const above = field.within ? answerAbove(form, field, this.answers, visible(form, this.answers)) : undefined;
        const element = h("div", { class: "fd-field", data: { of: field.id } });
        const errors = h("div", { class: "fd-errors", id: `answer-${field.id}-errors`, role: "alert" });
        const place = {
            above, id: `answer-${field.id}`, read: () => this.answers[field.id], text: () => this.texts[field.id],
            write: (value, text) => this.answer(field, value, text), leave: () => this.leave(field),
        };
        const isGroup = field.data_type === "table" || (field.data_type === "multi_dict" && codesOf(field, this.entries));
        const name = [said(nameOf(field)), field.required ? h("span", { class: "op-required", title: "必填" }, " *") : null];
        const help = [field.help, hint(field)].filter(Boolean).map((text) => h("p", { class: "fd-hint" }, said(text)));
        help.forEach((one, number) => { one.id = `${place.id}-help-${number}`; });
        place.described = [...help.map((one) => one.id), errors.id].join(" ");
        const control = field.data_type === "table" ? this.table(field, place) : this.control(field, place, nameOf(field));
        const labelled = isGroup ? h("p", { class: "fd-label", id: `${place.id}-label` }, name) : h("label", { class: "fd-label", for: place.id }, name);
        element.append(labelled, control, ...help, errors);
        this.drawn.set(field.id, { field, element, errors, above });
        return element;
    }

    // --- controls --------------------------------------------------------------------------------------------------

    /** The control of a field or of a cell; `place` reads and writes its answer. */
    control(field, place, label) {
        const kind = field.data_type;
        const facts = { id: place.id, "aria-describedby": place.described ?? null, "aria-required": field.required ? "true" : null };
        const take = (event) => place.write(event.target.value || undefined);
        const on = { input: take, change: (event) => { take(event); place.leave(); } };
        const shown = place.read() ?? "";
        if (kind === "boolean") return choice(facts, [["true", "是"], ["false", "否"]], isAnswered(place.read()) ? String(place.read()) : "", (code) => place.write(code === "" ? undefined : code === "true"), place.leave);
        if (kind === "division") return this.division(field, place, facts);
        if (kind === "multi_dict" || kind === "dict") {
            const codes = this.offered(field, place);
            if (codes && kind === "dict") return choice(facts, codes.map((one) => [one.code, one.name]), shown, (code) => place.write(code || undefined), place.leave);
            if (codes) return this.ticks(place, codes, label);
            return h("input", { type: "text", ...facts, value: [shown].flat().join(" "), placeholder: field.dictionary ? "正在取字典…" : "还没有选项，可填任意代码",
                on: { change: (event) => { place.write(kind === "dict" ? event.target.value.trim() || undefined : event.target.value.split(/\s+/u).filter(Boolean)); place.leave(); } } });
        }
        if (kind === "text") return h("textarea", { rows: 3, ...facts, value: shown, on });
        if (kind === "integer" || kind === "decimal") {
            const input = h("input", { type: "text", inputmode: kind === "integer" ? "numeric" : "decimal", ...facts, value: place.text() ?? shown,
                on: { input: (event) => place.write(numberOf(event.target.value), event.target.value), change: place.leave } });
            return field.unit ? h("span", { class: "fd-unit" }, input, said(field.unit)) : input;
        }
        const types = { date: "date", phone: "tel" };
        const placeholder = kind === "file" ? "正式办理时在此上传附件；试填时写任意编号" : null;
        return h("input", { type: types[kind] ?? "text", ...facts, placeholder, autocomplete: "off", value: shown, on });
    }

    /** The codes that can be chosen; what was chosen and does not lie under the answer above stays, and is told to be wrong. */
    offered(field, place) {
        const codes = codesOf(field, this.entries);
        if (!codes || place.above === undefined) return codes;
        const left = below(codes, place.above);
        const chosen = [place.read() ?? []].flat();
        return codes.filter((one) => left.includes(one) || chosen.includes(one.code));
    }

    ticks(place, codes, label) {
        const box = h("div", { role: "group", "aria-label": label, id: place.id, "aria-describedby": place.described ?? null });
        const change = () => {
            const chosen = [...box.querySelectorAll("input:checked")].map((one) => one.value);
            place.write(chosen.length ? chosen : undefined);
            place.leave();
        };
        const chosen = new Set([place.read() ?? []].flat());
        box.append(...codes.map((one) => h("label", { class: "fd-option" }, h("input", { type: "checkbox", value: one.code, checked: chosen.has(one.code), on: { change } }), said(one.name))));
        return box;
    }

    division(field, place, facts) {
        const known = divisions(() => this.redraw());
        const lengths = divisionLengths(field);
        if (!known) return h("input", { type: "text", inputmode: "numeric", ...facts, value: place.read() ?? "", placeholder: "区划代码", on: { input: (event) => place.write(event.target.value || undefined), change: place.leave } });
        const names = new Map(known.map((one) => [one.code, one.name]));
        const offered = known.filter((one) => lengths.includes(one.code.length) && one.parent !== null && !one.is_statistical);
        const select = choice(facts, [], "", (code) => place.write(code || undefined), place.leave);
        for (const district of known.filter((one) => one.code.length === 6 && one.parent !== null)) {
            const inside = offered.filter((one) => one.code === district.code || one.parent === district.code);
            const options = inside.map((one) => h("option", { value: one.code }, one.name));
            if (inside.length) select.append(lengths.includes(9) ? h("optgroup", { label: names.get(district.code) }, options) : options[0]);
        }
        select.value = place.read() ?? "";
        return select;
    }

    table(field, place) {
        const rows = () => this.answers[field.id] ?? [{}];
        const box = h("div", { class: "fd-table", role: "group", "aria-labelledby": `${place.id}-label`, "aria-describedby": place.described });
        const draw = () => {
            box.replaceChildren(
                ...rows().map((row, number) => h("div", { class: "fd-line", role: "group", "aria-label": `第 ${number + 1} 行` },
                    h("div", { class: "fd-line-head" }, h("span", {}, `第 ${number + 1} 行`),
                        button("删除这一行", { picture: "close", isBare: true, press: () => { write(rows().filter((_row, other) => other !== number)); draw(); } })),
                    (field.columns ?? []).map((column) => this.cell(field, column, row, number, write)))),
                button("加一行", { picture: "add", press: () => { if (rows().length < MOST_ROWS) write([...rows(), {}]); draw(); box.querySelector(".fd-line:nth-last-of-type(1) input, .fd-line:nth-last-of-type(1) select")?.focus(); } }),
                (field.columns ?? []).length ? "" : h("p", { class: "fd-none" }, "这个表格还没有列。"),
            );
        };
        const write = (value) => this.answer(field, value.length ? value : undefined);
        draw();
        return box;
    }

    cell(field, column, row, number, write) {
        const errors = h("div", { class: "fd-errors", role: "alert" });
        const id = freshId();
        let text;
        const rows = () => this.answers[field.id] ?? [{}];
        const set = (value) => {
            const changed = { ...rows()[number], [column.code]: value };
            if (value === undefined) delete changed[column.code];
            write(rows().map((one, other) => (other === number ? changed : one)));
        };
        const place = {
            id, read: () => rows()[number]?.[column.code], text: () => text,
            write: (value, typed) => { text = typed; set(value); },
            leave: () => showErrors(errors, problems(column, place.read(), this.entries)),
        };
        const element = h("div", { class: "fd-field" },
            h("label", { class: "fd-label", for: id }, said(column.label || column.code), column.required ? h("span", { class: "op-required", title: "必填" }, " *") : null),
            this.control(column, place, column.label), column.help ? h("p", { class: "fd-hint" }, said(column.help)) : null, errors);
        element.judge = place.leave;
        return element;
    }

    // --- what is filled in -----------------------------------------------------------------------------------------

    answer(field, value, text) {
        if (value === undefined) delete this.answers[field.id];
        else this.answers[field.id] = value;
        this.texts[field.id] = text;
        this.react();
    }

    leave(field) {
        this.touched.add(field.id);
        this.react();
    }

    /** What exists is shown, and what was left wrong says so. */
    react() {
        const { form } = this.desk;
        const seen = visible(form, this.answers);
        let wrong = 0;
        for (const field of form.fields) this.follow(field, seen);
        for (const section of form.sections) {
            const element = this.drawn.get(section.id)?.element;
            if (element) element.hidden = !seen.section(section);
        }
        for (const field of form.fields) {
            const { element, errors } = this.drawn.get(field.id);
            element.hidden = !seen.field(field);
            element.classList.toggle("is-chosen", field.id === this.desk.selected);
            const found = element.hidden ? [] : this.wrongIn(field, seen);
            wrong += found.length ? 1 : 0;
            showErrors(errors, this.touched.has(field.id) ? found : []);
            element.classList.toggle("has-errors", this.touched.has(field.id) && found.length > 0);
        }
        if (this.isChecked) this.verdict.textContent = wrong ? `有 ${wrong} 个字段需要改正。` : "校验通过。";
        this.verdict.className = this.isChecked ? (wrong ? "fd-verdict op-error" : "fd-verdict fd-good") : "";
        return wrong;
    }

    /** The list of a field follows the answer above it; what no longer fits is told at once. */
    follow(field, seen) {
        const held = this.drawn.get(field.id);
        if (!field.within || held.above === answerAbove(this.desk.form, field, this.answers, seen)) return;
        this.drawn.delete(field.id);
        held.element.replaceWith(this.field(field));
        if (isAnswered(this.answers[field.id])) this.touched.add(field.id);
    }

    wrongIn(field, seen) {
        const value = this.answers[field.id];
        const { form } = this.desk;
        const found = problems(field, value, this.entries);
        if (field.within) found.push(...outside(form, field, value, answerAbove(form, field, this.answers, seen), codesOf(field, this.entries)));
        if (field.data_type !== "table" || !isAnswered(value)) return found;
        const cells = value.flatMap((row) => (field.columns ?? []).flatMap((column) => problems(column, row[column.code], this.entries)));
        return cells.length ? [...found, "表格中有需要改正的内容"] : found;
    }

    checkAll() {
        this.isChecked = true;
        for (const field of this.desk.form.fields) this.touched.add(field.id);
        for (const cell of this.paper.querySelectorAll(".fd-line .fd-field")) cell.judge();
        if (this.react()) this.paper.querySelector(".has-errors:not([hidden])")?.scrollIntoView({ block: "nearest" });
    }

    clear() {
        this.answers = {};
        this.texts = {};
        this.touched.clear();
        this.isChecked = false;
        this.verdict.textContent = "";
        this.redraw();
    }

    /** The field that is chosen can be seen, and looks chosen. */
    reveal(id) {
        const element = this.drawn.get(id)?.element;
        for (const one of this.paper.querySelectorAll(".is-chosen")) one.classList.toggle("is-chosen", one === element);
        if (!element || element.hidden) return;
        element.classList.toggle("is-chosen", true);
        element.scrollIntoView({ block: "nearest" });
    }

    click(event) {
        if (event.target.closest("input, select, textarea, button, label, option")) return;
        const id = event.target.closest("[data-of]")?.dataset.of;
        if (id) this.desk.select(id);
    }
}

function choice(facts, options, value, take, leave) {
    return h("select", { ...facts, value, on: { change: (event) => { take(event.target.value); leave(); } } },
        h("option", { value: "" }, "请选择"), options.map(([code, text]) => h("option", { value: code }, text)));
}

function showErrors(place, sentences) {
    const text = sentences.join("；");
    if (place.textContent !== text) place.textContent = text;
}
