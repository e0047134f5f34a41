// 字段对照: many fields chosen at once. Without this script every field can still be chosen by itself.
"use strict";

const form = document.querySelector("[data-matching]");
if (form) {
  form.querySelector("[data-tools]").hidden = false;
  form.addEventListener("click", (event) => {
    const choose = event.target.dataset.choose;
    if (!choose) return;
    for (const line of form.querySelectorAll(".fm-line")) {
      const radios = [...line.querySelectorAll("input[type=radio]")];
      if (!radios.length) continue;
      const first = radios[0];
      const [none, later] = radios.slice(-2);
      const isSure = choose === "sure" && "sure" in first.dataset;
      ({ first, none }[choose] ?? (isSure ? first : later)).checked = true;
    }
  });
}
