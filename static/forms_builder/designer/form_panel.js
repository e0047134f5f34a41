// The side panel: everything about the chosen field or section, or the form as a whole where nothing is chosen.

import { wrongCode } from "../../console/designer/codes.js";
import { conditionBuilder } from "../../console/designer/condition_builder.js";
import { code, select, text, tick } from "../../console/designer/controls.js";
import { h, icon, said } from "../../console/designer/dom.js";
import { Panel } from "../../console/designer/panel.js";
import { dependants, fieldsOf, find, isSection, nameOf, patched, recoded, sectionOf } from "./form.js";
import { KINDS, unfit } from "./kinds.js";
import { publicFieldControls } from "./public_field.js";
import { columnControls, KIND_CHOICES, valueControls } from "./values.js";
import { vocabularyFor } from "./vocabulary.js";
import { withinControl } from "./within.js";

const SHOWN = {
    told: (sentence) => `显示：${sentence}`, always: "总是显示。", begin: "添加显示条件", end: "去掉显示条件", group: "显示条件", subject: "字段",
    nothing: "表单里还没有别的字段可以作为条件。",
};

export class FormPanel extends Panel {
    element(element) {
        return isSection(element) ? this.section(element) : this.field(element);
    }

    patched(form, id, changes) {
        return patched(form, id, changes);
    }

    field(field) {
        const { desk } = this;
        const patch = this.patcher(field.id);
        const rebuild = (focus) => this.render({ isForced: true, focus });
        const tools = { patch, rebuild, told: () => this.showProblems(), mayEdit: desk.mayEdit, form: desk.form, matchingUrl: desk.facts.matching_url };
        const changeKind = (kind) => {
            const lost = unfit(find(desk.form, field.id), kind);
            patch({ data_type: kind, ...Object.fromEntries(lost.map((property) => [property, null])) }, "类型");
            if (lost.length) desk.say(`已改为“${KINDS[kind].name}”，不适用的设置已去掉`, { canUndo: true });
            rebuild("data_type");
        };
        const homes = [["", "不在任何分组"], ...desk.form.sections.map((section) => [section.code, nameOf(section)])];
        return [
            ...this.head(field, KINDS[field.data_type].picture),
            this.body([
                text("名称", field.label, (value) => patch({ label: value }, "名称"), { property: "label" }),
                select("类型", field.data_type, KIND_CHOICES, changeKind, { property: "data_type" }),
                tick("必填", field.required, (value) => patch({ required: value }, "必填"), { property: "required" }),
                text("填写说明", field.help, (value) => patch({ help: value }, "填写说明"), { property: "help", isLong: true, help: "显示在字段下面，告诉市民怎样填。" }),
                this.fold("取值", "values", [valueControls(field, tools), withinControl(field, tools), field.data_type === "table" ? columnControls(field, tools) : null]),
                this.fold("显示条件", "visible", this.when(field, patch)),
                this.fold("公共字段", "public", publicFieldControls(field, tools)),
                this.fold("代码与位置", "more", [
                    code("代码", field.code, (value) => desk.change(recoded(desk.form, field.id, value), { what: `修改“${nameOf(field)}”的代码`, selected: field.id }), {
                        property: "code", help: "部门系统按这个代码接收；改动后，提到它的条件一并改。", judge: (typed) => wrongCode(typed, find(desk.form, field.id)?.code, desk.form.fields),
                    }),
                    select("所在分组", sectionOf(desk.form, field)?.code ?? "", homes, (value) => patch({ group: value || null }, "所在分组"), { property: "group" }),
                    text("标准格式", field.std_format, (value) => patch({ std_format: value }, "标准格式"), { property: "std_format", placeholder: "如 an..50" }),
                    field.prefill ? h("p", { class: "op-help" }, `预填：${field.prefill.library} · ${field.prefill.element}`) : null,
                ], false),
                this.uses(field),
            ]),
        ];
    }

    /** When the element is shown. */
    when(element, patch) {
        return conditionBuilder(element.visible_when, {
            property: "visible_when", words: SHOWN, vocabulary: vocabularyFor(this.desk.form, element), mayEdit: this.desk.mayEdit,
            take: (condition) => patch({ visible_when: condition }, "显示条件"), rebuild: (focus) => this.render({ isForced: true, focus }),
        });
    }

    uses(field) {
        const found = dependants(this.desk.form, field.code);
        if (!found.length) return null;
        const links = found.map((one) => h("li", {}, h("button", { type: "button", class: "fd-link", on: { click: () => this.desk.select(one.id, { focus: one.within === field.code ? "within" : "visible_when" }) } }, said(nameOf(one)))));
        return this.fold(`显示或选项取决于它的（${found.length}）`, "uses", h("ul", {}, links));
    }

    section(section) {
        const { desk } = this;
        const patch = this.patcher(section.id);
        return [
            ...this.head(section, "view_agenda"),
            this.body([
                text("分组名称", section.name, (value) => patch({ name: value }, "名称"), { property: "name" }),
                text("说明", section.help, (value) => patch({ help: value }, "说明"), { property: "help", isLong: true, help: "显示在分组标题下面。" }),
                this.fold("显示条件", "visible", this.when(section, patch)),
                this.fold("代码", "more", [
                    code("代码", section.code, (value) => desk.change(recoded(desk.form, section.id, value), { what: `修改“${nameOf(section)}”的代码`, selected: section.id }), {
                        property: "code", judge: (typed) => wrongCode(typed, find(desk.form, section.id)?.code, desk.form.sections),
                    }),
                ], false),
                h("p", { class: "op-help" }, `共 ${fieldsOf(desk.form, section).length} 个字段。删除分组时字段保留，归到前一个分组。`),
            ]),
        ];
    }

    overview() {
        const { form } = this.desk;
        this.title = this.general = null;
        const required = form.fields.filter((field) => field.required).length;
        const linked = form.fields.filter((field) => field.public_field).length;
        return [
            h("div", { class: "fd-panel-head" }, h("h2", {}, icon("description"), "整张表单")),
            h("dl", { class: "op-facts" }, [["分组", form.sections.length], ["字段", form.fields.length], ["必填", required], ["已对应公共字段", linked]].map(([name, count]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(count))))),
            h("p", { class: "op-help" }, "在左边选一个字段或分组，在这里设置它。"),
        ];
    }
}
