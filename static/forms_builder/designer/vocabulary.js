// What conditions of a form can speak of: its fields, and the values these choose from.

import { namesOf } from "../../console/designer/condition_builder.js";
import { sentence } from "../../console/designer/conditions.js";
import { divisions, entriesOf } from "../../console/designer/lookup.js";
import { fieldNamed, isSection, nameOf } from "./form.js";
import { codesOf } from "./judging.js";

/** The vocabulary (console/designer/condition_builder.js) for a condition of that element; of any, where none is given. */
export function vocabularyFor(form, element = null) {
    const isOffered = (field) => !element || (isSection(element) ? field.group !== element.code : field.id !== element.id);
    const subject = (field) => ({ code: field.code, name: nameOf(field), kind: field.data_type });
    return {
        offered: form.fields.filter(isOffered).map(subject),
        find: (code) => { const field = fieldNamed(form, code); return field ? subject(field) : null; },
        values: (code, whenHere) => { const field = fieldNamed(form, code); return field ? offeredValues(field, whenHere) : null; },
    };
}

/** A condition of the form as a sentence. */
export const saidOf = (condition, form) => sentence(condition, namesOf(vocabularyFor(form)));

function offeredValues(field, whenHere) {
    if (field.data_type === "boolean") return [[true, "是"], [false, "否"]];
    if (field.data_type === "division") return divisions(whenHere)?.map((one) => [one.code, one.name]) ?? null;
    if (field.data_type !== "dict" && field.data_type !== "multi_dict") return null;
    return codesOf(field, (code) => entriesOf(code, whenHere))?.map((one) => [one.code, one.name]) ?? null;
}
