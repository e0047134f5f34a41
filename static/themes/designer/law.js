// In which period something holds, and the law it stands on.

import { button, h } from "../../console/designer/dom.js";
import { day, editing, entryButtons, labelled, pair, text } from "../../console/designer/controls.js";

/** The days from and until which the element holds; both days belong to the period. */
export function periodControls(element, patch, prefix = "") {
    const one = (label, property) => day(label, element[property], (value) => patch({ [property]: value }, label), { property: `${prefix}${property}` });
    return pair(one("生效日期", "effective_from"), one("失效日期", "effective_to"));
}

/** The laws that the element stands on, each with its article and the period in which it holds. */
export function basisControls(element, { patch, rebuild, prefix = "" }) {
    const laws = element.legal_basis ?? [];
    const list = editing(laws, (made, key) => patch({ legal_basis: made.length ? made : null }, "法律依据", key));
    const change = (make, place) => { list.put(make); rebuild(`${prefix}legal_basis/${place}/title`); };
    const line = (law, place) => {
        const own = (changes, what) => list.set(place, changes, `${prefix}law ${place} ${what}`);
        const at = (property) => ({ property: `${prefix}legal_basis/${place}/${property}` });
        return h("li", { class: "gd-effect fd-stack" },
            h("div", { class: "gd-effect-head" }, text("法规名称", law.title, (value) => own({ title: value }, "title"), at("title")), entryButtons("这条依据", place, laws.length, change)),
            text("条款", law.article, (value) => own({ article: value || null }, "article"), { ...at("article"), placeholder: "如 第十二条第二款" }),
            periodControls(law, own, `${prefix}legal_basis/${place}/`));
    };
    const add = () => { list.put((all) => [...all, { title: "" }]); rebuild(`${prefix}legal_basis/${list.all().length - 1}/title`); };
    return labelled("法律依据", h("div", { role: "group" }, h("ol", { class: "gd-effects" }, laws.map(line)), button("加一条依据", { picture: "gavel", press: add })), { property: `${prefix}legal_basis`, isGroup: true });
}
