// Whether a value fits a field, as forms_builder/merge/constraints.py judges it; sentences for people.

import { holds, isAnswered } from "../../console/designer/conditions.js";
import { isCoded, isNumeric, isTextual } from "./kinds.js";

const MOST_DIGITS = 15;
const LONGEST_REFERENCE = 200;
const BLANK = /^[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]*$/u;
const PHONE = /^1[3-9][0-9]{9}$|^0[0-9]{2,3}-?[2-9][0-9]{6,7}(?:-[0-9]{1,6})?$|^[48]00-?[0-9]{3}-?[0-9]{4}$|^1[012][0-9]{1,3}$|^9[56][0-9]{3,6}$/u;

/** Citizen id with a real day of birth and the right check digit (GB 11643-1999). */
export function isCitizenId(text) {
    if (!/^[1-9][0-9]{5}(?:18|19|20)[0-9]{9}[0-9X]$/u.test(text)) return false;
    const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const sum = weights.reduce((total, weight, place) => total + weight * Number(text[place]), 0);
    return text[17] === "10X98765432"[sum % 11] && isDay(`${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}`);
}

/** Unified social credit code with the right check digit (GB 32100-2015). */
export function isUscc(text) {
    if (!/^[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}$/u.test(text)) return false;
    const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let sum = 0;
    for (let place = 0, weight = 1; place < 17; place += 1, weight = (weight * 3) % 31) sum += weight * alphabet.indexOf(text[place]);
    return text[17] === alphabet[(31 - (sum % 31)) % 31];
}

function isDay(text) {
    if (!/^[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$/u.test(text)) return false;
    const day = new Date(`${text}T00:00:00Z`);
    return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

const FORMATS = {
    uscc: [isUscc, "不是有效的统一社会信用代码"],
    id_card: [isCitizenId, "不是有效的居民身份证号码"],
    phone: [(text) => PHONE.test(text), "不是有效的联系电话"],
    postcode: [(text) => /^[0-9]{6}$/u.test(text), "不是有效的邮政编码"],
};

/** The pattern as this browser reads it; null where it cannot be read. */
export function compiled(pattern) {
    for (const flags of ["u", ""]) {
        try {
            return new RegExp(pattern, flags);
        } catch {
            continue;
        }
    }
    return null;
}

/** The texts of the codes a field offers: own options, else what `entries` knows of its dictionary; null for any code. */
export function codesOf(field, entries) {
    if (field.dictionary) return entries(field.dictionary);
    return field.options?.length ? field.options : null;
}

/** Everything wrong with an answered value, in sentences; `entries` gives the entries of a dictionary, null unknown. */
export function faults(field, value, entries) {
    const kind = field.data_type;
    if (isTextual(kind)) return textFaults(field, value);
    if (isNumeric(kind)) return numberFaults(field, value);
    if (kind === "boolean") return typeof value === "boolean" ? [] : ["应选择“是”或“否”"];
    if (kind === "date") return isDay(value) ? [] : ["应为真实日期，写作 2024-06-30 的样子"];
    if (isCoded(kind)) return codeFaults(field, value, entries);
    if (kind === "division") return divisionFaults(field, value);
    if (kind === "table") return rowCount(field, value);
    return fileFaults(field, value);
}

const length = (text) => Array.from(text).length;

function textFaults(field, value) {
    const found = [];
    if (field.required && BLANK.test(value)) return ["不能为空"];
    if (field.max_length != null && length(value) > field.max_length) found.push(`不能超过 ${field.max_length} 个字`);
    if (field.min_length != null && length(value) < field.min_length) found.push(`不能少于 ${field.min_length} 个字`);
    for (const name of new Set([field.data_type, field.format])) {
        if (FORMATS[name] && !FORMATS[name][0](value)) found.push(FORMATS[name][1]);
    }
    if (field.pattern && !(compiled(field.pattern)?.test(value) ?? true)) found.push("格式不符合要求");
    return found;
}

function numberFaults(field, value) {
    const isWhole = field.data_type === "integer";
    if (typeof value !== "number" || !Number.isFinite(value) || (isWhole && !Number.isInteger(value))) {
        return [isWhole ? "应填写整数" : "应填写数字"];
    }
    const found = [];
    const scale = isWhole ? 0 : field.scale;
    const digits = field.max_length == null ? MOST_DIGITS : Math.max(0, Math.min(MOST_DIGITS, field.max_length - (scale ?? 0)));
    if (Math.abs(value) >= 10 ** digits) found.push(`整数部分不能超过 ${digits} 位`);
    if (scale != null && decimals(value) > scale) found.push(scale ? `小数不能超过 ${scale} 位` : "应为整数");
    if (field.minimum != null && value < field.minimum) found.push(`不能小于 ${field.minimum}`);
    if (field.maximum != null && value > field.maximum) found.push(`不能大于 ${field.maximum}`);
    return found;
}

function decimals(number) {
    const [mantissa, exponent = "0"] = String(number).split("e");
    return Math.max(0, (mantissa.split(".")[1] ?? "").length - Number(exponent));
}

function codeFaults(field, value, entries) {
    const known = codesOf(field, entries);
    const fits = (code) => field.max_length == null || length(code) <= field.max_length;
    const allowed = known && new Set(known.map((entry) => entry.code).filter(fits));
    const given = [value].flat();
    const found = [];
    if (given.some((code) => (allowed ? !allowed.has(code) : BLANK.test(code) || !fits(code)))) found.push("不在可选范围内");
    if (new Set(given).size < given.length) found.push("有重复的选项");
    return field.data_type === "multi_dict" ? [...found, ...rowCount(field, given)] : found;
}

function rowCount(field, rows) {
    const word = field.data_type === "table" ? "行" : "项";
    if (field.min_items != null && rows.length < field.min_items) return [`至少 ${field.min_items} ${word}`];
    if (field.max_items != null && rows.length > field.max_items) return [`最多 ${field.max_items} ${word}`];
    return [];
}

/** The lengths of division codes the field takes. */
export const divisionLengths = (field) => ([6, 9].includes(field.max_length) ? [field.max_length] : [6, 9]);

function divisionFaults(field, value) {
    const lengths = divisionLengths(field);
    return /^[0-9]+$/u.test(value) && lengths.includes(value.length) ? [] : [`应为 ${lengths.join(" 或 ")} 位数字的区划代码`];
}

function fileFaults(field, value) {
    if (BLANK.test(value)) return ["不能为空"];
    const longest = Math.min(field.max_length ?? LONGEST_REFERENCE, LONGEST_REFERENCE);
    return length(value) > longest ? [`不能超过 ${longest} 个字`] : [];
}

/** What is wrong with a cell or field, whether answered or not. */
export function problems(field, value, entries) {
    if (isAnswered(value)) return faults(field, value, entries);
    return field.required ? ["必须填写"] : [];
}

/** What the kind and the limits of the field ask, in a few words. */
export function hint(field) {
    const kind = field.data_type;
    const parts = [];
    if (isTextual(kind) && !FORMATS[kind]) {
        if (field.min_length != null) parts.push(`至少 ${field.min_length} 个字`);
        if (field.max_length != null) parts.push(`最多 ${field.max_length} 个字`);
    }
    if (isNumeric(kind)) {
        if (field.minimum != null) parts.push(`不小于 ${field.minimum}`);
        if (field.maximum != null) parts.push(`不大于 ${field.maximum}`);
        if (kind === "decimal" && field.scale) parts.push(`最多 ${field.scale} 位小数`);
    }
    if (kind === "table" || kind === "multi_dict") {
        const word = kind === "table" ? "行" : "项";
        if (field.min_items != null) parts.push(`至少 ${field.min_items} ${word}`);
        if (field.max_items != null) parts.push(`最多 ${field.max_items} ${word}`);
    }
    return parts.join("，");
}

/** Which fields and sections exist on these answers (by id): whose conditions hold on fields that exist themselves. */
export function visible(form, answers) {
    const fields = new Map(form.fields.map((field) => [field.code, field]));
    const sections = new Map(form.sections.map((section) => [section.code, section]));
    const known = new Map();
    const values = new Proxy({}, { get: (_none, code) => (fields.has(code) && exists(fields.get(code)) ? answers[fields.get(code).id] : undefined) });
    function exists(field) {
        if (!known.has(field.id)) {
            known.set(field.id, false); // a field that depends on itself is not there
            known.set(field.id, holds(sections.get(field.group)?.visible_when, values) && holds(field.visible_when, values));
        }
        return known.get(field.id);
    }
    return { field: exists, section: (section) => holds(section.visible_when, values) };
}
