// What opens over the designer: the ways in which a question can be answered.

import { opened, tiles, walkTiles } from "../../console/designer/dialogs.js";
import { TYPES } from "./kinds.js";

/** One way of answering is chosen; `take` gets its type. */
export function chooseType(take) {
    const dialog = opened("添加问题", tiles(Object.entries(TYPES).map(([type, { name, picture }]) => ({ name, picture, press: () => { dialog.close(); take(type); } }))));
    walkTiles(dialog);
}
