/* 全部: ticks or clears every division of the form; clearing one clears it. Without this file the server takes 全部 as it stands. */
document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("form").forEach((form) => {
        const all = form.querySelector('input[name="division"][value="all"]');
        if (!all) return;
        const single = [...form.querySelectorAll('input[name="division"]')].filter((box) => box !== all && !box.disabled);
        all.addEventListener("change", () => single.forEach((box) => { box.checked = all.checked; }));
        single.forEach((box) => box.addEventListener("change", () => { if (!box.checked) all.checked = false; }));
    });
});
