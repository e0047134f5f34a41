// What conditions of a theme can speak of: its questions, and the answers these choose from.

import { divisions } from "../../console/designer/lookup.js";
import { optionsOf, questionNamed } from "./document.js";
import { TYPES } from "./kinds.js";

/** The vocabulary (console/designer/condition_builder.js) for a condition of that element; of any, where none is given. */
export function vocabularyFor(held, element = null) {
    const subject = (question) => ({ code: question.code, name: question.text || question.code, kind: TYPES[question.type].kind, unit: question.unit });
    return {
        offered: held.questions.filter((question) => question.id !== element?.id).map(subject),
        find: (code) => { const question = questionNamed(held, code); return question && subject(question); },
        values: (code, whenHere) => { const question = questionNamed(held, code); return question && valuesOf(question, whenHere); },
        parameters: held.parameters.map((one) => ({ code: one.code, name: one.name || one.code })),
    };
}

function valuesOf(question, whenHere) {
    if (question.type === "boolean") return [[true, "是"], [false, "否"]];
    const length = { division6: 6, division9: 9 }[question.type];
    if (length) return divisions(whenHere)?.filter((one) => one.code.length === length && !(length === 6 && one.code.endsWith("00"))).map((one) => [one.code, one.name]) ?? null;
    return optionsOf(question, whenHere);
}
