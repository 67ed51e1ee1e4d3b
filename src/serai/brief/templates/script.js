"use strict";
// Tapping or focusing a number shows how it is known and its key, for `serai explain`.
(() => {
  const tip = document.createElement("div");
  tip.setAttribute("role", "status");
  tip.style.cssText = "position:absolute;display:none;max-width:20rem;padding:.5rem .7rem;background:#1d2733;color:#fff;font-size:.82rem;line-height:1.4;border-radius:4px;z-index:8;overflow-wrap:anywhere";
  document.body.append(tip);
  const show = (number) => {
    tip.textContent = `${number.dataset.title} · ${number.dataset.key}`;
    tip.style.display = "block";
    const box = number.getBoundingClientRect();
    const left = Math.min(box.left + scrollX, scrollX + document.documentElement.clientWidth - tip.offsetWidth - 8);
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${box.bottom + scrollY + 6}px`;
  };
  const hide = () => { tip.style.display = "none"; };
  for (const number of document.querySelectorAll(".num[data-key]")) {
    number.dataset.title = number.title;
    number.removeAttribute("title");
    number.addEventListener("mouseenter", () => show(number));
    number.addEventListener("mouseleave", hide);
    number.addEventListener("click", () => show(number));
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("beforeprint", () => hide());
})();
