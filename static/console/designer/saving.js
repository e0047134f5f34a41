// One document, one save: the whole of it is put with the revision that was seen, a moment after the last change.

const PAUSE = 1200; // ms without a change before a save
const WAITS = [2000, 5000, 15000, 30000]; // ms before trying again where the fault will pass by itself

/** How the draft stands on the server, and why. `kind`: saved, saving, waiting, refused, stale, away, forbidden. */
export class Saver {
    /**
     * `read` gives the document, `write` its tree; `told` hears of every new standing, `whenSaved` that what was put is saved.
     * `shelf` keeps what is not.
     */
    constructor({ url, tag, revision, document, read, write, shelf, told, whenSaved }) {
        Object.assign(this, { url, tag, revision, read, write, shelf, told, whenSaved });
        this.saved = document;
        this.sent = document; // what errors of the server point into
        this.unanswered = []; // documents that were put and may stand on the server, for nobody heard of it
        this.standing = { kind: "saved", at: null };
        this.tries = 0;
        this.timer = null;
        this.isSending = false;
        addEventListener("online", () => this.again());
        addEventListener("focus", () => this.standing.kind === "away" && this.again());
        addEventListener("pagehide", () => this.isDirty() && this.shelve());
    }

    isDirty() {
        return this.read() !== this.saved;
    }

    /** Something changed: kept at once in this browser, saved after a pause. */
    touch() {
        if (!this.isDirty()) {
            clearTimeout(this.timer);
            this.shelf.clear();
            if (!this.isSending) this.stand({ kind: "saved", at: this.standing.at ?? null });
            return;
        }
        this.shelve();
        if (this.standing.kind === "stale" || this.standing.kind === "forbidden") return;
        this.stand({ kind: "waiting" });
        this.later(PAUSE);
    }

    /** Saved now, as far as there is anything to save. */
    async save() {
        clearTimeout(this.timer);
        if (this.isSending || !this.isDirty() || this.standing.kind === "stale") return;
        this.isSending = true;
        const document = this.read();
        this.sent = document;
        this.stand({ kind: "saving" });
        try {
            await this.put(document);
        } catch {
            this.unanswered.unshift(document);
            this.tryLater("网络不通，改动保存在本机，连上后自动保存");
        } finally {
            this.isSending = false;
        }
        if (this.standing.kind === "saved" && this.isDirty()) this.touch();
    }

    async put(document) {
        const answer = await fetch(this.url, {
            method: "PUT",
            credentials: "same-origin",
            headers: {
                "Content-Type": "application/json",
                Accept: "application/json",
                "If-Match": `"${this.tag}-${this.revision}"`,
                "X-CSRFToken": csrfToken(),
            },
            body: JSON.stringify(this.write(document)),
        });
        if (answer.ok) {
            this.tries = 0;
            this.revision = Number(/-([0-9]+)"$/.exec(answer.headers.get("ETag"))[1]);
            this.saved = document;
            this.unanswered = [];
            if (!this.isDirty()) this.shelf.clear();
            this.stand({ kind: "saved", at: new Date() });
            this.whenSaved();
            return;
        }
        const problem = await answer.json().catch(() => ({}));
        this.refused(answer.status, problem);
    }

    refused(status, problem) {
        const why = problem.detail || "服务没有说明原因";
        if (status === 412) this.stand({ kind: "stale", why, changes: problem.facts?.changes ?? [], revision: problem.facts?.current_revision });
        else if (status === 401 || (status === 403 && !csrfToken())) this.stand({ kind: "away", why: "登录已过期" });
        else if (status === 403 || status === 404) this.stand({ kind: "forbidden", why });
        else if (status === 429 || status >= 500) this.tryLater(why);
        else this.stand({ kind: "refused", why, errors: problem.errors ?? [] });
    }

    tryLater(why) {
        this.stand({ kind: "waiting", why });
        this.later(WAITS[Math.min(this.tries, WAITS.length - 1)]);
        this.tries += 1;
    }

    again() {
        if (this.isDirty() && this.standing.kind !== "stale") this.save();
    }

    later(wait) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.save(), wait);
    }

    /** What stands on the server now, in its tree and revision; raises where it cannot be had. */
    async theirs() {
        const answer = await fetch(this.url, { headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" });
        if (!answer.ok) throw new Error(String(answer.status));
        return { tree: await answer.json(), revision: Number(/-([0-9]+)"$/.exec(answer.headers.get("ETag"))[1]) };
    }

    /** From now on the page builds on that revision, of which this document is the content. */
    buildOn(revision, document) {
        this.revision = revision;
        this.saved = document;
        this.unanswered = [];
        this.stand({ kind: "saved", at: this.standing.at ?? null });
        this.touch();
    }

    shelve() {
        this.shelf.keep(this.write(this.read()), this.revision, this.write(this.saved));
    }

    stand(standing) {
        this.standing = standing;
        this.told(standing);
    }
}

/** The token without which the server takes no change from a browser. */
export function csrfToken() {
    return /(?:^|; )csrftoken=([^;]*)/.exec(window.document.cookie)?.[1] ?? "";
}
