// A condition put together in sentences: which subjects, which tests, all or any of them, groups within groups.

import { nameOfOp, opsOf, sentence, takesList, valueText } from "./conditions.js";
import { button, h, said } from "./dom.js";

const MODES = { all: "全部满足", any: "满足任意一条", none: "一条也不满足" };
const NUMERIC = new Set(["integer", "decimal"]);

/**
 * What a condition can speak of: `offered` subjects as `{ code, name, kind }` (kinds as those of form fields), `find` one by
 * its code, and `values(code, whenHere)`: pairs of value and name it chooses from, null for any or where they are not here yet.
 * `parameters`, where there are any, may stand for numbers and days: `{ code, name }`.
 */
export function namesOf(vocabulary, whenHere) {
    return {
        field: (code) => vocabulary.find(code)?.name ?? code,
        isDay: (code) => vocabulary.find(code)?.kind === "date",
        value: (code, value) => {
            if (value?.parameter) return `参数“${vocabulary.parameters?.find((one) => one.code === value.parameter)?.name ?? value.parameter}”`;
            if (typeof value === "number") return [valueText(value), vocabulary.find(code)?.unit].filter(Boolean).join(" ");
            if (typeof value !== "string") return valueText(value);
            return vocabulary.values(code, whenHere)?.find(([one]) => one === value)?.[1] ?? value;
        },
    };
}

/**
 * The condition as something that can be put together. `take` gets the condition, null for none; `rebuild` draws its place
 * anew; `words`: what is said of it, and the texts of its buttons. `mustHold`: it cannot be taken away as a whole.
 */
export function conditionBuilder(condition, { property, words, vocabulary, take, rebuild, mayEdit, mustHold = false }) {
    const names = namesOf(vocabulary, () => { line.textContent = told(); });
    const told = () => (condition ? words.told(sentence(condition, names)) : words.always);
    const line = h("p", { class: "fd-told" }, told());
    if (!mayEdit) return h("div", {}, line);
    const errors = h("div", { class: "fd-errors" });
    if (!condition) {
        const begin = () => { take(fresh(vocabulary)); rebuild(property); };
        return h("div", { class: "fd-stack", data: { property } }, line, vocabulary.offered.length
            ? button(words.begin, { picture: "add", press: begin })
            : h("p", { class: "op-help" }, words.nothing), errors);
    }
    const tree = { model: opened(condition) };
    const changed = (focus) => { // with a place to go to where the shape is another one
        condition = closed(tree.model);
        line.textContent = told();
        take(condition);
        if (focus) rebuild(focus);
    };
    const end = button(words.end, { picture: "close", press: () => { take(null); rebuild(property); } });
    return h("div", { class: "fd-stack", data: { property } }, line,
        group(tree.model, { vocabulary, words, changed, path: `${property}/at`, mustHold }), mustHold ? null : end, errors);
}

/** The first test that can be made; nothing to be asked of makes no condition. */
export function fresh({ offered: [first], values }) {
    const [op] = opsOf(first.kind);
    return { q: first.code, op, ...defaultValue(first, op, values) };
}

// --- groups: all, any, none, as the page edits them ---------------------------------------------------------------------

function opened(condition) {
    if (condition.all) return { mode: "all", parts: condition.all.map(inner) };
    if (condition.any) return { mode: "any", parts: condition.any.map(inner) };
    if (condition.not) return { mode: "none", parts: condition.not.any ? condition.not.any.map(inner) : [inner(condition.not)] };
    return { mode: "all", parts: [condition] };
}
const inner = (condition) => (condition.q === undefined || condition.q === null ? opened(condition) : condition);

function closed(model, isWhole = true) {
    if (model.mode === undefined) return model;
    const parts = model.parts.map((part) => closed(part, false)).filter(Boolean);
    if (!parts.length) return null;
    if (model.mode === "none") return { not: parts.length === 1 ? parts[0] : { any: parts } };
    return isWhole && parts.length === 1 ? parts[0] : { [model.mode]: parts };
}

function group(model, { vocabulary, words, changed, path, depth = 0, remove, mustHold }) {
    const mode = h("select", { "aria-label": "这一组条件怎样算满足", value: model.mode, on: { change: () => { model.mode = mode.value; changed(); } } },
        Object.entries(MODES).map(([key, name]) => h("option", { value: key }, name)));
    const lines = model.parts.map((part, place) => {
        const own = `${path}/${place}`;
        const isLast = mustHold && model.parts.length === 1;
        const drop = isLast ? null : () => { model.parts.splice(place, 1); changed(`${path}/${Math.max(0, place - 1)}/field`); };
        const replace = (made, focus) => { model.parts[place] = made; changed(focus); };
        return h("li", {}, part.mode === undefined ? test(part, { vocabulary, words, replace, drop, path: own }) : group(part, { vocabulary, words, changed, path: own, depth: depth + 1, remove: drop, mustHold }));
    });
    const add = (made, more) => { model.parts.push(made); changed(`${path}/${model.parts.length - 1}${more}`); };
    const isChosen = model.parts.length > 1 || model.mode !== "all" || depth;
    const offersMore = vocabulary.offered.length > 0;
    return h("div", { class: "fd-conditions", role: "group", "aria-label": depth ? "一组条件" : words.group },
        isChosen ? h("div", { class: "fd-mode" }, mode, remove ? button("删除这一组", { picture: "close", isBare: true, press: remove }) : null) : null,
        h("ul", {}, lines),
        offersMore ? h("div", { class: "op-actions" }, button("加一条", { picture: "add", press: () => add(fresh(vocabulary), "/field") }),
            depth < 3 ? button("加一组", { picture: "account_tree", press: () => add({ mode: model.mode === "any" ? "all" : "any", parts: [fresh(vocabulary)] }, "/0/field") }) : null) : null);
}

/** One test: subject, operator, value. A subject that is gone, or an operator of other kinds, is still shown. */
function test(part, { vocabulary, words, replace, drop, path }) {
    const { offered } = vocabulary;
    const subject = vocabulary.find(part.q);
    const kinds = subject ? opsOf(subject.kind) : [part.op];
    const ops = kinds.includes(part.op) ? kinds : [part.op, ...kinds];
    const known = offered.some((one) => one.code === part.q);
    const missing = subject ? subject.name : `${part.q}（没有这个${words.subject}）`;
    const subjects = h("select", { "aria-label": words.subject, data: { property: `${path}/field` }, on: { change: () => {
        const chosen = vocabulary.find(subjects.value);
        const op = opsOf(chosen.kind).includes(part.op) ? part.op : opsOf(chosen.kind)[0];
        replace({ q: chosen.code, op, ...defaultValue(chosen, op, vocabulary.values) }, `${path}/field`);
    } } }, known ? null : h("option", { value: part.q }, missing), offered.map((one) => h("option", { value: one.code }, one.name)));
    subjects.value = part.q;
    const op = h("select", { "aria-label": "怎样比较", data: { property: `${path}/op` }, on: { change: () => {
        const isSame = takesList(op.value) === takesList(part.op) && op.value !== "answered" && part.op !== "answered";
        replace({ q: part.q, op: op.value, ...(isSame ? { value: part.value } : subject ? defaultValue(subject, op.value, vocabulary.values) : {}) }, `${path}/op`);
    } } }, ops.map((one) => h("option", { value: one }, nameOfOp(one, subject?.kind))));
    op.value = part.op;
    return h("div", { class: "fd-test" }, subjects, op, part.op === "answered" ? null : value(part, subject, { vocabulary, replace, path }),
        drop ? button("删除这一条", { picture: "close", isBare: true, press: drop }) : null);
}

function defaultValue(subject, op, values) {
    if (op === "answered") return {};
    const first = values(subject.code, null)?.[0]?.[0];
    if (takesList(op)) return { value: first === undefined ? [] : [first] };
    if (subject.kind === "boolean") return { value: true };
    if (NUMERIC.has(subject.kind)) return { value: 0 };
    return { value: first ?? "" };
}

function value(part, subject, { vocabulary, replace, path }) {
    const put = (given) => replace({ ...part, value: given });
    const known = subject && vocabulary.values(subject.code, () => replace(part, `${path}/value`));
    if (known && takesList(part.op)) {
        const chosen = new Set(part.value);
        const change = (event, one) => { if (event.target.checked) chosen.add(one); else chosen.delete(one); put(known.map(([code]) => code).filter((code) => chosen.has(code))); };
        return h("div", { class: "fd-ticks", role: "group", "aria-label": "值" }, known.map(([one, name]) => h("label", { class: "fd-option" }, h("input", { type: "checkbox", checked: chosen.has(one), on: { change: (event) => change(event, one) } }), said(name))));
    }
    if (known) {
        const place = known.findIndex(([one]) => one === part.value);
        return h("select", { "aria-label": "值", data: { property: `${path}/value` }, value: String(place), on: { change: (event) => put(known[Number(event.target.value)][0]) } },
            place < 0 ? h("option", { value: "-1" }, part.value === "" ? "请选择" : `${part.value}（不在选项内）`) : null, known.map(([_one, name], number) => h("option", { value: String(number) }, name)));
    }
    const isNumber = subject && NUMERIC.has(subject.kind);
    const parameters = isNumber || subject?.kind === "date" ? vocabulary.parameters ?? [] : [];
    const isNamed = Boolean(part.value?.parameter);
    if (isNamed || (parameters.length && !takesList(part.op))) {
        const kinds = [["", "直接填写"], ...parameters.map((one) => [one.code, `参数“${one.name}”`])];
        const current = isNamed ? part.value.parameter : "";
        if (isNamed && !parameters.some((one) => one.code === current)) kinds.push([current, `参数“${current}”（没有了）`]);
        const source = h("select", { "aria-label": "值来自", data: { property: `${path}/source` }, value: current, on: { change: () => replace({ ...part, value: source.value ? { parameter: source.value } : isNumber ? 0 : "" }, `${path}/source`) } }, kinds.map(([code, name]) => h("option", { value: code }, name)));
        return isNamed ? source : [source, plainValue(part, subject, put, path)];
    }
    return plainValue(part, subject, put, path);
}

function plainValue(part, subject, put, path) {
    const isNumber = subject && NUMERIC.has(subject.kind);
    const spelled = [part.value].flat().join("，");
    const read = (text) => (takesList(part.op) ? text.split(/[,，、\s]+/u).filter(Boolean).map(one) : one(text));
    const one = (text) => (isNumber && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text);
    return h("input", { type: subject?.kind === "date" ? "date" : "text", "aria-label": "值", data: { property: `${path}/value` }, value: spelled, placeholder: takesList(part.op) ? "几个值用逗号分开" : "值", on: { input: (event) => put(read(event.target.value)) } });
}
