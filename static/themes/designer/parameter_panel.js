// One parameter: what it is called, and how much it is where and when.

import { wrongCode } from "../../console/designer/codes.js";
import { code, editing, entryButtons, labelled, numberOf, text } from "../../console/designer/controls.js";
import { button, h, said } from "../../console/designer/dom.js";
import { divisions } from "../../console/designer/lookup.js";
import { find } from "./document.js";
import { basisControls, periodControls } from "./law.js";

/** The parts of the panel for the parameter. */
export function parameterControls(panel, parameter, { patch, rebuild }) {
    const { desk } = panel;
    return [
        text("参数名称", parameter.name, (value) => patch({ name: value }, "名称"), { property: "name" }),
        text("计量单位", parameter.unit, (value) => patch({ unit: value }, "计量单位"), { property: "unit", placeholder: "元、平方米、天" }),
        panel.fold("取值", "values", valueControls(parameter, { patch, rebuild })),
        panel.fold("代码", "more", [
            code("代码", parameter.code, (value) => desk.recode(parameter.id, value), { property: "code", help: "改动后，引用它的规则一并改。", judge: (typed) => wrongCode(typed, find(desk.document, parameter.id)?.code, desk.document.parameters) }),
        ], false),
    ];
}

function valueControls(parameter, { patch, rebuild }) {
    const values = parameter.values ?? [];
    const list = editing(values, (made, what, key) => patch({ values: made }, what, key));
    const change = (make, place) => { list.put(make, "取值"); rebuild(`values/${place}/value`); };
    const lines = values.map((one, place) => {
        const own = (changes, what, key = what) => list.set(place, changes, what, `value ${place} ${key}`);
        const prefix = `values/${place}/`;
        const typed = text("值", one.value, (value) => own({ value: numberOf(value) ?? "" }, "值"), { property: `${prefix}value`, help: "数字，或写作 2026-01-31 的日期。" });
        return h("li", { class: "gd-effect fd-stack" }, h("div", { class: "gd-effect-head" }, typed, entryButtons("这个取值", place, values.length, change)),
            where(one, own, prefix, rebuild), periodControls(one, own, prefix), basisControls(one, { patch: own, rebuild, prefix }));
    });
    const add = () => { list.put((all) => [...all, { value: 0 }], "取值"); rebuild(`values/${list.all().length - 1}/value`); };
    return labelled("各区、各时期的值", h("div", { role: "group" }, h("ol", { class: "gd-effects" }, lines), button("加一个取值", { picture: "add", press: add })), { property: "values", isGroup: true });
}

/** The districts in which the value holds; none chosen means everywhere else. */
function where(value, own, prefix, rebuild) {
    const chosen = new Set(value.divisions ?? []);
    const known = divisions(() => rebuild(`${prefix}divisions`))?.filter((one) => one.code.length === 6 && !one.code.endsWith("00")) ?? [];
    const change = (event, code) => { if (event.target.checked) chosen.add(code); else chosen.delete(code); own({ divisions: [...chosen].sort() }, "适用的区"); };
    const ticks = known.map((one) => h("label", { class: "fd-option" }, h("input", { type: "checkbox", checked: chosen.has(one.code), on: { change: (event) => change(event, one.code) } }), said(one.name)));
    const names = known.filter((one) => chosen.has(one.code)).map((one) => one.name).join("、");
    return h("details", { class: "fd-column", data: { property: `${prefix}divisions`, column: `${prefix}divisions` } }, h("summary", {}, chosen.size ? `适用：${names || [...chosen].join("、")}` : "适用：各区"), h("div", { class: "fd-ticks", role: "group", "aria-label": "适用的区" }, ticks));
}
