/* The words of the choice box in Chinese. Django marks its boxes with lang="zh-CN"; Select2 asks for "zh-cn" and does not
   find the file that Django ships under the other spelling, so this one stands in its place and answers to both. */
"use strict";
{
    const words = {
        errorLoading: () => "无法载入，请稍后再试。",
        inputTooLong: (typed) => `请删去 ${typed.input.length - typed.maximum} 个字`,
        inputTooShort: (typed) => `请再输入 ${typed.minimum - typed.input.length} 个字`,
        loadingMore: () => "正在载入更多…",
        maximumSelected: (chosen) => `最多选择 ${chosen.maximum} 项`,
        noResults: () => "没有找到",
        searching: () => "正在查找…",
        removeAllItems: () => "全部清除",
        removeItem: () => "清除",
        search: () => "查找",
    };
    for (const name of ["zh-CN", "zh-cn"]) {
        jQuery.fn.select2.amd.define(`select2/i18n/${name}`, [], () => words);
    }
}
