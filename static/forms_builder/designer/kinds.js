// The kinds of fields, what can be said of each, and fields that departments ask for again and again.

export const KINDS = {
    string: { name: "单行文字", picture: "short_text" },
    text: { name: "多行文字", picture: "notes" },
    integer: { name: "整数", picture: "123" },
    decimal: { name: "小数", picture: "decimal_increase" },
    boolean: { name: "是或否", picture: "toggle_on" },
    date: { name: "日期", picture: "calendar_today" },
    dict: { name: "单选", picture: "radio_button_checked" },
    multi_dict: { name: "多选", picture: "check_box" },
    division: { name: "区划", picture: "map" },
    uscc: { name: "统一社会信用代码", picture: "business" },
    id_card: { name: "居民身份证号", picture: "badge" },
    phone: { name: "联系电话", picture: "call" },
    postcode: { name: "邮政编码", picture: "local_post_office" },
    address: { name: "地址", picture: "home_pin" },
    table: { name: "表格", picture: "table_rows" },
    file: { name: "附件", picture: "attach_file" },
};

export const isTextual = (kind) => ["string", "text", "address", "uscc", "id_card", "phone", "postcode"].includes(kind);
export const isNumeric = (kind) => kind === "integer" || kind === "decimal";
export const isCoded = (kind) => kind === "dict" || kind === "multi_dict";
const takesPattern = (kind) => ["string", "text", "address"].includes(kind);

/** Whether fields of that kind have the property at all. */
export function has(kind, property) {
    switch (property) {
        case "min_length": return takesPattern(kind);
        case "max_length": return isTextual(kind) || isNumeric(kind) || isCoded(kind) || kind === "division";
        case "pattern": return isTextual(kind);
        case "scale": return kind === "decimal";
        case "minimum": case "maximum": case "unit": return isNumeric(kind);
        case "dictionary": case "within": case "options": return isCoded(kind);
        case "min_items": case "max_items": return kind === "table" || kind === "multi_dict";
        case "columns": return kind === "table";
        default: return true;
    }
}

const DEPENDENT = ["min_length", "max_length", "pattern", "scale", "minimum", "maximum", "unit", "dictionary", "within", "options", "min_items", "max_items", "columns"];

/** What the field must lose to become one of that kind; a length means something else to another family. */
export function unfit(field, kind) {
    const family = (one) => (isTextual(one) ? "text" : isNumeric(one) ? "number" : isCoded(one) ? "code" : one);
    const lost = DEPENDENT.filter((property) => field[property] !== undefined && !has(kind, property));
    if (field.max_length !== undefined && family(field.data_type) !== family(kind)) lost.push("max_length");
    return [...new Set(lost)];
}

const column = (code, label, data_type, more = {}) => ({ code, label, data_type, ...more });

/** Ready-made fields: what is asked again and again, then one of every kind. */
export const TEMPLATES = [
    { name: "姓名", field: { code: "name", label: "姓名", data_type: "string", max_length: 50, required: true } },
    { name: "身份证号", field: { code: "id_card", label: "身份证号", data_type: "id_card", max_length: 18, required: true } },
    { name: "统一社会信用代码", field: { code: "uscc", label: "统一社会信用代码", data_type: "uscc", max_length: 18, required: true } },
    { name: "单位名称", picture: "apartment", field: { code: "org_name", label: "单位名称", data_type: "string", max_length: 100, required: true } },
    { name: "联系电话", field: { code: "phone", label: "联系电话", data_type: "phone", max_length: 20, required: true } },
    { name: "通信地址", field: { code: "address", label: "通信地址", data_type: "address", max_length: 300 } },
    { name: "邮政编码", field: { code: "postcode", label: "邮政编码", data_type: "postcode", max_length: 6 } },
    { name: "金额（元）", picture: "payments", field: { code: "amount", label: "金额", data_type: "decimal", max_length: 16, scale: 2, minimum: 0, unit: "元" } },
    { name: "面积（平方米）", picture: "square_foot", field: { code: "area", label: "面积", data_type: "decimal", max_length: 12, scale: 2, minimum: 0, unit: "平方米" } },
    { name: "人员名单", picture: "groups", field: { code: "people", label: "人员名单", data_type: "table", min_items: 1, columns: [column("name", "姓名", "string", { max_length: 50, required: true }), column("id_card", "身份证号", "id_card", { max_length: 18, required: true }), column("phone", "联系电话", "phone", { max_length: 20 })] } },
];
export const BLANKS = Object.entries(KINDS).map(([kind, { name }]) => ({
    name,
    field: {
        code: `field_1`, label: name, data_type: kind,
        ...(kind === "table" ? { columns: [column("column_1", "第一列", "string", { max_length: 50 })] } : {}),
        ...(kind === "dict" || kind === "multi_dict" ? { options: [{ code: "1", name: "选项一" }, { code: "2", name: "选项二" }] } : {}),
    },
}));
