// The line that always says how the draft stands, and what can be done about it.

import { button, h } from "./dom.js";

/** What the line shows for a standing of the saver; `acts` are what its buttons do, `subject` what is drafted. */
export function standingLine(standing, subject, acts) {
    const { kind, why } = standing;
    const line = (tone, words, ...more) => [h("span", { class: `fd-dot fd-dot-${tone}`, "aria-hidden": "true" }), h("span", {}, words), more];
    switch (kind) {
        case "saved":
            return line("good", standing.at ? `已保存 ${time(standing.at)}` : "已保存");
        case "saving":
            return line("busy", "正在保存…");
        case "refused":
            return line("bad", `未保存：${standing.errors.length ? `有 ${standing.errors.length} 处需要改正` : why}`, standing.errors.length ? button("去改正", { press: acts.mend }) : null);
        case "stale":
            return line("bad", `未保存：别人已改动${subject}`, button("查看并处理", { press: acts.settle }));
        case "away":
            return line("bad", "未保存：登录已过期", h("a", { class: "op-button", href: "/login/", target: "_blank", rel: "noopener" }, "重新登录"));
        case "forbidden":
            return line("bad", `未保存：${why}`, button("再试", { press: acts.again }));
        default:
            return line("busy", why ? `未保存：${why}` : "未保存：有新的改动", why ? button("再试", { press: acts.again }) : null);
    }
}

const time = (moment) => moment.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
