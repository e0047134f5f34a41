// The document in the browser: an item form whose sections and fields carry an id of the page, never changed in place.
// `fields` stand in the order in which they are seen: those without a section first, then section by section.

import { freeCode } from "../../console/designer/codes.js";
import { renamed } from "../../console/designer/conditions.js";
import { numbered } from "../../console/designer/orders.js";

let count = 0;
const fresh = () => `e${(count += 1)}`;
const REQUIRED = new Set(["code", "label", "name", "data_type", "order", "item"]);

/** The document as the page works on it; what has the code of something in `known` keeps its id. */
export function read(tree, known = { sections: [], fields: [] }) {
    const as = (held) => {
        const ids = new Map(held.map((one) => [one.code, one.id]));
        return (one) => ({ ...one, id: ids.get(one.code) ?? fresh() });
    };
    const fields = [...(tree.fields ?? [])].sort((one, other) => one.order - other.order).map(as(known.fields));
    return arranged({ ...tree, sections: (tree.sections ?? []).map(as(known.sections)), fields });
}

/** The document as the server keeps it: defaults left out, orders that follow what is seen. */
export function written(form) {
    const fields = numbered(form.fields, "order").map(plain);
    const tree = { ...form, sections: form.sections.map(plain), fields };
    if (!tree.sections.length) delete tree.sections;
    if (!tree.fields.length) delete tree.fields;
    return tree;
}

function plain(element) {
    const { id: _id, ...kept } = element;
    for (const [key, value] of Object.entries(kept)) {
        const isEmpty = value === null || value === undefined || value === "" || value === false || (Array.isArray(value) && !value.length);
        if (isEmpty && !REQUIRED.has(key)) delete kept[key];
        else if (key === "columns") kept[key] = value.map(plain);
    }
    return kept;
}

function arranged(form) {
    const rank = new Map(form.sections.map((section, number) => [section.code, number + 1]));
    const fields = form.fields.map((field, place) => [rank.get(field.group) ?? 0, place, field]);
    fields.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
    return { ...form, fields: fields.map((entry) => entry[2]) };
}

// --- questions ---------------------------------------------------------------------------------------------------

export const isSection = (element) => element.data_type === undefined;
export const nameOf = (element) => (isSection(element) ? element.name : element.label) || element.code || "未命名";
export const find = (form, id) => form.fields.find((one) => one.id === id) ?? form.sections.find((one) => one.id === id) ?? null;
export const fieldNamed = (form, code) => form.fields.find((field) => field.code === code) ?? null;
export const sectionOf = (form, field) => form.sections.find((section) => section.code === field.group) ?? null;
export const fieldsOf = (form, section) => form.fields.filter((field) => (sectionOf(form, field)?.code ?? null) === (section?.code ?? null));
export const everything = (form) => [...fieldsOf(form, null), ...form.sections.flatMap((section) => [section, ...fieldsOf(form, section)])];

/** The elements whose condition names the field, and those whose list depends on it. */
export const dependants = (form, code) =>
    [...form.sections, ...form.fields].filter((one) => one.within === code || isTestedIn(one, code));

/** Whether the element's condition looks at the field of that code. */
export const isTestedIn = (element, code) => Boolean(element.visible_when) && renamed(element.visible_when, code, "\u0000") !== element.visible_when;

// --- changes: each gives a new document ------------------------------------------------------------------------------

/** The field stands after the element, or at the end of the form; gives the document and the new id. */
export function withField(form, field, afterId = null) {
    const after = afterId ? find(form, afterId) : form.fields.at(-1) ?? form.sections.at(-1) ?? null;
    const added = { order: null, ...field, code: freeCode(field.code, form.fields), id: fresh() };
    const group = after === null ? undefined : isSection(after) ? after.code : after.group;
    if (group) added.group = group;
    const fields = [...form.fields];
    const place = after && !isSection(after) ? fields.indexOf(after) + 1 : after ? fields.lastIndexOf(fieldsOf(form, after).at(-1)) + 1 : fields.length;
    fields.splice(place || fields.length, 0, added);
    return [arranged({ ...form, fields }), added.id];
}

/** A new section after the one in which the element stands, or at the end. */
export function withSection(form, name, afterId = null) {
    const after = afterId ? find(form, afterId) : null;
    const above = after && (isSection(after) ? after : sectionOf(form, after));
    const added = { code: freeCode("section_1", form.sections), name, id: fresh() };
    const sections = [...form.sections];
    sections.splice(above ? sections.indexOf(above) + 1 : sections.length, 0, added);
    return [arranged({ ...form, sections }), added.id];
}

/** The element with what the patch says. */
export function patched(form, id, patch) {
    const change = (list) => list.map((one) => (one.id === id ? { ...one, ...patch } : one));
    const changed = { ...form, sections: change(form.sections), fields: change(form.fields) };
    return "group" in patch ? arranged(changed) : changed;
}

/** The element under another code, and everything that named it. */
export function recoded(form, id, code) {
    const element = find(form, id);
    const follow = isSection(element)
        ? (one) => (one.group === element.code ? { ...one, group: code } : one)
        : (one) => {
            const followed = one.within === element.code ? { ...one, within: code } : one;
            return one.visible_when ? { ...followed, visible_when: renamed(one.visible_when, element.code, code) } : followed;
        };
    const change = (list) => list.map((one) => follow(one.id === id ? { ...one, code } : one));
    return { ...form, sections: change(form.sections), fields: change(form.fields) };
}

/** `mine` without anything new under a code that `theirs` gives to something else that is new: it has a code of its own. */
export function apart(base, mine, theirs) {
    let form = read(mine);
    for (const list of ["sections", "fields"]) {
        const [known, others] = [base, theirs].map((tree) => new Map((tree[list] ?? []).map((one) => [one.code, one])));
        for (const { id, code } of form[list]) {
            if (known.has(code) || !others.has(code) || spelled(find(form, id)) === spelled(others.get(code))) continue;
            form = recoded(form, id, freeCode(code, [...form[list], ...others.values()]));
        }
    }
    return written(form);
}

function spelled(element) {
    return JSON.stringify(Object.entries({ ...plain(element), order: null }).sort());
}

/** Without the element; the fields of a section stay, in the section before it. */
export function without(form, id) {
    const element = find(form, id);
    if (!isSection(element)) return { ...form, fields: form.fields.filter((field) => field.id !== id) };
    const before = form.sections[form.sections.indexOf(element) - 1];
    const fields = form.fields.map((field) => (field.group === element.code ? { ...field, group: before?.code ?? null } : field));
    return arranged({ ...form, sections: form.sections.filter((section) => section.id !== id), fields });
}

/** A copy after the element, a section with copies of its fields; gives the document and the new id. */
export function doubled(form, id) {
    const element = find(form, id);
    if (!isSection(element)) return withField(form, { ...element, order: null, label: `${element.label}（副本）` }, id);
    let [copy, copyId] = withSection(form, `${element.name}（副本）`, id);
    const code = find(copy, copyId).code;
    const codes = new Map();
    const added = [];
    for (const field of fieldsOf(form, element)) {
        const own = freeCode(field.code, [...copy.fields, ...added]);
        codes.set(field.code, own);
        added.push({ ...field, id: fresh(), order: null, group: code, code: own });
    }
    const follow = (condition) => [...codes].reduce((changed, [from, to]) => renamed(changed, from, to), condition);
    const within = (field) => (codes.has(field.within) ? { ...field, within: codes.get(field.within) } : field);
    copy = { ...copy, fields: [...copy.fields, ...added.map(within).map((field) => (field.visible_when ? { ...field, visible_when: follow(field.visible_when) } : field))] };
    const { help, visible_when } = element;
    return [patched(arranged(copy), copyId, { help, visible_when }), copyId];
}

/** One step up (-1) or down (1), a field across the edge of its section; null where there is no further. */
export function stepped(form, id, step) {
    const element = find(form, id);
    if (isSection(element)) {
        const place = form.sections.indexOf(element);
        if (!form.sections[place + step]) return null;
        const sections = [...form.sections];
        [sections[place], sections[place + step]] = [sections[place + step], sections[place]];
        return arranged({ ...form, sections });
    }
    const own = sectionOf(form, element);
    const beside = fieldsOf(form, own);
    const neighbour = beside[beside.indexOf(element) + step];
    if (neighbour) {
        const fields = [...form.fields];
        const [from, to] = [fields.indexOf(element), fields.indexOf(neighbour)];
        [fields[from], fields[to]] = [fields[to], fields[from]];
        return { ...form, fields };
    }
    const homes = [null, ...form.sections];
    const target = homes[homes.indexOf(own) + step];
    if (target === undefined) return null;
    return placed(form, id, target, step > 0 ? fieldsOf(form, target)[0] ?? null : null);
}

/** The field in that section (null: in none), before that field or last. */
export function placed(form, id, section, before) {
    const element = find(form, id);
    if (before === element) return form;
    const fields = form.fields.filter((field) => field !== element);
    fields.splice(before ? fields.indexOf(before) : fields.length, 0, { ...element, group: section?.code ?? null });
    return arranged({ ...form, fields });
}

/** The section before that one, or last. */
export function sectionPlaced(form, id, before) {
    const element = find(form, id);
    if (before === element) return form;
    const sections = form.sections.filter((section) => section !== element);
    sections.splice(before ? sections.indexOf(before) : sections.length, 0, element);
    return arranged({ ...form, sections });
}
