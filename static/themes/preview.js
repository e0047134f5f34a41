// The preview without losing anything: what is being typed, the place on the screen, and the filled-in fields on reload.
(() => {
    const form = document.getElementById("preview");
    if (!form || !window.htmx) return;
    const memory = `preview:${form.dataset.code}`;
    let before = null;
    form.classList.add("pv-ready");

    const remember = () => {
        const filled = [...new FormData(form)].filter(([name, value]) => value && (name.startsWith("d:") || (name === "checked" && value === "1")));
        if (filled.length) sessionStorage.setItem(memory, JSON.stringify(filled));
        else sessionStorage.removeItem(memory);
    };

    form.addEventListener("htmx:beforeSwap", () => {
        const active = document.activeElement;
        before = {
            scroll: form.querySelector(".pv-screen")?.scrollTop ?? 0,
            open: [...form.querySelectorAll("details[open] > summary")].map((one) => one.textContent),
            id: active?.id,
            value: active && !["radio", "checkbox", "hidden", "submit"].includes(active.type) && active.id?.startsWith("d:") ? active.value : null,
        };
    });
    form.addEventListener("htmx:afterSwap", () => {
        if (!before) return;
        const screen = form.querySelector(".pv-screen");
        screen.style.scrollBehavior = "auto";
        screen.scrollTop = before.scroll;
        screen.style.scrollBehavior = "";
        for (const summary of form.querySelectorAll("details > summary")) {
            if (before.open.includes(summary.textContent)) summary.parentElement.open = true;
        }
        const active = before.id ? document.getElementById(before.id) : null;
        if (active && before.value !== null) active.value = before.value;
        remember();
    });
    // What could not be computed is told; the answers on the page stay as they were given.
    const lost = form.querySelector(".pv-lost");
    const tell = (why) => {
        lost.querySelector("[data-why]").textContent = why;
        lost.hidden = false;
        lost.scrollIntoView({ block: "nearest" });
    };
    form.addEventListener("htmx:beforeSwap", (event) => {
        if (new URL(event.detail.xhr.responseURL).pathname === window.location.pathname) return;
        event.detail.shouldSwap = false; // the login page, not a preview
        tell("登录已过期，请刷新本页，重新登录。");
    });
    form.addEventListener("htmx:sendError", () => tell("网络不通，请连上后再试。"));
    form.addEventListener("htmx:responseError", (event) => tell(event.detail.xhr.status < 500 ? "服务器没有接受，请刷新本页。" : "服务器出错了，请稍后再试。"));
    form.addEventListener("htmx:afterSwap", () => { lost.hidden = true; });
    form.addEventListener("input", remember);
    form.addEventListener("click", (event) => {
        if (event.target.closest("[data-clear]")) sessionStorage.removeItem(memory);
        const step = event.target.closest(".pv-steps a");
        if (step) {
            event.preventDefault();
            form.querySelector(step.getAttribute("href"))?.scrollIntoView({ block: "start" });
        }
    });
    // A press of "校验" leads to the first thing that is wrong.
    form.addEventListener("htmx:afterSettle", (event) => {
        const pressed = event.detail.requestConfig?.triggeringEvent?.submitter;
        if (pressed?.name === "checked") form.querySelector("#pv-form .has-errors")?.scrollIntoView({ block: "center" });
    });

    const kept = JSON.parse(sessionStorage.getItem(memory) || "[]");
    if (kept.length && !form.querySelector('[name="checked"][value="1"][type="hidden"]')) {
        const inner = document.getElementById("preview-inner");
        for (const [name, value] of kept) {
            if (name === "checked") {
                inner.querySelector('[name="checked"]').value = value;
                continue;
            }
            form.querySelectorAll(`[name="${CSS.escape(name)}"]`).forEach((one) => { one.disabled = true; });
            inner.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
        }
        window.addEventListener("load", () => htmx.trigger(form, "submit"));
    }
})();
