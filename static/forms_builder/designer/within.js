// On which field of the form a list depends: the panel offers those whose answers lie above the entries of its dictionary.

import { select } from "../../console/designer/controls.js";
import { h } from "../../console/designer/dom.js";
import { isAnswered } from "../../console/designer/conditions.js";
import { getDictionary } from "../../console/designer/lookup.js";
import { fieldNamed, nameOf } from "./form.js";
import { isCoded } from "./kinds.js";

const HELP = "只列出所选上级之下的选项，例如街道取决于区；上级没有填写时列出全部。";

/** The control, or nothing where no field can lie above; it comes once the dictionary is known, and `told` then tells its faults. */
export function withinControl(field, { patch, form, told }) {
    if (!isCoded(field.data_type) || !field.dictionary) return null;
    const place = h("div", {});
    const show = (dictionary) => {
        const offered = form.fields.filter((other) => other.code !== field.code && liesAbove(other, dictionary));
        const known = field.within && fieldNamed(form, field.within);
        const isUnfit = field.within && !offered.includes(known);
        const current = isUnfit ? [[field.within, `${known ? nameOf(known) : field.within}（不适用）`]] : [];
        if (!offered.length && !current.length) return;
        const options = [["", "不取决于其他字段"], ...offered.map((other) => [other.code, nameOf(other)]), ...current];
        place.replaceChildren(select("选项取决于", field.within ?? "", options, (code) => patch({ within: code || null }, "选项取决于"), { property: "within", help: HELP }));
        told();
    };
    getDictionary(field.dictionary).then(show, () => {}); // without its dictionary the field has nothing to depend on
    return place;
}

function liesAbove(other, dictionary) {
    if (dictionary.is_below_divisions) return other.data_type === "division";
    if (other.data_type !== "dict" || !other.dictionary) return false;
    return other.dictionary === (dictionary.parent_dictionary ?? dictionary.code) && dictionary.entries.some((entry) => entry.parent_code);
}

/** What the field above says where it is there: undefined for no answer. `seen` tells which fields exist. */
export function answerAbove(form, field, answers, seen) {
    const above = field.within ? fieldNamed(form, field.within) : null;
    const value = above && seen.field(above) ? answers[above.id] : undefined;
    return isAnswered(value) ? value : undefined;
}

/** The entries that are left under the answer above. */
export const below = (codes, answer) => (answer === undefined ? codes : codes.filter((one) => one.parent_code === answer));

/** What is wrong with an answer that does not lie under the answer above, in sentences. */
export function outside(form, field, value, answer, codes) {
    if (answer === undefined || !isAnswered(value) || !codes) return [];
    const left = new Set(below(codes, answer).map((one) => one.code));
    if ([value].flat().every((code) => left.has(code))) return [];
    const above = nameOf(fieldNamed(form, field.within));
    return [`不属于“${above}”所选的一项，请改选“${nameOf(field)}”，或改正“${above}”`];
}
