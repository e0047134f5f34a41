// On a narrow screen the tabs of a page scroll sideways: the one that is open is in sight.
document.querySelector(".op-tabs .is-active")?.scrollIntoView({ block: "nearest", inline: "center" });
