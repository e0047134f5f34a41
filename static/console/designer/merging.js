// Three trees made one: what was read, what this page made of it, what somebody else made of it meanwhile.

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const isTree = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const keyOf = (element) => KEYS.find((key) => typeof element[key] === "string");
const KEYS = ["code", "material", "field"]; // what elements of lists are known by
const isKeyed = (list) => Array.isArray(list) && list.every((one) => isTree(one) && keyOf(one)) && new Set(list.map(nameOf)).size === list.length;
const nameOf = (element) => element[keyOf(element)];
const isList = (...values) => values.some((value) => value?.length) && values.every((value) => value === undefined || isKeyed(value));

/**
 * The merged tree, and the places where both changed the same as lists of steps (this page's stands). Lists whose elements
 * have a code are merged element by element; everything else is somebody's as a whole.
 */
export function merged(base, mine, theirs) {
    const both = [];
    return { tree: mergedTree([], base, mine, theirs, both), both };
}

/** Whether both trees say the same, in whatever order their properties stand; `but` is a property that does not count. */
export const isSameTree = (one, other, but = null) => same(sorted(one, but), sorted(other, but));

function sorted(value, but) {
    if (Array.isArray(value)) return value.map((one) => sorted(one, but));
    if (!isTree(value)) return value;
    return Object.fromEntries(Object.keys(value).filter((key) => key !== but).sort().map((key) => [key, sorted(value[key], but)]));
}

function mergedTree(path, was, own, other, both) {
    const tree = {};
    for (const property of new Set([...Object.keys(own), ...Object.keys(other)])) {
        const value = mergedValue([...path, property], was[property], own[property], other[property], both);
        if (value !== undefined) tree[property] = value;
    }
    return tree;
}

function mergedValue(path, was, own, other, both) {
    const isMine = !same(was, own);
    const isTheirs = !same(was, other);
    if (!isMine) return other;
    if (!isTheirs || same(own, other)) return own;
    if (isTree(own) && isTree(other) && isTree(was) && !isCondition(own)) return mergedTree(path, was, own, other, both);
    if (isList(was, own, other)) return mergedList(path, was ?? [], own ?? [], other ?? [], both);
    if (path.at(-1) !== "order") both.push(path);
    return own;
}

const isCondition = (value) => ["all", "any", "not", "q"].some((key) => key in value);

function mergedList(path, was, own, other, both) {
    const by = (list) => new Map(list.map((one) => [nameOf(one), one]));
    const [base, mine, theirs] = [by(was), by(own), by(other)];
    const result = [];
    for (const [name, element] of mine) {
        const [before, changed] = [base.get(name), theirs.get(name)];
        if (changed) result.push(mergedTree([...path, name], before ?? {}, element, changed, both));
        else if (!before || !same(withoutOrder(before), withoutOrder(element))) result.push(element); // new here, or changed here and removed there
    }
    let last = null;
    for (const [name, element] of theirs) {
        const before = base.get(name);
        const isTheirs = !mine.has(name) && (!before || !same(withoutOrder(before), withoutOrder(element)));
        if (isTheirs) result.splice(result.findIndex((one) => nameOf(one) === last) + 1, 0, element);
        if (result.some((one) => nameOf(one) === name)) last = name;
    }
    return result;
}

function withoutOrder({ order: _order, ...rest }) {
    return rest;
}
