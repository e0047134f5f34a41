// Where the server's words point to: JSON pointers into the document become elements and their properties.

const NAMES = {
    label: "名称", name: "名称", code: "代码", data_type: "类型", required: "必填", help: "填写说明", min_length: "最少字数", max_length: "最大长度",
    scale: "小数位数", minimum: "最小值", maximum: "最大值", unit: "计量单位", pattern: "格式", dictionary: "字典", within: "选项取决于", options: "选项", min_items: "最少条数",
    max_items: "最多条数", columns: "列", public_field: "公共字段", visible_when: "显示条件", group: "所在分组", std_format: "标准格式", format: "格式说明",
    order: "次序", prefill: "预填来源",
};
const steps = (pointer) => pointer.split("/").slice(1).map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

/** What a property is called. */
export const nameOfProperty = (property) => NAMES[property] ?? property;

/** The id and the property that the pointer names in the form that was sent; without an id for the form itself. */
export function placeOf(form, pointer) {
    const [list, number, ...rest] = steps(pointer);
    const element = list === "fields" || list === "sections" ? form[list][Number(number)] : undefined;
    return { id: element?.id ?? null, property: rest.join("/") };
}

/** A change that somebody else made, in words; its steps are codes. `find` gives the name of what has the code. */
export function changeInWords({ place, kind, before, after }, find) {
    const [list, code, property, ...rest] = steps(place);
    const what = list === "sections" ? "分组" : "字段";
    const element = after ?? before;
    if (code === undefined) return kind === "moved" ? `${what}的次序有变动` : `${what}有变动`;
    if (property === "order") return `${what}的次序有变动`;
    const name = `${what}“${(property === undefined && (element?.label || element?.name)) || find(list, code) || code}”`;
    if (property === undefined) return kind === "added" ? `增加了${name}` : kind === "removed" ? `删除了${name}` : `${name}有变动`;
    const about = `${name}的${nameOfProperty(property)}`;
    const isPlain = !rest.length && [before, after].every((value) => value === null || typeof value !== "object");
    return isPlain ? `${about}：${spelled(before)} → ${spelled(after)}` : `${about}有变动`;
}

function spelled(value) {
    if (value === null || value === undefined || value === "") return "（无）";
    if (typeof value === "boolean") return value ? "是" : "否";
    const text = String(value);
    return `“${text.length > 40 ? `${text.slice(0, 40)}…` : text}”`;
}
