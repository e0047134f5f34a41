// What the page asks of the registers: dictionaries with their entries, public fields, materials, divisions. Each answer is kept.

const kept = new Map();

async function ask(path) {
    const answer = await fetch(path, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
}

const PATIENCE = 30_000; // ms before what could not be had is asked for again

function once(path, make) {
    const held = kept.get(path);
    if (held && !(held.failedAt && Date.now() - held.failedAt > PATIENCE)) return held;
    const asked = { promise: make(), value: null, failedAt: 0 };
    kept.set(path, asked);
    asked.promise.then((value) => { asked.value = value; }, () => { asked.failedAt = Date.now(); });
    return asked;
}

const search = async (register, text) => (await ask(`/api/v1/${register}/?${new URLSearchParams({ q: text, limit: "12" })}`)).results;

export const findDictionaries = (text) => search("dictionaries", text);
export const findMaterials = (text) => search("materials", text);
export const findPublicFields = (text) => search("public-fields", text);
export const getPublicField = (code) => once(`public ${code}`, () => ask(`/api/v1/public-fields/${encodeURIComponent(code)}/`)).promise;
export const getDictionary = (code) => once(`dictionary ${code}`, () => ask(`/api/v1/dictionaries/${encodeURIComponent(code)}/`)).promise;

/** What the server told with the page of a dictionary: its entries in force, pairs of code and name. */
export function keepEntries(code, pairs) {
    const entries = pairs.map(([one, name]) => ({ code: one, name }));
    kept.set(`entries ${code}`, { promise: Promise.resolve(entries), value: entries, failedAt: 0 });
}

/** The entries of the dictionary that are in force today, if they are here already; else null, and `whenHere` is told. */
export function entriesOf(code, whenHere) {
    const path = `entries ${code}`;
    const before = kept.get(path);
    const held = once(path, async () => {
        const today = new Date().toLocaleDateString("sv-SE"); // 2026-01-31, in the time of this place
        const { entries } = await getDictionary(code);
        return entries.filter((entry) => (!entry.valid_from || entry.valid_from <= today) && (!entry.valid_to || entry.valid_to >= today));
    });
    if (held !== before) held.promise.then(() => whenHere?.(), () => {});
    return held.value;
}

/** Districts and streets with their names, if they are here already; else null, and `whenHere` is told. */
export function divisions(whenHere) {
    const before = kept.get("divisions");
    const held = once("divisions", async () => {
        const found = [];
        for (let path = "/api/v1/divisions/?limit=200"; path; ) {
            const page = await ask(path);
            found.push(...page.results);
            path = page.next_cursor ? `/api/v1/divisions/?limit=200&cursor=${encodeURIComponent(page.next_cursor)}` : "";
        }
        return found;
    });
    if (held !== before) held.promise.then(() => whenHere?.(), () => {});
    return held.value;
}
