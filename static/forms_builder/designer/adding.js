// What opens over the form's designer: ready-made fields to add.

import { opened, tiles, walkTiles } from "../../console/designer/dialogs.js";
import { h } from "../../console/designer/dom.js";
import { BLANKS, KINDS, TEMPLATES } from "./kinds.js";

/** One field is chosen out of those that are ready made; `take` gets it. */
export function chooseField(take) {
    const tile = ({ name, picture, field }) => ({ name, picture: picture ?? KINDS[field.data_type].picture, press: () => { dialog.close(); take(structuredClone(field)); } });
    const dialog = opened("添加字段", h("h3", {}, "常用字段"), tiles(TEMPLATES.map(tile)), h("h3", {}, "按类型"), tiles(BLANKS.map(tile)));
    walkTiles(dialog);
}
