// The document in the browser: a theme whose questions, rules, parameters and items carry an id of the page, never changed
// in place. Questions stand in the order in which they are asked, rules in the order in which they are judged.

import { freeCode } from "../../console/designer/codes.js";
import { namesIn, renamed } from "../../console/designer/conditions.js";
import { entriesOf } from "../../console/designer/lookup.js";
import { numbered } from "../../console/designer/orders.js";

let count = 0;
const fresh = () => `e${(count += 1)}`;

/** The lists whose elements can be chosen, in the order of the outline, with what one of them is called. */
export const LISTS = { questions: "问题", rules: "规则", parameters: "参数", items: "事项" };
const NAMES = Object.keys(LISTS);

const comesFirst = (one, other) => one.priority < other.priority || (one.priority === other.priority && one.code < other.code);
const bySequence = (isBefore) => (one, other) => (isBefore(one, other) ? -1 : isBefore(other, one) ? 1 : 0);

/** The document as the page works on it; what has the code of something in `known` keeps its id. */
export function read(tree, known = {}) {
    const as = (list, elements = []) => {
        const ids = new Map((known[list] ?? []).map((one) => [one.code, one.id]));
        return elements.map((one, at) => ({ ...one, list, at, id: ids.get(one.code) ?? fresh() }));
    };
    const { guidance = {}, items = [], ...rest } = tree;
    const { questions, rules, parameters, ...own } = guidance;
    return {
        rest, own,
        questions: as("questions", questions).sort((one, other) => one.order - other.order),
        rules: as("rules", rules).sort(bySequence(comesFirst)),
        parameters: as("parameters", parameters), items: as("items", items),
    };
}

/** The elements of the list in the order in which the tree keeps them: numbers say in which they are asked or judged. */
const kept = (list, elements) => (list === "questions" || list === "rules" ? [...elements].sort((one, other) => one.at - other.at) : elements);

/** The element at that place of the list in the tree. */
export const elementAt = (held, list, place) => kept(list, held[list])[place] ?? null;

/** The document as the server keeps it: defaults left out, orders and priorities that follow what is seen. */
export function written(held) {
    const guidance = {
        ...held.own,
        questions: kept("questions", numbered(held.questions, "order")).map(plainQuestion),
        rules: kept("rules", numbered(held.rules, "priority", comesFirst)).map(plain),
        parameters: held.parameters.map((one) => ({ ...plain(one), values: one.values?.map(plain) })),
    };
    for (const list of ["questions", "rules", "parameters"]) if (!guidance[list].length) delete guidance[list];
    const items = held.items.map(plainItem);
    return { ...held.rest, ...(items.length ? { items } : {}), ...(Object.keys(guidance).length ? { guidance } : {}) };
}

const REQUIRED = new Set(["code", "text", "name", "title", "order", "priority", "effects", "material", "field", "when", "value"]);
const isEmpty = (value) => value === null || value === undefined || value === "" || value === false
    || (Array.isArray(value) && !value.length) || (typeof value === "object" && !Array.isArray(value) && !Object.keys(value).length);

function plain({ id: _id, list: _list, at: _at, ...own }) {
    return Object.fromEntries(Object.entries(own).filter(([key, value]) => value !== undefined && (!isEmpty(value) || (REQUIRED.has(key) && value !== null)))
        .map(([key, value]) => [key, key === "legal_basis" ? value.map(plain) : value]));
}

function plainQuestion({ required, options, ...question }) {
    return { ...plain(question), ...(required === false ? { required } : {}), ...(options?.length && !question.dictionary ? { options: options.map(plain) } : {}) };
}

function plainItem({ materials = [], fields = [], ...item }) {
    const bound = fields.filter((one) => one.visible_when || one.from_question);
    return {
        ...plain(item), ...(materials.length ? { materials: materials.map((one) => (one.when ? plain(one) : plain({ ...one, when: undefined }))) } : {}),
        ...(bound.length ? { fields: bound.map((one) => ({ ...plain(one), ...(one.values && Object.keys(one.values).length ? { values: one.values } : {}) })) } : {}),
    };
}

// --- questions ---------------------------------------------------------------------------------------------------------

/** What stands for a whole list in the outline. */
export const partOf = (list) => ({ id: `part ${list}`, list, isPart: true });

export function find(held, id) {
    if (id?.startsWith("part ")) return partOf(id.slice(5));
    for (const list of NAMES) for (const one of held[list]) if (one.id === id) return one;
    return null;
}

export const everything = (held) => NAMES.flatMap((list) => held[list]);
export const questionNamed = (held, code) => held.questions.find((one) => one.code === code) ?? null;

/** What there is to choose from: codes with their texts; null where any number, day or division answers. Entries of a
 * dictionary that are not here yet are missing, and `whenHere` is told. */
export function optionsOf(question, whenHere = null) {
    if (question.type === "boolean") return [["true", "是"], ["false", "否"]];
    if (question.type !== "single" && question.type !== "multi") return null;
    if (question.dictionary) return (entriesOf(question.dictionary, whenHere) ?? []).map((one) => [one.code, one.name]);
    return (question.options ?? []).map((one) => [one.code, one.text || one.code]);
}

/** How deep the question stands under others: 0 where it is always asked. */
export function depthOf(held, question, seen = new Set()) {
    if (!question?.show_when || seen.has(question.code)) return 0;
    const above = namesIn(question.show_when).map((code) => questionNamed(held, code)).filter(Boolean);
    return above.length ? 1 + Math.max(...above.map((one) => depthOf(held, one, new Set([...seen, question.code])))) : 0;
}

/** Everything that names the question: elements, with the property in which they do. */
export function usesOf(held, code) {
    const names = (condition) => namesIn(condition ?? null).includes(code);
    const found = [];
    for (const one of held.questions) if (names(one.show_when)) found.push({ element: one, property: "show_when" });
    for (const one of held.rules) if (names(one.when)) found.push({ element: one, property: "when" });
    for (const one of held.items) {
        const inMaterial = (one.materials ?? []).some((use) => names(use.when));
        if (inMaterial || (one.fields ?? []).some((use) => names(use.visible_when))) found.push({ element: one, property: inMaterial ? "materials" : "fields" });
    }
    return found;
}

/** The fields that the question supplies: `item` null for a public field of the theme. */
export function suppliedBy(held, code) {
    const shared = (held.rest.field_uses ?? []).filter((use) => use.from_question === code).map((use) => ({ item: null, field: use.code, values: use.values ?? {} }));
    const own = held.items.flatMap((item) => (item.fields ?? []).filter((use) => use.from_question === code).map((use) => ({ item: item.code, field: use.field, values: use.values ?? {} })));
    return [...shared, ...own];
}

// --- changes: each gives a new document --------------------------------------------------------------------------------

const inList = (held, list, change) => ({ ...held, [list]: change(held[list]) });

/** The element with what the patch says. */
export function patched(held, id, patch) {
    const { list, code } = find(held, id);
    const changed = inList(held, list, (all) => all.map((one) => (one.id === id ? { ...one, ...patch } : one)));
    return list === "questions" && patch.type && patch.type !== "division6" ? withoutHandling(changed, code) : changed;
}

/** The question no longer answers where a case is handled. */
function withoutHandling(held, code) {
    const { division_question: named, ...own } = held.own;
    return named === code ? { ...held, own } : held;
}

/** The new element stands after the chosen one of its list, or at its end; gives the document and the new id. */
export function withElement(held, list, element, afterId = null) {
    const place = held[list].findIndex((one) => one.id === afterId);
    const all = [...held[list]];
    const before = (place < 0 ? all.at(-1) : all[place])?.at ?? -1;
    const after = Math.min(...all.map((one) => one.at).filter((at) => at > before));
    const at = Number.isFinite(after) ? (before + after) / 2 : before + 1;
    const added = { ...element, code: freeCode(element.code, held[list]), list, at, id: fresh() };
    all.splice(place < 0 ? all.length : place + 1, 0, added);
    return [{ ...held, [list]: all }, added.id];
}

export function without(held, id) {
    const { list, code } = find(held, id);
    const left = inList(held, list, (all) => all.filter((one) => one.id !== id));
    return list === "questions" ? withoutHandling(left, code) : left;
}

/** The element before that one of its list, or last where that is null. */
export function placed(held, id, before) {
    const element = find(held, id);
    if (before === element) return held;
    return inList(held, element.list, (all) => {
        const others = all.filter((one) => one !== element);
        others.splice(before ? others.indexOf(before) : others.length, 0, element);
        return others;
    });
}

/** One step up (-1) or down (1); null where there is no further, or where the order is not this page's matter. */
export function stepped(held, id, step) {
    const element = find(held, id);
    if (element.isPart || !MOVABLE.has(element.list)) return null;
    const all = [...held[element.list]];
    const place = all.indexOf(element);
    if (!all[place + step]) return null;
    [all[place], all[place + step]] = [all[place + step], all[place]];
    return { ...held, [element.list]: all };
}
export const MOVABLE = new Set(["questions", "rules", "parameters"]);

/** Every condition of the theme put through `change`. */
function withConditions(held, change) {
    const one = (element, key) => (element[key] ? { ...element, [key]: change(element[key]) } : element);
    const all = (list, key) => (list ?? []).map((use) => one(use, key));
    return {
        ...held,
        rest: held.rest.prefill_conditions ? { ...held.rest, prefill_conditions: all(held.rest.prefill_conditions, "when") } : held.rest,
        questions: all(held.questions, "show_when"), rules: all(held.rules, "when"),
        items: held.items.map((item) => ({ ...item, materials: all(item.materials, "when"), fields: all(item.fields, "visible_when") })),
    };
}

/** The question or rule under another code, and everything that named the question. */
export function recoded(held, id, code) {
    const element = find(held, id);
    const changed = element.list === "questions" ? withExpected(patched(held, id, { code }), "visible_questions", element.code, code) : patched(held, id, { code });
    if (element.list === "parameters") return withParameter(changed, element.code, code);
    if (element.list === "rules") return withExpected(changed, "fired_rules", element.code, code);
    const follow = (use) => (use.from_question === element.code ? { ...use, from_question: code } : use);
    const named = withConditions(changed, (condition) => renamed(condition, element.code, code));
    const own = named.own.division_question === element.code ? { ...named.own, division_question: code } : named.own;
    const uses = named.rest.field_uses?.map(follow);
    const cases = named.rest.cases?.map((one) => ({ ...one, answers: withKey(one.answers, element.code, code) }));
    return {
        ...named, own, rest: { ...named.rest, ...(uses ? { field_uses: uses } : {}), ...(cases ? { cases } : {}) },
        items: named.items.map((item) => ({ ...item, fields: item.fields?.map(follow) })),
    };
}

/** What saved cases expect names the element by its new code. */
function withExpected(held, key, from, to) {
    const follow = (one) => (one.expected?.[key] ? { ...one, expected: { ...one.expected, [key]: one.expected[key].map((name) => (name === from ? to : name)) } } : one);
    return held.rest.cases ? { ...held, rest: { ...held.rest, cases: held.rest.cases.map(follow) } } : held;
}

const withKey = (record, from, to) => Object.fromEntries(Object.entries(record).map(([key, value]) => [key === from ? to : key, value]));

const throughValues = (condition, change) => {
    const inside = (list) => list.map((part) => throughValues(part, change));
    if (condition.all) return { all: inside(condition.all) };
    if (condition.any) return { any: inside(condition.any) };
    if (condition.not) return { not: throughValues(condition.not, change) };
    return "value" in condition ? { ...condition, value: change(condition.value) } : condition;
};

/** Whoever named the parameter by the one code names it by the other. */
function withParameter(held, from, to) {
    const follow = (value) => (value?.parameter === from ? { parameter: to } : value);
    const changed = withConditions(held, (condition) => throughValues(condition, follow));
    const effect = (one) => ("value" in one ? { ...one, value: follow(one.value) } : one);
    return { ...changed, rules: changed.rules.map((rule) => ({ ...rule, effects: rule.effects.map(effect) })) };
}

/** The option of the question under another code: conditions and field values follow. */
export function optionRecoded(held, id, from, to) {
    const question = find(held, id);
    const follow = (value) => (value === from ? to : value);
    const one = (condition) => {
        const inside = (list) => list.map(one);
        if (condition.all) return { all: inside(condition.all) };
        if (condition.any) return { any: inside(condition.any) };
        if (condition.not) return { not: one(condition.not) };
        if (condition.q !== question.code || !("value" in condition)) return condition;
        return { ...condition, value: Array.isArray(condition.value) ? condition.value.map(follow) : follow(condition.value) };
    };
    const mapped = (use) => (use.from_question === question.code && use.values && from in use.values ? { ...use, values: withKey(use.values, from, to) } : use);
    const changed = withConditions(patched(held, id, { options: question.options.map((option) => (option.code === from ? { ...option, code: to } : option)) }), one);
    const uses = changed.rest.field_uses?.map(mapped);
    const answered = (answer) => (Array.isArray(answer) ? answer.map(follow) : follow(answer));
    const cases = changed.rest.cases?.map((entry) => (question.code in entry.answers ? { ...entry, answers: { ...entry.answers, [question.code]: answered(entry.answers[question.code]) } } : entry));
    return {
        ...changed, rest: { ...changed.rest, ...(uses ? { field_uses: uses } : {}), ...(cases ? { cases } : {}) },
        items: changed.items.map((item) => ({ ...item, fields: item.fields?.map(mapped) })),
    };
}

/** The field is supplied by the question with these values; by no question where `question` is null. */
export function supplied(held, { item, field }, question, values = {}) {
    const binding = { from_question: question, values };
    if (item === null) {
        return { ...held, rest: { ...held.rest, field_uses: held.rest.field_uses.map((use) => {
            if (use.code !== field) return use;
            const { from_question: _from, values: _values, ...kept } = use;
            return question ? { ...kept, from_question: question, ...(Object.keys(values).length ? { values } : {}) } : kept;
        }) } };
    }
    return inList(held, "items", (all) => all.map((one) => {
        if (one.code !== item) return one;
        const known = (one.fields ?? []).some((use) => use.field === field);
        const fields = known ? one.fields.map((use) => (use.field === field ? { ...use, ...binding } : use)) : [...(one.fields ?? []), { field, ...binding }];
        return { ...one, fields };
    }));
}
