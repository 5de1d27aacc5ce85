// Menus: at a point, for a message, or as a grid of emoji.

import { el, rememberFocus } from "./dom.js";
import { allEmoji } from "./emoji.js";
import { icon } from "./icons.js";

const LONG_PRESS_MS = 500;
const MOVED_PX = 10;

let opened = null;

/** Show a menu at a point. Each item is `{label, icon, act, note, isDanger, isChecked, isDisabled}`,
 *  `{emoji, act(emoji)}` or, for a line, null. */
export function openMenu(items, { x, y }, label = "Message actions") {
  closeMenu();
  const before = document.activeElement;
  const giveBack = rememberFocus();
  const node = el("div", { class: "menu popup", role: "menu", id: "menu", "aria-label": label }, items.map(itemNode));
  node.addEventListener("keydown", (event) => key(event, node));
  document.body.append(node);
  const { width, height } = node.getBoundingClientRect();
  node.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  node.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
  opened = { node, before, giveBack };
  if (before?.hasAttribute("aria-haspopup")) before.setAttribute("aria-expanded", "true");
  node.querySelector("button:not(:disabled)")?.focus();
}

function itemNode(item) {
  if (!item) return el("hr");
  const chosen = (act) => () => { closeMenu(); act(); };
  if (item.emoji) {
    return el("div", { class: "emoji-grid", role: "group", "aria-label": "Reactions" }, item.emoji.map(([emoji, name]) => el("button", {
      type: "button", role: "menuitem", "aria-label": `React with ${name}`, title: name, onclick: chosen(() => item.act(emoji)),
    }, emoji)));
  }
  const isChoice = item.isChecked !== undefined;
  return el("button", {
    type: "button", role: isChoice ? "menuitemradio" : "menuitem", "aria-checked": isChoice ? String(item.isChecked) : null,
    class: item.isDanger ? "option danger" : "option", disabled: item.isDisabled, onclick: chosen(item.act),
  }, el("span", {}, item.label), item.note ? el("span", { class: "option-note" }, item.note) : "", item.icon ? icon(item.icon) : "");
}

/** Close the menu, if one is open, and give the focus back. */
export function closeMenu() {
  if (!opened) return false;
  const { node, before, giveBack } = opened;
  opened = null;
  const hadFocus = node.contains(document.activeElement);
  node.remove();
  before?.removeAttribute("aria-expanded");
  if (hadFocus && !giveBack() && before !== document.body) document.getElementById("text").focus();
  return true;
}

export function openEmoji(point, act) {
  openMenu([{ emoji: allEmoji(), act }], point, "Add a reaction");
}

function key(event, node) {
  const buttons = [...node.querySelectorAll("button:not(:disabled)")];
  const now = buttons.indexOf(document.activeElement);
  const isInGrid = document.activeElement.closest(".emoji-grid");
  const step = { ArrowDown: 1, ArrowUp: -1, ...(isInGrid && { ArrowRight: 1, ArrowLeft: -1 }) }[event.key];
  const to = { Home: 0, End: -1 }[event.key];
  if (step) buttons.at((now + step) % buttons.length).focus();
  else if (to !== undefined) buttons.at(to).focus();
  else if (event.key === "Escape" || event.key === "Tab") closeMenu();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

addEventListener("pointerdown", (event) => { if (!event.target.closest("#menu")) closeMenu(); });
addEventListener("resize", closeMenu);

/** Let the log offer `actions(view)` for the message under the pointer, the finger or the focus. */
export function offerActions(log, viewOf, actions) {
  const viewAt = (event) => {
    const node = event.target.closest?.("article");
    return node && viewOf(node);
  };
  offerToolbar(log, viewAt, actions);
  const offer = (event, point) => {
    const view = viewAt(event);
    const items = view ? actions(view).all : [];
    if (items.length) openMenu(items, point ?? belowTop(view.node));
    return items.length > 0;
  };
  const at = (event) => event.clientX ? { x: event.clientX, y: event.clientY } : null;
  const stopHolding = onLongPress(log, (event) => offer(event, at(event)));
  log.addEventListener("contextmenu", (event) => {
    stopHolding();
    if (event.target.closest("a, img, textarea") || !getSelection().isCollapsed) return;
    // Where a long press is also a right click, it may have opened the menu already.
    const isOpen = event.pointerType === "touch" && opened;
    if (isOpen || offer(event, at(event))) event.preventDefault();
  });
}

function belowTop(node) {
  const { left, top } = node.getBoundingClientRect();
  return { x: left + 60, y: top + 20 };
}

function offerToolbar(log, viewAt, actions) {
  const bar = el("div", { class: "toolbar", role: "toolbar", "aria-label": "Message actions" });
  const show = (event) => {
    const view = viewAt(event);
    // From somebody who is in it with the keyboard it is not taken away.
    if (!view || bar.parentNode === view.node || bar.querySelector(":focus-visible")) return;
    const { quick, all } = actions(view);
    if (!all.length) {
      bar.remove();
      return;
    }
    const more = (clicked) => {
      const { left, bottom } = clicked.currentTarget.getBoundingClientRect();
      openMenu(actions(view).all, { x: left - 160, y: bottom + 4 });
    };
    // As with all controls of a message, Tab leads to them only from inside of it.
    const tabIndex = view.node.contains(document.activeElement) ? 0 : -1;
    const items = [...quick, { label: "More actions", icon: "more", act: more, opens: "menu" }];
    bar.replaceChildren(...items.map((item) => el("button", {
      type: "button", title: item.label, "aria-label": item.label, "aria-haspopup": item.opens, tabIndex, onclick: item.act,
    }, icon(item.icon))));
    view.node.append(bar);
  };
  log.addEventListener("pointerover", show);
  log.addEventListener("focusin", show);
}

/** Call `act(event)` for a finger that rests; the tap that it would end in is dropped then.
 *  Returns what gives up waiting. */
function onLongPress(node, act) {
  let timer = null;
  let start = null;
  const stop = () => clearTimeout(timer);
  const drop = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  // By then the menu may lie under the finger.
  const held = (event) => { if (act(event)) addEventListener("click", drop, { capture: true, once: true }); };
  addEventListener("pointerdown", () => removeEventListener("click", drop, { capture: true }), { capture: true });
  node.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "touch" || event.target.closest("textarea, select")) return;
    start = event;
    timer = setTimeout(() => held(event), LONG_PRESS_MS);
  });
  node.addEventListener("pointermove", (event) => {
    if (start && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > MOVED_PX) stop();
  });
  for (const ended of ["pointerup", "pointercancel"]) node.addEventListener(ended, stop);
  return stop;
}
