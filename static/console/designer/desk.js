// A designer: one document, its history, several views of it, and the saving. What is designed is the room's own matter.

import { settleConflict, showKeys } from "./dialogs.js";
import { button, h, icon, said } from "./dom.js";
import { History } from "./history.js";
import { isSameTree } from "./merging.js";
import { Saver } from "./saving.js";
import { Shelf } from "./shelf.js";
import { standingLine } from "./standing.js";

/**
 * Whoever extends it names `kind` and `subject` ("这张表单"), says what is `lookingOnly`, makes `outline` and `panel`, and
 * answers in terms of the document: `read`, `written`, `find`, `everything`, `nameOf`, `stepped`, `whereIs`, `placeOf`,
 * `merged`, `changeInWords`, `bothInWords`, `tools`, `altKeys`, `chosen`, `redraw`, `remove`, `double`, `takes`, `drop`.
 */
export class Desk {
    constructor(root, { facts, tree, kind, subject, keys }) {
        Object.assign(this, { root, facts, kind, subject, keys });
        this.mayEdit = facts.may_edit;
        const document = this.read(tree);
        this.history = new History(document);
        this.selected = null;
        this.errors = [];
        this.findings = [];
        this.shelf = new Shelf(kind, facts.person, facts.code);
        this.saver = new Saver({
            url: facts.draft_url, tag: facts.tag, revision: facts.revision, document, shelf: this.shelf,
            read: () => this.document, write: (held) => this.written(held), told: (standing) => this.stood(standing), whenSaved: () => this.check(),
        });
    }

    /** Everything is drawn and listens. */
    begin() {
        this.controls();
        this.offerShelf();
        this.draw();
        this.stood(this.saver.standing);
        if (this.facts.revision) this.check();
        this.root.classList.add("is-ready");
    }

    get document() {
        return this.history.document;
    }

    pane(name) {
        return this.root.querySelector(`[data-pane="${name}"]`);
    }

    // --- what changes the document ---------------------------------------------------------------------------------

    /** The document is this one from now on; one step of the history. */
    change(document, { what, selected = this.selected, key = null }) {
        if (!this.mayEdit || document === this.document) return;
        this.history.record(document, { what, selected, key });
        this.selected = selected;
        this.draw();
        this.saver.touch();
    }

    seal() {
        this.history.seal();
    }

    /** The new element is chosen, seen, and its `property` ready to be typed. */
    added(document, id, { what, property }) {
        this.change(document, { what, selected: id });
        this.open("panel");
        this.outline.reveal();
        this.panel.focus(property);
    }

    step(id, direction) {
        const document = this.stepped(this.document, id, direction);
        if (!document) return this.say(direction < 0 ? "已经在最前面" : "已经在最后面");
        const isByKey = this.root.contains(globalThis.document.activeElement) && globalThis.document.activeElement.closest('[role="treeitem"]');
        return this.moved(document, id, `移动“${this.nameOf(this.find(document, id))}”`, isByKey);
    }

    /** The element was carried elsewhere. */
    moved(document, id, what, isByKey = false) {
        if (document === this.document) return;
        this.change(document, { what, selected: id });
        if (isByKey) this.outline.focus(id);
        else this.outline.reveal();
        this.chosen(id);
        this.say(`“${this.nameOf(this.find(document, id))}”${this.whereIs(id)}`);
    }

    undo() {
        this.travel(() => this.history.undo(), "已撤销");
    }

    redo() {
        this.travel(() => this.history.redo(), "已重做");
    }

    /** One step through the history; what comes back is chosen, else what the step was about. */
    travel(go, did) {
        const before = this.document;
        const step = go();
        if (!step) return this.say(`没有可${did.slice(1)}的了`);
        const { activeElement } = globalThis.document;
        const property = activeElement?.closest("[data-property]")?.dataset.property;
        const wasInPanel = this.panel.root.contains(activeElement);
        const back = this.everything(this.document).find((one) => !this.find(before, one.id));
        if (back || this.find(this.document, step.selected)) this.selected = back?.id ?? step.selected;
        if (!this.find(this.document, this.selected)) this.selected = null;
        this.draw({ isForced: true, focus: wasInPanel && property ? property : null });
        if (!wasInPanel || !property) this.outline.focus(this.selected);
        this.saver.touch();
        return this.say(`${did}：${step.what}`);
    }

    // --- what is chosen and shown --------------------------------------------------------------------------------------

    /** The element is the one the panel is about. `focus` names a property to go to. */
    select(id, { focus = null } = {}) {
        if (this.selected !== id) {
            this.seal();
            this.selected = id;
            this.outline.render();
            this.panel.render();
            this.chosen(id);
        }
        if (focus !== null) {
            this.open("panel");
            this.panel.focus(focus);
        }
        this.outline.reveal();
    }

    draw(options) {
        this.outline.render();
        this.redraw(options);
        this.panel.render(options);
        this.undoButton.disabled = !this.history.past.length;
        this.redoButton.disabled = !this.history.future.length;
    }

    focusPanel() {
        this.panel.focus();
    }

    focusOutline(id) {
        this.open("outline");
        this.outline.focus(id);
    }

    /** On narrow screens one pane is seen at a time. */
    open(name) {
        this.root.dataset.open = name;
        for (const one of this.root.querySelectorAll("[data-opens]")) one.setAttribute("aria-pressed", String(one.dataset.opens === name));
    }

    /** A sentence that is seen for a while and heard by who listens. */
    say(sentence, { canUndo = false } = {}) {
        this.root.querySelector(".fd-voice").textContent = sentence;
        const toast = this.root.querySelector(".fd-toast");
        toast.replaceChildren(h("span", {}, said(sentence)), canUndo ? button("撤销", { press: () => this.undo() }) : "");
        toast.classList.add("is-shown");
        clearTimeout(this.toastTimer);
        this.toastTimer = setTimeout(() => toast.classList.remove("is-shown"), canUndo ? 8000 : 4000);
    }

    controls() {
        const bar = this.root.querySelector(".fd-bar");
        this.line = h("p", { class: "fd-standing", role: "status" });
        this.undoButton = button("撤销", { picture: "undo", isBare: true, press: () => this.undo() });
        this.redoButton = button("重做", { picture: "redo", isBare: true, press: () => this.redo() });
        const editing = this.mayEdit ? [...this.tools(), this.undoButton, this.redoButton] : [h("p", { class: "op-quiet" }, this.lookingOnly)];
        const keys = button("键盘操作", { picture: "keyboard", isBare: true, press: () => showKeys(this.keys) });
        bar.append(h("div", { class: "op-actions" }, editing, h("span", { class: "fd-keys-button" }, keys)), this.mayEdit ? this.line : "");
        for (const one of this.root.querySelectorAll("[data-opens]")) one.addEventListener("click", () => this.open(one.dataset.opens));
        this.open("outline");
        addEventListener("keydown", (event) => this.press(event));
        addEventListener("beforeunload", (event) => { if (this.mayEdit && this.saver.isDirty()) event.preventDefault(); });
        document.addEventListener("visibilitychange", () => { if (document.hidden) this.saver.save(); });
    }

    press(event) {
        if (!this.mayEdit || document.querySelector("dialog[open]")) return;
        const isTrial = this.isTrial(event.target);
        const key = event.key.toLowerCase();
        const isCommand = event.ctrlKey || event.metaKey;
        const act = {
            z: isCommand && !isTrial && (event.shiftKey ? () => this.redo() : () => this.undo()),
            y: isCommand && !isTrial && (() => this.redo()),
            s: isCommand && (() => this.saver.save()),
        }[key] || (event.altKey && this.altKeys()[event.code]);
        if (!act) return;
        event.preventDefault();
        act();
    }

    /** Whether keys pressed there are not about the document. */
    isTrial() {
        return false;
    }

    // --- the server's words ----------------------------------------------------------------------------------------

    /** What the server says of the element: errors of the last save, and what the gate found. */
    problemsOf(id) {
        return [...this.errors, ...this.findings].filter((one) => one.id === id);
    }

    stood(standing) {
        this.errors = (standing.errors ?? []).map((error) => ({ ...this.placeOf(this.saver.sent, error.pointer), severity: "blocking", sentence: error.detail }));
        this.line.replaceChildren(...standingLine(standing, this.subject, {
            mend: () => this.select(this.errors[0].id, { focus: this.errors[0].property }), settle: () => this.settle(), again: () => this.saver.save(),
        }).flat(2).filter(Boolean));
        this.tellProblems();
        if (standing.kind === "stale") this.settle();
    }

    /** What the gate finds in what is saved is told. */
    async check() {
        const document = this.saver.saved;
        try {
            const answer = await fetch(this.facts.findings_url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
            if (answer.ok && document === this.saver.saved) this.found(document, (await answer.json()).results);
        } catch {
            // Without the network the last findings stay.
        }
    }

    /** These are what the gate finds; `document` is what it looked at. */
    found(document, results) {
        this.findings = results.map((one) => ({ ...this.placeOf(document, one.place), severity: one.severity, sentence: one.sentence }));
        this.tellProblems();
    }

    tellProblems() {
        const all = [...this.errors, ...this.findings];
        const blocking = all.filter((one) => one.severity === "blocking").length;
        const box = this.root.querySelector(".fd-findings");
        box.hidden = !all.length;
        const counts = [blocking && `${blocking} 个问题须解决`, all.length - blocking && `${all.length - blocking} 条提醒`].filter(Boolean).join("，");
        box.querySelector("summary").replaceChildren(icon(blocking ? "error" : "info"), counts);
        box.classList.toggle("has-blocking", blocking > 0);
        box.querySelector("ul").replaceChildren(...all.map((one) => h("li", { class: one.severity === "blocking" ? "op-error" : "" }, one.id && this.find(this.document, one.id)
            ? h("button", { type: "button", class: "fd-link", on: { click: () => this.select(one.id, { focus: one.property }) } }, said(one.sentence)) : said(one.sentence))));
        this.outline.render();
        this.panel.showProblems();
    }

    /** Somebody else saved: their changes are shown, and the person decides. What this page saved unheard is its own. */
    async settle() {
        const { standing } = this.saver;
        let theirs;
        try {
            theirs = await this.saver.theirs();
        } catch {
            return this.say("现在取不到对方的版本，请稍后再试");
        }
        const saved = this.heldIn(theirs.tree);
        if (isSameTree(this.written(saved), theirs.tree)) {
            this.saver.buildOn(theirs.revision, saved);
            return this.saver.save();
        }
        const { tree, both } = this.merged(this.written(saved), this.written(this.document), theirs.tree);
        const theirDocument = this.read(theirs.tree, this.document);
        const take = (document, what) => {
            this.history.record(document, { what, selected: this.selected });
            if (!this.find(document, this.selected)) this.selected = null;
            this.draw({ isForced: true });
        };
        return settleConflict(this.subject, {
            why: standing.why, changes: [...new Set(standing.changes.map((change) => this.changeInWords(change)))], look: this.facts.look_url,
            both: both.map((place) => this.bothInWords(place)),
            merge: () => { take(this.read(tree, this.document), "合并两边的改动"); this.saver.buildOn(theirs.revision, theirDocument); this.saver.save(); },
            mine: () => { this.saver.buildOn(theirs.revision, theirDocument); this.saver.save(); },
            theirs: () => { take(theirDocument, "用对方的版本"); this.saver.buildOn(theirs.revision, theirDocument); this.check(); },
        });
    }

    /** The last document of this page that is in the tree whole: one that was put without an answer, else what was saved. */
    heldIn(tree) {
        const { saved, unanswered } = this.saver;
        const base = this.written(saved);
        return unanswered.find((one) => isSameTree(this.merged(base, this.written(one), tree).tree, tree, "order")) ?? saved;
    }

    /** What other visits could not save is offered again, each by itself. */
    offerShelf() {
        const now = this.written(this.document);
        const left = this.mayEdit ? this.shelf.left().filter((kept) => !isSameTree(kept.tree, now)) : [];
        const note = this.root.querySelector(".fd-shelf");
        note.replaceChildren(...left.map((kept) => this.offer(kept, note)));
        note.hidden = !left.length;
    }

    offer(kept, note) {
        const when = new Date(kept.at).toLocaleString("zh-CN", { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" });
        const row = h("div", {});
        const done = () => {
            this.shelf.clear(kept.name);
            row.remove();
            note.hidden = !note.children.length;
        };
        const restore = () => {
            if (this.saver.isDirty()) return this.say("请先等现在的改动保存好，再恢复这一份");
            done();
            if (kept.revision !== this.saver.revision) Object.assign(this.saver, { revision: kept.revision, saved: this.read(kept.base, this.document) });
            this.change(this.read(kept.tree, this.document), { what: "恢复没有保存的改动" });
            this.panel.render({ isForced: true });
        };
        const told = `这台电脑上有一份 ${when} 没有保存成功的改动。`;
        row.append(h("p", {}, told), h("div", { class: "op-actions" }, button("恢复", { press: restore }), button("不要了", { press: done })));
        return row;
    }
}
