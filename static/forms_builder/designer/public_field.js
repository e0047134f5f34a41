// Which meaning the field shares with the forms of other departments: shown, offered, chosen, taken away.

import { picker } from "../../console/designer/controls.js";
import { button, h, said } from "../../console/designer/dom.js";
import { has, KINDS } from "./kinds.js";
import { findPublicFields, getPublicField } from "../../console/designer/lookup.js";

const TAKEN = { data_type: "类型", max_length: "最大长度", scale: "小数位数", dictionary: "字典" };

/** The public field of the field, what it says of format and limits, and the way to another one. */
export function publicFieldControls(field, { patch, rebuild, mayEdit, matchingUrl }) {
    const shown = h("div", { class: "fd-stack" }, field.public_field ? h("p", { class: "fd-chosen" }, h("code", {}, field.public_field)) : h("p", { class: "op-help" }, "还没有对应公共字段。对应之后，各部门问同一件事的字段合并成一个，市民只填一次。"));
    if (field.public_field) tell(field, shown, { patch, rebuild, mayEdit });
    if (!mayEdit) return [shown];
    const find = async (typed) => (await findPublicFields(typed || field.label)).map((one) => ({ code: one.code, name: one.label, note: one.std_format }));
    return [
        shown,
        picker(field.public_field ? "换一个公共字段" : "选择公共字段", { find, property: "public_field", pick: (entry) => { patch({ public_field: entry.code }, "公共字段"); rebuild(); } }),
        field.public_field || !matchingUrl ? null : h("p", { class: "op-help" }, h("a", { href: matchingUrl, target: "_blank", rel: "noopener" }, "看这张表单各字段的推荐，成批对应")),
        field.public_field ? button("不再对应", { picture: "link_off", press: () => { patch({ public_field: null }, "公共字段"); rebuild(); } }) : null,
    ];
}

async function tell(field, shown, { patch, rebuild, mayEdit }) {
    let found;
    try {
        found = await getPublicField(field.public_field);
    } catch {
        shown.replaceChildren(h("p", { class: "op-error" }, "登记中没有公共字段 ", h("code", {}, field.public_field), "。"));
        return;
    }
    const facts = [KINDS[found.data_type]?.name, found.std_format && `标准格式 ${found.std_format}`, found.dictionary && `字典 ${found.dictionary}`].filter(Boolean).join("，");
    const differing = Object.keys(TAKEN).filter((property) => (has(found.data_type, property) || property === "data_type") && (found[property] ?? null) !== null && (found[property] ?? null) !== (field[property] ?? null));
    const take = () => { patch({ ...Object.fromEntries(differing.map((property) => [property, found[property]])), ...(differing.includes("dictionary") ? { options: null } : {}) }, "公共字段的要求"); rebuild(); };
    shown.replaceChildren(
        h("p", { class: "fd-chosen" }, said(found.label), " ", h("code", {}, found.code)),
        h("p", { class: "op-help" }, facts),
        differing.length ? h("p", { class: "op-help" }, `与本字段不同的：${differing.map((property) => `${TAKEN[property]}（公共字段${spelled(property, found)}，本字段${spelled(property, field)}）`).join("；")}。`) : "",
        differing.length && mayEdit ? button("照公共字段的要求改", { picture: "sync_alt", press: take }) : "",
    );
}

const spelled = (property, of) => (of[property] === null || of[property] === undefined ? "没有" : property === "data_type" ? KINDS[of[property]]?.name : of[property]);
