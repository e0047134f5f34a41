// What opens over the page: somebody else's changes, the keys, and whatever a room puts there.

import { button, h, icon, said } from "./dom.js";

/** A dialog over the designer; what had the focus has it again when it closes. */
export function opened(title, ...children) {
    const before = document.activeElement;
    const close = button("关闭", { picture: "close", isBare: true, press: () => dialog.close() });
    const dialog = h("dialog", { class: "fd-dialog", "aria-label": title }, h("div", { class: "fd-dialog-head" }, h("h2", {}, title), close), children);
    dialog.addEventListener("close", () => {
        dialog.remove();
        if (before?.isConnected && (document.activeElement === document.body || !document.activeElement)) before.focus();
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    document.querySelector(".fd-desk").append(dialog);
    dialog.showModal();
    return dialog;
}

/** Tiles with a picture and a name, walked by arrows: `{ name, picture, press }`. */
export function tiles(entries) {
    const tile = ({ name, picture, press }) => h("button", { type: "button", class: "fd-tile", on: { click: press } }, icon(picture), h("span", {}, name));
    return h("div", { class: "fd-tiles" }, entries.map(tile));
}

/** Arrows go from tile to tile through the whole dialog. */
export function walkTiles(dialog) {
    const all = [...dialog.querySelectorAll(".fd-tile")];
    all[0].focus();
    dialog.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!step || !all.includes(document.activeElement)) return;
        event.preventDefault();
        all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    });
}

/** Somebody else has saved meanwhile: what they changed, and what to do about it. */
export function settleConflict(subject, { why, changes, both, look, merge, mine, theirs }) {
    const act = (words, press, more = {}) => button(words, { press: () => { dialog.close(); press(); }, ...more });
    const shown = changes.slice(0, 40);
    const dialog = opened(`${subject}已被别人改动`,
        h("p", {}, said(why)),
        h("ul", { class: "fd-changes" }, shown.map((sentence) => h("li", {}, said(sentence)))),
        changes.length > shown.length ? h("p", { class: "op-quiet" }, `还有 ${changes.length - shown.length} 处。`) : null,
        both.length ? h("p", { class: "op-error" }, `两边都改了：${both.join("、")}。合并时这几处用您的。`) : h("p", { class: "op-help" }, "两边改的不是同一处，可以合并。"),
        h("div", { class: "op-actions" },
            act("合并两边", merge, { class: "op-button op-primary" }),
            act("用我的，覆盖对方", mine),
            act("用对方的", theirs),
            h("a", { class: "op-button", href: look, target: "_blank", rel: "noopener" }, "看对方的")),
        h("p", { class: "op-help" }, "选“用对方的”之后，仍可用撤销找回自己的改动。"));
}

/** Every key that does something: pairs of the keys and what they do. */
export function showKeys(keys) {
    opened("键盘操作", h("dl", { class: "fd-keys" }, keys.map(([keys, words]) => h("div", {}, h("dt", {}, h("kbd", {}, keys)), h("dd", {}, words)))));
}
