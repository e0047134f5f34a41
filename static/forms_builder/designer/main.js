// The designer of an item form: one document, its history, three views of it, and the saving.

import { Desk } from "../../console/designer/desk.js";
import { button } from "../../console/designer/dom.js";
import { merged } from "../../console/designer/merging.js";
import { chooseField } from "./adding.js";
import { apart, dependants, doubled, everything, fieldsOf, find, isSection, isTestedIn, nameOf, placed, read, sectionOf, sectionPlaced, stepped, without, withField, withSection, written } from "./form.js";
import { formOutline } from "./outline.js";
import { FormPanel } from "./form_panel.js";
import { changeInWords, nameOfProperty, placeOf } from "./places.js";
import { Preview } from "./preview.js";

const KEYS = [
    ["↑ ↓", "在结构中移动"], ["← →", "收起、展开分组"], ["Enter", "到属性栏修改"], ["Esc", "从属性栏回到结构"], ["Alt + ↑ ↓", "移动字段或分组，可跨分组"],
    ["Delete", "删除"], ["Ctrl + D", "复制"], ["Alt + N", "添加字段"], ["Ctrl + Z", "撤销"], ["Ctrl + Shift + Z", "重做"], ["Ctrl + S", "立即保存"],
];

class FormDesk extends Desk {
    constructor(root) {
        const given = (id) => JSON.parse(document.getElementById(id).textContent);
        super(root, { facts: given("fd-facts"), tree: given("fd-draft"), kind: "form", subject: "这张表单", keys: KEYS });
        this.lookingOnly = "您只能查看这张表单，可以在预览中试填。";
        this.outline = formOutline(this.pane("outline"), this);
        this.preview = new Preview(this.pane("preview"), this);
        this.panel = new FormPanel(this.pane("panel"), this);
        this.begin();
    }

    get form() {
        return this.document;
    }

    // --- the document ------------------------------------------------------------------------------------------------

    read(tree, known) {
        return read(tree, known);
    }

    written(form) {
        return written(form);
    }

    find(form, id) {
        return find(form, id);
    }

    everything(form) {
        return everything(form);
    }

    nameOf(element) {
        return nameOf(element);
    }

    stepped(form, id, direction) {
        return stepped(form, id, direction);
    }

    placeOf(form, pointer) {
        return placeOf(form, pointer);
    }

    /** Both sides made one; what both added stays, fields are numbered anew, what stood in a section that is gone stands in none. */
    merged(base, mine, theirs) {
        const { tree, both } = merged(base, apart(base, mine, theirs), theirs);
        const known = new Set((tree.sections ?? []).map((section) => section.code));
        const fields = (tree.fields ?? []).map((field, place) => ({ ...field, order: 10 * (place + 1), ...(field.group && !known.has(field.group) ? { group: null } : {}) }));
        return { tree: { ...tree, fields }, both };
    }

    named(list, code) {
        const one = this.form[list].find((other) => other.code === code);
        return one && nameOf(one);
    }

    changeInWords(change) {
        return changeInWords(change, (list, code) => this.named(list, code));
    }

    bothInWords([list, code, property]) {
        return `“${this.named(list, code) ?? code}”的${nameOfProperty(property)}`;
    }

    whereIs(id) {
        const element = find(this.form, id);
        const beside = isSection(element) ? this.form.sections : fieldsOf(this.form, sectionOf(this.form, element));
        const home = isSection(element) ? null : sectionOf(this.form, element);
        return `${home ? `在分组“${nameOf(home)}”` : ""}第 ${beside.indexOf(element) + 1} 位，共 ${beside.length} 个`;
    }

    // --- what the person does -----------------------------------------------------------------------------------------

    tools() {
        return [
            button("添加字段", { picture: "add", press: () => this.choose(), class: "op-button op-primary" }),
            button("添加分组", { picture: "view_agenda", press: () => this.addSection() }),
        ];
    }

    altKeys() {
        return { KeyN: () => this.choose() };
    }

    choose() {
        chooseField((field) => this.add(field));
    }

    add(field) {
        const [form, id] = withField(this.form, field, this.selected);
        this.added(form, id, { what: `添加“${field.label}”`, property: "label" });
        this.chosen(id);
        this.say(`已添加“${field.label}”，${this.whereIs(id)}`);
    }

    addSection() {
        const [form, id] = withSection(this.form, "新的分组", this.selected);
        this.added(form, id, { what: "添加分组", property: "name" });
        this.say("已添加分组");
    }

    double(id) {
        const [form, copy] = doubled(this.form, id);
        this.change(form, { what: `复制“${nameOf(find(this.form, id))}”`, selected: copy });
        this.outline.focus(copy);
        this.say(`已复制，${this.whereIs(copy)}`, { canUndo: true });
    }

    remove(id) {
        const element = find(this.form, id);
        const all = everything(this.form);
        const place = all.indexOf(element);
        const next = all[place + 1] ?? all[place - 1] ?? null;
        const using = isSection(element) ? [] : dependants(this.form, element.code).filter((one) => one.id !== id);
        this.change(without(this.form, id), { what: `删除“${nameOf(element)}”`, selected: next?.id ?? null });
        if (next) this.outline.focus(next.id);
        const lists = using.filter((one) => one.within === element.code).length;
        const shown = using.filter((one) => isTestedIn(one, element.code)).length;
        const uses = [shown && `${shown} 处显示条件用到它`, lists && `${lists} 个字段的选项取决于它`].filter(Boolean);
        const warning = uses.length ? `；有 ${uses.join("，")}，请改` : "";
        this.say(`已删除“${nameOf(element)}”${warning}`, { canUndo: true });
    }

    takes() {
        return true;
    }

    /** What was carried stands before, after or in the other element. */
    drop(id, otherId, side) {
        const { form } = this;
        const [carried, target] = [find(form, id), find(form, otherId)];
        const next = (list) => list[list.indexOf(target) + 1] ?? null;
        let moved;
        if (isSection(carried)) moved = sectionPlaced(form, id, side === "before" ? target : next(form.sections));
        else if (side === "into") moved = placed(form, id, target, fieldsOf(form, target).find((field) => field !== carried) ?? null);
        else {
            const home = sectionOf(form, target);
            moved = placed(form, id, home, side === "before" ? target : next(fieldsOf(form, home)));
        }
        this.moved(moved, id, `移动“${nameOf(carried)}”`);
    }

    isTrial(target) {
        return this.pane("preview").contains(target);
    }

    chosen(id) {
        this.preview.reveal(id);
    }

    redraw() {
        this.preview.render();
    }
}

const root = document.querySelector(".fd-desk");
if (root) root.desk = new FormDesk(root);
