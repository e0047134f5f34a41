// What the theme binds to one of its items: when which material is asked for, when which field of its form is shown.

import { conditionBuilder } from "../../console/designer/condition_builder.js";
import { editing, labelled, select } from "../../console/designer/controls.js";
import { button, h, said } from "../../console/designer/dom.js";
import { materialsOf, registeredMaterial } from "./materials.js";
import { keyOf } from "./sentences.js";
import { vocabularyFor } from "./vocabulary.js";

const NEEDED = {
    told: (sentence) => `只在这时要：${sentence}`, always: "总是要。", begin: "只在某种情况下要", end: "总是要", group: "什么时候要", subject: "问题",
    nothing: "还没有问题可以作为条件。",
};
const SHOWN = { ...NEEDED, told: (sentence) => `只在这时填：${sentence}`, always: "总是填。", begin: "只在某种情况下填", end: "总是填", group: "什么时候填" };

/** The parts of the panel for the item. */
export function itemControls(panel, item, tools) {
    const { desk } = panel;
    const depends = (item.depends_on ?? []).map((code) => desk.facts.items[code] ?? code);
    return [
        h("p", { class: "op-help" }, [item.mandatory ? "必办：无论怎样回答都要办。" : "由规则决定是否办理。", depends.length ? `在${depends.map((name) => `“${name}”`).join("、")}之后办理。` : ""].join("")),
        panel.fold("材料", "materials", materials(desk, item, tools)),
        panel.fold("表单字段", "fields", fields(desk, item, tools)),
    ];
}

function materials(desk, item, { patch, rebuild }) {
    const uses = item.materials ?? [];
    const list = editing(uses, (made, what, key) => patch({ materials: made }, what, key));
    const name = (use) => desk.facts.materials[use.material] ?? use.material;
    const lines = uses.map((use, place) => {
        const own = (changes, what) => list.set(place, changes, `材料“${name(use)}”的${what}`, `material ${place} ${what}`);
        const remove = () => { list.put((all) => all.filter((_one, other) => other !== place), "材料"); rebuild("materials/add"); };
        return h("details", { class: "fd-column", data: { column: `material ${place}` } }, h("summary", {}, said(name(use)), use.when ? h("span", { class: "op-quiet" }, " 有条件") : null),
            h("div", { class: "fd-stack" },
                builder(use.when, NEEDED, `materials/${place}/when`, desk, rebuild, (condition) => own({ when: condition }, "条件")),
                select("必要性", use.necessity_code ?? "", [["", "照材料登记的规定"], ...Object.entries(desk.facts.necessities)], (value) => own({ necessity_code: value || null }, "必要性"), { property: `materials/${place}/necessity_code` }),
                button(`不要材料“${name(use)}”`, { picture: "close", press: remove })));
    });
    const offered = materialsOf(desk.document, desk.facts).filter(([code]) => !uses.some((use) => use.material === code));
    const add = (code) => { list.put((all) => [...all, { material: code }], "材料"); rebuild(`materials/${list.all().length - 1}/when`); };
    const registered = registeredMaterial(desk, item.id, {
        property: "materials/registered", focus: `materials/${uses.length}/when`,
        use: (material, { materials: asked = [] }) => (asked.some((one) => one.material === material) ? {} : { materials: [...asked, { material }] }),
    });
    return [...lines, offered.length ? labelled("加一种材料", adder(offered, "选择材料…", add), { property: "materials/add" }) : null, desk.mayEdit ? registered : null];
}

function fields(desk, item, { patch, rebuild }) {
    const bindings = item.fields ?? [];
    const label = (code) => desk.facts.fields[keyOf(item.code, code)]?.label ?? code;
    const list = editing(bindings, (made, what, key) => patch({ fields: made }, what, key));
    const lines = bindings.map((binding, place) => {
        const take = (condition) => list.set(place, { visible_when: condition }, `字段“${label(binding.field)}”的条件`, `field ${place}`);
        const asked = binding.from_question && desk.document.questions.find((one) => one.code === binding.from_question);
        return h("details", { class: "fd-column", data: { column: `field ${place}` } }, h("summary", {}, said(label(binding.field)), binding.visible_when ? h("span", { class: "op-quiet" }, " 有条件") : null),
            h("div", { class: "fd-stack" }, builder(binding.visible_when, SHOWN, `fields/${place}/visible_when`, desk, rebuild, take),
                asked ? h("p", { class: "op-help" }, "由回答带入：", h("button", { type: "button", class: "fd-link", on: { click: () => desk.select(asked.id, { focus: "fills" }) } }, said(desk.nameOf(asked)))) : null));
    });
    const offered = (desk.facts.item_fields[item.code] ?? []).filter((code) => !bindings.some((one) => one.field === code)).map((code) => [code, label(code)]);
    const add = (code) => { list.put((all) => [...all, { field: code }], "字段"); rebuild(`fields/${list.all().length - 1}/visible_when`); };
    return [...lines, offered.length ? labelled("给一个字段设条件", adder(offered, "选择字段…", add), { property: "fields/add" }) : h("p", { class: "op-help" }, "这个事项的表单没有别的字段。")];
}

function builder(condition, words, property, desk, rebuild, take) {
    return conditionBuilder(condition, { property, words, vocabulary: vocabularyFor(desk.document), mayEdit: desk.mayEdit, rebuild, take });
}

function adder(offered, words, take) {
    const control = h("select", { on: { change: () => take(control.value) } }, h("option", { value: "" }, words), offered.map(([code, name]) => h("option", { value: code }, name)));
    return control;
}
