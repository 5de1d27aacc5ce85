// What can be done with a message: the toolbar above it, and the menu of the right button.

import { el } from "./dom.js";
import { icon } from "./icons.js";

/** Show a menu at a point; each item is `{label, icon, act, isDanger}`, null a line. */
export function openMenu(items, { x, y }, label = "Message actions") {
  closeMenu();
  const before = document.activeElement;
  const node = el("div", { class: "menu popup", role: "menu", id: "menu", "aria-label": label }, items.map((item) => item
    ? el("button", { type: "button", role: "menuitem", class: item.isDanger ? "option danger" : "option", onclick: () => { closeMenu(); item.act(); } },
      el("span", {}, item.label), icon(item.icon))
    : el("hr")));
  node.addEventListener("keydown", (event) => key(event, node, before));
  document.body.append(node);
  const { width, height } = node.getBoundingClientRect();
  node.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  node.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
  node.querySelector("button")?.focus();
}

export function closeMenu() {
  document.getElementById("menu")?.remove();
}

function key(event, node, before) {
  const buttons = [...node.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    const at = buttons.indexOf(document.activeElement) + step;
    buttons.at(at % buttons.length).focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    closeMenu();
    before?.focus();
  } else {
    return;
  }
  event.preventDefault();
}

addEventListener("pointerdown", (event) => { if (!event.target.closest("#menu")) closeMenu(); });
addEventListener("resize", closeMenu);

/** Let the log offer `actions(view)` for the message under the pointer or the focus. */
export function offerActions(log, viewOf, actions) {
  const bar = el("div", { class: "toolbar", role: "toolbar", "aria-label": "Message actions" });
  const show = (event) => {
    const node = event.target.closest?.("article");
    const view = node && viewOf(node);
    if (!view || bar.parentNode === node) return;
    const { quick, all } = actions(view);
    if (!all.length) {
      bar.remove();
      return;
    }
    const more = (clicked) => {
      const { left, bottom } = clicked.currentTarget.getBoundingClientRect();
      openMenu(actions(view).all, { x: left - 160, y: bottom + 4 });
    };
    bar.replaceChildren(...[...quick, { label: "More actions", icon: "more", act: more }].map((item) => el("button", {
      type: "button", title: item.label, "aria-label": item.label, onclick: item.act,
    }, icon(item.icon))));
    node.append(bar);
  };
  log.addEventListener("pointerover", show);
  log.addEventListener("focusin", show);
  log.addEventListener("contextmenu", (event) => {
    const node = event.target.closest("article");
    const view = node && viewOf(node);
    if (!view || event.target.closest("a, img, textarea") || !getSelection().isCollapsed) return;
    const { all } = actions(view);
    if (!all.length) return;
    event.preventDefault();
    const { left, top } = node.getBoundingClientRect();
    openMenu(all, event.clientX ? { x: event.clientX, y: event.clientY } : { x: left + 60, y: top + 20 });
  });
}
