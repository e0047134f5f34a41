// The side panel: the chosen question, rule, parameter or item, a list of them, or the guidance as a whole.

import { wrongCode } from "../../console/designer/codes.js";
import { conditionBuilder } from "../../console/designer/condition_builder.js";
import { code, text } from "../../console/designer/controls.js";
import { button, h, icon, said } from "../../console/designer/dom.js";
import { Panel } from "../../console/designer/panel.js";
import { find, LISTS, patched } from "./document.js";
import { effectControls } from "./effects.js";
import { itemControls } from "./item_panel.js";
import { TYPES } from "./kinds.js";
import { basisControls, periodControls } from "./law.js";
import { parameterControls } from "./parameter_panel.js";
import { questionControls } from "./question_panel.js";
import { vocabularyFor } from "./vocabulary.js";

const FIRES = {
    told: (sentence) => `当${sentence}时：`, always: "没有条件：任何情况下都起作用。", begin: "加上条件", end: "去掉条件", group: "什么情况下", subject: "问题",
    nothing: "先添加问题，才能写条件。",
};
const ABOUT = {
    questions: "问题按这里的次序问。按住左边的点拖动，或按 Alt + ↑ ↓ 移动。",
    rules: "规则按这里的次序逐条判断一次；后面的规则对同一事物的规定取代前面的。",
    parameters: "费用、门槛这样的数，登记为参数，写明各区、各时期是多少；规则引用参数，数变了不必改规则。",
    items: "事项在“编辑”页增减。这里决定什么时候要哪些材料、填哪些字段。",
};

export class GuidancePanel extends Panel {
    element(element) {
        return element.isPart ? this.list(element.list) : this.one(element);
    }

    patched(held, id, changes) {
        return patched(held, id, changes);
    }

    one(element) {
        const tools = { patch: this.patcher(element.id), rebuild: (focus) => this.render({ isForced: true, focus }) };
        const controls = { questions: questionControls, rules: ruleControls, parameters: parameterControls, items: itemControls }[element.list];
        const picture = TYPES[element.type]?.picture ?? { rules: "rule", parameters: "tune", items: "assignment" }[element.list];
        return [...this.head(element, picture, { isFixed: element.list === "items" }), this.body(controls(this, element, tools))];
    }

    list(list) {
        this.title = this.general = null;
        const { desk } = this;
        return [
            h("div", { class: "fd-panel-head" }, h("h2", {}, LISTS[list])),
            h("p", { class: "op-help" }, ABOUT[list]),
            desk.mayEdit && list !== "items" ? h("p", {}, button(`添加${LISTS[list]}`, { picture: "add", press: () => desk.addTo(list) })) : null,
        ];
    }

    overview() {
        this.title = this.general = null;
        const { document: held } = this.desk;
        const counts = Object.entries(LISTS).map(([list, name]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(held[list].length))));
        return [
            h("div", { class: "fd-panel-head" }, h("h2", {}, icon("alt_route"), "场景引导")),
            h("dl", { class: "op-facts" }, counts),
            h("p", { class: "op-help" }, "在左边选一个问题、规则、参数或事项，在这里设置它。"),
        ];
    }
}

function ruleControls(panel, rule, { patch, rebuild }) {
    const { desk } = panel;
    const put = (effects, key) => patch({ effects }, "结果", key);
    return [
        text("规则名称", rule.name, (value) => patch({ name: value }, "名称"), { property: "name" }),
        panel.fold("什么情况下", "when", conditionBuilder(isAlways(rule.when) ? null : rule.when, {
            property: "when", words: FIRES, vocabulary: vocabularyFor(desk.document), mayEdit: desk.mayEdit, rebuild,
            take: (condition) => patch({ when: condition ?? { all: [] } }, "条件"),
        })),
        panel.fold("怎么办", "effects", effectControls(rule, { desk, put, rebuild })),
        panel.fold("有效期与依据", "law", [periodControls(rule, patch), basisControls(rule, { patch, rebuild })], false),
        panel.fold("代码", "more", [
            code("代码", rule.code, (value) => desk.recode(rule.id, value), { property: "code", help: `优先级 ${rule.priority ?? "保存时给出"}；移动规则时，优先级随着次序改。`, judge: (typed) => wrongCode(typed, find(desk.document, rule.id)?.code, desk.document.rules) }),
            rule.confidence ? h("p", { class: "op-help" }, "资料来源：", said(rule.confidence)) : null,
        ], false),
    ];
}

const isAlways = (condition) => condition.all && !condition.all.length;
