// Codes of elements: what may be one, and one that is free.

const CODE = /^[A-Za-z_][A-Za-z0-9_.-]*$/u;

/** What is wrong with a code; empty where nothing is. */
export function wrongCode(typed, own, others) {
    if (!typed) return "请填写代码";
    if (!CODE.test(typed)) return "以字母开头，只用字母、数字、下划线、点和短横";
    if (typed.length > 60) return "不超过 60 个字符";
    return typed !== own && others.some((one) => one.code === typed) ? "这个代码已经用了" : "";
}

/** A code like this one that nothing in the list has. */
export function freeCode(wanted, taken) {
    const used = new Set(taken.map((one) => one.code));
    const stem = wanted.replace(/_?\d+$/, "") || wanted;
    for (let number = 1; ; number += 1) {
        const code = number === 1 ? wanted : `${stem}_${number}`;
        if (!used.has(code)) return code;
    }
}
