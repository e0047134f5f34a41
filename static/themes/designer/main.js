// The designer of a theme's guidance: one document, its history, several views of it, and the saving.

import { Desk } from "../../console/designer/desk.js";
import { button, h } from "../../console/designer/dom.js";
import { fresh } from "../../console/designer/condition_builder.js";
import { keepEntries } from "../../console/designer/lookup.js";
import { merged } from "../../console/designer/merging.js";
import { csrfToken } from "../../console/designer/saving.js";
import { chooseType } from "./adding.js";
import { everything, find, LISTS, MOVABLE, placed, read, recoded, stepped, usesOf, without, withElement, written } from "./document.js";
import { FlowView } from "./flow_view.js";
import { GuidancePanel } from "./guidance_panel.js";
import { newQuestion } from "./kinds.js";
import { guidanceOutline } from "./outline.js";
import { bothInWords, changeInWords, placeOf } from "./places.js";
import { RulesView } from "./rules_view.js";
import { TableView } from "./table.js";
import { Views } from "./views.js";
import { vocabularyFor } from "./vocabulary.js";

const PAUSE = 300; // ms without a change before the gate is asked
const TOO_LARGE = 413; // what the server answers to a document past its limit
const PROVING = 2000; // ms until a proof that background work does is asked for again
const KEYS = [
    ["↑ ↓", "在结构中移动"], ["← →", "收起、展开"], ["Enter", "到属性栏修改"], ["Esc", "从属性栏回到结构"], ["Alt + ↑ ↓", "移动问题、规则或参数"],
    ["Delete", "删除"], ["Ctrl + D", "复制"], ["Alt + Q", "添加问题"], ["Alt + R", "添加规则"], ["Ctrl + Z", "撤销"], ["Ctrl + Shift + Z", "重做"], ["Ctrl + S", "立即保存"],
];

class GuidanceDesk extends Desk {
    constructor(root) {
        const given = (id) => JSON.parse(document.getElementById(id).textContent);
        super(root, { facts: given("fd-facts"), tree: given("fd-draft"), kind: "theme", subject: "这个主题", keys: KEYS });
        for (const [code, { entries }] of Object.entries(this.facts.dictionaries)) keepEntries(code, entries);
        this.lookingOnly = "您只能查看场景引导，不能修改。";
        this.outline = guidanceOutline(this.pane("outline"), this);
        this.views = new Views(this.pane("preview"), this, {
            rules: { title: "规则句子", View: RulesView }, table: { title: "决策表", View: TableView }, flow: { title: "流程图", View: FlowView },
        });
        this.panel = new GuidancePanel(this.pane("panel"), this);
        this.begin();
    }

    // --- the document ------------------------------------------------------------------------------------------------

    read(tree, known) {
        return read(tree, known);
    }

    written(held) {
        return written(held);
    }

    find(held, id) {
        return find(held, id);
    }

    everything(held) {
        return everything(held);
    }

    nameOf(element) {
        if (element.isPart) return LISTS[element.list];
        return (element.list === "items" ? this.facts.items[element.code] : element.text || element.name) || element.code || "未命名";
    }

    stepped(held, id, direction) {
        return stepped(held, id, direction);
    }

    placeOf(held, pointer) {
        return placeOf(held, pointer);
    }

    merged(base, mine, theirs) {
        return merged(base, mine, theirs);
    }

    named(list, code) {
        const one = this.document[list]?.find((other) => other.code === code);
        return one && this.nameOf(one);
    }

    changeInWords(change) {
        return changeInWords(change, (list, code) => this.named(list, code));
    }

    bothInWords(place) {
        return bothInWords(place, (list, code) => this.named(list, code));
    }

    whereIs(id) {
        const element = find(this.document, id);
        const beside = this.document[element.list];
        return `第 ${beside.indexOf(element) + 1} 位，共 ${beside.length} 个`;
    }

    // --- what the person does -----------------------------------------------------------------------------------------

    tools() {
        return [
            button("添加问题", { picture: "add", press: () => this.addTo("questions"), class: "op-button op-primary" }),
            button("添加规则", { picture: "rule", press: () => this.addTo("rules") }),
            h("a", { class: "op-button", href: this.facts.table_url }, "决策表进出"),
            h("a", { class: "op-button", href: this.facts.preview_url, target: "_blank", rel: "noopener" }, "市民试办"),
        ];
    }

    altKeys() {
        return { KeyQ: () => this.addTo("questions"), KeyR: () => this.addTo("rules") };
    }

    addTo(list) {
        if (list === "questions") return chooseType((type) => this.add(list, newQuestion(type), "text"));
        if (list === "parameters") return this.add(list, { code: "p_1", name: "新的参数", values: [{ value: 0 }] }, "name");
        const vocabulary = vocabularyFor(this.document);
        const when = vocabulary.offered.length ? fresh(vocabulary) : { all: [] };
        return this.add(list, { code: "R01", name: "新的规则", priority: null, when, effects: [] }, "name");
    }

    add(list, element, property) {
        const [held, id] = withElement(this.document, list, element, this.selected);
        this.added(held, id, { what: `添加${LISTS[list]}`, property });
        this.say(`已添加${LISTS[list]}，${this.whereIs(id)}`);
    }

    double(id) {
        const element = find(this.document, id);
        if (element.isPart || !MOVABLE.has(element.list)) return;
        const { id: _id, at: _at, list, ...copied } = element;
        const name = list === "questions" ? "text" : "name";
        const [held, copy] = withElement(this.document, list, { ...copied, order: null, priority: null, [name]: `${element[name]}（副本）` }, id);
        this.change(held, { what: `复制“${this.nameOf(element)}”`, selected: copy });
        this.outline.focus(copy);
        this.say(`已复制，${this.whereIs(copy)}`, { canUndo: true });
    }

    remove(id) {
        const element = find(this.document, id);
        if (element.isPart || !MOVABLE.has(element.list)) return;
        const beside = this.document[element.list];
        const place = beside.indexOf(element);
        const next = beside[place + 1] ?? beside[place - 1] ?? null;
        const using = element.list === "questions" ? usesOf(this.document, element.code).filter((one) => one.element.id !== id) : [];
        this.change(without(this.document, id), { what: `删除“${this.nameOf(element)}”`, selected: next?.id ?? null });
        if (next) this.outline.focus(next.id);
        this.say(`已删除“${this.nameOf(element)}”${using.length ? `；有 ${using.length} 处条件用到它，请改` : ""}`, { canUndo: true });
    }

    recode(id, code) {
        const element = find(this.document, id);
        this.change(recoded(this.document, id, code), { what: `修改“${this.nameOf(element)}”的代码`, selected: id });
    }

    /** The answer to this question is the division that handles the case; null: no question asks that. */
    handlingAsked(code) {
        const { division_question: _former, ...own } = this.document.own;
        this.change({ ...this.document, own: code ? { ...own, division_question: code } : own }, { what: "修改办理区划的问题" });
    }

    takes(id, otherId) {
        const [carried, target] = [find(this.document, id), find(this.document, otherId)];
        return carried.list === target.list && MOVABLE.has(carried.list);
    }

    /** What was carried stands before or after the other element; at the head of the list where it is put into that. */
    drop(id, otherId, side) {
        const [carried, target] = [find(this.document, id), find(this.document, otherId)];
        const beside = this.document[carried.list];
        const before = side === "into" ? beside[0] : side === "before" ? target : beside[beside.indexOf(target) + 1] ?? null;
        if (before === carried) return;
        this.moved(placed(this.document, id, before), id, `移动“${this.nameOf(carried)}”`);
    }

    /** Where the properties are to be seen, the middle no longer takes the whole width. */
    open(name) {
        super.open(name);
        if (name === "panel") this.views.widen(false);
    }

    chosen(id) {
        this.views.render();
        this.views.reveal(id);
    }

    tellProblems() {
        super.tellProblems();
        this.views.tellProblems();
    }

    redraw() {
        this.views.render();
        if (this.mayEdit && this.document !== this.lookedAt) this.lookSoon();
    }

    /** What the gate would say is asked a moment after the last change, whether it is saved yet or not. */
    lookSoon() {
        clearTimeout(this.lookTimer);
        this.lookTimer = setTimeout(() => this.look(), PAUSE);
    }

    async look() {
        const held = this.document;
        this.lookedAt = held;
        this.looking?.abort();
        this.looking = new AbortController();
        try {
            const answer = await fetch(this.facts.look_at_url, {
                method: "POST", credentials: "same-origin", signal: this.looking.signal, body: JSON.stringify(this.written(held)),
                headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
            });
            if (answer.status === TOO_LARGE) return this.found(held, [{ place: "", severity: "blocking", sentence: `主题过大，不能检查也不能保存：${(await answer.json()).detail}` }]);
            if (!answer.ok) return;
            const { results } = await answer.json();
            this.found(held, results);
            if (results.some((one) => one.code === "being_proved")) this.lookTimer = setTimeout(() => this.look(), PROVING);
        } catch {
            // Overtaken by the next look, or without the network: the last findings stay.
        }
    }

    /** Whoever may edit is told by `look`, before anything is saved. */
    async check() {
        this.views.render();
        if (!this.mayEdit) await super.check();
    }
}

const root = document.querySelector(".fd-desk");
if (root) root.desk = new GuidanceDesk(root);
