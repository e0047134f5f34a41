// What the person did on this page, step by step, back and forth without end. Typing in one place is one step.

export class History {
    /** `document` is where it begins. */
    constructor(document) {
        this.past = [];
        this.present = { document, what: "", selected: null, key: null };
        this.future = [];
    }

    get document() {
        return this.present.document;
    }

    /** A step: what was done in words, what is selected after it, and where, if it may grow by more typing there. */
    record(document, { what, selected, key = null }) {
        const grows = key !== null && this.present.key === key && this.past.length > 0;
        if (!grows) this.past.push(this.present);
        this.present = { document, what, selected, key };
        this.future = [];
    }

    /** What is typed next is a step of its own. */
    seal() {
        this.present = { ...this.present, key: null };
    }

    /** One step back: what was undone and what to select, or null at the beginning. */
    undo() {
        if (!this.past.length) return null;
        const undone = this.present;
        this.future.push({ ...undone, key: null });
        this.present = { ...this.past.pop(), key: null };
        return { what: undone.what, selected: undone.selected };
    }

    /** One step forth again. */
    redo() {
        if (!this.future.length) return null;
        this.past.push({ ...this.present, key: null });
        this.present = this.future.pop();
        return { what: this.present.what, selected: this.present.selected };
    }
}
