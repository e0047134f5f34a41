// Where the server's words point to: JSON pointers into the theme become elements and their properties.

import { elementAt, LISTS } from "./document.js";

const NAMES = {
    text: "文字", name: "名称", title: "标题", type: "类型", required: "必须回答", help: "帮助", options: "选项", dictionary: "选项来自字典", show_when: "什么时候问", unit: "计量单位", min: "最小值",
    max: "最大值", when: "条件", effects: "结果", effective_from: "生效日期", effective_to: "失效日期", legal_basis: "法律依据", values: "取值", materials: "材料",
    fields: "字段", from_question: "带入的问题", order: "次序", priority: "优先级", code: "代码", mandatory: "必办", depends_on: "先后次序",
};
const OTHERS = { notices: "申报须知", field_uses: "公共字段", cases: "用例", name: "主题名称", summary: "简介", keywords: "关键词", handling_divisions: "办理区划", guidance: "场景引导" };
const steps = (pointer) => pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
const inGuidance = (all) => (all[0] === "guidance" ? all.slice(1) : all);

/** What a property is called. */
export const nameOfProperty = (property) => NAMES[property] ?? property;

/** The id and the property that the pointer names in the document that was looked at; without an id for the theme itself. */
export function placeOf(held, pointer) {
    const [list, number, ...rest] = inGuidance(steps(pointer));
    if (list in LISTS) return { id: elementAt(held, list, Number(number))?.id ?? null, property: rest.join("/") };
    if (list !== "field_uses") return { id: null, property: "" };
    const use = held.rest.field_uses?.[Number(number)];
    const question = held.questions.find((one) => one.code === use?.from_question);
    return { id: question?.id ?? null, property: "fills" };
}

/** A change that somebody else made, in words; its steps are codes. `find` gives the name of what has the code. */
export function changeInWords({ place, kind, before, after }, find) {
    const [list, code, property] = inGuidance(steps(place));
    const what = LISTS[list];
    if (!what) return `${OTHERS[list] ?? list ?? "主题"}有变动`;
    if (code === undefined) return kind === "moved" ? `${what}的次序有变动` : `${what}有变动`;
    const element = after ?? before;
    const name = `${what}“${(property === undefined && (element?.text || element?.name)) || find(list, code) || code}”`;
    if (property === undefined) return kind === "added" ? `增加了${name}` : kind === "removed" ? `删除了${name}` : `${name}有变动`;
    if (property === "order" || property === "priority") return `${name}的次序有变动`;
    const isPlain = [before, after].every((value) => value === null || typeof value !== "object");
    return `${name}的${nameOfProperty(property)}${isPlain ? `：${spelled(before)} → ${spelled(after)}` : "有变动"}`;
}

function spelled(value) {
    if (value === null || value === undefined || value === "") return "（无）";
    if (typeof value === "boolean") return value ? "是" : "否";
    const text = String(value);
    return `“${text.length > 40 ? `${text.slice(0, 40)}…` : text}”`;
}

/** Where both changed the same, in words; the place is a list of steps. */
export function bothInWords(place, find) {
    const [list, code, property] = inGuidance(place);
    if (!(list in LISTS)) return OTHERS[list] ?? String(list);
    return `“${find(list, code) ?? code ?? LISTS[list]}”${property ? `的${nameOfProperty(property)}` : ""}`;
}
