// The structure of the guidance: questions, rules, parameters and items, each list a part that folds.

import { h, icon, said } from "../../console/designer/dom.js";
import { problemMark, told, Tree } from "../../console/designer/tree.js";
import { depthOf, LISTS, MOVABLE, partOf } from "./document.js";
import { TYPES } from "./kinds.js";

const PICTURES = { rules: "rule", parameters: "tune", items: "assignment" };
const NONE = { questions: "还没有问题", rules: "还没有规则", parameters: "没有参数", items: "主题里还没有事项" };

/** The tree of the guidance on that desk. */
export function guidanceOutline(root, desk) {
    const leaf = (element) => {
        const { document } = desk;
        const problems = desk.problemsOf(element.id);
        const depth = element.list === "questions" ? depthOf(document, element) : 0;
        const name = desk.nameOf(element);
        const picture = TYPES[element.type]?.picture ?? PICTURES[element.list];
        const label = [`${LISTS[element.list]} ${name}`, TYPES[element.type]?.name, element.show_when && "有条件才问", problems.length && `有 ${problems.length} 个问题`].filter(Boolean).join("，");
        const row = () => [
            depth ? h("span", { class: "gd-depth", style: `--depth: ${Math.min(depth, 4)}`, title: "有条件才问" }, icon("subdirectory_arrow_right")) : null,
            h("span", { class: "fd-kind", title: TYPES[element.type]?.name ?? LISTS[element.list] }, icon(picture)),
            h("span", { class: "fd-name" }, said(name)), problemMark(problems),
        ];
        return { id: element.id, text: `${name}\n${element.code}`, label, facts: [element, name, depth, told(problems)], row, isFixed: !MOVABLE.has(element.list) };
    };
    const part = (list) => {
        const { id } = partOf(list);
        const children = desk.document[list].map(leaf);
        const row = () => h("span", { class: "fd-name" }, said(LISTS[list]));
        return { id, text: LISTS[list], label: `${LISTS[list]}，${children.length} 个`, facts: [list], row, children, none: NONE[list], isFixed: true };
    };
    const nodes = () => Object.keys(LISTS).map(part);
    return new Tree(root, desk, { label: "引导的结构", placeholder: "引导", empty: "", nothing: "没有符合的内容。", nodes });
}
