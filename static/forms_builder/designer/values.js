// What a field or a column of a table accepts: the part of the panel that depends on its kind.

import { wrongCode } from "../../console/designer/codes.js";
import { button, h, said } from "../../console/designer/dom.js";
import { entryButtons, code, complain, labelled, number, pair, picker, select, text } from "../../console/designer/controls.js";
import { compiled, faults } from "./judging.js";
import { has, isNumeric, isTextual, KINDS, unfit } from "./kinds.js";
import { findDictionaries, entriesOf, getDictionary } from "../../console/designer/lookup.js";

export const KIND_CHOICES = Object.entries(KINDS).map(([kind, { name }]) => [kind, name]);

/** The controls of the element's values. `patch(changes, what)` applies; `rebuild` draws the panel anew after it. */
export function valueControls(element, { patch, rebuild, prefix = "" }) {
    const kind = element.data_type;
    const at = (property) => ({ property: `${prefix}${property}` });
    const whole = (label, property, more = {}) => number(label, element[property], (value) => patch({ [property]: value }, label), { isWhole: true, ...at(property), ...more });
    const parts = [];
    if (kind === "division") {
        const options = [["", "区或街镇都可以"], ["6", "只到区（6 位）"], ["9", "到街镇（9 位）"]];
        const value = [6, 9].includes(element.max_length) ? String(element.max_length) : "";
        parts.push(select("选到哪一级", value, options, (chosen) => patch({ max_length: chosen ? Number(chosen) : null }, "选到哪一级"), at("max_length")));
    } else if (isTextual(kind)) {
        const longest = whole("最多字数", "max_length");
        parts.push(has(kind, "min_length") ? pair(whole("最少字数", "min_length"), longest) : longest);
        parts.push(...patternControls(element, patch, at));
    } else if (isNumeric(kind)) {
        const digits = whole("总位数", "max_length", { help: kind === "decimal" ? "含小数位" : undefined });
        parts.push(kind === "decimal" ? pair(digits, whole("小数位数", "scale")) : digits);
        parts.push(pair(number("最小值", element.minimum, (value) => patch({ minimum: value }, "最小值"), at("minimum")), number("最大值", element.maximum, (value) => patch({ maximum: value }, "最大值"), at("maximum"))));
        parts.push(text("计量单位", element.unit, (value) => patch({ unit: value }, "计量单位"), { ...at("unit"), placeholder: "元、平方米、人" }));
    } else if (has(kind, "dictionary")) {
        parts.push(...codeControls(element, { patch, rebuild, prefix }));
    }
    if (has(kind, "min_items") && !prefix) {
        const word = kind === "table" ? "行" : "项";
        parts.push(pair(whole(`最少${word}数`, "min_items"), whole(`最多${word}数`, "max_items")));
    }
    return parts;
}

/** A pattern, and a value typed to see whether it fits. */
function patternControls(element, patch, at) {
    const verdict = h("p", { class: "fd-sample", role: "status" });
    let current = element;
    const sample = text("试一个值", "", () => judge(), { placeholder: "看这个值能不能通过" });
    const typed = sample.querySelector("input");
    const judge = () => {
        const found = typed.value === "" ? null : faults({ ...current, required: false }, typed.value, () => null);
        verdict.textContent = found === null ? "" : found.length ? `不能通过：${found.join("；")}` : "可以通过";
        verdict.className = `fd-sample ${found?.length ? "op-error" : "fd-good"}`;
    };
    const pattern = text("格式（正则表达式）", element.pattern, (value) => {
        current = { ...current, pattern: value || null };
        complain(pattern.querySelector("input"), value && !compiled(value) ? "这个表达式写得不对" : "");
        patch({ pattern: value || null }, "格式");
        judge();
    }, { ...at("pattern"), help: "如 ^[A-Z]{2}[0-9]{6}$；不填则不限格式" });
    pattern.querySelector("input").classList.add("fd-code");
    sample.append(verdict);
    return [pattern, sample];
}

/** Which codes can be chosen: a dictionary of the register, or options of the field's own. */
function codeControls(element, { patch, rebuild, prefix }) {
    const isOwn = !element.dictionary;
    const from = select("选项来自", isOwn ? "own" : "dictionary", [["dictionary", "字典"], ["own", "自定选项"]], (value) => {
        if (value === "dictionary") return void shelf.replaceWith(dictionary());
        patch({ dictionary: null, within: null, options: element.options?.length ? element.options : [{ code: "1", name: "选项一" }] }, "选项来自");
        rebuild();
    });
    const shelf = isOwn ? options() : dictionary();

    function dictionary() {
        const known = element.dictionary ? described(element.dictionary) : null;
        const find = async (typed) => (await findDictionaries(typed)).map((one) => ({ code: one.code, name: one.name, note: one.standard }));
        return h("div", { class: "fd-stack" }, known, picker(element.dictionary ? "换一个字典" : "选择字典", {
            find, property: `${prefix}dictionary`, pick: (entry) => { patch({ dictionary: entry.code, within: null, options: null }, "字典"); rebuild(); },
        }));
    }

    function options() {
        let list = element.options ?? [];
        const put = (made, key) => { list = made; patch({ options: made }, "选项", key); };
        const change = (make, place) => { put(make(list)); rebuild(`${prefix}options/${place}/name`); };
        const set = (number, what) => put(list.map((one, other) => (other === number ? { ...one, ...what } : one)), `option ${number}`);
        const line = (one, number) => h("li", { class: "fd-entry" },
            h("input", { type: "text", class: "fd-code", value: one.code, "aria-label": `第 ${number + 1} 项代码`, data: { property: `${prefix}options/${number}/code` }, on: {
                change: (event) => set(number, { code: event.target.value.trim() }),
            } }),
            h("input", { type: "text", value: one.name, "aria-label": `第 ${number + 1} 项名称`, data: { property: `${prefix}options/${number}/name` }, on: {
                input: (event) => set(number, { name: event.target.value }),
                keydown: (event) => { if (event.key === "Enter") { event.preventDefault(); add(); } },
            } }),
            entryButtons(`选项“${one.name || one.code}”`, number, list.length, change));
        const add = () => {
            const codes = new Set(list.map((one) => one.code));
            let next = list.length + 1;
            while (codes.has(String(next))) next += 1;
            put([...list, { code: String(next), name: "" }]);
            rebuild(`${prefix}options/${list.length - 1}/name`);
        };
        const rows = h("ul", { class: "fd-entries" }, list.map(line));
        return labelled("选项（代码和名称）", h("div", { role: "group" }, rows, button("添加选项", { picture: "add", press: add })), { property: `${prefix}options`, isGroup: true });
    }
    return [from, shelf];
}

/** The dictionary by name, and how many entries it offers today. */
function described(code) {
    const line = h("p", { class: "fd-chosen" }, h("code", {}, code));
    const tell = () => {
        const entries = entriesOf(code, tell);
        getDictionary(code).then((found) => {
            const first = (entries ?? []).slice(0, 3).map((one) => one.name).join("、");
            line.replaceChildren(h("a", { href: `/dictionaries/${encodeURIComponent(code)}/`, target: "_blank", rel: "noopener" }, said(found.name)), " ", h("code", {}, code),
                entries ? h("span", { class: "op-quiet" }, ` ${entries.length} 项${first ? `：${first}${entries.length > 3 ? "…" : ""}` : ""}`) : "");
        }, () => line.replaceChildren(h("code", {}, code), h("span", { class: "op-error" }, " 登记中没有这个字典")));
    };
    tell();
    return line;
}

/** The columns of a table: each with its own small editor. */
export function columnControls(field, { patch, rebuild }) {
    let columns = field.columns ?? [];
    const put = (made, what, key) => { columns = made; patch({ columns: made }, what, key); };
    const change = (make, place) => { put(make(columns), "列"); rebuild(`columns/${place}/label`); };
    const one = (column, number) => {
        let current = column;
        const own = (changes, what, key = what) => {
            current = { ...current, ...changes };
            put(columns.map((other, place) => (place === number ? current : other)), `列的${what}`, `${number}-${key}`);
        };
        const at = (property) => ({ property: `columns/${number}/${property}` });
        const heading = h("span", {}, said(column.label || column.code));
        return h("li", {}, h("details", { class: "fd-column", data: { column: number } },
            h("summary", {}, heading, h("span", { class: "op-quiet" }, ` ${KINDS[column.data_type].name}${column.required ? "，必填" : ""}`)),
            h("div", { class: "fd-stack" },
                entryButtons(`列“${column.label || column.code}”`, number, columns.length, change),
                text("列名", column.label, (value) => { own({ label: value }, "名称"); heading.replaceChildren(said(value || column.code)); }, at("label")),
                code("代码", column.code, (value) => own({ code: value }, "代码"), { ...at("code"), judge: (typed) => wrongCode(typed, current.code, columns) }),
                select("类型", column.data_type, KIND_CHOICES.filter(([kind]) => kind !== "table" && kind !== "file"), (kind) => {
                    own({ data_type: kind, ...Object.fromEntries(unfit(current, kind).map((property) => [property, null])) }, "类型");
                    rebuild(`columns/${number}/data_type`);
                }, at("data_type")),
                labelledTick(current.required, (value) => own({ required: value }, "必填"), number),
                valueControls(column, { patch: own, rebuild, prefix: `columns/${number}/` }),
                text("填写说明", column.help, (value) => own({ help: value }, "填写说明"), at("help")))));
    };
    const add = () => {
        const codes = new Set(columns.map((column) => column.code));
        let next = columns.length + 1;
        while (codes.has(`column_${next}`)) next += 1;
        put([...columns, { code: `column_${next}`, label: "新的列", data_type: "string", max_length: 50 }], "列");
        rebuild(`columns/${columns.length - 1}/label`);
    };
    return labelled("列", h("div", { role: "group" }, h("ol", { class: "fd-columns" }, columns.map(one)), button("添加列", { picture: "add", press: add })), { property: "columns", isGroup: true });
}

function labelledTick(value, take, number) {
    const control = h("input", { type: "checkbox", checked: Boolean(value), on: { change: () => take(control.checked) } });
    return h("label", { class: "fd-option", data: { property: `columns/${number}/required` } }, control, "必填");
}
