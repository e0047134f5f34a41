// The rules as sentences, in the order in which they are judged; a press on one goes to its properties.

import { fill, h, revealIn, said } from "../../console/designer/dom.js";
import { callingOf, ruleSentence } from "./sentences.js";

export class RulesView {
    constructor(root, desk) {
        this.desk = desk;
        this.list = h("ol", { class: "gd-rules" });
        this.empty = h("p", { class: "fd-none" }, "还没有规则。规则写明：在什么情况下，办哪些事项，要哪些材料。");
        root.append(this.empty, this.list);
        this.drawn = new Map(); // rule id → { sentence, name, element }
    }

    render() {
        const { document: held, facts, selected } = this.desk;
        const calling = callingOf(held, facts);
        this.empty.hidden = held.rules.length > 0;
        fill(this.list, held.rules.map((rule) => {
            const words = ruleSentence(rule, held, calling, () => this.render());
            const before = this.drawn.get(rule.id);
            const isSame = before && before.words === words && before.name === rule.name;
            const element = isSame ? before.element : this.row(rule, words);
            if (!isSame) this.drawn.set(rule.id, { words, name: rule.name, element });
            element.classList.toggle("is-chosen", rule.id === selected);
            return element;
        }));
    }

    row(rule, words) {
        const go = () => this.desk.select(rule.id, { focus: "name" });
        return h("li", { data: { of: rule.id } }, h("button", { type: "button", class: "gd-rule", on: { click: go } },
            h("strong", {}, said(rule.name || "未命名的规则")), h("span", { class: "gd-sentence" }, said(words))));
    }

    /** The rule can be seen. */
    reveal(id) {
        const row = this.drawn.get(id)?.element;
        if (row) revealIn(this.list.parentElement, row);
    }
}
