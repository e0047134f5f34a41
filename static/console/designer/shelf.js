// What could not be saved yet stays in this browser, and is offered again when the person comes back.

/**
 * The place for what one visit of one person to one thing could not save. `kind` keeps things of several kinds apart. Several
 * windows may show the same thing, and a window may be opened anew: each visit has a place of its own, and none clears another's.
 */
export class Shelf {
    constructor(kind, person, code) {
        this.of = `${kind}-draft:${person}:${code}`;
        this.name = `${this.of}\n${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
    }

    /** The tree is kept, with the revision and the tree it was made from. */
    keep(tree, revision, base) {
        try {
            localStorage.setItem(this.name, JSON.stringify({ tree, revision, base, at: new Date().toISOString() }));
        } catch {
            // A full or forbidden store: the page itself still holds everything.
        }
    }

    /** What other visits left of the same thing, the latest first: `name`, `tree`, `revision`, `base`, `at`. */
    left() {
        return names().filter((name) => name !== this.name && (name === this.of || name.startsWith(`${this.of}\n`))).map(read).filter(Boolean)
            .sort((one, other) => other.at.localeCompare(one.at));
    }

    clear(name = this.name) {
        try {
            localStorage.removeItem(name);
        } catch {
            // As above.
        }
    }
}

function names() {
    try {
        return Object.keys(localStorage);
    } catch {
        return [];
    }
}

/** What is kept under the name; null where nothing of it can be read. */
function read(name) {
    try {
        const found = JSON.parse(localStorage.getItem(name));
        const isWhole = found && found.tree && typeof found.tree === "object" && found.base && typeof found.base === "object";
        return isWhole && Number.isInteger(found.revision) && typeof found.at === "string" ? { ...found, name } : null;
    } catch {
        return null;
    }
}
