// The materials of the theme, and those of the register that it does not know yet.

import { freeCode } from "../../console/designer/codes.js";
import { picker } from "../../console/designer/controls.js";
import { findMaterials } from "../../console/designer/lookup.js";
import { find, patched } from "./document.js";

/** What the theme asks for or may ask for: codes with names. */
export const materialsOf = (held, facts) => (held.rest.materials ?? []).map((one) => [one.code, facts.materials[one.code] ?? one.code]);

/** The theme with the material of the register among its own, and the theme's code for it. */
function withMaterial(held, material) {
    const own = held.rest.materials ?? [];
    const known = own.find((one) => one.material === material);
    if (known) return [held, known.code];
    const code = freeCode(material, own);
    return [{ ...held, rest: { ...held.rest, materials: [...own, { code, material }] } }, code];
}

/**
 * A look into the register of materials. What is picked becomes the theme's own and is used in the same step: `use` gives
 * what changes of the element `id`, by the theme's code of the material.
 */
export function registeredMaterial(desk, id, { use, property, focus }) {
    const look = async (typed) => (await findMaterials(typed)).filter((one) => !one.merged_into).map((one) => ({ code: one.code, name: one.name, note: one.issuer }));
    const pick = ({ code, name }) => {
        const [held, own] = withMaterial(desk.document, code);
        desk.facts.materials[own] ??= name;
        desk.change(patched(held, id, use(own, find(held, id))), { what: `加入材料“${name}”`, selected: id });
        desk.seal();
        desk.panel.render({ isForced: true, focus });
    };
    return picker("从材料登记里选", { find: look, pick, property, help: "主题还没有的材料，选中即加入主题，和这里的改动一起保存。" });
}
