// The structure of the form: sections with their fields, and fields without a section before them.

import { h, icon, said } from "../../console/designer/dom.js";
import { problemMark, told, Tree } from "../../console/designer/tree.js";
import { fieldsOf, isSection, nameOf } from "./form.js";
import { KINDS } from "./kinds.js";

/** The tree of the form on that desk. */
export function formOutline(root, desk) {
    const nodes = () => {
        const { form } = desk;
        const field = (one) => leaf(one, desk.problemsOf(one.id));
        const part = (section) => ({ ...leaf(section, desk.problemsOf(section.id)), children: fieldsOf(form, section).map(field), none: "没有字段，拖到这里" });
        return [...fieldsOf(form, null).map(field), ...form.sections.map(part)].map((node) => (node.children ? { ...node, label: `分组 ${node.label}，${node.children.length} 个字段` } : node));
    };
    return new Tree(root, desk, { label: "表单结构", placeholder: "表单", empty: "还没有字段。用“添加字段”开始。", nothing: "没有符合的字段。", nodes });
}

function leaf(element, problems) {
    const kind = KINDS[element.data_type];
    const row = () => [
        kind ? h("span", { class: "fd-kind", title: kind.name }, icon(kind.picture)) : null,
        h("span", { class: "fd-name" }, said(nameOf(element)), element.required ? h("span", { class: "op-required", title: "必填" }, " *") : null),
        element.visible_when ? h("span", { class: "fd-mark", title: "有显示条件" }, icon("alt_route")) : null,
        element.public_field ? h("span", { class: "fd-mark", title: "已对应公共字段" }, icon("link")) : null,
        problemMark(problems),
    ];
    return { id: element.id, text: `${nameOf(element)}\n${element.code}`, label: described(element, problems), facts: [element, told(problems)], row };
}

function described(element, problems) {
    const facts = isSection(element) ? [nameOf(element)] : [nameOf(element), KINDS[element.data_type].name, element.required ? "必填" : "选填"];
    if (element.visible_when) facts.push("有显示条件");
    if (problems.length) facts.push(`有 ${problems.length} 个问题`);
    return facts.join("，");
}
