// The flow as a picture, drawn by the server from what is on the page, saved or not; a press on a box goes to what it
// stands for, and a box about which something was found says so.

import { button, h } from "../../console/designer/dom.js";
import { csrfToken } from "../../console/designer/saving.js";

const PAUSE = 300; // ms without a change before it is drawn anew
const SVG = "http://www.w3.org/2000/svg";

export class FlowView {
    constructor(root, desk) {
        this.desk = desk;
        this.of = null; // the document of which the picture is
        this.isWhole = innerWidth > 800; // on a phone it would be too small to read
        this.note = h("p", { class: "op-help", role: "status" });
        this.size = button("原大小", { picture: "zoom_in", press: () => { this.isWhole = !this.isWhole; this.fit(); } });
        this.file = h("a", { class: "op-button", download: `${desk.facts.code}-guidance.svg` }, "下载 SVG");
        this.canvas = h("div", { class: "gd-canvas" });
        root.append(h("div", { class: "op-actions gd-table-bar" }, this.size, this.file, this.note), this.canvas);
        this.canvas.addEventListener("click", (event) => {
            const id = this.idOf(event.target.closest(".node"));
            if (id) desk.select(id, { focus: "" });
        });
        this.canvas.addEventListener("mouseover", (event) => this.light(event.target.closest(".node")?.dataset.key));
        this.canvas.addEventListener("mouseleave", () => this.light());
        this.fit();
    }

    render() {
        if (this.desk.document === this.of) return this.tellProblems();
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.draw(), this.of ? PAUSE : 0);
    }

    async draw() {
        const { desk } = this;
        const held = desk.document;
        this.drawing?.abort();
        this.drawing = new AbortController();
        const asked = { credentials: "same-origin", cache: "no-store", signal: this.drawing.signal };
        try {
            const answer = await fetch(desk.facts.flow_url, desk.mayEdit
                ? { ...asked, method: "POST", body: JSON.stringify(desk.written(held)), headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() } }
                : asked);
            if (!answer.ok) throw new Error(String(answer.status));
            this.show(await answer.text(), held);
        } catch (error) {
            if (error.name !== "AbortError") this.note.textContent = "现在画不出流程图，改动之后再试。";
        }
    }

    show(text, held) {
        this.of = held;
        const picture = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
        this.canvas.replaceChildren(document.adoptNode(picture));
        if (this.file.href) URL.revokeObjectURL(this.file.href);
        this.file.href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
        this.fit();
        this.tellProblems();
    }

    /** What a box stands for: a question, a rule, or the item that rules bring. */
    idOf(node) {
        if (!node || !this.of) return null;
        if (node.dataset.pointer) return this.desk.placeOf(this.of, node.dataset.pointer).id;
        return this.of.items.find((item) => `i ${item.code}` === node.dataset.key)?.id ?? null;
    }

    /** Whether what is drawn is saved; and a box about which the server found something carries a mark that says it. */
    tellProblems() {
        if (this.of !== this.desk.document) return;
        this.note.textContent = this.desk.saver.isDirty() ? "图是改动以后的样子，改动还没有保存。" : "";
        for (const mark of this.canvas.querySelectorAll(".gd-mark")) mark.remove();
        for (const node of this.canvas.querySelectorAll(".node")) {
            const id = this.idOf(node);
            const found = id ? this.desk.problemsOf(id) : [];
            if (found.length) node.append(markOf(node.querySelector("rect"), found));
        }
    }

    fit() {
        this.canvas.classList.toggle("is-whole", this.isWhole);
        this.size.lastChild.textContent = this.isWhole ? "原大小" : "适合宽度";
    }

    /** What hangs on the box stands out. */
    light(key) {
        const picture = this.canvas.firstElementChild;
        picture?.classList.toggle("is-lit", Boolean(key));
        for (const edge of this.canvas.querySelectorAll(".edge")) edge.classList.toggle("is-on", edge.dataset.source === key || edge.dataset.target === key);
    }
}

/** A round mark at the corner of the box: how many findings, and their sentences for who points at it. */
function markOf(box, found) {
    const make = (tag, attributes, text = "") => {
        const element = document.createElementNS(SVG, tag);
        for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
        element.textContent = text;
        return element;
    };
    const [x, y] = [Number(box.getAttribute("x")) + Number(box.getAttribute("width")) - 4, Number(box.getAttribute("y")) + 4];
    const mark = make("g", { class: `gd-mark${found.some((one) => one.severity === "blocking") ? " has-blocking" : ""}` });
    mark.append(make("title", {}, found.map((one) => one.sentence).join("\n")), make("circle", { cx: x, cy: y, r: 9 }),
        make("text", { x, y: y + 4, "text-anchor": "middle", "font-size": 12, "font-weight": 700 }, String(found.length)));
    return mark;
}
