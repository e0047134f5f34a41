// The kinds of questions and of effects: what they are called, and what a new one begins with.

export const TYPES = {
    single: { name: "单选", picture: "radio_button_checked", kind: "dict" },
    multi: { name: "多选", picture: "check_box", kind: "multi_dict" },
    boolean: { name: "是或否", picture: "toggle_on", kind: "boolean" },
    number: { name: "数字", picture: "123", kind: "decimal" },
    date: { name: "日期", picture: "calendar_today", kind: "date" },
    division6: { name: "区", picture: "map", kind: "division" },
    division9: { name: "街道（镇）", picture: "location_on", kind: "division" },
};
export const isChoice = (type) => type === "single" || type === "multi";

/** A new question of that type. */
export const newQuestion = (type) => ({
    code: "q_1", text: "", type, order: null,
    ...(isChoice(type) ? { options: [{ code: "1", text: "选项一" }, { code: "2", text: "选项二" }] } : {}),
});

/** What the question must lose to become one of that type. */
export function unfit(question, type) {
    const lost = [];
    if (!isChoice(type)) lost.push(...["options", "dictionary"].filter((key) => question[key]?.length));
    if (type !== "number") lost.push(...["unit", "min", "max"].filter((key) => question[key] !== undefined && question[key] !== null && question[key] !== ""));
    return lost;
}

/** The effects, in the order in which they are offered. */
export const EFFECTS = {
    add_item: "增加事项", remove_item: "去掉事项", add_material: "增加材料", waive_material: "免交材料", set_field: "填写字段",
    set_promised_days: "改变承诺时限", add_notice: "提示须知", stop: "不能办理",
};
