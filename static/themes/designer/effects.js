// What a rule brings about: a list of effects, each chosen, filled in, moved and taken out.

import { button, h } from "../../console/designer/dom.js";
import { editing, entryButtons, labelled, number, select, text } from "../../console/designer/controls.js";
import { divisions } from "../../console/designer/lookup.js";
import { EFFECTS } from "./kinds.js";
import { materialsOf, registeredMaterial } from "./materials.js";
import { keyOf } from "./sentences.js";

/** The controls of the rule's effects. `put` gets the new list; `rebuild` draws the panel anew and goes to a property. */
export function effectControls(rule, { desk, put, rebuild }) {
    const { document: held, facts } = desk;
    const list = editing(rule.effects, put);
    const items = held.items.map((item) => [item.code, facts.items[item.code] ?? item.code]);
    const notices = (held.rest.notices ?? []).map((one) => [one.code, one.title]);
    const change = (make, place) => { list.put(make); rebuild(`effects/${place}/type`); };
    const line = (effect, place) => {
        const own = (changes, isNewShape = false) => {
            list.set(place, changes, `${place} ${Object.keys(changes)}`);
            if (isNewShape) rebuild(`effects/${place}/${Object.keys(changes)[0]}`);
        };
        const at = (property) => ({ property: `effects/${place}/${property}` });
        const registered = () => registeredMaterial(desk, rule.id, {
            property: `effects/${place}/registered`, focus: `effects/${place}/material`,
            use: (material, current) => ({ effects: current.effects.map((one, other) => (other === place ? { ...one, material } : one)) }),
        });
        const kind = select("结果", effect.type, Object.entries(EFFECTS), (type) => {
            list.put((all) => all.map((one, other) => (other === place ? begun(type, one, { held, facts }) : one)));
            rebuild(`effects/${place}/type`);
        }, at("type"));
        return h("li", { class: "gd-effect" }, h("div", { class: "gd-effect-head" }, kind, entryButtons("这个结果", place, rule.effects.length, change)),
            h("div", { class: "fd-stack" }, parts(effect, { held, facts, items, notices, own, at, registered })));
    };
    const add = () => { list.put((all) => [...all, begun("add_item", {}, { held, facts })]); rebuild(`effects/${list.all().length - 1}/type`); };
    const lines = h("ol", { class: "gd-effects" }, rule.effects.map(line));
    return labelled("结果", h("div", { role: "group" }, rule.effects.length ? lines : h("p", { class: "op-help" }, "还没有结果，这条规则什么也不做。"), button("加一个结果", { picture: "add", press: add })), { property: "effects", isGroup: true });
}

/** An effect of that type, with what it can take over from another and the first of everything else. */
function begun(type, before, { held, facts }) {
    const item = before.item ?? held.items[0]?.code ?? "";
    const material = before.material ?? materialsFor(item, held)[0] ?? "";
    switch (type) {
        case "add_material": case "waive_material": return { type, item, material };
        case "set_field": {
            const field = held.rest.field_uses?.[0]?.code ?? "";
            return { type, item: null, field, value: facts.fields[field]?.values?.[0]?.[0] ?? "" };
        }
        case "set_promised_days": return { type, item, value: 1 };
        case "add_notice": return { type, notice: held.rest.notices?.[0]?.code ?? "" };
        case "stop": return { type, message: "" };
        default: return { type, item };
    }
}

const materialsFor = (item, held) => (held.items.find((one) => one.code === item)?.materials ?? []).map((use) => use.material);

function parts(effect, { held, facts, items, notices, own, at, registered }) {
    const chosen = (label, property, options, more = () => ({})) => select(label, effect[property], known(options, effect[property]), (value) => own({ [property]: value, ...more(value) }, true), at(property));
    const item = () => chosen("事项", "item", items);
    const materials = materialsOf(held, facts);
    switch (effect.type) {
        case "add_item": case "remove_item": return [item()];
        case "add_material": return [item(), chosen("材料", "material", materials), registered(), select("必要性", effect.necessity_code ?? "", [["", "照事项的规定"], ...Object.entries(facts.necessities)], (value) => own({ necessity_code: value || null }), at("necessity_code"))];
        case "waive_material": return [item(), chosen("材料", "material", effect.item ? materials.filter(([code]) => materialsFor(effect.item, held).includes(code)) : materials)];
        case "set_promised_days": return [item(), number("个工作日", effect.value, (value) => value !== null && own({ value }), { ...at("value"), isWhole: true })];
        case "add_notice": return [chosen("须知", "notice", notices)];
        case "stop": return [text("原因", effect.message, (value) => own({ message: value }), { ...at("message"), isLong: true, help: "市民看到这句话：为什么现在不能办。" })];
        default: return setField(effect, { held, facts, items, own, at });
    }
}

const known = (options, value) => (!value || options.some(([code]) => code === value) ? options : [[value, `${value}（没有了）`], ...options]);

/** The fields one can fill: public fields of the theme, then those of each item. */
export function fieldOptions(held, facts, item) {
    if (item === null) return (held.rest.field_uses ?? []).map((use) => [use.code, use.label]);
    return (facts.item_fields[item] ?? []).map((code) => [code, facts.fields[keyOf(item, code)].label]);
}

function setField(effect, { held, facts, items, own, at }) {
    const homes = [["", "各事项共用的字段"], ...items.map(([code, name]) => [code, `只是“${name}”的字段`])];
    const offered = fieldOptions(held, facts, effect.item);
    const first = (item) => { const [code] = fieldOptions(held, facts, item)[0] ?? [""]; return { field: code, value: facts.fields[keyOf(item, code)]?.values?.[0]?.[0] ?? "" }; };
    return [
        select("哪一类字段", effect.item ?? "", homes, (value) => own({ item: value || null, ...first(value || null) }, true), at("item")),
        select("字段", effect.field, known(offered, effect.field), (value) => own({ field: value, value: facts.fields[keyOf(effect.item, value)]?.values?.[0]?.[0] ?? "" }, true), at("field")),
        fieldValueControl("填为", effect.value, { field: facts.fields[keyOf(effect.item, effect.field)], parameters: held.parameters, take: (value, isNewShape) => own({ value }, isNewShape), property: at("value").property }),
    ];
}

/** A control for a value of that field; a parameter may stand for it. `take` gets the value, and whether another control is wanted. */
export function fieldValueControl(label, value, { field, parameters = [], take, property }) {
    const isParameter = Boolean(value?.parameter);
    const typed = () => {
        const given = isParameter ? "" : value;
        if (field?.kind === "boolean") return choice([[true, "是"], [false, "否"]], given);
        if (field?.kind === "division") return choice(divisions(() => take(value, true))?.map((one) => [one.code, one.name]) ?? [], given);
        if (field?.values && !Array.isArray(given)) return choice(field.values, given);
        const isNumber = field?.kind === "integer" || field?.kind === "decimal";
        const read = (words) => (Array.isArray(given) ? words.split(/[,，、\s]+/u).filter(Boolean) : isNumber && words.trim() !== "" && Number.isFinite(Number(words)) ? Number(words) : words);
        const control = h("input", { type: field?.kind === "date" ? "date" : "text", autocomplete: "off", value: Array.isArray(given) ? given.join("，") : given ?? "", on: { input: () => take(read(control.value), false) } });
        return control;
    };
    const choice = (options, given) => {
        const place = options.findIndex(([one]) => one === given);
        const names = options.map(([_one, name], number) => h("option", { value: String(number) }, name));
        const unknown = place < 0 ? h("option", { value: "-1" }, given === "" || given === undefined ? "请选择" : String(given)) : null;
        const control = h("select", { on: { change: () => take(options[Number(control.value)][0], false) } }, unknown, names);
        control.value = String(place);
        return control;
    };
    if (!parameters.length) return labelled(label, typed(), { property });
    const named = h("select", { "aria-label": "参数", on: { change: () => take({ parameter: named.value }, false) } }, parameters.map((one) => h("option", { value: one.code }, one.name || one.code)));
    if (isParameter) named.value = value.parameter;
    const switched = button(isParameter ? "改为直接填写" : "改为引用参数", { picture: "tune", press: () => take(isParameter ? "" : { parameter: parameters[0].code }, true) });
    return h("div", { class: "fd-stack" }, labelled(label, isParameter ? named : typed(), { property }), switched);
}
