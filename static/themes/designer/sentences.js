// Rules and effects as sentences, in the words of themes/guidance/wording.py.

import { namesOf } from "../../console/designer/condition_builder.js";
import { isAnswered, sentence, valueText } from "../../console/designer/conditions.js";
import { vocabularyFor } from "./vocabulary.js";

/** What the things of the theme are called: `facts` of the page, and what the document says itself. */
export function callingOf(held, facts) {
    const notices = new Map((held.rest.notices ?? []).map((one) => [one.code, one.title]));
    const parameters = new Map(held.parameters.map((one) => [one.code, one.name]));
    return {
        item: (code) => facts.items[code] ?? code, material: (code) => facts.materials[code] ?? code, notice: (code) => notices.get(code) ?? code,
        field: (item, code) => facts.fields[keyOf(item, code)]?.label ?? code,
        values: (item, code) => facts.fields[keyOf(item, code)]?.values ?? null,
        parameter: (code) => parameters.get(code) || code,
        necessity: (code) => facts.necessities[code] ?? `必要性 ${code}`,
    };
}

export const keyOf = (item, field) => (item === null ? field : `${item}.${field}`);

/** What the effect does, without a full stop. */
export function effectSentence(effect, calling) {
    const item = () => `“${calling.item(effect.item)}”`;
    switch (effect.type) {
        case "add_item": return `增加事项${item()}`;
        case "remove_item": return `去掉事项${item()}`;
        case "add_material": return `事项${item()}增加材料“${calling.material(effect.material)}”${effect.necessity_code ? `（${calling.necessity(effect.necessity_code)}）` : ""}`;
        case "waive_material": return `事项${item()}免交材料“${calling.material(effect.material)}”`;
        case "set_field": {
            const owner = effect.item === null ? "共用字段" : `事项${item()}的字段`;
            return `${owner}“${calling.field(effect.item, effect.field)}”填为${fieldValue(effect, calling)}`;
        }
        case "set_promised_days": return `事项${item()}承诺 ${effect.value} 个工作日办结`;
        case "add_notice": return `提示“${calling.notice(effect.notice)}”`;
        default: return `不能继续办理，原因：“${effect.message}”`;
    }
}

function fieldValue({ item, field, value }, calling) {
    if (value?.parameter) return `参数“${calling.parameter(value.parameter)}”`;
    const names = new Map(calling.values(item, field) ?? []);
    const values = Array.isArray(value) ? value : [value];
    return values.map((one) => (isAnswered(one) ? `“${names.get(String(one)) || valueInside(one)}”` : "空")).join("、") || "空";
}

function valueInside(value) {
    if (Array.isArray(value)) return value.map(valueInside).join("、") || "空";
    if (value !== null && typeof value === "object") return Object.entries(value).map(([key, one]) => `${key}：${valueInside(one)}`).join("；") || "空";
    return isAnswered(value) ? valueText(value) : "空";
}

/** The whole rule in one sentence: its period, when it fires, what it does. */
export function ruleSentence(rule, held, calling, whenHere) {
    const condition = sentence(rule.when, namesOf(vocabularyFor(held), whenHere));
    const effects = rule.effects.map((effect) => effectSentence(effect, calling)).join("；") || "什么也不做";
    const basis = rule.legal_basis?.length ? `依据：${rule.legal_basis.map(law).join("；")}。` : "";
    return `${period(rule)}当${condition}时：${effects}。${basis}`;
}

function law(basis) {
    const when = period(basis).replace(/，$/u, "");
    return `${basis.title}${basis.article ?? ""}${when ? `（${when}有效）` : ""}`;
}

function period({ effective_from: first, effective_to: last }) {
    if (first && last) return `${first} 至 ${last}，`;
    if (first) return `自 ${first} 起，`;
    return last ? `截至 ${last}，` : "";
}
