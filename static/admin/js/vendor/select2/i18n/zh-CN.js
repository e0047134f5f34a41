/* The words of the choice box in Chinese. The page loads Select2 twice (Django's copy and Unfold's), so that words defined
   in the usual way reach the copy that is not used; as defaults they reach the one that is. */
"use strict";
jQuery.fn.select2.defaults.set("language", {
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
});
