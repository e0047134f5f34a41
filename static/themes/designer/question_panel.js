// Everything about one question: its text, its answers, when it is asked, which fields it fills.

import { wrongCode } from "../../console/designer/codes.js";
import { conditionBuilder } from "../../console/designer/condition_builder.js";
import { code, entryButtons, labelled, number, pair, picker, select, text, tick } from "../../console/designer/controls.js";
import { button, h, said } from "../../console/designer/dom.js";
import { entriesOf, findDictionaries, getDictionary } from "../../console/designer/lookup.js";
import { find, optionRecoded, optionsOf, supplied, suppliedBy, usesOf } from "./document.js";
import { fieldOptions, fieldValueControl } from "./effects.js";
import { isChoice, TYPES, unfit } from "./kinds.js";
import { basisControls, periodControls } from "./law.js";
import { keyOf } from "./sentences.js";
import { vocabularyFor } from "./vocabulary.js";

const ASKED = {
    told: (sentence) => `只在这时问：${sentence}`, always: "总是问。", begin: "只在某种情况下问", end: "总是问", group: "什么时候问", subject: "问题",
    nothing: "还没有别的问题可以作为条件。",
};

/** The parts of the panel for the question. */
export function questionControls(panel, question, { patch, rebuild }) {
    const { desk } = panel;
    const changeType = (type) => {
        const lost = unfit(find(desk.document, question.id), type);
        const options = isChoice(type) && !question.options?.length && !question.dictionary ? { options: [{ code: "1", text: "选项一" }, { code: "2", text: "选项二" }] } : {};
        patch({ type, ...Object.fromEntries(lost.map((property) => [property, null])), ...options }, "类型");
        if (lost.length) desk.say(`已改为“${TYPES[type].name}”，不适用的设置已去掉`, { canUndo: true });
        rebuild("type");
    };
    return [
        text("问题", question.text, (value) => patch({ text: value }, "文字"), { property: "text", isLong: true, help: "用日常的话问，一次只问一件事。" }),
        select("回答方式", question.type, Object.entries(TYPES).map(([type, { name }]) => [type, name]), changeType, { property: "type" }),
        tick("必须回答", question.required !== false, (value) => patch({ required: value }, "必须回答"), { property: "required" }),
        question.type === "division6" ? tick("以这个回答作为办理区划", desk.document.own.division_question === question.code, (value) => desk.handlingAsked(value ? question.code : null), { property: "division_question" }) : null,
        text("帮助", question.help, (value) => patch({ help: value }, "帮助"), { property: "help", isLong: true, help: "显示在问题下面，帮市民看懂问题。" }),
        isChoice(question.type) ? panel.fold("选项", "options", question.dictionary ? followed(desk, question, { patch, rebuild }) : [optionControls(desk, question, { patch, rebuild }), fromDictionary({ patch, rebuild })]) : null,
        question.type === "number" ? panel.fold("取值", "options", [limits(question, patch)]) : null,
        panel.fold("什么时候问", "show_when", conditionBuilder(question.show_when, {
            property: "show_when", words: ASKED, vocabulary: vocabularyFor(desk.document, question), mayEdit: desk.mayEdit, rebuild,
            take: (condition) => patch({ show_when: condition }, "什么时候问"),
        })),
        panel.fold("回答带入字段", "fills", fills(desk, question, rebuild)),
        uses(panel, question),
        panel.fold("有效期与依据", "law", [periodControls(question, patch), basisControls(question, { patch, rebuild })], false),
        panel.fold("代码", "more", [
            code("代码", question.code, (value) => desk.recode(question.id, value), { property: "code", help: "改动后，提到它的条件、规则和用例一并改。", judge: (typed) => wrongCode(typed, find(desk.document, question.id)?.code, desk.document.questions) }),
        ], false),
    ];
}

function limits(question, patch) {
    const one = (label, property) => number(label, question[property], (value) => patch({ [property]: value }, label), { property });
    return h("div", { class: "fd-stack" }, pair(one("最小值", "min"), one("最大值", "max")), text("计量单位", question.unit, (value) => patch({ unit: value }, "计量单位"), { property: "unit", placeholder: "月、平方米、人" }));
}

// --- options -------------------------------------------------------------------------------------------------------------

function optionControls(desk, question, { patch, rebuild }) {
    const list = question.options ?? [];
    let current = list;
    const put = (made, key) => { current = made; patch({ options: made }, "选项", key); };
    const change = (make, place) => { put(make(current)); rebuild(`options/${place}/text`); };
    const set = (place, what) => put(current.map((one, other) => (other === place ? { ...one, ...what } : one)), `option ${place} ${Object.keys(what)}`);
    const recode = (place, control) => {
        const { code: before } = current[place];
        const typed = control.value.trim();
        if (typed === before) return;
        const isTaken = current.some((one, other) => other !== place && one.code === typed);
        if (!typed || isTaken) { desk.say(isTaken ? "这个选项代码已经用了" : "请填写选项代码"); control.value = before; return; }
        desk.change(optionRecoded(desk.document, question.id, before, typed), { what: "修改选项的代码", selected: question.id });
        rebuild(`options/${place}/code`);
    };
    const line = (one, place) => {
        const typed = h("input", { type: "text", class: "fd-code", value: one.code, "aria-label": `第 ${place + 1} 项代码`, data: { property: `options/${place}/code` }, on: { change: () => recode(place, typed) } });
        return h("li", { class: "fd-entry" }, typed,
            h("input", { type: "text", value: one.text, "aria-label": `第 ${place + 1} 项文字`, data: { property: `options/${place}/text` }, on: {
                input: (event) => set(place, { text: event.target.value }),
                keydown: (event) => { if (event.key === "Enter") { event.preventDefault(); add(); } },
            } }),
            entryButtons(`选项“${one.text || one.code}”`, place, list.length, change),
            h("input", { type: "text", class: "gd-option-help", value: one.help ?? "", placeholder: "说明（可不填）", "aria-label": `第 ${place + 1} 项说明`, data: { property: `options/${place}/help` }, on: { input: (event) => set(place, { help: event.target.value }) } }));
    };
    const add = () => {
        const codes = new Set(current.map((one) => one.code));
        let next = current.length + 1;
        while (codes.has(String(next))) next += 1;
        put([...current, { code: String(next), text: "" }]);
        rebuild(`options/${current.length - 1}/text`);
    };
    return labelled("选项（代码和文字）", h("div", { role: "group" }, h("ul", { class: "fd-entries" }, list.map(line)), button("添加选项", { picture: "add", press: add })), { property: "options", isGroup: true });
}

/** The question chooses from a dictionary: its entries in force are the options, today and whenever they change. */
function fromDictionary({ patch, rebuild }) {
    const find = async (typed) => (await findDictionaries(typed)).map((one) => ({ code: one.code, name: one.name, note: one.standard }));
    const pick = async ({ code: dictionary }) => {
        await getDictionary(dictionary);
        const take = () => {
            if (!entriesOf(dictionary, take)) return;
            patch({ dictionary, options: null }, "选项");
            rebuild("dictionary/own");
        };
        take();
    };
    return picker("从字典取选项", { find, pick, property: "dictionary", help: "字典中现行的各项就是这个问题的选项，字典变了，选项跟着变；已提交的版本不变。" });
}

/** The options of a dictionary as they are now, and the way back to options of one's own. */
function followed(desk, question, { patch, rebuild }) {
    const options = optionsOf(question, () => rebuild("dictionary/own"));
    const own = () => {
        patch({ dictionary: null, options: options.map(([code, text]) => ({ code, text })) }, "选项");
        rebuild("options/0/text");
    };
    const name = desk.facts.dictionaries[question.dictionary]?.name;
    return [
        h("p", { data: { property: "dictionary" } }, "选项跟随字典“", said(name ?? question.dictionary), `”，现有 ${options.length} 项。`),
        h("ul", { data: { property: "options" } }, options.map(([code, text]) => h("li", {}, said(text), "（", said(code), "）"))),
        desk.mayEdit ? button("改为自己写选项", { press: own, data: { property: "dictionary/own" } }) : null,
    ];
}

// --- what hangs on the question --------------------------------------------------------------------------------------------

function fills(desk, question, rebuild) {
    const { document: held, facts } = desk;
    const found = suppliedBy(held, question.code);
    const put = (place, from, values, what) => desk.change(supplied(desk.document, place, from, values), { what, selected: question.id });
    const nameOf = ({ item, field }) => `${item === null ? "" : `${facts.items[item] ?? item}：`}${facts.fields[keyOf(item, field)]?.label ?? field}`;
    const options = optionsOf(question);
    const lines = found.map((place, number) => {
        const field = facts.fields[keyOf(place.item, place.field)];
        const remove = () => { put(place, null, {}, `“${nameOf(place)}”不再由回答带入`); rebuild("fills"); };
        const set = (option) => (value, isNewShape) => {
            const standing = suppliedBy(desk.document, question.code).find((one) => one.item === place.item && one.field === place.field);
            put(place, question.code, { ...standing.values, [option]: value }, `“${nameOf(place)}”的对应`);
            if (isNewShape) rebuild(`fills/${number}`);
        };
        const rows = (options ?? []).map(([option, words]) => fieldValueControl(`回答“${words}”时填`, place.values[option], { field, take: set(option), property: `fills/${number}/${option}` }));
        return h("li", { class: "gd-effect" }, h("div", { class: "gd-effect-head" }, h("strong", {}, said(nameOf(place))), button(`不再带入“${nameOf(place)}”`, { picture: "close", isBare: true, press: remove })),
            options && !(question.dictionary && !Object.keys(place.values).length) ? h("div", { class: "fd-stack" }, rows) : h("p", { class: "op-help" }, "回答原样填入。"));
    });
    const taken = new Set(found.map((one) => keyOf(one.item, one.field)));
    const offered = [null, ...held.items.map((item) => item.code)].flatMap((item) => fieldOptions(held, facts, item).map(([field]) => ({ item, field }))).filter((place) => !taken.has(keyOf(place.item, place.field)));
    const chooser = h("select", { on: { change: () => {
        const place = offered[Number(chooser.value)];
        const field = facts.fields[keyOf(place.item, place.field)];
        const isTakenAsItIs = question.dictionary || (question.type === "boolean" && field?.kind === "boolean");
        const values = isTakenAsItIs || !options ? {} : Object.fromEntries(options.map(([option, words]) => [option, likely(field, option, words)]));
        put(place, question.code, values, `回答带入“${nameOf(place)}”`);
        rebuild(options && !isTakenAsItIs ? `fills/${found.length}/${options[0]?.[0]}` : "fills");
    } } }, h("option", { value: "" }, "选择字段…"), offered.map((place, number) => h("option", { value: String(number) }, nameOf(place))));
    return [h("ul", { class: "gd-effects", data: { property: "fills" } }, lines), labelled(found.length ? "还带入" : "带入哪个字段", chooser, { property: "fills/add", help: "市民答过的，申请表里不再问。" })];
}

/** The value of the field that most likely means the option: of the same code, or called the same. */
function likely(field, option, words) {
    if (field?.kind === "boolean") return option === "true" || option === "yes" || option === "1";
    const values = field?.values ?? [];
    return (values.find(([code]) => code === option) ?? values.find(([_code, name]) => name === words) ?? values[0])?.[0] ?? option;
}

function uses(panel, question) {
    const { desk } = panel;
    const found = usesOf(desk.document, question.code);
    if (!found.length) return null;
    const links = found.map(({ element, property }) => h("li", {}, h("button", { type: "button", class: "fd-link", on: { click: () => desk.select(element.id, { focus: property }) } }, said(desk.nameOf(element)))));
    return panel.fold(`用到它的（${found.length}）`, "uses", h("ul", { class: "fd-stack" }, links), false);
}
