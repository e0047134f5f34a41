// Elements made of texts and attributes only: nothing that a label says is ever read as HTML.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "open", "selected", "htmlFor", "indeterminate"]);

/** An element. `on` holds listeners; texts among the children become text nodes, null and false are left out. */
export function h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value === null || value === undefined) continue;
        if (name === "on") for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
        else if (name === "data") Object.assign(element.dataset, value);
        else if (PROPERTIES.has(name)) element[name] = value;
        else if (value === true) element.setAttribute(name, "");
        else if (value !== false) element.setAttribute(name, String(value));
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    if (tag === "select" && attributes.value !== undefined) element.value = attributes.value;
    return element;
}

/** A picture of Material Symbols, which says nothing to who listens. */
export const icon = (name) => h("span", { class: "material-symbols-outlined", "aria-hidden": "true" }, name);

/** Words of somebody else: their direction stays their own. */
export const said = (text) => h("bdi", {}, text);

/** A button with a picture; its words are seen, or only heard where `isBare`. */
export function button(words, { picture, press, isBare = false, ...attributes } = {}) {
    const heard = isBare ? { "aria-label": words, title: words } : {};
    return h(
        "button",
        { type: "button", class: `op-button${isBare ? " fd-bare" : ""}`, ...heard, ...attributes, on: { click: press } },
        picture ? icon(picture) : null,
        isBare ? null : words,
    );
}

/** The element's children are these; what stays is not touched, and what had the focus keeps it. */
export function fill(element, ...children) {
    const wanted = children.flat(Infinity).filter(Boolean);
    const focused = element.contains(document.activeElement) ? document.activeElement : null;
    const staying = new Set(wanted);
    for (const child of [...element.childNodes]) if (!staying.has(child)) child.remove();
    let next = element.firstChild;
    for (const child of wanted) {
        if (child === next) next = next.nextSibling;
        else element.insertBefore(child, next);
    }
    if (focused && focused !== document.activeElement && element.contains(focused)) focused.focus({ preventScroll: true });
}

/** The element can be seen in the box that scrolls; the page around the box stays where it is. */
export function revealIn(box, element) {
    const [outer, inner] = [box.getBoundingClientRect(), element.getBoundingClientRect()];
    if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top;
    else if (inner.bottom > outer.bottom) box.scrollTop += Math.min(inner.bottom - outer.bottom, inner.top - outer.top);
}

let count = 0;
/** An id that no other element of the page has. */
export const freshId = () => `fd-${(count += 1)}`;
