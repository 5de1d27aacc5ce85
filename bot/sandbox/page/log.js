// The messages on the screen, and where they are scrolled to.

import { el } from "./dom.js";
import { CONTROLS, MessageView, continues } from "./messages.js";
import { timeNode } from "./times.js";

const STUCK_PX = 120;
const at = (id) => document.getElementById(id);

/** The views of one channel's messages, by id. */
export class Log {
  constructor({ actions, names, leave }) {
    this.actions = actions;
    this.names = names;
    this.leave = leave;
    this.views = new Map();
    this.isAtEnd = true;
    this.current = null;
    this.#follow();
    at("log").addEventListener("keydown", (event) => this.#walk(event));
    at("log").addEventListener("focusin", (event) => this.#enter(event.target.closest("article")));
    at("log").addEventListener("focusout", (event) => this.#left(event));
  }

  /** Show another channel's messages below how it begins. */
  begin(start, messages) {
    this.views = new Map();
    this.current = null;
    at("messages").replaceChildren(start);
    for (const message of messages) this.append(message);
    this.toEnd();
  }

  append(message) {
    const last = [...this.views.values()].at(-1);
    const view = new MessageView(message, this.actions, this.names);
    this.views.set(message.id, view);
    at("messages").append(view.node);
    this.#place(view, last?.message);
    if (this.current && at("log").contains(document.activeElement)) this.#lock(view.node);
    else this.#makeCurrent(view.node);
  }

  put(message) {
    const view = this.views.get(message.id);
    if (view) {
      view.update(message);
      this.#lock(view.node);
    } else {
      this.append(message);
    }
  }

  drop(id) {
    const node = this.views.get(id)?.node;
    const nodes = this.#nodes();
    const next = nodes[nodes.indexOf(node) - 1] ?? nodes[nodes.indexOf(node) + 1];
    const hadFocus = node?.contains(document.activeElement);
    this.#dayAbove(node)?.remove();
    node?.remove();
    this.views.delete(id);
    if (node === this.current) this.#makeCurrent(next ?? null);
    if (hadFocus) next?.focus({ preventScroll: true });
    let before = null;
    for (const view of this.views.values()) {
      this.#place(view, before);
      before = view.message;
    }
  }

  /** Add a line of the page itself, such as that the bot was killed. */
  remark(text) {
    at("messages").append(el("p", { class: "remark" }, text));
  }

  /** Show again what messages say of threads, or of a message that is gone. */
  refresh() {
    for (const view of this.views.values()) this.put(view.received);
  }

  viewOf(node) {
    return this.views.get(node.dataset.id);
  }

  reveal(id) {
    const { node } = this.views.get(id);
    this.isAtEnd = false;
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    node.classList.remove("found");
    requestAnimationFrame(() => node.classList.add("found"));
  }

  toEnd() {
    this.isAtEnd = true;
    this.#offerJump();
    at("log").scrollTop = at("log").scrollHeight;
  }

  // Hidden, it would lose the focus.
  #offerJump() {
    const hadFocus = document.activeElement === at("jump");
    at("jump").hidden = this.isAtEnd;
    if (hadFocus && this.isAtEnd) this.leave();
  }

  // A message stands below its day and its author, unless those above it have the same.
  #place(view, before) {
    const sent = new Date(view.message.timestamp);
    const isNewDay = !before || new Date(before.timestamp).toDateString() !== sent.toDateString();
    const line = this.#dayAbove(view.node);
    if (isNewDay && !line) view.node.before(el("div", { class: "day", role: "separator" }, timeNode(sent, "day")));
    else if (!isNewDay) line?.remove();
    view.node.classList.toggle("compact", !isNewDay && continues(view.message, before));
  }

  #dayAbove(node) {
    const above = node?.previousElementSibling;
    return above?.matches(".day") ? above : null;
  }

  // The list is one tab stop: the current message. The arrow keys go from message to message, and
  // Tab to the controls of the one that has the focus.

  #nodes() {
    return [...this.views.values()].map((view) => view.node);
  }

  #makeCurrent(node) {
    const before = this.current;
    this.current = node;
    if (before) before.tabIndex = -1;
    if (node) node.tabIndex = 0;
    for (const one of [before, node]) if (one) this.#lock(one);
  }

  #lock(node) {
    const isInside = node.contains(document.activeElement);
    for (const control of node.querySelectorAll(CONTROLS)) control.tabIndex = isInside ? 0 : -1;
  }

  #enter(node) {
    if (!node) return;
    if (node === this.current) this.#lock(node);
    else this.#makeCurrent(node);
  }

  // Who comes back finds the newest message.
  #left({ target, relatedTarget }) {
    const node = target.closest("article");
    if (node && !node.contains(relatedTarget)) for (const control of node.querySelectorAll(CONTROLS)) control.tabIndex = -1;
    if (!at("log").contains(relatedTarget)) this.#makeCurrent(this.#nodes().at(-1) ?? null);
  }

  #walk(event) {
    if (!event.target.matches("article")) {
      if (event.key === "Escape" && !event.defaultPrevented) event.target.closest("article")?.focus({ preventScroll: true });
      return;
    }
    const nodes = this.#nodes();
    const now = nodes.indexOf(event.target);
    const next = { ArrowDown: nodes[now + 1], ArrowUp: nodes[now - 1], Home: nodes[0], End: nodes.at(-1) }[event.key];
    if (event.key === "Escape") this.leave();
    else if (next) next.focus();
    else return;
    event.preventDefault();
  }

  // The log stays at the newest message until the person scrolls up.
  #follow() {
    const log = at("log");
    let size = "";
    const sizeNow = () => `${log.scrollHeight} ${log.clientHeight}`;
    log.addEventListener("scroll", () => {
      // A change of size scrolls too, before the observer below runs: ignore it.
      if (sizeNow() !== size) return;
      this.isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < STUCK_PX;
      this.#offerJump();
    });
    at("jump").addEventListener("click", () => {
      this.toEnd();
      this.leave();
    });
    const resized = new ResizeObserver(() => {
      size = sizeNow();
      if (this.isAtEnd) this.toEnd();
    });
    resized.observe(log);
    resized.observe(at("messages"));
  }
}

/** Return how a channel begins; of direct messages it is known who is in them. */
export function beginning(label, isThread, recipients) {
  const hint = recipients ? direct(label, recipients)
    : isThread ? ["This is the start of the thread."]
      : ["Mention the bot with ", el("kbd", {}, "@"), " to talk with it, or type ", el("kbd", {}, "/"), " to see what else it can do."];
  return el("div", { class: "beginning" }, el("h2", {}, isThread ? label : `Welcome to ${label}`), el("p", {}, hint));
}

function direct(label, recipients) {
  const slash = el("kbd", {}, "/");
  return recipients.some((user) => user.bot) ? ["Write anything: ", el("b", {}, label), " reads what you send here. Type ", slash, " for commands."]
    : ["The bot is not here. You have installed it for yourself, so ", slash, " still shows its commands. Only you see its answers."];
}
