// The condition language (opsplatform/kernel/conditions.py) in the browser: whether one holds, and what it says.

export const OPS = {
    eq: "为", ne: "已回答且不为", in: "为其中之一", not_in: "已回答且不为其中任何一个", contains: "选了", contains_any: "选了其中至少一个",
    gt: "大于", ge: "大于或等于", lt: "小于", le: "小于或等于", answered: "已回答",
};
const OF_DAYS = { gt: "晚于", ge: "不早于", lt: "早于", le: "不晚于" };
const LISTED = new Set(["in", "not_in", "contains_any"]);
const NUMERIC = ["eq", "ne", "gt", "ge", "lt", "le", "answered"];
const BY_KIND = {
    integer: NUMERIC, decimal: NUMERIC, date: NUMERIC,
    boolean: ["eq", "answered"],
    dict: ["eq", "ne", "in", "not_in", "answered"], division: ["eq", "ne", "in", "not_in", "answered"],
    multi_dict: ["contains", "contains_any", "answered"],
    table: ["answered"], file: ["answered"],
};

/** What can be asked of a field of that kind. */
export const opsOf = (kind) => BY_KIND[kind] ?? ["eq", "ne", "in", "not_in", "answered"];
export const takesList = (op) => LISTED.has(op);

/** An absent value, null, an empty text and an empty list are no answer. */
export const isAnswered = (value) => value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && !value.length);

/** Whether the condition holds on the values; none always holds. On what is unanswered every test is false. */
export function holds(condition, values) {
    if (!condition) return true;
    if (condition.all) return condition.all.every((part) => holds(part, values));
    if (condition.any) return condition.any.some((part) => holds(part, values));
    if (condition.not) return !holds(condition.not, values);
    const given = values[condition.q];
    return isAnswered(given) && TESTS[condition.op](given, condition.value);
}

const isOrderable = (value) => typeof value === "string" || typeof value === "number";
const isAmong = (given, options) => options.some((one) => isAnswered(one) && given === one);
const compared = (sign) => (given, value) => typeof given === typeof value && isOrderable(given) && sign(order(given, value));
const TESTS = {
    eq: (given, value) => isAnswered(value) && given === value,
    ne: (given, value) => !(isAnswered(value) && given === value),
    in: (given, value) => isAmong(given, value),
    not_in: (given, value) => !isAmong(given, value),
    contains: (given, value) => Array.isArray(given) && given.includes(value),
    contains_any: (given, value) => Array.isArray(given) && value.some((one) => given.includes(one)),
    gt: compared((sign) => sign > 0),
    ge: compared((sign) => sign >= 0),
    lt: compared((sign) => sign < 0),
    le: compared((sign) => sign <= 0),
    answered: () => true,
};

/** Texts in the order of their code points, as the server compares them. */
function order(left, right) {
    if (typeof left === "number") return left - right;
    const [ours, theirs] = [Array.from(left), Array.from(right)];
    for (let place = 0; place < Math.min(ours.length, theirs.length); place += 1) {
        const difference = ours[place].codePointAt(0) - theirs[place].codePointAt(0);
        if (difference) return difference;
    }
    return ours.length - theirs.length;
}

/** Every name the condition tests. */
export function namesIn(condition) {
    if (!condition) return [];
    const inside = [...(condition.all ?? condition.any ?? []), condition.not].filter(Boolean).flatMap(namesIn);
    return condition.q === undefined || condition.q === null ? inside : [condition.q, ...inside];
}

/** The condition with one name for another; the very same where it does not occur. */
export function renamed(condition, from, to) {
    if (!condition || !namesIn(condition).includes(from)) return condition;
    const parts = (list) => list.map((part) => renamed(part, from, to));
    if (condition.all) return { all: parts(condition.all) };
    if (condition.any) return { any: parts(condition.any) };
    if (condition.not) return { not: renamed(condition.not, from, to) };
    return { ...condition, q: to };
}

/** What the test is called where it is chosen; days are compared in words of their own. */
export const nameOfOp = (op, kind) => (kind === "date" && OF_DAYS[op]) || OPS[op];

/**
 * The condition as a sentence, in the words of opsplatform/kernel/condition_wording.py. `names` says what fields and
 * their values are called, and which of them are days.
 */
export function sentence(condition, names, isInside = false) {
    if (condition.not) return `并非（${sentence(condition.not, names)}）`;
    if (condition.q !== undefined && condition.q !== null) return test(condition, names);
    const parts = condition.all ?? condition.any;
    if (!parts.length) return condition.all ? "任何情况下" : "从不";
    if (parts.length === 1) return sentence(parts[0], names, isInside);
    const joined = parts.map((part) => sentence(part, names, true)).join(condition.all ? "，并且" : "，或者");
    return isInside ? `（${joined}）` : joined;
}

function test({ q, op, value }, names) {
    const field = `“${names.field(q)}”`;
    const one = (given) => (typeof given === "number" || given?.parameter || names.isDay(q) ? names.value(q, given) : `“${names.value(q, given)}”`);
    const several = () => value.map(one).join("、");
    switch (op) {
        case "answered": return `${field} 已回答`;
        case "in": return `${field} 为 ${several()} 之一`;
        case "not_in": return `${field} 已回答且不为 ${several()} 中的任何一个`;
        case "contains_any": return `${field} 选了 ${several()} 中的至少一个`;
        default: return `${field} ${nameOfOp(op, names.isDay(q) ? "date" : "")} ${one(value)}`;
    }
}

/** A value that has no name of its own. */
export function valueText(value) {
    if (!isAnswered(value)) return "未回答";
    if (typeof value === "boolean") return value ? "是" : "否";
    return Array.isArray(value) ? value.map(valueText).join("、") : String(value);
}
